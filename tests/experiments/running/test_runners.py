"""Whoever runs the parts, the results are the same and in order; what is not finished is dropped quickly."""

from __future__ import annotations

import os
import signal
import time
import warnings

import pytest

from experiments.running import plugins, runners
from experiments.running.runners import RUNNERS, Here, Processes, runner

BOTH = pytest.mark.parametrize("worker", [Here(), Processes(2)], ids=["here", "processes"])
LONG = 600  # tenths of a second


def square(part, report):
    for done in (0.25, 0.5):
        report(done)
    return part * part


def fail_or_last(part, report):
    if part == "fails":
        raise ValueError("patients: 0 is not allowed")
    for tenth in range(LONG):
        time.sleep(0.1)
        report(tenth / LONG)


def complain(part, report):
    warnings.warn("age: outside the range of the model", UserWarning, stacklevel=1)


def surroundings(part, report):
    return {os.environ[name] for name in runners.THREADS}, signal.getsignal(signal.SIGINT)


def ignore(number, share):
    pass


@BOTH
def test_results_are_in_order_and_progress_ends_at_one(worker):
    seen = []
    found = worker.map(square, [3, 1, 2], lambda number, share: seen.append((number, share)))
    assert found == [9, 1, 4]
    for number in range(3):
        shares = [share for which, share in seen if which == number]
        assert shares[-1] == 1.0
        assert shares == sorted(shares)
    assert worker.map(square, [], ignore) == []


@BOTH
def test_an_error_comes_back_as_it_was_raised(worker):
    begun = time.monotonic()
    with pytest.raises(ValueError, match="patients: 0 is not allowed"):
        worker.map(fail_or_last, ["fails", "lasts", "lasts"], ignore)
    assert time.monotonic() - begun < LONG / 10 / 2


@BOTH
def test_an_interruption_drops_what_is_not_finished(worker):
    def interrupt(number, share):
        if share > 0.0:
            raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        worker.map(fail_or_last, ["lasts", "lasts", "lasts"], interrupt)
    assert time.monotonic() - begun < LONG / 10 / 2


def test_workers_compute_on_one_thread_and_leave_an_interruption_to_the_parent(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert Processes(2).map(surroundings, ["numpy"], ignore) == [({"1"}, signal.SIG_IGN)]
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_a_warning_of_many_parts_is_given_once():
    with pytest.warns(UserWarning, match="outside the range") as caught:
        Processes(2).map(complain, range(5), ignore)
    assert len(caught) == 1


@pytest.mark.usefixtures("fresh")
def test_workers_know_the_plugins(tmp_path):
    lab = tmp_path / "plugin_work.py"
    lab.write_text(
        "from agents import AGENTS\n"
        "AGENTS.register('mine', object)\n"
        "def known(part, report):\n    return part in AGENTS\n"
    )
    work = plugins.load(lab).known
    assert Processes(2).map(work, ["mine", "yours"], ignore) == [True, False]


def test_one_worker_is_this_process():
    assert runner(1) == Here()
    assert runner(3) == Processes(3)
    assert list(RUNNERS) == ["here", "processes"]
    with pytest.raises(ValueError, match="workers: 0 is not allowed; 1 or more"):
        runner(0)
