"""Parts of an evaluation: something is finished soon, what is damaged is made again, nothing is lost in joining."""

from __future__ import annotations

import io
import os

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.judging.statistics import summarise
from experiments.loop import joining, parts
from experiments.loop.evaluation import Evaluation
from experiments.loop.simulation import simulate

AGENT = "fixed_targets"


class Run:
    """Six patients in three parts, of one agent."""

    def __init__(self, out):
        self.config = Evaluation(
            agents=(AGENT,),
            reference=AGENT,
            patients=6,
            horizon=300.0,
            observers=("none",),
            runner="here",
            out=out,
        )
        self.folder = out / "parts"
        self.every = parts.cut((AGENT,), 6)

    def simulate(self) -> str:
        """Simulate what is missing; return what was said."""
        said = io.StringIO()
        simulate(self.config, self.every, Console(file=said, width=1000))
        return said.getvalue()

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "PATIENTS_PER_PART", 2)
    return Run(tmp_path)


@pytest.mark.parametrize("patients", [1, 99, 100, 250, 1001, 30_000])
def test_every_patient_is_in_one_part_and_a_larger_run_begins_with_a_small_one(patients):
    every = parts.cut(("first", "second"), patients)
    for agent in ("first", "second"):
        own = [part for part in every if part.agent == agent]
        assert np.concatenate([part.first + np.arange(part.count) for part in own]).tolist() == [
            *range(patients)
        ]
        assert max(part.count for part in own) <= parts.PATIENTS_PER_PART
    assert every[0].count == (parts.PATIENTS_AT_FIRST if patients >= 100 else patients)


def test_a_part_that_was_cut_short_is_named_and_made_again_alone(run):
    run.simulate()
    whole, (first, second, third) = run.files(), run.every
    kept = {
        path: path.stat().st_mtime_ns for path in (part.path(run.folder, "cases") for part in (first, third))
    }
    for table in second.tables:
        cut = second.path(run.folder, table)
        os.truncate(cut, cut.stat().st_size - 5)
        said = run.simulate()
        assert f"{cut} is missing or cut short; simulating its 2 patients again" in said
        assert run.files() == whole
        assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert "cut short" not in run.simulate()


def test_a_full_disk_names_the_file_and_keeps_what_is_finished(run):
    """/dev/full answers as a full disk does."""
    full = run.every[1].path(run.folder, "worst")
    run.folder.mkdir()
    partial = full.with_name(f".partial-{os.getpid()}-{full.name}")
    partial.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device") as stopped:
        run.simulate()
    assert stopped.value.filename == str(full)
    assert not partial.is_symlink()
    assert [part.finished(run.folder) for part in run.every] == [True, False, False]
    kept = run.every[0].path(run.folder, "cases").stat().st_mtime_ns
    run.simulate()
    assert all(part.finished(run.folder) and not part.damaged(run.folder) for part in run.every)
    assert run.every[0].path(run.folder, "cases").stat().st_mtime_ns == kept


def test_a_machine_that_does_not_share_the_folder_says_so(run):
    with pytest.raises(ValueError, match=r"parts is not there on .+; machines of a cluster share it"):
        parts.live(run.config, run.folder, run.every[0], lambda share: None)


def test_parts_are_joined_a_few_columns_at_a_time(run, monkeypatch):
    run.simulate()
    whole = pd.concat(
        [pd.read_parquet(part.path(run.folder, "cases")) for part in run.every], ignore_index=True
    )
    monkeypatch.setattr(joining, "VALUES", 30)  # five metrics of six patients
    joining.join(run.config, run.every, run.folder, run.config.out / "cases.csv")
    at_once = pd.read_csv(io.StringIO(summarise(whole, AGENT).to_csv(index=False)))
    pd.testing.assert_frame_equal(pd.read_csv(run.config.out / "summary.csv"), at_once, rtol=1e-12)
    assert (run.config.out / "cases.csv").read_text() == whole.to_csv(index=False)
    assert not run.folder.exists()


def test_traces_are_kept_of_some_patients_and_the_worst_cases_of_all(run, monkeypatch):
    monkeypatch.setattr(parts, "KEPT_PATIENTS", 3)
    run.simulate()
    traces = joining.columns(run.every, run.folder, "traces")
    assert traces["patient"].unique().tolist() == [0, 1, 2]
    assert not run.every[2].path(run.folder, "traces").exists()
    cases = joining.columns(run.every, run.folder, "cases")
    worst = joining.worst(run.every, run.folder)
    chosen = parts.worst_first(cases[parts.PRIMARY].to_numpy())[:3]
    assert sorted(worst["patient"].unique()) == sorted(chosen)
