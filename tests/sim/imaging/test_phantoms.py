"""Phantoms lie anywhere between those that were learned from and those of another machine and other people."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from experiments.imaging.contract import phantoms
from sim.imaging.anatomy import plexus, spine
from sim.imaging.phantoms import between, drawn


def test_numbers_of_people_and_machines_lie_as_far_along_as_was_said():
    scanner, ranges = between((spine.USUAL, spine.PEOPLE), (spine.OTHER, spine.OTHERS), 0.25)
    assert scanner.frequency == pytest.approx(0.75 * spine.USUAL.frequency + 0.25 * spine.OTHER.frequency)
    for name, limits in ranges.items():
        expected = 0.75 * np.array(spine.PEOPLE[name]) + 0.25 * np.array(spine.OTHERS[name])
        np.testing.assert_allclose(limits, expected)


def test_both_ends_are_what_they_were():
    assert between(plexus.USUAL, plexus.OTHER, False) is plexus.USUAL
    assert between(plexus.USUAL, plexus.OTHER, 1) is plexus.OTHER
    with pytest.raises(ValueError, match=r"shifted: 1.5 is not allowed; 0 to 1"):
        between(plexus.USUAL, plexus.OTHER, 1.5)


def test_an_image_changes_along_the_way_and_its_person_stays_the_same():
    """The nearer two phantoms lie, the more alike: of one key, who is drawn has the same place between all limits."""
    ways = [phantoms(spine.spine, 4, np.arange(8), 32, share).images for share in (0.0, 0.1, 1.0)]
    near, far = ((one - ways[0]).abs().mean() for one in ways[1:])
    assert 0.0 < near < 0.5 * far
    keys = torch.arange(5)
    low, high = (drawn(keys, "x", {"a": limits})["a"] for limits in ((0.0, 1.0), (10.0, 12.0)))
    torch.testing.assert_close(high, 10.0 + 2.0 * low)
