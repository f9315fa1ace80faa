"""Weights of image networks on disk: those that ship, one file a system, each with its card beside it."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

FOLDER = Path(__file__).parents[1] / "weights" / "images"
SHIPPED = "shipped"  # the name by which they are asked for
SYSTEM = "system"  # whose they are: many networks are alike, and would take those of others


def located(name: str, system: str) -> Path:
    """Return the file of a system's weights, `shipped` or at a path. Raises ValueError where there are none of it."""
    path = FOLDER / f"{system}.safetensors" if name == SHIPPED else Path(name)
    if not path.is_file():
        have = ", ".join(sorted(file.stem for file in FOLDER.glob("*.safetensors")))
        raise ValueError(f"weights: {name!r} is not allowed for {system}; a file, or {SHIPPED} for {have}")
    whose, _ = read(path)
    if whose != system:
        raise ValueError(f"weights: {path} is of {whose}, which is not allowed; of {system}")
    return path


def read(path: Path) -> tuple[str, dict[str, Tensor]]:
    """Return whose weights a file holds, the name of a system, and the tensors. Raises ValueError if it holds none."""
    try:
        with safe_open(path, framework="pt") as file:
            return (file.metadata() or {})[SYSTEM], {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ValueError(f"weights: {path} is not a whole safetensors file ({error})") from None
    except KeyError:
        raise ValueError(f"weights: {path} does not say whose weights it holds") from None


def filled(network: nn.Module, path: Path) -> nn.Module:
    """Return the network with the weights of a file, ready to answer. Raises ValueError if they do not fit it."""
    try:
        network.load_state_dict(read(path)[1])
    except RuntimeError as error:
        what = type(network).__name__
        raise ValueError(f"weights: {path} does not fit {what} of these sizes ({error})") from None
    return network.eval()


def save(network: nn.Module, system: str, path: Path) -> None:
    """Write the weights of a system's network."""
    tensors = {name: one.detach().cpu().contiguous() for name, one in network.state_dict().items()}
    save_file(tensors, path, {SYSTEM: system})
