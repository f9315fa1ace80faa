"""Calm controls against the last minutes before an event, or every moment as it comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.risk.hypotension.judging import forward, rounded, selected, subsets
from experiments.shortcomings.contract import Found, Row, Statistic, paired
from experiments.shortcomings.operations import area, pressures
from experiments.shortcomings.page import FLATTERING, HONEST, bars
from experiments.sites.purposes import seed_for
from predictors import ANSWERS
from predictors.learning.cases import Cases
from predictors.risk.hypotension.events import low_name

SITE, HORIZON = "stepped", 300  # s
WAYS = {
    "selected": "case-control",
    "forward": "every moment",
    "grey": "every moment at 65-75 mmHg",
}
NAMES = {"hypotension_pressure": "pressure alone", "hypotension_logistic": "logistic regression"}


@dataclass(frozen=True)
class CaseControl:
    """Hypotension within five minutes: the same two predictors, on selected moments and on all.

    Attributes:
        cases: that are judged.
    """

    cases: int = 80

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(24)

    def show(self, seed: int) -> Found:
        """Ask the shipped predictors, and judge in every way."""
        cases = pressures(SITE, self.cases, seed_for("test", seed))
        ways = {"selected": selected(cases, HORIZON), "forward": forward(cases)}
        ways["grey"] = ways["forward"] & next(iter(subsets(cases).values()))
        found, points = {}, []
        for predictor in NAMES:
            said = rounded(ANSWERS.get(predictor)().answer(cases)[low_name(HORIZON)])
            for way, counted in ways.items():
                found[predictor, way] = _area(cases, said, counted)
                value = paired(found[predictor, way], found[predictor, way], self.cases, seed).honest
                points.append({"predictor": predictor, "way": way, **value._asdict()})
        contrast = paired(
            found["hypotension_pressure", "selected"],
            found["hypotension_pressure", "forward"],
            self.cases,
            seed,
        )
        row = Row(
            "calm controls chosen",
            "AUROC of the present pressure, hypotension within 5 min, case-control beside every moment",
            contrast,
            "What is asked at the bedside is asked at every moment: judge forward, and hold it against pressure alone.",
        )
        return Found((row,), pd.DataFrame(points))

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw both predictors in every way."""
        axes = figure.subplots()
        ordered = points.assign(place=points["way"].map({way: place for place, way in enumerate(WAYS)}))
        ordered = ordered.sort_values("place", kind="stable")
        names = [f"{WAYS[row['way']]}: {NAMES[row['predictor']]}" for row in ordered.to_dict("records")]
        bars(axes, names, ordered, [FLATTERING if way == "selected" else HONEST for way in ordered["way"]])
        axes.set_xlabel("AUROC, hypotension within 5 min")


def _area(cases: Cases, said: np.ndarray, counted: np.ndarray) -> Statistic:
    rows = min(len(said), len(counted))
    return area(cases.label(low_name(HORIZON))[:rows], said[:rows], counted[:rows], cases)
