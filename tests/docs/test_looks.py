"""Pages look as they were meant to: no sentence set as code, no empty table, no cell that says nan."""

from __future__ import annotations

import re

import pytest

from experiments.documenting.__main__ import pages
from experiments.documenting.markdown import filled

FENCE = re.compile(r"^```.*?^```", re.M | re.S)
INDENTED = re.compile(r"\n\n {4,}\S.*")  # after an empty line, Markdown takes this for code
EMPTY = re.compile(r"^\|(?: *:?-+:? *\|)+\n(?!\|)", re.M)
NOTHING = re.compile(r"\|\s*(?:nan|None|NaT)\s*\|")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
@pytest.mark.parametrize("fault", [INDENTED, EMPTY, NOTHING], ids=["set as code", "empty table", "nan"])
def test_no_page_shows(page, fault):
    assert not fault.findall(FENCE.sub("", page.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (INDENTED, "Said.\n\n    An area of 0.5 would be chance."),
        (EMPTY, "| name | what |\n| --- | --: |\n\nNext"),
        (NOTHING, "| AUC | nan | 0.9 |"),
    ],
)
def test_faults_are_found(fault, text):
    assert fault.search(text)


def test_a_page_that_is_filled_twice_is_as_after_once():
    parts = {"said": lambda: "Between `<!-- made: said -->` and `<!-- end -->`."}
    once = filled("<!-- made: said -->\n<!-- end -->\n\nBy hand.\n", parts)
    assert once.endswith("`<!-- end -->`.\n\n<!-- end -->\n\nBy hand.\n")
    assert filled(once, parts) == once


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_no_chapter_is_there_twice(page):
    found = re.findall(r"^#+ .*$", FENCE.sub("", page.read_text(encoding="utf-8")), re.M)
    assert len(found) == len(set(found))
