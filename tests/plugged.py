"""Registering as a user's plug-in does, for the length of a test."""

from __future__ import annotations

from typing import Any

import pytest

from sim.registry import Registry


def plug(patch: pytest.MonkeyPatch, registry: Registry, name: str, entry: Any) -> None:
    """Register an entry that is gone when the test is over."""
    patch.setattr(registry, "_targets", dict(registry._targets))
    registry.register(name, entry)
