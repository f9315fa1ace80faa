"""A model judged where half are ill, used where one in a hundred is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.special import expit, logit

from experiments.risk.systems.kidney import LEARNERS
from experiments.shortcomings.contract import Contrast, Found, Row, Statistic, paired
from experiments.shortcomings.page import FLATTERING, HONEST, curve, finish, line_at, ticks_at
from experiments.sites.purposes import seed_for
from sim.outcomes.kidney import AKI, AXIS, people
from sim.outcomes.people import People

SENSITIVITY = 0.85  # at which the alarm is set
BALANCED, NATURAL = 0.5, 0.01


@dataclass(frozen=True)
class Prevalence:
    """An alarm judged on as many ill as well, and used at lower and lower prevalence.

    Attributes:
        train: people learned from, half of whom are injured.
        test: people who are judged.
        prevalences: at which the same alarm is used.
    """

    train: int = 3000
    test: int = 20000
    prevalences: tuple[float, ...] = (0.005, NATURAL, 0.02, 0.05, 0.1, 0.2, 0.3, BALANCED)

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(1000, 3000, (NATURAL, 0.1, BALANCED))

    def show(self, seed: int) -> Found:
        """Learn from a balanced set, and weigh the people judged to every prevalence."""
        model = LEARNERS["gradient_boosting"](balanced(self.train, seed_for("training", seed)), seed)
        test = people(AXIS, self.test, seed_for("test", seed))
        event, said = test.outcomes[AKI] > 0.5, model(test)[AKI]
        alarm = said >= np.quantile(said[event], 1.0 - SENSITIVITY)
        points = []
        for share in self.prevalences:
            corrected = expit(logit(np.clip(said, 1e-6, 1.0 - 1e-6)) + logit(share) - logit(BALANCED))
            for name, of in (
                ("value", predictive_value(event, alarm, share)),
                ("as_learned", observed_ratio(event, said, share)),
                ("corrected", observed_ratio(event, corrected, share)),
            ):
                value = paired(of, of, len(event), seed).honest
                points.append({"prevalence": share, "score": name, **value._asdict()})
        return Found(_rows(event, said, alarm, seed), pd.DataFrame(points))

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw the predictive value, and expected over observed harm, over prevalence."""
        panels = figure.subplots(1, 2)
        curve(panels[0], points[points["score"] == "value"], "prevalence", "", HONEST)
        panels[0].set(ylabel="positive predictive value", title="alarms that are right", ylim=(0.0, 1.0))
        for name, label, colour in (
            ("as_learned", "as learned", FLATTERING),
            ("corrected", "odds corrected for prevalence", HONEST),
        ):
            curve(panels[1], points[points["score"] == name], "prevalence", label, colour)
        panels[1].set(ylabel="observed / expected", title="harm for each that was said", ylim=(0.0, 1.15))
        line_at(panels[1], 1.0)
        for axes in panels:
            ticks_at(axes, (NATURAL, 0.05, 0.2, BALANCED), percent=True)
            axes.set_xlabel("share of people who are injured")
            finish(axes, axes is panels[1])


def balanced(count: int, seed: int) -> People:
    """Return people of whom half are injured: what a case-control study learns from."""
    everybody = people(AXIS, 3 * count, seed)
    kinds = [np.flatnonzero(everybody.outcomes[AKI] == kind)[: count // 2] for kind in (0.0, 1.0)]
    return replace(everybody.select(np.concatenate(kinds)), risks={})


def weights(event: np.ndarray, prevalence: float) -> np.ndarray:
    """Return what each counts so that a share of all has the event, (people,)."""
    return np.where(event, prevalence / event.mean(), (1.0 - prevalence) / (1.0 - event.mean()))


def predictive_value(event: np.ndarray, alarm: np.ndarray, prevalence: float) -> Statistic:
    """Return the share of alarms that are right at a prevalence, as a function of how often people count."""
    each = weights(event, prevalence)
    return lambda counts: (counts @ (each * (event & alarm))) / (counts @ (each * alarm))


def observed_ratio(event: np.ndarray, said: np.ndarray, prevalence: float) -> Statistic:
    """Return harm observed over harm expected at a prevalence, as a function of how often people count."""
    each = weights(event, prevalence)
    return lambda counts: (counts @ (each * event)) / (counts @ (each * said))


def _rows(event: np.ndarray, said: np.ndarray, alarm: np.ndarray, seed: int) -> tuple[Row, ...]:
    def contrast(of: object, one: np.ndarray) -> Contrast:
        assert callable(of)
        return paired(of(event, one, BALANCED), of(event, one, NATURAL), len(event), seed)

    asked = f"at {BALANCED:.0%} beside {NATURAL:.0%}, sensitivity {SENSITIVITY}"
    return (
        Row(
            "a balanced test set",
            f"positive predictive value {asked}",
            contrast(predictive_value, alarm),
            "Nothing about the model changed: print the predictive value, and alarms an hour, at natural prevalence.",
        ),
        Row(
            "risks kept at another prevalence",
            f"harm observed over expected, at {BALANCED:.0%} beside {NATURAL:.0%}",
            contrast(observed_ratio, said),
            "Move the log odds by those of the prevalence: risks are right again, alarms are not.",
            2,
        ),
    )
