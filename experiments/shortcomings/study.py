"""Every demonstration in turn: what it found is saved, then drawn and told from what was saved."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import Progress

from experiments.running.results import write_csv, write_figure, write_run, write_text
from experiments.shortcomings import DEMONSTRATIONS, page
from experiments.shortcomings.contract import Demonstration, Found
from experiments.sites.purposes import seed_for


@dataclass(frozen=True)
class Shortcomings:
    """Show on generated cases what flatters a predictor, beside what is true of it.

    Attributes:
        only: demonstrations by name; all by default.
        seed: of people, cases, models and resampling.
        quick: a quick look of fewer people, with wider intervals.
        out: folder of the results.
    """

    only: tuple[str, ...] = ()
    seed: int = 0
    quick: bool = False
    out: Path = Path("results/shortcomings")

    def check(self) -> None:
        """Raise ValueError on the first bad option."""
        for name in self.only:
            if name not in DEMONSTRATIONS:
                raise ValueError(f"only: {name!r} is not allowed; {', '.join(DEMONSTRATIONS)}")
        seed_for("test", self.seed)


def study(config: Shortcomings) -> None:
    """Do it all. Raises ValueError on a bad option, before anything is written, or where something is not installed."""
    config.check()
    shown = {name: demonstration(name, config.quick) for name in config.only or DEMONSTRATIONS}
    write_run(config.out, config)
    rows = []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("", total=len(shown))
        for name, one in shown.items():
            bar.update(line, description=name)
            begun = time.perf_counter()
            found = one.show(config.seed)
            rows += records(name, found, time.perf_counter() - begun)
            write_csv(config.out / f"{name}.csv", found.points)
            bar.advance(line)
    write_csv(config.out / "rows.csv", pd.DataFrame(rows))
    for name in shown:
        write_figure(config.out / f"{name}.png", page.draw(name, config.out))
    write_text(config.out / "report.md", page.report(config.out))


def demonstration(name: str, quick: bool) -> Demonstration:
    """Return a demonstration by name, at full size or for a quick look."""
    kind = DEMONSTRATIONS.get(name)
    return kind.small() if quick else kind()


def records(name: str, found: Found, seconds: float) -> list[dict[str, Any]]:
    """Return lines of the table as they are saved; the seconds that a demonstration took stand in each."""
    kept = []
    for row in found.rows:
        numbers = {
            f"{which}{end}": value
            for which, interval in row.contrast._asdict().items()
            for end, value in zip(("", "_low", "_high"), interval, strict=True)
        }
        about = {"demonstration": name, "pitfall": row.pitfall, "score": row.score, "digits": row.digits}
        kept.append({**about, **numbers, "teaches": row.teaches, "seconds": round(seconds, 1)})
    return kept
