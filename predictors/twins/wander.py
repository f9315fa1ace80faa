"""What dose and person leave unexplained of a record: slow drift, of sensitivity if of the index, and quick noise.

Both are Ornstein-Uhlenbeck processes; the drift acts through the slope of the response, so it moves nobody awake. A
Kalman filter turns what is left over into independent surprises, and says what is known of both processes.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from predictors.learning.watching import INTERVAL
from sim.arrays import Array, namespace, stack
from sim.settings import check_numbers

DRIFT, QUICK = range(2)
SIGNALS = ("bis", "pressure", "heart_rate")


TABLE = Path(__file__).parents[1] / "weights" / "wander.json"


@dataclass(frozen=True)
class Wander:
    """Sizes and times of both processes.

    Attributes:
        drift_sd, drift_time: of the log sensitivity, and s.
        quick_sd, quick_time: index points, and s.
        reading_sd: index points, independent from reading to reading.
        scale_freedom: degrees of freedom of the factor by which a case's variances differ from these (inverse gamma).
    """

    drift_sd: float
    drift_time: float
    quick_sd: float
    quick_time: float
    reading_sd: float
    scale_freedom: float

    def __post_init__(self) -> None:
        check_numbers(self, positive=True)

    @property
    def variance(self) -> np.ndarray:
        """Stationary variances, (2,)."""
        return np.array([self.drift_sd, self.quick_sd]) ** 2

    def kept(self, seconds: float) -> np.ndarray:
        """Return the share of each process that is left after some time, (2,)."""
        return np.array([math.exp(-seconds / time) for time in (self.drift_time, self.quick_time)])


def read_wander(path: Path = TABLE) -> dict[str, Wander]:
    """Return what records were found to leave unexplained, by signal: bis, pressure and heart_rate.

    The two vital signs are taken in logs, with a slope of 1. Raises ValueError if the file does not hold all.
    """
    try:
        table = json.loads(path.read_text(encoding="utf-8"))["wander"]
        return {signal: Wander(**table[signal]) for signal in SIGNALS}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"wander: {path} holds no wander of twins ({error})") from None


@dataclass(frozen=True)
class Filter:
    """A Kalman filter prepared: how strongly each reading corrects, whatever it says.

    Attributes:
        slope: (samples, patients).
        gain: (samples, 2, patients), 0 where nothing was shown.
        sd: (samples, patients), of a surprise; infinite where nothing was shown.
        covariance: (samples, 3, patients), of drift, of both, of quick noise, after the sample.
    """

    slope: Array
    gain: Array
    sd: Array
    covariance: Array


def prepare(wander: Wander, slope: np.ndarray, shown: np.ndarray) -> Filter:
    """Prepare the filter for slopes and for which readings were shown (bool), both (samples, patients)."""
    (keep_drift, keep_quick), (drift, quick) = wander.kept(INTERVAL), wander.variance
    zero = 0.0 * slope[0]
    p = np.stack([zero + drift, zero, zero + quick])
    keep = np.array([keep_drift**2, keep_drift * keep_quick, keep_quick**2])[:, None]
    fresh = np.array([drift, 0.0, quick])[:, None] * (1.0 - keep)
    gain, sd = np.empty((len(slope), 2, len(zero))), np.empty(slope.shape)
    covariance = np.empty((len(slope), 3, len(zero)))
    for k, steep in enumerate(slope):
        p = keep * p + fresh
        across = np.stack([steep * p[0] + p[1], steep * p[1] + p[2]])
        variance = steep * across[0] + across[1] + wander.reading_sd**2
        gain[k] = np.where(shown[k], across / variance, 0.0)
        sd[k] = np.where(shown[k], np.sqrt(variance), np.inf)
        p = p - np.stack([gain[k, 0] * across[0], gain[k, 0] * across[1], gain[k, 1] * across[1]])
        covariance[k] = p
    return Filter(slope, gain, sd, covariance)


def surprises(wander: Wander, prepared: Filter, left_over: Array) -> tuple[Array, Array]:
    """Return standardised surprises (samples, ..., patients), 0 where nothing was shown, and what both processes are
    then believed to be, (samples, 2, ..., patients).

    Linear in what is left over, so it whitens residuals and their derivatives alike. NumPy and torch.

    Args:
        wander, prepared: as in `prepare`.
        left_over: (samples, ..., patients), shown less expected index; finite where nothing was shown.
    """
    keep = wander.kept(INTERVAL)
    drift = quick = 0.0 * left_over[0]
    said, states = [], []
    for k, value in enumerate(left_over):
        drift, quick = keep[DRIFT] * drift, keep[QUICK] * quick
        surprise = value - prepared.slope[k] * drift - quick
        gain = prepared.gain[k]
        drift, quick = drift + gain[DRIFT] * surprise, quick + gain[QUICK] * surprise
        said.append(surprise / prepared.sd[k])
        states.append(stack([drift, quick]))
    xp = namespace(left_over)
    return xp.stack(said), xp.stack(states)


def smoothed(wander: Wander, prepared: Filter, states: np.ndarray) -> np.ndarray:
    """Return what both processes are believed to have been, all readings known (Rauch, AIAA J 1965;3:1445).

    Args:
        wander, prepared: as in `prepare`.
        states: (samples, 2, patients), as `surprises` says them.
    """
    keep, (p00, p01, p11) = wander.kept(INTERVAL), np.moveaxis(prepared.covariance, 1, 0)
    now = np.stack([np.stack([p00, p01], -1), np.stack([p01, p11], -1)], -1)  # (samples, patients, 2, 2)
    fresh = np.diag(wander.variance * (1.0 - keep**2))
    back = now * keep @ np.linalg.inv(keep[:, None] * now * keep + fresh)
    found = np.moveaxis(states, 1, 2).copy()
    for k in range(len(found) - 2, -1, -1):
        found[k] += (back[k] @ (found[k + 1] - keep * found[k])[..., None])[..., 0]
    return np.moveaxis(found, 2, 1)
