"""Observers are scored on whole runs: each estimate meets the index of the moment it was made for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.judging.estimates import score

MINUTES = 40


@pytest.fixture
def traces():
    """Two agents, three patients whose index wanders; one observer knows it, one is always 5 too high."""
    random, parts = np.random.default_rng(0), []
    for agent in ("first", "second"):
        for patient in range(3):
            bis = 50.0 + np.cumsum(random.normal(0.0, 3.0, MINUTES))
            ahead = np.append(bis[2:], [0.0, 0.0])
            parts.append(
                pd.DataFrame(
                    {
                        "agent": agent,
                        "patient": patient,
                        "time_s": 60.0 * np.arange(MINUTES),
                        "bis": bis,
                        "estimated_seer.bis_in_120s": ahead,
                        "estimated_high.bis": bis + 5.0,
                        "estimated_high.effect_propofol": bis,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def test_who_knows_the_index_ahead_is_right_and_a_bias_is_seen(traces):
    found = score(traces).set_index(["agent", "observer", "horizon", "metric"])
    assert set(found.index.get_level_values("observer")) == {"seer", "high"}
    for agent in ("first", "second"):
        assert found.loc[(agent, "seer", 120, "RMSE"), "estimate"] == pytest.approx(0.0, abs=1e-6)
        assert found.loc[(agent, "seer", 120, "CCC"), "estimate"] == pytest.approx(1.0)
        assert found.loc[(agent, "seer", 120, "RMSE"), "samples"] == 3 * (MINUTES - 2)
        high = found.loc[(agent, "high", 0, "RMSE")]
        assert high["low"] == pytest.approx(5.0)
        assert high["high"] == pytest.approx(5.0)


def test_what_nobody_estimated_of_the_index_is_not_scored(traces):
    columns = [name for name in traces.columns if "bis_in" not in name and ".bis" not in name]
    assert score(traces[columns]).empty
