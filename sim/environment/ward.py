"""The one core under every environment: a batch of cases that are reset, stepped, observed and rewarded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np

from sim import theatre
from sim.arrays import put
from sim.environment import actions, observations, rewards
from sim.environment.observations import OBSERVATIONS, Signal
from sim.interfaces import PROPOFOL, REMIFENTANIL, OrderMode
from sim.plants.mixing import cases_of
from sim.settings import Models, Scenario
from sim.theatre import Case, Theatre, TheatreState, Turn, controllers, engines
from sim.theatre.engines import Engine
from sim.theatre.observing import Observers, Team
from sim.theatre.plays import Play
from sim.theatre.rollout import cases
from sim.units import SECONDS_PER_MINUTE

LONGEST = SECONDS_PER_MINUTE * OBSERVATIONS["time"].high


@dataclass(frozen=True)
class Options(Scenario):
    """Everything an environment can be told: a scenario, and what its agent does, sees and is paid for.

    Attributes:
        actions: "rates" (mg/kg/h, µg/kg/min) or "targets" (µg/mL, ng/mL, given to the pump).
        norepinephrine: True adds it as a third action.
        observer: its estimates become observations (`estimated_<estimate>`); several by name
            (`estimated_<name>.<estimate>`).
        reward: term -> weight, see `sim.environment.rewards.TERMS`.
        engine: what computes the patients, by name in `sim.theatre.engines.ENGINES`, or an engine.
        propofol, remifentanil, norepinephrine_model, bis, circulation, variability, spread, index_delay, index_noise:
            what patients are made of, see `sim.settings.Models`.
        plants: patients alternate over these, which say themselves what they are made of and what happens to them.
    """

    actions: OrderMode = "rates"
    norepinephrine: bool = False
    observer: Observers = None
    reward: Mapping[str, float] = field(default_factory=lambda: dict(rewards.DEFAULT_WEIGHTS))
    engine: str | Engine = "numpy"
    propofol: str = Models.propofol
    remifentanil: str = Models.remifentanil
    norepinephrine_model: str = Models.norepinephrine
    bis: str = Models.bis
    circulation: str = Models.circulation
    variability: bool = Models.variability
    spread: float = Models.spread
    index_delay: float = Models.index_delay
    index_noise: float = Models.index_noise
    plants: tuple[str, ...] = ()

    @classmethod
    def of(cls, **options: Any) -> Options:
        """Build options. Raises ValueError on an unknown one."""
        allowed = [f.name for f in fields(cls)]
        for name in options:
            if name not in allowed:
                raise ValueError(f"option: unknown name {name!r}; allowed are {', '.join(allowed)}")
        return cls(**options)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.horizon > LONGEST:
            raise ValueError(
                f"horizon: {self.horizon} s is not allowed; at most {LONGEST:g} s, as observed times are"
            )
        if self.plants and self.models() != Models():
            raise ValueError("plants: is not allowed with models of patients; plants have their own")
        rewards.weighted(self.reward)
        Team.of(self.observer, self.control_period).check_heard(self.waves)
        controllers.refuse(self.faults)
        engines.engine(self.engine)

    def models(self) -> Models:
        """Return what the patients are made of."""
        return Models(
            self.propofol,
            self.remifentanil,
            self.norepinephrine_model,
            self.bis,
            self.circulation,
            self.variability,
            self.spread,
            self.index_delay,
            self.index_noise,
        )


class Outcome(NamedTuple):
    """What a step returns. terms: weighted reward terms; truth: for judges, never for agents."""

    observations: np.ndarray
    rewards: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray
    terms: dict[str, np.ndarray]
    truth: dict[str, np.ndarray]


class Ward:
    """A batch of cases behind one set of options. Case k of seed s is the same one in any ward."""

    def __init__(self, options: Options, beds: int):
        self.options, self.beds = options, beds
        self.room = Theatre.of(options, options.actions)
        self.team = Team.of(options.observer, options.control_period)
        self.signals: dict[str, Signal] = observations.table(self.team.estimates, self.room.monitors.shows)
        self.engine = engines.engine(options.engine)
        self.play: Play
        self.case: Case
        self.seen: Turn
        self.mind: Any
        self.estimates: dict[str, np.ndarray]
        self.reward = rewards.weighted(options.reward)
        self.levers = actions.names(options.actions, options.norepinephrine)
        self._admit(np.zeros(beds, dtype=np.int64), np.zeros(beds, dtype=np.int64), None)
        self.team.check_state(self.mind, beds)

    def reset(self, seeds: np.ndarray, numbers: np.ndarray, beds: np.ndarray | None = None) -> None:
        """Begin case `numbers` of `seeds` in the given beds (indices; all by default)."""
        self._admit(seeds, numbers, beds)

    def observe(self) -> np.ndarray:
        """Return observations (beds, features), float32."""
        person = self.case.told
        return observations.encode(self.seen.readings, person, self.estimates, self.room.control_period)

    def step(self, action: np.ndarray) -> Outcome:
        """Give `action` (beds, levers) in clinical units for one control period. Raises ValueError if bad."""
        weight = self.case.told.weight
        orders = actions.decode(action, self.options.actions, self.options.norepinephrine, weight)
        self.play.turn(self.engine.moved(orders))
        self.seen = self.play.hosted()
        self.mind, self.estimates = self.team.update(self.mind, self.seen.readings)
        truth, readings = self.seen.truth, self.seen.readings
        gone = theatre.lost(truth)
        real = self.case.patient.covariates.weight
        period = rewards.Period(truth, readings.phase, self.seen.delivered, real, gone)
        reward, terms = rewards.evaluate(self.reward, period)
        over = readings.time >= self.room.horizon - 1e-6
        return Outcome(self.observe(), reward, gone, over & ~gone, terms, self.truth())

    def _admit(self, seeds: np.ndarray, numbers: np.ndarray, beds: np.ndarray | None) -> None:
        """Draw cases; without `beds` they fill the ward, else they replace who lay there."""
        o = self.options
        if o.plants:
            case = cases_of(o.plants, self.room, seeds, numbers)
        else:
            case = cases(self.room, seeds, numbers, o.models())
        state, seen = theatre.begin(self.room, case)
        mind, estimates = self.team.update(self.team.initial(case.told), seen.readings)
        if beds is None:
            self.play = self.engine.play(self.room, case, state, seen)
            self.case, self.seen, self.mind, self.estimates = case, seen, mind, estimates
            return
        theirs = self.engine.moved((case, state, seen))
        self.play.admit(theirs[0], theirs[1], theirs[2], beds)
        self.case, self.seen = put(self.case, beds, case), put(self.seen, beds, seen)
        self.mind, self.estimates = put(self.mind, beds, mind), put(self.estimates, beds, estimates)

    @property
    def state(self) -> TheatreState:
        """What moves in the room, of the engine's arrays."""
        return self.play.state

    def truth(self) -> dict[str, np.ndarray]:
        """Return what is true of the patients now, for judges."""
        truth = self.seen.truth
        return {
            "bis": truth.bis,
            "mean_arterial_pressure": truth.mean_arterial_pressure,
            "heart_rate": truth.heart_rate,
            "effect_propofol": truth.effect_site[PROPOFOL],
            "effect_remifentanil": truth.effect_site[REMIFENTANIL],
        }
