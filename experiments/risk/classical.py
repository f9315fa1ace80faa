"""Classical models over a table, as learners: imputed and standardised where they need it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from experiments.risk.contract import Answer, Learner, Probabilities
from predictors.pain.belief import belief_networks
from predictors.pain.networks import probabilities
from sim.outcomes.people import People, refuse_constant

Inputs = Callable[[People], np.ndarray]  # -> (people, features), NaN where missing
Fit = Callable[[Any, np.ndarray, int], Callable[[Any], np.ndarray]]
MANY = 1200  # people: where there are more, belief networks pass over them as many times fewer
SMALLEST = 0.01  # in a column's unit, of which a logarithm is taken
CALIBRATING = 0.2  # of the people, who only set the scale of a support vector machine


def known(outcome: np.ndarray) -> np.ndarray:
    """Return who is known to have an outcome or not."""
    return np.flatnonzero(np.isfinite(outcome))


def of_each(
    fit: Fit,
    inputs: Callable[[People], Any],
    train: People,
    seed: int,
) -> Answer:
    """Learn every outcome by itself. Raises ValueError on an outcome that everybody has, or nobody.

    Args:
        fit: what is shown of people, (people,) of 0 and 1, seed -> from what is shown to probabilities.
        inputs: what is shown: features, or whatever has a row a person.
        train: people to learn from.
        seed: of whatever is left to chance.
    """
    refuse_constant("people to learn from", train.outcomes, fewest=2)
    shown = inputs(train)
    models = {
        name: fit(shown[known(one)], one[known(one)].astype(int), seed)
        for name, one in train.outcomes.items()
    }

    def answer(people: People) -> Probabilities:
        features = inputs(people)
        return {name: model(features) for name, model in models.items()}

    return answer


def scikit(make: Callable[[int], Any], features: np.ndarray, label: np.ndarray, seed: int) -> Any:
    """Fit what scikit-learn makes."""
    model = make(seed).fit(features, label)
    return lambda shown: model.predict_proba(shown)[:, 1]


def filled() -> Pipeline:
    """Return what fills in medians, says where, and standardises."""
    return make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())


def after_filling(make: Callable[[int], Any], seed: int) -> Pipeline:
    """Return a model on filled and standardised features."""
    return make_pipeline(filled(), make(seed))


def support_vectors(features: np.ndarray, label: np.ndarray, seed: int) -> Any:
    """Fit a support vector machine with radial kernel; people set aside give its scale. Platt 1999."""
    aside = np.random.default_rng(seed).permutation(len(label)) < CALIBRATING * len(label)
    aside = aside if 0 < label[aside].sum() < aside.sum() else np.ones(len(label), dtype=bool)
    rest = ~aside if not aside.all() else aside
    machine = make_pipeline(filled(), SVC(C=1.0, cache_size=300.0)).fit(features[rest], label[rest])
    scale = LogisticRegression().fit(machine.decision_function(features[aside])[:, None], label[aside])
    return lambda shown: scale.predict_proba(machine.decision_function(shown)[:, None])[:, 1]


def belief_network(features: np.ndarray, label: np.ndarray, seed: int) -> Any:
    """Fit the deep belief network of `predictors.pain.belief`: Boltzmann machines first, then the labels."""
    filling = filled().fit(features)
    inputs = _tensor(filling.transform(features))
    often = torch.ones(1, len(label))
    passes = min(1.0, MANY / len(label))
    network = belief_networks(inputs, torch.from_numpy(label), often, 2, seed, passes=passes)
    return lambda shown: probabilities(network, _tensor(filling.transform(shown)))[0, :, 1].numpy()


def _tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32))


def _boosting(seed: int) -> Any:
    return HistGradientBoostingClassifier(
        learning_rate=0.06,
        max_iter=150,
        max_leaf_nodes=8,
        min_samples_leaf=15,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )


MODELS: dict[str, Callable[..., Any]] = {
    "gradient_boosting": partial(scikit, _boosting),
    "random_forest": partial(
        scikit,
        lambda seed: RandomForestClassifier(100, min_samples_leaf=3, max_features=0.5, random_state=seed),
    ),
    "decision_tree": partial(
        scikit, lambda seed: DecisionTreeClassifier(min_samples_leaf=20, max_leaf_nodes=32, random_state=seed)
    ),
    "logistic_regression": partial(
        scikit, partial(after_filling, lambda seed: LogisticRegression(C=0.1, max_iter=1000))
    ),
    "naive_bayes": partial(scikit, partial(after_filling, lambda seed: GaussianNB())),
    "support_vectors": support_vectors,
    "deep_belief_network": belief_network,
}


def table_learners(inputs: Inputs, names: tuple[str, ...] = tuple(MODELS)) -> dict[str, Learner]:
    """Return classical models by name, as learners of what `inputs` shows."""
    return {name: partial(of_each, MODELS[name], inputs) for name in names}


def columns_of(names: tuple[str, ...], skewed: tuple[str, ...] = ()) -> Inputs:
    """Return what shows columns side by side, the skewed ones as logarithms."""
    logs = np.array([name in skewed for name in names])

    def shown(people: People) -> np.ndarray:
        values = people.matrix(names)
        return np.where(logs, np.log(np.maximum(values, SMALLEST)), values)

    return shown
