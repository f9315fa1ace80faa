"""What users' commands make goes to results; only what the agents read, with its card, comes into the package."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from pathlib import Path

import pytest

from agents.control.pid import TUNED_SETTINGS
from agents.human.as_recorded import TABLE
from experiments.running.imports import OURS
from experiments.tuning import anaesthetist, cards, pid, rl
from experiments.tuning.publishing import PUBLICATIONS, publish


@pytest.fixture(params=list(PUBLICATIONS))
def made(request, tmp_path) -> tuple[str, Path]:
    """A kind, and a folder of results as its command leaves it: what is shipped, and more."""
    publication = PUBLICATIONS.get(request.param)
    (tmp_path / "results").mkdir()
    for name in publication.names:
        shutil.copyfile(publication.shipped.parent / name, tmp_path / "results" / name)
    (tmp_path / "results" / "config.json").write_text("{}")
    return request.param, tmp_path / "results"


def test_everything_that_belongs_to_an_agent_is_published_and_nothing_else(made, tmp_path):
    kind, results = made
    written = publish(kind, results, tmp_path / "package")
    assert [path.name for path in written] == PUBLICATIONS.get(kind).names
    assert sorted(written) == sorted((tmp_path / "package").iterdir())
    assert all(path.read_bytes() == (results / path.name).read_bytes() for path in written)


def test_an_incomplete_folder_is_refused_by_the_file_it_lacks(made, tmp_path):
    kind, results = made
    for name in PUBLICATIONS.get(kind).names:
        whole = (results / name).read_bytes()
        (results / name).unlink()
        with pytest.raises(
            ValueError, match=rf"results: .* has no {name}; python -m {PUBLICATIONS.get(kind).module}"
        ):
            publish(kind, results, tmp_path / "package")
        (results / name).write_bytes(whole)
    assert not (tmp_path / "package").exists()


@pytest.mark.parametrize("content", [b"{}", b"[1]", b"half", b""])
def test_what_the_agent_cannot_read_is_refused(made, content, tmp_path):
    kind, results = made
    (results / PUBLICATIONS.get(kind).names[0]).write_bytes(content)
    with pytest.raises(ValueError, match=PUBLICATIONS.get(kind).names[0]):
        publish(kind, results, tmp_path / "package")
    assert not (tmp_path / "package").exists()


def test_an_unknown_kind_is_refused(tmp_path):
    with pytest.raises(ValueError, match="publication: unknown name 'hal'; allowed are pid, "):
        publish("hal", tmp_path)


def test_no_command_writes_into_the_package_unless_it_publishes():
    for config in (pid.Config(), anaesthetist.Calibration(), rl.Training()):
        assert config.out.parts[0] == "results"


@pytest.mark.parametrize(("module", "path"), [(pid, TUNED_SETTINGS), (anaesthetist, TABLE)])
def test_a_shipped_card_says_what_its_settings_say_and_how_to_make_them_again(module, path):
    card = path.with_suffix(".md").read_text(encoding="utf-8")
    assert card == module.card(json.loads(path.read_text(encoding="utf-8")))
    again = next(line for line in card.splitlines() if line.startswith("- Again: `python -m "))
    assert (OURS.folder / Path(*again.split()[4].split("."))).with_suffix(".py").exists()
    options = {field.name.replace("_", "-") for field in dataclasses.fields(config_of(module))}
    assert {word[2:] for word in again.split() if word.startswith("--")} <= options


def test_a_record_does_not_say_where_things_lie_on_one_machine(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["fit", "--data", "/home/somebody/recordings", "--rounds", "2"])
    assert cards.made("experiments.fit")["command"][3:] == ["--data", "DIR", "--rounds", "2"]
    shipped = [
        path
        for package in ("agents", "sim", "predictors")
        for path in (OURS.folder / package).rglob("*.json")
    ]
    commands = [json.loads(path.read_text(encoding="utf-8")).get("command", []) for path in shipped]
    assert sum(map(bool, commands)) >= 4
    assert not [word for command in commands for word in command if Path(word).is_absolute()]


def config_of(module):
    return module.Config if module is pid else module.Calibration
