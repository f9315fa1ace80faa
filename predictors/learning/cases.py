"""Cases to learn depth from, simulated or recorded, in one schema: what monitor and pumps showed, on a 10 s grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import take
from sim.covariates import Covariates

INTERVAL = 10.0  # s
RUN_IN = 30  # samples kept before the first propofol
INDUCTION_SAMPLES = 60  # phases as in public successors of Lee 2018: 600 s, to the last propofol, after it
RECOVERY_SAMPLES = 181  # 1,810 s after the last infusion, Lee 2018
BEFORE, INDUCTION, MAINTENANCE, RECOVERY = -1, 0, 1, 2
PHASES = ("induction", "maintenance", "recovery")


@dataclass(frozen=True)
class DepthCases:
    """Sample k is the end of interval k: the index shown then, the doses of the interval that ended then.

    Attributes:
        name, subject: (cases,) text; a subject may have several cases.
        person: covariates, (cases,).
        bis, pressure: (samples, cases), index and mmHg, NaN where nothing valid was shown or the case is over.
        propofol, remifentanil: (samples, cases), mg/s and µg/s.
        first, last, length: (cases,), samples of the first and the last propofol, and how many there are.
        truth: (samples, cases), the true index where it is known: simulated cases only.
    """

    name: np.ndarray
    subject: np.ndarray
    person: Covariates
    bis: np.ndarray
    pressure: np.ndarray
    propofol: np.ndarray
    remifentanil: np.ndarray
    first: np.ndarray
    last: np.ndarray
    length: np.ndarray
    truth: np.ndarray | None = None

    @property
    def count(self) -> int:
        """Number of cases."""
        return len(self.name)

    @property
    def phase(self) -> np.ndarray:
        """(samples, cases): index into `PHASES`, -1 before the first propofol and after the end."""
        sample = np.arange(len(self.bis))[:, None]
        phase = np.where(sample < self.first + INDUCTION_SAMPLES, INDUCTION, MAINTENANCE)
        phase = np.where(sample > self.last, RECOVERY, phase)
        return np.where((sample >= self.first) & (sample < self.length), phase, BEFORE)

    @property
    def scored(self) -> np.ndarray:
        """(samples, cases) bool: from the first propofol on, where the index was shown."""
        return (self.phase >= 0) & np.isfinite(self.bis)

    def select(self, chosen: np.ndarray) -> DepthCases:
        """Return the chosen cases (indices or mask), cut to the longest of them."""
        length = self.length[chosen]
        grid = slice(int(length.max()) if len(length) else 0)

        def series(values: np.ndarray) -> np.ndarray:
            return values[grid, chosen]

        return replace(
            self,
            name=self.name[chosen],
            subject=self.subject[chosen],
            person=take(self.person, chosen),
            bis=series(self.bis),
            pressure=series(self.pressure),
            propofol=series(self.propofol),
            remifentanil=series(self.remifentanil),
            first=self.first[chosen],
            last=self.last[chosen],
            length=length,
            truth=None if self.truth is None else series(self.truth),
        )


def cut(
    name: np.ndarray,
    subject: np.ndarray,
    person: Covariates,
    signals: dict[str, np.ndarray],
    end: np.ndarray,
    recovery: int = RECOVERY_SAMPLES,
) -> DepthCases:
    """Return cases from `RUN_IN` before the first propofol to `recovery` samples after the last.

    Args:
        name, subject, person: (cases,).
        signals: bis, pressure, propofol, remifentanil, and truth if it is known, (samples, cases). Everybody has
            propofol at some time.
        end: (cases,), samples recorded of each.
    """
    given = (signals["propofol"] > 0.0) & (np.arange(len(signals["propofol"]))[:, None] < end)
    first = given.argmax(axis=0)
    last = len(given) - 1 - given[::-1].argmax(axis=0)
    begin = np.maximum(first - RUN_IN, 0)
    length = np.minimum(end, last + recovery + 1) - begin
    rows = begin + np.arange(int(length.max()))[:, None]
    inside = rows < begin + length
    rows = np.minimum(rows, len(given) - 1)

    def moved(signal: np.ndarray, nothing: float) -> np.ndarray:
        return np.where(inside, np.take_along_axis(signal, rows, axis=0), nothing)

    return DepthCases(
        name=name,
        subject=subject,
        person=person,
        bis=moved(signals["bis"], np.nan),
        pressure=moved(signals["pressure"], np.nan),
        propofol=moved(signals["propofol"], 0.0),
        remifentanil=moved(signals["remifentanil"], 0.0),
        first=first - begin,
        last=last - begin,
        length=length,
        truth=moved(signals["truth"], np.nan) if "truth" in signals else None,
    )


def join(parts: Sequence[DepthCases]) -> DepthCases:
    """Return all cases of several sets side by side."""
    samples = max(len(part.bis) for part in parts)

    def series(name: str, nothing: float) -> np.ndarray:
        return np.concatenate(
            [
                np.pad(getattr(part, name), ((0, samples - len(part.bis)), (0, 0)), constant_values=nothing)
                for part in parts
            ],
            axis=1,
        )

    def each(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    fields = ("age", "female", "height", "weight")
    person = Covariates(*(np.concatenate([getattr(part.person, name) for part in parts]) for name in fields))
    known = all(part.truth is not None for part in parts)
    return DepthCases(
        name=each("name"),
        subject=each("subject"),
        person=person,
        bis=series("bis", np.nan),
        pressure=series("pressure", np.nan),
        propofol=series("propofol", 0.0),
        remifentanil=series("remifentanil", 0.0),
        first=each("first"),
        last=each("last"),
        length=each("length"),
        truth=series("truth", np.nan) if known else None,
    )
