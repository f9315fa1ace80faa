"""One thread a process: tests run side by side, and threads that wait for each other cost more than they give."""

import gc
import os
import sys

import pytest

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

gc.disable()  # while modules are imported, nothing is garbage

# Modules of few tests that each take seconds: begun first, or the last of them keeps one worker while others idle.
LONG = (
    "tests/docs/test_blocks.py",
    "tests/experiments/running/runners/test_runners.py",
    "tests/experiments/test_validate.py",
    "tests/experiments/test_validate_population.py",
    "tests/experiments/test_benchmark.py",
    "tests/experiments/test_report.py",
    "tests/experiments/twin/",
    "tests/experiments/console/",
    "tests/experiments/tuning/",
    "tests/experiments/explaining/",
    "tests/experiments/guided/",
    "tests/experiments/imaging/",
    "tests/experiments/sites/",
    "tests/predictors/twins/",
    "tests/sim/theatre/test_engines.py",
)


def pytest_collection_modifyitems(items):
    """Put the long modules first; `--no-loadscope-reorder` hands them out in this order."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish():
    """What has been imported stays: garbage is sought among what tests make, or libraries cost a tenth of the time.

    It is sought less often, too: after 20,000 new objects instead of 700.
    """
    gc.freeze()
    gc.set_threshold(20_000)
    gc.enable()


@pytest.fixture(scope="session")
def cloned_folder(tmp_path_factory):
    """Weights of the agent `cloned`, which are not shipped, made from a few simulated cases."""
    from tests import cloned

    return cloned.weights(tmp_path_factory.mktemp("cloned"))


@pytest.fixture
def with_clone(cloned_folder, monkeypatch):
    """Every registered agent has its weights."""
    monkeypatch.setenv("ANESTHESIA_CLONED", str(cloned_folder))


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """No plug-ins before the test, and none after it."""
    from experiments.running import catalogue, plugins

    monkeypatch.setattr(plugins, "_loaded", {})
    for registry in catalogue.registries():
        monkeypatch.setattr(registry, "_targets", dict(registry._targets))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv(plugins.VARIABLE, "")
    yield
    for name, module in list(sys.modules.items()):
        if str(tmp_path) in (getattr(module, "__file__", None) or ""):
            del sys.modules[name]
