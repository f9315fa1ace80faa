"""Half an hour of infusions at a time: how the network of Lee 2018 is shown cases, and what it is trained for.

From the author's script: targets smoothed by LOWESS (fraction 0.03), absolute error, at most ten epochs. Batches are
larger than the paper's 64 and each epoch draws windows instead of passing through all of them.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from predictors.depth import networks
from predictors.depth.lee2018 import STEPS, volumes
from predictors.learning.cases import INTERVAL, DepthCases

EPOCHS, BATCH, PER_EPOCH = 10, 128, 100_000
STEP, DECAY = 5e-3, 1e-4
VALIDATION_STRIDE = 12  # samples
SMOOTHED = 0.03  # share of a case in the window of LOWESS
CHUNK = 4096  # windows at once when nothing is learned


@dataclass(frozen=True)
class Windows:
    """What windows are read from.

    Attributes:
        volume: (STEPS - 1 + time, cases, 2), zero before the case.
        person: (cases, 4).
        end: (windows, 2), sample and case of each window's last step.
        target: (windows,), BIS/100.
    """

    volume: Tensor
    person: Tensor
    end: Tensor
    target: Tensor

    def drawn(self, lots: Tensor) -> Tensor:
        """Return as many windows as there are lots, drawn with replacement: an epoch does not pass through all."""
        return torch.randint(len(self.end), (len(lots),), device=self.end.device)

    def read(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Return infusions (STEPS, windows, 2), oldest first, and covariates (windows, 4)."""
        sample, case = self.end[chosen].T
        steps = torch.arange(STEPS, device=sample.device)[:, None]
        return self.volume[sample + steps, case], self.person[case]


def of(cases: DepthCases, device: str, smoothed: bool, stride: int = 1) -> Windows:
    """Return the windows that end where the index was shown, every `stride` samples."""
    doses = INTERVAL * np.stack([cases.propofol, cases.remifentanil])
    volume = np.concatenate([np.zeros((2, STEPS - 1, cases.count)), volumes(doses)], axis=1)
    target = lowess(cases) if smoothed else cases.bis
    shown = cases.scored
    shown[np.arange(len(shown)) % stride > 0] = False
    end = np.argwhere(shown)
    return Windows(
        torch.from_numpy(np.moveaxis(volume, 0, -1).astype(np.float32)).to(device),
        torch.from_numpy(person(cases)).to(device),
        torch.from_numpy(end).to(device),
        torch.from_numpy((target[shown] / 100.0).astype(np.float32)).to(device),
    )


def person(cases: DepthCases) -> np.ndarray:
    """Return age, female, height, weight, (cases, 4)."""
    who = cases.person
    return np.stack([who.age, who.female, who.height, who.weight], axis=1).astype(np.float32)


def loss(network: networks.Lee2018, data: Windows, chosen: Tensor) -> Tensor:
    """Return the mean absolute error, BIS/100."""
    return (network(*data.read(chosen)) - data.target[chosen]).abs().mean()


def score(network: networks.Lee2018, data: Windows) -> float:
    """Return the mean absolute error over all windows, index points; the network is not trained by it."""
    total = 0.0
    for part in torch.arange(len(data.end), device=data.end.device).split(CHUNK):
        total += float(loss(network, data, part)) * len(part)
    return 100.0 * total / max(len(data.end), 1)


def answers(network: networks.Lee2018, cases: DepthCases) -> np.ndarray:
    """Return what the network says at every sample from the first propofol on, (samples, cases), NaN elsewhere.

    Many windows at once, as the paper reads them: the streaming observer's answers, some ten times faster.
    """
    begun = replace(cases, bis=np.zeros_like(cases.bis))
    data = of(begun, "cpu", smoothed=False)
    network = copy.deepcopy(network).float()
    out = np.full(cases.bis.shape, np.nan, dtype=np.float32)
    with torch.no_grad():
        for part in torch.arange(len(data.end)).split(CHUNK):
            sample, case = data.end[part].numpy().T
            out[sample, case] = 100.0 * network(*data.read(part)).numpy()
    return out


def lowess(cases: DepthCases) -> np.ndarray:
    """Return the index smoothed case by case: local lines, tricube weights. Cleveland, J Am Stat Assoc 1979;74:829.

    On an even grid with gaps, without the robust iterations. Looks ahead: for training targets only.
    """
    out = np.full_like(cases.bis, np.nan)
    for case in range(cases.count):
        shown = cases.bis[: cases.length[case], case]
        known = np.isfinite(shown)
        reach = max(2, math.ceil(0.5 * SMOOTHED * len(shown)))
        lag = np.arange(-reach, reach + 1)
        weight = (1.0 - np.abs(lag / (reach + 1.0)) ** 3) ** 3

        def local(
            values: np.ndarray, power: int, lag: np.ndarray = lag, weight: np.ndarray = weight
        ) -> np.ndarray:
            return np.convolve(values, (weight * lag**power)[::-1], mode="full")[reach : reach + len(values)]  # noqa: B023

        filled = np.where(known, shown, 0.0)
        s0, s1, s2 = (local(known.astype(float), power) for power in range(3))
        t0, t1 = local(filled, 0), local(filled, 1)
        spread = s0 * s2 - s1**2
        line = (s2 * t0 - s1 * t1) / np.where(spread > 1e-9, spread, 1.0)
        out[: len(shown), case] = np.where(spread > 1e-9, line, shown)
    return out
