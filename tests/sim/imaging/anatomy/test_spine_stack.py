from __future__ import annotations

import numpy as np
import pytest
import torch

from sim.imaging.anatomy import spine_stack
from sim.imaging.anatomy.spine import PEOPLE, WIDTH, WINDOWLESS, spine
from sim.imaging.phantoms import drawn
from sim.randomness import case_keys

COUNT, MANY, SIZE = 12, 160, 48


def keys(count, seed=9):
    return torch.from_numpy(case_keys(seed, np.arange(count)).view(np.int64))


@pytest.fixture(scope="module")
def stacks():
    return spine_stack.spine_stack(keys(COUNT), size=SIZE)


@pytest.fixture(scope="module")
def many():
    return spine_stack.spine_stack(keys(MANY, 1), size=8)


def test_a_stack_of_one_plane_that_is_not_turned_is_that_plane(monkeypatch):
    still = dict.fromkeys(("middle", "turn", "rise"), (0.0, 0.0))
    monkeypatch.setattr(spine_stack, "ACROSS", spine_stack.ACROSS | still)
    monkeypatch.setattr(spine_stack, "PLANES", 1)
    stack, plane = spine_stack.spine_stack(keys(4), size=SIZE), spine(keys(4), size=SIZE)
    torch.testing.assert_close(stack.images[:, 0], plane.images)
    torch.testing.assert_close(stack.truth["target"][:, :2], plane.truth["target"])
    assert (stack.truth["target"][:, 2] == 0.5 * spine_stack.SPACING).all()
    assert (stack.truth["present"][:, 0] == plane.truth["present"]).all()


def test_three_to_five_neighbouring_planes_meet_a_window_and_the_nearest_to_the_target_is_one_of_them(many):
    met, across = many.truth["present"], many.truth["target"][:, 2]
    count = met.sum(1)
    assert set(count.tolist()) == {0, 3, 4, 5}
    assert 0.17 < (count == 0).float().mean() < 0.33
    assert (met.int().diff(dim=1).clamp(min=0).sum(1) + met[:, 0] <= 1).all()  # one run of planes
    middles = (torch.arange(spine_stack.PLANES) + 0.5) * spine_stack.SPACING
    nearest = (middles - across[:, None]).abs().argmin(1)
    here = count > 0
    assert met[here, nearest[here]].all()
    assert (spine_stack.plane_of(across) == nearest).all()
    centre = (met * middles).sum(1)[here] / count[here]
    assert (centre - across[here]).abs().max() < 0.5 * spine_stack.SPACING


def test_the_target_is_the_windows_middle_once_the_turn_is_undone(many):
    person = drawn(keys(MANY, 1), "spine", PEOPLE) | drawn(keys(MANY, 1), "spine across", spine_stack.ACROSS)
    number = {name: values[:, 0, 0].numpy() for name, values in person.items()}
    x, _, y = many.truth["target"].numpy().T
    middle = 0.5 * spine_stack.PLANES * spine_stack.SPACING
    turned = (x - 0.5 * WIDTH + 1j * (y - middle)) * np.exp(1j * number["turn"])
    np.testing.assert_allclose(turned.real, number["offset"], atol=1e-4)
    np.testing.assert_allclose(turned.imag, number["middle"], atol=1e-4)
    assert (many.truth["present"].any(1).numpy() == (number["window"] >= WINDOWLESS)).all()


def test_sound_arrives_at_the_target_in_planes_that_meet_the_window_alone(stacks):
    """Behind the dura, where fluid is dark, and in front of it: the brightest of 8 mm about the target."""
    seen, shadowed = [], []
    for number in stacks.truth["present"].any(1).nonzero()[:, 0]:
        x, z, _ = stacks.truth["target"][number]
        rows = (torch.arange(SIZE) + 0.5) * stacks.pixel[0]
        near = stacks.images[number, :, :, int(x / stacks.pixel[1])][:, (rows - z).abs() < 4.0].amax(1)
        met = stacks.truth["present"][number]
        seen += near[met].tolist()
        shadowed += near[~met].tolist()
    assert np.median(shadowed) < 0.5 * np.median(seen)
    assert np.mean(np.array(seen)[:, None] > np.array(shadowed)) > 0.9


def test_marks_lie_in_a_plane_and_are_off_by_what_is_said(many):
    """Across planes by 1 mm and by what the nearest plane is off, even over one spacing of 2 mm."""
    marked, off = many.labels["target"], many.labels["target"] - many.truth["target"]
    assert set(marked[:, 2].tolist()) <= {1.0 + 2.0 * plane for plane in range(spine_stack.PLANES)}
    np.testing.assert_allclose(off.std(0), (0.8, 0.4, np.sqrt(1.0 + 2.0**2 / 12.0)), rtol=0.15)
    np.testing.assert_allclose(off.mean(0), 0.0, atol=0.2)


def test_a_stack_is_the_same_alone_and_another_where_machine_and_people_are(stacks):
    alone, other = (spine_stack.spine_stack(keys(COUNT)[5:6], shifted, SIZE) for shifted in (0.0, 1.0))
    torch.testing.assert_close(alone.images[0], stacks.images[5], atol=1e-5, rtol=0.0)
    assert (other.images[0] - stacks.images[5]).abs().mean() > 0.05
