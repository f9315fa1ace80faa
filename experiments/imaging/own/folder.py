"""A folder of own images, read and written.

    001.png     an image, grey of 8 bits; of films a folder 001 of numbered frames, 000.png and so on
    001.json    height and width of a pixel, `pixel_mm`, and the system's answers, in mm from the upper left corner
    mask/001.png    an outline that the system calls `mask`: white inside; of films again a folder of frames

All images of a folder have one size, one pixel, and as many frames.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from experiments.imaging.own import pictures
from experiments.imaging.own.form import Asked, Form, Kind
from experiments.running.results import write_json
from sim.imaging.phantoms import Phantoms

PIXEL = "pixel_mm"
SIDES = Asked(Kind.NUMBER, (2,))


@dataclass(frozen=True)
class One:
    """An image or a film as it was found.

    Attributes:
        name: of its files.
        images: (height, width), or (frames, height, width), uint8.
        pixel: mm, height and width; of images without mm their share of the image.
        said: name of an answer -> what the json says, or masks in the shape of the images.
    """

    name: str
    images: Tensor
    pixel: tuple[float, float]
    said: Mapping[str, Any]


def write(folder: Path, form: Form, shown: Phantoms) -> None:
    """Write images of a generator as somebody's own would lie there."""
    grey = (pictures.WHITE * shown.images).round().to(torch.uint8).cpu().numpy()
    given = {name: (asked, shown.truth[name]) for name, asked in form.asked.items()}
    for number, image in enumerate(grey):
        pictures.save(folder / f"{number:03}", image)
        said: dict[str, Any] = {PIXEL: shown.pixel} if form.in_mm else {}
        for name, (asked, values) in given.items():
            if asked.kind is Kind.MASK:
                white = pictures.WHITE * values[number].to(torch.uint8).cpu().numpy()
                pictures.save(folder / name / f"{number:03}", white)
            else:
                said[name] = values[number].tolist()
        write_json(folder / f"{number:03}.json", said)


def read(folder: Path, form: Form, size: int) -> Phantoms:
    """Return the images of a folder, of `size` pixels a side, with what is said of them.

    Raises:
        ValueError: on the first file that is not as it should be.
    """
    found = [_one(folder, name, form) for name in _names(folder, form)]
    first, (height, width) = found[0], found[0].images.shape[-2:]
    for one in found:
        if one.images.shape != first.images.shape or one.pixel != first.pixel:
            raise ValueError(
                f"images: size, frames or pixel of {one.name} are not allowed; those of {first.name}"
            )
    truth = {
        name: values
        for name, asked in form.asked.items()
        if (values := _together(name, asked, [one.said.get(name) for one in found], size)) is not None
    }
    images = scaled(torch.stack([one.images for one in found]).float() / pictures.WHITE, size)
    pixel = first.pixel[0] * height / size, first.pixel[1] * width / size
    return Phantoms(images, truth, truth, pixel)


def _together(name: str, asked: Asked, values: list[Any], size: int) -> Tensor | None:
    """Return the answers of all images; None where nobody is named. Raises ValueError if some alone are."""
    if asked.kind is Kind.MASK:
        return scaled(torch.stack(values).float(), size) > 0.5
    if asked.kind is not Kind.NAME:
        return torch.tensor(values, dtype=torch.bool if asked.kind is Kind.FLAG else torch.float32)
    if None in values:
        if any(value is not None for value in values):
            raise ValueError(f"{name}: in some files alone is not allowed; in all or in none")
        return None
    return torch.from_numpy(np.unique(list(map(str, values)), return_inverse=True)[1])


def scaled(images: Tensor, size: int) -> Tensor:
    """Return images (..., height, width), of `size` pixels a side."""
    flat = images.reshape(-1, 1, *images.shape[-2:])
    made = functional.interpolate(flat, (size, size), mode="bilinear", antialias=True)
    return made.reshape(*images.shape[:-2], size, size)


def _names(folder: Path, form: Form) -> list[str]:
    """Return the names of images or films, in order. Raises ValueError where there are none."""
    if form.frames is None:
        what, shown = "png files", {file.stem for file in folder.glob(f"{pictures.SEEN}{pictures.SUFFIX}")}
    else:
        what = "a folder of numbered png files for each film"
        shown = {
            one.name for one in folder.glob(pictures.SEEN) if one.is_dir() and one.name not in form.asked
        }
    if not shown:
        raise ValueError(f"images: {folder} is not allowed; a folder with {what}")
    return sorted(shown | {file.stem for file in folder.glob(f"{pictures.SEEN}.json")})


def _one(folder: Path, name: str, form: Form) -> One:
    """Return an image or a film with what is said of it. Raises ValueError on the first thing that is wrong."""
    if form.frames is None:
        file = folder / f"{name}{pictures.SUFFIX}"
        if not file.is_file():
            raise ValueError(f"images: {file.name} is missing; an image for each json")
        files = {file.name: file}
    else:
        files = {f"{name}/{file.name}": file for file in pictures.frames_of(folder / name, *form.frames)}
    frames = [pictures.grey(file, shown) for shown, file in files.items()]
    for shown, frame in zip(files, frames, strict=True):
        if frame.shape != frames[0].shape:
            raise ValueError(f"images: size of {shown} is not allowed; that of {next(iter(files))}")
    side, json_name = frames[0].shape, f"{name}.json"
    notes = _notes(folder / json_name)
    pixel = (1.0 / side[0], 1.0 / side[1])
    if form.in_mm:
        SIDES.check(PIXEL, notes.get(PIXEL), json_name, len(frames), np.inf)
        pixel = tuple(notes[PIXEL])
        if min(pixel) <= 0.0:
            raise ValueError(f"{PIXEL}: {notes[PIXEL]} in {json_name} is not allowed; more than 0, in mm")
    longest, said = max(side[0] * pixel[0], side[1] * pixel[1]), {}
    for answer, asked in form.asked.items():
        if asked.kind is Kind.MASK:
            masks = [pictures.mask(folder / answer / one, f"{answer}/{one}", answer, side) for one in files]
            said[answer] = masks[0] if form.frames is None else torch.stack(masks)
        elif asked.kind is not Kind.NAME or answer in notes:
            asked.check(answer, notes.get(answer), json_name, len(frames), longest)
            said[answer] = notes[answer]
    images = torch.from_numpy(frames[0] if form.frames is None else np.stack(frames))
    return One(name, images, pixel, said)


def _notes(path: Path) -> dict[str, Any]:
    """Return what a json file says. Raises ValueError if it is missing, or holds anything but names and values."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        raise ValueError(f"images: {path.name} is missing or no json; each image needs one") from None
    if not isinstance(said, dict):
        raise ValueError(f"images: {path.name} is not allowed; names and values: {{...}}")
    return said
