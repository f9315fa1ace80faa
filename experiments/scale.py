"""How time and memory grow with the cohort: one agent, a thousand to a million patients, each a run of its own."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from matplotlib import ticker
from matplotlib.figure import Figure
from rich.console import Console

from experiments import closed_loop
from experiments.loop.evaluation import Evaluation, agent_named
from experiments.loop.simulation import check_length
from experiments.reporting.figures import COLOURS, FAINT, STYLE
from experiments.running import folders, freshness
from experiments.running.command_line import run
from experiments.running.results import write_figure, write_json
from experiments.running.runners import PROCESSES, runner

POINTS, TABLE, FIGURE = "points", "scale.json", "scale.png"
LOOK = 0.2  # s, between looks at the memory
PROCESS = Path("/proc/self")


@dataclass(frozen=True)
class Scale:
    """Measure evaluations of growing cohorts, report included; write scale.json and scale.png.

    Running it again with the same options measures the sizes that are missing.

    Attributes:
        agent: who doses.
        patients: cohorts.
        horizon: length of their cases, s.
        largest: one cohort more, of shorter cases; 0 leaves it out.
        brief: length of the cases of the largest cohort, s.
        workers: processes.
        out: folder of the results; the run that is measured lies in it, and is removed.
    """

    agent: str = "anaesthetist_textbook"
    patients: tuple[int, ...] = (1_000, 10_000, 100_000)
    horizon: float = 10800.0
    largest: int = 1_000_000
    brief: float = 3600.0
    workers: int = 2
    out: Path = Path("results/scale")

    @property
    def sizes(self) -> list[tuple[int, float]]:
        """Patients and horizon of every run, the shortest first."""
        long = [(patients, self.horizon) for patients in sorted(self.patients)]
        return long + ([(self.largest, self.brief)] if self.largest else [])

    def path(self, patients: int, horizon: float) -> Path:
        """Return where a measured run is kept."""
        return self.out / POINTS / f"{patients}x{horizon:g}.json"


def main(config: Scale) -> None:
    """Measure what is missing, write the table and draw it.

    Raises:
        ValueError: a bad option, or a folder that holds something else; nothing has been written then.
        OSError: a full disk; sizes that were measured are kept.
    """
    check(config)
    console = Console()
    results, free = (POINTS, TABLE, FIGURE), ("patients", "largest", "out")
    with folders.begin(config.out, config, freshness.files(__spec__.name), results=results, free=free):
        for patients, horizon in config.sizes:
            path = config.path(patients, horizon)
            if not path.exists():
                console.print(f"{patients} patients, {horizon / 3600:g} h")
                write_json(path, apart(measure, config, patients, horizon))
        points = sorted((config.out / POINTS).glob("*.json"))
        table = costs(pd.DataFrame([json.loads(path.read_text(encoding="utf-8")) for path in points]))
        write_json(config.out / TABLE, {"unit": UNITS, "rows": table.to_dict("records")})
        write_figure(config.out / FIGURE, draw(table))
    console.print(table.round(2).to_string(index=False), highlight=False)
    console.print(f"saved: {config.out / TABLE}", soft_wrap=True)


UNITS = {
    "wall, cpu": "s, of all processes",
    "parent, worker": "MB, at the peak; the largest worker",
    "disk": "MB, of the results",
    "cpu_per_patient_hour": "ms",
    "cpu_of_one_more": "ms a patient-hour, beyond the next smaller cohort of the same length",
}


def check(config: Scale) -> None:
    """Raise ValueError on the first bad option."""
    if not PROCESS.exists():
        raise ValueError("memory is read from /proc, which only Linux has")
    agent_named(config.agent)
    runner(PROCESSES, config.workers)
    if not config.sizes or min(config.patients, default=1) < 1 or config.largest < 0:
        raise ValueError(
            f"patients: {config.patients}, largest {config.largest} are not allowed; cohorts of 1 or more"
        )
    for _, horizon in config.sizes:
        check_length(replace(Evaluation(), horizon=horizon))


def apart(function: Callable[..., Any], *given: Any) -> Any:
    """Return what a function says in a new process: its memory is its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *given).result()


def measure(config: Scale, patients: int, horizon: float) -> dict[str, float]:
    """Evaluate a cohort in this process and its workers, and return what it cost; see `UNITS`."""
    agents, began, used = (config.agent,), time.monotonic(), sum(os.times()[:4])
    with tempfile.TemporaryDirectory(dir=config.out) as place, _watched() as peaks:
        out = Path(place) / "run"
        asked = Evaluation(
            agents=agents, reference=agents[0], patients=patients, horizon=horizon, workers=config.workers, out=out
        )  # fmt: skip
        closed_loop.main(asked)
        disk = sum(path.stat().st_size for path in out.rglob("*"))
    parent = peaks.pop(os.getpid())
    return {
        "patients": patients,
        "hours": horizon / 3600.0,
        "wall": time.monotonic() - began,
        "cpu": sum(os.times()[:4]) - used,
        "parent": parent,
        "worker": max(peaks.values(), default=parent),
        "disk": disk / 1e6,
    }


@contextlib.contextmanager
def _watched() -> Iterator[dict[int, float]]:
    """Yield the peak of memory of this process and each of its children, MB by process, as it grows."""
    peaks, over = dict[int, float](), threading.Event()

    def look() -> None:
        while True:
            for pid in (os.getpid(), *_children()):
                peaks[pid] = _peak(pid) or peaks.get(pid, 0.0)  # the last: at first a child has its parent's
            if over.wait(LOOK):
                return

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield peaks
    finally:
        over.set()
        watch.join()


def _children() -> Iterator[int]:
    """Yield the processes that this one has started and that have not ended."""
    for file in PROCESS.glob("task/*/children"):
        with contextlib.suppress(OSError):  # the thread has just ended
            yield from map(int, file.read_text().split())


def _peak(pid: int) -> float:
    """Return the largest resident memory that a process has had, MB; 0 if it has just ended."""
    try:
        status = (PROCESS.parent / str(pid) / "status").read_text()
    except OSError:
        return 0.0
    words = next((line.split() for line in status.splitlines() if line.startswith("VmHWM")), None)
    return float(words[1]) / 1024.0 if words else 0.0


def costs(points: pd.DataFrame) -> pd.DataFrame:
    """Return the runs by length and size, with their cost a patient-hour and that of one more."""
    table = points.sort_values(["hours", "patients"], ascending=[False, True], ignore_index=True)
    lived = table["patients"] * table["hours"]
    table["cpu_per_patient_hour"] = 1e3 * table["cpu"] / lived
    more = table["cpu"].groupby(table["hours"]).diff() / lived.groupby(table["hours"]).diff()
    return table.assign(cpu_of_one_more=1e3 * more)


def draw(table: pd.DataFrame) -> Figure:
    """Draw time and memory by number of patients; the thin line goes in proportion to them from the last point."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8.0, 3.2), layout="constrained")
        time_taken, memory = figure.subplots(1, 2)
        for hours, style in zip(dict.fromkeys(table["hours"]), ("o-", "s--"), strict=False):
            own = table[table["hours"] == hours]
            for panel, names in ((time_taken, ("cpu", "wall")), (memory, ("parent", "worker"))):
                for name, colour in zip(names, COLOURS, strict=False):
                    label = f"{name}, {hours:g} h"
                    panel.plot(own["patients"], own[name], style, color=colour, ms=4, lw=1, label=label)
        ends = table["patients"].agg(["min", "max"]).to_numpy()
        largest = table.loc[table["hours"] == table["hours"].max()].iloc[-1]
        time_taken.plot(ends, largest["cpu"] * ends / largest["patients"], color=FAINT, lw=0.8, zorder=0)
        for panel, title in ((time_taken, "Time, s"), (memory, "Memory at its peak, MB")):
            panel.set(xscale="log", xlabel="patients", title=title)
            panel.legend(frameon=False)
        time_taken.set_yscale("log")
        for axis in (time_taken.yaxis, time_taken.xaxis, memory.xaxis):
            axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.0f}"))
            axis.set_minor_formatter(ticker.NullFormatter())
        memory.set_ylim(bottom=0.0)
    return figure


if __name__ == "__main__":
    run(main, Scale)
