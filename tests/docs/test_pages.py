"""Pages cannot go stale: what is made is as it would be made now, and what there is is on the page that lists it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from experiments.documenting import measured, physiology
from experiments.documenting.__main__ import PARTS, pages
from experiments.documenting.markdown import PLACE, filled
from experiments.running import catalogue
from experiments.running.results import ROOT
from sim.environment.observations import OBSERVATIONS
from sim.environment.ward import Options
from sim.surgery import EVENTS

DOCS = ROOT / "docs"
AGAIN = "out of date; `python -m experiments.documenting` fills it in"


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def parts():
    """Every part, made once."""
    made = {name: make() for name, make in PARTS.items()}
    return {name: lambda text=text: text for name, text in made.items()}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_what_is_made_is_as_it_would_be_made_now(page, parts):
    text = page.read_text(encoding="utf-8")
    assert filled(text, parts) == text, f"{page.name} is {AGAIN}"


def test_every_part_is_shown_somewhere():
    shown = {name for page in pages() for _, name, _, _ in PLACE.findall(page.read_text(encoding="utf-8"))}
    assert shown == set(PARTS)


def test_a_place_for_something_that_is_not_made_is_refused():
    with pytest.raises(ValueError, match=r"made: 'nothing' is not allowed; agents, "):
        filled("<!-- made: nothing -->\n<!-- end -->", PARTS)


def test_every_registered_model_is_on_the_page_of_physiology_with_its_source():
    text = read("physiology.md")
    for registry in physiology.MODELS:
        chapter = text[text.index(f"### {registry.kind}\n") :].partition("\n### ")[0]
        for name in registry:
            row = next(line for line in chapter.splitlines() if line.startswith(f"| `{name}` |"))
            assert re.search(r"\b(19|20)\d\d\b|recorded", row), f"{registry.kind} {name} has no source"


def test_every_registry_of_models_is_on_the_page_of_physiology():
    models = {one.kind for one in catalogue.registries() if one.kind.endswith("model")}
    assert models == {one.kind for one in physiology.MODELS}


def test_a_model_says_of_the_reference_person_what_the_paper_says():
    chapter = read("physiology.md").partition("### propofol model")[2]
    row = next(line for line in chapter.splitlines() if line.startswith("| `schnider` |"))
    assert "age 25–81 years, weight 44–123 kg" in row
    assert "v1 4.27, v2 24, v3 238," in row  # 18.9 - 0.391 (40 - 53) L


def test_every_observation_is_listed_with_its_unit():
    text = read("environment.md")
    for name, signal in OBSERVATIONS.items():
        row = next((line for line in text.splitlines() if line.startswith(f"| `{name}` |")), "")
        assert signal.unit in row, name


def test_every_option_and_event_is_named():
    options = read("environment.md").partition("## Options")[2]
    named = set(re.findall(r"\w+", options))
    assert {option.name for option in dataclasses.fields(Options)} | set(EVENTS) <= named


def test_every_folder_is_on_the_map_and_the_map_names_no_other():
    drawn = read("folders.md")
    packages = ("sim", "predictors", "agents", "experiments")
    there = {path.parent.name for package in packages for path in (ROOT / package).rglob("__init__.py")}
    folders = {path.name for package in packages for path in (ROOT / package).rglob("*") if path.is_dir()}
    assert there <= set(re.findall(r"(\w+)/", drawn)) <= folders | {*packages, "tests", "docs", "measured"}


def test_measured_files_are_small_and_say_what_made_them():
    files = sorted(measured.FOLDER.iterdir())
    assert len(files) > len(measured.KEPT)
    assert max(path.stat().st_size for path in files) < measured.LARGEST
    for name in measured.KEPT:
        assert re.fullmatch(
            r"`python -m experiments\.[^`]+`, 20\d\d-\d\d-\d\d, commit \w{7}\.", measured.made_by(name)
        )


def test_no_page_names_a_path_of_somebodys_machine():
    texts = [path.read_text(encoding="utf-8") for path in (*pages(), *Path(measured.FOLDER).iterdir())]
    assert not [
        found for text in texts for found in re.findall(r"(?<![\w.])/(?:home|tmp|work|root|Users)/\S*", text)
    ]
