"""Names to things: lazy, complete in its errors, never overwritten in silence."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial

import pytest

from sim.registry import Registry


@pytest.fixture
def drinks(tmp_path, monkeypatch):
    (tmp_path / "lazy_drinks.py").write_text("tea = 'hot'\nwater = 'cold'\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield Registry("drink", water="lazy_drinks:water", tea="lazy_drinks:tea")
    sys.modules.pop("lazy_drinks", None)


def test_an_entry_is_imported_only_when_asked_for(drinks):
    assert list(drinks) == ["water", "tea"]  # in the order of registration
    assert "tea" in drinks
    assert "milk" not in drinks
    assert "lazy_drinks" not in sys.modules
    assert drinks.get("tea") == "hot"
    assert "lazy_drinks" in sys.modules


def test_an_object_can_be_an_entry(drinks):
    drinks.register("milk", 3)
    assert drinks.get("milk") == 3
    assert list(drinks) == ["water", "tea", "milk"]


def test_a_taken_name_is_refused_and_the_entry_stays(drinks):
    with pytest.raises(ValueError, match=r"^drink 'tea' is already registered$"):
        drinks.register("tea", "lukewarm")
    assert drinks.get("tea") == "hot"


def test_an_unknown_name_tells_what_is_allowed(drinks):
    with pytest.raises(ValueError, match=r"^drink: unknown name 'milk'; allowed are water, tea$"):
        drinks.get("milk")


def brew(leaves: str) -> str:
    """Return `leaves` in hot water.

    More is not said in a list.
    """
    return leaves


@dataclass(frozen=True)
class Bottle:
    """A drink that comes in glass."""


@dataclass(frozen=True)
class Labelled(Bottle):
    """A bottle that says itself what is in it."""

    description: str


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (brew, "Leaves in hot water."),
        (partial(brew, "mint"), "Leaves in hot water."),
        (Labelled, "A bottle that says itself what is in it."),
        (Bottle(), "A drink that comes in glass."),
        (Labelled("white wine, 2021"), "White wine, 2021"),
        (lambda: None, ""),
    ],
)
def test_an_entry_is_described_by_its_own_words_or_else_by_the_first_line_of_its_documentation(entry, line):
    drinks = Registry("drink")
    drinks.register("one", entry)
    assert drinks.describe("one") == line


def test_describing_an_unknown_name_tells_what_is_allowed(drinks):
    with pytest.raises(ValueError, match=r"^drink: unknown name 'milk'; allowed are water, tea$"):
        drinks.describe("milk")
