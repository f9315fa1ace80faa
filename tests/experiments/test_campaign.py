"""Campaigns: agents under faults, paired with the same cases without; continued, shown, refused."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from agents import WRAPPERS
from experiments import campaign
from experiments.failing import kinds, showing, trials
from experiments.failing.trials import Campaign
from tests.plugged import plug

QUIET = Console(file=io.StringIO())
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
FAULTS = ("disconnection:at=400,seconds=300", "bis_bias:at=400 + bis_noise:at=400", "controller_nan:at=400")
OF_CASES = (
    "patient_c50",
    "norepinephrine_potency",
    "wrong_sex",
    "wrong_weight",
    "blood_loss",
    "stimulus",
    "early_end",
)


def config(out: Path) -> Campaign:
    return Campaign(
        agents=("fixed_targets", "pid_tuned"),
        wrappers=(),
        faults=FAULTS,
        patients=3,
        horizon=1200.0,
        workers=1,
        out=out,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("campaign") / "run"
    campaign.main(config(out), QUIET)
    return out


def test_every_agent_meets_every_fault_in_the_same_cases(finished):
    cases, summary = pd.read_csv(finished / "cases.csv"), pd.read_csv(finished / "summary.csv")
    assert len(cases) == 2 * 3 * 3
    assert summary["arm"].tolist() == ["fixed_targets"] * 3 + ["pid_tuned"] * 3
    assert summary["patients"].tolist() == [3] * 6
    by = dict(iter(cases.groupby(["arm", "fault"])))
    # Targets that nobody moves do not see a biased index; all feel that nothing arrives.
    biased, lost = (by["fixed_targets", fault] for fault in (FAULTS[1], FAULTS[0]))
    np.testing.assert_array_equal(biased["out_percent"], biased["out_percent_without"])
    assert (lost["highest_bis"] > lost["highest_bis_without"] + 1.0).all()
    fooled = by["pid_tuned", FAULTS[1]]
    assert (fooled["lowest_bis"] < fooled["lowest_bis_without"]).all()


def test_the_page_says_who_passes(finished):
    text = (finished / "campaign.md").read_text()
    assert text.count("\n| `") == 6
    assert "Rules of depth and pressure passed: fixed_targets: " in text
    assert (finished / "campaign.png").exists()
    summary = pd.read_csv(finished / "summary.csv")
    drawn = [text.get_text() for text in showing.picture(summary).axes[0].texts]
    order = summary.sort_values("fault", key=lambda names: names.map(FAULTS.index), kind="stable")
    told = zip(order["more"], order["passes"], strict=True)
    assert drawn == [f"{more:+.0f}{'' if passes else ' ×'}" for more, passes in told]


def test_a_campaign_that_was_interrupted_goes_on_to_the_same_numbers(finished, monkeypatch):
    before = (finished / "cases.csv").read_bytes()
    lost = next(
        trial for trial in trials.trials(config(finished)) if trial.arm == "pid_tuned" and any(trial.faults)
    )
    lost.path(finished / "trials").unlink()
    lived = []
    real = trials.live
    monkeypatch.setattr(trials, "live", lambda *given: lived.append(given[2]) or real(*given))
    campaign.main(config(finished), QUIET)
    assert lived == [lost]
    assert (finished / "cases.csv").read_bytes() == before


def test_faults_side_by_side_do_what_they_do_alone(tmp_path, monkeypatch):
    brief = replace(config(tmp_path / "run"), patients=2, horizon=600.0)
    asked = replace(brief, agents=("pid_tuned",), faults=(*FAULTS, *OF_CASES))
    assert [len(trial.faults) for trial in trials.trials(asked)] == [1, 10]
    campaign.main(asked, QUIET)
    monkeypatch.setattr(trials, "PATIENTS", 1)
    apart = replace(asked, out=tmp_path / "apart")
    assert [len(trial.faults) for trial in trials.trials(apart)] == [1] * 11
    campaign.main(apart, QUIET)
    one, other = (pd.read_csv(folder / "cases.csv") for folder in (asked.out, apart.out))
    pd.testing.assert_frame_equal(one, other, rtol=1e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"faults": ("bis_bais",)}, "fault: unknown name 'bis_bais'; allowed are"),
        ({"faults": ("cautery", "cautery")}, "faults: cautery, cautery names one twice"),
        ({"agents": ("nobody",)}, "agent: unknown name 'nobody'; allowed are"),
        ({"wrappers": ("nothing",)}, "wrapper of agents: unknown name 'nothing'"),
        ({"agents": ()}, "agents: none is not allowed; one or more, each once"),
        ({"patients": 0}, "patients: 0 is not allowed; 1 or more"),
    ],
)
def test_what_cannot_be_tried_is_refused_before_anything_is_written(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        campaign.main(replace(config(tmp_path / "run"), **changes), QUIET)
    assert not (tmp_path / "run").exists()


@dataclass(frozen=True)
class Careful:
    """Gives a little less than the agent says, and an alarm while the index is not valid."""

    agent: Any
    guards: ClassVar[str] = "agent"

    @property
    def orders(self):
        return self.agent.orders

    def initial(self, covariates, keys):
        return self.agent.initial(covariates, keys), np.zeros(len(keys))

    def act(self, state, readings, estimates):
        orders, memory = self.agent.act(state[0], readings, estimates)
        less = replace(orders, infusions=0.9 * np.nan_to_num(orders.infusions))
        return less, (memory, 1.0 * ~readings.bis_valid)

    def report(self, state):
        return {"alarm_index": state[1], "held": state[1]}


def test_a_wrapper_is_tried_beside_the_bare_agent_and_its_alarms_are_timed(tmp_path, monkeypatch):
    plug(monkeypatch, WRAPPERS, "careful", Careful)
    asked = replace(config(tmp_path / "run"), agents=("fixed_targets",), wrappers=("careful",), noise=False)
    campaign.main(replace(asked, faults=("bis_dropout:at=600",)), QUIET)
    summary = pd.read_csv(tmp_path / "run" / "summary.csv").set_index(["arm", "fault"])
    cost = summary.loc[("fixed_targets+careful", kinds.NOTHING)]
    assert cost["more"] != 0.0  # less is given
    behind, bare = (
        summary.loc[(arm, "bis_dropout:at=600")] for arm in ("fixed_targets+careful", "fixed_targets")
    )
    assert (behind["alarmed_percent"], behind["held_percent"], bare["alarmed_percent"]) == (100.0, 100.0, 0.0)
    assert behind["alarm_s"] == 10.0  # seen at 600 s, said with the orders of the next turn
    headings, rows = showing.across(summary.reset_index())
    assert headings == ["fault", "fixed_targets", "fixed_targets+careful"]
    assert [row[0] for row in rows] == ["`bis_dropout:at=600`", f"`{kinds.NOTHING}`"]
    assert rows[0][2].endswith(", alarm 100 % (10 s)")
