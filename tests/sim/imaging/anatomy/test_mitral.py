from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from sim.imaging.anatomy.annulus import Saddle, saddle
from sim.imaging.anatomy.mitral import DEPTH, HARD, PEOPLE, PLANES, WHOLE, WIDTH, mitral
from sim.imaging.phantoms import drawn
from sim.randomness import case_keys

KEYS = torch.from_numpy(case_keys(9, np.arange(200)).view(np.int64))
ANGLES = [number * math.pi / PLANES for number in range(PLANES)]
SIZE = 64


@pytest.fixture(scope="module")
def volumes():
    return mitral(KEYS[:40], size=SIZE, planes=(0, 7))


def upright(half, centre):
    """An annulus whose axis is the probe's, its front along x."""
    axes = torch.tensor([[[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]]], dtype=torch.float64)
    return Saddle(torch.tensor([half]).double(), torch.tensor([centre]).double(), axes)


@pytest.mark.parametrize("angle", ANGLES)
def test_planes_through_the_middle_of_an_upright_saddle_cut_it_where_an_ellipse_says(angle):
    """r = ab / sqrt((b cos)² + (a sin)²), and a height of h cos 2t with tan t = (a / b) tan of the angle."""
    a, b, h = 16.0, 20.0, 2.5
    points, _ = upright((a, b, h), (0.0, 0.0, 55.0)).cut(angle)
    radius = a * b / math.hypot(b * math.cos(angle), a * math.sin(angle))
    height = h * math.cos(2.0 * math.atan2(a * math.sin(angle), b * math.cos(angle)))
    expected = [[-radius, 55.0 - height], [radius, 55.0 - height]]
    np.testing.assert_allclose(points[0], expected, atol=1e-9)


def test_planes_beside_the_middle_of_a_flat_round_annulus_cut_it_where_a_chord_says():
    """A plane misses the centre by d = 2.4 mm and lies along it by e = 1 mm: hinges at e ± sqrt(R² - d²)."""
    points, _ = upright((18.0, 18.0, 0.0), (1.0, 2.4, 50.0)).cut(0.0)
    chord = math.sqrt(18.0**2 - 2.4**2)
    np.testing.assert_allclose(points[0], [[1.0 - chord, 50.0], [1.0 + chord, 50.0]], atol=1e-9)


def test_hinges_of_leaning_saddles_lie_on_the_saddle_and_in_the_plane():
    annulus = saddle(drawn(KEYS, "mitral", PEOPLE))
    for angle in ANGLES:
        points, around = annulus.cut(angle)
        expected = annulus.at(around)
        flat = expected @ torch.tensor([-math.sin(angle), math.cos(angle), 0.0], dtype=torch.float64)
        assert flat.abs().max() < 1e-9
        along = expected @ torch.tensor([math.cos(angle), math.sin(angle), 0.0], dtype=torch.float64)
        torch.testing.assert_close(points, torch.stack([along, expected[..., 2]], dim=-1))
        assert (points[:, 0, 0] < -8.0).all()
        assert (points[:, 1, 0] > 8.0).all()


def test_axes_are_at_right_angles_and_lean_by_no_more_than_five_degrees_either_way():
    annulus = saddle(drawn(KEYS, "mitral", PEOPLE))
    torch.testing.assert_close(annulus.axes @ annulus.axes.mT, torch.eye(3).double().expand(200, 3, 3))
    lean = torch.atan(annulus.axes[:, 2, :2] / annulus.axes[:, 2, 2:]).abs()
    assert lean.max() < math.radians(5.0)
    assert lean.max() > math.radians(4.5)
    assert annulus.centre[:, :2].abs().max() < 3.0


def test_the_hinge_is_where_a_bright_leaflet_meets_the_wall(volumes):
    """Grey within 2 mm of hinges is above that of the atrium 8 mm nearer to the middle and to the probe."""
    z, x = ((torch.arange(SIZE) + 0.5) * side for side in volumes.pixel)

    def grey(offset):
        place = volumes.truth["hinges"] + torch.tensor(offset)
        near = ((x - place[..., :1])[..., None, :] ** 2 + (z - place[..., 1:])[..., :, None] ** 2) < 4.0
        return (volumes.images[:, :, None] * near).sum((3, 4)) / near.sum((3, 4))

    inward = torch.tensor([[8.0, -8.0], [-8.0, -8.0]])
    hinge, atrium = grey([0.0, 0.0]), grey(inward.tolist())
    assert (hinge > atrium + 0.1).float().mean() > 0.9


def test_a_prosthesis_shadows_what_lies_behind_it():
    """Grey 12 mm behind hinges, along the beam, is a third at most of what it is in people with soft annuli."""
    hard = drawn(KEYS, "mitral", PEOPLE)["hard"][:, 0, 0]
    whole, soft = KEYS[hard < WHOLE], KEYS[hard > HARD][:20]
    assert 0.05 < (hard < HARD).float().mean() < 0.15
    behind = []
    for keys in (whole, soft):
        some = mitral(keys, size=SIZE, planes=(3,))
        probe = torch.tensor([0.5 * WIDTH, 0.0])
        place = some.truth["hinges"] - probe
        place = probe + place * (1.0 + 12.0 / place.norm(dim=-1, keepdim=True))
        grid = 2.0 * place / torch.tensor([WIDTH, DEPTH]) - 1.0
        grey = torch.nn.functional.grid_sample(some.images, grid, align_corners=False)
        behind.append(grey.mean())
    assert len(whole) >= 2
    assert behind[0] < behind[1] / 3.0


def test_hinges_are_within_the_field_and_both_who_mark_are_off_by_what_is_said():
    many = mitral(KEYS, size=16, planes=(3,))
    hinges = many.truth["hinges"]
    assert (hinges > 20.0).all()
    assert (hinges < torch.tensor([WIDTH, DEPTH]) - 20.0).all()
    for marks in (many.labels["hinges"], many.truth["read"]):
        np.testing.assert_allclose((marks - hinges).std((0, 1, 2)), 1.0, rtol=0.1)
    both = np.stack([(one - hinges).flatten() for one in (many.labels["hinges"], many.truth["read"])])
    assert abs(np.corrcoef(both)[0, 1]) < 0.1


def test_a_volume_is_the_same_alone_and_another_where_machine_and_people_are(volumes):
    alone, other = (mitral(KEYS[3:4], shifted, SIZE, planes=(7,)) for shifted in (False, True))
    torch.testing.assert_close(alone.images[0, 0], volumes.images[3, 1], atol=1e-4, rtol=0.0)
    torch.testing.assert_close(alone.truth["hinges"][0, 0], volumes.truth["hinges"][3, 1])
    assert (other.images[0, 0] - volumes.images[3, 1]).abs().mean() > 0.05
