"""Whoever runs the parts, the results are the same and in order; what is lost is made again, what is dropped ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from rich.console import Console

from experiments import closed_loop
from experiments.loop import parts
from experiments.loop.evaluation import Evaluation
from experiments.running import freshness, plugins
from experiments.running.runners import HERE, RUNNERS, Here, cluster, processes, runner
from experiments.running.runners.cluster import Cluster
from experiments.running.runners.processes import Processes
from tests.experiments.running.runners.work import LONG, complain, die, fail_or_last, square, surroundings

TABLES = ("cases.csv", "summary.csv", "estimates.csv", "traces.parquet", "worst.parquet")

MORTAL = """
import os, signal
from pathlib import Path
from agents import AGENTS
from agents.fixed_targets import FixedTargets

class Mortal(FixedTargets):
    '''Gives fixed targets; kills the worker that it is in, once a sentence.'''
    def act(self, *given):
        sentence = Path({sentence!r})
        if os.getpid() != {parent} and sentence.exists():
            sentence.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().act(*given)

AGENTS.register("mortal", Mortal)
"""


PARENT = """
from experiments.running.runners.processes import Processes
from tests.experiments.running.runners.work import fail_or_last
Processes(2).map(fail_or_last, ["lasts", "lasts"], lambda number, share: share and print(number, flush=True))
"""


@pytest.fixture(scope="module")
def ray():
    """Ray on this machine, started once for all tests; its workers wait for others no more than tests do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_worker_niceness", "0")
        with cluster.joined(2) as found:
            yield found


@pytest.fixture(params=list(RUNNERS))
def worker(request):
    """Every runner, two parts at a time."""
    if request.param == "ray":
        request.getfixturevalue("ray")
    return runner(request.param, 2)


aside = pytest.mark.parametrize("worker", [name for name in RUNNERS if name != HERE], indirect=True)


def ignore(number, share):
    pass


def test_results_are_in_order_and_progress_ends_at_one(worker):
    seen = []
    found = worker.map(square, [3, 1, 2], lambda number, share: seen.append((number, share)))
    assert found == [9, 1, 4]
    for number in range(3):
        shares = [share for which, share in seen if which == number]
        assert shares[-1] == 1.0
        assert shares == sorted(shares)
    assert worker.map(square, [], ignore) == []


def test_an_error_comes_back_as_it_was_raised(worker):
    begun = time.monotonic()
    with pytest.raises(ValueError, match=r"^patients: 0 is not allowed$"):
        worker.map(fail_or_last, ["fails", "lasts", "lasts"], ignore)
    assert time.monotonic() - begun < LONG / 10 / 2


def test_an_interruption_drops_what_is_not_finished(worker):
    def interrupt(number, share):
        if share > 0.0:
            raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        worker.map(fail_or_last, ["lasts", "lasts", "lasts"], interrupt)
    assert worker.map(square, [3], ignore) == [9]  # nobody is busy with what was dropped
    assert time.monotonic() - begun < LONG / 10 / 2


def test_workers_compute_on_one_thread_and_leave_an_interruption_to_the_parent(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert Processes(2).map(surroundings, ["numpy"], ignore) == [({"1"}, signal.SIG_IGN)]
    assert os.environ["OMP_NUM_THREADS"] == "7"


@aside
def test_a_warning_of_many_parts_is_given_once(worker):
    with pytest.warns(UserWarning, match="outside the range") as caught:
        worker.map(complain, range(5), ignore)
    assert len(caught) == 1


@aside
@pytest.mark.usefixtures("fresh")
def test_workers_know_the_plugins(worker, tmp_path):
    lab = tmp_path / "plugin_work.py"
    lab.write_text(
        "from agents import AGENTS\n"
        "AGENTS.register('mine', object)\n"
        "def known(part, report):\n    return part in AGENTS\n"
    )
    work = plugins.load(lab).known
    assert worker.map(work, ["mine", "yours"], ignore) == [True, False]


@pytest.mark.usefixtures("fresh", "ray")
def test_a_killed_workers_run_equals_an_undisturbed_one_byte_for_byte(tmp_path, monkeypatch):
    sentence, lab = tmp_path / "sentence", tmp_path / "mortal_lab.py"
    lab.write_text(MORTAL.format(sentence=str(sentence), parent=os.getpid()))
    plugins.load(lab)
    monkeypatch.setattr(parts, "PATIENTS_PER_PART", 2)
    monkeypatch.setattr(closed_loop.report, "write", lambda folder: folder)
    monkeypatch.setattr(freshness, "files", lambda *_: {})  # takes longer than the runs
    left = {}
    for name in RUNNERS:
        sentence.touch()
        options = Evaluation(
            agents=("mortal",), reference="mortal", patients=4, horizon=310.0, observers=("none",),
            runner=name, out=tmp_path / name,
        )  # fmt: skip
        closed_loop.main(options, Console(quiet=True))
        assert sentence.exists() == (name == HERE)
        left[name] = {path.name: path for path in options.out.iterdir()}
    for name in set(RUNNERS) - {HERE}:
        assert set(left[name]) == set(left[HERE])
        for table in TABLES:
            assert left[name][table].read_bytes() == left[HERE][table].read_bytes(), (name, table)


@aside
def test_a_part_that_always_loses_its_worker_is_given_up(worker, monkeypatch):
    for module in (processes, cluster):
        monkeypatch.setattr(module, "ATTEMPTS", 2)
    with pytest.raises(ChildProcessError, match=r"^workers: .*2 .*(killed|lost)"):
        worker.map(die, ["dies"], ignore)


def test_workers_of_a_killed_run_do_not_go_on():
    run = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    run.stdout.readline()
    run.kill()
    run.communicate(timeout=LONG / 10 / 2)  # until nobody is left who could write


def test_one_process_is_this_process():
    assert runner("processes", 1) == runner("here", 1) == Here()
    assert runner("processes", 3) == Processes(3)
    assert runner("ray", 1) == Cluster(1)
    with pytest.raises(ValueError, match="workers: 0 is not allowed; 1 or more"):
        runner("processes", 0)
    with pytest.raises(ValueError, match="runner: unknown name 'slurm'; allowed are here, processes, ray"):
        runner("slurm", 2)


def test_without_ray_its_runner_says_what_to_install(monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "ray", raising=False)
    with pytest.raises(
        ValueError, match=r"^runner: ray is not installed; pip install 'anesthesia-testbed\[ray\]'"
    ):
        runner("ray", 2)


def test_a_cluster_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    with pytest.raises(ValueError, match=r"^RAY_ADDRESS: nobody answers at 127.0.0.1:1 \(.*refused\)"):
        runner("ray", 2)
