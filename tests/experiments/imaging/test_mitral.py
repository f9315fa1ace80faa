from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from experiments.imaging import IMAGE_SYSTEMS
from experiments.imaging.contract import HOME, SHIFTED, Lessons, phantoms
from experiments.imaging.systems import mitral

SYSTEM = IMAGE_SYSTEMS.get("mitral")
SIZE = 32


@pytest.fixture(scope="module")
def volumes():
    return phantoms(partial(SYSTEM.generate, planes=range(0, 18, 2)), 9, np.arange(12), SIZE)


def test_a_ring_that_is_too_wide_has_diameters_as_much_too_long(volumes):
    """Every hinge 1.5 mm too far out along the diameter it lies on: both are 3 mm too long, and nothing else is."""
    truth = volumes.truth
    for axis, name in enumerate(mitral.DIAMETERS):
        way = torch.stack([truth["around"].cos(), truth["around"].sin()], dim=-1)[..., axis].sign()
        angle, along = truth["angle"], truth["axes"][:, axis]
        x = angle.cos() * along[:, None, 0] + angle.sin() * along[:, None, 1]
        flat = torch.stack([x, along[:, None, 2].expand_as(x)], dim=-1)[:, :, None]
        said = {"hinges": truth["hinges"] + 1.5 * way[..., None] * flat}
        seen = flat.square().sum(-1)[..., 0]  # what of the way lies in the plane
        assert seen.max() <= 1.0 + 1e-6
        off = mitral.diameter(name, said, volumes)
        assert (off > 2.8).all()
        assert (off < 3.001).all()
    assert mitral.diameter("AP", {"hinges": truth["hinges"]}, volumes).max() == 0.0


def test_a_ring_that_is_moved_as_a_whole_is_missed_by_that_and_keeps_its_diameters(volumes):
    moved = torch.tensor([0.0, 3.0])
    said = {"hinges": volumes.truth["hinges"] + moved}
    np.testing.assert_allclose(mitral.off(said, volumes), 3.0, rtol=1e-5)
    for name in mitral.DIAMETERS:
        assert mitral.diameter(name, said, volumes).max() < 1e-4


@pytest.mark.usefixtures("few_lessons")
def test_a_network_learns_where_hinges_are_and_its_maps_are_read_in_three_ways(volumes):
    """Within 200 steps it misses by less than 40 % of what who knows no image does, and the better read, the less."""
    lessons = Lessons(SYSTEM.taught, SIZE, 200, 12, 0, "cpu", lambda share: None)
    names = "mean_annulus", "argmax", "soft_argmax", "continuity"
    torch.manual_seed(0)
    answers = {name: SYSTEM.learners[name](lessons) for name in names}
    with torch.no_grad():
        missed = {name: mitral.off(answer(volumes), volumes).mean() for name, answer in answers.items()}
    assert missed["continuity"] < missed["soft_argmax"] < 0.4 * missed["mean_annulus"]
    assert missed["soft_argmax"] < missed["argmax"]
    assert len(lessons.learned) == 1  # all three read the same network


def test_the_plate_shows_planes_of_both_kinds_of_phantoms(volumes):
    tests = {HOME: volumes, SHIFTED: volumes}
    figure = mitral.plate(SYSTEM, tests, {SYSTEM.shown: [dict.fromkeys(tests, volumes.labels)]})
    titles = [axes.get_title() for axes in figure.axes]
    assert [title.split(":")[0] for title in titles[:3]] == ["home, best", "home, median", "home, worst"]
    off = [float(title.split(": ")[1]) for title in titles]
    assert off == sorted(off[:3]) * 2
    assert off[1] == pytest.approx(np.median(mitral.off(volumes.labels, volumes).mean(2)), abs=0.02)
