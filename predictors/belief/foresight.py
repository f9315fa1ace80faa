"""What is believed to follow if doses are given: index and pressure under candidate plans, minute by minute."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from predictors.belief import depth, pressure
from predictors.belief.depth import AROUSAL, BASELINE, DISTURBANCE, LASTING, PASSING, Bank
from predictors.belief.drugs import MINUTE, Ahead, coming
from predictors.belief.population import AIRWAY, ANNOUNCED, Population, expected, level
from predictors.belief.state import Belief
from sim.arrays import Array
from sim.interfaces import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL, Prospect
from sim.surgery import INTUBATION, PREPARATION


def foresee(people: Population, bank: Bank, state: Belief, plans: Array) -> Prospect:
    """Return what follows under plans; see `sim.interfaces.ForeseeingObserver`. Single precision: plans are many."""
    rates = plans.astype(np.float32)
    candidates, _, minutes, patients = rates.shape
    body = state.body
    amounts, site, weights = (a.astype(np.float32) for a in (state.drugs, state.site, state.weights))
    from_three = [np.broadcast_to(amounts[row, PROPOFOL], site.shape) for row in range(3)]
    propofol = coming(body.effect, np.stack([*from_three, site]), rates[:, PROPOFOL][:, :, None])
    remifentanil = coming(body.remifentanil, amounts[:, REMIFENTANIL], rates[:, REMIFENTANIL])
    index = np.empty((candidates, minutes, bank.members, patients), dtype=np.float32)
    index_sd = np.empty_like(index)
    gamma = bank.gamma.astype(np.float32)
    for minute, (stimulus, surge) in enumerate(stimulated(people, state, minutes)):
        site, opioid = propofol[:, minute], remifentanil[:, minute]
        typical = (weights * site).sum(1)
        through = depth.let_through(state.tolerance, typical, opioid).astype(np.float32)
        index[:, minute], index_sd[:, minute] = _depth(
            people,
            gamma,
            state,
            site,
            opioid[:, None],
            through[:, None],
            stimulus,
            surge,
            MINUTE * (minute + 1),
        )
    return Prospect(state.weights, index, index_sd, *_pressures(people, state, rates, remifentanil))


def foresee_pressure(people: Population, state: Belief, plans: Array) -> tuple[Array, Array]:
    """Return expected pressure and its SD, (candidates, minutes, patients), alone: quicker than all that follows."""
    rates = plans.astype(np.float32)
    amounts = state.drugs[:, REMIFENTANIL].astype(np.float32)
    remifentanil = coming(state.body.remifentanil, amounts, rates[:, REMIFENTANIL])
    return _pressures(people, state, rates, remifentanil)


def _pressures(people: Population, state: Belief, rates: Array, opioid: Array) -> tuple[Array, Array]:
    """Return expected pressure and its SD, (candidates, minutes, patients); opioid at its effect site, likewise."""
    ahead, amounts = state.body.plasma, state.drugs.astype(np.float32)
    plasma = [
        coming(Ahead(ahead.free[:, :, drug], ahead.pulse[:, drug]), amounts[:, drug], rates[:, drug])
        for drug in (PROPOFOL, REMIFENTANIL, NOREPINEPHRINE)
    ]
    mean, sd = np.empty_like(opioid), np.empty_like(opioid)
    fall = state.fall.astype(np.float32)
    for minute, (stimulus, _) in enumerate(stimulated(people, state, opioid.shape[1])):
        propofol, remifentanil, norepinephrine = (one[:, minute] for one in plasma)
        settled = pressure.settled_fall(people.pressure, propofol, remifentanil)
        fall = pressure.fall_after(people.pressure, fall, settled, MINUTE)
        strained = pressure.strain(stimulus, opioid[:, minute])
        mean[:, minute], sd[:, minute] = _pressure(
            people, state, fall, strained, norepinephrine, MINUTE * (minute + 1)
        )
    return mean, sd


def stimulated(people: Population, state: Belief, minutes: int) -> Iterator[tuple[Array, Array]]:
    """Yield for each coming minute the stimulation expected at its end and the variance that a new one brings.

    Stimulation goes towards the level of the phase, and from an announced event on towards that of the next.
    """
    airway = state.phase == INTUBATION
    now, then = level(state.phase), level(np.where(airway, PREPARATION, ANNOUNCED[state.phase]))
    stimulus, at = state.stimulus[0], np.where(airway, AIRWAY, state.next_event)
    for minute in range(minutes):
        before = np.clip(at - MINUTE * minute, 0.0, MINUTE)
        stimulus = expected(expected(stimulus, now, before), then, MINUTE - before)
        come = at <= MINUTE * (minute + 1)
        surge = np.where(come, (people.depth.surge * (then - now)) ** 2, 0.0)
        yield stimulus.astype(np.float32), surge.astype(np.float32)


def _depth(
    people: Population,
    gamma: Array,
    state: Belief,
    propofol: Array,
    remifentanil: Array,
    through: Array,
    stimulus: Array,
    surge: Array,
    seconds: float,
) -> tuple[Array, Array]:
    """Return expected index and SD of the truth, (candidates, members, patients), some seconds from now."""
    p = people.depth
    kept, noise = (values[:, 0, 0].astype(np.float32) for values in depth.faded(p, seconds))
    covariance, x = state.covariance, state.mean
    fading, felt = kept[PASSING], kept[DISTURBANCE]
    sensitivity = x[LASTING] + fading * x[PASSING]
    # Covariances of the sensitivity (s), the awake index (b) and what is felt of stimulation (f), all of later on.
    c = covariance
    ss = c[LASTING, LASTING] + fading * (2.0 * c[LASTING, PASSING] + fading * c[PASSING, PASSING])
    ss = ss + noise[LASTING] + noise[PASSING]
    sf = stimulus * (c[LASTING, AROUSAL] + fading * c[PASSING, AROUSAL])
    sf = sf + felt * (c[LASTING, DISTURBANCE] + fading * c[PASSING, DISTURBANCE])
    sb = c[LASTING, BASELINE] + fading * c[PASSING, BASELINE]
    bf = stimulus * c[BASELINE, AROUSAL] + felt * c[BASELINE, DISTURBANCE]
    ff = stimulus * (stimulus * c[AROUSAL, AROUSAL] + 2.0 * felt * c[AROUSAL, DISTURBANCE])
    ff = ff + felt**2 * c[DISTURBANCE, DISTURBANCE] + noise[DISTURBANCE] + surge
    awake, moved = x[BASELINE], x[AROUSAL] * stimulus + felt * x[DISTURBANCE]
    ss, sf, sb, bf, ff, bb = (v.astype(np.float32) for v in (ss, sf, sb, bf, ff, c[BASELINE, BASELINE]))
    awake, moved, sensitivity = (v.astype(np.float32) for v in (awake, moved, sensitivity))
    own, dose = depth.potency(p, sensitivity, propofol, remifentanil)
    share = depth.effect(gamma, dose)
    left = 1.0 - np.float32(p.fall) * share
    steep = (-np.float32(p.fall) * awake * gamma) * (share * (1.0 - share)) * (own / dose)
    index = awake * left + through * moved
    variance = steep * (steep * ss + 2.0 * (through * sf + left * sb))
    variance += through * (through * ff + 2.0 * left * bf) + left * left * bb
    return np.clip(index, 0.0, 100.0), np.sqrt(np.maximum(variance, 0.01))


def _pressure(
    people: Population, state: Belief, fall: Array, strained: Array, norepinephrine: Array, seconds: float
) -> tuple[Array, Array]:
    """Return expected pressure and its SD, (candidates, patients), some seconds from now."""
    kept, noise = pressure.faded(people.pressure, seconds)
    believed, covariance = (kept * state.pressure), state.pressure_covariance
    mean, slopes = pressure.pressure(believed.astype(np.float32), fall, strained, norepinephrine)
    moved = slopes * kept[:, None].astype(np.float32)
    across = (covariance[:, :, None].astype(np.float32) * moved).sum(1)
    variance = (across * moved).sum(0) + (slopes**2 * noise[:, None].astype(np.float32)).sum(0)
    return mean, np.sqrt(variance)
