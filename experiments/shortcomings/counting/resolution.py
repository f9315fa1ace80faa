"""The same minutes of low pressure, looked at every minute or every five.

Of recorded cases (MOVER and VitalDB) an adjusted odds ratio of harm per 10 min below 65 mmHg of 1.055 (1.019-1.091) is
printed at a minute's resolution, and 0.959 (0.928-0.990) of the same data taken to five. Here is one way in which that
can come about; that it is theirs is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.shortcomings.contract import Found, Row, Statistic, paired
from experiments.shortcomings.page import FLATTERING, HONEST, bars, line_at
from experiments.sites.purposes import seed_for
from predictors.risk.newton import logistic

LOW = 65.0  # mmHg
COARSE = 5  # min
WAYS = {
    "minute": "every minute",
    "mean": "means of five minutes",
    "point": "one reading in five minutes",
    "minute, reserve known": "every minute, reserve known",
    "mean, reserve known": "means of five minutes, reserve known",
}


@dataclass(frozen=True)
class Resolution:
    """Harm by minutes below 65 mmHg: odds ratios from every minute, and from means of five.

    People of good reserve rest low, for long, and are seldom harmed; those of little reserve rest high and fall in
    short dips. Every minute below 65 mmHg harms all alike.

    Attributes:
        people: operations.
        minutes: that each lasts.
        harm: true log odds per 10 min below 65 mmHg.
        protects: log odds by which an SD of reserve lowers the risk.
        rests: mmHg by which an SD of reserve lowers the resting pressure.
    """

    people: int = 12000
    minutes: int = 180
    harm: float = 0.30
    protects: float = 0.7
    rests: float = 5.0

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(people=4000)

    def show(self, seed: int) -> Found:
        """Play the operations, and read the odds ratio in every way."""
        random = np.random.default_rng(seed_for("test", seed))
        reserve = random.standard_normal(self.people)
        pressure = self.played(reserve, random)
        exposure = {
            "minute": below(pressure),
            "mean": below(coarse(pressure)),
            "point": below(pressure[::COARSE]),
        }
        exposure["mean"], exposure["point"] = COARSE * exposure["mean"], COARSE * exposure["point"]
        odds = -1.5 + self.harm * exposure["minute"] / 10.0 - self.protects * reserve
        harmed = random.random(self.people) < 1.0 / (1.0 + np.exp(-odds))
        ways = {name: odds_ratio(harmed, minutes[:, None] / 10.0) for name, minutes in exposure.items()}
        for name in ("minute", "mean"):
            both = np.stack([exposure[name] / 10.0, reserve], axis=1)
            ways[f"{name}, reserve known"] = odds_ratio(harmed, both)
        found = {name: paired(one, ways["minute"], self.people, seed) for name, one in ways.items()}
        points = [{"way": name, **one.flattering._asdict()} for name, one in found.items()]
        points.append(
            {"way": "truth", **dict.fromkeys(("estimate", "low", "high"), float(np.exp(self.harm)))}
        )
        row = Row(
            "pressure kept every five minutes",
            "odds ratio of harm per 10 min below 65 mmHg, means of 5 min beside every minute",
            found["mean"],
            "What a chart leaves out is not left out at random: say at which resolution a threshold was read.",
        )
        return Found((row,), pd.DataFrame(points))

    def played(self, reserve: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Return pressures, (minutes, people), mmHg: rest, slow wandering, and dips of two or three minutes."""
        count = len(reserve)
        slow, keeps = 3.0 * random.standard_normal(count), np.exp(-1.0 / 12.0)
        dips = 0.06 * np.exp(-0.8 * reserve)  # chance of one to begin, a minute
        left, out = np.zeros(count), np.zeros((self.minutes, count))
        for minute in range(self.minutes):
            slow = keeps * slow + 3.0 * np.sqrt(1.0 - keeps**2) * random.standard_normal(count)
            begins = (left <= 0.0) & (random.random(count) < dips)
            left = np.where(begins, random.integers(1, 4, count), left - 1.0)
            out[minute] = 78.0 - self.rests * reserve + slow - 22.0 * (left > 0.0)
        return out

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw the odds ratio in every way, and the true one."""
        axes = figure.subplots()
        own = points[points["way"] != "truth"]
        bars(
            axes,
            [WAYS[way] for way in own["way"]],
            own,
            [HONEST if "minute" in way else FLATTERING for way in own["way"]],
        )
        line_at(axes, 1.0, horizontal=False)
        true = float(points.loc[points["way"] == "truth", "estimate"].iloc[0])
        axes.axvline(true, color="black", linewidth=0.8)
        axes.annotate("true", (true, len(own) - 0.6), ha="right", xytext=(-3, 0), textcoords="offset points")
        axes.set_xlabel("odds ratio of harm per 10 min below 65 mmHg")


def below(pressure: np.ndarray) -> np.ndarray:
    """Return how many samples of each lie below 65 mmHg, (people,), of (samples, people)."""
    return (pressure < LOW).sum(axis=0).astype(float)


def coarse(pressure: np.ndarray) -> np.ndarray:
    """Return means of five minutes, (minutes / 5, people)."""
    kept = len(pressure) // COARSE * COARSE
    return pressure[:kept].reshape(-1, COARSE, pressure.shape[1]).mean(axis=1)


def odds_ratio(harmed: np.ndarray, columns: np.ndarray) -> Statistic:
    """Return the odds ratio of the first column by logistic regression, as a function of how often people count.

    The regression is solved for everybody counted once; of other counts, what each person moves it is added up.

    Args:
        harmed: (people,) bool.
        columns: (people, columns).
    """
    inputs = np.column_stack([np.ones(len(harmed)), columns])
    found = logistic(inputs, harmed, pull=0.0)
    chance = 1.0 / (1.0 + np.exp(-inputs @ found))
    bend = (inputs.T * (chance * (1.0 - chance))) @ inputs
    moves = np.linalg.solve(bend, inputs.T * (harmed - chance))[1]
    return lambda counts: np.exp(found[1] + (counts - 1.0) @ moves)
