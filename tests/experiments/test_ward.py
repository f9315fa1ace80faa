"""Agents compared by expected harm: from a short loop to the report, and how it hangs on what is assumed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments import ward
from experiments.risk.ward import judging
from experiments.risk.ward.admitting import Admitted
from sim.outcomes.ward.exposures import EXPOSURES
from sim.outcomes.ward.links import OUTCOMES, shipped, written
from sim.randomness import case_keys

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
PEOPLE = 40
SHORT = ward.Ward(
    agents=("manual",),
    reference="fixed_targets",
    patients=2,
    horizon=900.0,
    observers=("none",),
    runner="here",
)


@pytest.fixture(scope="module")
def admitted() -> Admitted:
    """Two agents whose people differ by what was done alone."""
    people = np.arange(PEOPLE)
    given = {name: np.zeros(PEOPLE) for name in EXPOSURES} | {"age": 40.0 + people, "asa_2": people % 2.0}
    worse = given | {"map_below_65_min": people % 7.0, "norepinephrine_ug_per_kg": people % 3.0}
    return Admitted(case_keys(1, people), people % 2.0, {"calm": given, "rough": worse})


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The folder of a short comparison."""
    out = tmp_path_factory.mktemp("ward") / "results"
    ward.main(replace(SHORT, out=out), Console(quiet=True))
    return out


def test_a_comparison_writes_means_sensitivity_events_and_a_page(results):
    rows = pd.read_csv(results / "ward.csv")
    assert set(rows["agent"]) == {"fixed_targets", "manual"}
    assert set(rows["quantity"]) == {*OUTCOMES, *judging.BESIDE}
    drawn = pd.read_csv(results / "events.csv")
    assert len(drawn) == 4
    assert drawn["creatinine_0_h"].iloc[:2].to_list() == drawn["creatinine_0_h"].iloc[2:].to_list()
    report = (results / "report.md").read_text(encoding="utf-8")
    assert report.index("This is an assumption, not a measurement") < report.index("odds ratio |")
    assert report.index("odds ratio |") < report.index("Time in BIS 40–60")
    assert (results / "sensitivity.png").stat().st_size > 10_000
    assert (results / "links.csv").read_text(encoding="utf-8") == written(shipped())


def test_other_links_need_no_other_loop(results, capsys):
    """What was simulated is kept; links of one's own change what is expected."""
    before = pd.read_csv(results / "ward.csv").set_index(["agent", "quantity"])["mean"]
    cases = (results / "loop" / "cases.csv").stat().st_mtime_ns
    ward.main(replace(SHORT, out=results, causal=0.0), Console(quiet=True))
    after = pd.read_csv(results / "ward.csv").set_index(["agent", "quantity"])
    assert (results / "loop" / "cases.csv").stat().st_mtime_ns == cases
    for outcome in OUTCOMES:
        assert after.loc[("manual", outcome), "difference"] == 0.0
    assert before.loc[("manual", "kidney")] != after.loc[("manual", "kidney"), "mean"]


def test_agents_differ_in_nothing_where_nothing_is_causal(admitted):
    rows = judging.sensitivity(admitted, shipped(), "calm", 0)
    none = rows[rows["end"] == "none of it causal"]
    assert len(none) == len(OUTCOMES)
    assert (none[["difference", "low", "high"]] == 0.0).all(axis=None)
    half, whole = (rows[rows["end"] == end]["difference"].to_numpy() for end in ("half", "all of it"))
    assert np.all((half > 0.0) & (half < whole))


def test_every_assumption_is_varied_on_its_own(admitted):
    rows = judging.sensitivity(admitted, shipped(), "calm", 0)
    for outcome in OUTCOMES:
        own = rows[rows["outcome"] == outcome]
        links = [link for link in shipped() if link.outcome == outcome]
        assert (own["kind"] == "interval").sum() == 2 * sum(link.used for link in links)
        assert (own["kind"] == "study").sum() == sum(not link.used for link in links)
        base = own[own["kind"] == "table"]["difference"].item()
        assert own[own["end"] == "half"]["difference"].item() == pytest.approx(base)
        pressure = own[own["varied"] == "minutes below 65 mmHg, per 10 min"]["difference"].to_numpy()
        assert pressure[0] < base < pressure[1]


def test_whoever_is_struck_under_the_gentler_agent_is_struck_under_the_rougher_one(admitted):
    drawn = judging.drawn(admitted, shipped())
    calm, rough = (drawn[drawn["agent"] == agent].reset_index() for agent in ("calm", "rough"))
    for outcome in OUTCOMES:
        assert (rough[outcome] >= calm[outcome]).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"causal": 2.0}, r"causal: 2\.0 is not allowed; 0 to 1"),
        ({"links": "bad"}, r"links: bad\.csv has no column 'about'"),
        ({"patients": 0}, "patients: 0 is not allowed"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(tmp_path, change, said):
    if "links" in change:
        path = tmp_path / "bad.csv"
        path.write_text("outcome,exposure\nkidney,age\n", encoding="utf-8")
        change = {"links": path}
    out = tmp_path / "results"
    with pytest.raises(ValueError, match=said):
        ward.main(replace(SHORT, out=out, **change), Console(quiet=True))
    assert not out.exists()
