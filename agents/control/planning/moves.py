"""A move of dials in words: what was foreseen with it, and without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Array

TOLD = 300.0  # s ahead, of what an explanation says
DIALS = ("propofol", "µg/mL"), ("remifentanil", "ng/mL")


@dataclass(frozen=True)
class Move:
    """A move of targets, and what was foreseen, (patients,) each; NaN before any.

    Attributes:
        before, target: (dials, patients), the first of `DIALS`, in their units.
        without, expected: (patients,), the index some time ahead if the targets stayed, and with the move.
    """

    before: Array
    target: Array
    without: Array
    expected: Array

    @classmethod
    def none(cls, dials: int, patients: int) -> Move:
        """Return that nothing has been decided."""
        unknown = np.full((dials, patients), np.nan)
        return cls(unknown, unknown, unknown[0], unknown[0])


def in_words(move: Move, minutes: float) -> list[str]:
    """Return moves in words, a line a patient; the index is foreseen some minutes ahead."""
    return [
        _line(*both, float(without), float(expected), minutes)
        for both, without, expected in zip(
            zip(move.before.T.tolist(), move.target.T.tolist(), strict=True),
            move.without,
            move.expected,
            strict=True,
        )
    ]


def _line(
    before: Sequence[float], target: Sequence[float], without: float, expected: float, minutes: float
) -> str:
    if np.isnan(without):
        return "nothing decided yet"
    turned = [
        f"{name} from {old:.1f} to {new:.1f} {unit}"
        for (name, unit), old, new in zip(DIALS, before, target, strict=False)
        if old != new
    ]
    ahead = f"in {minutes:g} min the index is expected at"
    if turned:
        return f"{', '.join(turned)}: {ahead} {expected:.0f} instead of {without:.0f}"
    stay = [f"{name} stays at {new:.1f} {unit}" for (name, unit), new in zip(DIALS, target, strict=False)]
    return f"{', '.join(stay)}: {ahead} {without:.0f}"
