"""A user's file takes part by being named: loaded once, found by workers, refused in one line."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from agents import AGENTS
from experiments.running import plugins
from experiments.running.command_line import run
from experiments.running.results import write_run

pytestmark = pytest.mark.usefixtures("fresh")

LAB = """
from dataclasses import dataclass

from agents import AGENTS
from agents.fixed_targets import FixedTargets


@dataclass(frozen=True)
class Mine(FixedTargets):
    "Gives what I say."

AGENTS.register("mine", Mine)
"""


@dataclass(frozen=True)
class Options:
    """What to do."""

    agents: tuple[str, ...] = ()
    """who"""


@pytest.fixture
def lab(tmp_path) -> Path:
    path = tmp_path / "plugin_lab.py"
    path.write_text(LAB)
    return path


@pytest.mark.parametrize("words", [["--plugin", "{}"], ["--plugin={}"]])
def test_a_plugin_is_loaded_before_the_command_line_is_parsed(lab, words):
    seen = []
    given = [word.format(lab) for word in words]
    run(lambda options: seen.append((options, "mine" in AGENTS)), Options, ["--agents", "a", *given])
    assert seen == [(Options(agents=("a",)), True)]


def test_the_environment_variable_names_plugins_as_path_names_folders(lab, tmp_path, monkeypatch):
    other = tmp_path / "plugin_other.py"
    other.write_text("")
    monkeypatch.setenv(plugins.VARIABLE, os.pathsep.join([str(lab), str(other)]))
    run(lambda options: None, Options, [])
    assert plugins.loaded() == (lab, other)


def test_a_plugin_is_loaded_once_however_it_is_named(lab, monkeypatch):
    first = plugins.load(lab)
    monkeypatch.chdir(lab.parent)
    assert plugins.load("plugin_lab.py") is first
    run(lambda options: None, Options, ["--plugin", str(lab), "--plugin", lab.name])
    assert plugins.loaded() == (lab,)


def test_what_it_defines_can_be_sent_to_another_process_that_knows_the_variable(lab):
    mine = plugins.load(lab).Mine()
    code = "import pickle, sys; from experiments.running import plugins; plugins.load_named(); " + (
        "print(pickle.load(sys.stdin.buffer).__doc__)"
    )
    said = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(mine), capture_output=True)
    assert said.stdout.decode().strip() == "Gives what I say."


def test_a_plugin_imports_files_beside_it(tmp_path):
    (tmp_path / "plugin_helper.py").write_text("dose = 7.0")
    (tmp_path / "plugin_user.py").write_text("import plugin_helper\ndose = plugin_helper.dose\n")
    assert plugins.load(tmp_path / "plugin_user.py").dose == 7.0
    assert plugins.load(tmp_path / "plugin_helper.py") is sys.modules["plugin_helper"]


def test_a_run_records_its_plugins(lab, tmp_path):
    plugins.load(lab)
    write_run(tmp_path / "run", Options())
    assert json.loads((tmp_path / "run" / "config.json").read_text())["plugins"] == [str(lab)]


def test_help_mentions_plugins(capsys):
    with pytest.raises(SystemExit) as stop:
        run(lambda options: None, Options, ["--help"])
    assert stop.value.code == 0
    assert "--plugin FILE.py" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("lost.py", None, "lost.py does not exist"),
        ("lab.txt", "", "lab.txt is not allowed; a Python file like my_lab.py"),
        ("my-lab.py", "", "my-lab.py is not allowed; a Python file like my_lab.py"),
        ("plugin_bad.py", "\n\nprint(dose)", "plugin_bad.py: line 3: NameError: name 'dose' is not defined"),
        ("plugin_bad.py", "\nx = (", "plugin_bad.py: line 2: SyntaxError: '(' was never closed"),
        ("plugin_bad.py", "import plugin_absent", "line 1: ModuleNotFoundError: No module named"),
        (
            "plugin_bad.py",
            "from agents import AGENTS\nAGENTS.register('ppo', object)",
            "plugin_bad.py: line 2: ValueError: agent 'ppo' is already registered",
        ),
        ("numpy.py", "", "numpy.py has the name of another module, numpy ("),
        ("sim.py", "", "sim.py has the name of another module, sim ("),
        ("colorsys.py", "", "colorsys.py has the name of another module, colorsys ("),
    ],
)
def test_a_bad_plugin_gets_one_line_and_leaves_nothing_behind(name, text, message, tmp_path, capsys):
    if text is not None:
        (tmp_path / name).write_text(text)
    path = list(sys.path)
    with pytest.raises(SystemExit) as stop:
        run(lambda options: None, Options, ["--plugin", str(tmp_path / name)])
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert said.startswith("error: plugin: ")
    assert said.count("\n") == 1
    assert message in said
    assert (plugins.loaded(), sys.path, os.environ[plugins.VARIABLE]) == ((), path, "")


def test_an_error_in_a_file_beside_it_is_placed_there(tmp_path):
    (tmp_path / "plugin_deep.py").write_text("\n\n\n1 / 0")
    (tmp_path / "plugin_top.py").write_text("import plugin_deep")
    with pytest.raises(ValueError, match=r"plugin: plugin_deep\.py: line 4: ZeroDivisionError"):
        plugins.load(tmp_path / "plugin_top.py")


def test_two_files_of_one_name_are_refused_beside_a_plugin_too(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "plugin_helper.py").write_text("")
        (tmp_path / folder / f"plugin_{folder}.py").write_text("import plugin_helper")
    plugins.load(tmp_path / "one" / "plugin_one.py")
    with pytest.raises(ValueError, match="has the name of another module, plugin_helper"):
        plugins.load(tmp_path / "two" / "plugin_helper.py")
    with pytest.raises(ValueError, match="has the name of another module, plugin_helper"):
        plugins.load(tmp_path / "two" / "plugin_two.py")


@pytest.mark.parametrize("words", [["--plugin"], ["--plugin="], ["--plugin", "--agents"]])
def test_an_option_without_a_file_is_refused(words):
    with pytest.raises(ValueError, match="plugin: --plugin needs a Python file"):
        plugins.take(words)
