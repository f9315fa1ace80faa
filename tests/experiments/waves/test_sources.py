"""Agents with an index of the EEG beside themselves with the usual one: paired by patient, by metric."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.waves import sources
from experiments.waves.sources import METRICS, SOURCES, Sources, compared, draw


def cases(shift: float, order: list[int]) -> pd.DataFrame:
    """Two agents on four patients, in some order; `shift` is added to every metric of the second agent."""
    rows = [
        {"agent": agent, "patient": patient}
        | {
            metric: 10.0 * patient + number + (shift if agent == "b" else 0.0)
            for number, metric in enumerate(METRICS)
        }
        for agent in ("a", "b")
        for patient in order
    ]
    return pd.DataFrame(rows)


def test_differences_are_paired_by_patient_whatever_the_order():
    table = compared(cases(0.0, [0, 1, 2, 3]), cases(3.0, [2, 0, 3, 1]))
    assert len(table) == 2 * len(METRICS)
    by_agent = table.groupby("agent")["difference"]
    np.testing.assert_allclose(by_agent.min(), [0.0, 3.0])
    np.testing.assert_allclose(by_agent.max(), [0.0, 3.0])
    np.testing.assert_allclose(table["low"], table["difference"])
    assert (table["eeg"] - table["surface"]).tolist() == pytest.approx(table["difference"].tolist())
    assert len([axes for axes in draw(table).axes if axes.axison]) == len(METRICS)


def test_patients_that_are_in_one_only_are_refused():
    twice = pd.concat([cases(0.0, [0, 1]), cases(0.0, [1])])
    with pytest.raises(pd.errors.MergeError):
        compared(cases(0.0, [0, 1]), twice)


@pytest.mark.slow
def test_both_sources_are_simulated_and_compared(tmp_path):
    sources.main(
        Sources(agents=("anaesthetist_textbook",), patients=2, horizon=1200.0, workers=1, out=tmp_path)
    )
    table = pd.read_csv(tmp_path / "sources.csv")
    assert set(table["metric"]) == set(METRICS)
    assert all((tmp_path / source / "report.html").exists() for source in SOURCES)
    assert (tmp_path / "sources.png").stat().st_size > 1000
