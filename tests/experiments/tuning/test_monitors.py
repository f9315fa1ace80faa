"""The fit of monitors finds the noise, the plateaus and the episodes that a signal was made with."""

from __future__ import annotations

import math

import numpy as np
import pytest

from experiments.tuning import displays, jitter
from sim.monitors.noise import Noise, Sizes
from sim.monitors.recorded import read, recorded
from sim.randomness import heavy, tailed

MADE = Sizes(2.0, 16.0, 4.0, 30.0, 0.3, 0.2, 600.0, 0.06)
CASES, READINGS = 300, 600


def signal() -> np.ndarray:
    """A flat patient seen by a monitor with this noise, (readings, cases), in tenths."""
    rng, noise = np.random.default_rng(4), Noise(MADE, 10.0)
    state = rng.normal(size=(3 + len(noise.weights), CASES))
    tails = tailed(np.array([[MADE.tails], [MADE.tails], [0.0]]))
    values = np.empty((READINGS, CASES))
    for row in values:
        state = noise.step(state, heavy(rng.normal(size=(3, CASES)), *tails))
        row[:] = np.round(50.0 + noise.value(state), 1)
    return values


def pieces(values: np.ndarray) -> tuple[jitter.Pieces, float, jitter.Pieces]:
    """What is seen in steps of a tenth, and the patient behind it, who lies still."""
    everything = np.ones(values.shape, dtype=bool)
    return jitter.pieces(values, everything), 0.1, jitter.pieces(0.0 * values + 50.0, everything)


def half_squares(noise: Sizes) -> np.ndarray:
    """Half the mean square of differences of a typical case at the lags of a variogram."""
    seconds = 10.0 * jitter.LAGS
    quick = noise.white**2 * np.minimum(seconds / noise.window, 1.0)
    return quick + noise.wave**2 * -np.expm1(-seconds / noise.wave_seconds)


def test_the_size_and_the_memory_of_noise_are_found_again():
    """How it is made up of a white part and a wave matters less, and is known less."""
    found = jitter.sizes(*pieces(signal()))
    np.testing.assert_allclose(half_squares(found), half_squares(MADE), rtol=0.15)
    assert found.case_log_sd == pytest.approx(MADE.case_log_sd, rel=0.2)
    assert found.tails == pytest.approx(MADE.tails, abs=0.04)
    assert math.hypot(found.case_log_sd, found.swell_log_sd) == pytest.approx(math.hypot(0.3, 0.2), rel=0.15)


def test_one_window_a_case_tells_cases_from_times_by_nothing():
    values = signal()[:60]
    with pytest.raises(ValueError, match="0 cases with two windows of ten minutes are not enough; 3 or more"):
        jitter.sizes(*pieces(values))


def test_episodes_are_counted_with_their_lengths():
    happens = np.zeros((360, 2), dtype=bool)
    happens[10:13, 0] = happens[100:120, 0] = happens[355:, 1] = True
    runs = displays.runs(happens, np.ones(happens.shape, dtype=bool))
    assert runs.between(1, displays.LONG) == {"per_hour": 1.0, "seconds": 40.0}
    assert runs.between(displays.LONG, displays.GONE) == {"per_hour": 0.5, "seconds": 200.0}


def test_the_shipped_table_is_one_and_another_content_is_none(tmp_path):
    known = recorded()
    assert known.index.scale.shape == known.index.repeats.shape == (200,)
    assert (known.index.scale > 0.0).all()
    assert ((known.index.repeats >= 0.0) & (known.index.repeats < 1.0)).all()  # awake, most stay
    empty = tmp_path / "monitors_recorded.json"
    empty.write_text('{"index": {}}')
    with pytest.raises(ValueError, match=r"monitors: .*monitors_recorded\.json holds no table of monitors"):
        read(empty)
