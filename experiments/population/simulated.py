"""Simulated cases to lay beside recorded ones: the loop closed by an agent, and recorded doses given to drawn people.

The people, the length of a case and the times of its surgery are those of recorded cases; patients, stimulation,
monitors and pumps are the simulation's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from agents import AGENTS
from experiments.loop.playing import Attended, Playback
from experiments.population.recorded import CLEAN, UNITS
from predictors.depth.phases import first_propofol, trimmed
from predictors.learning.cases import Cases, Signal, join
from predictors.learning.watching import INTERVAL
from sim import cohort, surgery, theatre
from sim.faults import plan as faults
from sim.interfaces import Agent
from sim.randomness import case_keys
from sim.settings import Models
from sim.surgery import INCISION, Surgery
from sim.surgery.drawn import EARLIEST_INCISION, GRID, between
from sim.theatre import Theatre
from sim.theatre.rollout import simulate
from sim.theatre.trace import Trace

SHORTEST = 900.0  # s of an operation
LEAD = 12  # samples, 2 min: remifentanil begins a little before propofol, as a rule
BATCH = 400  # cases simulated together; a turn costs more than the patients in it
LEFT = 1500.0  # s from the end of an operation to the end of the case, where the record does not say
TRUTHS = {"bis": "bis", "pressure": "mean_arterial_pressure", "heart_rate": "heart_rate"}


@dataclass(frozen=True)
class World:
    """What the simulated cases are made of.

    Attributes:
        models: of the patients.
        agent: who doses, by name.
        cohort: who the patients are; the people of the recorded cases where none is named.
        propofol_pump, remifentanil_pump: models in the pumps.
        surgery: by name; random ones at the recorded times.
        noise: whether monitors err.
    """

    models: Models = field(default_factory=Models)
    agent: str = "anaesthetist_as_recorded"
    cohort: str | None = None
    propofol_pump: str = "marsh_pump"
    remifentanil_pump: str = "minto"
    surgery: str = "random"
    noise: bool = True


def closed_loop(
    cases: Cases,
    world: World,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
    dosed_by: Agent | None = None,
) -> Cases:
    """Return cases like these, dosed by the agent of the world (or the one given).

    Args:
        cases: recorded; what is taken of them is who they are, how long they lasted, and when surgery was.
        world: what simulated cases are made of.
        seed: of patients, surgery, monitors and agents.
        progress: called after each turn with 1; `turns` says how many there will be.
        dosed_by: an agent that is not in the registry.
    """
    agent = dosed_by or AGENTS.get(world.agent)()
    return trimmed(_everybody(cases, world, seed, lambda part: agent, progress))


def typical(world: World) -> World:
    """Return a world of typical people whom nobody operates on, and monitors that only delay and smooth."""
    return replace(world, models=replace(world.models, variability=False), surgery="none", noise=False)


def replay(
    cases: Cases,
    world: World,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
    threshold: float | None = None,
) -> Cases:
    """Return what drawn people would have shown under the recorded doses; sample 0 is the first with a drug.

    Args:
        cases, world, seed, progress: as of `closed_loop`.
        threshold: mmHg, under which pressure is treated by hand; None: never.
    """

    def player(part: Cases) -> Agent:
        record = Playback.of(part["propofol"], part["remifentanil"])
        return record if threshold is None else Attended(record, threshold)

    return _everybody(cases, world, seed, player, progress)


def turns(cases: Cases) -> int:
    """Return how many turns of the loop the simulation of cases like these takes."""
    return sum(round(part.length.max() / INTERVAL) for part, _ in _groups(begun(cases)))


def repeated(cases: Cases, count: int, seed: int) -> Cases:
    """Return this many of the cases, drawn without replacement, and again when all have been."""
    order = np.random.default_rng(seed).permutation(cases.count)
    return cases.select(order[np.arange(count) % cases.count])


def begun(cases: Cases) -> Cases:
    """Return the cases from their first drug on, at most `LEAD` before propofol; surgery's times count from there."""
    propofol, remifentanil = first_propofol(cases), (cases["remifentanil"] > 0.0).argmax(axis=0)
    given = (cases["remifentanil"] > 0.0).any(axis=0)
    lead = np.clip(np.where(given, propofol - remifentanil, 0), 0, LEAD)
    begin = INTERVAL * (propofol - lead)
    moved = {
        name: replace(cases.signals[name], values=cases[name] - begin)
        for name in ("opstart", "opend")
        if name in cases.signals
    }
    return cases.with_signals(**moved).cut(begin, cases.length)


def _everybody(
    cases: Cases,
    world: World,
    seed: int,
    agent: Callable[[Cases], Agent],
    progress: Callable[[int], None] | None,
) -> Cases:
    """Return a simulated case for each of these, in their order."""
    groups = _groups(begun(cases))
    parts = [
        _simulated(part, world, agent(part), case_keys(seed, numbers), numbers, progress)
        for part, numbers in groups
    ]
    return join(parts).select(np.argsort(np.concatenate([numbers for _, numbers in groups])))


def _groups(cases: Cases) -> list[tuple[Cases, np.ndarray]]:
    """Return cases of about equal length together, each group with the numbers of its cases."""
    parts = np.array_split(np.argsort(cases.length, kind="stable"), -(-cases.count // BATCH))
    return [(cases.select(rows), rows) for rows in parts]


def _simulated(
    cases: Cases,
    world: World,
    agent: Agent,
    keys: np.ndarray,
    numbers: np.ndarray,
    progress: Callable[[int], None] | None,
) -> Cases:
    """Return simulated cases as long as these; `numbers` say which of the seed's cases they are, `keys` seed them."""
    horizon = INTERVAL * round(float(cases.length.max()) / INTERVAL)
    if world.cohort is None:
        patient = cohort.sample(cases.person, keys, world.models)
    else:
        patient = cohort.draw(world.cohort, keys, numbers, world.models)
    room = Theatre(
        orders=agent.orders,
        horizon=horizon,
        assumed_propofol=world.propofol_pump,
        assumed_remifentanil=world.remifentanil_pump,
        noise=world.noise,
    )
    planned = surgeries(world.surgery, keys, horizon, cases)
    case = theatre.admit(room, keys, patient, planned, faults.plan((), keys, horizon))
    trace = simulate(room, case, agent, progress=None if progress is None else lambda _: progress(1))
    return _shown(trace, replace(cases, person=patient.covariates))


def surgeries(name: str, keys: np.ndarray, horizon: float, cases: Cases) -> Surgery:
    """Return surgeries by name, random ones with incision and end as recorded, or as the length of a case has it."""
    planned = surgery.plan(name, keys, horizon)
    if name != "random" or "opstart" not in cases.signals:
        return planned
    begin, end = cases["opstart"][0], cases["opend"][0]
    known = np.isfinite(begin) & np.isfinite(end) & (end > begin + SHORTEST)
    begin = np.where(known, np.maximum(begin, EARLIEST_INCISION), planned.phase_starts[INCISION])
    end = np.maximum(np.where(known, end, cases.length - LEFT), begin + SHORTEST)
    return between(keys, *(GRID * np.round(np.stack([begin, end]) / GRID)))


def _shown(trace: Trace, cases: Cases) -> Cases:
    """Return what was shown of simulated cases, cleaned as records are, the true signals as labels."""
    raw = {
        "bis": trace.measured_bis,
        "pressure": trace.measured_pressure,
        "heart_rate": trace.measured_heart_rate,
    }
    raw = {name: values[1:].astype(float) for name, values in raw.items()}
    signals = {name: Signal(CLEAN[name](raw[name]), INTERVAL, UNITS[name]) for name in CLEAN}
    signals |= {f"raw_{name}": Signal(raw[name], INTERVAL, UNITS[name]) for name in CLEAN}
    for name, unit in (("propofol", "mg/s"), ("remifentanil", "µg/s"), ("phase", "")):
        signals[name] = Signal(getattr(trace, name)[1:].astype(float), INTERVAL, unit, nothing=0.0)
    pressors = trace.norepinephrine + trace.ephedrine + trace.phenylephrine
    signals["vasopressor"] = Signal(np.any(pressors > 0.0, axis=0, keepdims=True).astype(float))
    labels = {
        name: Signal(getattr(trace, truth)[1:].astype(float), INTERVAL, UNITS[name])
        for name, truth in TRUTHS.items()
    }
    whole = Cases(cases.who, cases.subject, cases.person, cases.length, signals, labels)
    return whole.cut(0.0 * cases.length, cases.length)
