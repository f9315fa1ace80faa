"""Own images: what was written is read again, and judged by the same command."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from rich.console import Console

from experiments.imaging import IMAGE_SYSTEMS, training
from experiments.imaging.__main__ import main
from experiments.imaging.contract import OWN
from experiments.imaging.judging import judged
from experiments.imaging.measures import pooled
from experiments.imaging.own import folder
from experiments.imaging.own.form import Kind
from experiments.imaging.study import Imaging, known
from experiments.imaging.systems import ejection
from predictors.imaging import shipped
from tests.experiments.imaging.own.conftest import SIZE, shown

READ = [name for name in IMAGE_SYSTEMS if IMAGE_SYSTEMS.get(name).own is not None]
SHIPPED = sorted(file.stem for file in shipped.FOLDER.glob("*.safetensors"))


def scores(system, test, said):
    heard = {name: [{OWN: said}] for name in (system.naive, "somebody")}
    rows = [row for judge in (judged, pooled.scores) for row in judge(known(system), OWN, test, heard, 0)]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("name", READ)
def test_phantoms_that_are_read_as_own_images_score_as_they_did(name, written):
    """Of whoever marked them; what no own image can tell is not judged."""
    system, made = IMAGE_SYSTEMS.get(name), shown(name)
    at = written(name)
    (at / ".hidden").mkdir()
    (at / ".hidden.png").write_text("nobody's image")
    back = folder.read(at, system.own, SIZE)
    torch.testing.assert_close(back.images, made.images, atol=1e-6, rtol=0.0)
    assert set(back.truth) == set(system.own.asked)
    marks = next(one for one in system.own.marking if one in ("marked", "coder", "annotator A"))
    said = system.learners[marks](None)(made)
    before, after = scores(system, made, said), scores(system, back, said)
    assert len(before) > 0
    assert not set(before["measure"]) & set(system.own.unknown)
    pd.testing.assert_frame_equal(before, after, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", READ)
def test_a_form_names_learners_and_measures_that_there_are(name):
    system = IMAGE_SYSTEMS.get(name)
    assert set(system.own.marking) <= set(system.learners) - {system.naive, system.shown}
    assert set(system.own.unknown) <= set(system.measures) | set(system.pooled)


def test_every_system_reads_own_images():
    assert list(IMAGE_SYSTEMS) == READ


def test_another_size_shows_the_same_millimetres(written):
    form, made = IMAGE_SYSTEMS.get("plexus").own, shown("plexus")
    back = folder.read(written("plexus"), form, SIZE // 2)
    assert back.images.shape == back.truth["mask"].shape == (12, SIZE // 2, SIZE // 2)
    assert back.pixel == pytest.approx(tuple(2.0 * side for side in made.pixel))
    larger = folder.read(written("plexus"), form, 2 * SIZE)  # pixels that an outline crosses are in or out
    covered = [(one.truth["mask"].sum() * one.pixel[0] * one.pixel[1]).item() for one in (larger, made)]
    assert covered[0] == pytest.approx(covered[1], rel=0.05)


def test_people_are_told_apart_by_what_they_are_called_or_not_at_all(written):
    form, made, at = IMAGE_SYSTEMS.get("faces").own, shown("faces"), written("faces")
    back = folder.read(at, form, SIZE).truth["person"]
    assert ((back[:, None] == back) == (made.truth["person"][:, None] == made.truth["person"])).all()
    for file in at.glob("*.json"):
        file.write_text('{"pspi": 3}')
    assert "person" not in folder.read(at, form, SIZE).truth


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_weights_judge_own_images_and_nobody_learns(name, written, tmp_path, monkeypatch):
    """What there is to judge by is judged; examples that the run leaves are read as they should be."""
    monkeypatch.setattr(training, "EXAMPLES", 8)
    monkeypatch.setattr(ejection, "LOOKED_AT", 8)
    monkeypatch.setattr(training, "descend", lambda *_: pytest.fail("somebody learned"))
    system, at, out = IMAGE_SYSTEMS.get(name), written(name), tmp_path / "out"
    main(
        Imaging(name, weights="shipped", images=at, test=10, size=SIZE, trainings=1, out=out),
        Console(quiet=True),
    )
    rows = pd.read_csv(out / "scores.csv")
    assert set(rows["learner"]) == {system.naive, system.shown}
    assert set(rows["where"]) == {"home", "shifted", OWN}
    own = rows[rows["where"] == OWN].set_index(["learner", "measure"])["estimate"]
    assert np.isfinite(own[system.shown]).all()
    assert not set(own[system.shown].index) & set(system.own.unknown)
    report = (out / "report.md").read_text()
    assert "**own images**" in report
    examples = folder.read(out / "images" / name, system.own, SIZE)
    assert len(examples.images) == (10 if system.own.frames is None else 2)


def test_who_marks_phantoms_is_not_asked_of_own_images_and_what_only_they_tell_is_a_dash(
    written, tmp_path, monkeypatch
):
    monkeypatch.setattr(training, "EXAMPLES", 12)
    main(
        Imaging(
            "plexus",
            ("annotator A",),
            images=written("plexus"),
            test=10,
            size=SIZE,
            trainings=1,
            out=tmp_path / "out",
        ),
        Console(quiet=True),
    )
    own = (tmp_path / "out" / "report.md").read_text().partition("**own images**")[2]
    own = own.partition("**Claims")[0]
    rows = [line for line in own.splitlines() if line.startswith("| mean_mask")]
    assert "annotator A" not in own
    assert rows[0].count("| – |") >= 1
    assert "ahead of annotators" in own


def test_an_outline_is_white_inside(written):
    at, made = written("ejection"), shown("ejection")
    with Image.open(at / "cavity" / "001" / "003.png") as opened:
        np.testing.assert_array_equal(np.array(opened) == 255, made.truth["cavity"][1, 3].numpy())
    assert IMAGE_SYSTEMS.get("ejection").own.asked["cavity"].kind is Kind.MASK
