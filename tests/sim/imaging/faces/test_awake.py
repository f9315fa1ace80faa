"""Faces of awake patients: the more it hurts the more they show, and everybody keeps their own."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from sim.imaging.faces.awake import awake
from sim.randomness import case_keys

KEYS = case_keys(4, np.arange(200))


def shown(hurt, moment=0, **options):
    return awake(KEYS, moment, np.full(len(KEYS), hurt), size=24, **options)


def test_nobody_shows_pain_that_is_not_there_and_more_of_it_shows_more():
    intensities = [shown(hurt).truth["pspi"] for hurt in (0.0, 0.3, 0.6, 1.0)]
    assert (intensities[0] == 0.0).all()
    for less, more in pairwise(intensities):
        assert (more >= less).all()
        assert more.mean() > less.mean() + 1.0


def test_some_show_little_of_what_others_show_much():
    intensity = shown(0.6).truth["pspi"]
    assert intensity.min() <= 2.0
    assert intensity.max() >= 10.0


def test_a_patient_is_the_same_alone_and_another_moment_is_another_picture():
    every, again = shown(0.5), shown(0.5, moment=1)
    alone = awake(KEYS[7:8], 0, np.array([0.5]), size=24)
    np.testing.assert_allclose(alone.images[0], every.images[7], atol=1e-6)
    assert (every.images - again.images).abs().mean() > 0.05


def test_others_show_the_same_units_in_other_pictures():
    home, shifted = shown(0.5), shown(0.5, shifted=True)
    np.testing.assert_array_equal(home.truth["pspi"], shifted.truth["pspi"])
    assert (home.images - shifted.images).abs().mean() > 0.05
