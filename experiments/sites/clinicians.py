"""Who doses at the simulated sites: a clinician who titrates, and one who sets targets by lot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from agents.human.anaesthetist import Anaesthetist
from agents.human.rules import Settings
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import OrderMode, Orders, Readings
from sim.randomness import uniforms
from sim.surgery import CLOSING, EMERGENCE


@dataclass(frozen=True)
class Plan:
    """Targets of a wandering pump: (levels, patients), µg/mL and ng/mL, and when each ends, s."""

    propofol: Array
    remifentanil: Array
    ends: Array


@dataclass(frozen=True)
class Wandering:
    """Sets targets by lot, whatever it sees: doses without a reason, from which effects can be learned."""

    orders: ClassVar[OrderMode] = "targets"
    levels: ClassVar[int] = 60

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Plan:
        """Draw all targets and their lengths of 2 to 15 min."""
        u = uniforms(keys, "wandering", 0, 3 * self.levels)
        lengths = 120.0 + 780.0 * u[: self.levels] ** 2
        return Plan(
            1.0 + 4.5 * u[self.levels : 2 * self.levels],
            0.5 + 6.0 * u[2 * self.levels :],
            np.cumsum(lengths, axis=0),
        )

    def act(self, state: Plan, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Plan]:
        """Return the targets of the hour; nothing from closing and emergence on."""
        level = np.minimum((state.ends <= readings.time).sum(axis=0), self.levels - 1)
        patient = np.arange(len(level))
        propofol = np.where(readings.phase >= CLOSING, 0.0, state.propofol[level, patient])
        remifentanil = np.where(readings.phase >= EMERGENCE, 0.0, state.remifentanil[level, patient])
        infusions = np.stack([propofol, remifentanil, 0.0 * propofol])
        return Orders(infusions, 0.0 * infusions), state


@dataclass(frozen=True)
class Drifting:
    """Lets targets drift along straight lines between levels drawn by lot, none among them: every depth, either way."""

    orders: ClassVar[OrderMode] = "targets"
    levels: ClassVar[int] = 24
    most: ClassVar[tuple[float, float]] = (8.0, 5.0)  # µg/mL of propofol, ng/mL of remifentanil

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Plan:
        """Draw all levels and how long each takes, 2 to 8 min; first is none."""
        u = uniforms(keys, "drifting", 0, 3 * self.levels)
        lengths = 120.0 + 360.0 * u[: self.levels]
        propofol, remifentanil = (
            most * share
            for most, share in zip(
                self.most, (u[self.levels : 2 * self.levels], u[2 * self.levels :]), strict=True
            )
        )
        return Plan(propofol, remifentanil, np.cumsum(lengths, axis=0))

    def act(self, state: Plan, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Plan]:
        """Return the targets of the moment."""
        none = np.zeros((1, len(readings.time)))
        ends = np.concatenate([none, state.ends])
        level = np.clip((ends <= readings.time).sum(axis=0), 1, self.levels)
        patient = np.arange(len(level))
        begin, end = ends[level - 1, patient], ends[level, patient]
        share = np.clip((readings.time - begin) / (end - begin), 0.0, 1.0)

        def now(levels: Array) -> Array:
            known = np.concatenate([none, levels])
            return (1.0 - share) * known[level - 1, patient] + share * known[level, patient]

        infusions = np.stack([now(state.propofol), now(state.remifentanil), none[0]])
        return Orders(infusions, 0.0 * infusions), state


def titrator() -> Anaesthetist:
    """Return the clinician of the generator of Lee 2018's re-runs: ±0.3 µg/mL every 5 min outside BIS 38-58."""
    return Anaesthetist(
        Settings(bis_aim=48.0, bis_band=10.0, lockout=300.0, propofol_step=0.3, propofol_step_elderly=0.3)
    )
