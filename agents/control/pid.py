"""Proportional-integral-derivative control of BIS with propofol, remifentanil following at a fixed ratio.

Everywhere the error is e = BIS - target (positive: too light). The recursions are pure and batched: states
and gains are arrays of shape (patients,), or anything that broadcasts against it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.files import in_folder, json_object
from sim.arrays import Array, map_arrays, namespace, stack, within
from sim.covariates import Covariates
from sim.interfaces import About, OrderMode, Orders, Readings
from sim.published import ADULTS, warn_outside
from sim.surgery import CLOSING

TARGET = 50.0
PROPOFOL_LIMIT = 6.67  # mg/s, 1200 mL/h of 2 %
REMIFENTANIL_LIMIT = 16.67  # µg/s, 3000 mL/h of 20 µg/mL
REMIFENTANIL_RATIO = 2.0  # µg of remifentanil for each mg of propofol
OUTPUT_LIMIT = REMIFENTANIL_LIMIT / REMIFENTANIL_RATIO  # mg/s at which both pumps are at their limits
SWITCH_SECONDS = 598.0  # induction gains before, maintenance gains from here on
UPDATE_SECONDS = 10.0  # taken for the interval before the first reading, and for that after a gap
ARES_LIMIT = 2.0  # mg/s
ARES_RATIO = 0.5
TUNED_SETTINGS = Path(__file__).parents[1] / "settings" / "pid_tuned.json"


@dataclass(frozen=True)
class PidGains:
    """Gains of u = kp (e + ∫e/ti dt + td de/dt), all above 0.

    Attributes:
        kp: mg/s of propofol per BIS point.
        ti, td: integral and derivative time, s.
        n: the derivative is filtered with the time constant td / n.
    """

    kp: Array
    ti: Array
    td: Array
    n: Array = 5.0


GAINS = tuple(field.name for field in dataclasses.fields(PidGains))


@dataclass(frozen=True)
class PidSettings:
    """A controller with one set of gains before SWITCH_SECONDS and one from then on.

    Attributes:
        induction, maintenance: gains.
        start_index: BIS that stands for the reading before the first one. The target makes the derivative see
            the whole step from "no error" and answer with a bolus.
        clamp: limits of the integral part, mg/s; without them it is set back as in the published controllers.
    """

    induction: PidGains
    maintenance: PidGains
    start_index: float
    clamp: tuple[float, float] | None = None


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
G1_ALONE = PidSettings(INDUCTION, INDUCTION, start_index=100.0)
G1_THEN_G2 = PidSettings(INDUCTION, REJECTION, start_index=100.0)

# Genetic algorithm over the 44 patients: kp 1.187610, ki 0.001215207 /s, kd 0.204131 s for index/100, derivative
# unfiltered. Hosseinirad, Comput Methods Programs Biomed 2025 (AReS).
ARES_GAINS = PidGains(kp=0.01187610, ti=1.187610 / 0.001215207, td=0.204131 / 1.187610, n=float("inf"))
ARES = PidSettings(ARES_GAINS, ARES_GAINS, start_index=TARGET, clamp=(-ARES_LIMIT, ARES_LIMIT))


def start(like: Array, index: float) -> PidState:
    """Return the state before the first update, shaped like `like`; `index` stands for the BIS before it."""
    zero = 0.0 * like
    return PidState(index=zero + index, integral=zero, derivative=zero, output=zero)


def update(
    settings: PidSettings,
    gains: PidGains,
    state: PidState,
    index: Array,
    interval: Array | float,
    target: float = TARGET,
) -> PidState:
    """Advance the controller by one reading `interval` s after the last one; its `output` is the new command.

    Args:
        settings: how the integral is kept from winding up.
        gains: those in use, of a shape that broadcasts with the readings, (patients,).
        index: BIS.
        interval: s, above 0.
    """
    error = index - target
    integral = state.integral + error * interval / gains.ti
    lag = gains.td / gains.n
    derivative = (state.derivative * lag + gains.td * (index - state.index)) / (interval + lag)
    if settings.clamp is not None:
        low, high = settings.clamp
        integral = within(integral, low / gains.kp, high / gains.kp)
        return PidState(index, integral, derivative, gains.kp * (error + integral + derivative))
    return _set_back(
        gains, PidState(index, integral, derivative, gains.kp * (error + integral + derivative)), error
    )


def _set_back(gains: PidGains, state: PidState, error: Array) -> PidState:
    """Set the integral back where the output is beyond 0 to OUTPUT_LIMIT although the error pulls it back.

    Aubouin-Pairault, J Open Source Softw 2023;8:5480 (Python Anesthesia Simulator 1.0).
    """
    where, output = namespace(error).where, state.output
    wound = (output * error <= 0.0) & ((output >= OUTPUT_LIMIT) | (output <= 0.0))
    output = where(wound, within(output, 0.0, OUTPUT_LIMIT), output)
    integral = where(wound, output / gains.kp - error - state.derivative, state.integral)
    return dataclasses.replace(state, integral=integral, output=output)


def retune(gains: PidGains, state: PidState, target: float = TARGET) -> PidState:
    """Return the state with which `gains` give the output in force: a change of gains without a bump."""
    integral = state.output / gains.kp - (state.index - target) - state.derivative
    return dataclasses.replace(state, integral=integral)


def rates(output: Array) -> Array:
    """Return (2, patients): propofol mg/s and remifentanil µg/s that the pumps can give for an output."""
    remifentanil = within(REMIFENTANIL_RATIO * output, 0.0, REMIFENTANIL_LIMIT)
    return stack([within(output, 0.0, PROPOFOL_LIMIT), remifentanil])


def rates_ares(output: Array) -> Array:
    """Return (2, patients): propofol mg/s and remifentanil µg/s of the AReS controller."""
    propofol = within(output, 0.0, ARES_LIMIT)
    return stack([propofol, ARES_RATIO * propofol])


def read_settings(path: Path) -> PidSettings:
    """Return the settings in a file written by experiments.tuning.pid.

    Raises:
        ValueError: if a number is missing or out of range.
    """
    content = json_object(path)
    induction, maintenance = (
        PidGains(*(_number(path, content.get(phase, {}), phase, name, above=0.0) for name in GAINS))
        for phase in ("induction", "maintenance")
    )
    start_index, low, high = (
        _number(path, content, "settings", name)
        for name in ("start_index", "integral_lowest", "integral_highest")
    )
    return PidSettings(induction, maintenance, start_index, clamp=(low, high))


def _number(
    path: Path, content: Mapping[str, Any], where: str, name: str, above: float | None = None
) -> float:
    value = content.get(name)
    if not isinstance(value, int | float):
        raise ValueError(f"{path.name}: {where} {name} {value!r} is not allowed; a number")
    if above is not None and value <= above:
        raise ValueError(f"{path.name}: {where} {name} {value!r} is not allowed; a number above {above:g}")
    return float(value)


@dataclass(frozen=True)
class PidAgentState:
    """The agent's memory, arrays of shape (patients,).

    Attributes:
        pid: the recursion's state.
        seen: time of the last reading, s; -inf before the first, NaN if it was invalid.
        inducing: whether the induction gains have acted and are still in use.
    """

    pid: PidState
    seen: Array
    inducing: Array


class PID:
    """A PID on measured BIS that orders infusion rates, at any control period.

    It doses from its first valid reading, holds its output while BIS is invalid, and stops both drugs when
    the surgeons close. A gap in the readings counts as one UPDATE_SECONDS in which nothing changed, so that
    it adds neither an integral nor a derivative over time in which nothing was seen.

    Args:
        settings: gains.
        target: BIS to hold.
        tuned: on whom the gains were tuned, if no card says it.
    """

    orders: OrderMode = "rates"
    any_arrays = True
    about = About(
        "index, phase",
        f"rates of propofol and, {REMIFENTANIL_RATIO:g} µg to the mg, remifentanil",
        f"propofol 0–{PROPOFOL_LIMIT:g} mg/s, remifentanil 0–{REMIFENTANIL_LIMIT:g} µg/s; both stop at closing",
    )

    def __init__(self, settings: PidSettings, target: float = TARGET, tuned: str = ""):
        if not 0.0 < target < 100.0:
            raise ValueError(f"target: {target:g} is not allowed; above 0 and below 100 BIS")
        self.settings = settings
        self.target = target
        self.about = dataclasses.replace(self.about, tuned=tuned)

    def initial(self, covariates: Covariates, keys: Array) -> PidAgentState:
        """Return the state for new cases."""
        warn_outside("agent pid", covariates, ADULTS)
        none = 0.0 * covariates.age
        return PidAgentState(start(none, self.settings.start_index), none - float("inf"), none > 0.0)

    def act(
        self, state: PidAgentState, readings: Readings, estimates: Mapping[str, Array]
    ) -> tuple[Orders, PidAgentState]:
        """Return rates of both drugs for the next control period, (3, patients), and the new state."""
        xp = namespace(readings.bis)
        due = readings.time >= SWITCH_SECONDS
        retuned = retune(self.settings.maintenance, state.pid, self.target)
        pid = _choose(state.inducing & due, retuned, state.pid)
        since = readings.time - state.seen
        interval = xp.where(xp.isfinite(since), since, xp.full_like(since, UPDATE_SECONDS))
        before = dataclasses.replace(pid, index=xp.where(xp.isnan(state.seen), readings.bis, pid.index))
        updated = update(self.settings, self._gains(readings), before, readings.bis, interval, self.target)
        pid = _choose(readings.bis_valid, updated, pid)
        seen = xp.where(readings.bis_valid, readings.time, xp.full_like(since, float("nan")))
        seen = xp.where(xp.isinf(state.seen) & ~readings.bis_valid, state.seen, seen)
        both = xp.where(readings.phase >= CLOSING, 0.0 * pid.output, rates(pid.output))
        infusions = stack([*both, 0.0 * pid.output])
        inducing = (state.inducing | readings.bis_valid) & ~due
        return Orders(infusions, 0.0 * infusions), PidAgentState(pid, seen, inducing)

    def follow(self, state: PidAgentState, orders: Orders) -> PidAgentState:
        """Return the state with which the gains in use give the propofol that others order: the integral tracks it."""
        xp, pid = namespace(state.seen), state.pid
        late, early = self.settings.maintenance.kp, self.settings.induction.kp
        kp = xp.where(state.inducing, early + 0.0 * pid.output, late + 0.0 * pid.output)
        output = orders.infusions[0]
        integral = output / kp - (pid.index - self.target) - pid.derivative
        return dataclasses.replace(state, pid=dataclasses.replace(pid, integral=integral, output=output))

    def _gains(self, readings: Readings) -> PidGains:
        """Return the gains due at the time of the readings, (patients,) each."""
        late, early, zero = self.settings.maintenance, self.settings.induction, 0.0 * readings.bis
        due = readings.time >= SWITCH_SECONDS
        choose = namespace(zero).where
        return PidGains(*(choose(due, getattr(late, n) + zero, getattr(early, n) + zero) for n in GAINS))


def _choose(condition: Array, yes: PidState, no: PidState) -> PidState:
    xp = namespace(condition)
    return map_arrays(lambda a, b: xp.where(condition, a, b), yes, no)


def pid_published() -> PID:
    """Return the published controller: G1, then G2 from 598 s."""
    return PID(G1_THEN_G2, tuned="the 13 published patients of protocol P1")


def pid_tuned(path: Path = TUNED_SETTINGS) -> PID:
    """Return the controller with the gains of `agents/settings/pid_tuned.json`, or of another file or folder."""
    return PID(read_settings(in_folder(path, TUNED_SETTINGS.name)))
