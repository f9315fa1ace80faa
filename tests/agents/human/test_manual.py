"""The manual regimen gives what its table says, whatever is seen."""

import numpy as np
import pytest

from agents.human.manual import Manual
from sim.metrics import case_metrics
from sim.surgery import CLOSING, EMERGENCE
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate
from sim.units import mg_per_kg_h, ug_per_kg_min


@pytest.fixture(scope="module")
def room():
    return Theatre(horizon=7200.0, noise=False, physiology_step=10.0)


@pytest.fixture(scope="module")
def case(room):
    return cases(room, numbers=8)


@pytest.fixture(scope="module")
def trace(room, case):
    return simulate(room, case, Manual())


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_rates_step_down_by_the_clock(trace, case):
    weight = case.patient.covariates.weight
    for minute, propofol, remifentanil in ((5, 10.0, 0.5), (15, 8.0, 0.25), (25, 6.0, 0.25)):
        now = int(minute * 6)
        np.testing.assert_allclose(mg_per_kg_h(trace.propofol[now], weight), propofol, rtol=0.01)
        np.testing.assert_allclose(ug_per_kg_min(trace.remifentanil[now], weight), remifentanil, rtol=0.02)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_bolus_comes_on_top_once(trace, case):
    first = trace.propofol[trace.time <= 300.0].sum(0) * 10.0 / case.patient.covariates.weight
    np.testing.assert_allclose(first, 1.0 + 10.0 / 12.0, rtol=0.01)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_propofol_stops_at_closing_and_remifentanil_at_emergence(trace):
    before = trace.phase[:-1]  # orders answer the reading before the period
    assert not (trace.propofol[1:] > 0.0)[before >= CLOSING].any()
    assert not (trace.remifentanil[1:] > 0.0)[before >= EMERGENCE].any()
    assert (trace.remifentanil[1:] > 0.0)[before < EMERGENCE].all()


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_dosing_by_weight_alone_spreads_patients_wider_than_it_doses_them(trace, case):
    metrics = case_metrics(trace, case.patient.covariates.weight)
    assert np.ptp(metrics["propofol_mg_per_kg_h"]) < 1.0
    assert np.ptp(trace.bis[360]) > 20.0
