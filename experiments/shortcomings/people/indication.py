"""Patients who need more are given more: within maintenance, dose and depth no longer have to do with each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.shortcomings.contract import Found, Row, Statistic, apart, paired
from experiments.shortcomings.operations import Watched, concordance, operations
from experiments.shortcomings.page import FLATTERING, HONEST, finish
from experiments.sites.purposes import seed_for
from predictors.depth.phases import MAINTENANCE, phases, scored
from predictors.nominal import NominalObserver
from sim.settings import Models

DOSED = {"titrated": "doses follow the index", "wandering": "doses by lot, same patients"}
MODEL = Models()  # what the patients of both sites are made of: their average is the right one
AVERAGE = NominalObserver(propofol=MODEL.propofol, remifentanil=MODEL.remifentanil, bis=MODEL.bis)
SHOWN = 12  # samples between moments that are drawn


@dataclass(frozen=True)
class Indication:
    """The right average model of the patients, held against cases that are titrated, and against doses by lot.

    Attributes:
        patients: of each kind of dosing, the same ones.
    """

    patients: int = 80

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(24)

    def show(self, seed: int) -> Found:
        """Judge the average model, and the slope of the index on the effect site, in maintenance."""
        watched = {site: operations(site, self.patients, seed_for("test", seed), AVERAGE) for site in DOSED}
        lot, titrated = watched["wandering"], watched["titrated"]
        whole, kept = agreement(titrated, scored(titrated.cases)), agreement(titrated, maintenance(titrated))
        rows = (
            Row(
                "induction and recovery counted in",
                "CCC of the right average model, whole cases beside maintenance",
                paired(whole, kept, self.patients, seed),
                "Judge maintenance by itself: there the clinician has already taken out what a model could explain.",
            ),
            Row(
                "the effect of a dose read off titrated cases",
                "index points per µg/mL of propofol in maintenance, titrated beside doses by lot",
                apart((slope(titrated), self.patients), (slope(lot), self.patients), seed),
                "Who needs more is given more: effects of doses need doses without a reason, or a model of the reason.",
                2,
            ),
        )
        return Found(rows, pd.concat([moments(one).assign(dosed=site) for site, one in watched.items()]))

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw the index over the effect site of some moments, and the line through all."""
        panels = figure.subplots(1, 2, sharey=True, sharex=True)
        for axes, (site, title), colour in zip(panels, DOSED.items(), (FLATTERING, HONEST), strict=True):
            own = points[points["dosed"] == site]
            axes.plot(own["propofol"], own["bis"], ".", color=colour, markersize=1.5, alpha=0.35)
            line = np.polyfit(own["propofol"], own["bis"], 1)
            reach = own["propofol"].quantile([0.01, 0.99]).to_numpy()
            axes.plot(reach, np.polyval(line, reach), color="black", linewidth=1.4)
            axes.set(title=f"{title}: {line[0]:.1f} per µg/mL".replace("-", "−"))
            axes.set(xlabel="propofol at the effect site, µg/mL")
            finish(axes, legend=False)
        panels[0].set_ylabel("index in maintenance")


def maintenance(watched: Watched) -> np.ndarray:
    """Return the samples of maintenance with an index, (samples, cases) bool."""
    return scored(watched.cases) & (phases(watched.cases) == MAINTENANCE)


def agreement(watched: Watched, counted: np.ndarray) -> Statistic:
    """Return the concordance of the model with the index."""
    return concordance(watched.cases["bis"], watched.surface, counted, watched.cases)


def slope(watched: Watched) -> Statistic:
    """Return the slope of the index on the effect site over all moments of maintenance."""
    counted = maintenance(watched)
    x, y = (np.where(counted, one, 0.0) for one in (watched.propofol, watched.cases["bis"]))
    sums = np.stack([part.sum(axis=0) for part in (counted, x, y, x * x, x * y)], axis=1)

    def of(counts: np.ndarray) -> np.ndarray:
        n, sx, sy, sxx, sxy = np.moveaxis(counts @ sums, -1, 0)
        return (n * sxy - sx * sy) / (n * sxx - sx**2)

    return of


def moments(watched: Watched) -> pd.DataFrame:
    """Return some moments of maintenance."""
    counted = maintenance(watched)
    counted[np.arange(len(counted)) % SHOWN > 0] = False
    values = {"propofol": watched.propofol[counted], "bis": watched.cases["bis"][counted]}
    return pd.DataFrame(values).round(2)
