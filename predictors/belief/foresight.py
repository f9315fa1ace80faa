"""What is believed to follow if doses are given: index and pressure under candidate plans, minute by minute."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from predictors.belief import depth, pressure
from predictors.belief.depth import AROUSAL, BASELINE, DISTURBANCE, LASTING, OPIOID, PASSING, Bank
from predictors.belief.drugs import MINUTE, Ahead, coming
from predictors.belief.population import AIRWAY, ANNOUNCED, Population, expected, level
from predictors.belief.state import Belief
from sim.arrays import Array
from sim.interfaces import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL, Prospect
from sim.surgery import INTUBATION, PREPARATION

COUNTED = 9  # members that are asked, a patient's likeliest: the others weigh little and cost as much
Stimuli = list[tuple[Array, Array]]


def foresee(people: Population, bank: Bank, state: Belief, plans: Array) -> Prospect:
    """Return what follows under plans; see `sim.interfaces.ForeseeingObserver`. Single precision: plans are many."""
    rates = plans.astype(np.float32)
    candidates, _, minutes, _ = rates.shape
    state, gamma = likeliest(state, bank.gamma)
    body = state.body
    amounts, site, weights = (a.astype(np.float32) for a in (state.drugs, state.site, state.weights))
    from_three = [np.broadcast_to(amounts[row, PROPOFOL], site.shape) for row in range(3)]
    propofol = coming(body.effect, np.stack([*from_three, site]), rates[:, PROPOFOL][:, :, None])
    remifentanil = coming(body.remifentanil, amounts[:, REMIFENTANIL], rates[:, REMIFENTANIL])
    index = np.empty((candidates, minutes, *site.shape), dtype=np.float32)
    index_sd = np.empty_like(index)
    stimuli = stimulated(people, state, minutes)
    for minute, (stimulus, surge) in enumerate(stimuli):
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
    return Prospect(state.weights, index, index_sd, *_pressures(people, state, rates, remifentanil, stimuli))


def likeliest(state: Belief, gamma: Array) -> tuple[Belief, Array]:
    """Return the belief of each patient's `COUNTED` likeliest members and their steepness, (members, patients)."""
    gamma = np.broadcast_to(gamma.astype(np.float32), state.weights.shape)
    if len(gamma) <= COUNTED:
        return state, gamma
    members, patients = gamma.shape
    kept = np.argsort(-state.weights, axis=0, kind="stable")[:COUNTED]
    place = kept * patients + np.arange(patients)

    def of(array: Array) -> Array:
        return array.reshape(*array.shape[:-2], members * patients).take(place, axis=-1)

    effect = Ahead(of(state.body.effect.free), of(state.body.effect.pulse))
    weights = of(state.weights)
    return replace(
        state,
        body=replace(state.body, effect=effect),
        site=of(state.site),
        mean=of(state.mean),
        covariance=of(state.covariance),
        weights=weights / weights.sum(0),
    ), of(gamma)


def foresee_pressure(people: Population, state: Belief, plans: Array) -> tuple[Array, Array]:
    """Return expected pressure and its SD, (candidates, minutes, patients), alone: quicker than all that follows."""
    rates = plans.astype(np.float32)
    amounts = state.drugs[:, REMIFENTANIL].astype(np.float32)
    remifentanil = coming(state.body.remifentanil, amounts, rates[:, REMIFENTANIL])
    return _pressures(people, state, rates, remifentanil, stimulated(people, state, rates.shape[2]))


def _pressures(
    people: Population, state: Belief, rates: Array, opioid: Array, stimuli: Stimuli
) -> tuple[Array, Array]:
    """Return expected pressure and its SD, (candidates, minutes, patients); opioid at its effect site, likewise."""
    ahead, amounts = state.body.plasma, state.drugs.astype(np.float32)
    plasma = [
        coming(Ahead(ahead.free[:, :, drug], ahead.pulse[:, drug]), amounts[:, drug], rates[:, drug])
        for drug in (PROPOFOL, REMIFENTANIL, NOREPINEPHRINE)
    ]
    mean, sd = np.empty_like(opioid), np.empty_like(opioid)
    fall = state.fall.astype(np.float32)
    for minute, (stimulus, _) in enumerate(stimuli):
        propofol, remifentanil, norepinephrine = (one[:, minute] for one in plasma)
        settled = pressure.settled_fall(people.pressure, propofol, remifentanil)
        fall = pressure.fall_after(people.pressure, fall, settled, MINUTE)
        strained = pressure.strain(stimulus, opioid[:, minute])
        mean[:, minute], sd[:, minute] = _pressure(
            people, state, fall, strained, norepinephrine, MINUTE * (minute + 1)
        )
    return mean, sd


def stimulated(people: Population, state: Belief, minutes: int) -> Stimuli:
    """Return for each coming minute the stimulation expected at its end and the variance that a new one brings.

    Stimulation goes towards the level of the phase, and from an announced event on towards that of the next.
    """
    airway = state.phase == INTUBATION
    now, then = level(state.phase), level(np.where(airway, PREPARATION, ANNOUNCED[state.phase]))
    stimulus, at = state.stimulus[0], np.where(airway, AIRWAY, state.next_event)
    stimuli = []
    for minute in range(minutes):
        before = np.clip(at - MINUTE * minute, 0.0, MINUTE)
        stimulus = expected(expected(stimulus, now, before), then, MINUTE - before)
        come = at <= MINUTE * (minute + 1)
        surge = np.where(come, (people.depth.surge * (then - now)) ** 2, 0.0)
        stimuli.append((stimulus.astype(np.float32), surge.astype(np.float32)))
    return stimuli


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
    kept, noise = (values[:, 0, 0].astype(np.float32) for values in depth.faded(p, np.ones((1, 1)), seconds))
    c, x = state.covariance, state.mean
    fading, felt = kept[PASSING], kept[DISTURBANCE]

    def sensitivity(other: int) -> Array:
        return c[LASTING, other] + fading * c[PASSING, other]

    def stimulation(other: int) -> Array:
        return stimulus * c[AROUSAL, other] + felt * c[DISTURBANCE, other]

    # Covariances later on: of sensitivity to propofol (s) and opioid (o), awake index (b), felt stimulation (f).
    ss = sensitivity(LASTING) + fading * sensitivity(PASSING) + noise[LASTING] + noise[PASSING]
    sf = stimulation(LASTING) + fading * stimulation(PASSING)
    ff = stimulus * stimulation(AROUSAL) + felt * stimulation(DISTURBANCE) + noise[DISTURBANCE] + surge
    spread = [ss, sensitivity(OPIOID), sensitivity(BASELINE), sf, c[OPIOID, OPIOID], c[OPIOID, BASELINE]]
    spread += [stimulation(OPIOID), c[BASELINE, BASELINE], stimulation(BASELINE), ff]
    ss, so, sb, sf, oo, ob, of, bb, bf, ff = (v.astype(np.float32) for v in spread)
    means = (
        x[LASTING] + fading * x[PASSING],
        x[OPIOID],
        x[BASELINE],
        x[AROUSAL] * stimulus + felt * x[DISTURBANCE],
    )
    sensitive, tolerant, awake, moved = (v.astype(np.float32) for v in means)
    one, other, dose = depth.potency(p, sensitive, tolerant, propofol, remifentanil)
    share = depth.effect(gamma, dose)
    left = 1.0 - np.float32(p.fall) * share
    steep = (-np.float32(p.fall) * awake * gamma) * (share * (1.0 - share)) / dose
    one, other = steep * one, steep * other
    index = awake * left + through * moved
    variance = one * (one * ss + 2.0 * (other * so + left * sb + through * sf))
    variance += other * (other * oo + 2.0 * (left * ob + through * of))
    variance += left * (left * bb + 2.0 * (through * bf)) + through * through * ff
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
