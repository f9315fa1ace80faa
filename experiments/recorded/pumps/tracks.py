"""How much drug recorded pumps gave: whatever their syringes held, by the rates or by the volumes they showed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.recorded.tables import Number
from predictors.learning.watching import INTERVAL
from sim.pumps import LARGEST_ML_PER_H
from sim.units import PROPOFOL_MG_PER_ML, REMIFENTANIL_UG_PER_ML, SECONDS_PER_HOUR

LONGEST_HOLD = 300.0  # s, a gap in a pump's rate that is bridged with the last rate
USUAL = {"propofol": PROPOFOL_MG_PER_ML, "remifentanil": REMIFENTANIL_UG_PER_ML}
# VitalDB's pumps and what is in their syringes, mg/mL and µg/mL; the usual ones first.
SYRINGES: Mapping[str, Mapping[str, float]] = {
    "propofol": {"PPF20": 20.0, "PPF10": 10.0},
    "remifentanil": {"RFTN20": 20.0, "RFTN50": 50.0, "RFTN40": 40.0},
}
SHOWN = {
    "RATE": Number(0.0, LARGEST_ML_PER_H, "mL/h", optional=True),
    "VOL": Number(0.0, unit="mL", optional=True),
}


def track(pump: str, shows: str) -> str:
    """Return VitalDB's name of what a pump shows: "RATE", mL/h, or "VOL", mL since it was started."""
    return f"Orchestra/{pump}_{shows}"


def tracks(drug: str) -> dict[str, Number]:
    """Return every track that says how much of a drug was given, with what it may hold."""
    return {track(pump, shows): allowed for pump in SYRINGES[drug] for shows, allowed in SHOWN.items()}


def delivered(drug: str, recorded: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return what all pumps of a drug gave together, as mL/h of the usual syringe, (samples, cases); NaN in gaps.

    Where a pump shows no rate, what it gave follows from its volume. A pump that stops showing while another goes on
    keeps its rate as `hold` says.

    Args:
        drug: "propofol" or "remifentanil".
        recorded: track -> (samples, cases), NaN where nothing was shown; at least one of `tracks(drug)`.
    """
    pumps = []
    for pump, strength in SYRINGES[drug].items():
        rate, volume = recorded.get(track(pump, "RATE")), recorded.get(track(pump, "VOL"))
        counted = None if volume is None else rates_of(volume)
        if rate is not None and counted is not None:
            rate = np.where(np.isnan(rate), counted, rate)
        shown = counted if rate is None else rate
        if shown is not None:
            pumps.append(strength / USUAL[drug] * shown)
    known = np.isfinite(pumps).any(axis=0)
    return np.where(known, np.sum([hold(rate) for rate in pumps], axis=0), np.nan)


def rates_of(volume: np.ndarray) -> np.ndarray:
    """Return rates, mL/h, from the volume counted by the end of each sample, mL, (samples, cases).

    What was counted over a gap is spread over it. A counter that falls was set to zero; NaN before a case's second
    count.
    """
    rates = np.full(volume.shape, np.nan)
    for case, counts in enumerate(volume.T):
        at = np.flatnonzero(np.isfinite(counts))
        given = np.diff(counts[at])
        given = np.where(given < 0.0, counts[at][1:], given)
        samples = np.diff(at)
        if len(at) > 1:
            rates[at[0] + 1 : at[-1] + 1, case] = np.repeat(given / samples, samples)
    return rates * SECONDS_PER_HOUR / INTERVAL


def hold(rate: np.ndarray) -> np.ndarray:
    """Fill gaps (NaN) in pump rates: the last rate for up to `LONGEST_HOLD`, then zero.

    A pump that was never seen before the gap is taken to be off. Endless holds and none at all both fit the
    pumps' own displayed concentrations worse.
    """
    return pd.DataFrame(rate).ffill(limit=int(LONGEST_HOLD / INTERVAL)).fillna(0.0).to_numpy()
