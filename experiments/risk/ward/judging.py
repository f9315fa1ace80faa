"""Expected harm of every agent beside the reference, and how the difference hangs on each assumption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from experiments.judging.bootstrap import ALL, NOTHING, interval
from experiments.risk.ward.admitting import Admitted, Exposed
from sim.metrics import metric_table
from sim.outcomes.ward.course import HOURS, course, events, stage
from sim.outcomes.ward.exposures import EXPOSURES
from sim.outcomes.ward.links import OUTCOMES, Link, Links, believed, instead, used
from sim.outcomes.ward.risk import risk

PER = 1000.0  # people that expected harm is counted in
BESIDE = (  # metrics of the loop that stand beside expected harm
    "time_in_40_60_percent",
    "map_below_65_twa_mmhg",
    "map_below_65_min",
    "bis_below_45_min",
    "norepinephrine_ug_per_kg",
)
AS_IT_IS, CAUSAL = "as the table has it", "how much is causal (none, half, all)"
SHARES = {"none of it causal": 0.0, "half": 0.5, "all of it": 1.0}
DRAWN = "events.csv"


class Assumed(NamedTuple):
    """One way to assume: what is varied, its end in words, its subject, the links and the incidence."""

    varied: str
    end: str
    kind: str
    links: Links
    incidence: float | None = None


def expected(
    admitted: Admitted, cases: pd.DataFrame, links: Links, reference: str, seed: int
) -> pd.DataFrame:
    """Return one row an agent and quantity: mean and paired difference to the reference, with 95 % intervals.

    Args:
        admitted: who is judged.
        cases: a row an agent and patient, with the metrics that stand beside.
        links: the table.
        reference: whom others are compared with.
        seed: of the bootstrap over patients.
    """
    known = metric_table()
    rows: list[dict[str, object]] = []
    for name, outcome in OUTCOMES.items():
        values = harm(admitted, links, name)
        rows += _rows(values, name, outcome.label, f"per {PER:g}", reference, seed)
    for name in BESIDE:
        values = {
            str(agent): own.sort_values("patient")[name].to_numpy() for agent, own in cases.groupby("agent")
        }
        ordered = {agent: values[agent] for agent in admitted.exposed}
        rows += _rows(ordered, name, known[name].label, known[name].unit, reference, seed)
    return pd.DataFrame(rows)


def harm(
    admitted: Admitted, links: Links, outcome: str, incidence: float | None = None
) -> dict[str, np.ndarray]:
    """Return agent -> expected cases of an outcome in `PER` people like each, (patients,)."""
    return {
        agent: PER * risk(links, outcome, exposed, incidence) for agent, exposed in admitted.exposed.items()
    }


def _rows(
    values: Mapping[str, np.ndarray], name: str, label: str, unit: str, reference: str, seed: int
) -> Iterator[dict[str, object]]:
    for agent, own in values.items():
        mean = interval(own, ALL, seed)
        gap = interval(own - values[reference], ALL, seed) if agent != reference else NOTHING
        yield {
            "agent": agent, "quantity": name, "label": label, "unit": unit,
            "mean": mean.estimate, "low": mean.low, "high": mean.high,
            "difference": gap.estimate, "difference_low": gap.low, "difference_high": gap.high,
        }  # fmt: skip


def assumptions(links: Links, outcome: str) -> Iterator[Assumed]:
    """Yield every way to assume something else about an outcome: one thing at a time, the rest as the table has it."""
    yield Assumed(AS_IT_IS, "", "table", links)
    for end, share in SHARES.items():
        yield Assumed(CAUSAL, end, "share", believed(links, share))
    for link in used(links, outcome):
        for end in ("low", "high"):
            moved = replace(link, odds_ratio=getattr(link, end))
            other = tuple(moved if one == link else one for one in links)
            yield Assumed(named(link), f"{getattr(link, end):g}", "interval", other)
    for link in links:
        if link.outcome == outcome and not link.used:
            yield Assumed(f"{link.about} by another study", named(link), "study", instead(links, link))
    for end in ("low", "high"):
        incidence = getattr(OUTCOMES[outcome], end)
        yield Assumed("incidence", f"{100 * incidence:g} %", "incidence", links, incidence)


def named(link: Link) -> str:
    """Return what a link is, in a few words."""
    exposure = EXPOSURES[link.exposure]
    if exposure.unit == "0/1":
        return exposure.label
    amount = exposure.unit if link.per == 1.0 else f"{link.per:g} {exposure.unit}"
    return f"{exposure.label}, per {amount}"


def sensitivity(admitted: Admitted, links: Links, reference: str, seed: int) -> pd.DataFrame:
    """Return one row an outcome, assumption and agent: the paired difference to the reference, per `PER`."""
    rows: list[dict[str, object]] = []
    for outcome in OUTCOMES:
        for assumed in assumptions(links, outcome):
            about = {"outcome": outcome, "varied": assumed.varied, "end": assumed.end, "kind": assumed.kind}
            values = harm(admitted, assumed.links, outcome, assumed.incidence)
            expected = float(values[reference].mean())
            for agent in (name for name in values if name != reference):
                gap = interval(values[agent] - values[reference], ALL, seed)
                found = {"difference": gap.estimate, "low": gap.low, "high": gap.high, "reference": expected}
                rows.append({**about, "agent": agent, **found})
    return pd.DataFrame(rows)


def drawn(admitted: Admitted, links: Links) -> pd.DataFrame:
    """Return one row an agent and patient: who has what by lot, AKIN's stage, and creatinine, mg/dL, by the hour."""
    tables = []
    for agent, exposed in admitted.exposed.items():
        happened = events(admitted.keys, _risks(links, exposed))
        levels = course(admitted.keys, admitted.female, happened["kidney"])
        by_hour = {f"creatinine_{hour:g}_h": level for hour, level in zip(HOURS, levels, strict=True)}
        own = {name: values.astype(int) for name, values in happened.items()}
        who = {"agent": agent, "patient": np.arange(len(admitted.keys))}
        tables.append(pd.DataFrame({**who, **own, "akin_stage": stage(levels), **by_hour}))
    return pd.concat(tables, ignore_index=True)


def _risks(links: Links, exposed: Exposed) -> dict[str, np.ndarray]:
    return {outcome: risk(links, outcome, exposed) for outcome in OUTCOMES}
