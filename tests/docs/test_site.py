"""The site is built strictly: no missing page, no dead link, no dead anchor, and every page in the menu."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.running.results import ROOT

pytest.importorskip(
    "zensical", reason="the documentation needs a package: pip install 'anesthesia-testbed[docs]'"
)


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of a copy of the pages."""
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.fixture
def copy(tmp_path):
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    return tmp_path


def test_it_is_built_without_a_warning_and_can_be_searched(copy):
    done = build(copy)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    found = json.dumps(json.loads((copy / "site" / "search.json").read_text(encoding="utf-8")))
    assert "Schnider" in found
    assert not re.findall(
        r'(?:src|<link[^>]*href)="https?://', (copy / "site" / "index.html").read_text("utf-8")
    )


def test_a_dead_link_ends_the_build(copy):
    with (copy / "docs" / "limits.md").open("a", encoding="utf-8") as page:
        page.write("\n[nowhere](nowhere.md)\n")
    assert build(copy).returncode != 0


def test_every_page_is_in_the_menu_and_the_menu_names_no_other():
    menu = set(re.findall(r"([\w/]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.M))
    assert menu == {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
