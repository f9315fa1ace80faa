"""A result is stale as soon as anything that made it has changed, and only then."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from experiments.running import freshness, plugins
from experiments.running.imports import OURS, PACKAGES, Root

ENTRY = "experiments.loop.simulation"


@dataclass(frozen=True)
class Options:
    cohort: str = "surgical"
    folders: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A copy of our packages."""
    folder = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(OURS.folder / package, folder / package, ignore=shutil.ignore_patterns("*.pyc"))
    return folder


@pytest.fixture(scope="module")
def before(copy) -> dict[str, str]:
    """What the copy is at first, and again after every test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(freshness, "OURS", Root(copy, ours=True))
        return freshness.files(ENTRY)


@pytest.fixture
def checkout(copy, edited, monkeypatch) -> Iterator[Path]:
    """The copy, in which one file may be edited; it is put back afterwards."""
    monkeypatch.setattr(freshness, "OURS", Root(copy, ours=True))
    content = (copy / edited).read_bytes()
    yield copy
    (copy / edited).write_bytes(content)


@pytest.mark.parametrize(
    "edited",
    [
        "experiments/judging/verdicts.py",
        "experiments/judging/statistics.py",
        "sim/metrics/depth.py",
        "sim/pumps.py",
        "agents/control/planning/look_ahead.py",
        "agents/settings/pid_tuned.json",
        "predictors/depth/forecaster.py",
        "predictors/weights/forecaster.safetensors",
        "sim/data/ares44_eleveld.csv",
    ],
)
def test_what_decides_a_result_makes_it_stale(edited, checkout, before):
    with (checkout / edited).open("ab") as file:
        file.write(b"\n")
    now = freshness.files(ENTRY)
    assert freshness.changed(before, now) == edited
    assert freshness.digest(before) != freshness.digest(now)


@pytest.mark.parametrize(
    "edited", ["experiments/benchmark.py", "experiments/report.py", "agents/weights/ppo.md"]
)
def test_what_decides_nothing_does_not(edited, checkout, before):
    (checkout / edited).write_text("")
    assert freshness.files(ENTRY) == before


def test_files_that_come_and_go_are_named_and_many_are_counted():
    before = {f"sim/{letter}.py": "1" for letter in "abcdefg"}
    assert freshness.changed(before, before) == ""
    assert freshness.changed({"sim/a.py": "1"}, {"sim/b.py": "1", "/home/me/my_lab.py": "1"}) == (
        "my_lab.py, sim/a.py, sim/b.py"
    )
    assert freshness.changed(before, {}) == "sim/a.py, sim/b.py, sim/c.py, sim/d.py, sim/e.py, 2 more"


def test_a_file_that_the_configuration_names_counts(tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("age\n30\n")
    before = freshness.files(ENTRY, Options(str(people)))
    people.write_text("age\n31\n")
    assert freshness.changed(before, freshness.files(ENTRY, Options(str(people)))) == "people.csv"


def test_further_files_and_folders_count(tmp_path):
    (tmp_path / "pid.json").write_text("{}")
    before = freshness.files(ENTRY, also=[tmp_path])
    (tmp_path / "pid.json").write_text("{ }")
    assert freshness.changed(before, freshness.files(ENTRY, also=[tmp_path])) == "pid.json"


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("edited", ["plugin_lab.py", "plugin_helper.py", "plugin_late.py", "gains.json"])
def test_a_plugin_counts_with_what_it_imports_and_names_beside_it(edited, tmp_path):
    (tmp_path / "plugin_lab.py").write_text(
        "import plugin_helper\nfrom agents import AGENTS\n"
        "AGENTS.register('late', 'plugin_late:Late')\nGAINS = 'gains.json'\n"
    )
    for name in ("plugin_helper.py", "plugin_late.py", "gains.json", "unrelated.py"):
        (tmp_path / name).write_text("")
    alone = freshness.files(ENTRY)
    plugins.load(tmp_path / "plugin_lab.py")
    before = freshness.files(ENTRY)
    assert {Path(name).name for name in set(before) - set(alone)} == {
        "plugin_lab.py", "plugin_helper.py", "plugin_late.py", "gains.json",
    }  # fmt: skip
    with (tmp_path / edited).open("a") as file:
        file.write("\n")
    assert freshness.changed(before, freshness.files(ENTRY)) == edited


def test_every_process_finds_the_same_in_half_a_second():
    code = f"from experiments.running import freshness; print(freshness.digest(freshness.files({ENTRY!r})))"
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=OURS.folder
    )
    begun = time.process_time()
    assert freshness.digest(freshness.files(ENTRY)) == other.stdout.strip()
    assert time.process_time() - begun < 0.5
