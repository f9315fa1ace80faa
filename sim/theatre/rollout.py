"""Whole cases: an agent in the theatre from the first drop to the end, kept as a trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from sim import cohort as who
from sim import surgery, theatre
from sim.arrays import Array, namespace, to_numpy
from sim.faults import plan as faults
from sim.interfaces import EPHEDRINE, PHENYLEPHRINE, PRESSORS, PROPOFOL, REMIFENTANIL, Agent, Orders
from sim.randomness import case_keys
from sim.settings import Models, Scenario, wholes
from sim.theatre import Case, Theatre, TheatreState, Turn, acting, controllers, engines
from sim.theatre.engines import Engine
from sim.theatre.observing import Observers, Team
from sim.theatre.plays import Play
from sim.theatre.trace import Trace


def cases(
    scenario: Scenario,
    seed: int | np.ndarray = 0,
    numbers: np.ndarray | int = 1,
    models: Models | None = None,
    planned: faults.FaultPlan | None = None,
) -> Case:
    """Return the cases of a scenario: patient, surgery, noise and faults follow from (seed, number) alone.

    Args:
        scenario: a `Theatre`, or anything that is one.
        seed: one for all, or one a case.
        numbers: case numbers, or how many (0, 1, ...).
        models: what the patients are made of.
        planned: what goes wrong, instead of the scenario's faults.

    Raises:
        ValueError: an unknown name, or a value that is not allowed.
    """
    numbers = wholes("numbers", numbers)
    numbers = numbers if numbers.ndim else np.arange(int(numbers))
    if len(numbers) == 0:
        raise ValueError("numbers: 0 cases are not allowed; at least 1")
    _check_index(scenario, models or Models())
    keys = case_keys(seed, numbers)
    return theatre.admit(
        scenario,
        keys,
        who.draw(scenario.cohort, keys, numbers, models),
        surgery.plan(
            scenario.surgery,
            keys,
            scenario.horizon,
            scenario.bleeding_probability,
            scenario.events,
            scenario.block,
        ),
        planned or faults.plan(scenario.faults, keys, scenario.horizon),
    )


def _check_index(scenario: Scenario, models: Models) -> None:
    """Raise ValueError at factors on the index's delay and noise that nothing in the room takes."""
    if scenario.bis_source != "surface" and (models.index_delay != 1.0 or models.index_noise != 1.0):
        raise ValueError(
            f"bis_source: {scenario.bis_source!r} is not allowed with index_delay or index_noise; 'surface'"
        )
    if not scenario.noise and models.index_noise != 1.0:
        raise ValueError(f"index_noise: {models.index_noise} is not allowed; 1 where monitors have no noise")


def simulate(
    room: Theatre,
    case: Case,
    agent: Agent,
    observer: Observers = None,
    progress: Callable[[int], None] | None = None,
    disturb: Callable[[int, TheatreState], TheatreState] | None = None,
    engine: str | Engine = "numpy",
) -> Trace:
    """Run every case to the horizon and return its trace, sample 0 being the awake beginning.

    Args:
        observer: whose estimates the agent is given; several by name, see `sim.theatre.observing.Team`.
        progress: called after each turn with the number of turns done.
        disturb: called before each turn with its number, from 1 on; returns what else has happened by then.
        engine: what computes the turns, by name in `sim.theatre.engines.ENGINES`. Agents and observers that do not say
            that they take `any_arrays` are given NumPy's.

    Raises:
        ValueError: what is no agent, or gives orders that the room does not take or no pump could; or an observer
            says what it did not declare.
    """
    acting.check_agent(agent)
    if agent.orders != room.orders:
        raise ValueError(f"orders: the agent gives {agent.orders!r}; the theatre takes {room.orders!r}")
    by = engines.engine(engine)
    agent = controllers.under(agent, case.faults)
    team, told = Team.of(observer, room.control_period), case.told
    acting.check_shown(agent, room.readings)
    team.check_heard(room.waves)
    doses, watches = engines.arrays_of(by, agent), engines.arrays_of(by, team)
    memory = doses(agent.initial(told, case.keys))
    play = by.play(room, case, *theatre.begin(room, case))
    mind, estimates = team.update(watches(team.initial(told)), watches(play.seen.readings))
    last = Orders(0.0 * play.seen.delivered, 0.0 * play.seen.delivered)
    turns = round(room.horizon / room.control_period)
    rows = [_row(play, last, last, estimates, acting.reports(agent, memory))]
    for number in range(1, turns + 1):
        orders, memory = acting.ask(agent, memory, doses(play.seen.readings), doses(estimates))
        orders = by.moved(orders)
        if disturb:
            play.change(disturb(number, play.state))
        play.turn(orders)
        mind, estimates = team.update(mind, watches(play.seen.readings))
        rows.append(_row(play, orders, last, estimates, acting.reports(agent, memory)))
        last = orders
        if progress:
            progress(number)
    time = room.control_period * np.arange(turns + 1)
    signals, said, shown, reported = map(over_time, map(list, zip(*rows, strict=True)))
    return Trace(time, **signals, estimates=said, more=shown, reports=reported)


def _row(
    play: Play, orders: Orders, before: Orders, estimates: Mapping[str, Array], reports: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], ...]:
    """Return one sample of a trace: signals, estimates, other readings and reports, each (patients,) by name."""
    seen = play.seen
    return sample(seen, orders, before, play.case), kept(estimates), others(seen), reports


def sample(seen: Turn, orders: Orders, before: Orders, case: Case) -> dict[str, np.ndarray]:
    """Return one sample of a trace, (patients,) by signal.

    Args:
        seen: what the turn let be seen.
        orders, before: those of the turn, and of the turn before it.
        case: the patients.
    """
    readings, truth = seen.readings, seen.truth
    pressors = 0.0 * orders.infusions[: len(PRESSORS)] if orders.pressors is None else orders.pressors
    changed = (orders.infusions[:2] != before.infusions[:2]) | (orders.boluses[:2] > 0.0)
    where = namespace(readings.bis).where
    values = {
        "bis": truth.bis,
        "measured_bis": where(readings.bis_valid, readings.bis, np.nan),
        "mean_arterial_pressure": truth.mean_arterial_pressure,
        "measured_pressure": where(readings.pressure_valid, readings.mean_arterial_pressure, np.nan),
        "heart_rate": truth.heart_rate,
        "measured_heart_rate": where(readings.heart_rate_valid, readings.heart_rate, np.nan),
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


def others(seen: Turn) -> dict[str, np.ndarray]:
    """Return one sample of the room's other readings, (patients,) by name, NaN where one is not valid."""
    more = seen.readings.more
    names = [name for name in more if f"{name}_valid" in more]
    return kept({name: np.where(more[f"{name}_valid"], more[name], np.nan) for name in names})


def kept(values: Mapping[str, Array]) -> dict[str, np.ndarray]:
    """Return the values as float32, so that long cohorts stay in memory."""
    return {name: to_numpy(value).astype(np.float32) for name, value in values.items()}


def over_time(rows: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return samples one under another, (samples, patients) by name."""
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}
