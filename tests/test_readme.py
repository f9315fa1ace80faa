"""README.md is short, names every page, and keeps its word; what it says more is held by tests/docs."""

from __future__ import annotations

import re

from experiments.running.results import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
LONGEST = 130  # lines


def test_it_is_read_in_a_few_minutes():
    assert len(TEXT.splitlines()) <= LONGEST


def test_the_first_block_of_code_has_about_ten_lines():
    block = re.search(r"```python\n(.*?)```", TEXT, re.S)
    assert block
    assert len(block[1].splitlines()) <= 12


def test_every_page_of_the_documentation_is_where_to_read_on():
    there = {str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md")} - {"docs/index.md"}
    assert there == set(re.findall(r"\((docs/[\w/]+\.md)\)", TEXT))


def test_every_picture_is_there():
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXT)
    assert len(pictures) == 1
    assert all((ROOT / picture).exists() for picture in pictures)
