"""Proportional-integral-derivative control of BIS with propofol, remifentanil following at a fixed ratio.

Everywhere the error is e = BIS - target (positive: too light). The recursions are pure and batched: states
and gains are arrays of shape (patients,), or anything that broadcasts against it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.arrays import Array, map_arrays, namespace
from sim.covariates import Covariates
from sim.interfaces import OrderMode, Orders, Readings
from sim.surgery import CLOSING

TARGET = 50.0
DERIVATIVE_FILTER = 5.0  # N: the derivative is filtered with time constant Td / N
PROPOFOL_LIMIT = 6.67  # mg/s, 1200 mL/h of 2 %
REMIFENTANIL_LIMIT = 16.67  # µg/s, 3000 mL/h of 20 µg/mL
REMIFENTANIL_RATIO = 2.0  # µg of remifentanil for each mg of propofol
OUTPUT_LIMIT = REMIFENTANIL_LIMIT / REMIFENTANIL_RATIO  # mg/s at which both pumps are at their limits
SWITCH_SECONDS = 598.0  # induction gains before, maintenance gains from here on
ARES_LIMIT = 2.0  # mg/s
ARES_RATIO = 0.5
TUNED_SETTINGS = Path(__file__).parent / "settings" / "pid_tuned.json"


@dataclass(frozen=True)
class PidGains:
    """Gains of u = kp (e + ∫e/ti dt + td de/dt): kp mg/s per BIS point, ti s, td s (all above 0)."""

    kp: Array
    ti: Array
    td: Array


@dataclass(frozen=True)
class PidState:
    """What the recursion remembers, arrays of shape (patients,).

    Attributes:
        index: last BIS seen.
        integral, derivative: their parts of the control law, in BIS points.
        output: last control signal, mg/s of propofol, before the pump's limits.
    """

    index: Array
    integral: Array
    derivative: Array
    output: Array


# Both sets: min-max absolute error over the 13 patients, particle swarm. Aubouin-Pairault, Fiacchini & Dang,
# J Open Source Softw 2023;8:5480 (Python Anesthesia Simulator 1.0).
INDUCTION = PidGains(kp=0.013208318978, ti=300.0, td=10.0)
REJECTION = PidGains(kp=0.109960424617, ti=159.108060671, td=10.0)

# Genetic algorithm over the 44 patients; kp 1.187610, ki 0.001215207 /s, kd 0.204131 s for index/100.
# Hosseinirad, Comput Methods Programs Biomed 2025 (AReS).
ARES = PidGains(kp=0.01187610, ti=1.187610 / 0.001215207, td=0.204131 / 1.187610)


def start(like: Array, index: float = 100.0) -> PidState:
    """Return the state before the first update, shaped like `like`; `index` stands for the BIS before it."""
    xp = namespace(like)
    zero = xp.zeros_like(like)
    return PidState(index=zero + index, integral=zero, derivative=zero, output=zero)


def update(
    gains: PidGains, state: PidState, index: Array, interval: Array | float = 1.0, target: float = TARGET
) -> PidState:
    """Advance the controller by one reading `interval` s after the last one; its `output` is the new command.

    The derivative is filtered; the integral is set back when the output leaves 0 to OUTPUT_LIMIT although
    the error already pulls it back. Aubouin-Pairault, J Open Source Softw 2023;8:5480.
    """
    xp = namespace(index)
    error = index - target
    integral = state.integral + error * interval / gains.ti
    lag = gains.td / DERIVATIVE_FILTER
    derivative = (state.derivative * lag + gains.td * (index - state.index)) / (interval + lag)
    output = gains.kp * (error + integral + derivative)
    returning = output * error <= 0.0
    wound = returning & ((output >= OUTPUT_LIMIT) | (output <= 0.0))
    output = xp.where(wound, xp.clip(output, 0.0, OUTPUT_LIMIT), output)
    integral = xp.where(wound, output / gains.kp - error - derivative, integral)
    return PidState(index, integral, derivative, output)


def retune(gains: PidGains, state: PidState, target: float = TARGET) -> PidState:
    """Return the state with which `gains` give the output in force: a change of gains without a bump."""
    integral = state.output / gains.kp - (state.index - target) - state.derivative
    return dataclasses.replace(state, integral=integral)


def update_ares(
    gains: PidGains, state: PidState, index: Array, interval: Array | float = 5.0, target: float = TARGET
) -> PidState:
    """Advance the AReS controller: unfiltered derivative, integral part clamped to ± ARES_LIMIT.

    Hosseinirad, Comput Methods Programs Biomed 2025 (AReS).
    """
    xp = namespace(index)
    error = index - target
    bound = ARES_LIMIT / gains.kp
    integral = xp.clip(state.integral + error * interval / gains.ti, -bound, bound)
    derivative = gains.td * (index - state.index) / interval
    return PidState(index, integral, derivative, gains.kp * (error + integral + derivative))


def rates(output: Array) -> Array:
    """Return (2, patients): propofol mg/s and remifentanil µg/s that the pumps can give for an output."""
    xp = namespace(output)
    propofol = xp.clip(output, 0.0, PROPOFOL_LIMIT)
    return xp.stack([propofol, xp.clip(REMIFENTANIL_RATIO * output, 0.0, REMIFENTANIL_LIMIT)])


def rates_ares(output: Array) -> Array:
    """Return (2, patients): propofol mg/s and remifentanil µg/s of the AReS controller."""
    xp = namespace(output)
    propofol = xp.clip(output, 0.0, ARES_LIMIT)
    return xp.stack([propofol, ARES_RATIO * propofol])


def read_gains(settings: Path) -> tuple[PidGains, PidGains]:
    """Return the induction and maintenance gains in a settings file written by experiments.tune_pid.

    Raises:
        ValueError: if a gain is missing or not above 0.
    """
    content = json.loads(settings.read_text())
    sets = []
    for phase in ("induction", "maintenance"):
        values = {name: content.get(phase, {}).get(name) for name in ("kp", "ti", "td")}
        for name, value in values.items():
            if not isinstance(value, int | float) or value <= 0.0:
                raise ValueError(
                    f"{settings.name}: {phase}.{name} {value!r} is not allowed; a number above 0"
                )
        sets.append(PidGains(**values))
    return sets[0], sets[1]


@dataclass(frozen=True)
class PidAgentState:
    """The agent's memory: the recursion's, the time of the last reading (s; NaN: invalid), the gains in use."""

    pid: PidState
    seen: Array
    maintenance: Array


class PID:
    """A PID on measured BIS that orders infusion rates; one set of gains before SWITCH_SECONDS, one from then on.

    It doses from its first valid reading, holds its output while BIS is invalid, and stops both drugs when
    the surgeons close. A gap in the readings restarts its clock, so that it adds neither an integral nor a
    derivative over time in which it saw nothing. It acts at any control period.

    Args:
        induction, maintenance: the two sets of gains.
        target: BIS to hold.
    """

    orders: OrderMode = "rates"

    def __init__(self, induction: PidGains, maintenance: PidGains, target: float = TARGET):
        if not 0.0 < target < 100.0:
            raise ValueError(f"target: {target:g} is not allowed; above 0 and below 100 BIS")
        self.induction = induction
        self.maintenance = maintenance
        self.target = target

    def initial(self, covariates: Covariates, keys: Array) -> PidAgentState:
        """Return the state for new cases."""
        none = namespace(covariates.age).zeros_like(covariates.age)
        return PidAgentState(pid=start(none, self.target), seen=none + float("nan"), maintenance=none > 0.0)

    def act(
        self, state: PidAgentState, readings: Readings, estimates: Mapping[str, Array]
    ) -> tuple[Orders, PidAgentState]:
        """Return rates of both drugs for the next control period, (3, patients), and the new state."""
        xp = namespace(readings.bis)
        pid, maintenance = self._switched(state, readings)
        gains = self._gains(maintenance)
        fresh = xp.isnan(state.seen)
        interval = xp.where(fresh, xp.zeros_like(state.seen), readings.time - state.seen)
        pid = dataclasses.replace(pid, index=xp.where(fresh, readings.bis, pid.index))
        updated = update(gains, pid, readings.bis, interval, self.target)
        pid = _choose(readings.bis_valid, updated, pid)
        seen = xp.where(readings.bis_valid, readings.time + 0.0 * state.seen, state.seen + float("nan"))
        two = rates(pid.output)
        stopped = readings.phase >= CLOSING
        infusions = xp.stack([*xp.where(stopped, xp.zeros_like(two), two), xp.zeros_like(two[0])])
        return Orders(infusions, xp.zeros_like(infusions)), PidAgentState(pid, seen, maintenance)

    def _switched(self, state: PidAgentState, readings: Readings) -> tuple[PidState, Array]:
        due = readings.time >= SWITCH_SECONDS
        changes = due & ~state.maintenance
        pid = _choose(changes, retune(self.maintenance, state.pid, self.target), state.pid)
        return pid, state.maintenance | due

    def _gains(self, maintenance: Array) -> PidGains:
        xp = namespace(maintenance)
        names = (field.name for field in dataclasses.fields(PidGains))
        return PidGains(
            *(xp.where(maintenance, getattr(self.maintenance, n), getattr(self.induction, n)) for n in names)
        )


def _choose(condition: Array, yes: PidState, no: PidState) -> PidState:
    xp = namespace(condition)
    return map_arrays(lambda a, b: xp.where(condition, a, b), yes, no)


def pid_published() -> PID:
    """Return the published controller: G1, then G2 from 598 s."""
    return PID(INDUCTION, REJECTION)


def pid_tuned() -> PID:
    """Return the controller with the gains of `agents/settings/pid_tuned.json`."""
    return PID(*read_gains(TUNED_SETTINGS))
