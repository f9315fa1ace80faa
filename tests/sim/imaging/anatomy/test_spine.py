from __future__ import annotations

import numpy as np
import pytest
import torch

from sim.imaging.anatomy.spine import DEPTH, PEOPLE, WIDTH, spine, tissue
from sim.imaging.phantoms import drawn
from sim.imaging.ultrasound.grid import linear
from sim.randomness import case_keys

COUNT, SIZE = 48, 96
KEYS = torch.from_numpy(case_keys(9, np.arange(COUNT)).view(np.int64))


@pytest.fixture(scope="module")
def shown():
    return spine(KEYS, size=SIZE)


def profile(phantoms, number, aside=0.0, reach=14.0):
    """Grey down the column through an image's target, and how far below the target each of its rows is, mm."""
    x, z = phantoms.truth["target"][number]
    column = phantoms.images[number, :, int((x + aside) / phantoms.pixel[1])]
    below = (torch.arange(SIZE) + 0.5) * phantoms.pixel[0] - z
    return column[below.abs() < reach], below[below.abs() < reach]


def test_the_target_lies_in_the_epidural_space_between_two_bright_lines(shown):
    """On average over planes with a window: darker at the target than 2 to 3 mm above and below."""
    here = shown.truth["present"].nonzero()[:, 0]
    middle, edges = [], []
    for number in here:
        grey, below = profile(shown, number)
        middle.append(grey[below.abs() < 0.8].mean())
        edges.append(grey[(below.abs() > 1.9) & (below.abs() < 3.1)].amax())
    assert np.mean(np.array(edges) > np.array(middle)) > 0.95


def test_beside_a_window_and_where_there_is_none_bones_throw_a_shadow(shown):
    present = shown.truth["present"]
    at_target = torch.stack([profile(shown, number)[0].mean() for number in range(COUNT)])
    beside = torch.stack([profile(shown, number, aside=9.5)[0][-6:].mean() for number in range(COUNT)])
    assert at_target[present].min() > 0.15
    assert at_target[~present].median() < 0.5 * at_target[present].median()
    assert beside.median() < 0.5 * at_target[present].median()


def test_targets_are_within_the_field_and_marks_are_off_by_what_is_said():
    many = spine(torch.from_numpy(case_keys(1, np.arange(600)).view(np.int64)), size=16)
    target = many.truth["target"]
    assert (target > 0.0).all()
    assert (target < torch.tensor([WIDTH, DEPTH])).all()
    off = many.labels["target"] - target
    np.testing.assert_allclose(off.std(0), (0.8, 0.4), rtol=0.1)
    np.testing.assert_allclose(off.mean(0), 0.0, atol=0.1)
    assert 0.2 < 1.0 - many.truth["present"].float().mean() < 0.3


def test_a_phantom_is_the_same_alone_and_another_where_machine_and_people_are(shown):
    alone = spine(KEYS[5:6], size=SIZE)
    torch.testing.assert_close(alone.images[0], shown.images[5], atol=1e-5, rtol=0.0)
    torch.testing.assert_close(alone.truth["target"][0], shown.truth["target"][5])
    other = spine(KEYS[5:6], shifted=True, size=SIZE)
    assert (other.images[0] - shown.images[5]).abs().mean() > 0.05


def test_bones_lie_deeper_along_the_spine_by_its_lean_and_bend_as_all_else_does():
    """Laminae are alike but for a facet: the same places of two of them differ in depth by what was drawn."""
    person = drawn(KEYS[:12], "spine", PEOPLE | {"facet": (0.0, 0.0), "window": (1.0, 1.0)})
    grid = linear(2.0 * WIDTH, DEPTH, (320, 240), margin=1)
    bone = tissue(grid, grid.x, person).attenuation > 5.0
    surface = grid.z[bone.int().argmax(1), 0]  # (people, columns), mm
    x = grid.x[0]
    here = (person["offset"] - 0.5 * person["period"])[:, 0]
    there = here + person["period"][:, 0]
    number = {name: values[:, 0, 0] for name, values in person.items()}

    def deeper(along):
        wave = torch.sin(2.0 * torch.pi * along / number["wave"] + number["phase"])
        return number["lean"] * along + number["bend"] * wave

    columns = [(x - one).abs().argmin(1) for one in (here, there)]
    found = [surface[torch.arange(12), column] for column in columns]
    wanted = deeper(x[columns[1]]) - deeper(x[columns[0]])
    assert wanted.abs().max() > 2.0
    np.testing.assert_allclose(found[1] - found[0], wanted, atol=0.4)
