"""Courses around announced moments, against a hand-made case and the mean of many."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from experiments.loop import moments
from sim.surgery import INCISION
from tests.sim.metrics.hour import TIME, WEIGHT, at, case


def test_every_patient_is_aligned_on_the_own_moment():
    """Two patients whose index steps up as the knife cuts, at different times."""
    begins = np.array([1000.0, 2000.0])
    one = case()
    signals = {name: np.repeat(values, 2, axis=1) for name, values in one.signals().items()}
    signals["phase"] = np.where(TIME[:, None] > begins, float(INCISION), 0.0)
    signals["bis"] = np.where(TIME[:, None] > begins, [60.0, 70.0], 50.0)
    trace = dataclasses.replace(one, **signals)
    table = moments.pooled(moments.around(trace, np.repeat(WEIGHT, 2), "me"))
    bis = table[table["signal"] == "bis"].set_index("offset_s")
    assert set(table["moment"]) == {"incision"}
    assert bis.loc[0.0, "mean"] == 50.0
    assert bis.loc[5.0, "mean"] == 65.0
    assert bis.loc[5.0, "high"] - 65.0 == pytest.approx(1.96 * np.std([60.0, 70.0], ddof=1) / np.sqrt(2.0))
    assert (bis["patients"] == 2).all()


def test_parts_are_pooled_as_if_they_were_one():
    chance = np.random.default_rng(1)
    one = case(phase=at(1000.0, 9e9, INCISION, 0.0))
    signals = {name: np.repeat(values, 6, axis=1) for name, values in one.signals().items()}
    trace = dataclasses.replace(one, **{**signals, "bis": chance.normal(50.0, 5.0, signals["bis"].shape)})
    weights = np.full(6, 70.0)
    whole = moments.around(trace, weights, "me")
    halves = []
    for some in (slice(0, 2), slice(2, 6)):
        part = {name: values[:, some] for name, values in trace.signals().items()}
        halves.append(moments.around(dataclasses.replace(trace, **part), weights[some], "me"))
    both = moments.pooled(pd.concat(halves))
    pd.testing.assert_frame_equal(both, moments.pooled(whole))


def test_what_lies_before_the_case_is_not_counted():
    table = moments.pooled(moments.around(case(phase=at(100.0, 9e9, INCISION, 0.0)), WEIGHT, "me"))
    assert table["offset_s"].min() == -100.0
    assert moments.pooled(moments.around(case(), WEIGHT, "me")).empty
