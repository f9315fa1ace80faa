"""One turn of the loop: orders to pumps, pumps to patient, patient to monitors.

A `Theatre` is how the room works (the same for all cases), a `Case` who lies in it and what will happen (constant),
a `TheatreState` what moves. `turn` is pure, batched, and works for NumPy and torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim import patient as physiology
from sim import pumps, surgery
from sim.arrays import Array, namespace, put, take
from sim.faults import plan as failing
from sim.faults.plan import FaultPlan
from sim.interfaces import Observer, OrderMode, Orders, Readings
from sim.monitors import HEART_RATE_MONITORS, INDEX_MONITORS, PRESSURE_MONITORS, panel
from sim.monitors.panel import Monitors, MonitorState
from sim.monitors.slots import Shown
from sim.patient import Patient, PatientState, Surroundings, Truth
from sim.pharmacokinetics.pace import Pace, prepare
from sim.pumps import Controller, PumpState, TargetSite
from sim.surgery import Surgery

LONGEST_INTERVAL = 15.0  # s, between changes of a pump's rate
LOST_PRESSURE, LOST_RATE = 25.0, 15.0  # mmHg, 1/min
REFRESH = 20.0  # s between re-discretisations of the kinetics of bleeding patients


@dataclass(frozen=True)
class Theatre:
    """How the room works.

    Attributes:
        control_period: s between readings, and between orders.
        physiology_step: s; the kinetics are exact at any, the circulation to 0.1 mmHg at 5 s.
        horizon: s, the length of a case.
        orders: "rates" or "targets", what the agent's orders mean.
        target_site: what targets are for, "effect_site" or "plasma".
        assumed_propofol, assumed_remifentanil: models in the pumps (and in nominal observers), not the patient's.
        noise: whether the monitors are noisy and lose signal.
        pressure, index_monitor, heart_rate_monitor: who shows what, names in the registries of `sim.monitors`.
    """

    control_period: float = 10.0
    physiology_step: float = 5.0
    horizon: float = 10800.0
    orders: OrderMode = "rates"
    target_site: TargetSite = "effect_site"
    assumed_propofol: str = "schnider"
    assumed_remifentanil: str = "minto"
    noise: bool = True
    pressure: str = "arterial"
    index_monitor: str = "bis"
    heart_rate_monitor: str = "pleth"

    def __post_init__(self) -> None:
        for name in ("control_period", "physiology_step", "horizon"):
            value = getattr(self, name)
            if not 0.0 < value < float("inf"):
                raise ValueError(f"{name}: {value} is not allowed; a positive number of seconds")
        for name, allowed in (
            ("orders", ("rates", "targets")),
            ("target_site", ("effect_site", "plasma")),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}: {getattr(self, name)!r} is not allowed; {' or '.join(allowed)}")
        INDEX_MONITORS.get(self.index_monitor)
        PRESSURE_MONITORS.get(self.pressure)
        HEART_RATE_MONITORS.get(self.heart_rate_monitor)
        if self.physiology_step > self.control_period:
            raise ValueError(
                f"physiology_step: {self.physiology_step} s is not allowed; at most the control period, "
                f"{self.control_period} s"
            )
        if self.physiology_step > LONGEST_INTERVAL:
            raise ValueError(
                f"physiology_step: {self.physiology_step} s is not allowed; at most {LONGEST_INTERVAL} s"
            )
        _whole("control_period", self.control_period, "physiology_step", self.physiology_step)
        _whole("horizon", self.horizon, "control_period", self.control_period)

    @cached_property
    def pump_interval(self) -> float:
        """Seconds between changes of a pump's rate: whole physiology steps, a whole part of the control period, at
        most 15 s where a step allows it."""
        steps = round(self.control_period / self.physiology_step)
        fits = [
            d for d in range(1, steps + 1) if steps % d == 0 and d * self.physiology_step <= LONGEST_INTERVAL
        ]
        return self.physiology_step * max(fits, default=1)

    @cached_property
    def monitors(self) -> Monitors:
        """The monitors of this room."""
        chosen = self.index_monitor, self.pressure, self.heart_rate_monitor
        return Monitors(self.control_period, self.physiology_step, self.noise, *chosen)


@dataclass(frozen=True)
class Case:
    """What is constant over the cases of a batch: keys (patients,), patients, surgeries, pumps' models, faults."""

    keys: np.ndarray
    patient: Patient
    surgery: Surgery
    faults: FaultPlan
    controller: Controller


@dataclass(frozen=True)
class TheatreState:
    """What moves. time: (patients,), s; held: (3, patients), drug behind an occlusion; shown: on the screens, faults
    included.
    """

    time: Array
    patient: PatientState
    pace: Pace
    pumps: PumpState
    held: Array
    monitors: MonitorState
    shown: Shown


@dataclass(frozen=True)
class Turn:
    """What one turn lets be seen: readings for observers and agents; truth and delivered rates for the judges.

    delivered: (3, patients), mean rates that reached the patient over the period, mg/s, µg/s, µg/s.
    """

    readings: Readings
    truth: Truth
    delivered: Array


def admit(
    theatre: Theatre, keys: np.ndarray, patient: Patient, surgeries: Surgery, faults: FaultPlan
) -> Case:
    """Return the cases of these patients in this room. Raises ValueError on an unknown assumed model."""
    assumed = pumps.assumed_kinetics(
        patient.covariates, theatre.assumed_propofol, theatre.assumed_remifentanil
    )
    return Case(
        keys,
        patient,
        surgeries,
        faults,
        pumps.controller(assumed, theatre.pump_interval, theatre.target_site),
    )


def begin(theatre: Theatre, case: Case) -> tuple[TheatreState, Turn]:
    """Return the awake beginning of the cases."""
    state = physiology.start(case.patient, theatre.physiology_step)
    truth = physiology.truth(case.patient, state)
    monitors, shown = panel.connect(theatre.monitors, case.keys, case.patient, truth)
    pump = pumps.start(truth.bis)
    time = 0.0 * truth.bis
    shown = failing.on_monitors(case.faults, time, shown, shown, theatre.monitors)
    pace = prepare(case.patient.kinetics, theatre.physiology_step, state.volume)
    moved = TheatreState(time, state, pace, pump, pump.queue, monitors, shown)
    return moved, Turn(_readings(case, moved, pump.infused), truth, pump.queue)


def turn(theatre: Theatre, case: Case, state: TheatreState, orders: Orders) -> tuple[TheatreState, Turn]:
    """Advance every case by one control period under these orders."""
    xp = namespace(state.time)
    interval = theatre.pump_interval
    pump, body, held = pumps.accept(state.pumps, orders), state.patient, state.held
    pace = _refresh(theatre, case, state)
    time = state.time
    indices: list[Array] = []
    delivered = 0.0 * orders.infusions
    for _ in range(round(theatre.control_period / interval)):
        rates, pump = pumps.run(case.controller, pump, orders, theatre.orders, interval)
        rates, held = failing.arriving(case.faults, time, rates, held, interval)
        delivered = delivered + rates * (interval / theatre.control_period)
        for _ in range(round(interval / theatre.physiology_step)):
            body = _live(case, pace, body, rates, time)
            time = time + theatre.physiology_step
            indices.append(physiology.true_bis(case.patient, body))
    truth = physiology.truth(case.patient, body)
    monitors, shown = panel.read(
        theatre.monitors, state.monitors, state.shown, case.keys, xp.stack(indices[::-1]), truth
    )
    shown = failing.on_monitors(case.faults, time, shown, state.shown, theatre.monitors)
    moved = TheatreState(time, body, pace, pump, held, monitors, shown)
    return moved, Turn(_readings(case, moved, pump.infused - state.pumps.infused), truth, delivered)


def check_observer(theatre: Theatre, observer: Observer | None) -> None:
    """Raise ValueError if the observer counts on another control period than the room's."""
    if observer and observer.control_period != theatre.control_period:
        raise ValueError(
            f"observer: made for a control_period of {observer.control_period} s, which is not allowed; "
            f"the theatre's is {theatre.control_period} s"
        )


def lost(truth: Truth) -> Array:
    """Return which patients are lost: a pressure or a heart rate that no brain survives for long (choice)."""
    return (truth.mean_arterial_pressure < LOST_PRESSURE) | (truth.heart_rate < LOST_RATE)


def _live(case: Case, pace: Pace, body: PatientState, rates: Array, time: Array) -> PatientState:
    """One physiology step of what surgery and pumps do to the patient."""
    around = Surroundings(
        rates,
        surgery.stimulus_at(case.surgery, time + pace.seconds),
        case.surgery.blunted,
        surgery.bleeding_at(case.surgery, time),
    )
    return physiology.advance(case.patient, pace, body, around)


def _refresh(theatre: Theatre, case: Case, state: TheatreState) -> Pace:
    """Adapt the kinetics to the blood volume, every 20 s of the case, for whom it has changed."""
    xp = namespace(state.time)
    since = state.time - REFRESH * xp.floor(state.time / REFRESH)
    due = (since < theatre.control_period) & (state.patient.volume != state.pace.volume)
    if not bool(due.any()):
        return state.pace
    chosen = xp.nonzero(due)[0]
    kinetics, volume = take(case.patient.kinetics, chosen), state.patient.volume[chosen]
    return put(state.pace, chosen, prepare(kinetics, theatre.physiology_step, volume))


def _readings(case: Case, state: TheatreState, infused: Array) -> Readings:
    shown = state.shown
    return Readings(
        time=state.time,
        phase=surgery.phase_at(case.surgery, state.time),
        bis=shown.bis,
        bis_valid=shown.bis_valid,
        signal_quality=shown.signal_quality,
        mean_arterial_pressure=shown.pressure,
        pressure_valid=shown.pressure_valid,
        pressure_age=shown.pressure_age,
        heart_rate=shown.heart_rate,
        heart_rate_valid=shown.heart_rate_valid,
        infused=infused,
    )


def _whole(name: str, value: float, part_name: str, part: float) -> None:
    ratio = value / part
    if abs(ratio - round(ratio)) > 1e-9:
        raise ValueError(f"{name}: {value} s is not allowed; a whole multiple of {part_name}, {part} s")
