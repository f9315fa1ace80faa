"""How well are policies judged from logged cases alone? Estimates beside what policies are worth when really played.

Fitted Q evaluation, importance sampling and a doubly robust estimate judge learned policies, and simple ones, good and
bad, from a log; then each takes over simulated cases from the same clinicians, and the estimates are scored: rank
correlation, error, how often the interval holds the truth. Sampling is also done with odds as a clone has them, as must
be where nobody knows them: in recorded cases, which are judged with --patients 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from rich.progress import Progress
from scipy.stats import spearmanr, t

from agents.learned.offline import WEIGHTS, Choices
from experiments.judging.bootstrap import LEVEL, Interval, interval
from experiments.offline import datasets, fitted
from experiments.offline.clinicians import RULES, Policy, softened
from experiments.offline.fitted import Fitted
from experiments.offline.learners import DISCOUNT, Descent
from experiments.offline.log import NAME, Setting, simulated
from experiments.offline.logs import Log
from experiments.offline.weighed import weighed
from experiments.running import folders, freshness
from experiments.running.command_line import run
from experiments.running.results import atomic, write_csv, write_figure

CLONE = "clone"  # the learned policy whose odds stand for unknown ones
VALUES, SCORES, PICTURE, FIT, PARTS = "values.csv", "scores.csv", "values.png", "fitted.npz", "parts"
FITTED, SAMPLING, ROBUST = "fitted Q", "importance sampling", "doubly robust"
AS_CLONED = ", odds as cloned"


@dataclass(frozen=True)
class Judging(Setting):
    """Judge policies from a log, then play them.

    Attributes:
        logs: folder that holds the data set `cases-v0`.
        policies: folder of learned ones, written by `experiments.offline.learn`.
        softness: share of the moves of every policy that is drawn by lot, so that logs hold some of each.
        decisions: that are judged, from the third minute on; shorter cases are left out.
        steps: of the fit.
        resamples: of the cases in the fit, for its interval; at least 2.
        patients: played by every policy; 0 for none.
        seed: of those cases; another than the log's.
        out: folder of the results.
    """

    logs: Path = Path("results/offline/logs")
    policies: Path = Path("results/offline/policies")
    softness: float = 0.1
    decisions: int = 60
    steps: int = 3000
    resamples: int = 4
    patients: int = 300
    seed: int = 1500
    out: Path = Path("results/offline/judged")


def main(config: Judging) -> None:
    """Judge, play, score, draw. Raises ValueError on a bad option or a folder without logs or policies."""
    torch.set_num_threads(1)
    check(config)
    log = whole(datasets.read(config.logs / NAME), config.decisions)
    policies = contenders(config)
    files = freshness.files("experiments.offline.judge", config, [config.logs / NAME, config.policies])
    results = (VALUES, SCORES, PICTURE, FIT, PARTS)
    with folders.begin(config.out, config, files, results=results):
        odds = np.stack([policy(np.moveaxis(log.seen, 2, 0)) for policy in policies.values()])
        odds = np.moveaxis(odds, 1, 3).astype(np.float32)  # (policies, decisions + 1, cases, moves)
        table = judged(config, log, [*policies], odds, fitted_values(config, log, odds))
        if config.patients:
            truth = pd.DataFrame([played(config, *policy) for policy in policies.items()])
            table = table.merge(truth, on="policy")
            write_csv(config.out / SCORES, scores(table))
            print(pd.read_csv(config.out / SCORES).round(3).to_string(index=False))
            write_figure(config.out / PICTURE, draw(table))
        write_csv(config.out / VALUES, table)
        print(table.round(3).to_string(index=False))


def check(config: Judging) -> None:
    """Raise ValueError on the first bad option."""
    for name, least in {"decisions": 2, "steps": 1, "resamples": 2, "patients": 0}.items():
        if getattr(config, name) < least:
            raise ValueError(f"{name}: {getattr(config, name)} is not allowed; {least} or more")
    if not 0.0 <= config.softness <= 1.0:
        raise ValueError(f"softness: {config.softness} is not allowed; 0 to 1")


def whole(log: Log, decisions: int) -> Log:
    """Return the cases with so many decisions, cut to them. Raises ValueError if there are none."""
    kept = log.select(log.length >= decisions)
    if not kept.count:
        raise ValueError(
            f"decisions: {decisions} is not allowed; no logged case has more than {log.length.max()}"
        )
    return kept.shortened(decisions)


def contenders(config: Judging) -> dict[str, Policy]:
    """Return the policies by name. Raises ValueError if none was learned, or the clone is missing."""
    learned = {
        path.parent.name: Choices.load(path).odds
        for path in sorted(config.policies.glob(f"*/{WEIGHTS.name}"))
    }
    if CLONE not in learned:
        raise ValueError(
            f"policies: {config.policies} holds no {CLONE}; python -m experiments.offline.learn --learners {CLONE}"
        )
    return {name: softened(policy, config.softness) for name, policy in {**learned, **RULES}.items()}


def fitted_values(config: Judging, log: Log, odds: np.ndarray) -> Fitted:
    """Return what fitted Q evaluation says, kept in the folder."""
    file = config.out / FIT
    if not file.exists():
        how = Descent(steps=config.steps, sizes=(32, 32), follows=0.02, seed=config.seed)
        with Progress() as bar:
            task = bar.add_task("fitted Q evaluation", total=1.0)
            found = fitted.fit(
                log, odds, how, config.resamples, lambda share: bar.update(task, completed=share)
            )
        with atomic(file) as partial:
            np.savez_compressed(partial, **found._asdict())
    with np.load(file) as held:
        return Fitted(*(held[name] for name in Fitted._fields))


def judged(config: Judging, log: Log, names: list[str], odds: np.ndarray, fit: Fitted) -> pd.DataFrame:
    """Return a row a policy and estimator: what it says the policy is worth, reward of a minute."""
    made = np.take_along_axis(odds[:, :-1], log.move[None, ..., None], axis=3)[..., 0]
    logged = {"": log.odds} if np.isfinite(log.odds).all() else {}
    clone = Choices.load(config.policies / CLONE / WEIGHTS.name).odds(np.moveaxis(log.seen[:-1], 2, 0))
    logged[AS_CLONED] = np.take_along_axis(clone, log.move[None], axis=0)[0]
    rows: list[tuple] = []
    for number, name in enumerate(names):
        rows.append((name, FITTED, *resampled(fit.start[number]), np.nan))
        for how, known in logged.items():
            found = weighed(
                made[number], known, log.reward, fit.made[number], fit.ahead[number], DISCOUNT, config.seed
            )
            rows.append((name, SAMPLING + how, *found.sampling, found.effective))
            rows.append((name, ROBUST + how, *found.doubly_robust, found.effective))
    return pd.DataFrame(rows, columns=["policy", "estimator", "estimate", "low", "high", "effective_cases"])


def resampled(values: np.ndarray) -> Interval:
    """Return the mean of resampled fits, (resamples,), and an interval from their spread (Student's)."""
    reach = float(t.ppf(0.5 + LEVEL / 200.0, len(values) - 1) * values.std(ddof=1))
    middle = float(values.mean())
    return Interval(middle, middle - reach, middle + reach)


def played(config: Judging, name: str, policy: Policy) -> dict[str, object]:
    """Return what a policy is worth when it takes over from the clinicians, with its interval."""
    found = simulated(
        config, 0.0, config.patients, config.seed, config.out / PARTS / name, policy, f"playing {name}"
    )
    log = whole(found.log, config.decisions)
    worth = DISCOUNT ** np.arange(config.decisions)
    value = interval(worth @ log.reward / worth.sum())
    return {
        "policy": name,
        **dict(zip(("truth", "truth_low", "truth_high"), value, strict=True)),
        "true_time_in_40_60_percent": float(found.in_range.mean()),
    }


def scores(table: pd.DataFrame) -> pd.DataFrame:
    """Return how good each estimator is over the policies."""
    rows = []
    for name, one in table.groupby("estimator", sort=False):
        known = one[np.isfinite(one["estimate"])]
        error = known["estimate"] - known["truth"]
        rows.append(
            {
                "estimator": name,
                "policies": len(known),
                "rank_correlation": spearmanr(known["estimate"], known["truth"]).statistic,
                "mean_error": error.mean(),
                "mean_absolute_error": error.abs().mean(),
                "interval_holds_truth": known["truth"].between(known["low"], known["high"]).mean(),
                "interval_width": (known["high"] - known["low"]).mean(),
                "effective_cases": known["effective_cases"].median(),
                "worth_of_the_chosen": known.loc[known["estimate"].idxmax(), "truth"],
                "worth_of_the_best": known["truth"].max(),
            }
        )
    return pd.DataFrame(rows)


def draw(table: pd.DataFrame) -> Figure:
    """Draw estimates over truth, a panel an estimator."""
    names = [*dict.fromkeys(table["estimator"])]
    figure = Figure(figsize=(3.2 * len(names), 3.6), layout="constrained")
    ends = [table["truth"].min() - 0.1, table["truth"].max() + 0.1]
    for panel, name in zip(figure.subplots(1, len(names), sharex=True, sharey=True), names, strict=True):
        one = table[table["estimator"] == name]
        reach = [one["estimate"] - one["low"], one["high"] - one["estimate"]]
        panel.errorbar(
            one["truth"], one["estimate"], np.maximum(reach, 0.0), fmt="o", markersize=4, linewidth=1
        )
        for row in one.itertuples():
            panel.annotate(
                row.policy, (row.truth, row.estimate), fontsize=6, xytext=(3, 3), textcoords="offset points"
            )
        panel.plot(ends, ends, color="0.6", linewidth=1)
        panel.set_title(name, fontsize=9)
        panel.set_xlabel("worth when played")
    figure.axes[0].set_ylabel("estimate from the log")
    return figure


if __name__ == "__main__":
    run(main, Judging)
