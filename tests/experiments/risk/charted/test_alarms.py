"""What alarms are worth, on stays that can be counted by hand; rules and scores as their papers count."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.risk.charted.alarms import (
    STANDS,
    Stay,
    bearable,
    reaching,
    row,
    sounded,
    table,
    tally,
)
from experiments.risk.intensive_care.scoring import acute_physiology, kidney_stage

HOURS, NEVER = 48, np.inf


def stays(said, came):
    """Return stays that say `said` of themselves from the 11th hour on until the event, and 0 before."""
    came = np.array(came, dtype=float)
    hour = np.arange(1.0, HOURS + 1.0)[:, None]
    levels = np.where(hour > 10.0, np.array(said, dtype=float), 0.0)
    return Stay(np.where(hour < came, levels, np.nan), came)


@pytest.fixture
def mixed():
    """4 cases, of whom 3 are announced; 40 controls, of whom 4 are alarmed; 2 whose event comes later."""
    return stays(
        [0.9] * 3 + [0.1] + [0.9] * 4 + [0.1] * 36 + [0.9] * 2, [30.0] * 4 + [NEVER] * 40 + [60.0] * 2
    )


def test_alarms_are_counted_as_by_hand(mixed):
    found = row(mixed, 0.5, 0)
    assert found["events"] == 4
    assert found["sensitivity"] == 0.75
    assert found["ppv_natural"] == 3.0 / 7.0  # of 3 cases and 4 controls
    assert found["ppv_balanced"] == pytest.approx(0.75 / (0.75 + 0.1))
    assert found["lead_h"] == 19.0  # announced in the 11th hour, come in the 30th


def test_controls_are_cut_off_where_cases_had_their_event():
    late = stays([0.9, 0.1] + [0.9, 0.1] * 20, [10.5, 10.5] + [NEVER] * 40)  # controls alarm after that only
    sums = tally(late, 0.5, 0)
    assert sums.false.sum() == 20
    assert sums.early.sum() < 20


def test_an_alarm_stands_for_hours_in_which_none_sounds():
    over = np.zeros((HOURS, 2), dtype=bool)
    over[3:20, 0] = True
    found = np.flatnonzero(sounded(over, STANDS)[:, 0])
    assert list(found) == [3, 3 + STANDS, 3 + 2 * STANDS]
    assert not sounded(over, STANDS)[:, 1].any()


def test_thresholds_reach_what_was_published_or_sound_no_oftener_than_can_be_borne(mixed):
    assert 0.1 < reaching(mixed, (0.8, 0.7), 0) <= 0.9
    sums = tally(mixed, bearable(mixed, 0), 0)
    assert 24.0 * sums.alarms.sum() <= 0.1 * sums.hours.sum()


def test_an_event_that_nobody_has_is_named(mixed):
    nobody = mixed._replace(came=np.full(len(mixed.came), NEVER))
    with pytest.raises(ValueError, match="death: 0 of 23 stays have it; some must, and some not"):
        table({("death", "anybody"): nobody}, {"death": (0.9, 0.85)}, 0)


def test_stages_of_kidney_injury_are_those_of_kdigo():
    chart = {
        "creatinine": np.array([1.0, 1.5, 2.0, 3.0, 1.0, 1.0]),
        "filtration": np.full(6, 80.0),
        "female": np.zeros(6),
        "urine": np.array([80.0, 80.0, 80.0, 80.0, 35.0, 20.0]),
        "weight": np.full(6, 80.0),
    }
    np.testing.assert_array_equal(kidney_stage(chart), [0.0, 1.0, 2.0, 3.0, 1.0, 3.0])


def test_points_are_those_of_saps_for_what_is_charted():
    well = {
        "age": 35.0, "heart_rate": 80.0, "pressure": 80.0, "temperature": 37.0, "saturation": 99.0,
        "inspired_oxygen": 0.21, "urine": 80.0, "potassium": 4.0, "bilirubin": 1.0, "emergency": 0.0,
    }  # fmt: skip
    ill = {**well, "age": 82.0, "heart_rate": 125.0, "pressure": 45.0, "potassium": 5.5, "emergency": 1.0}
    points = [acute_physiology({name: np.array(value) for name, value in one.items()}) for one in (well, ill)]
    assert points[1] - points[0] == 18.0 + 4.0 + 13.0 + 3.0 + 8.0
