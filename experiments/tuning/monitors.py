"""How recorded monitors err, fitted to the training part of recorded cases.

    python -m experiments.tuning.monitors --data DIR

Everything is read off the recorded signals: noise is what moves faster than patients drift.
`python -m experiments.publish --agent monitors --results results/monitors` ships the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from experiments.population.recorded import read
from experiments.population.view import View
from experiments.recorded.recordings import vitaldb_folder
from experiments.running.command_line import run
from experiments.running.results import write_json, write_run, write_text
from experiments.tuning import cards, displays, jitter
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from sim.monitors.arterial import USUAL
from sim.monitors.recorded import RECORDED, table

WHOLE = 1.0  # step of what is shown
EXTREMES = 0.01, 0.99  # no recorded value leaves the data
SHOWN = 21  # quantiles of what an arterial line shows in an artefact
QUARTILES = 1.349  # between them, in SDs of a normal distribution
EARLIEST = 30.0  # s; a line that was there before counts as coming then
DIGITS = 4  # significant


@dataclass
class Fit:
    """Fit noise, gaps and artefacts of monitors to recorded cases, and write them with their card.

    Attributes:
        data: folder of the real recordings; default: ANESTHESIA_DATA, or shared/data beside the checkout.
        out: folder that monitors_recorded.json and .md are written to.
    """

    data: Path | None = None
    out: Path = Path("results/monitors")


def main(config: Fit) -> None:
    """Read, fit, write, print."""
    cases = read(vitaldb_folder(config.data), "train")
    content = {**rounded(fitted(cases)), **cards.made("experiments.tuning.monitors")}
    table(content)
    path = write_run(config.out, config) / RECORDED.name
    write_json(path, content)
    write_text(path.with_suffix(".md"), card(content, cases.count))
    print("\n".join(rows(content)))


def fitted(cases: Cases) -> dict[str, Any]:
    """Return everything that `sim.monitors.recorded` reads, from recorded cases."""
    view = View(cases)
    return {"index": _index(view), "pressure": _pressure(view), "heart_rate": _heart_rate(view)}


def _index(view: View) -> dict[str, Any]:
    index = view.cases["bis"]
    size = displays.scale(index)
    even = np.concatenate([[0.0], np.cumsum(displays.HALF / size)])
    edges = displays.HALF * np.arange(len(even))
    missing = displays.runs(~np.isfinite(index), view.maintenance)
    windows = jitter.pieces(np.interp(index, edges, even), view.maintenance)
    repeats, again = displays.repeats(index), displays.again(index)
    stays = float(repeats[displays.USUAL].mean())
    return {
        "noise": asdict(jitter.sizes(windows, jitter.Display(displays.STEP, stays, again), evenly=True)),
        "scale": size,
        "repeats": repeats,
        "again": again,
        "repeats_log_sd": displays.repeats_log_sd(np.where(view.maintenance, index, np.nan), repeats, again),
        "gaps": [missing.between(1, displays.LONG), missing.between(displays.LONG, displays.GONE)],
    }


def _pressure(view: View) -> dict[str, Any]:
    pressure, raw = view.cases["pressure"], view.cases["raw_pressure"]
    windows = jitter.pieces(pressure, view.maintenance)
    growth = jitter.growth(windows, USUAL)
    wrong = np.isfinite(raw) & ~np.isfinite(pressure)
    artefacts = displays.runs(wrong, view.maintenance).between(1, displays.GONE)
    first = np.where(np.isfinite(pressure) & (view.since >= 0), view.since, np.inf).min(axis=0) * INTERVAL
    first = np.maximum(first[np.isfinite(first) & view.known_start], EARLIEST)
    low, middle, high = np.quantile(first, [0.25, 0.5, 0.75])
    return {
        "noise": asdict(jitter.sizes(_even(windows, growth), jitter.Display(WHOLE))),
        "growth": growth,
        "with_heart_rate": _together(view),
        "artefacts": artefacts,
        "shown": np.quantile(raw[wrong & view.maintenance], np.linspace(*EXTREMES, SHOWN)),
        "line": [middle, np.log(high / low) / QUARTILES],
    }


def _even(windows: jitter.Pieces, growth: float) -> jitter.Pieces:
    """Return windows of pressure as they would be at the usual one."""
    level = windows.values.mean(axis=0)
    moves = (windows.values - level) / (1.0 + growth * (level / USUAL - 1.0))
    return jitter.Pieces(level + moves, windows.case)


def _heart_rate(view: View) -> dict[str, Any]:
    rate = view.cases["heart_rate"]
    missing = displays.runs(~np.isfinite(rate), view.maintenance)
    return {
        "noise": asdict(jitter.sizes(jitter.pieces(rate, view.maintenance), jitter.Display(WHOLE))),
        "gaps": missing.between(1, displays.GONE),
    }


def _together(view: View) -> dict[str, float]:
    """Return how the innovations of pressure and heart rate go together: as their changes do."""
    signals = [view.cases[name] for name in ("pressure", "heart_rate")]
    both = view.maintenance & np.isfinite(signals[0]) & np.isfinite(signals[1])
    mean, sd = jitter.together(*(jitter.pieces(signal, both) for signal in signals))
    return {"mean": mean, "sd": sd}


def rounded(content: Any) -> Any:
    """Return nested numbers with few digits: fitted ones know no more."""
    if isinstance(content, Mapping):
        return {name: rounded(value) for name, value in content.items()}
    if isinstance(content, (list, np.ndarray)):
        return [rounded(value) for value in content]
    return float(f"{float(content):.{DIGITS}g}")


def rows(content: Mapping[str, Any]) -> list[str]:
    """Return the noise of the three signals as the rows of a table, Markdown."""
    signals = ("index", "pressure", "heart_rate")
    names = list(content["index"]["noise"])
    lines = [[signal, *(f"{content[signal]['noise'][name]:g}" for name in names)] for signal in signals]
    return [f"| {' | '.join(line)} |" for line in ([" ", *names], ["---"] * (1 + len(names)), *lines)]


def card(content: Mapping[str, Any], count: int) -> str:
    """Return the card of the table."""
    return cards.card(
        "monitors_recorded",
        "Noise, plateaus, gaps and artefacts of the monitors, as recorded ones have them: sizes, shares and quantiles.",
        content,
        "python -m experiments.tuning.monitors --data DIR",
        f"VitalDB (Lee HC, Sci Data 2022;9:279; not to be redistributed): {count} cases of the training part, in "
        "maintenance",
        "sizes of the noise (see sim.monitors.noise.Sizes), in index points where the index is not on a plateau, mmHg "
        "at 80 mmHg, and 1/min. Gaps of more than 15 min are left out: there a monitor was taken away",
        rows(content),
    )


if __name__ == "__main__":
    run(main, Fit)
