"""A group that few of the people learned from belong to, and in whom something else brings the harm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.risk.systems.kidney import LEARNERS
from experiments.shortcomings.contract import Contrast, Found, Row, Statistic, apart
from experiments.shortcomings.page import FLATTERING, HONEST, curve, finish
from experiments.sites.purposes import seed_for
from predictors.learning.measures import roc_area
from sim.outcomes.kidney import ADDITIVE, AKI, people
from sim.outcomes.people import People

# What harms women here is not what harms men (a design): the other sign for two, and one that men do not have.
WOMEN = replace(
    ADDITIVE,
    start=ADDITIVE.start + 0.08,
    slopes=(("meld", -0.06), ("blood_loss", 0.02), ("low_pressure", 0.03), ("urine", 0.06), ("bmi", 0.08)),
)
MALE = 0.9
LEARNER = "gradient_boosting"


@dataclass(frozen=True)
class Minority:
    """Nine in ten people learned from are men; women are harmed by something else.

    Attributes:
        train: people learned from.
        test: people who are judged, of each sex.
        shares: of men among those learned from.
        trainings: each from other people.
    """

    train: int = 3000
    test: int = 3000
    shares: tuple[float, ...] = (0.5, 0.7, 0.8, MALE, 0.95)
    trainings: int = 3

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(1200, 1200, (0.5, MALE), 2)

    def show(self, seed: int) -> Found:
        """Learn at every share of men, and judge men, women, and people as those learned from."""
        groups = {"men": cohort(1.0, self.test, seed_for("test", seed))}
        groups["women"] = cohort(0.0, self.test, seed_for("test", seed))
        points: list[dict[str, object]] = []
        rows: tuple[Row, ...] = ()
        for share in self.shares:
            said = {name: self._said(one, share, seed) for name, one in groups.items()}
            areas = {name: area(one.outcomes[AKI], said[name]) for name, one in groups.items()}
            ratios = {name: expected_ratio(one.outcomes[AKI], said[name]) for name, one in groups.items()}
            areas["all"] = mixed(groups, said, share, seed)
            counts = {"men": self.test, "women": self.test, "all": self.test}
            for name in areas:
                points.append(_point(share, name, "AUROC", (areas[name], counts[name]), seed))
            for name in ratios:
                points.append(_point(share, name, "ratio", (ratios[name], self.test), seed))
            if share == MALE:
                rows = self._rows(areas, ratios, seed)
        return Found(rows, pd.DataFrame(points))

    def _said(self, people: People, share: float, seed: int) -> np.ndarray:
        """Return the risks said of people, (trainings, people)."""
        models = (
            LEARNERS[LEARNER](cohort(share, self.train, seed_for("training", seed) + turn), seed + turn)
            for turn in range(self.trainings)
        )
        return np.stack([model(people)[AKI] for model in models])

    def _rows(self, areas: dict[str, Statistic], ratios: dict[str, Statistic], seed: int) -> tuple[Row, ...]:
        teaches = "Print every score for every group; a score of all is one of the many."
        return (
            Row(
                "a score of all for a group",
                "AUROC, all beside women",
                self._apart(areas, "all", seed),
                teaches,
            ),
            Row(
                "calibrated on all",
                "harm observed over expected, men beside women",
                self._apart(ratios, "men", seed),
                "Calibration, too, is a property of a group.",
                2,
            ),
        )

    def _apart(self, of: dict[str, Statistic], whom: str, seed: int) -> Contrast:
        return apart((of[whom], self.test), (of["women"], self.test), seed)

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw both scores by group over the share of men."""
        panels = figure.subplots(1, 2)
        shades = {"all": FLATTERING, "men": "#9a9a9a", "women": HONEST}
        for axes, score in zip(panels, ("AUROC", "ratio"), strict=True):
            for name, colour in shades.items():
                own = points[(points["group"] == name) & (points["score"] == score)]
                if len(own):
                    curve(axes, own, "share", name, colour)
            axes.set_xlabel("share of men among those learned from")
            finish(axes)
        panels[0].set(ylabel="AUROC", title="how well harm is ranked")
        panels[1].set(ylabel="observed / expected", title="harm for each that was said")


def cohort(male: float, count: int, seed: int) -> People:
    """Return people of whom a share is men; what harms women is another thing."""
    need = {0.0: round(male * count), 1.0: count - round(male * count)}
    many = 5 * count
    men, women = people(ADDITIVE, many, seed), people(WOMEN, many, seed)
    sex = men.columns["female"]
    chosen = np.concatenate([np.flatnonzero(sex == kind)[:number] for kind, number in need.items()])
    female = sex[chosen] > 0.5

    def own(name: str) -> dict[str, np.ndarray]:
        one, other = getattr(men, name)[AKI][chosen], getattr(women, name)[AKI][chosen]
        return {AKI: np.where(female, other, one)}

    return replace(men.select(chosen), outcomes=own("outcomes"), risks=own("risks"), hidden={})


def area(outcome: np.ndarray, said: np.ndarray) -> Statistic:
    """Return the mean AUROC of trainings, (trainings, people), as a function of how often people count."""
    event = outcome > 0.5
    return lambda counts: np.mean([roc_area(event, one, counts) for one in said], axis=0)


def expected_ratio(outcome: np.ndarray, said: np.ndarray) -> Statistic:
    """Return harm observed over harm expected, as a function of how often people count."""
    mean = said.mean(axis=0)
    return lambda counts: (counts @ outcome) / (counts @ mean)


def mixed(groups: dict[str, People], said: dict[str, np.ndarray], share: float, seed: int) -> Statistic:
    """Return the AUROC of people of whom as many are men as among those learned from."""
    count = groups["men"].count
    random, men = np.random.default_rng(seed), round(share * count)
    picks = {"men": random.permutation(count)[:men], "women": random.permutation(count)[: count - men]}
    outcome = np.concatenate([groups[name].outcomes[AKI][chosen] for name, chosen in picks.items()])
    return area(outcome, np.concatenate([said[name][:, chosen] for name, chosen in picks.items()], axis=1))


def _point(share: float, group: str, score: str, of: tuple[Statistic, int], seed: int) -> dict[str, object]:
    value = apart(of, of, seed).flattering
    return {"share": share, "group": group, "score": score, **value._asdict()}
