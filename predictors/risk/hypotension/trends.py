"""What is remembered of pressure, heart rate and doses, streaming, and what of it a predictor is shown.

Pressures that cannot be one are passed over by two rules: outside 30-150 mmHg, where lines are flushed and zeroed; and
more than 25 mmHg off the median of the past minute. Who jumps and stays there is believed after half a minute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from predictors.risk.hypotension.events import LASTS, LOW
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import PROPOFOL, REMIFENTANIL, Readings
from sim.surgery import EMERGENCE, MAINTENANCE

PLAUSIBLE = (30.0, 150.0)  # mmHg
JUMP = 25.0  # mmHg
RATES = (20.0, 220.0)  # 1/min; monitors show others where they count nothing
SPANS = (6, 12, 30, 60, 120)  # samples over which the pressure is described
SLOPES = (12, 30, 60)
PULSE = (6, 30, 60)  # samples, of the heart rate
MEANS = (60.0, 300.0, 1200.0)  # s, time constants of running mean rates of drugs
HOUR = 3600.0  # s, time constant of the share of time below 65
CALM = 600.0  # s after an event in which it is mostly forgotten
STALE = 6  # samples without a believed pressure after which nothing is said
TYPICAL = 85.0, 75.0  # mmHg and 1/min, of whom nothing was seen


@dataclass(frozen=True)
class Trends:
    """What is remembered, (patients,) unless said.

    Attributes:
        person: (4, patients): age, female, and weight and height as they are shown.
        weight: kg.
        minute: (LASTS + 1, patients), possible pressures of the past minute, newest first, NaN where there was none.
        pressure, pulse: (samples, patients), what was believed, newest first, NaN where nothing was.
        last: pressure believed last, mmHg.
        age: samples since then.
        count, total: samples believed, and the sum of their pressures.
        lowest: mean of the lowest minute so far, mmHg.
        below: share of the last hour below 65.
        run: samples in a row below 65.
        events, since: how often hypotension began, and s since it was last there.
        rates: (2, MEANS, patients), running mean rates, mg/kg/h and µg/kg/min.
        given: propofol so far, mg/kg.
        time: s. phase: as announced.
    """

    person: Array
    weight: Array
    minute: Array
    pressure: Array
    pulse: Array
    last: Array
    age: Array
    count: Array
    total: Array
    lowest: Array
    below: Array
    run: Array
    events: Array
    since: Array
    rates: Array
    given: Array
    time: Array
    phase: Array


def begin(person: Covariates) -> Trends:
    """Return what is remembered of people whom nobody has looked at."""
    zero = 0.0 * person.age

    def rows(count: int, value: float) -> Array:
        return np.full((count, len(zero)), value)

    bmi = person.weight / (person.height / 100.0) ** 2
    return Trends(
        person=np.stack(
            [(person.age - 55.0) / 15.0, person.female, (person.weight - 65.0) / 12.0, (bmi - 24.0) / 4.0]
        ),
        weight=person.weight,
        minute=rows(LASTS + 1, np.nan),
        pressure=rows(SPANS[-1], np.nan),
        pulse=rows(PULSE[-1], np.nan),
        last=zero + TYPICAL[0],
        age=zero + STALE,
        count=zero,
        total=zero,
        lowest=zero + TYPICAL[0],
        below=zero,
        run=zero,
        events=zero,
        since=zero + HOUR,
        rates=np.zeros((2, len(MEANS), len(zero))),
        given=zero,
        time=zero,
        phase=zero,
    )


def believed(minute: Array) -> Array:
    """Return where the newest of possible pressures (samples, patients) is believed, bool: near their median."""
    ordered = np.sort(minute, axis=0)  # NaN last
    known = np.isfinite(minute).sum(axis=0)
    middle = [np.take_along_axis(ordered, place[None], axis=0)[0] for place in _middle(known)]
    with np.errstate(invalid="ignore"):
        return np.isfinite(minute[0]) & (np.abs(minute[0] - 0.5 * (middle[0] + middle[1])) <= JUMP)


def _middle(known: Array) -> tuple[Array, Array]:
    return np.maximum(known - 1, 0) // 2, np.maximum(known, 1) // 2


def look(memory: Trends, readings: Readings, period: float) -> Trends:
    """Add the readings of one control period, s."""
    shown = readings.mean_arterial_pressure
    possible = readings.pressure_valid & (shown >= PLAUSIBLE[0]) & (shown <= PLAUSIBLE[1])
    minute = _newest(memory.minute, np.where(possible, shown, np.nan))
    sure = believed(minute)
    rate = readings.heart_rate
    counted = readings.heart_rate_valid & (rate >= RATES[0]) & (rate <= RATES[1])
    memory = replace(
        memory,
        minute=minute,
        pressure=_newest(memory.pressure, np.where(sure, shown, np.nan)),
        pulse=_newest(memory.pulse, np.where(counted, rate, np.nan)),
        last=np.where(sure, shown, memory.last),
        age=np.where(sure, 0.0, memory.age + 1.0),
        time=memory.time + period,
        phase=1.0 * readings.phase,
    )
    return _dosed(_passed(memory, sure, period), readings, period)


def _newest(window: Array, value: Array) -> Array:
    return np.concatenate([value[None], window[:-1]])


def _passed(memory: Trends, sure: Array, period: float) -> Trends:
    """Add a pressure to what the case has been like so far."""
    low = sure & (memory.last < LOW)
    run = np.where(sure, np.where(low, memory.run + 1.0, 0.0), memory.run)
    there = run >= LASTS
    recent = memory.pressure[:LASTS]
    full = np.isfinite(recent).all(axis=0)
    lowest = np.where(
        full, np.minimum(memory.lowest, np.where(full, recent, 0.0).mean(axis=0)), memory.lowest
    )
    share = period / HOUR
    return replace(
        memory,
        count=memory.count + sure,
        total=memory.total + np.where(sure, memory.last, 0.0),
        lowest=lowest,
        below=np.where(sure, memory.below + share * (low - memory.below), memory.below),
        run=run,
        events=memory.events + (run == LASTS) * sure,
        since=np.where(there, 0.0, memory.since + period),
    )


def _dosed(memory: Trends, readings: Readings, period: float) -> Trends:
    """Add the doses of a control period."""
    propofol = readings.infused[PROPOFOL] / memory.weight  # mg/kg
    remifentanil = readings.infused[REMIFENTANIL] / memory.weight
    now = np.stack([3600.0 / period * propofol, 60.0 / period * remifentanil])[:, None]
    share = np.array([1.0 - math.exp(-period / seconds) for seconds in MEANS])[:, None]
    rates = memory.rates + share * (now - memory.rates)
    return replace(memory, rates=rates, given=memory.given + propofol)


def fresh(memory: Trends) -> Array:
    """Return where something can be said, bool: a pressure was believed within the last minute."""
    return memory.age < STALE


def level(memory: Trends) -> Array:
    """Return the present pressure, mmHg: the mean of what was believed in the last half minute, else the last one."""
    recent = memory.pressure[:3]
    known = np.isfinite(recent)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, recent, 0.0).sum(axis=0) / np.maximum(count, 1), memory.last)


def features(memory: Trends) -> Array:
    """Return what predictors are shown, (FEATURES, patients), in the order of `NAMES`, each of order one."""
    now = level(memory)
    pressure = _described(memory.pressure, now, SPANS)
    mean = np.where(memory.count > 0, memory.total / np.maximum(memory.count, 1.0), now)
    pulse = _described(memory.pulse, np.full_like(now, TYPICAL[1]), PULSE)
    heart = np.where(np.isfinite(memory.pulse).any(axis=0), pulse.means[0], TYPICAL[1])
    propofol, remifentanil = memory.rates
    rows = [
        (now - LOW) / 10.0,
        (memory.last - now) / 5.0,
        *((one - LOW) / 10.0 for one in pressure.means),
        *((now - one) / 5.0 for one in pressure.means),
        *(np.log(1.0 + one) - 1.0 for one in pressure.sds),
        *((one - LOW) / 10.0 for one in pressure.least),
        *(np.clip(_slope(memory.pressure, rows), -20.0, 20.0) / 3.0 for rows in SLOPES),
        (mean - LOW) / 10.0,
        (now - mean) / 10.0,
        (memory.lowest - LOW) / 10.0,
        5.0 * memory.below,
        np.log1p(memory.events),
        np.exp(-memory.since / CALM),
        memory.run / LASTS,
        (heart - 70.0) / 15.0,
        *((heart - one) / 5.0 for one in pulse.means[1:]),
        np.log(1.0 + pulse.sds[1]) - 1.0,
        *(propofol / 6.0),
        (propofol[0] - propofol[1]) / 3.0,
        *(remifentanil / 0.1),
        (remifentanil[0] - remifentanil[1]) / 0.05,
        memory.given / 15.0,
        np.log1p(memory.time / 600.0) - 1.5,
        1.0 * (memory.phase < MAINTENANCE),
        1.0 * (memory.phase >= EMERGENCE),
        *memory.person,
    ]
    return np.stack(rows)


NAMES = (
    "pressure_now", "pressure_last",
    *(f"pressure_mean_{10 * one}s" for one in SPANS),
    *(f"pressure_fall_{10 * one}s" for one in SPANS),
    *(f"pressure_sd_{10 * one}s" for one in SPANS),
    *(f"pressure_least_{10 * one}s" for one in SPANS),
    *(f"pressure_slope_{10 * one}s" for one in SLOPES),
    "case_mean", "case_fall", "case_lowest", "case_below", "events", "since_event", "run_below",
    "heart_rate", *(f"heart_rate_rise_{10 * one}s" for one in PULSE[1:]), "heart_rate_sd",
    *(f"propofol_{one:g}s" for one in MEANS), "propofol_rise",
    *(f"remifentanil_{one:g}s" for one in MEANS), "remifentanil_rise",
    "propofol_given", "time", "before_incision", "emergence",
    "age", "female", "weight", "body_mass_index",
)  # fmt: skip
FEATURES = len(NAMES)


@dataclass(frozen=True)
class Described:
    """Attributes: means, sds, least: (spans, patients)."""

    means: Array
    sds: Array
    least: Array


def _described(window: Array, otherwise: Array, spans: tuple[int, ...]) -> Described:
    """Return mean, SD and minimum of the newest samples; of nothing, what is said otherwise, without spread."""
    begins = [0, *spans[:-1]]  # of what each span adds to the one before
    known = np.isfinite(window)
    off = np.where(known, window - otherwise, 0.0)
    added = (np.add.reduceat(one, begins, axis=0) for one in (1.0 * known, off, off**2))
    count, total, square = (np.cumsum(one, axis=0) for one in added)
    mean = total / np.maximum(count, 1)
    spread = np.sqrt(np.maximum(square / np.maximum(count, 1) - mean**2, 0.0))
    lowest = np.minimum.reduceat(np.where(known, window, np.inf), begins, axis=0)
    least = np.minimum.accumulate(lowest, axis=0)
    return Described(otherwise + mean, spread, np.where(count > 0, least, otherwise))


def _slope(window: Array, rows: int) -> Array:
    """Return the least-squares slope of the newest samples, mmHg/min; 0 with fewer than half of them."""
    recent = window[:rows]
    known = np.isfinite(recent)
    time = -(10.0 / 60.0) * np.arange(rows)[:, None] * known
    count = np.maximum(known.sum(axis=0), 1)
    lever = (time - time.sum(axis=0) / count) * known
    spread = (lever**2).sum(axis=0)
    rise = (lever * np.where(known, recent, 0.0)).sum(axis=0)
    enough = known.sum(axis=0) >= rows // 2
    return np.where(enough, rise / np.where(enough, spread, 1.0), 0.0)
