"""Arms in the report: what is won and paid, what became of the cases, one row for all training seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.judging.arms import pairs, profiles
from experiments.judging.statistics import summarise
from experiments.judging.verdicts import PRESSURE, PRIMARY
from experiments.loop.joining import PAIRED
from experiments.reporting import arms

CHANCE = np.random.default_rng(1)
PAID = [PRIMARY, *arms.PRICE]


def cases(**shifts: float) -> pd.DataFrame:
    """Return agents who differ from each other by as much in every metric, patient by patient."""
    base = {metric: CHANCE.gamma(4.0, 5.0, 60) for metric in (*PAID, arms.ASLEEP)}
    rows = []
    for agent, shift in shifts.items():
        own = {metric: values + shift + CHANCE.normal(0.0, 0.1, 60) for metric, values in base.items()}
        own[arms.ASLEEP] = np.arange(60) < 6
        rows.append(pd.DataFrame({"agent": agent.replace("_seed", "@seed"), "patient": range(60), **own}))
    return pd.concat(rows)


def test_what_is_won_is_blue_and_what_is_paid_is_red():
    table = cases(human=0.0, better=-2.0, worse=2.0, alike=0.0)
    found = {row["agent"]: row["cells"] for row in arms.price(pairs.compare(table, PAID), "human")}
    assert list(found) == ["better", "worse", "alike"]
    assert {cell["side"] for cell in found["better"]} == {"ahead"}
    assert {cell["side"] for cell in found["worse"]} == {"behind"}
    assert found["better"][0]["text"].endswith(" %")
    assert found["better"][1]["text"][:2] in ("−1", "−2")


def test_seeds_are_one_row_with_their_spread_and_every_case_is_accounted_for():
    table = cases(human=0.0, ppo_seed1=-3.0, ppo_seed2=-5.0)
    missing = (table["agent"] == "human") & (table["patient"] < 4)
    table.loc[missing, PRIMARY] = np.nan
    summary = summarise(table, "human")
    rows = arms.primary_rows(summary, profiles.aggregates(table, PRIMARY), pairs.compare(table, [PRIMARY]))
    assert [row["agent"] for row in rows] == ["human", "ppo@seeds"]
    assert rows[1]["seeds"].startswith("2 training seeds: ")
    assert (rows[0]["p"], rows[1]["p"]) == ("–", "< 0.001")
    flow = arms.flow(summary, 60)
    assert [(row["seeds"], row["judged"], row["without"]) for row in flow] == [(1, 56, 4), (2, 60, 0)]
    assert flow[0]["asleep_percent"] == "10.0"


def test_training_seeds_declare_what_the_first_declares():
    said = [{"name": "human"}, {"name": "ppo@seed1", "sees": "one"}, {"name": "ppo@seed2", "sees": "two"}]
    assert arms.declared(said) == [{"name": "human"}, {"name": "ppo@seeds", "sees": "one"}]


def test_the_primary_metric_and_its_price_are_compared_among_all_arms():
    assert {PRIMARY, PRESSURE, *arms.PRICE} <= set(PAIRED)
