"""The BIS predictor of Lee HC, Anesthesiology 2018;128:492, streaming.

The paper reads a window of 180 steps of 10 s anew at each prediction. Here the 180 windows that a new infusion
belongs to are under way at the same time, each one step further than the next: the answer is the paper's, and
nothing is re-read. It is trained as in the author's script (targets smoothed by LOWESS, absolute error, at most ten
epochs), but for larger batches (the paper's are 64), and epochs that draw windows instead of passing through all.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from predictors.depth.phases import phases, scored
from predictors.learning.cases import Cases
from predictors.learning.contract import Published, Recipe
from predictors.learning.descent import Lesson
from predictors.learning.lowess import lowess
from predictors.learning.network import ByDescent, NetworkObserver
from predictors.learning.watching import INTERVAL
from predictors.learning.weights import Weights
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.published import ADULTS, warn_outside
from sim.units import PROPOFOL_MG_PER_ML, REMIFENTANIL_UG_PER_ML

STEPS = 180
# The paper divides mL per 10 s by 12. Rates of maintenance are then 0.005, and in our ten epochs nothing is learned
# (CCC 0.00); 30 times more is the same network from another start.
VOLUME_SCALE = 0.4
EPOCHS, BATCH, PER_EPOCH = 10, 128, 100_000
STEP, DECAY = 5e-3, 1e-4
VALIDATION_STRIDE = 12  # samples
CHUNK = 4096  # windows at once when nothing is learned


class Network(nn.Module):
    """Current BIS from half an hour of infusions. Lee HC, Anesthesiology 2018;128:492.

    Two LSTMs of 8 cells, one a drug, joined with four covariates; 16 rectified units; a sigmoid.
    """

    def __init__(self, cells: int = 8, units: int = 16, dropout: float = 0.5):
        super().__init__()
        self.propofol = nn.LSTM(1, cells)
        self.remifentanil = nn.LSTM(1, cells)
        self.hidden = nn.Linear(2 * cells + 4, units)
        self.output = nn.Linear(units, 1)
        self.dropout = nn.Dropout(dropout)
        self.mean: Tensor
        self.sd: Tensor
        self.register_buffer("mean", torch.zeros(4))  # of age, sex, height, weight in the training cases
        self.register_buffer("sd", torch.ones(4))
        nn.init.kaiming_uniform_(self.hidden.weight, nonlinearity="relu")
        for lstm in (self.propofol, self.remifentanil):
            _remember(lstm, cells)

    def forward(self, windows: Tensor, person: Tensor) -> Tensor:
        """Return BIS/100, (windows,).

        Args:
            windows: (steps, windows, 2), volume given in each 10 s as the paper scales it, oldest first.
            person: (windows, 4), age, female, height, weight.
        """
        last = [
            lstm(windows[..., i : i + 1])[0][-1] for i, lstm in enumerate((self.propofol, self.remifentanil))
        ]
        return self.read_out(torch.cat(last, -1), person)

    def read_out(self, last: Tensor, person: Tensor) -> Tensor:
        """Return BIS/100 from the last outputs of both LSTMs, (windows, 16)."""
        joined = torch.cat([last, (person - self.mean) / self.sd], -1)
        return torch.sigmoid(self.output(self.dropout(torch.relu(self.hidden(joined)))))[..., 0]


def _remember(lstm: nn.LSTM, cells: int) -> None:
    """Initialise as the paper's library does: gates begin by remembering, or half an hour would be out of reach."""
    own = dict(lstm.named_parameters())
    nn.init.xavier_uniform_(own["weight_ih_l0"])
    nn.init.orthogonal_(own["weight_hh_l0"])
    nn.init.zeros_(own["bias_hh_l0"])
    with torch.no_grad():
        own["bias_ih_l0"].zero_()[cells : 2 * cells] = 1.0


@dataclass(frozen=True)
class Lee2018State:
    """Attributes: person (4, patients), age, female, height, weight; hidden, cell (2 · cells, steps + 1, patients), of
    the windows under way, the k-th having read k steps.
    """

    person: Array
    hidden: Array
    cell: Array


@dataclass(frozen=True)
class Lee2018Observer(NetworkObserver):
    """Estimates the present index from the infusions of the last 30 min and demographics."""

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """The index now."""
        return {"bis": (0.0, 100.0, "")}

    def initial(self, covariates: Covariates) -> Lee2018State:
        """Return patients whose history before the case is zero, as in the paper."""
        warn_outside("predictor lee2018", covariates, ADULTS)
        count = len(covariates.age)
        person = np.stack([covariates.age, covariates.female, covariates.height, covariates.weight])
        hidden, cell = np.zeros((2, 2 * self.network.propofol.hidden_size, STEPS + 1, 1))
        for _ in range(STEPS):
            hidden, cell = self._read(hidden, cell, np.zeros((2, 1)))
        return Lee2018State(person, *(np.repeat(rows, count, axis=-1) for rows in (hidden, cell)))

    def update(self, state: Lee2018State, readings: Readings) -> tuple[Lee2018State, Mapping[str, Array]]:
        """Let every window read the doses of the last control period; the oldest is complete and answers."""
        hidden, cell = self._read(state.hidden, state.cell, volumes(readings.infused[:2]))
        with torch.no_grad():
            out = self.network.read_out(_columns(hidden[:, -1]), _columns(state.person))
        return replace(state, hidden=hidden, cell=cell), {"bis": 100.0 * out.numpy()}

    @torch.no_grad()
    def _read(self, hidden: Array, cell: Array, volume: Array) -> tuple[Array, Array]:
        """Advance all windows by one step with volumes (2, patients); the oldest ends, and an empty one begins.

        The equations of `nn.LSTM`, which would have patients and windows first and copy them there and back.
        """
        cells = self.network.propofol.hidden_size
        read, kept, given = (torch.from_numpy(values) for values in (hidden[:, :-1], cell[:, :-1], volume))
        after = torch.zeros(2, *hidden.shape, dtype=read.dtype)
        for i, lstm in enumerate((self.network.propofol, self.network.remifentanil)):
            own = slice(i * cells, (i + 1) * cells)
            entering = lstm.weight_ih_l0 * given[i] + (lstm.bias_ih_l0 + lstm.bias_hh_l0)[:, None]
            gates = (lstm.weight_hh_l0 @ read[own].flatten(1)).unflatten(1, read.shape[1:])
            enter, keep, new, show = gates.add_(entering[:, None]).chunk(4)
            shown, held = after[:, own, 1:]
            torch.addcmul(keep.sigmoid_() * kept[own], enter.sigmoid_(), new.tanh_(), out=held)
            torch.mul(show.sigmoid_(), held.tanh(), out=shown)
        return after[0].numpy(), after[1].numpy()

    def answer(self, cases: Cases) -> dict[str, np.ndarray]:
        """Return what it says of whole cases, "bis" (samples, cases), NaN before the first propofol and after the end.

        Many windows at once, as the paper reads them: the streaming answers, some ten times faster.
        """
        begun = phases(cases) >= 0
        data = windows(cases, np.zeros(begun.shape), begun, "cpu")
        network = copy.deepcopy(self.network).float()
        out = np.full(begun.shape, np.nan, dtype=np.float32)
        with torch.no_grad():
            for part in torch.arange(len(data.end)).split(CHUNK):
                sample, case = data.end[part].numpy().T
                out[sample, case] = 100.0 * network(*data.read(part)).numpy()
        return {"bis": out}


@dataclass(frozen=True)
class Windows:
    """What windows are read from.

    Attributes:
        volume: (STEPS - 1 + time, cases, 2), zero before the case.
        person: (cases, 4).
        end: (windows, 2), sample and case of each window's last step.
        target: (windows,), BIS/100.
    """

    volume: Tensor
    person: Tensor
    end: Tensor
    target: Tensor

    def drawn(self, lots: Tensor) -> Tensor:
        """Return as many windows as there are lots, drawn with replacement: an epoch does not pass through all."""
        return torch.randint(len(self.end), (len(lots),), device=self.end.device)

    def read(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Return infusions (STEPS, windows, 2), oldest first, and covariates (windows, 4)."""
        sample, case = self.end[chosen].T
        steps = torch.arange(STEPS, device=sample.device)[:, None]
        return self.volume[sample + steps, case], self.person[case]


def windows(cases: Cases, target: np.ndarray, ends: np.ndarray, device: str) -> Windows:
    """Return the windows that end at chosen samples (samples, cases) and what they are to say, index points."""
    doses = INTERVAL * np.stack([cases["propofol"], cases["remifentanil"]])
    volume = np.concatenate([np.zeros((2, STEPS - 1, cases.count)), volumes(doses)], axis=1)
    return Windows(
        torch.from_numpy(np.moveaxis(volume, 0, -1).astype(np.float32)).to(device),
        torch.from_numpy(people(cases)).to(device),
        torch.from_numpy(np.argwhere(ends)).to(device),
        torch.from_numpy((target[ends] / 100.0).astype(np.float32)).to(device),
    )


def people(cases: Cases) -> np.ndarray:
    """Return age, female, height, weight, (cases, 4)."""
    who = cases.person
    return np.stack([who.age, who.female, who.height, who.weight], axis=1).astype(np.float32)


def volumes(infused: Array) -> Array:
    """Return what the network is shown of doses (2, ..., patients), mg and µg in 10 s: mL, scaled."""
    millilitres = [infused[0] / PROPOFOL_MG_PER_ML, infused[1] / REMIFENTANIL_UG_PER_ML]
    return np.stack(millilitres) / VOLUME_SCALE


def _columns(rows: Array) -> torch.Tensor:
    """Return (features, patients) as (patients, features)."""
    return torch.from_numpy(np.ascontiguousarray(rows.T))


class Lee2018(ByDescent):
    """Index now from half an hour of infusions and demographics: the network of Lee 2018."""

    name = "lee2018"
    task = "depth"
    question = "now"
    network = Network
    limits = (
        "Doses follow the index, so part of what it learned is the clinician: do not read dose-response from it"
        " (`experiments.explain`), and never let it choose a dose.",
        "It sees 30 min; what was given before is forgotten.",
    )
    published = (Published("CCC", 0.561, "Lee HC, Anesthesiology 2018;128:492"),)

    def of(self, weights: Weights) -> Lee2018Observer:
        """Return the observer with these weights. Raises ValueError if they do not fit."""
        return Lee2018Observer(self.filled(weights))

    def recipe(self, recipe: Recipe) -> Recipe:
        """Ten epochs at most, and a step size of its own; gentler where the recipe is."""
        step = STEP * recipe.step / Recipe().step
        return replace(recipe, epochs=min(recipe.epochs, EPOCHS), step=step, decay=DECAY)

    def prepare(self, network: Network, train: Cases) -> None:
        """Standardise covariates by those of the training cases."""
        person = people(train)
        network.mean.copy_(torch.from_numpy(person.mean(axis=0)))
        network.sd.copy_(torch.from_numpy(person.std(axis=0) + 1e-6))

    def lesson(self, network: Network, train: Cases, validation: Cases, recipe: Recipe) -> Lesson:
        """Mean absolute error of smoothed targets, judged on those that were shown."""
        data = windows(train, lowess(train["bis"], train.samples(INTERVAL)), scored(train), recipe.device)
        sparse = scored(validation)
        sparse[np.arange(len(sparse)) % VALIDATION_STRIDE > 0] = False
        checked = windows(validation, validation["bis"], sparse, recipe.device)

        def error(of: Windows, chosen: Tensor) -> Tensor:
            return (network(*of.read(chosen)) - of.target[chosen]).abs().mean()

        def score() -> float:
            every = torch.arange(len(checked.end), device=checked.end.device).split(CHUNK)
            total = sum(float(error(checked, part)) * len(part) for part in every)
            return 100.0 * total / max(len(checked.end), 1)

        return Lesson(lambda lots: error(data, data.drawn(lots)), score, PER_EPOCH, BATCH)


LEE2018 = Lee2018()
