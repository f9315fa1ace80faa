"""What an infusion pump shows of its own model, replayed from the rates it recorded."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.judging.prediction_errors import median_errors
from experiments.recorded.open_loop import MODELS
from experiments.recorded.recordings import INTERVAL, Recordings, propofol_rate, remifentanil_rate
from predictors.learning.measures import performance_error
from sim.pharmacokinetics import compartments as pk

RATES = {"propofol": propofol_rate, "remifentanil": remifentanil_rate}
LOWEST_SHOWN = 0.3  # µg/mL or ng/mL; below, rounding and rates missed between samples decide the error


def display_errors(recordings: Recordings, drug: str, model: str, site: str = "ce") -> pd.DataFrame:
    """Return how far a model, fed with the recorded rates, lies from what the pump showed, case by case.

    Args:
        recordings: cases with pump displays.
        drug: "propofol" or "remifentanil".
        model: a name in the drug's registry.
        site: "ce" effect site, "cp" plasma.

    Returns:
        One row a case: record (its caseid), samples, MDPE and MDAPE (%).
    """
    compartments = MODELS[drug].get(model)(recordings.covariates)
    states = pk.course(compartments, RATES[drug](recordings), INTERVAL)
    predicted = np.array(
        [pk.effect_site(state) if site == "ce" else pk.plasma(compartments, state) for state in states]
    )
    shown = recordings.signals[f"{site}_{drug}"]
    shown = np.where(shown >= LOWEST_SHOWN, shown, np.nan)
    return median_errors(performance_error(shown, predicted), recordings.caseid)
