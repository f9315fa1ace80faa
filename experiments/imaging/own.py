"""Somebody's own images: a folder of png files, each with a json file of the same name that says what is there.

An image is grey of 8 bits. Its json holds `pixel_mm`, height and width of a pixel, and every answer of the system, in
mm from the upper left corner, x before z. All images of a folder have one size and one pixel.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor
from torch.nn import functional

from experiments.running.results import atomic, write_json
from sim.imaging.phantoms import Phantoms

PIXEL, SUFFIX = "pixel_mm", ".png"


def write(folder: Path, shown: Phantoms) -> None:
    """Write images of a generator as somebody's own would lie there."""
    grey = (255.0 * shown.images).round().to(torch.uint8).cpu().numpy()
    for number, image in enumerate(grey):
        with atomic(folder / f"{number:03}{SUFFIX}") as partial:
            Image.fromarray(image).save(partial)
        said = {name: values[number].tolist() for name, values in shown.truth.items()}
        write_json(folder / f"{number:03}.json", {PIXEL: shown.pixel, **said})


def read(folder: Path, size: int, like: Phantoms) -> Phantoms:
    """Return the images of a folder, of `size` pixels a side, with the answers that `like` has.

    Raises:
        ValueError: on the first file that is not as it should be.
    """
    files = sorted(folder.glob(f"*{SUFFIX}"))
    if not files:
        raise ValueError(f"images: {folder} is not allowed; a folder with png files")
    images, notes = [_image(file) for file in files], [_notes(file, like) for file in files]
    for file, image, note in zip(files, images, notes, strict=True):
        if image.shape != images[0].shape or note[PIXEL] != notes[0][PIXEL]:
            raise ValueError(f"images: size or pixel of {file.name} is not allowed; those of {files[0].name}")
    side, pixel = images[0].shape, notes[0][PIXEL]
    scaled = functional.interpolate(
        torch.stack(images)[:, None], (size, size), mode="bilinear", antialias=True
    )
    truth = {
        name: torch.tensor([note[name] for note in notes], dtype=one.dtype)
        for name, one in like.truth.items()
    }
    height, width = (mm * pixels / size for mm, pixels in zip(pixel, side, strict=True))
    return Phantoms(scaled[:, 0], truth, truth, (height, width))


def _image(file: Path) -> Tensor:
    """Return an image, (height, width), 0 black to 1 white."""
    try:
        with Image.open(file) as opened:
            if opened.format != "PNG" or opened.mode != "L":
                found = f"{opened.format}, {opened.mode}"
                raise ValueError(f"images: {file.name} ({found}) is not allowed; a png, grey of 8 bits (L)")
            return torch.from_numpy(np.array(opened)).float() / 255.0
    except UnidentifiedImageError:
        raise ValueError(f"images: {file.name} is not allowed; a png, grey of 8 bits (L)") from None


def _notes(file: Path, like: Phantoms) -> dict[str, Any]:
    """Return what the json beside an image says."""
    path = file.with_suffix(".json")
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        raise ValueError(f"images: {path.name} is missing or no json; each image needs one") from None
    wanted = {PIXEL: (2,), **{name: tuple(one.shape[1:]) for name, one in like.truth.items()}}
    for name, shape in wanted.items():
        value = said.get(name) if isinstance(said, dict) else None
        if not _numbers(value, shape):
            what = f"{shape[0]} numbers" if shape else "true or false"
            raise ValueError(f"{name}: {value!r} in {path.name} is not allowed; {what}")
    if min(said[PIXEL]) <= 0.0:
        raise ValueError(f"{PIXEL}: {said[PIXEL]} in {path.name} is not allowed; more than 0, in mm")
    return said


def _numbers(value: Any, shape: tuple[int, ...]) -> bool:
    """Return whether a value is what the answer's shape asks for: true or false, or so many finite numbers."""
    if not shape:
        return isinstance(value, bool)
    return (
        isinstance(value, list)
        and len(value) == shape[0]
        and all(type(one) in (int, float) and np.isfinite(one) for one in value)
    )
