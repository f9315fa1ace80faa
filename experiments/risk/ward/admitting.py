"""From theatre to the ward: what simulated cases were exposed to, agent by agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.loop.evaluation import Evaluation, admitted
from sim.outcomes.ward.exposures import EXPOSURES, blood_loss, haemoglobin_fall
from sim.outcomes.ward.people import as_exposures, asa
from sim.randomness import case_keys

AT_ONCE = 5000  # patients that are drawn again at a time
Exposed = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Admitted:
    """Who comes to the ward.

    Attributes:
        keys: (patients,), of their lots.
        female: (patients,), 1 or 0.
        exposed: agent -> exposure -> (patients,).
    """

    keys: np.ndarray
    female: np.ndarray
    exposed: Mapping[str, Exposed]


def admit(config: Evaluation, cases: pd.DataFrame) -> Admitted:
    """Return the people of an evaluation, and what each agent exposed them to.

    Args:
        config: what was evaluated.
        cases: its cases.csv, a row an agent and patient.
    """
    numbers = np.arange(config.patients)
    given, female = _given(config, numbers)
    done = [name for name, exposure in EXPOSURES.items() if exposure.done]
    exposed = {}
    for agent, own in cases.groupby("agent", sort=False):
        by_number = own.set_index("patient").loc[numbers]
        exposed[str(agent)] = {**given, **{name: by_number[name].to_numpy(dtype=float) for name in done}}
    return Admitted(case_keys(config.seed, numbers), female, exposed)


def _given(config: Evaluation, numbers: np.ndarray) -> tuple[Exposed, np.ndarray]:
    """Return what is so whoever doses, and who is a woman; each (patients,)."""
    parts = []
    for chosen in np.array_split(numbers, -(-len(numbers) // AT_ONCE)):
        case = admitted(config, chosen)
        person, lost = case.patient.covariates, blood_loss(case.surgery, config.horizon)
        fall = haemoglobin_fall(lost, case.patient.blood_volume, person.female)
        classes = as_exposures(asa(case.keys, person.age))
        parts.append(
            {
                "age": person.age,
                "blood_loss": lost,
                "haemoglobin_fall": fall,
                "female": person.female,
                **classes,
            }
        )
    every = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return every, every.pop("female")
