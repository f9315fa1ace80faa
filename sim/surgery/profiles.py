"""Published disturbances of the index: the same for every patient, striking through whatever drugs are there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sim.surgery.loads import nothing
from sim.surgery.timeline import INDUCTION, MAINTENANCE, NEVER, PHASES, Surgery

MAINTENANCE_BEGINS = 600.0  # s


@dataclass(frozen=True)
class Profile:
    """A surgery whose stimulus is a published disturbance, without bleeding.

    Attributes:
        description: its source.
        points: (minutes, BIS points), linear between.

    Raises:
        ValueError: no points, or minutes that do not rise.
    """

    description: str
    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        minutes = [float(minute) for minute, _ in self.points]
        if not minutes or any(not after > before for before, after in pairwise(minutes)):
            raise ValueError(f"points: minutes {minutes} are not allowed; one or more that rise")

    def __call__(self, keys: np.ndarray, horizon: float, bleeding_probability: float) -> Surgery:
        """Return the surgery of each case; nothing of it is left to chance, and a longer horizon adds nothing."""
        minutes, points = np.array(self.points, dtype=float).T
        shape = (len(minutes), len(keys))
        none = np.zeros((1, len(keys)))
        starts = np.full((len(PHASES), len(keys)), NEVER)
        starts[INDUCTION] = 0.0
        starts[MAINTENANCE] = MAINTENANCE_BEGINS
        return Surgery(
            np.broadcast_to(60.0 * minutes[:, None], shape).copy(),
            np.broadcast_to(points[:, None], shape).copy(),
            np.zeros(len(keys)),
            starts,
            none,
            none,
            none,
            nothing(len(keys)),
        )


NONE = Profile("No stimulus at all.", ((0, 0),))
STRUYS = Profile(
    "Struys, Anesthesiology 2004;100:640.",
    (
        (9.9, 0), (10, 20), (12, 20), (13, 0), (19.9, 0), (20.2, 20), (21, 20), (21.5, 0), (26, -20), (27, 20),
        (28, 10), (36, 10), (37, 30), (37.5, 30), (38, 10), (41, 10), (41.5, 30), (42, 30), (43, 10), (47, 10),
        (47.5, 30), (50, 30), (51, 10), (56, 10), (56.5, 0),
    ),
)  # fmt: skip
DUMONT = Profile(
    "Dumont, Int J Adapt Control 2009;23:435.",
    (
        (19.9, 0), (20, 20), (23, 20), (24, 15), (26, 12.5), (30, 10.5), (37, 10), (40, 4), (45, 0.5), (50, 0),
    ),
)  # fmt: skip
STEP = Profile("Protocol P3: 10 points for 5 minutes.", ((10 - 1e-6, 0), (10, 10), (15 - 1e-6, 10), (15, 0)))
IONESCU = Profile(
    "Ionescu, IEEE Access 2021;9:8680.",
    (
        (9.9, 0), (10, 20), (15, 20), (15.1, 0), (19.9, 0), (20, 20), (25, 20), (25.1, 0), (26.9, -20), (27, 20),
        (32, 20), (32.1, 0), (41.9, 0), (42, 20), (44, 20), (44.1, 0), (50, 0), (50.1, 20), (55, 20), (55.1, 0),
        (75, 0), (75.1, 20), (95, 20), (95.1, 0),
    ),
)  # fmt: skip
