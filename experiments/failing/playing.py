"""Cases that were found, played: each with faults, times and a patient of its own, side by side; and the harm done."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from experiments.failing import kinds, rules
from experiments.loop import evaluation
from experiments.loop.evaluation import Evaluation
from sim.faults.plan import together
from sim.surgery import CLOSING, PREPARATION
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate
from sim.theatre.trace import Trace

Harm = Literal["all", "deep", "low", "aware", "out"]
WEIGHT = 10.0  # of a second too deep, too low or aware, in seconds out of 40-60 (choice)
NOBODY = "none"  # in the place of a fault, where the patient alone was searched


@dataclass(frozen=True)
class Candidate:
    """A case: its number, and the faults in it as they are written."""

    number: int
    faults: tuple[str, ...]


def played(config: Evaluation, agent: str, every: Sequence[Candidate]) -> Trace:
    """Return the traces of cases of a configuration, one a candidate; all have the same faults, with numbers of their
    own.

    Raises:
        ValueError: one has other faults than the first.
    """
    dosing = evaluation.agent_named(agent, config)
    room = Theatre.of(config, dosing.orders)
    numbers = np.array([one.number for one in every])
    planned = together([one.faults for one in every], config.horizon)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        case = cases(room, config.seed, numbers, config.models, planned)
        return simulate(room, case, dosing, evaluation.observers(config))


def harmed(trace: Trace, harm: Harm) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return how much harm was done, (patients,), s, and of which kind, with the worst values."""
    here = trace.time[:, None] >= rules.SETTLED
    period = float(trace.time[1] - trace.time[0])
    asleep = (trace.phase >= PREPARATION) & (trace.phase < CLOSING)
    parts = {
        "out": (trace.bis < rules.LOW) | (trace.bis > rules.HIGH),
        "deep": trace.bis < rules.DEEPEST,
        "low": trace.mean_arterial_pressure < rules.LOWEST,
        "aware": (trace.conscious > 0.5) & asleep,
    }
    found = {name: period * (mask & here).sum(0) for name, mask in parts.items()}
    found["all"] = found["out"] + WEIGHT * (found["deep"] + found["low"] + found["aware"])
    worst = {
        "lowest_bis": np.where(here, trace.bis, np.inf).min(0),
        "highest_bis": np.where(here, trace.bis, -np.inf).max(0),
        "lowest_map": np.where(here, trace.mean_arterial_pressure, np.inf).min(0),
    }
    return found[harm], {f"{name}_s": found[name] for name in get_args(Harm) if name != "all"} | worst


def added(config: Evaluation, agent: str, fault: str, every: Sequence[Candidate], harm: Harm) -> np.ndarray:
    """Return the harm that a named fault adds to each case, (patients,), s; without a name, the harm that is done."""
    done, _ = harmed(played(config, agent, every), harm)
    return done - harmed(played(config, agent, _without(every, fault)), harm)[0] if fault else done


def _without(every: Sequence[Candidate], fault: str) -> list[Candidate]:
    kept = [tuple(text for text in one.faults if text.partition(":")[0] != fault) for one in every]
    return [Candidate(one.number, faults) for one, faults in zip(every, kept, strict=True)]


def outcome(config: Evaluation, agent: str, fault: str, one: Candidate, harm: Harm) -> dict[str, Any]:
    """Return a row on a case under an agent: which it is, the harm done with the named fault and without, the worst."""
    done, parts = harmed(played(config, agent, [one]), harm)
    without, _ = harmed(played(config, agent, _without([one], fault)), harm)
    return {
        "agent": evaluation.label(agent),
        "fault": fault or NOBODY,
        "seed": config.seed,
        "number": one.number,
        "horizon": config.horizon,
        "faults": kinds.TOGETHER.join(one.faults),
        "harm": float(done[0]),
        "harm_without": float(without[0]),
        **{name: float(value[0]) for name, value in parts.items()},
    }


def listed(row: Mapping[Hashable, Any], config: Evaluation) -> tuple[Evaluation, str, Candidate]:
    """Return a case that a row of `outcome` names: its configuration, the fault that was searched, and the case."""
    given = replace(config, seed=int(row["seed"]), horizon=float(row["horizon"]))
    fault = "" if row["fault"] == NOBODY else str(row["fault"])
    return given, fault, Candidate(int(row["number"]), kinds.parts(str(row["faults"])))
