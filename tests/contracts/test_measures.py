"""One contract over every measure: the metrics it declares, one number a patient, alone as in the batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agents.fixed_targets import FixedTargets
from sim.metrics import MEASURES, Judged, Measure, Metric
from sim.metrics.windows import windows
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

SIZE = 4
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def judged():
    room = Theatre(orders="targets", horizon=7200.0, control_period=30.0, physiology_step=10.0)
    case = cases(room, seed=8, numbers=SIZE)
    trace = simulate(room, case, FixedTargets())
    return Judged(trace, windows(trace), case.patient.covariates.weight, 50.0)


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_returns_what_it_declares_for_every_patient(name, judged):
    measure = MEASURES.get(name)
    assert isinstance(measure, Measure)
    values = measure.compute(judged)
    assert set(values) == set(measure.table)
    for metric, value in values.items():
        assert value.shape == (SIZE,), metric
        assert not np.isinf(value).any(), metric
        row = measure.table[metric]
        assert isinstance(row, Metric)
        assert row.label
        assert row.better in ("lower", "higher", None)


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_judges_a_patient_alone_as_in_the_batch(name, judged):
    signals = {signal: values[:, [2]] for signal, values in judged.trace.signals().items()}
    trace = replace(judged.trace, **signals)
    alone = Judged(trace, windows(trace), judged.weight_kg[[2]], judged.target)
    measure = MEASURES.get(name)
    many, one = measure.compute(judged), measure.compute(alone)
    for metric in measure.table:
        np.testing.assert_allclose(one[metric][0], many[metric][2], rtol=1e-6, err_msg=metric)
