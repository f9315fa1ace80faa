from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from sim.imaging.anatomy.plexus import DEPTH, PEOPLE, USUAL, WIDTH, plexus
from sim.imaging.anatomy.trunks import ANNOTATORS, MISSED, SHARED, outlined, trunks
from sim.imaging.phantoms import drawn
from sim.randomness import case_keys

COUNT, SIZE = 60, 96
KEYS = torch.from_numpy(case_keys(9, np.arange(COUNT)).view(np.int64))
MANY = torch.from_numpy(case_keys(4, np.arange(3000)).view(np.int64))


@pytest.fixture(scope="module")
def shown():
    return plexus(KEYS, size=SIZE)


@pytest.fixture(scope="module")
def here(shown):
    """Which of them show a plexus."""
    return shown.truth["present"].nonzero()[:, 0].tolist()


def one_trunk(count, radius=2.5):
    """A single trunk in each image, in a field around it."""
    x = torch.zeros(count, 5)
    radii = torch.full((count, 5), -1000.0)
    radii[:, 0] = radius
    return trunks(x, x, radii, torch.ones(count))


def edge(outline, turn):
    """How far from the middle an outline runs in a direction, mm: where it is crossed."""
    far = torch.linspace(0.5, 4.5, 401)
    off = outline.outside((far * math.cos(turn))[None], (far * math.sin(turn))[None])[:, 0]
    return far[(off < 0.0).sum(1).clamp(max=400)]


def test_half_of_the_images_show_a_plexus_and_a_third_are_above_the_collarbone(shown):
    many = plexus(MANY[:400], size=16).truth
    assert many["present"].float().mean() == pytest.approx(0.5, abs=0.06)
    assert many["above"].float().mean() == pytest.approx(0.35, abs=0.06)
    assert (shown.truth["mask"].flatten(1).any(1) == shown.truth["present"]).all()


def test_trunks_are_as_many_and_as_large_as_they_are_in_people(shown, here):
    """Two to five of a radius of 1.4 to 3.1 mm; those that touch are counted as one."""
    pixel = shown.pixel[0] * shown.pixel[1]
    for mask in shown.truth["mask"][here]:
        count = ndimage.label(mask)[1]
        assert 1 <= count <= 5
        area = pixel * float(mask.sum())
        assert 2 * math.pi * 1.4**2 < area < 5 * math.pi * 3.2**2


def test_trunks_are_darker_than_muscle_by_what_was_set(shown, here):
    """From the middle of trunks to muscle at their depth, in dB of the screen: more where more was set, by 3 to 9."""
    set_ = drawn(KEYS, "plexus", PEOPLE)["contrast"][here, 0, 0]
    found = []
    for number in here:
        mask = shown.truth["mask"][number].numpy()
        inner = ndimage.distance_transform_edt(mask, sampling=shown.pixel) > 0.9
        rows = np.flatnonzero(mask.any(1))
        beside = np.zeros_like(mask)
        beside[rows[0] : rows[-1], 76:94] = True
        power = 10.0 ** (shown.images[number].numpy() * USUAL.dynamic_range / 10.0)
        levels = [power[at].mean() for at in (inner, beside)]
        found.append(10.0 * np.log10(levels[1] / levels[0]))
    assert np.median(found) == pytest.approx(6.0, abs=1.5)
    assert np.corrcoef(found, set_)[0, 1] > 0.4


def test_an_annotators_edge_is_off_by_half_a_millimetre_in_every_direction_and_partly_as_the_others_is():
    true = one_trunk(1500)
    marks = [outlined(MANY[:1500], true, name) for name in ANNOTATORS[:2]]
    both = (marks[0].radius[:, 0] > 0.0) & (marks[1].radius[:, 0] > 0.0)
    for turn in (0.3, 2.0, 4.4):
        off = [(edge(mark, turn) - 2.5)[both] for mark in marks]
        assert off[0].std() == pytest.approx(0.5, rel=0.08)
        assert off[0].mean() == pytest.approx(0.0, abs=0.04)
        assert np.corrcoef(*off)[0, 1] == pytest.approx(SHARED, abs=0.06)


def test_annotators_overlook_a_trunk_at_times_and_never_outline_what_is_not_there(shown):
    radius = torch.full((3000, 5), 2.0)
    radius[:, 3:] = -1000.0
    place = 6.0 * torch.arange(5.0).expand(3000, -1)
    found = outlined(MANY, trunks(place, place, radius, torch.ones(3000)), "C")
    left = (found.radius > 0.0).sum(1)
    assert set(left.tolist()) == {2, 3}
    assert (left == 2).float().mean() == pytest.approx(MISSED, abs=0.03)
    assert not shown.labels["masks"][~shown.truth["present"]].any()


def test_learners_are_given_the_outlines_of_one_annotator_and_of_each_alike_often(shown, here):
    alike = (shown.labels["masks"] == shown.labels["mask"][:, None]).flatten(2).all(2)[here]
    assert alike.any(1).all()
    assert (alike.sum(0) >= 4).all()


def test_bone_throws_a_shadow(shown):
    """Behind the brightest echo of the deep half hardly anything is left: a rib or a transverse process."""
    deep = shown.images[:, SIZE // 2 :]
    dark = deep[:, -6:].mean(1).amin(1)
    usual = deep[:, -6:].mean((1, 2))
    assert (dark < 0.5 * usual).float().mean() > 0.9


def test_trunks_lie_within_the_image_and_a_phantom_is_the_same_alone(shown):
    rows, columns = (shown.truth["mask"].any(axis) for axis in (2, 1))
    assert not rows[:, [0, -1]].any()
    assert not columns[:, [0, -1]].any()
    assert shown.pixel == pytest.approx((DEPTH / SIZE, WIDTH / SIZE))
    alone = plexus(KEYS[5:6], size=SIZE)
    torch.testing.assert_close(alone.images[0], shown.images[5], atol=1e-4, rtol=0.0)
    assert (alone.labels["masks"][0] == shown.labels["masks"][5]).all()
    other = plexus(KEYS[5:6], shifted=True, size=SIZE)
    assert (other.images[0] - shown.images[5]).abs().mean() > 0.03
