"""What is wrong with a folder of own images is told in a line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from experiments.imaging import IMAGE_SYSTEMS
from experiments.imaging.__main__ import main
from experiments.imaging.own import folder
from experiments.imaging.study import Imaging
from tests.experiments.imaging.own.conftest import SIZE


def refused(name, at, said):
    with pytest.raises(ValueError, match=said) as error:
        folder.read(at, IMAGE_SYSTEMS.get(name).own, SIZE)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 250


def changed(at, file="002.json", **said):
    path = at / file
    path.write_text(json.dumps(json.loads(path.read_text()) | said))


def grey(path, array):
    Image.fromarray(array).save(path)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda at: grey(at / "002.png", np.zeros((32, 32, 3), np.uint8)),
            r"002.png \(PNG, RGB\) is not allowed",
        ),
        (
            lambda at: grey(at / "002.png", np.zeros((32, 32), np.uint16)),
            r"002.png \(PNG, I;16\) is not allowed",
        ),
        (
            lambda at: grey(at / "002.png", np.zeros((32, 40), np.uint8)),
            "size, frames or pixel of 002 are not allowed; those of 000",
        ),
        (
            lambda at: (at / "002.png").write_text("no image"),
            "002.png is not allowed; a whole png, grey of 8 bits",
        ),
        (
            lambda at: (at / "002.png").write_bytes((at / "002.png").read_bytes()[:200]),
            "002.png is not allowed; a whole png, grey of 8 bits",
        ),
        (lambda at: (at / "002.png").unlink(), "002.png is missing; an image for each json"),
        (lambda at: (at / "002.json").unlink(), "002.json is missing or no json"),
        (lambda at: (at / "002.json").write_text("[]"), "002.json is not allowed; names and values"),
        (lambda at: changed(at, pixel_mm=None), "pixel_mm: None in 002.json is not allowed; 2 numbers"),
        (
            lambda at: changed(at, target=None),
            "target: None in 002.json is not allowed; 2 numbers, 0 to 80 mm",
        ),
        (lambda at: changed(at, target=[1.0, float("nan")]), "target: nan in 002.json is not allowed"),
        (lambda at: changed(at, target=[300.0, 1.0]), "target: 300.0 in 002.json is not allowed"),
        (lambda at: changed(at, present=3), "present: 3 in 002.json is not allowed; true or false"),
        (lambda at: changed(at, pixel_mm=[0.0, 1.0]), "pixel_mm: .* in 002.json is not allowed; more than 0"),
        (lambda at: [file.unlink() for file in at.iterdir()], "is not allowed; a folder with png files"),
    ],
)
def test_a_bad_folder_of_images(written, spoil, said):
    at = written("epidural")
    spoil(at)
    refused("epidural", at, said)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda at: (at / "mask" / "002.png").unlink(), "mask: mask/002.png is missing"),
        (
            lambda at: grey(at / "mask" / "002.png", np.zeros((32, 40), np.uint8)),
            "mask: 32 × 40 pixels of mask/002.png are not allowed; 32 × 32",
        ),
        (
            lambda at: grey(at / "mask" / "002.png", np.full((32, 32), 1, np.uint8)),
            r"mask: grey in mask/002.png is not allowed; black \(0\) and white \(255\)",
        ),
    ],
)
def test_a_bad_outline(written, spoil, said):
    at = written("plexus")
    spoil(at)
    refused("plexus", at, said)


@pytest.mark.parametrize(
    ("name", "spoil", "said"),
    [
        ("ejection", lambda at: (at / "001" / "003.png").unlink(), "images: 001/003.png is missing"),
        (
            "ejection",
            lambda at: (at / "cavity" / "001" / "003.png").unlink(),
            "cavity/001/003.png is missing",
        ),
        (
            "ejection",
            lambda at: (at / "001" / "003.png").rename(at / "001" / "end.png"),
            "001/end.png is not",
        ),
        (
            "ejection",
            lambda at: [(at / "001" / f"{frame:03}.png").unlink() for frame in range(1, 8)],
            "images: 1 frames in 001 are not allowed; 2 or more",
        ),
        (
            "ejection",
            lambda at: (at / "001" / "007.png").unlink(),
            "size, frames or pixel of 001 are not allowed; those of 000",
        ),
        (
            "ejection",
            lambda at: grey(at / "001" / "003.png", np.zeros((32, 40), np.uint8)),
            "size of 001/003.png is not allowed; that of 001/000.png",
        ),
        ("ejection", lambda at: changed(at, "001.json", ejection=101), "ejection: 101 .* a number, 0 to 100"),
        (
            "epidural_stack",
            lambda at: (at / "001" / "008.png").unlink(),
            "images: 8 frames in 001 are not allowed; 9",
        ),
        (
            "epidural_stack",
            lambda at: changed(at, "001.json", present=[True] * 8),
            "present: .* true or false, for each of 9 frames",
        ),
        (
            "mitral",
            lambda at: changed(at, "001.json", angle=[180.0] * 18),
            "angle: 180.0 in 001.json is not allowed; a number, 0 to 3.142, for each of 18 frames",
        ),
        (
            "trackers",
            lambda at: changed(at, "001.json", box=[[1.0, 2.0]] * 6),
            r"box: \[1.0, 2.0\] in 001.json is not allowed; 4 numbers, 0 to 28 mm, for each of 6 frames",
        ),
        ("face_video", lambda at: changed(at, "001.json", pspi=[17] * 40), "pspi: 17 .* a number, 0 to 16"),
        ("face_video", lambda at: changed(at, "001.json", person=[]), "person: .* text or a whole number"),
        (
            "face_video",
            lambda at: (at / "001.json").write_text(json.dumps({"pspi": [0] * 40})),
            "person: in some files alone is not allowed; in all or in none",
        ),
    ],
)
def test_a_bad_folder_of_films(written, name, spoil, said):
    at = written(name)
    spoil(at)
    refused(name, at, said)


def test_single_images_are_no_films(written):
    refused("mitral", written("epidural"), "a folder with a folder of numbered png files for each film")


def test_a_bad_folder_is_told_before_anything_is_made(tmp_path):
    with pytest.raises(ValueError, match="nowhere is not allowed; a folder with png files"):
        main(Imaging("epidural", images=tmp_path / "nowhere", out=tmp_path / "never"))
    assert not (tmp_path / "never").exists()
