"""How a case is judged: depth, induction, blood pressure, safety, recovery and drug.

Signals are (samples, patients) on one even time grid; a metric is one number per patient, (patients,). Sample
k stands for the period that ended at time k. Windows, each patient's own, begin with the first period that
has propofol; "the stop" is the end of the last period with propofol or remifentanil:

- anesthesia: to the stop; blood pressure and order changes per hour.
- induction: the first 10 min; settling, nadir, undershoot.
- maintenance: from 5 min on to the stop; Varvel, bands, Global Score, mean rates.
- the whole record: awareness (until emergence), too deep, total doses, peak rates, total variation.

Samples outside the window or missing are NaN and left out. An undefined metric is NaN: an empty window, a
level never reached, an index not settled when induction ends, a patient not awake when the record ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.metrics.table import METRICS
from sim.surgery import EMERGENCE
from sim.theatre.trace import Trace
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, mg_per_kg_h, ug_per_kg_min

Values = dict[str, np.ndarray]

INDUCTION, SETTLING_IN = 600.0, 300.0  # s from the first propofol
SPELL = 60.0  # s; shorter spells are not counted as one


@dataclass(frozen=True)
class Windows:
    """Sampling period (s), start and stop (patients,) (s), and the windows (samples, patients) (bool)."""

    period: float
    start: np.ndarray
    stop: np.ndarray
    anesthesia: np.ndarray
    induction: np.ndarray
    maintenance: np.ndarray


def windows(trace: Trace) -> Windows:
    """Find the windows stated at the top of this file. Raises ValueError on an uneven time grid."""
    steps = np.diff(trace.time)
    if steps.size == 0 or not (steps[0] > 0.0 and np.allclose(steps, steps[0])):
        raise ValueError(f"time: {trace.time[:4]} is not allowed; two or more samples, rising in even steps")
    time, period = trace.time[:, None], float(steps[0])
    start = _first(trace.propofol > 0.0, trace.time) - period
    stop = _last((trace.propofol > 0.0) | (trace.remifentanil > 0.0), trace.time)
    given = time <= stop
    induction = (time > start) & (time <= start + INDUCTION)
    return Windows(
        period, start, stop, (time > start) & given, induction, (time > start + SETTLING_IN) & given
    )


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide, NaN where the whole is zero."""
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole != 0)


def _count(samples: np.ndarray) -> np.ndarray:
    """Count a patient's samples."""
    return np.count_nonzero(samples, axis=0)


def _percent(inside: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Return the samples inside as a share of those in the window, %."""
    return 100.0 * _ratio(_count(inside), _count(window))


def _first(event: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Return the time of a patient's first event, NaN where there is none."""
    return np.where(event.any(axis=0), time[event.argmax(axis=0)], np.nan)


def _last(event: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Return the time of a patient's last event, NaN where there is none."""
    return _first(event[::-1], time[::-1])


def _longest(event: np.ndarray) -> np.ndarray:
    """Return the length of a patient's longest run of events, in samples."""
    sample = np.arange(event.shape[0])[:, None]
    last_gap = np.maximum.accumulate(np.where(event, -1, sample), axis=0)
    return (sample - last_gap).max(axis=0)


def _median(values: np.ndarray) -> np.ndarray:
    """Return the median over samples, NaN left out (np.nanmedian goes patient by patient)."""
    ordered = np.sort(values.T, axis=1)  # NaN sorts last
    count = np.count_nonzero(~np.isnan(ordered), axis=1)
    middle = np.stack([np.maximum(count - 1, 0) // 2, np.maximum(count, 1) // 2], axis=1)
    return np.take_along_axis(ordered, middle, axis=1).mean(axis=1)


def _absolute_error(bis: np.ndarray, target: float, period: float) -> np.ndarray:
    """Integrate abs(BIS - target) over the counted samples, BIS·s; NaN where there are none."""
    total = np.nansum(np.abs(bis - target), axis=0) * period
    return np.where(np.isnan(bis).all(axis=0), np.nan, total)


def varvel(bis: np.ndarray, time: np.ndarray, target: float) -> Values:
    """Return MDPE, MDAPE, wobble (%) and divergence (%/h). Varvel, J Pharmacokinet Biopharm 1992;20:63."""
    error = 100.0 * (bis - target) / target
    size = np.abs(error)
    bias = _median(error)
    counted = ~np.isnan(size)
    hours = np.broadcast_to(time[:, None] / SECONDS_PER_HOUR, size.shape)
    centre = _ratio(np.sum(hours, axis=0, where=counted), _count(counted))
    lever = np.where(counted, hours - centre, 0.0)
    slope = _ratio(np.sum(lever * size, axis=0, where=counted), np.sum(lever**2, axis=0))
    return {
        "mdpe_percent": bias,
        "mdape_percent": _median(size),
        "wobble_percent": _median(np.abs(error - bias)),
        "divergence_percent_per_h": slope,
    }


def bands(bis: np.ndarray, target: float) -> Values:
    """Return the share of counted samples in bands of the index, %; 40–60 holds its edges.

    The four classes of Hemmerling, Can J Anaesth 2010;57:725, are disjoint and add up to 100.
    """
    counted = ~np.isnan(bis)
    off = np.abs(bis - target)
    excellent, good, poor = (off <= share * target for share in (0.1, 0.2, 0.3))
    inside = {
        "time_in_40_60_percent": (bis >= 40.0) & (bis <= 60.0),
        "time_below_40_percent": bis < 40.0,
        "time_above_60_percent": bis > 60.0,
        "time_below_30_percent": bis < 30.0,
        "time_within_5_bis_percent": off <= 5.0,
        "time_within_10_bis_percent": off <= 10.0,
        "hemmerling_excellent_percent": excellent,
        "hemmerling_good_percent": good & ~excellent,
        "hemmerling_poor_percent": poor & ~good,
        "hemmerling_inadequate_percent": counted & ~poor,
    }
    return {name: _percent(band, counted) for name, band in inside.items()}


def global_score(mdape: np.ndarray, wobble: np.ndarray, fraction: np.ndarray) -> np.ndarray:
    """Return (MDAPE + wobble) / fraction of time in 40–60 (0–1). Liu, Anesthesiology 2006;104:686."""
    return (mdape + wobble) / fraction


def depth(bis: np.ndarray, time: np.ndarray, target: float, period: float) -> Values:
    """Return everything in `DEPTH` from the counted samples of an index, true or measured.

    A case never in 40–60 counts as in range for one sample: its Global Score is huge, and not dropped.
    """
    values = varvel(bis, time, target) | bands(bis, target)
    one_sample = 1.0 / np.maximum(_count(~np.isnan(bis)), 1)
    fraction = np.maximum(values["time_in_40_60_percent"] / 100.0, one_sample)
    score = global_score(values["mdape_percent"], values["wobble_percent"], fraction)
    return values | {"global_score": score, "iae_bis_s": _absolute_error(bis, target, period)}


def induction(trace: Trace, spans: Windows, target: float) -> Values:
    """Return how the index came down: times (min from the first propofol), nadir, undershoot, s below 40.

    ST20 and ST10 are the last entry into target ± 10 and ± 5 that holds to the end of the window; the times
    to BIS < 60 and < 55 may be later than the window.
    """
    bis = np.where(spans.induction, trace.bis, np.nan)
    after = trace.time[:, None] > spans.start

    def settled(tolerance: float) -> np.ndarray:
        outside = np.abs(bis - target) > tolerance
        entry = np.where(outside.any(axis=0), _last(outside, trace.time) + spans.period, spans.start)
        return np.where(entry > _last(spans.induction, trace.time), np.nan, entry)

    reached = {
        "induction_to_bis_60_min": _first(after & (trace.bis < 60.0), trace.time),
        "induction_to_bis_55_min": _first(after & (trace.bis < 55.0), trace.time),
        "induction_st20_min": settled(10.0),
        "induction_st10_min": settled(5.0),
    }
    nadir = np.fmin.reduce(bis, axis=0)
    return {name: (time - spans.start) / SECONDS_PER_MINUTE for name, time in reached.items()} | {
        "induction_nadir_bis": nadir,
        "induction_undershoot_bis": np.maximum(0.0, target - 5.0 - nadir),
        "induction_below_40_s": np.where(np.isnan(nadir), np.nan, _count(bis < 40.0) * spans.period),
        "induction_iae_bis_s": _absolute_error(bis, target, spans.period),
    }


def hemodynamics(trace: Trace, spans: Windows) -> Values:
    """Return the burden of low true MAP during anesthesia; the baseline is the first sample.

    The time-weighted average is ∫max(0, 65 - MAP)dt / duration. A longest spell under 1 min counts as 0.
    """
    window = spans.anesthesia
    pressure = np.where(window, trace.mean_arterial_pressure, np.nan)
    baseline = trace.mean_arterial_pressure[0]
    low = pressure < 65.0
    longest = _longest(low) * spans.period
    longest = np.where(longest >= SPELL, longest / SECONDS_PER_MINUTE, 0.0)
    return {
        "map_below_65_twa_mmhg": _ratio(np.sum(65.0 - pressure, axis=0, where=low), _count(window)),
        "map_below_65_percent": _percent(low, window),
        "map_below_60_percent": _percent(pressure < 60.0, window),
        "map_below_55_percent": _percent(pressure < 55.0, window),
        "map_below_65_longest_min": np.where(window.any(axis=0), longest, np.nan),
        "map_below_80_of_baseline_percent": _percent(pressure < 0.8 * baseline, window),
        "map_below_90_of_baseline_percent": _percent(pressure < 0.9 * baseline, window),
    }


def safety(trace: Trace, spans: Windows) -> Values:
    """Return s stimulated before emergence while conscious with BIS > 60 (60 s on end?), and s below BIS 20."""
    operated = (trace.stimulus > 0.0) & (trace.phase < EMERGENCE)
    aware = operated & (trace.conscious > 0.5) & (trace.bis > 60.0)
    return {
        "awareness_s": _count(aware) * spans.period,
        "awareness_spell": np.where(_longest(aware) * spans.period >= SPELL, 1.0, 0.0),
        "bis_below_20_s": _count(trace.bis < 20.0) * spans.period,
    }


def recovery(trace: Trace, spans: Windows) -> Values:
    """Return minutes from the last drug to BIS > 80 and to conscious > 0.5; NaN if not in the record."""
    stopped = trace.time[:, None] >= spans.stop
    awake = {"recovery_to_bis_80_min": trace.bis > 80.0, "recovery_to_conscious_min": trace.conscious > 0.5}
    woke = {name: _first(stopped & event, trace.time) for name, event in awake.items()}
    return {name: (time - spans.stop) / SECONDS_PER_MINUTE for name, time in woke.items()}


def doses(trace: Trace, spans: Windows, weight_kg: np.ndarray) -> Values:
    """Return totals, mean maintenance and peak rates and total variation (the first step included)."""
    hours = _count(spans.anesthesia) * spans.period / SECONDS_PER_HOUR
    changes = np.sum(trace.order_changes, axis=0, where=spans.anesthesia)

    def rates(drug: str, unit: str, rate: np.ndarray) -> Values:
        kept = np.sum(rate, axis=0, where=spans.maintenance)
        variation = np.abs(np.diff(rate, axis=0, prepend=0.0)).sum(axis=0)
        return {
            f"{drug}_{unit}": _ratio(kept, _count(spans.maintenance)),
            f"{drug}_peak_{unit}": rate.max(axis=0),
            f"{drug}_variation_{unit}": variation,
        }

    def total(rate: np.ndarray) -> np.ndarray:
        return rate.sum(axis=0) * spans.period / weight_kg

    return {
        "propofol_mg_per_kg": total(trace.propofol),
        "remifentanil_ug_per_kg": total(trace.remifentanil),
        "norepinephrine_ug_per_kg": total(trace.norepinephrine),
        **rates("propofol", "mg_per_kg_h", mg_per_kg_h(trace.propofol, weight_kg)),
        **rates("remifentanil", "ug_per_kg_min", ug_per_kg_min(trace.remifentanil, weight_kg)),
        "order_changes_per_h": _ratio(changes, hours),
    }


def case_metrics(trace: Trace, weight_kg: np.ndarray, target: float = 50.0) -> Values:
    """Return every metric of `METRICS`, (patients,); `measured_…` repeats `DEPTH` on what the monitor showed.

    Args:
        trace: the cases.
        weight_kg: (patients,) or one number.
        target: index aimed at.

    Raises:
        ValueError: on an uneven time grid, or a weight or target that is not allowed.
    """
    weight_kg = np.broadcast_to(np.asarray(weight_kg, dtype=float), (trace.patients,))
    if not np.all(weight_kg > 0.0):
        raise ValueError(f"weight_kg: {np.min(weight_kg):g} is not allowed; above 0")
    if not 0.0 < target < 100.0:
        raise ValueError(f"target: {target:g} is not allowed; between 0 and 100")
    spans = windows(trace)
    window = spans.maintenance
    values: Values = {"measured_bis_missing_percent": _percent(window & np.isnan(trace.measured_bis), window)}
    for prefix, index in (("", trace.bis), ("measured_", trace.measured_bis)):
        scored = depth(np.where(window, index, np.nan), trace.time, target, spans.period)
        values |= {f"{prefix}{name}": value for name, value in scored.items()}
    values |= induction(trace, spans, target) | hemodynamics(trace, spans) | safety(trace, spans)
    values |= recovery(trace, spans) | doses(trace, spans, weight_kg)
    return {name: values[name] for name in METRICS}
