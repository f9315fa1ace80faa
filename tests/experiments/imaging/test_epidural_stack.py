from __future__ import annotations

import numpy as np
import pytest
import torch

from experiments.imaging import IMAGE_SYSTEMS, training
from experiments.imaging.contract import HOME, SHIFTED, Lessons, phantoms
from experiments.imaging.systems import epidural, epidural_stack

SYSTEM = IMAGE_SYSTEMS.get("epidural_stack")
SIZE = 16


@pytest.fixture(scope="module")
def stacks():
    return phantoms(SYSTEM.generate, 9, np.arange(24), SIZE)


def measured(said, stacks):
    return {name: measure(said, stacks) for name, measure in SYSTEM.measures.items()}


def test_who_is_a_plane_off_misses_by_its_distance_across_and_names_the_wrong_one(stacks):
    counted = stacks.truth["present"].any(1)
    for planes, right in ((0, 1.0), (1, 0.0)):
        moved = torch.tensor([0.0, 0.0, planes * epidural_stack.SPACING])
        found = measured(stacks.truth | {"target": stacks.truth["target"] + moved}, stacks)
        for name in ("off, mm", "across planes, mm"):
            torch.testing.assert_close(found[name][counted], moved[2].expand(int(counted.sum())))
        assert (found["sideways, mm"][counted] == 0.0).all()
        assert (found["plane right"][counted] == right).all()
        assert all(values[~counted].isnan().all() for values in found.values())


def test_planes_are_told_apart_as_well_as_pairs_of_them_say(stacks):
    """The area under the curve is the share of pairs, of a plane with and one without, that are in order."""
    likely = torch.rand(stacks.truth["present"].shape, generator=torch.Generator().manual_seed(0))
    met = stacks.truth["present"]
    pairs = (likely[met][:, None] > likely[~met]).double().mean()
    area = SYSTEM.pooled["plane AUC"]({"present": likely}, stacks)(np.ones((1, len(met))))
    assert area == pytest.approx(float(pairs))


def missed(learners, size, steps, batch, stacks):
    """What each of these learners misses of the stacks that count, after so many steps."""
    lessons = Lessons(SYSTEM.generate, size, steps, batch, 0, "cpu", lambda share: None)
    torch.manual_seed(0)
    answers = {name: SYSTEM.learners[name](lessons) for name in learners}
    with torch.no_grad():
        found = {name: measured(answer(stacks), stacks) for name, answer in answers.items()}
    return {
        name: {measure: values.nanmean() for measure, values in one.items()} for name, one in found.items()
    }


@pytest.mark.parametrize("learner", ["window", "template"])
def test_who_learns_without_a_network_finds_the_window_across_planes(learner, monkeypatch):
    """Of 32 stacks they miss less than 40 % of what who knows no image does, and name the plane more often."""
    monkeypatch.setattr(training, "EXAMPLES", 32)
    stacks = phantoms(SYSTEM.generate, 9, np.arange(16), 48)
    found = missed(("mean_place", learner), 48, 1, 1, stacks)
    naive, said = found["mean_place"], found[learner]
    assert said["across planes, mm"] < 0.4 * naive["across planes, mm"]
    assert said["off, mm"] < 0.5 * naive["off, mm"]
    assert said["plane right"] > naive["plane right"]


def test_networks_that_look_at_planes_alone_are_told_of_each_alone(stacks):
    planes = epidural_stack.single(stacks)
    stack, plane = 3, 5
    number = stack * stacks.images.shape[1] + plane
    torch.testing.assert_close(planes.images[number], stacks.images[stack, plane])
    torch.testing.assert_close(planes.labels["target"][number], stacks.labels["target"][stack, :2])
    assert (planes.labels["present"].unflatten(0, (len(stacks.images), -1)) == stacks.labels["present"]).all()


@pytest.mark.usefixtures("few_lessons")
def test_a_network_learns_where_the_target_is_in_a_stack(stacks):
    """Within 60 steps, on images of 16 pixels a side, it misses less than 40 % of what who knows no image does."""
    found = missed(("mean_place", "heat_map"), SIZE, 60, 4, stacks)
    for measure in ("off, mm", "sideways, mm", "across planes, mm"):
        assert found["heat_map"][measure] < 0.4 * found["mean_place"][measure]


def test_the_plate_shows_the_plane_nearest_to_the_target(stacks):
    tests = {HOME: stacks, SHIFTED: stacks}
    figure = epidural_stack.plate(SYSTEM, tests, {SYSTEM.shown: [dict.fromkeys(tests, stacks.labels)]})
    off = epidural.off(stacks.labels, stacks)
    best = int(off.nan_to_num(np.inf).argmin())
    nearest = int(stacks.truth["target"][best, 2] // epidural_stack.SPACING)
    shown = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(shown, stacks.images[best, nearest])
    assert figure.axes[0].get_title() == f"home, best: {off[best]:.2f}"
