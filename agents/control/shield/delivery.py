"""Does what the pumps show reach the patient? A filter of how sensitive the patient is, and what it cannot explain.

A line that is disconnected, occluded or empty, or holds a wrong concentration, shows as an index that stays above what
the doses shown let one expect. Stimuli do that too, but pass, or yield to more drug: a cumulative sum tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, at_least, within
from sim.pharmacodynamics.hypnosis import ResponseSurface, index
from sim.units import SECONDS_PER_MINUTE

SLOPE = 0.05  # of the logarithm, for the filter's derivative
LARGEST = 20.0  # points that a reading may move the filter by (choice)


@dataclass(frozen=True)
class Delivery:
    """The filter and the sum (choices, tried on cases of seed 1000; what they find: `experiments.campaign`).

    Attributes:
        spread: SD of the log of what a patient needs over what the model says, before anything is seen.
        wander: its variance gained an hour.
        noise: SD of the index around what doses explain, noise and stimuli, points.
        memory: s over which these are alike.
        lag: s by which the index shown is later than the effect site.
        slack: SDs above the expected index that count for nothing.
        doubt, alarm: sums, SDs times minutes, from which delivery is doubted, and counts as lost.
        sure: SDs of the filter within which a patient may be lighter than it expects.
    """

    spread: float = 0.5
    wander: float = 0.06
    noise: float = 6.0
    memory: float = 300.0
    lag: float = 40.0
    slack: float = 1.0
    doubt: float = 1.5
    alarm: float = 5.0
    sure: float = 1.5


@dataclass(frozen=True)
class Belief:
    """What is believed of the patients, arrays (patients,) unless said.

    Attributes:
        surface: the model's response, constant.
        effect: (2, patients), its effect sites as late as the index is, µg/mL and ng/mL.
        need, variance: log of what the patient needs over what the model says, and how unsure that is.
        expected, lightest: the index that is expected, and that is as high as can be.
        unexplained: the sum.
    """

    surface: ResponseSurface
    effect: Array
    need: Array
    variance: Array
    expected: Array
    lightest: Array
    unexplained: Array


def nothing_given(rule: Delivery, surface: ResponseSurface, example: Array) -> Belief:
    """Return the belief before any drug; `example` is (patients,)."""
    zero = 0.0 * example
    return Belief(
        surface,
        np.stack([zero, zero]),
        zero,
        zero + rule.spread**2,
        surface.e0 + zero,
        surface.e0 + zero,
        zero,
    )


def believed(
    rule: Delivery, state: Belief, effect: Array, shown: Array, judged: Array, seconds: float
) -> Belief:
    """Return the belief after a reading.

    Args:
        rule: how.
        state: before.
        effect: (2, patients), the pumps' model's effect sites.
        shown: the index, NaN where it cannot be believed.
        judged: where the sum is taken, bool: not before the induction is over, nor once people wake up.
        seconds: since the last reading.
    """
    share = -np.expm1(-seconds / rule.lag)
    late = state.effect + share * (effect - state.effect)
    variance = state.variance + rule.wander * seconds / 3600.0
    expected, more, less = (_index(state.surface, late, state.need + step) for step in (0.0, SLOPE, -SLOPE))
    slope = (more - less) / (2.0 * SLOPE)
    seen = ~np.isnan(shown)
    off = np.where(seen, shown - expected, 0.0)
    alike = rule.noise**2 * max(rule.memory / seconds, 1.0)  # noise of one reading, as it is not independent
    learns = seen & (state.unexplained < rule.alarm)  # what does not arrive says nothing of the patient
    gain = np.where(learns, variance * slope / (slope**2 * variance + alike), 0.0)
    need = state.need + gain * within(off, -LARGEST, LARGEST)
    sd = np.sqrt(rule.noise**2 + slope**2 * variance)
    added = (off / sd - rule.slack) * seconds / SECONDS_PER_MINUTE
    variance = (1.0 - gain * slope) * variance
    unexplained = np.where(
        seen & judged, at_least(state.unexplained + added, 0.0), state.unexplained * judged
    )
    lightest = _index(state.surface, late, need + rule.sure * np.sqrt(variance))
    return Belief(state.surface, late, need, variance, expected, lightest, unexplained)


def _index(surface: ResponseSurface, effect: Array, need: Array) -> Array:
    """Return the index of patients who need exp(`need`) times as much as the model says."""
    propofol, remifentanil = effect * np.exp(-need)
    return index(surface, propofol, remifentanil)
