from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from rich.console import Console

from experiments.imaging import own
from experiments.imaging.__main__ import main
from experiments.imaging.contract import phantoms
from experiments.imaging.study import Imaging
from sim.imaging.anatomy.spine import spine

SHOWN = phantoms(spine, 3, np.arange(12), 32)


@pytest.fixture
def folder(tmp_path):
    own.write(tmp_path / "mine", SHOWN)
    return tmp_path / "mine"


def changed(folder, **said):
    file = folder / "002.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | said))


def test_what_was_written_is_read_again(folder):
    back = own.read(folder, 32, SHOWN)
    torch.testing.assert_close(back.images, SHOWN.images, atol=0.003, rtol=0.0)
    torch.testing.assert_close(back.truth["target"], SHOWN.truth["target"])
    assert (back.truth["present"] == SHOWN.truth["present"]).all()
    assert back.pixel == pytest.approx(SHOWN.pixel)


def test_another_size_shows_the_same_millimetres(folder):
    back = own.read(folder, 16, SHOWN)
    assert back.images.shape == (12, 16, 16)
    assert back.pixel == pytest.approx(tuple(2.0 * side for side in SHOWN.pixel))


@pytest.mark.usefixtures("few_lessons")
def test_own_images_are_judged_by_the_same_command(folder, tmp_path):
    options = {"learners": ("window",), "test": 10, "trainings": 1, "size": 32, "out": tmp_path / "out"}
    main(Imaging("epidural", images=folder, **options), Console(quiet=True))
    rows = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert set(rows["where"]) == {"home", "shifted", "own"}
    assert "**own images**" in (tmp_path / "out" / "report.md").read_text()
    assert len(list((tmp_path / "out" / "images").glob("*.png"))) == 10


def spoiled_grey(folder, array):
    Image.fromarray(array).save(folder / "002.png")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda at: spoiled_grey(at, np.zeros((32, 32, 3), np.uint8)),
            r"002.png \(PNG, RGB\) is not allowed",
        ),
        (lambda at: spoiled_grey(at, np.zeros((32, 32), np.uint16)), r"002.png \(PNG, I;16\) is not allowed"),
        (
            lambda at: spoiled_grey(at, np.zeros((32, 40), np.uint8)),
            "size or pixel of 002.png is not allowed",
        ),
        (lambda at: (at / "002.png").write_text("no image"), "002.png is not allowed; a png, grey of 8 bits"),
        (lambda at: (at / "002.json").unlink(), "002.json is missing or no json"),
        (
            lambda at: (at / "002.json").write_text("[]"),
            "pixel_mm: None in 002.json is not allowed; 2 numbers",
        ),
        (lambda at: changed(at, target=None), "target: None in 002.json is not allowed; 2 numbers"),
        (lambda at: changed(at, target=[1.0, float("nan")]), "target: .* in 002.json is not allowed"),
        (lambda at: changed(at, present=3), "present: 3 in 002.json is not allowed; true or false"),
        (lambda at: changed(at, pixel_mm=[0.0, 1.0]), "pixel_mm: .* in 002.json is not allowed; more than 0"),
        (lambda at: [file.unlink() for file in at.iterdir()], "is not allowed; a folder with png files"),
    ],
)
def test_a_bad_folder_is_told_in_a_line(folder, spoil, said):
    spoil(folder)
    with pytest.raises(ValueError, match=said) as error:
        own.read(folder, 32, SHOWN)
    assert "\n" not in str(error.value)


def test_films_are_not_read(folder, tmp_path):
    with pytest.raises(ValueError, match="images: ejection is not allowed; a system of points"):
        main(Imaging("ejection", images=folder, test=10, size=16, out=tmp_path / "never"))
    assert not (tmp_path / "never").exists()
