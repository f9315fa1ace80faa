"""What a predictive controller weighs: time outside the range of the index, low pressure, drug, and turning dials."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.control.wishes import Wishes
from agents.files import json_object
from sim.arrays import Array
from sim.interfaces import Prospect
from sim.settings import check_numbers

SETTINGS = Path(__file__).parents[2] / "settings" / "mpc.json"
NORMAL = 2.0 / math.pi  # of `beyond`


@dataclass(frozen=True)
class Prices:
    """Points of the index outside the range, mean over the minutes ahead, cost 1 each; all else is measured in these.

    Attributes:
        deep: of a point below the range, where one above costs 1.
        off_middle: of the squared distance from the middle, in tens of points.
        waking, waking_opioid: points and ng/mL by which the range and the usual target of remifentanil are higher
            during closing: less propofol, which fades slowly, is then in the body when all is stopped.
        turning_propofol, turning_remifentanil: of turning a dial.
        usual_remifentanil, opioid: target, ng/mL, and price of the square of each ng/mL off it.
        pressure: in the choice of targets, of each mmHg below `low_pressure`.
        low_pressure, high_pressure: mmHg, that norepinephrine keeps between; each outside costs 1 and `constricted`.
        constricted: see there.
        norepinephrine: of each 0.01 µg/kg/min.
        turning_norepinephrine: of turning it.
    """

    deep: float = 2.0
    off_middle: float = 0.3
    waking: float = 8.0
    waking_opioid: float = 2.0
    turning_propofol: float = 0.08
    turning_remifentanil: float = 0.15
    usual_remifentanil: float = 4.0
    opioid: float = 0.06
    pressure: float = 0.02
    low_pressure: float = 70.0
    high_pressure: float = 95.0
    constricted: float = 0.1
    norepinephrine: float = 0.03
    turning_norepinephrine: float = 0.02

    def __post_init__(self) -> None:
        check_numbers(self)

    @classmethod
    def read(cls, path: Path = SETTINGS) -> Prices:
        """Return the prices of a file. Raises ValueError if it holds none."""
        try:
            return cls(**json_object(path)["prices"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"prices: {path} holds no prices of a predictive controller ({error})") from None


def beyond(over: Array, sd: Array) -> Array:
    """Return how far a normal number is above 0 on average, `over` its mean; exact at 0, else within 0.08 SD."""
    return 0.5 * (over + np.sqrt(over * over + NORMAL * sd * sd))


def depth_cost(
    p: Prices, prospect: Prospect, targets: Array, turned: Array, closing: Array, asked: Wishes
) -> Array:
    """Return what is wrong with moves of both targets, (candidates, patients).

    Args:
        p: the prices.
        prospect: what follows.
        targets: (2, candidates, patients), µg/mL and ng/mL.
        turned: likewise, bool.
        closing: (patients,), whether the wound is being closed, bool.
        asked: with the range of the index, (patients,).
    """
    weights = prospect.weights.astype(np.float32)
    lighter = p.waking * closing
    least, most = ((limit + lighter).astype(np.float32) for limit in (asked.low, asked.high))
    middle = 0.5 * (least + most)
    cost = 0.0
    minutes = prospect.index.shape[1]
    for minute in range(minutes):
        index, sd = prospect.index[:, minute], prospect.index_sd[:, minute]
        off = index - middle
        wrong = beyond(index - most, sd) + np.float32(p.deep) * beyond(least - index, sd)
        wrong += np.float32(0.01 * p.off_middle) * off * off
        cost = cost + (weights * wrong).sum(1) / minutes
    low = beyond(p.low_pressure - prospect.pressure, prospect.pressure_sd).mean(1)
    moves = p.turning_propofol * turned[0] + p.turning_remifentanil * turned[1]
    usual = p.usual_remifentanil + p.waking_opioid * closing
    return cost + p.pressure * low + moves + p.opioid * (targets[1] - usual) ** 2


def pressure_cost(p: Prices, pressure: Array, sd: Array, rates: Array, turned: Array) -> Array:
    """Return what is wrong with rates of norepinephrine, (candidates, patients).

    Args:
        p: the prices.
        pressure, sd: (candidates, minutes, patients), mmHg.
        rates: (candidates, patients), µg/kg/min.
        turned: likewise, bool.
    """
    wrong = beyond(p.low_pressure - pressure, sd) + p.constricted * beyond(pressure - p.high_pressure, sd)
    return wrong.mean(1) + 100.0 * p.norepinephrine * rates + p.turning_norepinephrine * turned
