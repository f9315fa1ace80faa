"""Targets are read off the rates that a simulated pump gave for them."""

import numpy as np
import pytest

from experiments.clinicians.targets import courses
from predictors.learning.cases import Cases, Signal
from sim import pumps
from sim.covariates import Covariates
from sim.interfaces import Orders

PERSON = Covariates.of([50.0, 70.0], ["M", "F"], [175.0, 160.0], [75.0, 58.0])
SET = {  # minute -> targets of propofol and remifentanil
    1: (4.0, 4.0),
    15: (4.0, 2.5),
    30: (3.0, 2.5),
    50: (3.5, 5.0),
    80: (3.4, 5.0),
    100: (0.0, 5.0),
    110: (0.0, 0.0),
}


@pytest.fixture(scope="module")
def cases() -> Cases:
    """Two hours, dosed by the pumps of the records, the rates as recorded."""
    controller = pumps.controller(pumps.assumed_kinetics(PERSON, "marsh_pump", "minto"), 10.0)
    state, rates = pumps.start(PERSON.age), []
    none = np.zeros((3, 2))
    targets = np.zeros((3, 2))
    for sample in range(720):
        if sample % 6 == 0 and sample // 6 in SET:
            targets = np.array([*SET[sample // 6], 0.0])[:, None] * np.ones(2)
        rate, state = pumps.run(controller, state, Orders(targets, none), "targets", 10.0)
        rates.append(rate)
    shown = np.array(rates)
    signals = {
        name: Signal(shown[:, drug], 10.0, nothing=0.0)
        for drug, name in enumerate(("propofol", "remifentanil"))
    }
    return Cases(np.array(["a", "b"]), np.array(["a", "b"]), PERSON, np.full(2, 7200.0), signals)


def test_known_targets_and_their_times_are_recovered(cases):
    for propofol, remifentanil in courses(cases):
        np.testing.assert_allclose(propofol.target, [4.0, 3.0, 3.5, 3.4, 0.0], rtol=0.02)
        np.testing.assert_allclose(propofol.sample / 6.0, [1.0, 30.0, 50.0, 80.0, 100.0], atol=0.6)
        np.testing.assert_allclose(remifentanil.target, [4.0, 2.5, 5.0, 0.0], rtol=0.02)
        np.testing.assert_allclose(remifentanil.sample / 6.0, [1.0, 15.0, 50.0, 110.0], atol=0.6)


def test_a_constant_rate_betrays_no_target(cases):
    """By hand, in mL/h: nothing is made up."""
    steady = {name: Signal(0.0 * cases[name] + 0.1, 10.0) for name in ("propofol", "remifentanil")}
    assert all(len(course.target) <= 2 for pair in courses(cases.with_signals(**steady)) for course in pair)
