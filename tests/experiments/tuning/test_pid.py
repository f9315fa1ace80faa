"""Tuning the PID: it repeats itself, punishes what it should, and leaves what made it beside the gains."""

from __future__ import annotations

import json

import numpy as np
import pytest

from agents.control import pid
from experiments.published.loops import Recording
from experiments.running.command_line import run
from experiments.tuning import pid as tuning


def test_tuning_repeats_itself_and_its_file_is_read_by_the_agent(tmp_path):
    shipped = pid.TUNED_SETTINGS.read_bytes()
    for name in ("one", "two"):
        arguments = ["--cases", "3", "--generations", "1", "--candidates", "8", "--out", str(tmp_path / name)]
        run(tuning.main, tuning.Config, arguments)
    one, two = (pid.read_settings(tmp_path / name / "pid_tuned.json") for name in ("one", "two"))
    assert one == two
    assert pid.pid_tuned(tmp_path / "one").settings == one
    card = (tmp_path / "one" / "pid_tuned.md").read_text()
    assert card == tuning.card(json.loads((tmp_path / "one" / "pid_tuned.json").read_text()))
    assert (tmp_path / "one" / "config.json").exists()
    assert pid.TUNED_SETTINGS.read_bytes() == shipped


def test_tuning_punishes_the_same_error_more_below_40():
    def cost(index):
        return tuning.induction_cost(Recording(None, np.full((599, 1, 4), index), None))[0]

    assert cost(61.0) == pytest.approx(599 * 11.0**2)
    assert cost(39.0) == pytest.approx(599 * 11.0**2.6)
    assert cost(41.0) == pytest.approx(599 * 9.0**2)
