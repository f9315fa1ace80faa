"""What recorded cases leave unexplained once each has a twin: drift and noise, for the next twins.

    python -m experiments.twin.tuning --data DIR --out results/twins
    python -m experiments.publish --agent twins --results results/twins

Whole cases of subjects that train are fitted, one individual is drawn for each, and the sizes and times of both
processes are those under which what is left over is likeliest; with them cases are fitted again (stochastic EM: Celeux,
Comput Stat Q 1985;2:73).
"""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from scipy.optimize import minimize
from scipy.special import gammaln

from experiments.judging.splits import SEED, split
from experiments.recorded.recordings import vitaldb_folder
from experiments.running.command_line import run
from experiments.running.results import write_json, write_run, write_text
from experiments.sites.recorded import read_cases
from experiments.tuning import cards
from experiments.twin import vitals
from predictors.learning.cases import Cases
from predictors.twins.deviates import Deviates
from predictors.twins.posterior import Model, fit, left_over, shown_slope
from predictors.twins.record import record
from predictors.twins.wander import Wander, prepare, read_wander, surprises
from sim.settings import Models

LONGEST = 10800.0  # s; longer cases are cut
BATCH = 20  # cases fitted together
EVALUATIONS = 250
NAMES = tuple(entry.name for entry in fields(Wander))
Left = list[np.ndarray]  # what is left over, its slope and what was shown, (samples, cases)


@dataclass(frozen=True)
class Tuning:
    """Find out what twins leave unexplained.

    Attributes:
        data: folder of recorded cases, or one with `vitaldb` in it; default: ANESTHESIA_DATA, else ../shared/data.
        cases: of subjects that train, drawn by lot.
        rounds: of fits.
        models: what is believed of people before anything is seen of them.
        seed: of the lot.
        out: folder of the results.
    """

    data: Path | None = None
    cases: int = 60
    rounds: int = 2
    models: Models = field(default_factory=Models)
    seed: int = 0
    out: Path = Path("results/twins")

    def __post_init__(self) -> None:
        for name in ("cases", "rounds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; 1 or more")


def main(config: Tuning) -> None:
    """Fit, tune, write the table and its card.

    Raises:
        ValueError: a bad option, or a folder that cannot be used.
        OSError: a missing file.
    """
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    everybody, _ = read_cases(vitaldb_folder(config.data))
    train = split(everybody, SEED)["train"]
    lot = np.random.default_rng(config.seed).permutation(train)[: config.cases]
    cases = everybody.select(np.sort(lot)).shortened(LONGEST)
    wander, rows = read_wander(), []
    for number in range(1, config.rounds + 1):
        left = fitted(Model(Deviates(config.models), wander["bis"]), cases, config.seed)
        for signal, found in left.items():
            wander[signal], likelihood = tuned(wander[signal], *found)
            rows.append((number, signal, *asdict(wander[signal]).values(), likelihood))
            print(number, signal, wander[signal], flush=True)
    write_run(config.out, config)
    write_json(config.out / "wander.json", {"wander": wander, "models": config.models})
    write_text(config.out / "wander.md", card(config, cases, rows))


def fitted(model: Model, cases: Cases, seed: int) -> dict[str, Left]:
    """Return what an individual drawn for each case leaves over of each signal."""
    parts: dict[str, list[Left]] = {}
    for first in track(
        range(0, cases.count, BATCH), "fitting twins", console=Console(stderr=True), transient=True
    ):
        some = cases.select(np.arange(first, min(first + BATCH, cases.count)))
        for signal, left in _left(model, some, seed).items():
            parts.setdefault(signal, []).append([_padded(array, len(cases["bis"])) for array in left])
    return {
        signal: [np.concatenate(arrays, axis=1) for arrays in zip(*found, strict=True)]
        for signal, found in parts.items()
    }


def tuned(wander: Wander, rest: np.ndarray, slope: np.ndarray, shown: np.ndarray) -> tuple[Wander, float]:
    """Return the likeliest sizes and times, sought from some on, and their log likelihood a reading."""
    start = np.log([getattr(wander, name) for name in NAMES])

    def loss(logarithms: np.ndarray) -> float:
        return -log_likelihood(_of(logarithms), rest, slope, shown)

    options = {"maxfev": EVALUATIONS, "xatol": 0.01, "fatol": 1.0}
    best = minimize(loss, start, method="Nelder-Mead", options=options)
    return _of(best.x), float(-best.fun / shown.sum())


def log_likelihood(wander: Wander, rest: np.ndarray, slope: np.ndarray, shown: np.ndarray) -> float:
    """Return the log likelihood of what is left over, all cases, the scale of each case integrated out."""
    prepared = prepare(wander, slope, shown)
    surprise, _ = surprises(wander, prepared, rest)
    freedom, count = wander.scale_freedom, shown.sum(axis=0)
    spread = np.where(shown, np.log(np.where(shown, prepared.sd, 1.0)), 0.0).sum(axis=0)
    whole = gammaln(0.5 * (freedom + count)) - gammaln(0.5 * freedom) - 0.5 * count * np.log(np.pi)
    whole += 0.5 * freedom * np.log(freedom) - spread
    whole -= 0.5 * (freedom + count) * np.log(freedom + (surprise**2).sum(axis=0))
    return float(whole.sum())


def card(config: Tuning, cases: Cases, rows: list[tuple[Any, ...]]) -> str:
    """Return the card that goes with the table."""
    heading = ("round", "signal", *NAMES, "log likelihood a reading")
    lines = [f"| {' | '.join(heading)} |", "|---|---|" + "--:|" * (len(NAMES) + 1)]
    for number, signal, *values in rows:
        lines.append(f"| {number} | {signal} | {' | '.join(f'{value:.4g}' for value in values)} |")
    command = f"python -m experiments.twin.tuning --data DIR --cases {config.cases} --rounds {config.rounds}"
    return cards.card(
        "wander",
        "What people and their doses leave unexplained of recorded index, pressure and heart rate, for fitting twins.",
        {**cards.made("experiments.twin.tuning"), "command": command},
        f"{command} --seed {config.seed}",
        f"{cases.count} recorded cases of subjects that train (VitalDB, Lee HC, Sci Data 2022;9:279), cut to"
        f" {LONGEST / 3600:g} h; nobody who validates or tests was seen",
        "maximum likelihood, round by round; index in points and logs of sensitivity, the others in logs",
        lines,
    )


def _left(model: Model, cases: Cases, seed: int) -> dict[str, Left]:
    known = record(cases, seed, model.deviates.models)
    z = fit(model, known).draws[0]
    found = {"bis": [left_over(model, known, z), shown_slope(model, known, z), known.shown]}
    for signal, logs in vitals.typical(model, known, z).items():
        rest = vitals.left_over(cases[signal], logs)
        found[signal] = [rest, np.ones_like(rest), np.isfinite(cases[signal])]
    return found


def _padded(values: np.ndarray, samples: int) -> np.ndarray:
    return np.pad(values, ((0, samples - len(values)), (0, 0)))


def _of(logarithms: np.ndarray) -> Wander:
    return Wander(**{name: float(value) for name, value in zip(NAMES, np.exp(logarithms), strict=True)})


if __name__ == "__main__":
    run(main, Tuning)
