"""What simulated patients must show, a row a figure: recorded, simulated, how far apart, whether that is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.judging.bootstrap import Interval, percentile_ends, resample_counts
from experiments.population import courses, depth, quantities
from experiments.population.courses import Counts
from experiments.population.view import View
from predictors.learning.cases import Cases

# What is near enough was set before patients were fitted to recorded cases (choice).
DRAWS = 500  # of subjects
SPREAD = (0.24, 0.29)  # log-SD of apparent sensitivity; recorded cases have .26
CORRELATION = 0.72  # of a case's index with that of typical people, median over cases; it was .67
JUDGED_SITES = ("1.75-2.25", "2.75-3.25", "3.75-4.25", "4.75-5.5")  # µg/mL
AREAS = {"all": 0.75, "index": 0.65, "circulation": 0.70}  # largest allowed; .5 is not to be told apart


class Asked(NamedTuple):
    """Quantiles over cases that must agree, to so many points, or (`relative`) to such a share of the recorded one."""

    quantity: str
    label: str
    probabilities: tuple[float, ...]
    allowed: float
    relative: bool = False


QUARTILES, ENDS, MIDDLE = (0.25, 0.5, 0.75), (0.05, 0.95), (0.5,)
LOOP = (
    Asked("propofol_mg_per_kg_h", "propofol, mg/kg/h", MIDDLE, 0.1, True),
    Asked("propofol_mg_per_kg_h", "propofol, mg/kg/h", ENDS, 0.2, True),
    Asked("remifentanil_ug_per_kg_min", "remifentanil, µg/kg/min", MIDDLE, 0.1, True),
    Asked("remifentanil_ug_per_kg_min", "remifentanil, µg/kg/min", ENDS, 0.2, True),
    Asked("time_below_40_percent", "time below index 40, %", QUARTILES, 5.0),
    Asked("time_in_40_60_percent", "time in index 40–60, %", QUARTILES, 5.0),
    Asked("time_above_60_percent", "time above index 60, %", QUARTILES, 5.0),
    Asked("pressure_median", "median MAP, mmHg", MIDDLE, 5.0),
    Asked("heart_rate_median", "median heart rate, 1/min", MIDDLE, 5.0),
    Asked("bis_sd", "within-case SD of the index", MIDDLE, 0.2, True),
    Asked("pressure_sd", "within-case SD of MAP, mmHg", MIDDLE, 0.2, True),
    Asked("heart_rate_sd", "within-case SD of heart rate, 1/min", MIDDLE, 0.2, True),
    Asked("map_below_65_percent", "time with MAP < 65 mmHg, %", MIDDLE, 2.0),
)
REPLAY = (
    *(
        Asked(
            f"index_at_{minute}_min", f"index {minute} min after the first propofol", courses.QUANTILES, 5.0
        )
        for minute in depth.MINUTES
    ),
    Asked("index_at_stop", "index when propofol stops", courses.QUANTILES, 5.0),
)


@dataclass(frozen=True)
class Verdict:
    """One figure. difference: simulated less recorded, in the unit or (`relative`) as a share, with its 95 % interval
    over subjects; allowed: its largest size, or the range or limit of the simulated figure in words.
    """

    question: str
    quantity: str
    at: str
    recorded: float
    simulated: float
    difference: float
    low: float
    high: float
    allowed: str
    met: bool


@dataclass(frozen=True)
class Side:
    """Recorded or simulated cases, looked at, and the quantities of each."""

    view: View
    table: pd.DataFrame

    @classmethod
    def of(cls, cases: Cases) -> Side:
        """Return the cases with their quantities."""
        view = View(cases)
        return cls(view, quantities.looked_at(view))


def closed_loop(recorded: Side, simulated: Side, seed: int) -> list[Verdict]:
    """Return the verdicts on people dosed by the agent: doses, depth, circulation, index by effect site, spread."""
    lot = _Lot.over(recorded, simulated, seed=seed)
    found = [_spread(recorded, simulated, lot)]
    found += [
        row
        for asked in LOOP
        for row in _quantiles("closed loop", asked, recorded.table, simulated.table, lot)
    ]
    sites = [courses.by_effect_site(side.view) for side in (recorded, simulated)]
    for group in JUDGED_SITES:
        found += _site(group, (sites[0][group], sites[1][group]), (recorded, simulated), lot)
    return found


def replay(recorded: Side, simulated: Side, typical: np.ndarray, seed: int) -> list[Verdict]:
    """Return the verdicts on people given recorded doses.

    Args:
        recorded: the same cases in the same order as the simulated ones.
        simulated: individuals drawn.
        typical: (cases,), correlation over time of the recorded index with that of typical people, noise-free.
        seed: of the resampling.
    """
    lot = _Lot.over(recorded, simulated, seed=seed)
    found = []
    for asked in REPLAY:
        both = recorded.table[asked.quantity].notna() & simulated.table[asked.quantity].notna()
        found += _quantiles("replay", asked, recorded.table[both], simulated.table[both], lot)
    values = lot.quantiles(typical, recorded.table["subject"], 0.5)
    middle = float(np.nanmedian(typical))
    row = Verdict(
        "replay", "correlation of the index with typical people's", "50 %", np.nan, middle, np.nan,
        *percentile_ends(values), f"≥ {CORRELATION:g}", middle >= CORRELATION,
    )  # fmt: skip
    return [*found, row]


def told_apart(areas: Mapping[str, Interval]) -> list[Verdict]:
    """Return the verdicts on the discriminator."""
    return [
        Verdict(
            "discriminator", f"AUC, {name}", "", np.nan, areas[name].estimate, np.nan, areas[name].low,
            areas[name].high, f"≤ {limit:g}", areas[name].estimate <= limit,
        )
        for name, limit in AREAS.items()
    ]  # fmt: skip


def as_table(verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """Return a row a verdict."""
    return pd.DataFrame([asdict(one) for one in verdicts])


@dataclass(frozen=True)
class _Lot:
    """Subjects drawn again and again, the same for both sides. counts: (draws, subjects) by number of `names`."""

    names: np.ndarray
    counts: np.ndarray

    @classmethod
    def over(cls, *sides: Side, seed: int) -> _Lot:
        names = np.unique(np.concatenate([side.table["subject"].to_numpy(str) for side in sides]))
        return cls(names, resample_counts(len(names), DRAWS, seed))

    def weights(self, subject: pd.Series) -> np.ndarray:
        """How often each case counts, (draws, cases)."""
        return self.counts[:, np.searchsorted(self.names, subject.to_numpy(str))].astype(float)

    def quantiles(self, values: np.ndarray, subject: pd.Series, probability: float) -> np.ndarray:
        """The quantile over cases in each draw, (draws,)."""
        known = np.flatnonzero(np.isfinite(values))
        order = known[np.argsort(values[known])]
        total = np.cumsum(self.weights(subject)[:, order], axis=1)
        place = (total < probability * total[:, -1:]).sum(axis=1)
        return values[order][np.minimum(place, len(order) - 1)]


def _quantiles(
    question: str, asked: Asked, recorded: pd.DataFrame, simulated: pd.DataFrame, lot: _Lot
) -> list[Verdict]:
    sides = [(table[asked.quantity].to_numpy(float), table["subject"]) for table in (recorded, simulated)]
    if not all(np.isfinite(values).any() for values, _ in sides):
        return []
    rows = []
    for probability in asked.probabilities:
        found = [float(np.nanquantile(values, probability)) for values, _ in sides]
        drawn = [lot.quantiles(values, subject, probability) for values, subject in sides]
        at = f"{100 * probability:g} %"
        rows.append(_judged(question, asked.label, at, found, drawn, asked.allowed, asked.relative))
    return rows


def _site(group: str, counted: tuple[Counts, Counts], sides: tuple[Side, Side], lot: _Lot) -> list[Verdict]:
    """Return the verdicts on the index at an effect site, quantiles of all samples."""
    if not all(one.values.any() for one in counted):
        return []
    found = [one.quantiles() for one in counted]
    drawn = [
        one.quantiles(lot.weights(side.table["subject"])) for one, side in zip(counted, sides, strict=True)
    ]
    return [
        _judged(
            "closed loop",
            f"index at {group} µg/mL",
            f"{100 * probability:g} %",
            [float(values[place]) for values in found],
            [values[:, place] for values in drawn],
            5.0,
            False,
        )
        for place, probability in enumerate(courses.QUANTILES)
    ]


def _judged(
    question: str,
    quantity: str,
    at: str,
    found: list[float],
    drawn: list[np.ndarray],
    allowed: float,
    relative: bool,
) -> Verdict:
    """Return the verdict on a difference of two figures, each also in every draw of subjects."""

    def apart(recorded: Any, simulated: Any) -> Any:
        return (simulated - recorded) / (recorded if relative else 1.0)

    difference = float(apart(*found))
    words = f"± {100 * allowed:g} %" if relative else f"± {allowed:g}"
    ends = percentile_ends(apart(*drawn))
    met = abs(difference) <= allowed
    return Verdict(question, quantity, at, found[0], found[1], difference, *ends, words, met)


def _spread(recorded: Side, simulated: Side, lot: _Lot) -> Verdict:
    """Return the verdict on the log-SD of apparent sensitivity, age taken out."""
    found, drawn = [], []
    for side in (recorded, simulated):
        values = quantities.corrected(side.table["apparent_sensitivity"], side.table["age"])
        weights = lot.weights(side.table["subject"])[:, values.index.to_numpy()]
        middle = (weights @ values) / weights.sum(axis=1)
        drawn.append(
            np.sqrt((weights * (values.to_numpy() - middle[:, None]) ** 2).sum(axis=1) / weights.sum(axis=1))
        )
        found.append(float(values.std()))
    ends = percentile_ends(drawn[1] - drawn[0])
    low, high = SPREAD
    return Verdict(
        "closed loop", "apparent sensitivity, log-SD", "SD", found[0], found[1], found[1] - found[0], *ends,
        f"{low:g}–{high:g}", low <= found[1] <= high,
    )  # fmt: skip
