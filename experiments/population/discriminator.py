"""Can one tell simulated from recorded? Boosted trees try, on ten minutes of maintenance, and say by what.

Folds are disjoint by subject, and a simulated case is in the fold of the person it was made after. The control sets two
random halves of the recorded subjects against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedGroupKFold

from experiments.judging.bootstrap import Interval, percentile_ends, resample_counts
from experiments.population.features import GROUPS, Windows, columns_of, features, windows
from predictors.learning.cases import Cases
from predictors.learning.measures import roc_area

FOLDS = 5
HALVINGS = 3  # of the recorded subjects, whose mean AUC is the control
TREES = 100
DRAWS = 500  # of subjects, for intervals
FEWEST = 2 * FOLDS  # subjects on either side


@dataclass(frozen=True)
class Discrimination:
    """What the classifier reached.

    Attributes:
        auc: all, index, circulation, doses, control -> area under the curve with its interval over subjects.
        importance: a row a feature: loss of AUC when it is shuffled (all tracks), AUC of it alone, and the quartiles of
            recorded and simulated windows; the most telling first.
        scores: a row a window: side (recorded, simulated), case, chance of being simulated by all tracks.
    """

    auc: dict[str, Interval]
    importance: pd.DataFrame
    scores: pd.DataFrame


def tell_apart(
    recorded: Cases, simulated: Cases, seed: int = 0, progress: Callable[[int], None] | None = None
) -> Discrimination:
    """Return how well simulated windows can be told from recorded ones.

    Args:
        recorded, simulated: of the same subjects, or at least with names of subjects that do not clash.
        seed: of folds, halves, trees and resampling.
        progress: called with 1 after each of the fits of `fits`.

    Raises:
        ValueError: too few subjects with a usable window on either side.
    """
    named = {"recorded": recorded, "simulated": simulated}
    sides = [check(name, cases) for name, cases in named.items()]
    table = pd.concat([features(cut) for cut in sides], ignore_index=True)
    label = np.repeat([0, 1], [len(cut.subject) for cut in sides])
    subject = np.concatenate([cut.subject for cut in sides]).astype(str)
    auc = {}
    for name, tracks in GROUPS.items():
        own = table[columns_of(table, tracks)].to_numpy()
        score, losses = _crossed(own, label, subject, seed, progress, losses=name == "all")
        auc[name] = _area(label, score, subject, seed)
        if name == "all":
            chance, lost = score, losses
    auc["control"] = _control(table[label == 0].to_numpy(), subject[label == 0], seed, progress)
    who = np.concatenate([cut.case for cut in sides]).astype(str)
    scores = pd.DataFrame(
        {"side": np.where(label, "simulated", "recorded"), "case": who, "simulated": chance}
    )
    return Discrimination(auc, _importance(table, label, lost), scores)


def check(side: str, cases: Cases) -> Windows:
    """Return the windows of a side. Raises ValueError if they are of too few subjects."""
    cut = windows(cases)
    if (found := len(set(cut.subject))) < FEWEST:
        raise ValueError(
            f"data: {found} {side} subjects have 10 min of maintenance with index, pressure and heart rate; "
            f"{FEWEST} or more are needed to tell sides apart"
        )
    return cut


def fits() -> int:
    """Return how many trees' fits `tell_apart` takes."""
    return FOLDS * (len(GROUPS) + HALVINGS)


def _crossed(
    shown: np.ndarray,
    label: np.ndarray,
    subject: np.ndarray,
    seed: int,
    progress: Callable[[int], None] | None,
    losses: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the out-of-fold chance of label 1, (windows,), and what shuffling each feature costs, (features,)."""
    chance, lost = np.empty(len(label)), np.zeros(shown.shape[1])
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    rng = np.random.default_rng(seed)
    for train, test in folds.split(shown, label, subject):
        trees = HistGradientBoostingClassifier(
            max_iter=TREES, learning_rate=0.1, max_leaf_nodes=15, l2_regularization=1.0, random_state=seed
        )
        trees.fit(shown[train], label[train])
        margin = trees.decision_function(shown[test])
        chance[test] = trees.predict_proba(shown[test])[:, 1]
        if losses:
            lost += _losses(trees, shown[test], label[test], margin, rng) / FOLDS
        if progress:
            progress(1)
    return chance, lost


def _losses(
    trees: HistGradientBoostingClassifier,
    shown: np.ndarray,
    label: np.ndarray,
    margin: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return how much worse the log odds separate the sides when a feature is shuffled, (features,).

    In SDs of the log odds between the sides, as an AUC of 1 hides everything.
    """

    def separation(odds: np.ndarray) -> float:
        return float((odds[label == 1].mean() - odds[label == 0].mean()) / margin.std())

    whole, lost = separation(margin), np.zeros(shown.shape[1])
    for column in range(shown.shape[1]):
        kept = shown[:, column].copy()
        shown[:, column] = kept[rng.permutation(len(kept))]
        lost[column] = whole - separation(trees.decision_function(shown))
        shown[:, column] = kept
    return lost


def _area(label: np.ndarray, chance: np.ndarray, subject: np.ndarray, seed: int) -> Interval:
    """Return the AUC with its interval from drawing subjects again."""
    _, owner = np.unique(subject, return_inverse=True)
    drawn = resample_counts(owner.max() + 1, DRAWS, seed)[:, owner]
    areas = roc_area(label > 0, chance, np.concatenate([np.ones((1, len(owner))), drawn]))
    return Interval(float(areas[0]), *percentile_ends(areas[1:]))


def _plain_area(label: np.ndarray, score: np.ndarray) -> float:
    return float(roc_area(label > 0, score, np.ones((1, len(label))))[0])


def _control(
    shown: np.ndarray, subject: np.ndarray, seed: int, progress: Callable[[int], None] | None
) -> Interval:
    """Return the mean AUC between random halves of the recorded subjects, with the range of the halvings."""
    names = np.unique(subject)
    areas = []
    for number in range(HALVINGS):
        half = np.random.default_rng([seed, number]).permutation(names)[: len(names) // 2]
        label = np.isin(subject, half).astype(int)
        chance, _ = _crossed(shown, label, subject, seed + number, progress)
        areas.append(_plain_area(label, chance))
    return Interval(float(np.mean(areas)), min(areas), max(areas))


def _importance(table: pd.DataFrame, label: np.ndarray, lost: np.ndarray) -> pd.DataFrame:
    """Return the features by what they cost, with how well each tells the sides apart alone."""
    rows = []
    for column, loss in zip(table.columns, lost, strict=True):
        values = table[column].to_numpy()
        known = np.isfinite(values)
        sides = [values[known & (label == side)] for side in (0, 1)]
        alone = float("nan")
        if all(len(side) for side in sides):
            alone = _plain_area(label[known], values[known])
        quartiles = [
            np.quantile(side, [0.25, 0.5, 0.75]) if len(side) else np.full(3, np.nan) for side in sides
        ]
        named = {
            f"{side}_{name}": value
            for side, found in zip(("recorded", "simulated"), quartiles, strict=True)
            for name, value in zip(("q25", "q50", "q75"), found, strict=True)
        }
        rows.append({"feature": column, "loss": float(loss), "alone": max(alone, 1.0 - alone), **named})
    return pd.DataFrame(rows).sort_values(["loss", "alone"], ascending=False, ignore_index=True)
