"""A patient learned from records: index and pressure as a recurrent network of the doses, simulated without looking.

Doses enter as plasma concentrations of the pumps' own models, remembered by leaky units of many time constants. All
weights from there to the index, and to the fall of the pressure, are positive and all units rise: more drug at any time
never means a higher index or pressure later, whoever it is. What else changes with time (the awake level, how sensitive
people are) is a gated recurrent unit's, which sees the clock, the surgery and the person, and no dose. People differ by
two numbers of their own; what is left is an autoregressive residual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from predictors.depth.phases import first_propofol
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from sim import pumps
from sim.covariates import Covariates
from sim.pharmacokinetics import compartments as pk
from sim.settings import Room
from sim.surgery import EMERGENCE, MAINTENANCE

STEP = 30.0  # s
EVERY = round(STEP / INTERVAL)
TIMES = (15.0, 45.0, 120.0, 300.0, 600.0, 1200.0, 2400.0, 4800.0)  # s, of the leaky units (choice)
SCALES = np.array([[4.0], [4.0]])  # µg/mL, ng/mL: of usual concentrations
UNITS, MEMORY, CLOCK = 10, 16, 8  # rising units a signal, gated memory, what it sees
INDEX, PRESSURE = range(2)
SIGNALS = ("bis", "pressure")
SIZES = (8.0, 0.12)  # of usual errors: points of the index, log of the pressure
OWN = (0.35, 0.15)  # prior SD of people's log sensitivity and log pressure (choice)
EARLY = 600.0  # s, in which people differ more
WEIGHT = 0.1  # of a sample, as its neighbours say much the same (choice)


@dataclass(frozen=True)
class Material:
    """Cases as the network sees them, steps of 30 s from the first propofol on.

    Attributes:
        doses: (steps, 2, leaky units, cases), remembered concentrations over usual ones.
        clock: (steps, CLOCK, cases), see `clock`.
        shown: (steps, 2, cases), index, and log of the pressure; NaN where there was none.
    """

    doses: np.ndarray
    clock: np.ndarray
    shown: np.ndarray

    @classmethod
    def of(cls, cases: Cases) -> Material:
        """Return the material of recorded or simulated cases."""
        rates = np.stack([cases["propofol"], cases["remifentanil"]], axis=1)
        kinetics = pumps.assumed_kinetics(cases.person, Room.assumed_propofol, Room.assumed_remifentanil)
        plasma = np.stack([pk.plasma(kinetics, state) for state in pk.course(kinetics, rates, INTERVAL)])
        doses = remembered(plasma)
        begin = first_propofol(cases)
        steps = (len(rates) - int(begin.min())) // EVERY
        rows = np.minimum(begin + EVERY * (1 + np.arange(steps))[:, None] - 1, len(rates) - 1)
        ended = begin + EVERY * (1 + np.arange(steps))[:, None] > cases.samples(INTERVAL)
        each = np.arange(cases.count)
        time = STEP * (1.0 + np.arange(steps))[:, None] + 0.0 * rows
        shown = np.stack([cases["bis"], np.log(np.maximum(cases["pressure"], 20.0))], axis=1)
        return cls(
            np.moveaxis(doses[rows, :, :, each], 1, -1),
            np.stack(
                [clock(cases.person, t, p) for t, p in zip(time, cases["phase"][rows, each], strict=True)]
            ),
            np.where(ended[:, None], np.nan, np.moveaxis(shown[rows, :, each], 1, -1)),
        )

    def tensors(self, rows: Tensor | slice = slice(None)) -> tuple[Tensor, Tensor, Tensor]:
        """Return doses, clock and what was shown of some cases, single precision."""
        chosen = rows.numpy() if isinstance(rows, Tensor) else rows
        return tuple(torch.from_numpy(a[..., chosen].astype(np.float32)) for a in vars(self).values())  # type: ignore[return-value]


def remembered(plasma: np.ndarray) -> np.ndarray:
    """Return what leaky units hold of concentrations (samples, 2, cases): (samples, 2, leaky units, cases)."""
    state = np.zeros((2, len(TIMES), plasma.shape[-1]))
    rows = np.empty((len(plasma), *state.shape))
    for row, now in zip(rows, plasma, strict=True):
        state = leaked(state, now, INTERVAL)
        row[:] = state
    return rows


def leaked(state: np.ndarray, plasma: np.ndarray, seconds: float) -> np.ndarray:
    """Return what leaky units (2, leaky units, cases) hold after `seconds` of a concentration (2, cases)."""
    kept = np.exp(-seconds / np.array(TIMES))[:, None]
    return kept * state + (1.0 - kept) * (plasma / SCALES)[:, None]


def clock(person: Covariates, time: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """Return what is known beside the doses, (CLOCK, cases): times since the first propofol, surgery, the person."""
    return np.stack(
        [
            np.exp(-time / 180.0),
            np.exp(-time / 1800.0),
            1.0 * ((phase >= MAINTENANCE) & (phase < EMERGENCE)),
            1.0 * (phase >= EMERGENCE),
            (person.age - 55.0) / 15.0,
            person.female - 0.5,
            (person.height - 165.0) / 10.0,
            (person.weight - 65.0) / 12.0,
        ]
    )


class Dynamics(nn.Module):
    """The network: doses, clock and people's own numbers to index and log pressure."""

    def __init__(self) -> None:
        super().__init__()
        inputs = 2 * len(TIMES)
        self.memory = nn.GRU(CLOCK, MEMORY)
        self.from_doses = nn.Parameter(
            torch.full((2, UNITS, inputs), -2.5) + 0.3 * torch.randn(2, UNITS, inputs)
        )
        self.bias = nn.Linear(MEMORY, 2 * UNITS)
        self.sensitivity = nn.Linear(MEMORY, 2)
        self.level = nn.Linear(MEMORY, 2)
        self.to_signals = nn.Parameter(torch.full((2, UNITS), -1.0) + 0.3 * torch.randn(2, UNITS))
        self.floor = nn.Parameter(torch.tensor(0.0))
        with torch.no_grad():
            self.level.bias.copy_(torch.tensor([3.0, 4.5]))

    def forward(
        self, doses: Tensor, seen: Tensor, own: Tensor, state: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return index and log pressure, (steps, 2, cases), and the memory after the last step, (1, cases, MEMORY).

        Args:
            doses, seen: see `Material`.
            own: (2, cases), log sensitivity and log pressure of people beside the typical.
            state: the memory before; none at the beginning.
        """
        steps, cases = doses.shape[0], doses.shape[-1]
        hidden, state = self.memory(seen.transpose(1, 2), state)
        gain = torch.exp(torch.clamp(self.sensitivity(hidden), -2.0, 2.0)).transpose(1, 2)
        felt = doses.reshape(steps, -1, cases)
        driven = torch.einsum("sui,tin->tsun", softplus(self.from_doses), felt)
        driven = (
            driven * gain[:, :, None] * torch.stack([own[0].exp(), torch.ones_like(own[0])])[None, :, None]
        )
        bias = self.bias(hidden).transpose(1, 2).reshape(steps, 2, UNITS, cases)
        rest = torch.sigmoid(bias)
        risen = (torch.sigmoid(driven + bias) - rest) / (1.0 - rest)  # 0 without drugs, 1 under endless ones
        fall = torch.einsum("su,tsun->tsn", softplus(self.to_signals), risen)
        level = self.level(hidden).transpose(1, 2)
        awake = 80.0 + 20.0 * torch.sigmoid(level[:, INDEX])
        lowest = 30.0 * torch.sigmoid(self.floor)
        index = lowest + (awake - lowest) * torch.exp(-fall[:, INDEX])
        return torch.stack([index, level[:, PRESSURE] + own[1] - fall[:, PRESSURE]], dim=1), state


@dataclass(frozen=True)
class Rest:
    """What the network leaves unexplained.

    Attributes:
        own: SD of people's log sensitivity and log pressure.
        size: SD of the residual of index and log pressure.
        kept: its correlation from step to step.
        early: factor on the SD in the first `EARLY` seconds.
    """

    own: tuple[float, float]
    size: tuple[float, float]
    kept: tuple[float, float]
    early: tuple[float, float] = (1.0, 1.0)

    @classmethod
    def of(cls, residual: np.ndarray, own: np.ndarray) -> Rest:
        """Return that of residuals (steps, 2, cases), NaN where nothing was shown, and numbers of people (2, cases)."""
        first = round(EARLY / STEP)
        early, later = residual[:first], residual[first:]
        variance = np.nanmean(later**2, axis=(0, 2))
        kept = np.nanmean(later[:-1] * later[1:], axis=(0, 2)) / variance
        factor = (np.nanmean(early**2, axis=(0, 2)) / variance) ** 0.5
        values = own.std(axis=1), variance**0.5, np.clip(kept, 0.0, 0.999), factor
        return cls(*((float(index), float(pressure)) for index, pressure in values))

    def sd(self, time: np.ndarray) -> np.ndarray:
        """Return the SD of the residuals at times, s, after the first propofol: (2, ...)."""
        each = np.stack([np.where(time <= EARLY, early, 1.0) for early in self.early])
        return each * np.array(self.size).reshape(2, *(1,) * np.ndim(time))

    def drawn(self, normals: np.ndarray) -> np.ndarray:
        """Return residuals, (steps, 2, cases), of standard normals of that shape."""
        kept = np.array(self.kept)[:, None]
        sd = self.sd(STEP * (1.0 + np.arange(len(normals)))).T[:, :, None]
        rows, state = np.empty_like(normals), normals[0]
        for row, z in zip(rows, normals, strict=True):
            row[:] = state
            state = kept * state + (1.0 - kept**2) ** 0.5 * z
        return sd * rows


def loss(network: Dynamics, material: tuple[Tensor, Tensor, Tensor], own: Tensor) -> Tensor:
    """Return what a batch costs: Huber's of the errors over their usual sizes, and people who are unusual."""
    doses, seen, shown = material
    said, _ = network(doses, seen, own)
    there = (~shown.isnan()).float()
    sizes = torch.tensor(SIZES)[:, None]
    errors = nn.functional.huber_loss(said / sizes, shown.nan_to_num() / sizes, reduction="none") * there
    unusual = 0.5 * ((own / torch.tensor(OWN)[:, None]) ** 2).sum(0)
    return (WEIGHT * errors.sum(dim=(0, 1)) + unusual).mean()


def simulated(network: Dynamics, material: Material, own: np.ndarray | None = None) -> np.ndarray:
    """Return index and pressure (mmHg) of people under their doses, (steps, 2, cases), without a look at them."""
    doses, seen, _ = material.tensors()
    numbers = np.zeros((2, doses.shape[-1])) if own is None else own
    with torch.no_grad():
        said = network(doses, seen, torch.from_numpy(numbers.astype(np.float32)))[0].numpy().astype(float)
    said[:, PRESSURE] = np.exp(said[:, PRESSURE])
    return said


def to_file(network: Dynamics, rest: Rest) -> dict[str, np.ndarray]:
    """Return tensors by name: the network's, and what it leaves."""
    tensors = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    return {**tensors, "rest": np.array([rest.own, rest.size, rest.kept, rest.early], dtype=np.float32)}


def from_file(tensors: Mapping[str, np.ndarray]) -> tuple[Dynamics, Rest]:
    """Return the network and what it leaves. Raises ValueError where tensors are missing or do not fit."""
    network = Dynamics()
    own = {name: torch.from_numpy(np.array(value)) for name, value in tensors.items() if name != "rest"}
    try:
        network.load_state_dict(own)
        rest = tensors["rest"]
        if rest.shape != (4, 2):
            raise ValueError(f"rest has shape {rest.shape}")
    except (RuntimeError, KeyError, ValueError) as error:
        raise ValueError(
            f"weights: these are none of a neural patient ({' '.join(str(error).split())})"
        ) from None
    return network.eval(), Rest(*((float(a), float(b)) for a, b in rest))
