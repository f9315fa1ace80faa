"""The fit of the anaesthetist as recorded, from a folder of records to what can be published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agents.human.as_recorded import TABLE, as_recorded
from experiments.clinicians import habits
from experiments.tuning import anaesthetist
from experiments.tuning.anaesthetist import Calibration, calibrate
from experiments.tuning.publishing import publish

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.slow
def test_the_command_leaves_habits_quantiles_and_a_card_that_can_be_published(dosed, tmp_path):
    shipped = TABLE.read_bytes()
    calibrate(Calibration(dosed, tmp_path / "results", rounds=1, patients=20, report_patients=20))
    found = as_recorded(tmp_path / "results").habits
    for dial, typical in zip(found.dials, as_recorded().habits.dials, strict=True):
        assert np.exp(dial.start[0]) == pytest.approx(np.exp(typical.start[0]), rel=0.2)
    table = pd.read_csv(tmp_path / "results" / "anaesthetist_as_recorded.csv")
    assert {"recorded", "as_recorded", "textbook", "recorded_others"} <= set(table)
    assert len(publish("anaesthetist", tmp_path / "results", tmp_path / "package")) == 3
    assert TABLE.read_bytes() == shipped


def test_pushed_habits_set_higher_targets(dosed):
    own = as_recorded()
    moved = type(own)(habits.pushed(own.habits, np.array([0.8, -0.8]), np.ones(2)))
    part = anaesthetist.part(dosed, "train", 0, 20, 5)
    usual, other = (part.simulated(agent) for agent in (own, moved))
    more, less = (other[dose][2] / usual[dose][2] for dose in anaesthetist.DOSES)
    assert more > 1.1
    assert less < 0.9


def test_too_few_cases_with_targets_are_refused(dosed):
    cases, _ = anaesthetist.read_cases(dosed)
    with pytest.raises(ValueError, match="data: 3 cases with targets of both pumps are not enough"):
        habits.practice(cases.select(np.arange(3)))


def test_an_option_that_is_not_allowed_is_named():
    with pytest.raises(ValueError, match="patients: 3 is not allowed; 20 or more"):
        Calibration(patients=3)
