"""What the networks are trained on: the inputs that the observers themselves make, sample by sample, and targets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from predictors.depth import exposure, networks
from predictors.depth.dose_history import DoseHistoryObserver
from predictors.depth.forecaster import LONGEST, MINUTES, ForecasterObserver
from predictors.depth.forecasts import HORIZONS
from predictors.learning.cases import INTERVAL, DepthCases
from predictors.learning.watching import watch
from sim.interfaces import Readings

LONGEST_CASE = 1500  # samples of a case that train; few last longer than four hours
AHEAD = tuple(round(horizon / INTERVAL) for horizon in HORIZONS)  # samples


@dataclass(frozen=True)
class Sequences:
    """Tensors (time, cases, ...), float32; targets NaN where there is nothing to learn from.

    Attributes:
        inputs: (time, cases, features).
        target: (time, cases) BIS now, or (time, cases, horizons) BIS ahead.
        level: (time, cases), present level; None where the index is not an input.
        now: (time, cases, models), effect sites.
        unchanged, given: (time, cases, horizons, models), effect sites ahead if the pumps go on as they are, and under
            the doses that were given.
    """

    inputs: torch.Tensor
    target: torch.Tensor
    level: torch.Tensor | None = None
    now: torch.Tensor | None = None
    unchanged: torch.Tensor | None = None
    given: torch.Tensor | None = None

    def ahead(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return level, now, unchanged and given. Raises ValueError if these sequences teach the present only."""
        if self.level is None or self.now is None or self.unchanged is None or self.given is None:
            raise ValueError(
                "sequences: made for the present index; a forecaster needs those of `of_readings`"
            )
        return self.level, self.now, self.unchanged, self.given


def of_doses(cases: DepthCases, longest: int = LONGEST_CASE) -> Sequences:
    """Return what teaches the present index from doses."""
    observer = DoseHistoryObserver(networks.DoseHistory())

    def step(state: Any, seen: Readings) -> tuple[Any, dict[str, np.ndarray]]:
        state, inputs = observer.look(state, seen)
        return state, {"inputs": inputs}

    cases = shortened(cases, longest)
    said = watch(observer, cases, step=step)
    target = np.where(cases.scored, cases.bis, np.nan)
    return Sequences(_last(said["inputs"]).nan_to_num(), torch.from_numpy(target.astype(np.float32)))


def of_readings(cases: DepthCases, longest: int = LONGEST_CASE) -> Sequences:
    """Return what teaches the index ahead from readings and doses."""
    observer = ForecasterObserver(networks.Forecaster())

    def step(state: Any, seen: Readings) -> tuple[Any, dict[str, np.ndarray]]:
        state, inputs = observer.look(state, seen)
        plan = exposure.unchanged(state.exposure, LONGEST)
        unchanged = exposure.ahead(state.exposure, plan)[list(MINUTES)]
        now = exposure.effect_sites(state.exposure)
        said = {"inputs": inputs, "level": state.recent.level, "now": now, "unchanged": unchanged}
        return state, said

    cases = shortened(cases, longest)
    said = watch(observer, cases, step=step)
    now = said["now"]
    given = np.stack([_later(now, ahead) for ahead in AHEAD], axis=1)
    target = np.stack([_later(cases.bis, ahead) for ahead in AHEAD], axis=1)
    target = np.where(cases.phase[:, None] >= 0, target, np.nan)
    return Sequences(
        _last(said["inputs"]).nan_to_num(),
        _last(target.astype(np.float32)),
        torch.from_numpy(said["level"]).nan_to_num(),
        _last(now).nan_to_num(),
        _moved(said["unchanged"]).nan_to_num(),
        _moved(given),
    )


def shortened(cases: DepthCases, longest: int) -> DepthCases:
    """Return the cases without what lies beyond `longest` samples."""
    if cases.length.max() <= longest:
        return cases

    def first(values: np.ndarray) -> np.ndarray:
        return values[:longest]

    return replace(
        cases,
        bis=first(cases.bis),
        pressure=first(cases.pressure),
        propofol=first(cases.propofol),
        remifentanil=first(cases.remifentanil),
        length=np.minimum(cases.length, longest),
        truth=None if cases.truth is None else first(cases.truth),
    )


def _later(values: np.ndarray, samples: int) -> np.ndarray:
    """Return the values some samples later, NaN beyond the end."""
    out = np.full_like(values, np.nan)
    out[:-samples] = values[samples:]
    return out


def _last(values: np.ndarray) -> torch.Tensor:
    """Return (time, features, cases) as (time, cases, features)."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(values, 1, -1)))


def _moved(values: np.ndarray) -> torch.Tensor:
    """Return (time, horizons, models, cases) as (time, cases, horizons, models)."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(values, -1, 1)))
