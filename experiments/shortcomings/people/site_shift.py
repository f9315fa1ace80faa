"""A predictor judged on other patients of the site it learned at, and at a site where something is different."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.shortcomings.contract import Found, Row, Statistic, paired
from experiments.shortcomings.operations import Ridge, Watched, concordance, learned_at, operations
from experiments.shortcomings.page import FLATTERING, HONEST, bars
from experiments.sites.purposes import seed_for
from predictors.depth.phases import scored

HOME, AWAY = "tuned", "shifted"
LATER, NOISE, LASTS = 6, 8.0, 0.9  # samples; index points; autocorrelation, a sample
NAMES = {
    "home": "where it learned, other patients",
    "potency": "patients need more (C50 x 0.9 for x 0.65)",
    "late": "a monitor that is a minute later",
    "noisy": "a monitor with 8 points of slow noise",
    "local": "patients need more, learned again there",
}


@dataclass(frozen=True)
class SiteShift:
    """Depth from doses, learned at one site: at another patients need more, or the monitor is late or noisy.

    Attributes:
        train: cases learned from; test: cases judged; local: cases of the other site that are learned from again.
    """

    train: int = 60
    test: int = 80
    local: int = 30

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(20, 24, 6)

    def show(self, seed: int) -> Found:
        """Learn at home, judge everywhere."""
        ridge = learned_at(HOME, self.train, seed)
        home, away = (operations(site, self.test, seed_for("test", seed)) for site in (HOME, AWAY))
        own = learned_at(AWAY, self.local, seed)
        bis = home.cases["bis"]
        late = np.concatenate([np.full_like(bis[:LATER], np.nan), bis[:-LATER]])
        judged = {
            "home": of(ridge, home, bis),
            "potency": of(ridge, away, away.cases["bis"]),
            "late": of(ridge, home, late),
            "noisy": of(ridge, home, bis + slow_noise(bis.shape, seed)),
            "local": of(own, away, away.cases["bis"]),
        }
        found = {name: paired(judged["home"], one, self.test, seed) for name, one in judged.items()}
        points = [{"where": name, **one.honest._asdict()} for name, one in found.items()]
        row = Row(
            "judged where it learned",
            f"CCC of depth from doses, {self.test} patients at home and elsewhere",
            found["potency"],
            "Other patients of one site say nothing of another site: judge by site, and learn again from a few there.",
        )
        return Found((row,), pd.DataFrame(points))

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw the concordance at each site."""
        axes = figure.subplots()
        shades = [FLATTERING if name == "home" else HONEST for name in points["where"]]
        bars(axes, [NAMES[name] for name in points["where"]], points, shades)
        axes.set(xlabel="concordance with the index shown")


def of(ridge: Ridge, watched: Watched, bis: np.ndarray) -> Statistic:
    """Return the concordance of a ridge with an index."""
    return concordance(bis, ridge.answer(watched), scored(watched.cases), watched.cases)


def slow_noise(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Return noise (samples, cases) that stays for a minute or two."""
    random = np.random.default_rng(seed)
    out, now = np.zeros(shape), np.zeros(shape[1:])
    for sample in range(shape[0]):
        now = LASTS * now + np.sqrt(1.0 - LASTS**2) * random.standard_normal(shape[1:])
        out[sample] = NOISE * now
    return out
