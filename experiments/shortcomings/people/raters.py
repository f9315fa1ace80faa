"""Labels by raters who, where they are unsure, write down what is usual, or what the chart suggests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.risk.systems.kidney import LEARNERS
from experiments.shortcomings.contract import Contrast, Found, Row, Statistic, paired
from experiments.shortcomings.page import FLATTERING, HONEST, curve, finish
from experiments.sites.purposes import seed_for
from predictors.learning.measures import calibration_slope, roc_area
from sim.outcomes.kidney import ADDITIVE, AKI, people
from sim.outcomes.people import People

RATERS = {"blinded": "unsure: writes what is usual", "unblinded": "unsure: writes what the chart suggests"}
UNSURE = 0.4
SCORES = {"AUROC": roc_area, "slope": calibration_slope}


@dataclass(frozen=True)
class Raters:
    """Somebody rated the labels, and was not always sure: judged against labels, and against what happened.

    Attributes:
        train, test: people learned from and judged.
        unsure: shares of people of whom the rater does not know.
    """

    train: int = 5000
    test: int = 5000
    unsure: tuple[float, ...] = (0.0, 0.1, 0.2, UNSURE, 0.6)

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(1500, 1500, (0.0, UNSURE))

    def show(self, seed: int) -> Found:
        """Learn from what raters wrote, and judge by it and by the truth."""
        train = people(ADDITIVE, self.train, seed_for("training", seed))
        test = people(ADDITIVE, self.test, seed_for("test", seed))
        truth = test.outcomes[AKI] > 0.5
        points, found = [], {}
        for rater in RATERS:
            for share in self.unsure:
                taught = replace(train, outcomes={AKI: rated(train, rater, share, seed)})
                said = LEARNERS["logistic_regression"](taught, seed)(test)[AKI]
                written = rated(test, rater, share, seed + 1) > 0.5
                for score in SCORES:
                    contrast = paired(of(written, said, score), of(truth, said, score), len(truth), seed)
                    found[rater, share, score] = contrast
                    for against, value in zip(("labels", "truth"), contrast, strict=False):
                        about = {"rater": rater, "unsure": share, "score": score, "against": against}
                        points.append({**about, **value._asdict()})
        return Found(_rows(found), pd.DataFrame(points))

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw the AUROC against labels and against the truth, a panel a rater."""
        panels = figure.subplots(1, 2, sharey=True)
        for axes, (rater, title) in zip(panels, RATERS.items(), strict=True):
            own = points[(points["rater"] == rater) & (points["score"] == "AUROC")]
            curve(axes, own[own["against"] == "labels"], "unsure", "against the labels", FLATTERING)
            curve(axes, own[own["against"] == "truth"], "unsure", "against what happened", HONEST)
            axes.set(title=title, xlabel="share of people of whom the rater is unsure")
            finish(axes)
        panels[0].set_ylabel("AUROC")


def rated(cohort: People, rater: str, unsure: float, seed: int) -> np.ndarray:
    """Return labels, (people,): the truth, or of some what is usual or what the sickest third would have."""
    random = np.random.default_rng(seed)
    truth, lost = cohort.outcomes[AKI], random.random(cohort.count) < unsure
    if rater == "blinded":
        guess = (random.random(cohort.count) < truth.mean()).astype(float)
    else:
        sick = cohort.columns["meld"]
        guess = (sick > np.quantile(sick, 1.0 - truth.mean())).astype(float)
    return np.where(lost, guess, truth)


def of(event: np.ndarray, said: np.ndarray, score: str) -> Statistic:
    """Return a score as a function of how often people count."""
    return lambda counts: SCORES[score](event, said, counts)


def _rows(found: dict[tuple[str, float, str], Contrast]) -> tuple[Row, ...]:
    return (
        Row(
            "raters who see the chart",
            f"AUROC by labels beside truth, {UNSURE:.0%} unsure",
            found["unblinded", UNSURE, "AUROC"],
            "Whoever learns the raters' habit agrees with them: keep raters from seeing what the model sees.",
        ),
        Row(
            "raters who lean to what is usual",
            f"AUROC by labels beside truth, {UNSURE:.0%} unsure",
            found["blinded", UNSURE, "AUROC"],
            "Noise that knows nothing makes a model look worse than it is.",
        ),
        Row(
            "calibrated to noisy labels",
            f"calibration slope by labels beside truth, {UNSURE:.0%} unsure",
            found["blinded", UNSURE, "slope"],
            "A slope of 1 is one to the labels: risks lean to the middle as the raters did.",
            2,
        ),
    )
