"""All measures together: every metric declared once, returned for every patient, and those a user adds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sim.metrics import MEASURES, Measure, Metric, case_metrics, metric_table
from sim.theatre.trace import Trace
from tests.plugged import plug
from tests.sim.metrics.hour import SAMPLES, TIME, WEIGHT, at, case, score


def test_without_drugs_windows_are_empty_and_only_the_record_is_scored():
    values = score(propofol=0.0, remifentanil=0.0, bis=95.0)
    defined = {name for name, value in values.items() if not np.isnan(value)}
    assert defined == {
        "awareness_s",
        "awareness_spell",
        "bis_below_20",
        "bis_below_20_s",
        "limit_cycle",
        "limit_cycle_min",
        "map_below_55_s",
        "map_below_55_spell",
        "propofol_mg_per_kg",
        "propofol_peak_mg_per_kg_h",
        "propofol_variation_mg_per_kg_h",
        "remifentanil_ug_per_kg",
        "remifentanil_peak_ug_per_kg_min",
        "remifentanil_variation_ug_per_kg_min",
        "norepinephrine_ug_per_kg",
    }


def test_a_patient_scores_the_same_alone_and_among_others():
    chance = np.random.default_rng(1)
    walk = 50.0 + np.cumsum(chance.normal(0.0, 2.0, (SAMPLES, 6)), axis=0)
    stops = np.array([900.0, 1500.0, 2000.0, 2500.0, 3000.0, 3500.0])
    dosed = (TIME[:, None] > 10.0 * np.arange(6)) & (TIME[:, None] <= stops)
    one = case()
    signals = {name: np.repeat(signal, 6, axis=1) for name, signal in one.signals().items()}
    signals |= {
        "bis": walk,
        "mean_arterial_pressure": walk + 20.0,
        "propofol": dosed * chance.random(walk.shape),
    }
    signals |= {"remifentanil": 0.1 * dosed, "measured_bis": np.where(walk > 55.0, np.nan, walk)}
    batch = Trace(time=TIME, **signals)
    weights = np.linspace(50.0, 110.0, 6)
    together = case_metrics(batch, weights)
    for patient in range(6):
        alone = dataclasses.replace(batch, **{name: s[:, [patient]] for name, s in signals.items()})
        for name, value in case_metrics(alone, weights[[patient]]).items():
            np.testing.assert_allclose(value[0], together[name][patient], rtol=1e-12, err_msg=name)


def test_every_metric_is_in_the_table_with_a_label_of_its_own():
    table = metric_table()
    assert list(case_metrics(case(), WEIGHT)) == list(table)
    assert len({metric.label for metric in table.values()}) == len(table)


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match="weight_kg: -1 is not allowed"):
        case_metrics(case(), np.array([-1.0]))
    with pytest.raises(ValueError, match="target: 0 is not allowed"):
        case_metrics(case(), WEIGHT, target=0.0)
    with pytest.raises(ValueError, match="two or more samples, rising in even steps"):
        case_metrics(dataclasses.replace(case(), time=TIME**2), WEIGHT)


def awake(case):
    """Return the minutes a patient was probably conscious."""
    return {"awake_min": (case.trace.conscious > 0.5).sum(axis=0) * case.windows.period / 60.0}


AWAKE = Measure({"awake_min": Metric("Conscious", "min", "lower")}, awake)


def test_a_registered_measure_is_computed_with_the_others(monkeypatch):
    before = list(metric_table())
    plug(monkeypatch, MEASURES, "awake", AWAKE)
    values = case_metrics(case(conscious=at(100.0, 700.0, 0.9, 0.1)), WEIGHT)
    assert list(metric_table()) == list(values) == [*before, "awake_min"]
    assert values["awake_min"] == pytest.approx([10.0])
    assert MEASURES.describe("awake") == "The minutes a patient was probably conscious."


def test_a_measure_without_words_of_its_own_is_described_by_its_metrics():
    metrics = {"a": Metric("First", "", None), "b": Metric("Second", "", None)}
    assert Measure(metrics, lambda case: {}).description == "First; Second"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "measure 'mine': metric 'awake_min' is declared and not returned"),
        ({"other": np.ones(1)}, "measure 'mine': metric 'other' is returned and not declared"),
        ({"awake_min": 3.0}, r"measure 'mine': metric 'awake_min' has shape \(\), .* not allowed; \(1,\)"),
        ({"awake_min": np.ones((1, 1))}, r"metric 'awake_min' has shape \(1, 1\)"),
    ],
)
def test_a_measure_that_does_not_return_what_it_declares_is_refused(monkeypatch, values, message):
    full = {"awake_min": np.ones(1)} | values if "other" in values else values
    plug(monkeypatch, MEASURES, "mine", Measure(AWAKE.table, lambda case: full))
    with pytest.raises(ValueError, match=message):
        case_metrics(case(), WEIGHT)


def test_a_metric_that_two_measures_declare_is_refused(monkeypatch):
    table = {"mdape_percent": Metric("Mine", "%", "lower")}
    plug(monkeypatch, MEASURES, "mine", Measure(table, lambda case: {}))
    with pytest.raises(ValueError, match="'mine': metric 'mdape_percent' is declared by another measure too"):
        metric_table()
