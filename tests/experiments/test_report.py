"""The report says what the tables say, and is made from the tables alone."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments import closed_loop, report
from experiments.judging import verdicts
from experiments.judging.verdicts import PRIMARY, Verdict
from experiments.loop.evaluation import Evaluation
from experiments.reporting import reading, tables
from experiments.running import command_line
from sim.metrics import MEASURES, Measure, Metric, metric_table
from tests.plugged import plug

QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "run"
    config = Evaluation(
        agents=("pid_published", "fixed_targets"),
        reference="fixed_targets",
        patients=4,
        horizon=1800.0,
        workers=1,
        out=folder,
    )
    closed_loop.main(config, QUIET)
    return folder


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A run of one agent, with a measure that somebody has registered; its figures are made but not drawn."""

    def calm(case):
        """Return the longest heart beat."""
        return {"longest_beat_s": 60.0 / case.trace.heart_rate.min(axis=0)}

    folder = tmp_path_factory.mktemp("alone") / "run"
    agents = ("fixed_targets",)
    config = Evaluation(agents=agents, reference=agents[0], patients=2, horizon=600.0, workers=1, out=folder)
    metric = Metric("Longest heart beat", "s", "lower")
    with pytest.MonkeyPatch.context() as patch:
        plug(patch, MEASURES, "calm", Measure({"longest_beat_s": metric}, calm))
        patch.setattr(report, "_svg", lambda figure, description: description)
        patch.setattr(report, "pictures", lambda results, folder: None)
        closed_loop.main(config, QUIET)
    return folder


@pytest.fixture(scope="module")
def page(finished):
    return (finished / "report.html").read_text(encoding="utf-8")


def test_report_names_every_agent_the_mismatch_and_the_seed(page):
    for words in (
        "fixed_targets",
        "pid_published",
        "marsh_pump, of the covariates alone",
        "eleveld, individual",
    ):
        assert words in page
    for words in ("Seed 0", "the same 4 patients", "for 30 minutes", "It is not a medical device"):
        assert words in page


def test_report_needs_nothing_else(page):
    assert page.count("<svg") >= 7  # five of the cohort, the worst cases of two agents, recorded practice
    for outside in ('src="http', 'href="http', "<link", "<script src"):
        assert outside not in page


def test_report_prints_the_primary_metric_of_the_tables(finished, page):
    summary = pd.read_csv(finished / "summary.csv").set_index(["agent", "metric"])
    row = summary.loc[("pid_published", PRIMARY)]
    for text in (f"{row['mean']:.1f}", f"{row['iqm']:.1f}", f"[{row['iqm_low']:.1f}, {row['iqm_high']:.1f}]"):
        assert text in page
    assert f"{row['difference']:+.1f}".replace("-", "−") in page


def test_summary_is_what_the_cases_say(finished):
    cases = pd.read_csv(finished / "cases.csv")
    summary = pd.read_csv(finished / "summary.csv").set_index(["agent", "metric"])
    own, reference = (
        cases[cases["agent"] == agent].set_index("patient") for agent in ("pid_published", "fixed_targets")
    )
    for metric in metric_table():
        if not own[metric].notna().any():
            continue  # nobody has woken up after 30 minutes
        row = summary.loc[("pid_published", metric)]
        assert row["mean"] == pytest.approx(np.nanmean(own[metric])), metric
        gap = (own[metric] - reference[metric]).mean()
        rounding = 1e-7 * own[metric].abs().max()  # numbers of the measured index are singles
        assert row["difference"] == pytest.approx(gap, abs=rounding, nan_ok=True), metric


def test_report_is_drawn_again_from_saved_tables(finished, page, monkeypatch):
    """Its figures are made, but not drawn a second time."""
    monkeypatch.setattr(report, "_svg", lambda *_: report.Markup("<svg></svg>"))
    monkeypatch.setattr(report, "pictures", lambda results, folder: None)  # two of the figures, as PNG
    (finished / "report.html").unlink()
    command_line.run(report.main, report.Redraw, ["--results", str(finished)])
    again = (finished / "report.html").read_text(encoding="utf-8")
    drawn = re.compile(r"<svg.*?</svg>\s*", re.S)
    assert drawn.sub("<svg>", page) == drawn.sub("<svg>", again)


def test_of_many_patients_a_sample_is_drawn_and_tables_are_of_all(finished, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "_svg", lambda figure, description: description)
    monkeypatch.setattr(report, "pictures", lambda results, folder: None)
    folder = shutil.copytree(finished, tmp_path / "run")
    everybody = report.content(report.read(folder))
    for name, value in (("DRAWN", 2), ("ROWS", 3)):
        monkeypatch.setattr(reading, name, value)
    found = reading.read(folder)
    assert found.cases.groupby("agent")["patient"].nunique().tolist() == [2, 2]
    assert found.people["patient"].tolist() == [0, 1, 2, 3]
    assert set(found.worst_cases["patient"]) == set(found.worst["patient"])
    assert report.content(found) | {"drawn": 4} == everybody
    assert report.write(folder).read_text(encoding="utf-8").count(" of a sample of 2 drawn at random") == 3


def test_a_block_is_told_and_none_is_not(alone, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "_svg", lambda figure, description: description)
    monkeypatch.setattr(report, "pictures", lambda results, folder: None)
    said = "a regional block keeps away"
    assert said not in (alone / "report.html").read_text(encoding="utf-8")
    folder = shutil.copytree(alone, tmp_path / "run")
    record = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    record["config"]["block"] = 0.8
    (folder / "config.json").write_text(json.dumps(record), encoding="utf-8")
    assert f"{said} 80 % of what hurts" in report.write(folder).read_text(encoding="utf-8")


def test_missing_tables_are_named(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        command_line.run(report.main, report.Redraw, ["--results", str(tmp_path)])
    assert stopped.value.code == 2
    assert "has no cases.csv; run python -m experiments.closed_loop first" in capsys.readouterr().err


def test_one_agent_has_a_report_without_comparison(alone):
    page = (alone / "report.html").read_text(encoding="utf-8")
    assert "1 arm, the same 2 patients" in page
    assert "ahead of the reference" not in page


def test_a_registered_measure_reaches_the_tables_and_the_report(alone):
    cases, summary = (pd.read_csv(alone / f"{name}.csv") for name in ("cases", "summary"))
    assert cases["longest_beat_s"].between(0.4, 2.0).all()
    row = summary.set_index("metric").loc["longest_beat_s"]
    assert (row["label"], row["unit"]) == ("Longest heart beat", "s")
    assert row["mean"] == pytest.approx(cases["longest_beat_s"].mean())
    assert "Longest heart beat" in (alone / "report.html").read_text(encoding="utf-8")


def test_a_saved_run_is_drawn_again_without_the_plug_in_of_its_measures(finished):
    summary = pd.read_csv(finished / "summary.csv")
    theirs = summary[summary["metric"] == PRIMARY].assign(metric="unheard_of", label="Unheard of", unit=None)
    rows = tables.everything(pd.concat([summary, theirs]))
    assert (rows[-1]["label"], rows[-1]["unit"]) == ("Unheard of", "")


def test_practice_and_protocols_are_shown_where_there_are_tables(monkeypatch, tmp_path):
    practice, protocols = tmp_path / "practice.csv", tmp_path / "comparison.csv"
    monkeypatch.setattr(report, "PRACTICE", practice)
    assert not any(report.beside(protocols)[name] for name in ("practice", "practice_figure", "protocols"))

    at, recorded = [0.05, 0.25, 0.5, 0.75, 0.95], [30.0, 36.0, 41.0, 46.0, 60.0]
    shifted = {"recorded_others": 1.0, "as_recorded": 2.0, "textbook": 9.0}
    quantiles = pd.DataFrame({"probability": at, "label": "Median BIS", "recorded": recorded})
    quantiles.assign(**{name: quantiles["recorded"] + by for name, by in shifted.items()}).to_csv(practice)
    shown = report.beside(protocols)
    cells = ["41.0 (36.0–46.0)", "42.0 (37.0–47.0)", "43.0 (38.0–48.0)", "50.0 (45.0–55.0)"]
    assert shown["practice"] == [("Median BIS", cells)]
    assert "anaesthetist_as_recorded" in shown["practice_figure"]

    comparison = {
        "protocol": "P1", "run": "g1", "metric": "mdape_percent", "statistic": "mean", "source": "PAS 1",
        "published": 5.3, "ours": 5.296, "deviation_percent": -0.08,
    }  # fmt: skip
    pd.DataFrame([comparison, {**comparison, "statistic": "max"}]).to_csv(protocols, index=False)
    rows = report.beside(protocols)["protocols"]["P1, g1 (PAS 1)"]
    assert rows == [
        {"metric": "mdape_percent, mean", "published": "5.3", "ours": "5.30", "deviation": "−0.1"}
    ]


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-2.0, -0.1, "ahead"), (0.1, 2.0, "behind"), (-1.0, 1.0, "undecided"), (np.nan, np.nan, "undecided")],
)
def test_depth_is_decided_by_the_side_of_zero(low, high, verdict):
    assert verdicts.judge_depth(low, high) == verdict


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.3, -0.1, "less"),
        (-0.3, 0.09, "not behind"),
        (0.01, 0.09, "not behind"),
        (0.01, 0.2, "more"),
        (-0.3, 0.2, "undecided"),
        (np.nan, np.nan, "undecided"),
    ],
)
def test_hypotension_may_not_be_worse_by_more_than_the_margin(low, high, verdict):
    assert verdicts.judge_pressure(low, high) == verdict


def cut(path, share=0.5):
    content = path.read_bytes()
    path.write_bytes(content[: round(share * len(content))])


def without(path, name):
    table = pd.read_csv(path)
    table.drop(columns=name).to_csv(path, index=False)


@pytest.mark.parametrize(
    ("name", "spoil", "message"),
    [
        ("cases.csv", cut, r"cases.csv (has a row that is cut short|has \d+ rows of \w+; 4 are needed)"),
        ("cases.csv", lambda path: without(path, "weight"), "cases.csv has no column weight"),
        ("summary.csv", lambda path: path.write_text(""), "summary.csv cannot be read"),
        (
            "summary.csv",
            lambda path: path.write_text(path.read_text().split("\n")[0]),
            "summary.csv has no rows",
        ),
        ("traces.parquet", cut, "traces.parquet cannot be read"),
        ("config.json", cut, "config.json cannot be read"),
        ("config.json", lambda path: path.write_text('{"seed": 0}'), "config.json has no config"),
        ("run.json", lambda path: path.write_text("{}"), "run.json has no agents"),
    ],
)
def test_a_file_that_is_not_whole_is_named_in_one_line(finished, tmp_path, name, spoil, message, capsys):
    folder = shutil.copytree(finished, tmp_path / "run")
    spoil(folder / name)
    with pytest.raises(SystemExit) as stopped:
        command_line.run(report.main, report.Redraw, ["--results", str(folder)])
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert re.search(message, said)
    assert said.count("\n") == 1


def test_what_nobody_can_be_judged_by_is_said_in_words():
    nothing, alone = (np.nan,) * 3, (5.0, np.nan, np.nan)
    said = Verdict("ppo", "undecided", "undecided", nothing, alone).sentence
    assert "(nobody can be judged)" in said
    assert "(+5.00 mmHg; too few patients for an interval)" in said


def test_only_an_agent_ahead_and_not_behind_is_said_to_be_ahead():
    good = Verdict("ppo", "ahead", "not behind", (-5.0, -6.0, -4.0), (0.0, -0.1, 0.05))
    hypotensive = replace(good, agent="pid", pressure="more")
    assert "ppo is ahead of human" in verdicts.conclusion([good, hypotensive], "human")
    assert "No agent is ahead" in verdicts.conclusion([hypotensive], "human")
    assert "−5.0 [−6.0, −4.0] percentage points" in good.sentence
    assert "but it causes more hypotension" in hypotensive.sentence


def test_published_cohorts_bring_their_own_models():
    config = {"cohort": "ionescu13", "assumed_propofol": "schnider", "assumed_remifentanil": "minto"}
    models = {"propofol": "eleveld", "remifentanil": "eleveld", "norepinephrine": "li", "bis": "eleveld"}
    rows = tables.model_rows({**config, "models": {**models, "circulation": "vitaldb", "variability": True}})
    assert rows[0] == (
        "Propofol kinetics",
        "schnider, of the covariates alone",
        "schnider, of the covariates alone",
    )
    assert rows[3][1] == "each row's own surface, of the covariates alone"


def test_a_cohort_is_called_by_its_own_words():
    assert tables.cohort_words("surgical").startswith("adults as they come to surgery, 18–80 years")
    assert tables.cohort_words("ares44") == "44 published patients with identified propofol response (AReS)"
    assert tables.cohort_words("people.csv") == "people listed in people.csv"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(-1.26, 1, "−1.3"), (-0.04, 1, "0.0"), (np.nan, 1, "–"), (1234.5, 0, "1234")],
)
def test_numbers_print_with_a_true_minus_and_never_a_negative_zero(value, digits, text):
    assert tables.number(value, digits) == text
