"""The closed-loop experiment end to end: the same patients for all, nothing lost, mixed or half-written."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from agents.control.pid import TUNED_SETTINGS
from experiments import closed_loop
from experiments.judging.verdicts import PRIMARY
from experiments.loop import evaluation, parts
from experiments.loop.evaluation import Evaluation
from experiments.running import command_line, freshness
from predictors import OBSERVERS
from predictors.nominal import NominalObserver
from sim.cohort import COHORTS, sample, surgical_people
from sim.faults import FAULTS
from sim.faults.fault import Fault
from sim.metrics import MEASURES, Measure, Metric, case_metrics, metric_table
from sim.surgery import SURGERIES, Profile
from sim.theatre import Theatre
from sim.theatre.rollout import simulate
from tests.plugged import plug

QUIET = Console(quiet=True)
LIVE = parts.live
AGENTS = ("fixed_targets", "pid_published")


def config(out: Path) -> Evaluation:
    return Evaluation(
        agents=AGENTS, reference="fixed_targets", patients=4, horizon=1200.0, seed=5, workers=1, out=out
    )


@pytest.fixture(scope="module", autouse=True)
def no_report():
    """Drawing is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closed_loop.report, "write", lambda folder: folder)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory, no_report):
    folder = tmp_path_factory.mktemp("closed_loop") / "run"
    closed_loop.main(config(folder), QUIET)
    return folder


@pytest.fixture
def cut_in_twos(monkeypatch):
    monkeypatch.setattr(parts, "PATIENTS_PER_PART", 2)


def test_every_agent_meets_the_same_patients(finished):
    cases = pd.read_csv(finished / "cases.csv")
    assert set(metric_table()) <= set(cases.columns)
    first, second = (cases[cases["agent"] == agent].reset_index(drop=True) for agent in AGENTS)
    people = ["patient", "age", "sex", "height", "weight"]
    assert first["patient"].tolist() == [0, 1, 2, 3]
    assert first["age"].nunique() > 1
    pd.testing.assert_frame_equal(first[people], second[people])


def test_a_patient_lives_the_same_case_alone(finished):
    cases = pd.read_csv(finished / "cases.csv")
    own = cases[(cases["agent"] == "pid_published") & (cases["patient"] == 2)].iloc[0]
    options = config(finished)
    case = evaluation.admitted(options, np.array([2]))
    trace = simulate(Theatre.of(options, "rates"), case, evaluation.agent_named("pid_published"))
    alone = case_metrics(trace, case.patient.covariates.weight)
    for name in metric_table():
        assert own[name] == pytest.approx(alone[name][0], rel=1e-4, abs=1e-4, nan_ok=True), name


def test_doses_of_the_minutes_add_up_to_the_doses_of_the_cases(finished):
    cases = pd.read_csv(finished / "cases.csv").set_index(["agent", "patient"])
    traces = pd.read_parquet(finished / "traces.parquet")
    given = 60.0 * traces.groupby(["agent", "patient"])["propofol"].sum()
    assert (given > 0.0).all()
    expected = cases["propofol_mg_per_kg"] * cases["weight"]
    np.testing.assert_allclose(given.sort_index(), expected.sort_index(), rtol=1e-4)


def test_a_minute_counts_every_change_of_orders(finished):
    minutes, periods = (pd.read_parquet(finished / f"{name}.parquet") for name in ("traces", "worst"))
    counted = [table.groupby(["agent", "patient"])["order_changes"].sum() for table in (minutes, periods)]
    assert counted[1].max() > 50.0
    pd.testing.assert_series_equal(counted[0].loc[counted[1].index], counted[1])


def test_estimates_are_columns_of_the_traces(tmp_path):
    """Who was asked for, and whom an agent needs; every agent is given the same."""
    options = replace(config(tmp_path / "run"), agents=("fixed_targets", "ppo"), patients=2, horizon=600.0)
    closed_loop.main(replace(options, observers=("persistence",)), QUIET)
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["observers"] == ["persistence", "nominal"]
    expected = [f"estimated_persistence.{name}" for name in OBSERVERS.get("persistence")().estimates]
    expected += [f"estimated_nominal.{name}" for name in NominalObserver().estimates]
    for name, samples in (("traces", 11), ("worst", 61)):
        table = pd.read_parquet(tmp_path / "run" / f"{name}.parquet")
        assert [column for column in table if column.startswith("estimated_")] == expected
        assert table.notna()[expected].all(axis=None)
        assert (table.groupby(["agent", "patient"])["estimated_nominal.bis"].count() == samples).all()
    first, last = table[table["time_s"] == 0.0], table[table["time_s"] == 600.0]
    assert (first["estimated_nominal.plasma_propofol"] == 0.0).all()
    assert (last["estimated_nominal.plasma_propofol"] > 0.5).all()


def test_nobody_is_asked_unless_an_agent_needs_somebody(tmp_path):
    options = replace(config(tmp_path / "run"), observers=("none",), patients=2, horizon=310.0)
    assert evaluation.equipped(options, AGENTS).observers == ()
    assert evaluation.equipped(options, (*AGENTS, "ppo")).observers == ("nominal",)
    closed_loop.main(options, QUIET)
    traces = pd.read_parquet(tmp_path / "run" / "traces.parquet")
    assert not [column for column in traces if column.startswith("estimated_")]


def test_worst_cases_are_kept_at_every_control_period(finished):
    cases, worst = pd.read_csv(finished / "cases.csv"), pd.read_parquet(finished / "worst.parquet")
    for agent, own in cases.groupby("agent"):
        kept = worst[worst["agent"] == agent]
        assert set(kept["patient"]) == set(own.nlargest(3, PRIMARY)["patient"])
        assert (kept.groupby("patient")["time_s"].count() == 121).all()


def test_the_worst_come_first_and_no_value_is_worst_of_all():
    assert parts.worst_first(np.array([80.0, 20.0, np.nan, 20.0])).tolist() == [2, 0, 1, 3]


def test_running_again_simulates_nothing(finished, monkeypatch):
    before = (finished / "cases.csv").stat().st_mtime_ns
    monkeypatch.setattr(parts, "live", lambda *_: pytest.fail("simulated again"))
    closed_loop.main(config(finished), QUIET)
    assert (finished / "cases.csv").stat().st_mtime_ns == before


def test_another_configuration_is_refused(finished):
    before = {path.name: path.stat().st_mtime_ns for path in finished.iterdir()}
    with pytest.raises(ValueError, match=r"holds a run with seed 5, not 6; name another folder"):
        closed_loop.main(replace(config(finished), seed=6), QUIET)
    assert {path.name: path.stat().st_mtime_ns for path in finished.iterdir()} == before


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="holds files that are no run"):
        closed_loop.main(config(tmp_path), QUIET)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_interrupted_run_keeps_its_parts_and_continues(finished, tmp_path, monkeypatch, cut_in_twos):
    simulated, live = [], parts.live

    def interrupted(options, folder, part, report):
        if len(simulated) == 3:
            raise KeyboardInterrupt
        simulated.append(part)
        live(options, folder, part, report)

    monkeypatch.setattr(parts, "live", interrupted)
    with pytest.raises(KeyboardInterrupt):
        closed_loop.main(config(tmp_path / "run"), QUIET)
    assert len(list((tmp_path / "run" / "parts").glob("*.cases.parquet"))) == 3
    assert not (tmp_path / "run" / "cases.csv").exists()

    simulated.clear()
    closed_loop.main(config(tmp_path / "run"), QUIET)
    assert [(part.agent, part.first) for part in simulated] == [("pid_published", 2)]
    assert not (tmp_path / "run" / "parts").exists()
    whole, joined = (pd.read_csv(folder / "cases.csv") for folder in (finished, tmp_path / "run"))
    pd.testing.assert_frame_equal(whole, joined, rtol=1e-5)


def test_results_of_other_code_are_not_continued(tmp_path, monkeypatch, cut_in_twos):
    options = replace(config(tmp_path / "run"), agents=("fixed_targets",), horizon=310.0)
    closed_loop.main(options, QUIET)
    simulated, live = [], parts.live
    monkeypatch.setattr(freshness, "files", lambda *_: {"sim/pumps.py": "other code"})
    monkeypatch.setattr(parts, "live", lambda *given: (simulated.append(given[2]), live(*given)))
    closed_loop.main(options, QUIET)
    assert len(simulated) == 2


def test_settings_that_are_not_published_take_part_beside_those_that_are(tmp_path):
    shutil.copytree(TUNED_SETTINGS.parent, tmp_path / "mine")
    other = f"pid_tuned@{tmp_path / 'mine'}"
    options = replace(config(tmp_path / "run"), reference="pid_tuned", agents=(other,), horizon=310.0)
    closed_loop.main(options, QUIET)
    cases = pd.read_csv(tmp_path / "run" / "cases.csv").set_index("patient")
    first, second = (cases[cases["agent"] == agent] for agent in ("pid_tuned", "pid_tuned@mine"))
    pd.testing.assert_frame_equal(first.drop(columns="agent"), second.drop(columns="agent"))
    described = json.loads((tmp_path / "run" / "run.json").read_text())["agents"]
    assert [agent["name"] for agent in described] == ["pid_tuned", "pid_tuned@mine"]

    simulated = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "live", lambda *given: (simulated.append(given[2]), LIVE(*given)))
        closed_loop.main(options, QUIET)
        assert not simulated
        settings = tmp_path / "mine" / "pid_tuned.json"
        settings.write_text(settings.read_text().replace('"kp"', ' "kp"'))
        closed_loop.main(options, QUIET)
    assert len(simulated) == 2


def test_people_come_from_a_file_in_its_order(tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("caseid,age,sex,height,weight\n1,30,F,165,60\n2,70,M,180,90\n")
    options = replace(config(tmp_path / "run"), cohort=str(people), patients=3, agents=("fixed_targets",))
    closed_loop.main(replace(options, horizon=310.0), QUIET)
    cases = pd.read_csv(tmp_path / "run" / "cases.csv")
    assert cases["age"].tolist() == [30.0, 70.0, 30.0]
    assert cases["sex"].tolist() == ["F", "M", "F"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--agents", "hal"], "agent: unknown name 'hal'"),
        (["--reference", "hal"], "agent: unknown name 'hal'"),
        (["--agents", "pid_published", "pid_published"], "names one twice"),
        (["--agents", "manual@results/manual"], "manual takes no settings or weights from a path"),
        (["--agents", "pid_tuned@nowhere"], "nowhere"),
        (["--agents", "pid_tuned@one/pid", "pid_tuned@two/pid"], "names one twice"),
        (["--cohort", "martians"], "cohort: unknown name 'martians'"),
        (["--cohort", "missing.csv"], "missing.csv"),
        (["--faults", "gremlins"], "fault: unknown name 'gremlins'"),
        (["--surgery", "haircut"], "surgery: unknown name 'haircut'"),
        (["--observers", "nominal", "nominal"], "observers: nominal, nominal names one twice"),
        (["--observers", "none", "nominal"], "observers: none, nominal is not allowed; none stands alone"),
        (["--observers", "forecaster", "--control-period", "20"], "control_period: 20 s is not allowed"),
        (["--observers", "oracle"], "observer: unknown name 'oracle'"),
        (["--models.propofol", "water"], "propofol model: unknown name 'water'"),
        (["--assumed-propofol", "water"], "propofol model: unknown name 'water'"),
        (["--patients", "0"], "patients: 0 is not allowed"),
        (["--workers", "0"], "workers: 0 is not allowed"),
        (["--seed", "-1"], "seed: -1 is not allowed"),
        (["--horizon", "1805"], "horizon: 1805.0 s is not allowed; a whole multiple of control_period"),
        (["--horizon", "60"], "horizon: 60 s is not allowed; 310 s or more"),
        (["--seed", "99999999999999999999"], "seed: 99999999999999999999 is not allowed"),
        (["--engine", "abacus"], "engine: unknown name 'abacus'; allowed are numpy, torch, compiled"),
        (["--bleeding-probability", "2"], "bleeding_probability: 2.0 is not allowed"),
    ],
)
def test_bad_input_gets_one_line_and_leaves_nothing_behind(arguments, message, tmp_path, capsys):
    given = [
        "--out",
        str(tmp_path / "run"),
        "--reference",
        "fixed_targets",
        "--agents",
        "fixed_targets",
        *arguments,
    ]
    with pytest.raises(SystemExit) as stopped:
        command_line.run(closed_loop.main, Evaluation, given)
    assert stopped.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert message in lines[0]
    assert "Error parsing" not in lines[0]
    assert not (tmp_path / "run").exists()


def test_a_measure_that_breaks_its_word_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    measure = Measure({"mine": Metric("Mine", "", None)}, lambda case: {"mine": 1.0})
    plug(monkeypatch, MEASURES, "mine", measure)
    with pytest.raises(ValueError, match=r"^measure 'mine': metric 'mine' has shape \(\)"):
        closed_loop.main(config(tmp_path / "run"), QUIET)
    assert not (tmp_path / "run").exists()


def test_an_engine_that_cannot_be_heard_is_refused_before_anything_is_written(tmp_path):
    asked = replace(config(tmp_path / "run"), engine="torch", bis_source="eeg")
    with pytest.raises(
        ValueError, match=r"^engine: torch is not allowed where waveforms are heard \(eeg\); numpy$"
    ):
        closed_loop.main(asked, QUIET)
    assert not (tmp_path / "run").exists()


def test_a_plug_ins_cohort_surgery_and_fault_take_part_by_name(tmp_path, monkeypatch):
    def old(keys, numbers, models):
        people = surgical_people(keys)
        return sample(replace(people, age=np.full(len(keys), 79.0)), keys, models)

    def blank(running, shown, last, monitors):
        return replace(shown, bis_valid=shown.bis_valid & ~running)

    plug(monkeypatch, COHORTS, "old", old)
    plug(monkeypatch, SURGERIES, "knock", Profile("One knock.", ((1, 0), (2, 30), (3, 0))))
    plug(monkeypatch, FAULTS, "blank", Fault("nothing on the screen", 120.0, blank))
    options = replace(config(tmp_path / "run"), cohort="old", surgery="knock", faults=("blank",), noise=False)
    closed_loop.main(replace(options, agents=("fixed_targets",), horizon=600.0), QUIET)
    cases = pd.read_csv(tmp_path / "run" / "cases.csv")
    traces = pd.read_parquet(tmp_path / "run" / "worst.parquet")
    assert (cases["age"] == 79.0).all()
    assert traces["stimulus"].max() == 30.0
    assert traces.groupby("patient")["measured_bis"].apply(lambda bis: bis.isna().sum()).tolist() == [12] * 3
