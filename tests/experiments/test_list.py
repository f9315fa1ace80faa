"""The list of what there is names everything once, in a line, whoever reads it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from agents import AGENTS
from experiments import list as listing
from experiments.list import Listing, main
from experiments.running.command_line import run


def test_piped_it_is_a_line_an_entry(capsys):
    run(main, Listing, [])
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert all(len(line) == 3 and all(line) for line in lines)
    assert {"propofol model", "observer", "agent", "runner"} <= {kind for kind, _, _ in lines}
    assert [name for kind, name, _ in lines if kind == "agent"] == [*AGENTS]
    assert {name for _, name, text in lines if "cannot be loaded" in text} <= {
        "cloned"
    }  # weights are users' own


def test_one_kind_can_be_asked_for(capsys):
    main(Listing(kind="agent"))
    assert {line.split("\t")[0] for line in capsys.readouterr().out.splitlines()} == {"agent"}
    with pytest.raises(ValueError, match="kind: 'drug' is not allowed; propofol model, remifentanil model"):
        main(Listing(kind="drug"))


def test_a_terminal_gets_a_table():
    page = Console(file=io.StringIO(), force_terminal=True, width=100)
    main(Listing(kind="agent"), page)
    assert "pid_published" in page.file.getvalue()
    assert listing.table("agent", [("ppo", "A policy.")]).row_count == 1
