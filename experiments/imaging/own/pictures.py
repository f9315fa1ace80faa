"""Grey images and masks on disk, and the frames of films: png files of 8 bits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from experiments.running.results import atomic

SUFFIX, SEEN = ".png", "[!.]*"  # files whose names begin with a point are nobody's images
WHITE = 255


def save(path: Path, grey: np.ndarray) -> None:
    """Write an image, (height, width), or a film, (frames, height, width), uint8: a folder of numbered frames."""
    if grey.ndim == 3:
        for number, frame in enumerate(grey):
            save(path / f"{number:03}", frame)
        return
    with atomic(path.with_name(path.name + SUFFIX)) as partial:
        Image.fromarray(grey).save(partial)


def grey(file: Path, shown: str) -> np.ndarray:
    """Return an image, (height, width), uint8. Raises ValueError naming it as `shown` if it is none of 8 bits."""
    try:
        with Image.open(file) as opened:
            found = f"{opened.format}, {opened.mode}"
            values = np.array(opened) if (opened.format, opened.mode) == ("PNG", "L") else None
    except (OSError, SyntaxError):
        raise ValueError(f"images: {shown} is not allowed; a whole png, grey of 8 bits (L)") from None
    if values is None:
        raise ValueError(f"images: {shown} ({found}) is not allowed; a png, grey of 8 bits (L)")
    return values


def frames_of(folder: Path, fewest: float, most: float) -> list[Path]:
    """Return the frames of a film in their order. Raises ValueError on a gap, on another name, on too few or many."""
    files = sorted(folder.glob(f"{SEEN}{SUFFIX}"))
    for file in files:
        if not file.stem.isdecimal():
            raise ValueError(f"images: {folder.name}/{file.name} is not allowed; a number: 000{SUFFIX}")
    files.sort(key=lambda file: int(file.stem))
    for number, file in enumerate(files, int(files[0].stem) if files else 0):
        if int(file.stem) != number:
            raise ValueError(
                f"images: {folder.name}/{number:03}{SUFFIX} is missing; frames follow one another"
            )
    if not fewest <= len(files) <= most:
        allowed = f"{fewest}" + ("" if fewest == most else f" to {most}" if most < np.inf else " or more")
        raise ValueError(f"images: {len(files)} frames in {folder.name} are not allowed; {allowed}")
    return files


def mask(file: Path, shown: str, name: str, size: Sequence[int]) -> Tensor:
    """Return a mask, (height, width), bool. Raises ValueError if it is missing, of another size, or not all or nothing.

    Args:
        file: of the mask.
        shown: as it is called in errors.
        name: of the answer that it is.
        size: height and width of its image.
    """
    if not file.is_file():
        raise ValueError(f"{name}: {shown} is missing; a mask for each image")
    values = grey(file, shown)
    if values.shape != tuple(size):
        found, wanted = (" × ".join(map(str, one)) for one in (values.shape, size))
        raise ValueError(f"{name}: {found} pixels of {shown} are not allowed; {wanted}, as its image has")
    if not np.isin(values, (0, WHITE)).all():
        raise ValueError(
            f"{name}: grey in {shown} is not allowed; black (0) and white ({WHITE}), which is inside"
        )
    return torch.from_numpy(values == WHITE)
