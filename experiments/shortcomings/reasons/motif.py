"""An hour of vital signs in which a sag foretells death by its order alone: who finds the minutes that matter?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from torch import Tensor

from experiments.shortcomings.contract import Found, Row
from experiments.shortcomings.page import FLATTERING, HONEST, bars, line_at
from experiments.shortcomings.reasons import tools
from experiments.shortcomings.reasons.scoring import both_contrast, over_both
from experiments.sites.purposes import seed_for
from predictors.learning.contract import Recipe
from predictors.learning.measures import roc_area
from predictors.risk.fritz2019 import Network, Watched, multipath
from sim.outcomes.mortality.death import DEATH, Mortality, people
from sim.outcomes.mortality.frailty import COLUMNS
from sim.outcomes.mortality.hour import CARRIERS, CHANNELS, MINUTES
from sim.outcomes.people import People

PATH, SPAN = 24, 5  # points on the way from nothing; minutes that are hidden at once
DELETED = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)  # shares of cells taken away, the most important first
SCORES = {
    "minute": "minute in the sag",
    "cells": "AUROC of cells",
    "way": "way is told",
    "deletion": "left after deletion",
}
LEARNED, RANDOM, CHANCE = "learned", "random weights", "by lot"


@dataclass(frozen=True)
class Motif:
    """Integrated gradients, GradientSHAP, occlusion and Grad-CAM of a network over time, against the planted sag.

    Attributes:
        train: people learned from.
        explained: people who are explained.
        trainings: of the network, from other people each.
        epochs: of each.
        deaths: share of people who die; more than in life, so that few people teach what many would.
    """

    train: int = 5000
    explained: int = 120
    trainings: int = 3
    epochs: int = 14
    deaths: float = 0.3

    def __post_init__(self) -> None:
        tools.require(("captum",))

    @classmethod
    def small(cls) -> Self:
        """Return a quick look."""
        return cls(2000, 40, 2, 8)

    def show(self, seed: int) -> Found:
        """Learn, explain, and score every explanation."""
        world = Mortality(prevalence=self.deaths)
        explained = people(world, self.explained, seed_for("test", seed))
        found: dict[tuple[str, str], list[dict[str, np.ndarray]]] = {}
        for turn in range(self.trainings):
            model = learned(
                people(world, self.train, seed_for("training", seed) + turn), seed + turn, self.epochs
            )
            for state, one in ((LEARNED, model), (RANDOM, tools.untaught(model, seed + turn))):
                static, shown = one.inputs(watched(explained))
                for name, method in METHODS.items():
                    found.setdefault((name, state), []).append(
                        scores(one, explained, method(one, static, shown), static, shown)
                    )
            lot = np.random.default_rng(seed + turn).random((explained.count, len(CHANNELS), MINUTES))
            static, shown = model.inputs(watched(explained))
            found.setdefault((CHANCE, LEARNED), []).append(scores(model, explained, lot, static, shown))
        points = []
        for (name, state), turns in found.items():
            for score in SCORES:
                value = over_both(np.stack([one[score] for one in turns]), seed)
                points.append({"method": name, "state": state, "score": score, **value._asdict()})
        return Found(rows(found, seed), pd.DataFrame(points))

    def draw(self, figure: Figure, points: pd.DataFrame) -> None:
        """Draw every score of every explanation, of what learned and of what did not."""
        figure.set_size_inches(8.0, 3.1)
        panels = figure.subplots(1, len(SCORES), sharey=True)
        for axes, (score, title) in zip(panels, SCORES.items(), strict=True):
            own = points[points["score"] == score]
            names = [
                row["method"] if row["state"] == LEARNED else f"{row['method']}, {row['state']}"
                for row in own.to_dict("records")
            ]
            bars(axes, names, own, [HONEST if state == LEARNED else FLATTERING for state in own["state"]])
            axes.set_title(title)
            lot = own[own["method"] == CHANCE]["estimate"]
            line_at(axes, float(lot.iloc[0]), horizontal=False)


def learned(cohort: People, seed: int, epochs: int) -> Network:
    """Return a network that learned from people."""
    recipe = Recipe(epochs=epochs, step=4e-3, decay=3e-2)
    network, _ = multipath(watched(cohort), cohort.outcomes[DEATH], seed, recipe)
    return network


def watched(cohort: People) -> Watched:
    """Return what is known of people."""
    series = np.stack([cohort.series[name].T for name in CHANNELS], axis=1)
    return Watched(cohort.matrix(tuple(COLUMNS)), series)


def scores(
    model: Network, cohort: People, shares: np.ndarray, static: Tensor, shown: Tensor
) -> dict[str, np.ndarray]:
    """Return how right an explanation is, (people,) each: see `SCORES`.

    The way is told where the shares of the sag add up to more than the median if it truly raises the odds, and to less
    if it lowers them.

    Args:
        model: that is explained.
        cohort: whose sags are known.
        shares: (people, channels, minutes).
        static, shown: what the model is shown.
    """
    size = np.abs(shares)
    sag = cohort.hidden["sagging"].T > 0.5
    planted = sag[:, None] & np.isin(list(CHANNELS), CARRIERS)[None, :, None]
    top = size.sum(axis=1).argmax(axis=1)
    flat, cells = planted.reshape(len(sag), -1), size.reshape(len(sag), -1)
    once = np.ones((1, cells.shape[1]))
    inside = (shares * planted).sum(axis=(1, 2))
    told = (inside > np.median(inside)) == (cohort.hidden["way"] > 0.0)
    return {
        "way": told.astype(float),
        "minute": sag[np.arange(len(sag)), top].astype(float),
        "cells": np.array([roc_area(one, own, once)[0] for one, own in zip(flat, cells, strict=True)]),
        "deletion": deletion(model, cells, static, shown),
    }


def deletion(model: Network, cells: np.ndarray, static: Tensor, shown: Tensor) -> np.ndarray:
    """Return the mean share left of what an hour does to the log odds while its cells are taken away, (people,).

    Cells go in the order of their size, to what a person of mean signs shows; 0 would be best. Petsiuk, BMVC 2018.
    """
    order = np.argsort(np.argsort(-cells, axis=1), axis=1).reshape(len(cells), len(CHANNELS), MINUTES)
    said = []
    with torch.no_grad():
        for share in (*DELETED, 1.0):
            kept = torch.from_numpy((order >= share * cells.shape[1]).repeat(2, axis=1).astype(np.float32))
            said.append(model(static, shown * kept).numpy())
    left = np.abs(np.stack(said) - said[-1])[:-1]
    left = left / left[0].mean()  # a share of the mean person's: whose hour does nothing counts little
    return np.trapezoid(left, DELETED, axis=0) / DELETED[-1]


def _asked(model: Network) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda shown, static: model(static, shown)


def integrated_gradients(model: Network, static: Tensor, shown: Tensor) -> np.ndarray:
    """Integrated gradients from mean signs. Sundararajan, ICML 2017."""
    method = tools.captum().IntegratedGradients(_asked(model))
    found = method.attribute(shown, additional_forward_args=(static,), n_steps=PATH, internal_batch_size=1024)
    return by_channel(found)


def gradient_shap(model: Network, static: Tensor, shown: Tensor) -> np.ndarray:
    """GradientSHAP, on the way from the signs of others. Erion, Nat Mach Intell 2021;3:620."""
    method = tools.captum().GradientShap(_asked(model))
    with tools.chance(0):
        found = method.attribute(
            shown, baselines=shown, additional_forward_args=(static,), n_samples=PATH, stdevs=0.0
        )
    return by_channel(found)


def occlusion(model: Network, static: Tensor, shown: Tensor) -> np.ndarray:
    """Occlusion of a few minutes of a channel. Zeiler & Fergus, ECCV 2014."""
    method = tools.captum().Occlusion(_asked(model))
    with torch.no_grad():
        found = method.attribute(
            shown, sliding_window_shapes=(2, SPAN), strides=(2, 1), additional_forward_args=(static,)
        )
    return by_channel(found)


def grad_cam(model: Network, static: Tensor, shown: Tensor) -> np.ndarray:
    """Grad-CAM on the last layer of the path of minutes as they are, channel by channel. Selvaraju, ICCV 2017."""
    tool = tools.captum()
    method = tool.LayerGradCam(_asked(model), model.paths[0].get_submodule("layers.3"))
    found = method.attribute(shown, additional_forward_args=(static,))
    minutes = tool.LayerAttribution.interpolate(found, MINUTES, interpolate_mode="linear")
    return minutes.detach().numpy().reshape(len(shown), len(CHANNELS), MINUTES)


def by_channel(found: Tensor) -> np.ndarray:
    """Return shares of a channel and of its being missing together, (people, channels, minutes)."""
    shares = found.detach().numpy().astype(float)
    return shares[:, 0::2] + shares[:, 1::2]


METHODS: Mapping[str, Callable[[Any, Tensor, Tensor], np.ndarray]] = {
    "integrated gradients": integrated_gradients,
    "GradientSHAP": gradient_shap,
    "occlusion": occlusion,
    "Grad-CAM": grad_cam,
}


def rows(found: Mapping[tuple[str, str], list[dict[str, np.ndarray]]], seed: int) -> tuple[Row, ...]:
    """Return lines of the table: the minutes that random weights point at, and who tells the way of the sag."""

    def values(name: str, state: str, score: str) -> np.ndarray:
        return np.stack([one[score] for one in found[name, state]])

    eye = Row(
        "minutes pointed at, whatever was learned",
        "share of people whose largest minute lies in the sag, integrated gradients of random weights beside lots",
        both_contrast(
            values("integrated gradients", RANDOM, "minute"), values(CHANCE, LEARNED, "minute"), seed
        ),
        "A sag catches the eye of any network: a picture that looks right is no evidence that anything was learned.",
        2,
    )
    lines = [
        Row(
            "an explanation shown, not scored",
            f"share of people of whom it tells which way the sag ran, {name}, learned beside random weights",
            both_contrast(values(name, LEARNED, "way"), values(name, RANDOM, "way"), seed),
            "What is lost with the weights was learned.",
            2,
        )
        for name in METHODS
    ]
    return (eye, *lines)
