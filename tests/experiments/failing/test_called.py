"""Alarms under faults and without, from trials in a folder."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.failing.called import called, noticed
from experiments.failing.trials import NONE, REPORT, Campaign, trials

TIME = np.arange(0.0, 3610.0, 10.0)


def test_an_alarm_counts_from_the_fault_to_ten_minutes_after_it():
    alarm = np.zeros((len(TIME), 3), dtype=bool)
    alarm[5, 0], alarm[60, 1], alarm[200, 2] = True, True, True  # at 50, 600 and 2000 s
    share, soon = noticed(alarm, TIME, np.full(3, 100.0), np.full(3, 700.0))
    assert share == pytest.approx(100.0 / 3.0)
    assert soon == 500.0


def test_what_is_raised_without_the_fault_is_counted_an_hour_and_not_found(tmp_path):
    config = Campaign(agents=("ppo",), wrappers=("shield",), faults=("bis_dropout",), patients=2)
    usual = np.zeros((len(TIME), 2), dtype=bool)
    usual[50:60, 0] = True
    faulty = usual.copy()
    faulty[30:40, 1] = True
    for trial in trials(config):
        said = {REPORT + "alarm_deep": usual if trial.faults == (NONE,) else faulty}
        times = {"starts": np.full(2, 200.0), "ends": np.full(2, 320.0)}
        np.savez(trial.path(tmp_path), time=TIME, **times, **(said if "shield" in trial.arm else {}))
    table = called(config, tmp_path).set_index("fault")
    assert (table["arm"] == "ppo+shield").all()
    assert table["per_hour"].dropna().tolist() == [0.5]
    assert table.loc["bis_dropout", "cases_percent"] == 50.0
    assert table.loc["bis_dropout", "median_s"] == 100.0
