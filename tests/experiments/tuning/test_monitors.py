"""The fit of monitors finds the noise, the plateaus and the episodes that a signal was made with."""

from __future__ import annotations

import math

import numpy as np
import pytest

from experiments.tuning import displays, jitter
from sim.monitors.noise import INNOVATIONS, Noise, Sizes
from sim.monitors.recorded import read, recorded
from sim.randomness import heavy

MADE = Sizes(2.0, 16.0, 4.0, 30.0, 0.3, 0.2, 600.0, 0.3, 0.4, 0.06)
WALK = 0.8  # SD of the steps of a patient who drifts
CASES, READINGS = 300, 600


def signal(cases: int = 150) -> np.ndarray:
    """Patients who drift, seen by a monitor with this noise, (readings, cases), in tenths."""
    rng, noise = np.random.default_rng(4), Noise(MADE, 10.0)
    state = rng.normal(size=(noise.rows, cases))
    values, own = np.empty((READINGS, cases)), np.full(cases, 50.0)
    for row in values:
        own = own + WALK * rng.normal(size=cases)
        state = noise.step(state, heavy(rng.normal(size=(INNOVATIONS, cases)), *noise.tails))
        row[:] = np.round(own + noise.value(state), 1)
    return values


def pieces(values: np.ndarray) -> tuple[jitter.Pieces, jitter.Display]:
    """What is seen, in steps of a tenth."""
    return jitter.pieces(values, np.ones(values.shape, dtype=bool)), jitter.Display(0.1)


def half_squares(noise: Sizes) -> np.ndarray:
    """Half the mean square of differences of a typical case at the lags of a variogram."""
    seconds = 10.0 * jitter.LAGS
    quick = noise.white**2 * np.minimum(seconds / noise.window, 1.0)
    return quick + noise.wave**2 * -np.expm1(-seconds / noise.wave_seconds)


def test_the_size_and_the_memory_of_noise_are_found_again(monkeypatch):
    """How it is made up of a white part and a wave matters less, and is known less."""
    monkeypatch.setattr(jitter, "AVERAGED", (10.0, 20.0))  # as far off as any: each window takes a search
    found = jitter.sizes(*pieces(signal()))
    np.testing.assert_allclose(half_squares(found), half_squares(MADE), rtol=0.15)
    assert found.case_log_sd == pytest.approx(MADE.case_log_sd, rel=0.2)
    assert found.tails == pytest.approx(MADE.tails, abs=0.04)
    assert math.hypot(found.case_log_sd, found.swell_log_sd) == pytest.approx(math.hypot(0.3, 0.2), rel=0.15)
    assert math.hypot(found.case_colour, found.swell_colour) == pytest.approx(math.hypot(0.3, 0.4), rel=0.4)


def test_how_two_signals_go_together_is_found_through_their_rounding():
    """Fisher's z of cases, .4 on average with an SD of .3, in changes of signals shown in whole numbers."""
    rng = np.random.default_rng(5)
    shared = np.tanh(0.4 + 0.3 * rng.normal(size=CASES))
    one, other = rng.normal(size=(2, READINGS, CASES))
    other = shared * one + np.sqrt(1.0 - shared**2) * other
    signals = (np.round(60.0 + np.cumsum(steps, axis=0)) for steps in (one, other))
    mean, sd = jitter.together(
        *(jitter.pieces(signal, np.ones(signal.shape, dtype=bool)) for signal in signals)
    )
    assert mean == pytest.approx(0.4, abs=0.03)
    assert sd == pytest.approx(0.3, abs=0.05)


def test_repeats_are_counted_with_their_runs_and_their_differences_between_cases():
    rng, values = np.random.default_rng(6), np.empty((2000, CASES))
    share = 0.1 * np.exp(0.5 * rng.normal(size=CASES) - 0.125)
    repeated, values[0] = np.zeros(CASES, dtype=bool), 45.0
    for number in range(1, len(values)):
        repeated = rng.uniform(size=CASES) < np.where(repeated, 0.3, share * 0.7)
        values[number] = np.where(repeated, values[number - 1], np.round(rng.uniform(40.0, 50.0, CASES), 2))
    assert displays.again(values) == pytest.approx(0.3, abs=0.01)
    found = displays.repeats_log_sd(
        values, np.full(displays.LEVELS, (np.diff(values, axis=0) == 0).mean()), 0.3
    )
    assert found == pytest.approx(0.5, abs=0.1)


def test_one_window_a_case_tells_cases_from_times_by_nothing():
    values = signal(3)[:60]
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
