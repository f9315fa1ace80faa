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


def test_it_is_built_without_a_warning_and_can_be_searched(tmp_path):
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    done = build(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    found = json.dumps(json.loads((tmp_path / "site" / "search.json").read_text(encoding="utf-8")))
    assert "Schnider" in found
    assert not re.findall(
        r'(?:src|<link[^>]*href)="https?://', (tmp_path / "site" / "index.html").read_text("utf-8")
    )


def test_a_dead_link_ends_the_build(tmp_path):
    """By the settings of the site, of one page alone."""
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[0]
    (tmp_path / "mkdocs.yml").write_text(f"{settings}\nnav:\n  - Start: index.md\n", encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "stylesheets", tmp_path / "docs" / "stylesheets")
    (tmp_path / "docs" / "index.md").write_text("# Start\n\n[nowhere](nowhere.md)\n", encoding="utf-8")
    done = build(tmp_path)
    assert done.returncode != 0
    assert "page does not exist" in done.stdout + done.stderr


def test_every_page_is_in_the_menu_and_the_menu_names_no_other():
    menu = set(re.findall(r"([\w/]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.M))
    assert menu == {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
