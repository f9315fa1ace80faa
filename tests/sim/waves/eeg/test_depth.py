"""The EEG means its index: openibis reads it, in the order of depth; excitement comes before unconsciousness."""

from __future__ import annotations

import numpy as np
import pytest

from sim.signals.eeg.openibis import openibis
from sim.waves.eeg import anchors, depth
from tests.sim.waves.eeg.hearing import heard


def read(bis: float) -> float:
    """Mean over people of what openibis makes of a minute, once the beginning is forgotten."""
    return float(np.mean(openibis(heard(bis, 135, 24)).index[-120:]))


def test_openibis_reads_the_true_index():
    levels = (20.0, 35.0, 50.0, 65.0, 80.0, 95.0)
    said = [read(level) for level in levels]
    assert said == sorted(said)
    np.testing.assert_allclose(said, levels, atol=5.0)


def test_eighty_percent_suppression_reads_between_10_and_20():
    indices = np.linspace(0.0, 40.0, 400)
    shares = depth.silence(depth.depth(indices))
    assert 10.0 <= read(float(indices[np.argmin(np.abs(shares - 0.8))])) <= 20.0


def test_the_anchors_lie_where_their_names_say():
    index, at = depth.calibrated()
    reached = dict(
        zip(
            (anchor.name for anchor in anchors.ANCHORS),
            np.interp(range(7), at[::-1], index[::-1]),
            strict=True,
        )
    )
    assert 90.0 <= reached["awake"] <= 98.0
    assert 60.0 <= reached["unconscious"] <= 75.0
    assert 35.0 <= reached["maintained"] <= 60.0
    assert list(reached.values()) == sorted(reached.values(), reverse=True)


def test_the_curve_falls_with_the_index_and_covers_all_of_it():
    index, at = depth.calibrated()
    assert (index[0], index[-1]) == (0.0, 100.0)
    assert (np.diff(index) > 0.0).all()
    assert (np.diff(at) <= 0.0).all()


def test_beta_rises_only_while_the_fast_effect_is_ahead():
    falling = depth.excitation(np.array([2.5]), np.array([2.0]))
    still = depth.excitation(np.array([2.0]), np.array([2.0]))
    waking = depth.excitation(np.array([1.5]), np.array([2.0]))
    assert falling[0] > 3.0
    assert still[0] == waking[0] == 0.0
    assert depth.excitation(np.array([9.0]), np.array([2.0]))[0] == pytest.approx(depth.MOST_EXCITED)
