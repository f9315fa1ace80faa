"""The task of cardiac arrest: the score counts as its paper does, cases hold what was charted, the learner fits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.risk.arrest.scoring import early_warning
from experiments.risk.arrest.sites import CHART, GENERAL, WEEKS
from experiments.risk.charted.recorded import recorded
from experiments.risk.charted.simulated import truth
from experiments.tasks import TASKS
from experiments.tasks import arrest as task
from experiments.tasks.contract import learners
from predictors.risk.charted.kwon2018 import ARREST


@pytest.fixture(scope="module")
def weeks():
    return GENERAL.cases(300, 12)


def test_points_are_those_of_the_modified_early_warning_score():
    signs = {
        "systolic": [120.0, 65.0, 75.0, 95.0, 210.0, np.nan],
        "heart_rate": [80.0, 35.0, 45.0, 105.0, 140.0, 115.0],
        "respiratory_rate": [12.0, 8.0, 16.0, 25.0, 35.0, np.nan],
        "temperature": [36.8, 34.0, 38.4, 38.6, 37.0, np.nan],
    }
    points = early_warning({name: np.array(values) for name, values in signs.items()})
    np.testing.assert_array_equal(points, [0.0, 9.0, 4.0, 6.0, 8.0, 2.0])


def test_who_knows_the_truth_answers_at_every_twelfth_hour(weeks):
    said = truth(WEEKS, weeks, 2)["arrest"]
    asked = np.arange(len(said)) % 6 == 5
    assert np.isfinite(said[asked]).all()
    assert np.isnan(said[~asked]).all()
    assert np.isfinite(task.rules(weeks)["arrest"]).all()


def test_charts_of_ones_own_are_read(weeks, tmp_path):
    people = pd.DataFrame({"stay": weeks.who, "subject": weeks.subject})
    people = people.assign(
        age=weeks["age"][0], female=weeks["female"][0], arrest_h=weeks.label("arrest_h")[0]
    )
    people.replace(np.inf, np.nan).to_csv(tmp_path / "stays.csv", index=False)
    rows = pd.DataFrame({name: weeks[name].astype(float).T.ravel() for name in CHART.channels})
    rows.insert(0, "hour", np.tile(CHART.hours * (1.0 + np.arange(CHART.rows)), weeks.count))
    rows.insert(0, "stay", np.repeat(weeks.who, CHART.rows))
    rows.to_csv(tmp_path / "charts.csv", index=False)
    found, _ = recorded(CHART, tmp_path)
    np.testing.assert_allclose(found["systolic"], weeks["systolic"], rtol=1e-6)
    np.testing.assert_array_equal(found.label("arrest"), weeks.label("arrest"))


def test_the_task_and_its_learner_fit():
    assert list(learners(TASKS.get("arrest"))) == ["arrest"]
    assert ARREST.channels is CHART.channels
