"""The search for the worst case: what a point means, what harm is, and that cases side by side are the cases alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.failing import kinds
from experiments.failing.playing import Candidate, harmed, played
from experiments.failing.search import Adversary, axes, candidate, check
from sim.faults.plan import together
from sim.surgery import CLOSING, INCISION
from sim.theatre.trace import Trace

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
CONFIG = Adversary(agents=("fixed_targets",), faults=("occlusion",), among=4, horizon=1200.0)


def test_ranges_are_the_sizes_that_campaigns_try():
    assert kinds.ranges("bis_bias") == {"size": (-20.0, 20.0)}
    assert kinds.ranges("occlusion") == {"seconds": (120.0, 600.0)}
    assert kinds.ranges("stimulus") == {"size": (20.0, 40.0)}
    assert kinds.ranges("wrong_sex") == {}


def test_a_point_is_a_case_as_it_is_written():
    names = [(axis.fault, axis.name) for axis in axes(CONFIG, "occlusion")]
    assert names == [
        ("", "number"),
        ("patient_c50", "factor"),
        ("patient_ke0", "factor"),
        ("occlusion", "at"),
        ("occlusion", "seconds"),
    ]
    low, high = (candidate(CONFIG, "occlusion", [end] * 5) for end in (0.0, 1.0))
    bounds = ("occlusion:at=180,seconds=120", "patient_c50:factor=0.5", "patient_ke0:factor=0.5")
    assert low == Candidate(0, bounds)
    bounds = ("occlusion:at=1020,seconds=600", "patient_c50:factor=1.5", "patient_ke0:factor=2")
    assert high == Candidate(3, bounds)
    middle = candidate(CONFIG, "", [0.5] * 3)
    assert middle == Candidate(2, ("patient_c50:factor=0.866", "patient_ke0:factor=1"))  # ratios, geometric


def test_cases_side_by_side_are_the_cases_alone():
    every = [
        Candidate(2, ("occlusion:at=300,seconds=120", "patient_c50:factor=0.7")),
        Candidate(2, ("occlusion:at=500,seconds=300", "patient_c50:factor=1.4")),
        Candidate(0, ("occlusion:at=500,seconds=60", "patient_c50:factor=1.4")),
    ]
    given = CONFIG.evaluation()
    both = played(given, "fixed_targets", every)
    for place, one in enumerate(every):
        alone = played(given, "fixed_targets", [one])
        np.testing.assert_allclose(both.bis[:, place], alone.bis[:, 0], rtol=1e-6)
    assert (both.propofol[40, :2] == 0.0).tolist() == [True, False]


def test_cases_with_other_faults_do_not_go_together():
    with pytest.raises(ValueError, match="faults: none is not allowed beside cautery:at=3; the same ones"):
        together([("cautery:at=3",), ()], 100.0)
    with pytest.raises(ValueError, match=r"faults: cautery does not say when; at=\.\.\. is needed here"):
        together([("cautery",)], 100.0)


def test_harm_is_counted_by_its_kind():
    samples = 100
    full = np.full((samples, 1), 50.0)
    bis, pressure, conscious, phase = full.copy(), full + 30.0, 0.0 * full, 0.0 * full + INCISION
    bis[60:70], bis[10:20] = 15.0, 70.0  # the first is the induction's
    pressure[80:83], conscious[70:72] = 50.0, 0.9
    conscious[95:], phase[95:] = 0.9, CLOSING
    blank = {
        name: full
        for name in Trace.__dataclass_fields__
        if name not in ("time", "estimates", "more", "reports")
    }
    signals = {"bis": bis, "mean_arterial_pressure": pressure, "conscious": conscious, "phase": phase}
    trace = Trace(np.arange(samples) * 10.0, **{**blank, **signals})
    _, parts = harmed(trace, "all")
    found = {name: float(parts[f"{name}_s"][0]) for name in ("out", "deep", "low", "aware")}
    assert found == {"out": 100.0, "deep": 100.0, "low": 30.0, "aware": 20.0}
    assert harmed(trace, "all")[0][0] == 100.0 + 10.0 * 150.0
    assert harmed(trace, "low")[0][0] == 30.0
    assert parts["lowest_bis"][0] == 15.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"faults": ("occlusion:seconds=3",)}, "faults: occlusion:seconds=3 is not allowed; a name alone"),
        ({"faults": ("x",)}, "fault: unknown name 'x'"),
        ({"generations": 0}, "generations: 0 is not allowed; 1 or more"),
        ({"agents": ()}, "agents: none is not allowed"),
    ],
)
def test_what_cannot_be_searched_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        check(replace(CONFIG, **changes))
