"""Fit how recorded pressures go on: the numbers of the site `stepped`.

    python -m experiments.risk.hypotension.fitting --data DIR

Of the recorded subjects only those of part `train` are looked at. Result: steps.json, some hundred numbers.
"""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

from experiments.judging import splits
from experiments.risk.hypotension.recorded import recorded
from experiments.risk.hypotension.steps import TABLE, fit
from experiments.running.command_line import run
from experiments.running.results import write_json


@dataclass(frozen=True)
class Fitting:
    """Fit the steps of recorded pressures.

    Attributes:
        data: folder of recorded cases; the usual one by default.
        cases: at most so many of part `train`; 0 is all.
        out: file of the numbers; the package's own by default.
    """

    data: Path | None = None
    cases: int = 280
    out: Path | None = None


def main(config: Fitting) -> None:
    """Fit and write.

    Raises:
        ValueError: a bad option, or recordings that cannot be used; nothing has been written then.
    """
    if config.cases < 0:
        raise ValueError(f"cases: {config.cases} is not allowed; 0 (all) or more")
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    everyone, _ = recorded(config.data)
    train = splits.split(everyone, splits.SEED)["train"]
    chosen = train[: config.cases or len(train)]
    steps = fit(everyone.select(chosen).shortened(4 * 3600.0))
    rows = {name: [float(f"{value:.6g}") for value in values] for name, values in asdict(steps).items()}
    out = config.out or TABLE
    write_json(out, {"source": "VitalDB, Lee HC, Sci Data 2022;9:279", "cases": len(chosen), **rows})
    print(f"results: {out}")


if __name__ == "__main__":
    run(main, Fitting)
