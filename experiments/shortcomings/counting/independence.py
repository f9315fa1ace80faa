"""Thousands of samples of few patients, counted as if each were somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.judging.bootstrap import percentile_ends, resample_counts
from experiments.judging.scores import subject_sums
from experiments.shortcomings.contract import Found, Row, over_repeats
from experiments.shortcomings.operations import learned_at, operations
from experiments.shortcomings.page import FLATTERING, HONEST, line_at
from experiments.sites.purposes import seed_for
from predictors.depth.phases import scored
from predictors.learning.measures import case_sums, concordance_of

DRAWS = 500
SHOWN = 30  # studies that are drawn


@dataclass(frozen=True)
class Independence:
    """A study of few patients is done again and again: how often does its interval hold what is true of all?

    Attributes:
        train: cases learned from.
        patients: all there are.
        studies: each of `group` of them.
    """

    train: int = 60
    patients: int = 80
    studies: int = 200
    group: int = 40

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(20, 24, 40, 12)

    def show(self, seed: int) -> Found:
        """Draw patients for every study, and take both intervals of its concordance."""
        watched = operations("tuned", self.patients, seed_for("test", seed))
        said, bis = learned_at("tuned", self.train, seed).answer(watched), watched.cases["bis"]
        counted = scored(watched.cases) & np.isfinite(bis)
        sums = subject_sums(bis, said, counted, watched.cases.subject)
        squares = second_moments(bis, said, counted)
        truth = float(concordance_of(sums.sum(axis=0)))
        random = np.random.default_rng(seed)
        studies = []
        for number in range(self.studies):
            drawn = random.integers(self.patients, size=self.group)
            naive = as_if_independent(sums[drawn].sum(axis=0), squares[drawn].sum(axis=0), random)
            counts = resample_counts(self.group, DRAWS, seed + number)
            ends = percentile_ends(concordance_of(counts @ sums[drawn]))
            studies.append({"study": number, **_ends("samples", naive), **_ends("patients", ends)})
        points = pd.DataFrame(studies).assign(truth=truth)
        return Found(self._rows(points), points)

    def _rows(self, points: pd.DataFrame) -> tuple[Row, ...]:
        width = {
            unit: (points[f"{unit}_high"] - points[f"{unit}_low"]).to_numpy()
            for unit in ("samples", "patients")
        }
        held = covered(points, "samples").astype(float)
        return (
            Row(
                "samples counted as independent",
                f"width of the 95 % interval of CCC, {self.group} patients",
                over_repeats(width["samples"], width["patients"]),
                "Draw whole patients again: samples of one are alike.",
            ),
            Row(
                "an interval believed",
                "share of studies whose interval holds the truth, claimed beside found",
                over_repeats(np.full(len(held), 0.95), held),
                f"By patients, {covered(points, 'patients').mean():.0%} of the intervals hold it.",
                2,
            ),
        )

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw both intervals of some studies beside the truth."""
        panels = figure.subplots(1, 2, sharey=True)
        for axes, unit, colour in zip(panels, ("samples", "patients"), (FLATTERING, HONEST), strict=True):
            for place, row in enumerate(points.head(SHOWN).to_dict("records")):
                axes.plot(
                    [place, place], [row[f"{unit}_low"], row[f"{unit}_high"]], color=colour, linewidth=1.6
                )
            line_at(axes, points["truth"].iloc[0])
            held = covered(points, unit).mean()
            axes.set(title=f"{unit} drawn again: {held:.0%} of {len(points)} hold the truth", xlabel="study")
        panels[0].set_ylabel("95 % interval of the concordance")


def covered(points: pd.DataFrame, unit: str) -> np.ndarray:
    """Return which studies' intervals hold the truth, (studies,) bool."""
    inside = (points[f"{unit}_low"] <= points["truth"]) & (points["truth"] <= points[f"{unit}_high"])
    return inside.to_numpy()


def second_moments(bis: np.ndarray, said: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Return the sums over samples of the products of what `case_sums` adds up, (cases, 6, 6)."""
    moments = []
    for case in range(bis.shape[1]):
        own = counted[:, case]
        each = case_sums(
            bis[own, case][None], said[own, case][None], np.ones((1, int(own.sum())), dtype=bool)
        )
        moments.append(each.T @ each)
    return np.stack(moments)


def as_if_independent(
    sums: np.ndarray, squares: np.ndarray, random: np.random.Generator
) -> tuple[float, float]:
    """Return the interval of the concordance if each sample is drawn again by itself.

    Sums over many samples drawn by themselves are normal, with the mean and covariance of these moments.
    """
    count = sums[0]
    spread = squares - np.outer(sums, sums) / count
    return percentile_ends(
        concordance_of(random.multivariate_normal(sums, spread, DRAWS, check_valid="ignore"))
    )


def _ends(unit: str, ends: tuple[float, float]) -> dict[str, float]:
    return {f"{unit}_low": ends[0], f"{unit}_high": ends[1]}
