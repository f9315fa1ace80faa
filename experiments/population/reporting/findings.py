"""Everything that a comparison finds, as tables: quantities, courses, variograms, verdicts, what gives it away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from experiments.population import courses, quantities, targets
from experiments.population.discriminator import Discrimination
from experiments.population.simulated import begun
from experiments.population.targets import Side, Verdict
from experiments.population.view import correlation
from predictors.learning.cases import Cases

RECORDED = "recorded"


@dataclass
class Findings:
    """Tables by name, and the verdicts in the order they are judged in."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    discriminator: dict[str, float] | None = None

    def plain(self) -> dict[str, Any]:
        """Return every figure as what JSON knows."""
        known = {} if self.discriminator is None else {"discriminator": self.discriminator}
        tables = {name: table.to_dict("records") for name, table in self.tables.items() if name != "windows"}
        return known | tables


def find(
    recorded: Cases,
    models: Cases,
    loop: Cases | None,
    replay: Cases | None,
    typical: Cases | None,
    told: Discrimination | None,
    seed: int,
) -> Findings:
    """Return the findings of what was simulated; None: it was not asked for.

    Args:
        recorded: all recorded cases.
        models: those that the simulated cases were made after, in the order of these.
        loop, replay, typical: closed loop, and recorded doses in drawn and in typical people.
        told: what the discriminator reached.
        seed: of resampling.
    """
    found = Findings()
    real = Side.of(recorded)
    sides: dict[str, Side] = {RECORDED: real}
    if loop is not None:
        sides["closed loop"] = Side.of(loop)
        found.verdicts += targets.closed_loop(real, sides["closed loop"], seed)
    if replay is not None and typical is not None:
        sides["replay"] = Side.of(replay)
        same = Side.of(models)
        fit = correlation(begun(models)["bis"], typical["bis"])
        found.verdicts += targets.replay(same, sides["replay"], fit, seed)
    if told is not None:
        found.verdicts += targets.told_apart(told.auc)
        found.discriminator = {name: area.estimate for name, area in told.auc.items()}
        rows = [{"tracks": name, **area._asdict()} for name, area in told.auc.items()]
        found.tables |= {"areas": pd.DataFrame(rows), "importance": told.importance}
    found.tables |= _described(sides)
    found.tables["targets"] = targets.as_table(found.verdicts)
    return found


def _described(sides: Mapping[str, Side]) -> dict[str, pd.DataFrame]:
    """Return every quantity and course of each side, one below the other."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for name, side in sides.items():
        across = quantities.across_cases(side.table)
        tables = {
            "quantities": quantities.quantiles(side.table),
            "across_cases": pd.DataFrame({"quantity": across.keys(), "value": across.values()}),
            "courses": courses.courses(side.view),
            "by_age": courses.by_age(side.table),
            "variograms": courses.variograms(side.view),
        }
        for what, table in tables.items():
            parts.setdefault(what, []).append(table.assign(side=name))
    return {what: pd.concat(tables, ignore_index=True) for what, tables in parts.items()}
