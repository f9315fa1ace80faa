"""What explaining needs: libraries, that are an extra; chance that can be had again; networks that know nothing."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TypeVar

import numpy as np
import torch
from torch import nn

NEEDED = ("captum", "shap")
T = TypeVar("T", bound=nn.Module)


def require(names: tuple[str, ...] = NEEDED) -> None:
    """Raise ValueError, saying how to install it, at the first library that is missing."""
    for name in names:
        if find_spec(name) is None:
            raise ValueError(f"{name}: not installed; pip install 'anesthesia-testbed[explain]'")


def captum() -> ModuleType:
    """Return the methods of captum. Raises ValueError where it is not installed."""
    require(("captum",))
    return import_module("captum.attr")


def shap() -> ModuleType:
    """Return shap. Raises ValueError where it is not installed."""
    require(("shap",))
    return import_module("shap")


@contextmanager
def chance(seed: int) -> Iterator[None]:
    """Let both libraries draw the same every time: they draw from the chance that all share, which is put back."""
    state = np.random.get_state()  # noqa: NPY002
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        try:
            yield
        finally:
            np.random.set_state(state)  # noqa: NPY002


def untaught(network: T, seed: int) -> T:
    """Return the same network with layers whose weights learned nothing. Adebayo, NeurIPS 2018."""
    network = copy.deepcopy(network)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for layer in network.modules():
            if isinstance(layer, nn.Linear | nn.Conv1d):
                layer.reset_parameters()
    return network
