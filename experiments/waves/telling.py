"""Can a classifier tell ten seconds of recorded EEG from ten seconds of synthetic EEG, and by what?

Two questions. Windows: of one recorded person (nearly: ten seconds are another's) against many synthetic ones; as that
also asks who somebody is, the same is asked of one synthetic person against the others, as a yardstick. Spectra: of
13 recorded people against as many synthetic ones, in levels of bands.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import kurtosis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from experiments.waves.bands import AGES, BANDS, BEFORE, levels
from experiments.waves.listening import heard
from experiments.waves.recorded import AWAKE, UNCONSCIOUS, Spectra, Trace, passed
from sim.signals.eeg import RATE
from sim.signals.eeg.openibis import openibis
from sim.signals.eeg.spectra import powers, windows
from sim.waves.eeg.generator import EEG

LENGTH, HOP = 10, 2  # s, of a window and between two
BLOCK = 6  # windows that are left out together
FOLDS, TREES = 5, 200
SEEN = [name for name in BANDS if name != "slow"]  # what the filter passes


class Told(NamedTuple):
    """Area under the curve for a state, and how much each feature told (shares)."""

    area: float
    by: dict[str, float]


def features(eeg: np.ndarray) -> pd.DataFrame:
    """Return a row per window, of windows (samples, windows) of filtered EEG."""
    power = powers(windows(eeg, 2 * RATE, 0, 2 * LENGTH - 3))  # (windows, epochs, bins)
    frequencies = 0.5 * np.arange(power.shape[-1])
    inside = {
        name: (frequencies >= low) & (frequencies <= high)
        for name, (low, high) in BANDS.items()
        if name in SEEN
    }
    bands = {name: 10.0 * np.log10(power[..., rows].mean(-1)) for name, rows in inside.items()}
    speed, turn = np.diff(eeg, axis=0), np.diff(eeg, n=2, axis=0)
    mobility = speed.std(0) / eeg.std(0)
    alpha = power.mean(1)[:, inside["alpha"]]
    return pd.DataFrame(
        {
            **{f"{name} level": level.mean(1) for name, level in bands.items()},
            **{f"{name} changes": level.std(1) for name, level in bands.items()},
            "size": np.log(eeg.std(0)),
            "peakedness": kurtosis(eeg, axis=0),
            "mobility": mobility,
            "complexity": turn.std(0) / speed.std(0) / mobility,
            "alpha peak": frequencies[inside["alpha"]][alpha.argmax(1)],
            "alpha sharpness": np.log(alpha.max(1) / np.median(alpha, axis=1)),
        }
    )


def cut(eeg: np.ndarray, hop: int = HOP) -> np.ndarray:
    """Return windows (samples, windows) of a trace (samples,)."""
    length = RATE * LENGTH
    starts = range(0, len(eeg) - length + 1, RATE * hop)
    return np.stack([eeg[start : start + length] for start in starts], axis=1)


def told_windows(traces: tuple[Trace, Trace], people: int, seed: int) -> pd.DataFrame:
    """Return a row per state: the area, that of the yardstick, and the features that told most."""
    rows = []
    for number, (state, (begins, ends)) in enumerate((("awake", AWAKE), ("unconscious", UNCONSCIOUS))):
        long, short = traces
        inside = (long.time >= begins) & (long.time < ends)
        real = [passed(long.eeg)[inside]] + ([passed(short.eeg)] if state == "awake" else [])
        index = BEFORE if state == "awake" else _read(long)
        made = passed(heard(EEG(disturbed=False), index, int(ends - begins), people, seed + number, AGES))
        recorded = np.concatenate([cut(part) for part in real], axis=1)
        ours = [cut(one) for one in made.T]
        told = tell(recorded, ours[1:])
        yardstick = tell(ours[0], ours[1:])
        most = sorted(told.by, key=lambda name: -told.by[name])[:5]
        rows.append(
            {
                "what": "windows",
                "state": state,
                "true_index": index,
                "recorded": recorded.shape[1],
                "area": told.area,
                "yardstick": yardstick.area,
                "told_by": ", ".join(f"{name} {told.by[name]:.2f}" for name in most),
            }
        )
    return pd.DataFrame(rows)


def told_spectra(recorded: Spectra, made: Spectra) -> pd.DataFrame:
    """Return a row per state: the area by levels of bands, each person left out once."""
    rows = []
    for state in ("before", "after"):
        parts = [levels(one.frequencies, getattr(one, state)).T for one in (recorded, made)]
        numbers, truth = np.concatenate(parts), np.repeat([1, 0], [len(part) for part in parts])
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, class_weight="balanced"))
        said = cross_val_predict(
            model, numbers, truth, groups=_pairs(truth), cv=GroupKFold(13), method="decision_function"
        )
        weights = np.abs(model.fit(numbers, truth)[-1].coef_[0])
        most = np.argsort(-weights)[:3]
        rows.append(
            {
                "what": "spectra",
                "state": state,
                "true_index": np.nan,
                "recorded": len(parts[0]),
                "area": roc_auc_score(truth, said),
                "yardstick": np.nan,
                "told_by": ", ".join(f"{list(BANDS)[place]} {weights[place]:.2f}" for place in most),
            }
        )
    return pd.DataFrame(rows)


def tell(one: np.ndarray, others: list[np.ndarray]) -> Told:
    """Tell windows (samples, windows) from those of many people, none of whom the classifier has seen."""
    tables = [features(one), *(features(other) for other in others)]
    table = pd.concat(tables, ignore_index=True)
    truth = np.repeat([1, 0], [len(tables[0]), len(table) - len(tables[0])])
    own = np.arange(len(tables[0])) // BLOCK
    groups = np.concatenate([own, *(np.full(len(rest), 1000 + i) for i, rest in enumerate(tables[1:]))])
    forest = RandomForestClassifier(TREES, min_samples_leaf=3, class_weight="balanced", random_state=0)
    folds = StratifiedGroupKFold(min(FOLDS, len(np.unique(own))))
    said = cross_val_predict(forest, table, truth, groups=groups, cv=folds, method="predict_proba")[:, 1]
    told = dict(zip(table.columns, forest.fit(table, truth).feature_importances_, strict=True))
    return Told(float(roc_auc_score(truth, said)), told)


def _read(trace: Trace) -> float:
    """What openibis reads while unconscious, mean over time; it looks back on thirty seconds."""
    said = openibis(trace.eeg[:, None])
    when = trace.time[0] + 5.0 + 0.5 * np.arange(len(said.index))
    return float(np.nanmean(said.index[when >= UNCONSCIOUS[0] + 15.0]))


def _pairs(truth: np.ndarray) -> np.ndarray:
    """Folds that leave out one recorded person and as large a part of the others."""
    return np.concatenate([np.arange((truth == kind).sum()) % 13 for kind in (1, 0)])
