"""Small policy networks as they run, in NumPy: layers of tanh, with or without a memory before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

LAYERS = ("weight", "bias")
CELL = ("memory.weight_ih", "memory.weight_hh", "memory.bias_ih", "memory.bias_hh")
SETTINGS = ("shown", "zone", "squashed")


@dataclass(frozen=True)
class Network:
    """From what is shown to an action.

    Attributes:
        layers: (weights, biases); tanh between them.
        cell: of a long short-term memory (Hochreiter, Neural Comput 1997) before them, as torch has it; () if none.
        shown: (features,), which of them the policy was shown, 1 or 0.
        zone: (3,), dead zone of each dial, see `agents.learned.anticipation`.
        squashed: whether the action is a tanh, else it is cut at -1 and 1.
    """

    layers: tuple[tuple[np.ndarray, np.ndarray], ...] = field(repr=False)
    cell: tuple[np.ndarray, ...] = field(repr=False)
    shown: np.ndarray
    zone: np.ndarray
    squashed: bool

    @classmethod
    def load(cls, path: str | Path, features: int, actions: int = 3) -> Network:
        """Read weights. Raises ValueError if the file is broken or does not fit."""
        try:
            tensors = load_file(str(path))
        except SafetensorError as error:
            raise ValueError(f"weights: {path} is not a whole safetensors file ({error})") from None
        return cls.of(tensors, features, actions, path)

    @classmethod
    def of(
        cls,
        tensors: Mapping[str, np.ndarray],
        features: int,
        actions: int = 3,
        path: str | Path = "the network",
    ) -> Network:
        """Build from weight0, bias0, ..., `SETTINGS` and perhaps `CELL`; raises ValueError if they do not fit."""
        deep = sum(name.startswith("weight") for name in tensors)
        cell = CELL if CELL[0] in tensors else ()
        names = {f"{kind}{i}" for kind in LAYERS for i in range(deep)} | {*SETTINGS, *cell}
        if not deep or set(tensors) != names:
            wanted = ", ".join(sorted(names | {"weight0", "bias0"}))
            raise ValueError(f"weights: {path} holds {', '.join(sorted(tensors))}; {wanted} are needed")
        wide = tensors[CELL[1]].shape[-1] if cell else features
        shapes = dict(
            zip(cell, ((4 * wide, features), (4 * wide, wide), (4 * wide,), (4 * wide,)), strict=False)
        )
        shapes |= {"shown": (features,), "zone": (actions,), "squashed": ()}
        for i in range(deep):
            out = actions if i == deep - 1 else tensors[f"bias{i}"].shape[-1]
            shapes |= {f"weight{i}": (out, wide), f"bias{i}": (out,)}
            wide = out
        for name, shape in shapes.items():
            if tensors[name].shape != shape:
                raise ValueError(f"weights: {path} has {name} {tensors[name].shape}; {shape} is needed")
        numbers = {name: tensor.astype(float) for name, tensor in tensors.items()}
        return cls(
            tuple((numbers[f"weight{i}"], numbers[f"bias{i}"]) for i in range(deep)),
            tuple(numbers[name] for name in cell),
            numbers["shown"],
            numbers["zone"],
            bool(numbers["squashed"]),
        )

    def start(self, patients: int) -> np.ndarray:
        """Return the empty memory, (2, size, patients): what is said and what is kept."""
        return np.zeros((2, self.cell[1].shape[1] if self.cell else 0, patients))

    def action(self, features: np.ndarray, memory: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the action (patients, actions), -1 to 1, for features (patients, features), and the memory after."""
        hidden = features * self.shown
        if self.cell:
            memory = self._remembered(hidden, memory)
            hidden = memory[0].T
        for number, (weight, bias) in enumerate(self.layers):
            hidden = hidden @ weight.T + bias
            if number < len(self.layers) - 1:
                hidden = np.tanh(hidden)
        return np.tanh(hidden) if self.squashed else np.clip(hidden, -1.0, 1.0), memory

    def _remembered(self, shown: np.ndarray, memory: np.ndarray) -> np.ndarray:
        from_shown, from_said, bias, more_bias = self.cell
        gates = from_shown @ shown.T + from_said @ memory[0] + (bias + more_bias)[:, None]
        enter, keep, new, say = np.split(gates, 4)
        kept = _logistic(keep) * memory[1] + _logistic(enter) * np.tanh(new)
        return np.stack([_logistic(say) * np.tanh(kept), kept])


def _logistic(values: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * values))
