"""One turn of the loop: orders to pumps, pumps to patient, patient to monitors.

A `Theatre` is how the room works (the same for all cases), a `Case` who lies in it and what will happen (constant),
a `TheatreState` what moves. `turn` is pure, batched, and works for NumPy and torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from sim import patient as physiology
from sim import pumps, surgery
from sim.arrays import Array, namespace, put, take
from sim.covariates import Covariates
from sim.faults import plan as failing
from sim.faults.plan import FaultPlan, Memories
from sim.faults.spelling import strike
from sim.interfaces import OrderMode, Orders, Readings
from sim.monitors import BIS_SOURCES, HEART_RATE_MONITORS, PRESSURE_MONITORS, READINGS, panel
from sim.monitors.panel import Monitors, MonitorState
from sim.monitors.slots import Shown
from sim.patient import Patient, PatientState, Surroundings
from sim.pharmacodynamics.wander import SIGNALS
from sim.pharmacokinetics.pace import Pace, prepare
from sim.pumps import Controller, PumpState
from sim.randomness import normals, uniforms
from sim.settings import Room, Scenario
from sim.surgery import Surgery, loads
from sim.theatre import sounding
from sim.theatre.sounding import Hearing, Sounds
from sim.truth import Truth, true_bis, truth
from sim.waves import WAVES

LOST_PRESSURE, LOST_RATE = 25.0, 15.0  # mmHg, 1/min
REFRESH = 20.0  # s between re-discretisations of the kinetics of bleeding patients


@dataclass(frozen=True)
class Theatre(Scenario):
    """How the room works, who comes into it, and what orders mean there.

    Attributes:
        orders: "rates" or "targets", what the agent's orders mean.
    """

    orders: OrderMode = "rates"

    def __post_init__(self) -> None:
        super().__post_init__()
        BIS_SOURCES.get(self.bis_source)
        PRESSURE_MONITORS.get(self.pressure)
        HEART_RATE_MONITORS.get(self.heart_rate_monitor)
        for option, registry in (("readings", READINGS), ("waves", WAVES)):
            names = getattr(self, option)
            for name in names:
                registry.get(name)
            if len(set(names)) < len(names):
                raise ValueError(f"{option}: {', '.join(names)} names one twice; allowed is each once")
        if self.heard and self.control_period % 1.0:
            raise ValueError(
                f"control_period: {self.control_period} s is not allowed; whole seconds, where waveforms are heard"
            )

    @classmethod
    def of(cls, scenario: Scenario, orders: OrderMode) -> Theatre:
        """Return the theatre of anything that is a scenario, for an agent that gives these orders."""
        return cls(**{field.name: getattr(scenario, field.name) for field in fields(Scenario)}, orders=orders)

    @cached_property
    def monitors(self) -> Monitors:
        """The monitors of this room."""
        chosen = self.bis_source, self.pressure, self.heart_rate_monitor, self.readings
        return Monitors(self.control_period, self.physiology_step, self.noise, *chosen)

    @cached_property
    def heard(self) -> tuple[str, ...]:
        """The waveforms that are heard in this room, by monitors or observers; none costs nothing."""
        return tuple(name for name in WAVES if name in (*self.monitors.hears, *self.waves))

    @cached_property
    def hearing(self) -> Hearing:
        """How they are heard."""
        return Hearing(self.heard, self.noise, round(self.control_period))


@dataclass(frozen=True)
class Case:
    """What is constant over the cases of a batch: keys (patients,), patients, surgeries, faults, the pumps' models,
    which pumps are coarse, (2, patients), and who agents, observers and pumps are told that the patients are.
    """

    keys: Array
    patient: Patient
    surgery: Surgery
    faults: FaultPlan
    controller: Controller
    coarse: Array
    told: Covariates


@dataclass(frozen=True)
class TheatreState:
    """What moves. time: (patients,), s; memories: of faults by name; shown: on the screens, faults included; sounds:
    None where nothing is heard.
    """

    time: Array
    patient: PatientState
    pace: Pace
    pumps: PumpState
    memories: Memories
    monitors: MonitorState
    shown: Shown
    sounds: Sounds | None = None


@dataclass(frozen=True)
class Turn:
    """What one turn lets be seen: readings for observers and agents; truth and delivered rates for the judges.

    delivered: (3, patients), mean rates that reached the patient over the period, mg/s, µg/s, µg/s.
    """

    readings: Readings
    truth: Truth
    delivered: Array


def admit(room: Room, keys: np.ndarray, patient: Patient, surgeries: Surgery, faults: FaultPlan) -> Case:
    """Return the cases of these patients in this room. Raises ValueError on an unknown assumed model."""
    patient, surgeries, told = failing.of_cases(faults, patient, surgeries)
    assumed = pumps.assumed_kinetics(told, room.assumed_propofol, room.assumed_remifentanil)
    return Case(
        keys,
        patient,
        surgeries,
        faults,
        pumps.controller(assumed, room.pump_interval, room.target_site),
        pumps.coarse(keys),
        told,
    )


def begin(theatre: Theatre, case: Case) -> tuple[TheatreState, Turn]:
    """Return the awake beginning of the cases."""
    awake = physiology.start(case.patient, theatre.physiology_step)
    chance = normals(case.keys, "wander", 0, len(SIGNALS), awake.volume)
    state = physiology.drift(
        case.patient, awake, chance, math.inf, loads.at(case.surgery.loads, 0.0 * awake.volume)
    )
    true = truth(case.patient, state)
    sounds = None
    if theatre.heard:
        sounds, waves = sounding.begin(theatre.hearing, case.keys, case.patient, case.surgery, state, true)
        true = replace(true, waves=waves)
    monitors, shown = panel.connect(theatre.monitors, case.keys, case.patient, true)
    if theatre.heard:
        true = replace(true, waves=sounding.latest(theatre.hearing, true.waves))
    pump = pumps.start(true.bis)
    time = 0.0 * true.bis
    memories: Memories = failing.remembered(case.faults, theatre, case.keys, shown)
    shown, memories = failing.on_monitors(case.faults, memories, time, shown, shown, theatre.monitors)
    pace = prepare(case.patient.kinetics, theatre.physiology_step, state.volume)
    moved = TheatreState(time, state, pace, pump, memories, monitors, shown, sounds)
    return moved, Turn(_readings(theatre, case, moved, true, pump.infused), true, pump.queue)


def struck(theatre: Theatre, case: Case, state: TheatreState, text: str) -> tuple[Case, TheatreState]:
    """Return cases of NumPy's arrays in which a fault, as it is written, strikes now.

    Raises:
        ValueError: an unknown one, one of the whole case, or of a controller.
    """
    fault = strike(text).fault
    if not fault.times or fault.orders:
        raise ValueError(f"fault: {text} is not allowed in a case that has begun; see its option faults")
    plan = case.faults.struck(text, float(state.time[0]))
    _, surgeries, _ = failing.of_cases(plan.last, case.patient, case.surgery)
    fresh = failing.remembered(plan.last, theatre, case.keys, state.shown)
    moved = replace(state, memories={**fresh, **state.memories})
    return replace(case, surgery=surgeries, faults=plan), moved


def turn(theatre: Theatre, case: Case, state: TheatreState, orders: Orders) -> tuple[TheatreState, Turn]:
    """Advance every case by one control period under these orders; NumPy's, others see `sim.theatre.engines`."""
    changed = due(theatre, state.time) & (state.patient.volume != state.pace.volume)
    patients = np.flatnonzero(changed)
    if patients.size:
        pace = renewed(theatre, case, state, patients)
        state = replace(state, pace=put(state.pace, patients, pace))
    return period(theatre, case, state, orders)


def period(theatre: Theatre, case: Case, state: TheatreState, orders: Orders) -> tuple[TheatreState, Turn]:
    """Advance every case by one control period; whoever bleeds keeps the kinetics of before, see `renewed`."""
    xp = namespace(state.time)
    interval = theatre.pump_interval
    pump, memories = pumps.accept(state.pumps, orders), state.memories
    chance = normals(case.keys, "wander", state.monitors.count + 1, len(SIGNALS), state.time)
    asked = loads.at(case.surgery.loads, state.time)
    body = physiology.drift(
        case.patient, state.patient, chance, theatre.control_period, asked, orders.pressors
    )
    pace = state.pace
    time = state.time
    indices: list[Array] = []
    delivered = 0.0 * orders.infusions
    for part in range(round(theatre.control_period / interval)):
        jitter = _irregularity(theatre, case, state, part)
        halted = failing.halted(case.faults, time, delivered)
        rates, pump = pumps.run(case.controller, pump, orders, theatre.orders, interval, jitter, halted)
        rates, memories = failing.arriving(case.faults, memories, time, rates, interval)
        delivered = delivered + rates * (interval / theatre.control_period)
        for _ in range(round(interval / theatre.physiology_step)):
            body = _live(case, pace, body, rates, time)
            time = time + theatre.physiology_step
            indices.append(true_bis(case.patient, body))
    true, sounds = truth(case.patient, body, indices[-1]), state.sounds
    if sounds:
        sounds, waves = sounding.go_on(
            theatre.hearing, case.patient, case.surgery, sounds, body, true, time, orders.rocuronium
        )
        true = replace(true, waves=waves)
    monitors, shown = panel.read(
        theatre.monitors, state.monitors, state.shown, case.keys, xp.stack(indices[::-1]), true
    )
    shown, memories = failing.on_monitors(case.faults, memories, time, shown, state.shown, theatre.monitors)
    moved = TheatreState(time, body, pace, pump, memories, monitors, shown, sounds)
    given = pump.infused - state.pumps.infused
    return moved, Turn(_readings(theatre, case, moved, true, given), true, delivered)


def lost(truth: Truth) -> Array:
    """Return which patients are lost: a pressure or a heart rate that no brain survives for long (choice)."""
    return (truth.mean_arterial_pressure < LOST_PRESSURE) | (truth.heart_rate < LOST_RATE)


def _irregularity(theatre: Theatre, case: Case, state: TheatreState, part: int) -> tuple[Array, Array] | None:
    """Return which pumps are coarse and their chance in a part of this turn; None where their rates are exact."""
    if theatre.orders == "rates" or not theatre.irregular_pumps:
        return None
    return case.coarse, uniforms(case.keys, f"pumps {part}", state.monitors.count, 2, state.time)


def _live(case: Case, pace: Pace, body: PatientState, rates: Array, time: Array) -> PatientState:
    """One physiology step of what surgery and pumps do to the patient."""
    around = Surroundings(
        rates,
        surgery.stimulus_at(case.surgery, time + pace.seconds),
        case.surgery.blunted,
        surgery.bleeding_at(case.surgery, time),
    )
    return physiology.advance(case.patient, pace, body, around)


def due(theatre: Theatre, time: np.ndarray) -> np.ndarray:
    """Return whether kinetics are looked at, every 20 s of the case, bool (patients,)."""
    return time % REFRESH < theatre.control_period


def renewed(theatre: Theatre, case: Case, state: TheatreState, patients: Array) -> Pace:
    """Return the kinetics of these patients (indices), prepared for the blood that they have left."""
    kinetics, volume = take((case.patient.kinetics, state.patient.volume), patients)
    return prepare(kinetics, theatre.physiology_step, volume)


def _readings(theatre: Theatre, case: Case, state: TheatreState, true: Truth, infused: Array) -> Readings:
    shown = state.shown
    announced = {name: one.of(case.surgery, state.time) for name, one in theatre.monitors.announces.items()}
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
        more=panel.more(theatre.monitors, state.monitors, announced),
        waves={name: true.waves[name] for name in theatre.waves},
    )
