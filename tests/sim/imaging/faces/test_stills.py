from __future__ import annotations

import numpy as np
import pytest
import torch

from experiments.imaging.contract import phantoms
from sim.imaging.faces import people, units
from sim.imaging.faces.drawing import face
from sim.imaging.faces.stills import stills
from sim.imaging.phantoms import drawn


@pytest.fixture(scope="module")
def some():
    return phantoms(stills, 0, np.arange(300), 24)


def shown(**moved):
    """One face with the same light, and only some units moved."""
    key = torch.tensor([7])
    still = {name: torch.zeros(1, 1, 1) for name in (*units.GRADED, *units.OTHERS, "AU43", "blink")}
    still |= {name: torch.full((1, 1, 1), value) for name, value in moved.items()}
    person = drawn(key, "face", people.FACES)
    return face(person, still, people.scene(key, False), torch.zeros(1, 48, 48))


def test_intensity_is_the_published_sum():
    coded = {"AU4": 3.0, "AU6": 1.0, "AU7": 4.0, "AU9": 2.0, "AU10": 0.0, "AU43": 1.0}
    assert units.pspi({name: torch.tensor(value) for name, value in coded.items()}) == 3 + 4 + 2 + 1


@pytest.mark.parametrize("unit", [*units.GRADED, *units.OTHERS])
def test_every_unit_moves_the_picture(unit):
    assert (shown(**{unit: 5.0}) - shown()).abs().max() > 0.05


def test_a_blink_looks_like_closed_eyes():
    torch.testing.assert_close(shown(blink=1.0), shown(AU43=1.0))


def test_about_half_are_in_pain_and_coders_slip(some):
    intensity = some.truth["pspi"]
    assert 0.45 < (intensity > 0).float().mean() < 0.65
    assert 0.05 < (some.labels["pspi"] != intensity).float().mean() < 0.25
    assert intensity.max() <= 16
    assert (intensity == intensity.round()).all()


def test_a_picture_is_the_same_alone(some):
    alone = phantoms(stills, 0, np.array([5]), 24)
    torch.testing.assert_close(alone.images[0], some.images[5])
    assert alone.truth["pspi"] == some.truth["pspi"][5]


def test_who_is_judged_was_not_learned_from(some):
    assert set(some.truth["person"].tolist()) <= set(people.JUDGED)
    other = phantoms(stills, 0, np.arange(20), 24, shifted=True)
    assert set(other.truth["person"].tolist()) <= set(people.OTHERS)
    assert not set(people.LEARNED) & {*people.JUDGED, *people.OTHERS}
