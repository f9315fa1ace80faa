"""Weights of image networks on disk: those that ship, one file a system, each with its card beside it."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

FOLDER = Path(__file__).parents[1] / "weights" / "images"
SHIPPED = "shipped"  # the name by which they are asked for


def located(name: str, system: str) -> Path:
    """Return the file of a system's weights, `shipped` or at a path. Raises ValueError where there is none."""
    path = FOLDER / f"{system}.safetensors" if name == SHIPPED else Path(name)
    if not path.is_file():
        have = ", ".join(sorted(file.stem for file in FOLDER.glob("*.safetensors")))
        raise ValueError(f"weights: {name!r} is not allowed for {system}; a file, or {SHIPPED} for {have}")
    return path


def read(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file by name. Raises ValueError if it holds none."""
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise ValueError(f"weights: {path} is not a whole safetensors file ({error})") from None


def filled(network: nn.Module, path: Path) -> nn.Module:
    """Return the network with the weights of a file, ready to answer. Raises ValueError if they do not fit it."""
    try:
        network.load_state_dict(read(path))
    except RuntimeError as error:
        what = type(network).__name__
        raise ValueError(f"weights: {path} does not fit {what} of these sizes ({error})") from None
    return network.eval()


def save(network: nn.Module, path: Path) -> None:
    """Write a network's weights."""
    save_file({name: one.detach().cpu().contiguous() for name, one in network.state_dict().items()}, path)
