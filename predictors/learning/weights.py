"""Weights on disk: NAME.safetensors with NAME.json (what they are) and NAME.md (the card) beside it.

The configuration says which architecture the tensors belong to and how it was sized; a file that does not fit is
refused by name before anything is computed with it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

SHIPPED = Path(__file__).parents[1] / "weights"


@dataclass(frozen=True)
class Weights:
    """Attributes: path of the tensors; config, as saved; tensors by name."""

    path: Path
    config: dict[str, Any]
    tensors: dict[str, np.ndarray]

    @property
    def architecture(self) -> str:
        """What kind of predictor they make."""
        return str(self.config["architecture"])


def locate(name: str | Path) -> Path:
    """Return the file of weights shipped under a name, or at a path. Raises ValueError where there is none."""
    path = Path(name)
    if path.suffix != ".safetensors":
        path = SHIPPED / f"{name}.safetensors"
    if not path.is_file():
        shipped = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.safetensors")))
        raise ValueError(f"weights: {name} is not known; allowed are {shipped} or a .safetensors file")
    return path


def load(name: str | Path, architecture: str | None = None) -> Weights:
    """Read weights.

    Args:
        name: of shipped weights, or the path of a .safetensors file.
        architecture: that is needed; any, if not given.

    Raises:
        ValueError: no such weights, a truncated file, a missing or broken configuration, another architecture.
    """
    path = locate(name)
    try:
        tensors = load_file(str(path))
    except (SafetensorError, OSError) as error:
        raise ValueError(f"weights: {path} is not a whole safetensors file ({error})") from None
    beside = path.with_suffix(".json")
    try:
        config = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"weights: {beside}, which says what the weights are, cannot be read ({error})"
        ) from None
    if not isinstance(config, dict) or not isinstance(config.get("architecture"), str):
        raise ValueError(f"weights: {beside} names no architecture")
    if architecture and config["architecture"] != architecture:
        raise ValueError(
            f"weights: {path} holds a {config['architecture']!r} network, which is not allowed; {architecture!r}"
        )
    return Weights(path, config, tensors)


def setting(weights: Weights, name: str, make: Callable[[Any], Any]) -> Any:
    """Return what `make` makes of a setting in the configuration.

    Raises:
        ValueError: naming the file and the setting, where it is missing or nothing can be made of it.
    """
    try:
        return make(weights.config[name])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        beside = weights.path.with_suffix(".json")
        raise ValueError(
            f"weights: {beside} has no usable {name!r} ({type(error).__name__}: {error})"
        ) from None


def numbers(weights: Weights, names: Iterable[str]) -> dict[str, float]:
    """Return the parameters of a model with a handful of them.

    Raises:
        ValueError: naming the first that is missing, left over, no single number, or not positive and finite.
    """
    wanted = list(names)
    found = {}
    for name in [*wanted, *(name for name in weights.tensors if name not in wanted)]:
        if name not in wanted or name not in weights.tensors:
            there = "a number" if name in weights.tensors else "no number"
            raise ValueError(f"weights: {weights.path} has {there} {name}; needed are {', '.join(wanted)}")
        if weights.tensors[name].size != 1:
            shape = weights.tensors[name].shape
            raise ValueError(
                f"weights: {weights.path} has {name} of shape {shape}, which is not allowed; one number"
            )
        found[name] = float(weights.tensors[name].item())
        if not 0.0 < found[name] < math.inf:
            raise ValueError(
                f"weights: {weights.path} has {name} = {found[name]}, which is not allowed; above 0"
            )
    return found


def fill(network: Any, weights: Weights) -> Any:
    """Put the tensors into a torch network and return it, in double precision and ready to predict.

    Raises:
        ValueError: naming the first tensor that is missing, left over or of another shape.
    """
    import torch

    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    for name in [*wanted, *(name for name in weights.tensors if name not in wanted)]:
        found = weights.tensors[name].shape if name in weights.tensors else None
        if found != wanted.get(name):
            raise ValueError(
                f"weights: {weights.path} has {name} of shape {found}, which is not allowed; {wanted.get(name)}"
            )
        if not np.isfinite(weights.tensors[name]).all():
            raise ValueError(f"weights: {weights.path} has numbers in {name} that are not finite")
    # a copy: torch would share the read-only memory of the file
    network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in weights.tensors.items()})
    return network.double().eval()


class Shipped:
    """A predictor that comes with weights: called, it makes what predicts with them, or with others.

    Attributes:
        name: of the predictor and its weights.
        folder: where its weights are published.
        period: s between readings that it is made for.
        published: figures of its paper; none where it has none.
    """

    name: ClassVar[str]
    folder: ClassVar[Path] = SHIPPED
    period: ClassVar[float] = 10.0
    published: tuple[Any, ...] = ()

    def __call__(self, control_period: float = 10.0, weights: str | Path | None = None) -> Any:
        """Return what predicts with the published weights, or with those of a name or file.

        Raises:
            ValueError: another control period than it learned at, or weights that do not fit.
        """
        if control_period != self.period:
            raise ValueError(
                f"control_period: {control_period:g} s is not allowed; {self.name} learned at {self.period:g} s"
            )
        return self.of(self.weights(weights))

    def of(self, weights: Weights) -> Any:
        """Return what predicts with these weights. Raises ValueError if they do not fit."""
        raise ValueError(f"weights: {self.name} makes nothing of {weights.path}")

    def weights(self, given: str | Path | None = None) -> Weights:
        """Return the published weights, or those of a name or file. Raises ValueError if they do not fit."""
        return load(self.folder / f"{self.name}.safetensors" if given is None else given, self.name)
