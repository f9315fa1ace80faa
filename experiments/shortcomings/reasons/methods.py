"""How models are explained, a function a method: what each column adds to the log odds, (people, columns)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from experiments.shortcomings.reasons import tools
from predictors.risk.dense import Perceptron

PATH = 32  # points on the way from the average person
FEW = 20  # others that KernelSHAP mixes with
ASKED = 250  # mixtures of columns that KernelSHAP asks of a person

LogOdds = Callable[[np.ndarray], np.ndarray]  # (people, columns) -> (people,)
Method = Callable[[Any, np.ndarray, np.ndarray], np.ndarray]  # model, people, others -> (people, columns)


def of_trees(model: Any) -> LogOdds:
    """Return the log odds of boosted trees."""
    return lambda shown: np.asarray(model.decision_function(shown))


def of_network(model: Perceptron) -> LogOdds:
    """Return the log odds of a perceptron."""

    def ask(shown: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return model.network(torch.from_numpy(model.scale.shown(shown))).numpy().astype(float)

    return ask


def tree_shap(model: Any, shown: np.ndarray, others: np.ndarray) -> np.ndarray:
    """TreeSHAP: Shapley values of trees, beside others. Lundberg, Nat Mach Intell 2020;2:56."""
    found = tools.shap().TreeExplainer(model, others, feature_perturbation="interventional")
    return np.asarray(found.shap_values(shown))


def kernel_shap(ask: LogOdds, shown: np.ndarray, others: np.ndarray, seed: int) -> np.ndarray:
    """KernelSHAP: Shapley values of any model by sampling. Lundberg & Lee, NIPS 2017."""
    found = tools.shap().KernelExplainer(ask, others[:FEW])
    with tools.chance(seed):
        return np.asarray(found.shap_values(shown, nsamples=ASKED, silent=True, l1_reg=False))


def occlusion(ask: LogOdds, shown: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Occlusion: what is lost if a column is that of the median person. Zeiler & Fergus, ECCV 2014."""
    median, before = np.median(others, axis=0), ask(shown)
    lost = []
    for column in range(shown.shape[1]):
        without = shown.copy()
        without[:, column] = median[column]
        lost.append(before - ask(without))
    return np.stack(lost, axis=1)


def gradient_times_input(model: Perceptron, shown: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The gradient, times how far a person is from the average. Shrikumar, arXiv 1605.01713."""
    return _captum("InputXGradient", model, shown)


def integrated_gradients(model: Perceptron, shown: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Integrated gradients from the average person. Sundararajan, ICML 2017."""
    return _captum("IntegratedGradients", model, shown, n_steps=PATH)


def gradient_shap(model: Perceptron, shown: np.ndarray, others: np.ndarray) -> np.ndarray:
    """GradientSHAP: gradients on the way from others, drawn by lot. Erion, Nat Mach Intell 2021;3:620."""
    baselines = torch.from_numpy(model.scale.shown(others))
    with tools.chance(0):
        return _captum("GradientShap", model, shown, baselines=baselines, n_samples=PATH)


def _captum(name: str, model: Perceptron, shown: np.ndarray, **how: Any) -> np.ndarray:
    """Return attributions by a method of captum, a column's own and that of its being missing together."""
    inputs = torch.from_numpy(model.scale.shown(shown)).requires_grad_()
    method = getattr(tools.captum(), name)(model.network)
    found = method.attribute(inputs, **how).detach().numpy().astype(float)
    return found[:, : shown.shape[1]] + found[:, shown.shape[1] :]


NETWORK: Mapping[str, Method] = {
    "integrated gradients": integrated_gradients,
    "GradientSHAP": gradient_shap,
    "gradient × input": gradient_times_input,
    "occlusion": lambda model, shown, others: occlusion(of_network(model), shown, others),
    "KernelSHAP": lambda model, shown, others: kernel_shap(of_network(model), shown, others, 0),
}
TREES: Mapping[str, Method] = {
    "TreeSHAP": tree_shap,
    "occlusion": lambda model, shown, others: occlusion(of_trees(model), shown, others),
}
