"""Charts are read the same step by step and whole, never ahead of time, and quickly; what cannot be is refused."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from experiments.risk.intensive_care.sites import SURGICAL
from predictors.learning.cases import Signal
from predictors.learning.contract import Course, Recipe
from predictors.learning.weights import Weights
from predictors.risk.charted import charts
from predictors.risk.charted.meyer2018 import INTENSIVE_CARE
from predictors.risk.charted.reading import wanted
from sim.outcomes.intensive_care.channels import CHANNELS, ENDS, HOURS, KNOWN

WARD = 256  # patients whose charts are read at once


@pytest.fixture(scope="module")
def stays():
    return SURGICAL.cases(200, 11)


@pytest.fixture(scope="module")
def model(stays, tmp_path_factory):
    learned = INTENSIVE_CARE.learn(Course(stays, stays, Recipe(epochs=1)))
    path = tmp_path_factory.mktemp("weights") / "intensive_care.safetensors"
    return INTENSIVE_CARE.of(
        Weights(path, {"architecture": "intensive_care", **learned.settings}, learned.tensors)
    )


def values(cases):
    """Return what is charted, (half hours, channels, cases), and what is known at admission, (known, cases)."""
    charted = np.stack([cases[name] for name in CHANNELS], axis=1).astype(float)
    return charted, np.stack([cases[name][0] for name in KNOWN])


def test_step_by_step_is_as_whole_stays(model, stays):
    rows, known = values(stays)
    watch, whole = model.begin(known.astype(np.float32).astype(float)), model.answer(stays)
    for step, row in enumerate(rows):
        watch, said = model.update(watch, row)
        for end in ENDS:
            np.testing.assert_allclose(said[end], whole[end][step], rtol=1e-5, atol=1e-7)


def test_what_comes_later_changes_nothing_that_was_said(model, stays):
    changed = np.array(stays["pressure"])
    changed[40:] = 40.0
    other = stays.with_signals(pressure=Signal(changed, 3600.0 * HOURS))
    first, second = model.answer(stays), model.answer(other)
    for end in ENDS:
        np.testing.assert_array_equal(first[end][:40], second[end][:40])
        assert not np.array_equal(first[end][40:], second[end][40:])


def test_an_update_of_256_patients_takes_less_than_5_ms(model, stays):
    rows, known = values(stays)
    many = np.arange(WARD) % stays.count
    watch, times = model.begin(known[:, many]), []
    for row in rows[:30]:
        began = time.perf_counter()
        watch, _ = model.update(watch, row[:, many])
        times.append(time.perf_counter() - began)
    assert min(times) < 5e-3


def test_a_chart_keeps_last_values_and_how_old_they_are():
    chart = charts.begin(2, 1)
    for row in ([5.0, np.nan], [np.nan, np.nan], [np.nan, 3.0]):
        chart = charts.write(chart, np.array(row)[:, None], 0.5)
    np.testing.assert_array_equal(chart.last[:, 0], [5.0, 3.0])
    np.testing.assert_array_equal(chart.since[:, 0], [1.0, 0.0])


def test_a_missing_column_another_unit_and_another_interval_are_named(model, stays):
    without = replace(stays, signals={name: one for name, one in stays.signals.items() if name != "lactate"})
    with pytest.raises(ValueError, match="lactate"):
        model.answer(without)
    micromoles = stays.with_signals(creatinine=Signal(88.4 * stays["creatinine"], 3600.0 * HOURS))
    with pytest.raises(ValueError, match=r"creatinine: .* is not allowed; 0.1 to 25 mg/dL, not µmol/L"):
        model.answer(micromoles)
    hourly = stays.with_signals(urine=Signal(stays["urine"][::2], 3600.0))
    with pytest.raises(ValueError, match="urine: an interval of 3600 s is not allowed; 1800 s"):
        model.answer(hourly)


def test_at_the_bedside_impossible_values_and_missing_facts_are_named(model, stays):
    rows, known = values(stays)
    with pytest.raises(ValueError, match="known: 7 finite rows are needed: age, female"):
        model.begin(known[:-1])
    with pytest.raises(ValueError, match=r"age: 670 is not allowed; 16 to 110 years"):
        model.begin(np.where(np.arange(len(known))[:, None] == 0, 670.0, known))
    row = np.array(rows[0])
    row[list(CHANNELS).index("ph"), 3] = 74.0
    with pytest.raises(ValueError, match=r"ph: 74 is not allowed; 6.5 to 8"):
        model.update(model.begin(known), row)


def test_a_label_that_is_constant_is_named(stays):
    nobody = stays.with_labels(death=Signal(np.zeros_like(stays.label("death")), 3600.0 * HOURS))
    with pytest.raises(ValueError, match=r"death: label is \[0.0\] in all 200 cases; 0 and 1 are needed"):
        wanted(nobody, ENDS)
