"""How clinicians decide: rates of turning a dial, sizes of the steps, temperaments and times, as a table of numbers.

The table is fitted to decisions in recorded cases by `experiments.tuning.anaesthetist`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agents.files import json_object
from agents.human.attention import FEATURES
from agents.human.rescue import Rescue
from sim.randomness import truncated_normals, uniforms

DRUGS = ("propofol", "remifentanil")
WAYS = ("up", "down")
WHEN = ("early", "late")  # before incision, and from it on
TRAITS = ("start", "activity", "drive")  # of a temperament, for each drug
TIMES = ("propofol_after_remifentanil", "propofol_off_after_closing", "remifentanil_off_after_propofol")
SIZED_BY = ("always", "light", "deep", "log_target")  # features
SIZED = [FEATURES.index(name) for name in SIZED_BY]
PROBABILITIES = np.linspace(0.0, 1.0, 11)  # of the quantiles of times


@dataclass(frozen=True)
class Dial:
    """How one drug's target is handled.

    Attributes:
        start: (2,), log of the first target (µg/mL, ng/mL) at 60 years, and its change per ten years.
        hazards: (2, features), logs of the rates of turning it up and down, per minute.
        steps: (2, 2, features that size), mean log of a step, itself the log of new over old: by `WAYS` and `WHEN`.
        step_sd: (2, 2), its deviation.
    """

    start: np.ndarray
    hazards: np.ndarray
    steps: np.ndarray
    step_sd: np.ndarray

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Dial:
        """Return what a table says. Raises ValueError naming what is missing or no number."""
        sizes = [[content["steps"][way][when] for when in WHEN] for way in WAYS]
        return cls(
            np.array(_listed(content["start"], ("at_60_years", "per_10_years"))),
            np.array([_listed(content["hazards"][way], FEATURES) for way in WAYS]),
            np.array([[_listed(one, SIZED_BY) for one in pair] for pair in sizes]),
            np.array([[*(_listed(one, ("sd",))[0] for one in pair)] for pair in sizes]),
        )

    def table(self, digits: int = 4) -> dict[str, Any]:
        """Return what `of` reads."""

        def named(names: tuple[str, ...], values: np.ndarray) -> dict[str, float]:
            return {name: round(float(value), digits) for name, value in zip(names, values, strict=True)}

        sizes = np.concatenate([self.steps, self.step_sd[:, :, None]], axis=2)
        return {
            "start": named(("at_60_years", "per_10_years"), self.start),
            "hazards": {way: named(FEATURES, self.hazards[number]) for number, way in enumerate(WAYS)},
            "steps": {
                way: {when: named((*SIZED_BY, "sd"), sizes[i, j]) for j, when in enumerate(WHEN)}
                for i, way in enumerate(WAYS)
            },
        }


@dataclass(frozen=True)
class Habits:
    """How clinicians work.

    Attributes:
        dials: of propofol and remifentanil.
        sd: (6,), between clinicians, of start, activity and drive with propofol, then with remifentanil. Activity is
            added to the logs of both hazards, drive to that of turning up and taken from that of turning down.
        correlation: (6, 6).
        times: (3, probabilities), quantiles of `TIMES`, s.
        rescue: how they treat hypotension.
    """

    dials: tuple[Dial, Dial]
    sd: np.ndarray
    correlation: np.ndarray
    times: np.ndarray
    rescue: Rescue

    @classmethod
    def read(cls, path: Path) -> Habits:
        """Read a table written by `experiments.tuning.anaesthetist`.

        Raises:
            ValueError: naming the file and what is missing or not allowed.
        """
        content = json_object(path)
        try:
            propofol, remifentanil = (Dial.of(content["dials"][drug]) for drug in DRUGS)
            sd = np.array([_listed(content["temperament"]["sd"][drug], TRAITS) for drug in DRUGS]).ravel()
            correlation = np.array(content["temperament"]["correlation"], dtype=float)
            if correlation.shape != (len(sd), len(sd)) or np.linalg.eigvalsh(correlation).min() <= 0.0:
                raise ValueError(f"correlation is not allowed; {len(sd)} by {len(sd)}, positive definite")
            times = np.array([content["times"][name] for name in TIMES], dtype=float)
            if times.shape != (len(TIMES), len(PROBABILITIES)) or (np.diff(times) < 0.0).any():
                raise ValueError(f"times are not allowed; {len(PROBABILITIES)} rising quantiles each")
            rescue = Rescue.of(content["rescue"])
        except KeyError as missing:
            raise ValueError(f"{path.name}: {missing} is missing") from None
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path.name}: {error}") from None
        return cls((propofol, remifentanil), sd, correlation, times, rescue)

    def table(self, digits: int = 4) -> dict[str, Any]:
        """Return what `read` reads."""
        sd = self.sd.reshape(len(DRUGS), len(TRAITS)).round(digits).tolist()
        return {
            "dials": {drug: dial.table(digits) for drug, dial in zip(DRUGS, self.dials, strict=True)},
            "temperament": {
                "sd": {
                    drug: dict(zip(TRAITS, row, strict=True)) for drug, row in zip(DRUGS, sd, strict=True)
                },
                "correlation": self.correlation.round(digits).tolist(),
            },
            "times": dict(zip(TIMES, self.times.round(1).tolist(), strict=True)),
            "rescue": {name: round(value, digits) for name, value in asdict(self.rescue).items()},
        }

    def temperaments(self, keys: np.ndarray) -> np.ndarray:
        """Draw who gives each anaesthetic: (2, 3, patients), drugs and `TRAITS`."""
        z = np.linalg.cholesky(self.correlation) @ truncated_normals(
            keys, "clinician temperament", len(self.sd)
        )
        return (self.sd[:, None] * z).reshape(len(DRUGS), len(TRAITS), -1)

    def schedules(self, keys: np.ndarray) -> np.ndarray:
        """Draw when each clinician does what has its time, s, (3, patients); see `TIMES`."""
        chance = uniforms(keys, "clinician times", 0, len(TIMES))
        return np.stack([np.interp(u, PROBABILITIES, row) for u, row in zip(chance, self.times, strict=True)])


def _listed(named: Mapping[str, Any], names: tuple[str, ...]) -> list[float]:
    """Return numbers in the order of their names. Raises ValueError at one that is missing or none."""
    for name in names:
        value = named.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise ValueError(f"{name} {value!r} is not allowed; a number")
    return [float(named[name]) for name in names]
