"""A process in which a plug-in can be loaded, and nothing of it stays."""

from __future__ import annotations

import sys

import pytest

from experiments.running import catalogue, plugins


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """No plug-ins before the test, and none after it."""
    monkeypatch.setattr(plugins, "_loaded", {})
    for registry in catalogue.registries():
        monkeypatch.setattr(registry, "_targets", dict(registry._targets))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv(plugins.VARIABLE, "")
    yield
    for name, module in list(sys.modules.items()):
        if str(tmp_path) in (getattr(module, "__file__", None) or ""):
            del sys.modules[name]
