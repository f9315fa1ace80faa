from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

from experiments.imaging import IMAGE_SYSTEMS, films, study
from experiments.imaging.contract import HOME, SHIFTED, phantoms
from experiments.imaging.study import Imaging
from experiments.imaging.systems import trackers
from sim.imaging.anatomy.nerve import FRAMES, nerves
from sim.imaging.phantoms import Phantoms
from sim.registry import Registry

BOX = torch.tensor([[[10.0, 10.0, 4.0, 4.0]] * 4])


def judged(**moved):
    """What is said of a film of four frames, the last one hidden, where the box is (dx, dz, dw, dh) off in each."""
    hidden = torch.tensor([[False, False, False, True]])
    truth = {"box": BOX, "hidden": hidden}
    return {"box": BOX + torch.tensor([list(moved.values())])}, Phantoms(
        torch.zeros((1, 4, 8, 8)), truth, {}, (1, 1)
    )


def test_overlap_is_of_boxes_and_hidden_frames_do_not_count():
    said, film = judged(a=[0, 0, 0, 0], b=[2, 0, 0, 0], c=[9, 0, 0, 0], d=[0, 0, 0, 0])
    np.testing.assert_allclose(films.overlap(said, film)[0], [1.0, 1.0 / 3.0, 0.0, np.nan], rtol=1e-6)
    assert films.success(said, film).item() == pytest.approx(1.0 / 3.0)
    assert films.area(said, film).item() == pytest.approx(4.0 / 9.0)
    assert films.off(said, film).item() == pytest.approx(11.0 / 3.0)
    assert films.precision(said, film).item() == pytest.approx(1.0 / 3.0)


def test_a_box_of_another_size_overlaps_by_the_share_of_areas():
    said, film = judged(a=[0, 0, 4, 0], b=[0, 0, 0, -2], c=[0, 0, 4, 4], d=[0, 0, 0, 0])
    np.testing.assert_allclose(films.overlap(said, film)[0, :3], [0.5, 0.5, 0.25], rtol=1e-6)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A study of films of fourteen small frames, so that it takes seconds."""
    short = replace(
        IMAGE_SYSTEMS.get("trackers"),
        generate=partial(nerves, frames=range(14)),
        size=48,
        shown="ncc_running",
    )
    known, folder = Registry("image system"), tmp_path_factory.mktemp("trackers")
    known.register("trackers", short)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "IMAGE_SYSTEMS", known)
        study.study(Imaging("trackers", ("ncc_running", "marked"), test=10, trainings=1, out=folder))
    return folder, pd.read_csv(folder / "scores.csv").set_index(["where", "learner", "measure"])


def test_each_nerve_has_a_table_of_its_own_at_home_and_elsewhere(small):
    folder, rows = small
    places = [f"{where}, {nerve} nerve" for where in (HOME, SHIFTED) for nerve in ("median", "sciatic")]
    assert list(dict.fromkeys(rows.index.get_level_values("where"))) == places
    assert (folder / "report.md").read_text().count("| ncc_running |") == len(
        places
    ) + 1  # and how quick it is
    for name in ("strips", "success"):
        assert (folder / f"{name}.png").stat().st_size > 10_000


def test_success_plots_have_a_line_for_everybody():
    """There are more of them than colours."""
    system, count = IMAGE_SYSTEMS.get("trackers"), 3
    box = BOX.repeat(count, 1, 1)
    truth = {"box": box, "hidden": torch.zeros((count, 4), dtype=torch.bool)}
    test = Phantoms(torch.zeros((count, 4, 8, 8)), truth | {"sciatic": torch.arange(count) > 0}, {}, (1, 1))
    heard = {name: [{HOME: {"box": box + 0.1 * number}}] for number, name in enumerate(system.learners)}
    panels = films.curves(system, {HOME: test}, heard).axes
    assert len(panels) == len(system.kinds)
    for panel in panels:
        drawn = {(line.get_color(), line.get_linestyle()) for line in panel.lines}
        assert len(drawn) == len(system.learners)


def test_who_follows_is_better_than_who_stays_and_marks_are_off_by_what_marks_are(small):
    rows = small[1]["estimate"]
    for nerve in ("median", "sciatic"):
        where = f"{HOME}, {nerve} nerve"
        assert rows[where, "ncc_running", "off, mm"] < rows[where, "stays", "off, mm"]
        assert rows[where, "marked", "off, mm"] == pytest.approx(0.3 * np.sqrt(0.5 * np.pi), rel=0.2)


def test_a_network_learns_to_follow_nerves(monkeypatch):
    """On films of which it has seen none, it misses by less than 40 % of what who stays does."""
    monkeypatch.setattr(trackers, "TAUGHT", 48)
    trackers._taught.cache_clear()
    frames = np.arange(0, FRAMES, 4)
    system = replace(trackers.TRACKERS, generate=partial(nerves, frames=frames))
    config = Imaging("trackers", ("stays", "hcft_like"), steps=110, size=64, trainings=1)
    tests = {HOME: phantoms(system.generate, 11, np.arange(10), 64)}
    said = study.learned(system, config, tests)
    trackers._taught.cache_clear()
    trackers._outlines.cache_clear()
    off = {name: films.off(every[0][HOME], tests[HOME]).mean() for name, every in said.items()}
    assert off["hcft_like"] < 0.4 * off["stays"]
