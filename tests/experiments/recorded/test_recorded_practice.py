"""Summaries of recorded and simulated maintenance against hand-made cases."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.recorded.practice import QUANTITIES, Record, distance, practice, quantiles

SAMPLES = 600  # of 10 s
START, END = 60, 500  # propofol runs from sample 60 to 499


def record(bis, pressure=80.0, weight=50.0):
    """One case, propofol 0.1 mg/s and remifentanil 0.05 µg/s while given, awake until 2 min after the start."""
    time = np.arange(SAMPLES)[:, None]
    given = (time >= START) & (time < END)
    shown = np.where(time < START + 12, 95.0, bis(time))
    return Record(10.0, np.array([weight]), shown, np.full((SAMPLES, 1), pressure), 0.1 * given, 0.05 * given)


def test_a_case_is_summarised_over_maintenance_only():
    window = END - (START + 90)  # from 15 min after the first propofol to the last
    values = practice(record(lambda time: np.where(time < START + 90 + window // 5, 30.0, 50.0)))
    assert values.keys() == QUANTITIES.keys()
    assert values["time_below_40_percent"][0] == pytest.approx(20.0)
    assert values["time_in_40_60_percent"][0] == pytest.approx(80.0)
    assert values["time_above_60_percent"][0] == 0.0
    assert values["bis_median"][0] == 50.0
    assert values["map_median_mmhg"][0] == 80.0
    assert values["map_below_65_percent"][0] == 0.0
    assert values["propofol_mg_per_kg_h"][0] == pytest.approx(0.1 * 3600.0 / 50.0)
    assert values["remifentanil_ug_per_kg_min"][0] == pytest.approx(0.05 * 60.0 / 50.0)
    assert values["induction_to_bis_60_min"][0] == pytest.approx(2.0)


def test_a_case_without_index_says_nothing_about_depth_but_about_doses():
    values = practice(record(lambda time: np.full(time.shape, np.nan)))
    assert np.isnan(values["bis_median"][0])
    assert np.isnan(values["time_in_40_60_percent"][0])
    assert np.isnan(values["induction_to_bis_60_min"][0])
    assert values["propofol_mg_per_kg_h"][0] == pytest.approx(7.2)


def test_a_case_that_was_asleep_before_the_record_has_no_induction():
    asleep = record(lambda time: np.full(time.shape, 45.0))
    asleep = replace(asleep, bis=np.full((SAMPLES, 1), 45.0))
    assert np.isnan(practice(asleep)["induction_to_bis_60_min"][0])


def test_the_distance_of_shifted_quantiles_is_the_shift_over_the_recorded_range():
    values = np.linspace(0.0, 10.0, 1001)
    assert distance(quantiles(values), quantiles(values)) == 0.0
    assert distance(quantiles(values + 0.9), quantiles(values)) == pytest.approx(0.1)
