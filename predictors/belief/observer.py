"""A belief about the patient, corrected at every reading: the observer and its answers to plans."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from predictors.belief import depth, drugs, kalman, pressure
from predictors.belief.depth import DISTURBANCE, LASTING, NOISE, PASSING, Bank
from predictors.belief.foresight import foresee, foresee_pressure
from predictors.belief.population import Population, expected, level
from predictors.belief.state import Belief
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import PROPOFOL, REMIFENTANIL, Prospect, Readings
from sim.pharmacodynamics import TOLERANCE
from sim.pharmacodynamics.hypnosis import eleveld_delay
from sim.published import ADULTS, warn_outside
from sim.settings import Room

AHEAD = (1, 2, 5)  # min, of forecasts of the index under unchanged pumps
PRESSURE_AHEAD = 2  # min
LONGEST_PLAN = 10  # min
LONGEST_DELAY = 120.0  # s
AVERAGED = (
    300.0  # s, over which rates are; a bolus ends by itself: the lower of the present and the average goes on
)
GATE = 3.0  # SD, see `kalman.corrected`
MEMORY = 1800.0  # s, with which evidence for members is forgotten (choice)
LOWEST_WEIGHT = 1e-3
FRESH = 1.0  # control periods; an older pressure has been read before


@dataclass(frozen=True)
class BeliefFilter:
    """Extended Kalman filters over effect site, sensitivity, awake index, stimulation, and over the pressure.

    The estimates, each a mean over the members by weight:

    - effect_propofol, effect_remifentanil: concentrations at the effect site now.
    - bis, bis_sd: what the index truly is now, before the monitor's delay and noise, and how sure that is.
    - bis_1_min and so on, with `_sd`: what it will truly be if the pumps go on.
    - sensitivity: log of how much less propofol than the average the patient needs now; with time its part that is only
      the beginning's fades.
    - opioid_sensitivity: the same of remifentanil's part in the index.
    - disturbance: index points that stimulation adds now.
    - pressure, pressure_2_min, with `_sd`: the mean arterial pressure without quick swings, and as it will be.
    - pressure_sensitivity: log of how much more than the average it falls under both drugs.

    Attributes:
        control_period: s between readings.
        members: of the bank; 1 is a single filter of the average patient.
        propofol, remifentanil: kinetic models by name.
        people: the population.
    """

    control_period: float = Room.control_period
    members: int = 18
    propofol: str = "eleveld"
    remifentanil: str = "eleveld"
    people: Population = field(default_factory=Population)

    def __post_init__(self) -> None:
        if not 1 <= self.members <= 64:
            raise ValueError(f"members: {self.members} is not allowed; 1 to 64")

    @cached_property
    def bank(self) -> Bank:
        """The members."""
        return Bank(self.people.depth, self.members)

    @property
    def minutes(self) -> int:
        """The longest plan that it answers."""
        return LONGEST_PLAN

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """Name -> (lowest, highest, unit), see above."""
        index, pressed, log = (0.0, 100.0, ""), (0.0, 400.0, "mmHg"), (-5.0, 5.0, "log")
        later = [f"bis_{minutes}_min" for minutes in AHEAD]
        pressures = ["pressure", f"pressure_{PRESSURE_AHEAD}_min"]
        return {
            "effect_propofol": (0.0, 1000.0, "µg/mL"),
            "effect_remifentanil": (0.0, 1000.0, "ng/mL"),
            **{name: index for one in ("bis", *later) for name in (one, f"{one}_sd")},
            "sensitivity": log,
            "opioid_sensitivity": log,
            "disturbance": (-100.0, 100.0, ""),
            **{name: pressed for one in pressures for name in (one, f"{one}_sd")},
            "pressure_sensitivity": log,
        }

    def initial(self, covariates: Covariates) -> Belief:
        """Return the average patients, drug-free. Raises ValueError on an unknown model."""
        warn_outside("predictor belief", covariates, ADULTS)
        patients, periods = len(covariates.age), 1 + math.ceil(LONGEST_DELAY / self.control_period)
        shape = self.members, patients
        body = drugs.body(
            covariates, self.propofol, self.remifentanil, self.bank.ke0, self.control_period, LONGEST_PLAN
        )
        delay = np.minimum(self.bank.delay * eleveld_delay(covariates.age), LONGEST_DELAY)
        zero = np.zeros(patients)
        mean, covariance = self.bank.begin(patients)
        start, spread = pressure.begin(self.people.pressure, patients)
        return Belief(
            body=body,
            tolerance=TOLERANCE.get("bouillon")(covariates),
            delay=delay / self.control_period,
            drugs=np.zeros((4, 3, patients)),
            site=np.zeros(shape),
            averaged=np.zeros((3, patients)),
            sites=np.zeros((periods, *shape)),
            remifentanil=np.zeros((periods, patients)),
            stimulus=np.zeros((periods, patients)),
            phase=np.zeros(patients, dtype=np.int64),
            next_event=zero + np.inf,
            mean=mean,
            covariance=covariance,
            evidence=np.zeros(shape),
            weights=np.full(shape, 1.0 / self.members),
            density=np.zeros((2, patients)),
            fall=zero,
            pressure=start,
            pressure_covariance=spread,
        )

    def update(self, state: Belief, readings: Readings) -> tuple[Belief, Mapping[str, Array]]:
        """Return the corrected belief and the estimates, see above."""
        state = self.believe(state, readings)
        return state, self._said(state, readings)

    def believe(self, state: Belief, readings: Readings) -> Belief:
        """Return the corrected belief alone, for whoever asks it for plans."""
        return self._pressure(self._depth(self._dosed(state, readings), readings), readings)

    def foresee(self, state: Belief, plans: Array) -> Prospect:
        """See `sim.interfaces.ForeseeingObserver`. Raises ValueError on a plan longer than `minutes`."""
        self._check(plans)
        return foresee(self.people, self.bank, state, plans)

    def foresee_pressure(self, state: Belief, plans: Array) -> tuple[Array, Array]:
        """See `sim.interfaces.ForeseeingObserver`. Raises ValueError on a plan longer than `minutes`."""
        self._check(plans)
        return foresee_pressure(self.people, state, plans)

    def _check(self, plans: Array) -> None:
        if plans.shape[2] > LONGEST_PLAN:
            raise ValueError(f"plans: {plans.shape[2]} minutes are not allowed; up to {LONGEST_PLAN}")

    def _dosed(self, state: Belief, readings: Readings) -> Belief:
        """Return the belief after a period's drugs, stimulation and fading, before anything is read."""
        seconds, p = self.control_period, self.people
        rate = readings.infused / seconds
        amounts, site = drugs.effect_sites(state.body, state.drugs, state.site, rate)
        plasma = amounts[0] / state.body.v1
        settled = pressure.settled_fall(p.pressure, plasma[PROPOFOL], plasma[REMIFENTANIL])
        phase = readings.phase.astype(np.int64)
        now = level(phase)
        jump = np.where(phase != state.phase, p.depth.surge * (now - level(state.phase)), 0.0)
        stimulus = expected(state.stimulus[0], now, seconds)
        mean, covariance = kalman.later(
            state.mean, state.covariance, *depth.faded(p.depth, self.bank.noise, seconds)
        )
        covariance[DISTURBANCE, DISTURBANCE] += jump**2
        announced = np.full(readings.time.shape, np.inf)
        if "next_event" in readings.more:
            announced = np.where(readings.more["next_event_valid"], readings.more["next_event"], np.inf)
        share = 1.0 - math.exp(-seconds / AVERAGED)
        return replace(
            state,
            drugs=amounts,
            site=site,
            averaged=state.averaged + share * (rate - state.averaged),
            sites=np.concatenate([site[None], state.sites[:-1]]),
            remifentanil=np.concatenate([amounts[3, REMIFENTANIL][None], state.remifentanil[:-1]]),
            stimulus=np.concatenate([stimulus[None], state.stimulus[:-1]]),
            phase=phase,
            next_event=announced,
            mean=mean,
            covariance=covariance,
            evidence=state.evidence * math.exp(-seconds / MEMORY),
            fall=pressure.fall_after(p.pressure, state.fall, settled, seconds),
        )

    def _depth(self, state: Belief, readings: Readings) -> Belief:
        """Return the belief after a reading of the index, which shows what was some time ago."""
        p = self.people.depth
        site, opioid, stimulus = self._delayed(state)
        through = depth.let_through(state.tolerance, site, opioid)
        shown, slopes = depth.index(p, self.bank.gamma, state.mean, site, opioid, through, stimulus)
        slopes[NOISE] = 1.0
        surprise = readings.bis - np.clip(shown, 0.0, 100.0) - state.mean[NOISE]
        error = (p.reading_sd * self.bank.noise) ** 2
        after = kalman.corrected(
            state.mean, state.covariance, slopes, surprise, error, readings.bis_valid, GATE
        )
        evidence = state.evidence + after.likelihood
        weights = np.maximum(np.exp(evidence - evidence.max(0)), LOWEST_WEIGHT)
        density = np.log((state.weights * np.exp(after.likelihood)).sum(0))
        return replace(
            state,
            mean=after.mean,
            covariance=after.covariance,
            evidence=evidence,
            weights=weights / weights.sum(0),
            density=np.stack([density, state.density[1]]),
        )

    def _delayed(self, state: Belief) -> tuple[Array, Array, Array]:
        """Return effect sites and expected stimulation when what is shown happened, (members, patients) each."""
        row = np.minimum(state.delay.astype(int), len(state.sites) - 2)
        share = state.delay - row
        patients = np.arange(state.delay.shape[1])

        def at(history: Array) -> Array:
            return (1.0 - share) * history[row, patients] + share * history[row + 1, patients]

        site = [
            np.take_along_axis(state.sites, (row + late)[None], axis=0)[0] * (share if late else 1.0 - share)
            for late in (0, 1)
        ]
        return site[0] + site[1], at(state.remifentanil), at(state.stimulus)

    def _pressure(self, state: Belief, readings: Readings) -> Belief:
        """Return the belief after a reading of the pressure."""
        p = self.people.pressure
        fading = pressure.faded(p, self.control_period)
        mean, covariance = kalman.later(state.pressure, state.pressure_covariance, *fading)
        new = readings.pressure_valid & (readings.pressure_age < FRESH * self.control_period)
        strained = pressure.strain(state.stimulus[0], state.drugs[3, REMIFENTANIL])
        norepinephrine = state.drugs[0, 2] / state.body.v1[2]
        expected_now, slopes = pressure.pressure(mean, state.fall, strained, norepinephrine)
        error = (p.reading_sd * expected_now) ** 2
        surprise = readings.mean_arterial_pressure - expected_now
        after = kalman.corrected(mean, covariance, slopes, surprise, error, new, GATE)
        density = np.stack([state.density[0], after.likelihood])
        return replace(state, pressure=after.mean, pressure_covariance=after.covariance, density=density)

    def _said(self, state: Belief, readings: Readings) -> dict[str, Array]:
        """Return the estimates; see the class."""
        unchanged = np.minimum(readings.infused / self.control_period, state.averaged)
        plan = np.repeat(unchanged[None, :, None], AHEAD[-1], axis=2)
        ahead = foresee(self.people, self.bank, state, plan)
        weights, x = state.weights, state.mean
        through = depth.let_through(state.tolerance, state.site, state.drugs[3, REMIFENTANIL])
        now, slopes = depth.index(
            self.people.depth,
            self.bank.gamma,
            x,
            state.site,
            state.drugs[3, REMIFENTANIL],
            through,
            state.stimulus[0],
        )
        own = ((state.covariance * slopes).sum(1) * slopes).sum(0)
        out: dict[str, Any] = {
            "effect_propofol": (weights * state.site).sum(0),
            "effect_remifentanil": state.drugs[3, REMIFENTANIL],
        }
        out |= mixed("bis", weights, np.clip(now, 0.0, 100.0), own)
        for minutes in AHEAD:
            later, sd = ahead.index[0, minutes - 1], ahead.index_sd[0, minutes - 1].astype(float)
            out |= mixed(f"bis_{minutes}_min", ahead.weights, later, sd**2)
        felt = through * (x[depth.AROUSAL] * state.stimulus[0] + x[DISTURBANCE])
        out["sensitivity"] = np.clip((weights * (x[LASTING] + x[PASSING])).sum(0), -5.0, 5.0)
        out["opioid_sensitivity"] = np.clip((weights * x[depth.OPIOID]).sum(0), -5.0, 5.0)
        out["disturbance"] = np.clip((weights * felt).sum(0), -100.0, 100.0)
        out |= self._pressed(state, ahead)
        return {name: out[name] for name in self.estimates}

    def _pressed(self, state: Belief, ahead: Prospect) -> dict[str, Array]:
        calm = state.pressure.copy()
        calm[pressure.QUICK] = 0.0
        strained = pressure.strain(state.stimulus[0], state.drugs[3, REMIFENTANIL])
        norepinephrine = state.drugs[0, 2] / state.body.v1[2]
        now, slopes = pressure.pressure(calm, state.fall, strained, norepinephrine)
        slopes[pressure.QUICK] = 0.0
        variance = ((state.pressure_covariance * slopes).sum(1) * slopes).sum(0)
        name, row = f"pressure_{PRESSURE_AHEAD}_min", PRESSURE_AHEAD - 1
        out = {"pressure": now, "pressure_sd": np.sqrt(variance), name: ahead.pressure[0, row]}
        out[f"{name}_sd"] = ahead.pressure_sd[0, row]
        out = {key: np.clip(value, 0.0, 400.0) for key, value in out.items()}
        return out | {"pressure_sensitivity": np.clip(state.pressure[pressure.DRUGS], -5.0, 5.0)}


def mixed(name: str, weights: Array, mean: Array, variance: Array) -> dict[str, Array]:
    """Return mean and SD of a mixture, by name; arrays (members, patients)."""
    middle = (weights * mean).sum(0)
    spread = (weights * (variance + (mean - middle) ** 2)).sum(0)
    return {name: middle, f"{name}_sd": np.minimum(np.sqrt(np.maximum(spread, 0.0)), 100.0)}


def belief(control_period: float = Room.control_period) -> BeliefFilter:
    """A bank of extended Kalman filters over what is unknown of index and pressure; answers plans of all drugs."""
    return BeliefFilter(control_period, people=Population.read())
