from __future__ import annotations

import numpy as np
import pytest
import torch

from predictors.imaging import discs
from sim.imaging.anatomy.ventricle import FRAMES, PEOPLE, shape, ventricle
from sim.imaging.phantoms import drawn
from sim.randomness import case_keys

KEYS = torch.from_numpy(case_keys(9, np.arange(300)).view(np.int64))
SIZE = 96


@pytest.fixture(scope="module")
def beats():
    return ventricle(KEYS[:5], size=SIZE)


def test_what_is_ejected_is_exact_and_covers_what_hearts_do():
    person = drawn(KEYS, "ventricle", PEOPLE)
    volumes = torch.stack([shape(person, frame).volume for frame in range(FRAMES)])
    ejected = 1.0 - volumes.amin(0) / volumes[0]
    torch.testing.assert_close(ejected, person["ejected"][:, 0, 0])
    assert (volumes[0] == volumes.amax(0)).all()
    assert ejected.min() < 0.12
    assert ejected.max() > 0.73
    assert 80.0 < volumes[0].median() < 140.0  # mL


def test_discs_of_the_true_cavity_give_what_is_ejected(beats):
    said = discs.ejection(beats.truth["cavity"], beats.pixel)
    np.testing.assert_allclose(said, beats.truth["ejection"], atol=1.0)


def test_a_cavity_is_darker_than_its_wall_in_every_frame(beats):
    inner = beats.truth["cavity"].float()
    wider = torch.nn.functional.max_pool2d(inner, 7, 1, 3)
    wall = wider - torch.nn.functional.max_pool2d(inner, 3, 1, 1)
    grey = [(beats.images * part).sum((2, 3)) / part.sum((2, 3)) for part in (inner, wall)]
    assert (grey[1] > grey[0] + 0.08).all()


def test_who_marks_is_off_by_little_and_not_to_one_side():
    many = ventricle(KEYS[:120], size=16)
    off = many.labels["ejection"] - many.truth["ejection"]
    assert 1.0 < off.abs().mean() < 4.0
    assert off.mean().abs() < 0.6


def test_a_beat_is_the_same_alone_and_another_where_machine_and_people_are(beats):
    alone, other = (ventricle(KEYS[3:4], shifted, SIZE) for shifted in (False, True))
    torch.testing.assert_close(alone.images[0], beats.images[3], atol=1e-4, rtol=0.0)
    torch.testing.assert_close(alone.truth["ejection"][0], beats.truth["ejection"][3])
    assert (other.images[0] - beats.images[3]).abs().mean() > 0.03
