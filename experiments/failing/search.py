"""A search for the patient, the fault and the moment that hurt an agent most, by CMA-ES.

Hansen, The CMA evolution strategy: a tutorial, arXiv:1604.00772. A candidate is a point in the unit cube, and as good
as the harm that the fault adds to its case. A generation is one batch of cases, each with numbers and a patient of its
own.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from experiments.failing import kinds
from experiments.failing.playing import Candidate, Harm, added, outcome
from experiments.loop import evaluation
from experiments.loop.evaluation import Evaluation
from experiments.running.runners import PROCESSES
from sim.faults.spelling import strike
from sim.settings import Models, Scenario

EARLIEST, LATEST = 0.15, 0.85  # of the horizon, between which a fault may begin
SPREAD = 0.3  # of the first candidates, in the unit cube
WHO = ("patient_c50", "patient_ke0")  # how the patient may be, beside the case drawn
LOG = 3.0  # ratio of a range, from which it is searched by its logarithm
NEEDS = "cma: not installed; pip install 'anesthesia-testbed[search]'"


@dataclass(frozen=True)
class Adversary(Scenario):
    """Search for the patient, the fault's numbers and the moment that hurt agents most; or play what was found again.

    Attributes:
        agents: whom to hurt, as in experiments.closed_loop.
        faults: names, each searched on its own; the patient alone, if none is named.
        harm: what a fault adds as much of as can be: seconds with a true index outside 40-60 (out), below 20 (deep),
            pressures below 55 mmHg (low), consciousness between intubation and closing (aware); or all: out + 10 (deep
            + low + aware).
        among: how many drawn cases a patient is chosen from.
        generations, candidates: how long the search is, and how many are tried at a time.
        horizon: length of a case, s.
        seed: of the cases; 1000 or more, so that what is found may be learned from.
        search_seed: of the search.
        models: which published models make the patients.
        replay: worst.csv of a search, to be played again with these agents; nothing is searched then.
        runner: who searches: here, processes, or ray.
        workers: searches at a time.
        out: folder of the results.
    """

    agents: tuple[str, ...] = ("anaesthetist_textbook",)
    faults: tuple[str, ...] = (
        "bis_bias",
        "bis_stuck",
        "bis_delay",
        "occlusion",
        "disconnection",
        "blood_loss",
        "stimulus",
    )
    harm: Harm = "all"
    among: int = 20
    generations: int = 10
    candidates: int = 16
    horizon: float = 3600.0
    seed: int = 1000
    search_seed: int = 0
    models: Models = field(default_factory=Models)
    replay: Path | None = None
    runner: str = PROCESSES
    workers: int = 2
    out: Path = Path("results/adversary")

    def evaluation(self, faults: tuple[str, ...] = ()) -> Evaluation:
        """Return the evaluation of cases like these, with the equipment that any of the agents needs."""
        options = {one.name: getattr(self, one.name) for one in fields(Scenario)}
        given = Evaluation(**{**options, "faults": faults}, seed=self.seed, models=self.models)
        return evaluation.equipped(given, self.agents)


@dataclass(frozen=True)
class Axis:
    """One number that is searched: of a fault ("at" and "seconds" are its time), or "" for the case's number."""

    fault: str
    name: str
    low: float
    high: float

    def value(self, share: float) -> float:
        """Return the value at a share, 0 to 1, of the range; with four digits, as it will be written."""
        if self.low > 0.0 and self.high / self.low >= LOG:
            value = math.exp(math.log(self.low) + share * math.log(self.high / self.low))
        else:
            value = self.low + share * (self.high - self.low)
        return float(f"{value:.4g}")


def axes(config: Adversary, fault: str) -> list[Axis]:
    """Return what is searched for a fault: the case, the patient, its time and its numbers, as campaigns try them."""
    found = [Axis("", "number", 0.0, float(config.among))]
    found += [
        Axis(who, name, *ends) for who in WHO if who != fault for name, ends in kinds.ranges(who).items()
    ]
    if fault:
        timed = "at" in strike(fault).fault.times
        when = (EARLIEST * config.horizon, LATEST * config.horizon)
        found += [Axis(fault, "at", *when)] if timed else []
        found += [Axis(fault, name, *ends) for name, ends in kinds.ranges(fault).items()]
    return found


def candidate(config: Adversary, fault: str, point: Sequence[float]) -> Candidate:
    """Return the case at a point of the unit cube."""
    number, said = 0, dict[str, list[str]]({fault: []} if fault else {})
    for axis, share in zip(axes(config, fault), point, strict=True):
        if axis.fault:
            said.setdefault(axis.fault, []).append(f"{axis.name}={axis.value(share):g}")
        else:
            number = min(int(share * config.among), config.among - 1)
    return Candidate(number, tuple(":".join(filter(None, (name, ",".join(of)))) for name, of in said.items()))


@dataclass(frozen=True)
class Search:
    """One search: an agent and a fault; "" searches the patient alone."""

    agent: str
    fault: str

    def path(self, folder: Path) -> Path:
        """Return where the search keeps what it found."""
        return folder / f"{evaluation.label(self.agent)}-{self.fault or 'none'}.json"


def searched(config: Adversary, search: Search, report: Callable[[float], None]) -> dict[str, Any]:
    """Return the worst case that was found, as a row, and the harm of the best candidate after each generation.

    Raises:
        ValueError: the library that searches is not installed.
    """
    cma = library()
    given = config.evaluation()
    start = len(axes(config, search.fault)) * [0.5]
    seed = 1 + zlib.crc32(f"{config.search_seed} {search.agent} {search.fault}".encode()) % 2**31
    options = {"bounds": [0.0, 1.0], "popsize": config.candidates, "seed": seed, "verbose": -9}
    strategy = cma.CMAEvolutionStrategy(start, SPREAD, options)
    worst, most, history = None, -np.inf, []
    for generation in range(config.generations):
        points = strategy.ask()
        every = [candidate(config, search.fault, point) for point in points]
        harm = added(given, search.agent, search.fault, every, config.harm)
        strategy.tell(points, (-harm).tolist())
        if harm.max() > most:
            worst, most = every[int(harm.argmax())], float(harm.max())
        history.append(most)
        report((generation + 1) / config.generations)
    assert worst is not None  # there is a generation, and somebody in it
    return {"row": outcome(given, search.agent, search.fault, worst, config.harm), "history": history}


def library() -> Any:
    """Return the library that searches. Raises ValueError where it is not installed."""
    try:
        import cma
    except ImportError:
        raise ValueError(NEEDS) from None
    return cma


def check(config: Adversary) -> None:
    """Raise ValueError on the first bad option."""
    for name, lowest in (("among", 1), ("generations", 1), ("candidates", 3)):
        if getattr(config, name) < lowest:
            raise ValueError(f"{name}: {getattr(config, name)} is not allowed; {lowest} or more")
    if not config.agents or len(set(config.agents)) < len(config.agents):
        raise ValueError(
            f"agents: {', '.join(config.agents) or 'none'} is not allowed; one or more, each once"
        )
    if len(set(config.faults)) < len(config.faults):
        raise ValueError(f"faults: {', '.join(config.faults)} names one twice; allowed is each once")
    for name in config.faults:
        if ":" in name:
            raise ValueError(f"faults: {name} is not allowed; a name alone, its numbers are searched")
        strike(name)
    for agent in config.agents:
        evaluation.try_out(config.evaluation(), agent)
