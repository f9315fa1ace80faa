"""Names to things: lazy, complete in its errors, never overwritten in silence."""

from __future__ import annotations

import sys

import pytest

from sim.registry import Registry


@pytest.fixture
def drinks(tmp_path, monkeypatch):
    (tmp_path / "lazy_drinks.py").write_text("tea = 'hot'\nwater = 'cold'\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield Registry("drink", water="lazy_drinks:water", tea="lazy_drinks:tea")
    sys.modules.pop("lazy_drinks", None)


def test_an_entry_is_imported_only_when_asked_for(drinks):
    assert list(drinks) == ["tea", "water"]
    assert "tea" in drinks
    assert "milk" not in drinks
    assert "lazy_drinks" not in sys.modules
    assert drinks.get("tea") == "hot"
    assert "lazy_drinks" in sys.modules


def test_an_object_can_be_an_entry(drinks):
    drinks.register("milk", 3)
    assert drinks.get("milk") == 3
    assert list(drinks) == ["milk", "tea", "water"]


def test_a_taken_name_is_refused_and_the_entry_stays(drinks):
    with pytest.raises(ValueError, match=r"^drink 'tea' is already registered$"):
        drinks.register("tea", "lukewarm")
    assert drinks.get("tea") == "hot"


def test_an_unknown_name_tells_what_is_allowed(drinks):
    with pytest.raises(ValueError, match=r"^drink: unknown name 'milk'; allowed are tea, water$"):
        drinks.get("milk")
