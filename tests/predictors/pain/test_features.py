"""Features of the pulse: of beats whose rate and height vary in a known way."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from predictors.pain.features import FREQUENCIES, NAMES, band, describe, power, quantile
from sim.signals.pulse.features import BeatFeatures

PLACE = {name: row for row, name in enumerate(NAMES)}


def beats(depth=0.03, rhythm=0.25, mean=0.8, count=380) -> BeatFeatures:
    """Beats of one patient whose intervals, and heights in step with them, follow a sine."""
    time, interval = [0.0], []
    for _ in range(count):
        interval.append(mean + depth * np.sin(2.0 * np.pi * rhythm * (time[-1] + 0.5 * mean)))
        time.append(time[-1] + interval[-1])
    interval = np.array(interval)[:, None]
    height = 2.0 * np.exp(0.1 * (interval - mean) / max(depth, 1e-9))
    like = np.ones_like(interval)
    return BeatFeatures(np.array(time[:-1])[:, None], interval, height, 0.3 * like, 0.25 * like, 0.2 * like)


def test_a_breath_in_the_intervals_has_its_power_its_place_and_nothing_elsewhere():
    found = describe(beats())[:, 0]
    assert found[PLACE["heart_rate"]] == pytest.approx(75.0, abs=0.5)
    assert np.exp(found[PLACE["breath"]]) == pytest.approx(0.03**2 / 2.0, rel=0.1)
    assert np.exp(found[PLACE["slow"]]) < 0.02 * 0.03**2
    assert found[PLACE["breathing"]] == pytest.approx(0.25, abs=0.006)
    assert found[PLACE["breath_share"]] > 0.95
    assert np.exp(0.5 * found[PLACE["sdnn"]]) == pytest.approx(0.03 / np.sqrt(2.0), rel=0.02)
    steps = 0.03 * np.sqrt(2.0) * np.sin(np.pi * 0.25 * 0.8)  # of a sine, from beat to beat
    assert np.exp(0.5 * found[PLACE["rmssd"]]) == pytest.approx(steps, rel=0.03)
    assert found[PLACE["coupling"]] == pytest.approx(1.0, abs=1e-6)
    assert found[PLACE["amplitude"]] == pytest.approx(np.log(2.0), abs=0.02)
    assert np.exp(found[PLACE["amplitude_breath"]]) == pytest.approx(0.1**2 / 2.0, rel=0.1)


def test_a_slow_rhythm_is_told_from_a_breath():
    found = describe(beats(rhythm=0.095))[:, 0]
    assert np.exp(found[PLACE["slow"]]) == pytest.approx(0.03**2 / 2.0, rel=0.1)
    assert found[PLACE["breath_share"]] < 0.05


def test_all_power_between_the_bands_ends_is_the_variance():
    one = beats()
    powers = power(one.time, one.interval, one.interval)
    assert band(powers, 0.04, 0.40)[0] == pytest.approx(0.03**2 / 2.0, rel=0.1)
    assert powers.shape == (len(FREQUENCIES), 1)


def test_gaps_and_beats_that_are_none_change_nothing():
    one = beats()
    wrong = np.zeros(len(one.time) + 40, dtype=bool)
    wrong[5::10][:40] = True

    def holed(name: str) -> np.ndarray:
        values = np.full((len(wrong), 1), np.nan)
        values[~wrong] = getattr(one, name)
        return values

    gaps = BeatFeatures(**{field.name: holed(field.name) for field in fields(BeatFeatures)})
    # What is told from beat to neighbouring beat has fewer neighbours.
    near = {"rmssd": 0.1, "pnn20": 0.1, "sd_ratio": 0.2, "amplitude_steps": 0.2}
    for name in NAMES:
        whole, rest = describe(one)[PLACE[name], 0], describe(gaps)[PLACE[name], 0]
        assert rest == pytest.approx(whole, abs=near.get(name, 1e-9)), name


def test_a_missed_beat_is_left_out():
    one = beats()
    interval = one.interval.copy()
    interval[100] *= 2.0
    found, clean = (describe(replace(one, interval=values)) for values in (interval, one.interval))
    np.testing.assert_allclose(found[PLACE["sdnn"]], clean[PLACE["sdnn"]], atol=0.05)


def test_too_few_beats_say_nothing_and_a_patient_alone_is_the_same_in_a_crowd():
    one, few = beats(), beats(count=380)
    silent = replace(
        few,
        **{f.name: np.where(np.arange(380)[:, None] < 5, getattr(few, f.name), np.nan) for f in fields(few)},
    )
    both = BeatFeatures(
        **{f.name: np.hstack([getattr(one, f.name), getattr(silent, f.name)]) for f in fields(one)}
    )
    found = describe(both)
    assert found.shape == (24, 2)
    assert np.isnan(found[:, 1]).all()
    np.testing.assert_allclose(found[:, 0], describe(one)[:, 0], rtol=1e-12)


def test_quantiles_are_those_of_what_is_there():
    random = np.random.default_rng(0)
    values = random.normal(size=(21, 6))
    values[random.uniform(size=values.shape) < 0.3] = np.nan
    for share in (0.25, 0.5, 0.75):
        np.testing.assert_allclose(quantile(values, share), np.nanquantile(values, share, axis=0))
    assert np.isnan(quantile(np.full((4, 1), np.nan), 0.5)).all()
