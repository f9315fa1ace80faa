"""A pressure loop for whom has none: norepinephrine by proportional-integral control of the mean arterial pressure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from agents.control.around import explained, reported
from agents.files import in_folder, settings_of
from sim.arrays import Array, namespace, stack, within
from sim.covariates import Covariates
from sim.interfaces import About, Agent, OrderMode, Orders, Readings
from sim.settings import check_numbers
from sim.surgery import EMERGENCE
from sim.units import SECONDS_PER_MINUTE

SHIPPED = Path(__file__).parents[2] / "settings" / "pressure.json"
UPDATE = 10.0  # s, taken for the interval before the first reading
SETTLES = 30.0  # s, time constant of the running mean of the pressure (choice)
PLAUSIBLE = (30.0, 150.0)  # mmHg, of mean pressures: a line that is zeroed or flushed shows others (choice)
JUMP, DOUBTED = 30.0, 60.0  # mmHg off the mean that is not believed, unless it lasts for so many s (choice)
FRESH = 60.0  # s, age from which a cuff's pressure says no more whether the rate is right (choice)
STEP, PAUSE = 0.005, 60.0  # µg/kg/min that a change must exceed, and s between changes
LEAVING = 900.0  # s from emergence to the end of the pump, in a straight line at the slowest (choice)


@dataclass(frozen=True)
class Settings:
    """Gains of rate = kp (e + ∫e dt / ti), e the target less the pressure.

    Attributes:
        target: mean arterial pressure, mmHg.
        kp: µg/kg/min per mmHg.
        ti: s.
        highest: µg/kg/min.
    """

    target: float = 78.0
    kp: float = 0.003
    ti: float = 180.0
    highest: float = 0.3

    def __post_init__(self) -> None:
        check_numbers(self, positive=True)


@dataclass(frozen=True)
class Memory:
    """What the loop remembers beside its agent, (patients,) each.

    Attributes:
        agent: the state of the agent.
        weight: kg.
        mean: running mean of the pressures that were believed, mmHg; NaN before any.
        time, believed: of the last reading, and of the last one that was believed, s.
        integral: the integral's part of the rate, µg/kg/min.
        rate, changed: in force, µg/kg/min, and since when, s.
        leaving: the rate at the first sight of emergence, µg/kg/min, and when that was, s; infinity before.
    """

    agent: Any
    weight: Array
    mean: Array
    time: Array
    believed: Array
    integral: Array
    rate: Array
    changed: Array
    leaving: Array


@dataclass(frozen=True)
class WithPressure:
    """An agent whose norepinephrine, boluses included, is given by a pressure loop in place of its own.

    Attributes:
        agent: gives the other drugs.
        settings: of the loop.
    """

    guards: ClassVar[str] = "agent"  # who fails under a fault of controllers
    agent: Agent
    settings: Settings = field(default_factory=Settings)

    @property
    def orders(self) -> OrderMode:
        """What the agent's orders mean."""
        return self.agent.orders

    @property
    def about(self) -> About:
        """What a report says: of the agent, and of the loop."""
        inner: About = getattr(self.agent, "about", About())
        moves, limits = (
            "norepinephrine by a loop on the pressure",
            f"norepinephrine 0–{self.settings.highest:g} µg/kg/min",
        )
        return replace(
            inner,
            moves="; ".join(filter(None, (inner.moves, moves))),
            limits="; ".join(filter(None, (inner.limits, limits))),
        )

    @property
    def observers(self) -> tuple[str, ...]:
        """What the agent needs."""
        return getattr(self.agent, "observers", ())

    @property
    def readings(self) -> tuple[str, ...]:
        """What the agent needs."""
        return getattr(self.agent, "readings", ())

    @property
    def any_arrays(self) -> bool:
        """Whether the agent takes any."""
        return getattr(self.agent, "any_arrays", False)

    def initial(self, covariates: Covariates, keys: Array) -> Memory:
        """Return the memory of new cases: no pressure seen, nothing given."""
        zero = 0.0 * covariates.age
        never = zero - float("inf")
        return Memory(
            self.agent.initial(covariates, keys),
            covariates.weight,
            zero + float("nan"),
            zero - UPDATE,
            never,
            zero,
            zero,
            never,
            stack([zero, zero + float("inf")]),
        )

    def act(self, state: Memory, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Memory]:
        """Return the agent's orders with the loop's norepinephrine, and the memory."""
        orders, agent = self.agent.act(state.agent, readings, estimates)
        ahead = self.ahead(readings, estimates)
        after = regulate(self.settings, replace(state, agent=agent), readings, ahead)
        given = after.rate * after.weight / SECONDS_PER_MINUTE
        infusions = stack([orders.infusions[0], orders.infusions[1], given])
        boluses = stack([orders.boluses[0], orders.boluses[1], 0.0 * given])
        return replace(orders, infusions=infusions, boluses=boluses), after

    def ahead(self, readings: Readings, estimates: Mapping[str, Array]) -> Array | float:
        """Return by how much the pressure is expected to be too low beyond what is seen, mmHg: nothing is foreseen."""
        return 0.0

    @property
    def follow(self) -> Callable[[Memory, Orders], Memory] | None:
        """What an agent that can follow others offers: its memory as if their orders were its own; the loop's stays."""
        follow = getattr(self.agent, "follow", None)
        return follow and (lambda state, orders: replace(state, agent=follow(state.agent, orders)))

    def report(self, state: Memory) -> Mapping[str, Array]:
        """Return what the agent says of itself."""
        return reported(self.agent, state.agent)

    def explain(self, state: Memory) -> list[str]:
        """Return why the agent ordered what it did, a line a patient."""
        return explained(self.agent, state.agent)


def believable(state: Memory, readings: Readings) -> Array:
    """Return where a pressure is taken for one, bool (patients,): valid, possible, and no jump that has not lasted."""
    xp = namespace(readings.time)
    pressure = readings.mean_arterial_pressure
    possible = readings.pressure_valid & (pressure > PLAUSIBLE[0]) & (pressure < PLAUSIBLE[1])
    near = xp.isnan(state.mean) | (xp.abs(pressure - state.mean) < JUMP)
    return possible & (near | (readings.time - state.believed > DOUBTED))


def regulate(settings: Settings, state: Memory, readings: Readings, ahead: Array | float = 0.0) -> Memory:
    """Return the memory with the rate for the next control period; it holds where the pressure is not believed.

    What the pressure is still expected to fall, `ahead`, mmHg, is answered in proportion; the integral keeps to what is
    seen.
    """
    xp = namespace(readings.time)
    passed = readings.time - state.time
    sure = believable(state, readings)
    pressure = readings.mean_arterial_pressure
    share = 1.0 - xp.exp(-passed / SETTLES)
    fresh = xp.isnan(state.mean) | (readings.time - state.believed > DOUBTED)
    moved = xp.where(fresh, pressure, state.mean + share * (pressure - state.mean))
    mean = xp.where(sure, moved, state.mean)
    error = settings.target - mean
    counts = sure & (readings.pressure_age < FRESH)
    # Held within what the pump gives, the integral never winds up.
    wound = within(state.integral + settings.kp * error * passed / settings.ti, 0.0, settings.highest)
    integral = xp.where(counts, wound, state.integral)
    wanted = within(settings.kp * (error + ahead) + integral, 0.0, settings.highest)
    ends = (readings.phase >= EMERGENCE) & xp.isinf(state.leaving[1])
    leaving = stack(
        [xp.where(ends, state.rate, state.leaving[0]), xp.where(ends, readings.time, state.leaving[1])]
    )
    wanted = xp.where(counts, wanted, state.rate)
    left = within(1.0 - (readings.time - leaving[1]) / LEAVING, 0.0, 1.0)
    wanted = xp.where(xp.isinf(leaving[1]), wanted, xp.minimum(wanted, leaving[0] * left))
    turns = (xp.abs(wanted - state.rate) > STEP) | ((wanted == 0.0) & (state.rate > 0.0))
    turns = turns & (readings.time - state.changed >= PAUSE)
    return replace(
        state,
        mean=mean,
        time=readings.time,
        believed=xp.where(sure, readings.time, state.believed),
        integral=integral,
        rate=xp.where(turns, wanted, state.rate),
        changed=xp.where(turns, readings.time, state.changed),
        leaving=leaving,
    )


def read_settings(path: Path = SHIPPED) -> Settings:
    """Return the gains of `agents/settings/pressure.json`, or of another file or folder."""
    return settings_of(Settings, in_folder(path, SHIPPED.name))


def with_pressure(agent: Agent) -> WithPressure:
    """Return the agent with a norepinephrine loop that holds a mean arterial pressure of 78 mmHg."""
    return WithPressure(agent, read_settings())
