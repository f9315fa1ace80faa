"""What is said of pressure and heart rate, against signals made to say it."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.circulation.vital_signs import LAGS, SLABS, summary

SAMPLES, CASES = 721, 60
SAMPLE = np.arange(SAMPLES)[:, None]
AGE = np.linspace(20.0, 80.0, CASES)
LAST = np.full(CASES, SAMPLES - 1)


def drifting(seconds: float, sd: float, seed: int) -> np.ndarray:
    """An autoregressive signal without mean, (samples, cases)."""
    chance, kept = np.random.default_rng(seed), np.exp(-10.0 / seconds)
    rows = [chance.normal(size=CASES)]
    for _ in range(SAMPLES - 1):
        rows.append(kept * rows[-1] + np.sqrt(1.0 - kept**2) * chance.normal(size=CASES))
    return sd * np.array(rows)


def said(pressure=80.0, heart_rate=70.0, awake=75.0, last=LAST):
    full = np.zeros((SAMPLES, CASES))
    return summary(full + pressure, full + heart_rate, np.full((12, CASES), awake), last, AGE)


def test_medians_spread_and_memory_are_those_of_the_signal():
    drift = drifting(300.0, 8.0, 1)
    found = said(pressure=80.0 + drift)
    assert found["pressure_median"][2] == pytest.approx(80.0, abs=1.0)
    assert found["pressure_sd"][2] == pytest.approx(8.0, rel=0.1)
    expected = [np.exp(-10.0 * lag / 300.0) for lag in LAGS.values()]
    np.testing.assert_allclose(found["pressure_autocorrelation"][:2], expected[:2], atol=0.05)
    assert found["pressure_autocorrelation"][2] == pytest.approx(expected[2], abs=0.1)


def test_time_below_65_counts_what_was_shown_in_maintenance():
    pressure = np.where(SAMPLE % 4 == 0, 60.0, 80.0) + np.zeros(CASES)
    pressure[:90] = 40.0  # before maintenance
    pressure[400:] = np.nan
    np.testing.assert_allclose(said(pressure=pressure)["pressure_below_65_percent"], 25.0, atol=0.5)


def test_minutes_hold_what_happened_in_them():
    rising = 60.0 + SAMPLE / 6.0 + np.zeros(CASES)
    found = said(pressure=rising)["pressure_by_minute"]
    assert found.shape == (len(SLABS) - 1, 5)
    middles = 0.5 * (np.array(SLABS[:-1]) + np.array(SLABS[1:]))
    np.testing.assert_allclose(found[:, 2] - 60.0, middles, atol=0.1)


def test_the_answer_to_the_tube_is_the_highest_rate_above_minutes_1_to_3():
    rate = np.full((SAMPLES, CASES), 60.0)
    rate[27] = 85.0  # 4.5 min
    found = said(heart_rate=rate)["heart_rate_risen_by"]
    np.testing.assert_allclose(found[:, 2], [0.0, 25.0, 0.0, 0.0, 0.0])


def test_age_and_company_are_seen():
    rate = 90.0 * np.exp(-0.003 * AGE) + drifting(300.0, 4.0, 2)
    together = said(
        pressure=80.0 + drifting(300.0, 4.0, 2), heart_rate=rate, awake=1.0 * 90.0 * np.exp(-0.003 * AGE)
    )
    assert together["heart_rate_by_age"][0] == pytest.approx(-0.003, abs=0.0006)
    assert together["heart_rate_awake_by_age"][0] == pytest.approx(-0.003, abs=1e-9)
    np.testing.assert_allclose(together["together"], 1.0, atol=1e-6)
    apart = said(pressure=80.0 + drifting(300.0, 4.0, 3), heart_rate=rate)["together"]
    assert abs(apart[2]) < 0.15


def test_a_case_with_little_shown_says_nothing():
    pressure = np.full((SAMPLES, CASES), 80.0)
    pressure[:, 0] = np.where(SAMPLE[:, 0] < 120, 20.0, np.nan)  # 30 samples in maintenance
    assert said(pressure=pressure)["pressure_median"][0] == 80.0
