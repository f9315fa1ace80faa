"""Drug given, against hand-worked rates."""

from __future__ import annotations

import pytest

from tests.sim.metrics.hour import at, score


def test_doses_of_a_bolus_and_a_constant_rate():
    # 50 kg; 5 mg/s for 20 s (100 mg), then 0.1 mg/s to 3060 s (300 mg); 0.2 µg/s for 50 min (600 µg).
    propofol = at(40.0, 60.0, 5.0, 0.0) + at(60.0, 3060.0, 0.1, 0.0)
    norepinephrine = at(600.0, 1100.0, 0.05, 0.0)
    changes = at(400.0, 450.0, 1.0, 0.0)  # ten, and one after the drugs were stopped
    changes[-1] = 1.0
    remifentanil = at(60.0, 3060.0, 0.2, 0.0)
    values = score(
        propofol=propofol, remifentanil=remifentanil, norepinephrine=norepinephrine, order_changes=changes
    )
    expected = {
        "propofol_mg_per_kg": 8.0,
        "propofol_mg_per_kg_h": 0.1 * 3600.0 / 50.0,
        "propofol_peak_mg_per_kg_h": 360.0,
        "propofol_variation_mg_per_kg_h": 2.0 * 360.0,  # up to the peak, down to 7.2, down to 0
        "remifentanil_ug_per_kg": 12.0,
        "remifentanil_ug_per_kg_min": 0.24,
        "remifentanil_peak_ug_per_kg_min": 0.24,
        "remifentanil_variation_ug_per_kg_min": 0.48,
        "norepinephrine_ug_per_kg": 0.5,
        "order_changes_per_h": 10.0 / ((3060.0 - 340.0) / 3600.0),
    }
    assert {name: values[name] for name in expected} == pytest.approx(expected)


def test_a_rate_still_running_at_the_end_of_the_record_has_not_been_changed():
    assert score(propofol=at(60.0, 4000.0, 0.1, 0.0))["propofol_variation_mg_per_kg_h"] == pytest.approx(7.2)
