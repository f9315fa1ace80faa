"""Whole cases: an agent in the theatre from the first drop to the end, kept as a trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from sim import cohort as who
from sim import surgery, theatre
from sim.arrays import Array, to_numpy
from sim.faults import plan as faults
from sim.interfaces import EPHEDRINE, PHENYLEPHRINE, PRESSORS, PROPOFOL, REMIFENTANIL, Agent, Orders
from sim.randomness import case_keys
from sim.settings import Models, Scenario
from sim.theatre import Case, Theatre, TheatreState, Turn
from sim.theatre.observing import Observers, Team
from sim.theatre.trace import Trace


def cases(
    scenario: Scenario,
    seed: int | np.ndarray = 0,
    numbers: np.ndarray | int = 1,
    models: Models | None = None,
) -> Case:
    """Return the cases of a scenario: patient, surgery, noise and faults follow from (seed, number) alone.

    Args:
        scenario: a `Theatre`, or anything that is one.
        seed: one for all, or one a case.
        numbers: case numbers, or how many (0, 1, ...).
        models: what the patients are made of.

    Raises:
        ValueError: an unknown name, or a value that is not allowed.
    """
    numbers = np.arange(numbers) if isinstance(numbers, int) else np.asarray(numbers)
    if len(numbers) == 0:
        raise ValueError("numbers: 0 cases are not allowed; at least 1")
    keys = case_keys(seed, numbers)
    return theatre.admit(
        scenario,
        keys,
        who.draw(scenario.cohort, keys, numbers, models),
        surgery.plan(
            scenario.surgery, keys, scenario.horizon, scenario.bleeding_probability, scenario.events
        ),
        faults.plan(scenario.faults, keys, scenario.horizon),
    )


def simulate(
    room: Theatre,
    case: Case,
    agent: Agent,
    observer: Observers = None,
    progress: Callable[[int], None] | None = None,
    disturb: Callable[[int, TheatreState], TheatreState] | None = None,
) -> Trace:
    """Run every case to the horizon and return its trace, sample 0 being the awake beginning.

    Args:
        observer: whose estimates the agent is given; several by name, see `sim.theatre.observing.Team`.
        progress: called after each turn with the number of turns done.
        disturb: called before each turn with its number, from 1 on; returns what else has happened by then.

    Raises:
        ValueError: the agent gives orders that the room does not take, or that are NaN or negative; or an observer
            says what it did not declare.
    """
    if agent.orders != room.orders:
        raise ValueError(f"orders: the agent gives {agent.orders!r}; the theatre takes {room.orders!r}")
    team = Team.of(observer, room.control_period)
    covariates = case.patient.covariates
    memory = agent.initial(covariates, case.keys)
    state, seen = theatre.begin(room, case)
    mind, estimates = team.update(team.initial(covariates), seen.readings)
    last = Orders(0.0 * seen.delivered, 0.0 * seen.delivered)
    turns = round(room.horizon / room.control_period)
    rows, said = [sample(seen, last, last, case)], [kept(estimates)]
    for number in range(1, turns + 1):
        orders, memory = agent.act(memory, seen.readings, estimates)
        check(orders, len(case.keys))
        if disturb:
            state = disturb(number, state)
        state, seen = theatre.turn(room, case, state, orders)
        mind, estimates = team.update(mind, seen.readings)
        rows.append(sample(seen, orders, last, case))
        said.append(kept(estimates))
        last = orders
        if progress:
            progress(number)
    time = room.control_period * np.arange(turns + 1)
    return Trace(time, **over_time(rows), estimates=over_time(said))


def check(orders: Orders, patients: int) -> None:
    """Raise ValueError if an order has the wrong shape or is NaN, infinite or negative."""
    given = {"infusions": (orders.infusions, 3), "boluses": (orders.boluses, 3)}
    if orders.pressors is not None:
        given["pressors"] = (orders.pressors, len(PRESSORS))
    for name, (array, drugs) in given.items():
        values = to_numpy(array)
        if values.shape != (drugs, patients):
            raise ValueError(f"orders.{name}: shape {values.shape} is not allowed; ({drugs}, {patients})")
        if not np.isfinite(values).all() or values.min() < 0.0:
            bad = values[~(np.isfinite(values) & (values >= 0.0))][0]
            raise ValueError(f"orders.{name}: {bad} is not allowed; finite numbers, 0 or more")


def sample(seen: Turn, orders: Orders, before: Orders, case: Case) -> dict[str, np.ndarray]:
    """Return one sample of a trace, (patients,) by signal.

    Args:
        seen: what the turn let be seen.
        orders, before: those of the turn, and of the turn before it.
        case: the patients.
    """
    readings, truth = seen.readings, seen.truth
    pressors = np.zeros((2, len(case.keys))) if orders.pressors is None else orders.pressors
    changed = (orders.infusions[:2] != before.infusions[:2]) | (orders.boluses[:2] > 0.0)
    values = {
        "bis": truth.bis,
        "measured_bis": np.where(to_numpy(readings.bis_valid), to_numpy(readings.bis), np.nan),
        "mean_arterial_pressure": truth.mean_arterial_pressure,
        "measured_pressure": np.where(
            to_numpy(readings.pressure_valid), to_numpy(readings.mean_arterial_pressure), np.nan
        ),
        "heart_rate": truth.heart_rate,
        "measured_heart_rate": np.where(
            to_numpy(readings.heart_rate_valid), to_numpy(readings.heart_rate), np.nan
        ),
        "effect_propofol": truth.effect_site[PROPOFOL],
        "effect_remifentanil": truth.effect_site[REMIFENTANIL],
        "propofol": seen.delivered[0],
        "remifentanil": seen.delivered[1],
        "norepinephrine": seen.delivered[2],
        "ephedrine": pressors[EPHEDRINE],
        "phenylephrine": pressors[PHENYLEPHRINE],
        "order_changes": changed.sum(0),
        "stimulus": surgery.stimulus_at(case.surgery, readings.time),
        "conscious": 1.0 - truth.unconscious,
        "phase": readings.phase,
    }
    return kept(values)


def kept(values: Mapping[str, Array]) -> dict[str, np.ndarray]:
    """Return the values as float32, so that long cohorts stay in memory."""
    return {name: to_numpy(value).astype(np.float32) for name, value in values.items()}


def over_time(rows: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return samples one under another, (samples, patients) by name."""
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}
