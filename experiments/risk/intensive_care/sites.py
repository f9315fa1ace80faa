"""Simulated stays in intensive care after cardiac surgery, as charts with the truth beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from experiments.risk.charted.alarms import time_name
from experiments.sites.batches import in_batches
from predictors.learning.cases import Cases, Signal
from sim.covariates import Covariates
from sim.outcomes.intensive_care.channels import CHANNELS, ENDS, HOURS, KNOWN
from sim.outcomes.intensive_care.charting import charted
from sim.outcomes.intensive_care.people import PRINTED, TUNED, Practice
from sim.outcomes.intensive_care.stay import SHOWN, Stays, coming, foreseen, stays
from sim.registry import Registry, constants

BATCH = 2000  # stays simulated at once
SECONDS = 3600.0 * HOURS
USUAL_INDEX = 27.0  # kg/m²
FUTURES = 60  # lived by whoever knows the true state
EVERY = 8  # half hours from one of its answers to the next


@dataclass(frozen=True)
class IntensiveCareSite:
    """Where stays come from: `cases(count, seed)`.

    Signals are the channels, every half hour, NaN where nothing was measured, and what is known at admission. Labels
    are whether each end comes within its horizon (NaN once it came), and when it came.
    """

    name: str
    description: str
    practice: Practice

    def cases(self, count: int, seed: int) -> Cases:
        """Return stays. Raises ValueError on none."""
        return in_batches(
            lambda numbers: chart(stays(numbers, seed, self.practice), f"{self.name} {seed}", numbers),
            count,
            BATCH,
        )


def chart(found: Stays, name: str, numbers: np.ndarray) -> Cases:
    """Return simulated stays as cases."""
    who = np.array([f"{name} {number}" for number in numbers])
    return cases(who, who, dict(zip(KNOWN, found.person.known(), strict=True)), charted(found), found.ends)


def cases(
    who: np.ndarray,
    subject: np.ndarray,
    known: Mapping[str, np.ndarray],
    values: Mapping[str, np.ndarray],
    ends: np.ndarray,
) -> Cases:
    """Return stays as cases.

    Args:
        who, subject: (stays,).
        known: name of `KNOWN` -> (stays,).
        values: name of `CHANNELS` -> (half hours, stays), NaN where nothing was measured.
        ends: (3, stays), h after admission, infinite where an end did not come within three days.
    """
    height = np.clip(100.0 * np.sqrt(known["weight"] / USUAL_INDEX), 145.0, 205.0)  # nobody asks for it here
    person = Covariates(known["age"], known["female"] > 0.5, height, known["weight"])
    signals = {
        name: Signal(values[name].astype(np.float32), SECONDS, channel.unit)
        for name, channel in CHANNELS.items()
    }
    signals |= {name: Signal(known[name][None], unit=channel.unit) for name, channel in KNOWN.items()}
    labels = {
        end: Signal(rows.astype(np.float32), SECONDS) for end, rows in zip(ENDS, coming(ends), strict=True)
    }
    labels |= {time_name(end): Signal(row[None], unit="h") for end, row in zip(ENDS, ends, strict=True)}
    return Cases(who, subject, person, np.full(len(who), SHOWN * SECONDS), signals, labels)


def truth(cases: Cases, futures: int = FUTURES) -> dict[str, np.ndarray]:
    """Return what somebody who knows the true state says, end -> (half hours, cases).

    Every four hours, NaN between; a mean over lived futures.

    Raises:
        ValueError: cases that are no simulated stays.
    """
    said = {end: np.full((SHOWN, cases.count), np.nan) for end in ENDS}
    for key in np.unique([one.rpartition(" ")[0] for one in cases.who]):
        mine = np.flatnonzero([one.rpartition(" ")[0] == key for one in cases.who])
        site, seed = key.split(" ")[0], int(key.split(" ")[-1])
        numbers = np.array([int(cases.who[one].split(" ")[-1]) for one in mine])
        found = stays(numbers, seed, STAYS.get(site).practice)
        for step in range(EVERY - 1, SHOWN, EVERY):
            likely = foreseen(found, np.full(len(mine), step), futures, seed + 1)
            for end, row in zip(ENDS, likely, strict=True):
                said[end][step, mine] = row
    return said


SURGICAL = IntensiveCareSite(
    "surgical", "after cardiac surgery on bypass; tuned so that ends can be foreseen", TUNED
)
ELSEWHERE = IntensiveCareSite(
    "elsewhere", "the same people, but who decides on them differs as much as what is printed", PRINTED
)
STAYS = Registry(
    "site in intensive care", **constants("experiments.risk.intensive_care.sites:", "surgical", "elsewhere")
)
"""Where simulated stays come from."""
