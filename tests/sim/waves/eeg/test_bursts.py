"""Burst suppression: the share of silence is the one that was asked for, and phases last as long as is said."""

from __future__ import annotations

import numpy as np
import pytest

from sim.randomness import case_keys
from sim.waves.eeg import bursts, depth
from tests.sim.waves.eeg.hearing import body

KEYS = case_keys(1, np.arange(200))


def silences(share: float, seconds: int = 300) -> np.ndarray:
    """Whether it is silent at each look, (looks, patients), once what was before is forgotten."""
    shares = np.full((seconds, len(KEYS)), share)
    _, silent, _ = bursts.play(bursts.begin(KEYS), KEYS, shares, shares * 0.0)
    return silent[len(silent) // 3 :]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_the_share_of_silence_is_the_one_that_is_said(share):
    assert silences(share).mean() == pytest.approx(share, abs=0.015)


def test_bursts_and_silences_take_turns_of_the_mean_length_that_is_said():
    silent = silences(0.5)
    starts = (np.diff(silent, axis=0) == 1.0).sum()
    lasting = silent.sum() / bursts.LOOKS / starts
    assert lasting == pytest.approx(float(bursts.means(np.array(0.5))[1]), rel=0.05)


def test_nobody_is_silent_without_a_share_and_everybody_in_the_end_with_all():
    assert not silences(0.0, 30).any()
    assert silences(1.0, 900)[-1].all()


def test_the_share_rises_as_the_index_falls_and_there_is_none_at_the_index_of_surgery():
    shares = [float(depth.suppressed_share(body(1, bis))[0]) for bis in (0.0, 10.0, 20.0, 30.0, 40.0, 50.0)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == pytest.approx(1.0)
    assert shares[-1] == 0.0
