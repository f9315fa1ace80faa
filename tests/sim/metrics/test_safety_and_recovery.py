"""Awareness, too deep, and waking up, against hand-worked courses."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sim.metrics.hour import at, score


@pytest.mark.parametrize("missing", ["stimulus", "conscious", "bis"])
def test_awareness_needs_stimulation_consciousness_and_a_high_index(missing: str):
    aware = {"stimulus": 0.5, "conscious": 0.9, "bis": 70.0}
    signals = {name: at(1000.0, 1080.0, level, 0.0) for name, level in aware.items()}
    values = score(**signals)
    assert (values["awareness_s"], values["awareness_spell"]) == (80.0, 1.0)
    assert score(**(signals | {missing: 0.0}))["awareness_s"] == 0.0


def test_awareness_counts_after_drugs_were_stopped_too_early():
    values = score(stimulus=at(3100.0, 3155.0, 0.3, 0.0), conscious=1.0, bis=90.0)
    assert (values["awareness_s"], values["awareness_spell"]) == (55.0, 0.0)


def test_too_deep_counts_seconds_below_20():
    assert score(bis=at(200.0, 290.0, 19.9, 20.0))["bis_below_20_s"] == 90.0


def test_recovery_is_timed_from_the_last_drug():
    before = at(-1.0, 120.0, 100.0, 0.0)  # awake at the start, which is no recovery
    bis = at(3300.0, 4000.0, 85.0, 50.0) + before
    values = score(bis=bis, conscious=at(3180.0, 4000.0, 0.6, 0.1) + before / 100.0)
    assert values["recovery_to_bis_80_min"] == pytest.approx((3305.0 - 3000.0) / 60.0)
    assert values["recovery_to_conscious_min"] == pytest.approx((3185.0 - 3000.0) / 60.0)


def test_a_patient_who_does_not_wake_in_the_record_has_no_recovery_time():
    values = score(bis=at(100.0, 3000.0, 50.0, 80.0), conscious=0.5)
    assert np.isnan(values["recovery_to_bis_80_min"])
    assert np.isnan(values["recovery_to_conscious_min"])
