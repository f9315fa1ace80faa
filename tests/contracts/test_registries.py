"""One contract over every registry: all that is listed loads, says what it is, and keeps its name to itself."""

from __future__ import annotations

import pytest

from experiments.running.catalogue import CATALOGUE

EVERY = [pytest.param(registry, id=registry.kind) for registry in CATALOGUE]


def test_every_kind_has_a_name_of_its_own():
    assert len({registry.kind for registry in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.parametrize("registry", EVERY)
def test_everything_registered_loads_and_says_what_it_is_in_a_line(registry):
    for name in registry:
        assert registry.get(name) is not None
        line = registry.describe(name)
        assert len(line) > 3, name
        assert "\n" not in line, name


@pytest.mark.parametrize("registry", EVERY)
def test_taken_and_unknown_names_are_refused(registry):
    for name in registry:
        with pytest.raises(ValueError, match=f"{registry.kind} '{name}' is already registered"):
            registry.register(name, object())
    allowed = ", ".join(registry)
    with pytest.raises(ValueError, match=f"{registry.kind}: unknown name 'nobody'; allowed are {allowed}"):
        registry.get("nobody")
