"""Death from an hour of vital signs: the multipath convolutional network of Fritz BA, Br J Anaesth 2019;123:688.

Each channel has paths of its own: through the minutes as they are, through a moving average and through every few
minutes. What is known before goes through a layer beside them. The abstract says so much; sizes are ours.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
import torch
from torch import Tensor, nn

from predictors.learning.contract import Recipe
from predictors.learning.descent import Fitted, parts
from predictors.risk.dense import Scale
from predictors.risk.descending import learn

AVERAGED, SKIPPED = 5, 3  # min of the moving average; every so many minutes
FILTERS, WIDTH = (8, 12), 5  # of the two convolutions of a path, min
STATIC, UNITS, DROPOUT = 32, 32, 0.3
FARTHEST = 5.0  # SDs of a sign that is believed
SCALE, SIGNS = ("median", "mean", "sd"), ("sign_mean", "sign_sd")  # buffers of the network
EACH = 15  # who live, for each who died: more of them tell little more
BATCH = 64
RECIPE = Recipe(epochs=20, step=4e-3, decay=3e-2)


@dataclass(frozen=True)
class Watched:
    """What is known: values, (people, columns), and series, (people, channels, minutes), NaN where missing."""

    values: np.ndarray
    series: np.ndarray

    def __getitem__(self, rows: np.ndarray | slice) -> Watched:
        """Return some of the people."""
        return Watched(self.values[rows], self.series[rows])

    def shuffled(self, seed: int) -> Watched:
        """Return them with minutes in an order by lot, another for everybody, the same in all channels."""
        lot = np.random.default_rng(seed).random((len(self.series), 1, self.series.shape[-1]))
        return Watched(self.values, np.take_along_axis(self.series, lot.argsort(axis=-1), axis=-1))


@dataclass(frozen=True)
class Signs:
    """How channels are shown: means and SDs of the people learned from, (channels,) each."""

    mean: np.ndarray
    sd: np.ndarray

    @classmethod
    def of(cls, series: np.ndarray) -> Signs:
        """Return the scale of (people, channels, minutes), NaN where missing; of a channel nobody has it is 0 and 1."""
        known = np.isfinite(series)
        count = np.maximum(known.sum(axis=(0, 2)), 1)
        mean = np.where(known, series, 0.0).sum(axis=(0, 2), dtype=float) / count
        away = np.where(known, series - mean[:, None], 0.0)
        sd = np.sqrt((away**2).sum(axis=(0, 2), dtype=float) / count)
        return cls(mean, np.where(sd > 1e-6, sd, 1.0))

    def shown(self, series: np.ndarray) -> np.ndarray:
        """Return signs in SDs and whether each minute is missing, (people, 2 channels, minutes).

        The two of a channel follow each other. A minute that is missing shows the last before it, the first of all
        where there is none, and 0 where there is nothing of a channel.
        """
        people, channels, minutes = series.shape
        there = np.isfinite(series)
        last = np.maximum.accumulate(np.where(there, np.arange(minutes), -1), axis=-1)
        last = np.where(last < 0, there.argmax(axis=-1)[..., None], last)
        filled = np.take_along_axis(series, last, axis=-1)
        standard = np.clip((filled - self.mean[:, None]) / self.sd[:, None], -FARTHEST, FARTHEST)
        both = np.stack([np.nan_to_num(standard), ~there], axis=2)
        return both.reshape(people, 2 * channels, minutes).astype(np.float32)


class Path(nn.Module):
    """Two convolutions of every channel by itself, by the same filters, and the mean over time of what they found."""

    def __init__(self) -> None:
        super().__init__()
        first, second = FILTERS
        self.layers = nn.Sequential(
            nn.Conv1d(2, first, WIDTH),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Conv1d(first, second, WIDTH),
            nn.ReLU(),
        )

    def forward(self, shown: Tensor) -> Tensor:
        """Return (people, channels x filters), of (people, 2 channels, minutes)."""
        each = shown.reshape(-1, 2, shown.shape[-1])
        return self.layers(each).mean(dim=-1).reshape(len(shown), -1)


class Network(nn.Module):
    """Paths and what is known before, to log odds; with the scales of what it is shown.

    Args:
        columns: known before.
        channels: of the series.
    """

    def __init__(self, columns: int, channels: int):
        super().__init__()
        self.paths = nn.ModuleList([Path() for _ in range(3)])
        found = 3 * channels * FILTERS[1]
        self.even = nn.BatchNorm1d(found)  # means over an hour of what takes minutes are small
        self.static = nn.Sequential(nn.Linear(2 * columns, STATIC), nn.ReLU())
        self.head = nn.Sequential(
            nn.Dropout(DROPOUT),
            nn.Linear(found + STATIC, UNITS),
            nn.ReLU(),
            nn.Dropout(DROPOUT),
        )
        self.odds = nn.Linear(UNITS, 1)
        for name, count in (*((one, columns) for one in SCALE), *((one, channels) for one in SIGNS)):
            self.register_buffer(name, torch.zeros(count))

    def forward(self, static: Tensor, shown: Tensor) -> Tensor:
        """Return log odds, (people,), of (people, 2 columns) and (people, 2 channels, minutes)."""
        return self.odds_of(static, self.found(shown))

    def found(self, shown: Tensor) -> Tensor:
        """Return what paths find, (people, paths x channels x filters), of (people, 2 channels, minutes)."""
        views = (shown, nn.functional.avg_pool1d(shown, AVERAGED, stride=1), shown[..., ::SKIPPED])
        return torch.cat([path(view) for path, view in zip(self.paths, views, strict=True)], dim=1)

    def odds_of(self, static: Tensor, found: Tensor) -> Tensor:
        """Return log odds, (people,), of (people, 2 columns) and what paths found of all channels."""
        return self.odds(self.head(torch.cat([self._levelled(found), self.static(static)], dim=1)))[:, 0]

    def _levelled(self, found: Tensor) -> Tensor:
        """Return what paths found, each at mean 0 and SD 1; of one person alone there is no SD to learn from."""
        even, learns = self.even, self.training and len(found) > 1
        return nn.functional.batch_norm(
            found, even.running_mean, even.running_var, even.weight, even.bias, learns, even.momentum or 0.1
        )

    def settle(self, people: Watched) -> None:
        """Take the scales of the people to learn from."""
        scale, signs = Scale.of(people.values), Signs.of(people.series)
        for name, value in zip((*SCALE, *SIGNS), (*astuple(scale), *astuple(signs)), strict=True):
            self.get_buffer(name).copy_(torch.from_numpy(value))

    def scales(self) -> tuple[Scale, Signs]:
        """Return how columns and channels are shown."""
        scale, signs = (
            [self.get_buffer(name).cpu().numpy().astype(float) for name in names] for names in (SCALE, SIGNS)
        )
        return Scale(*scale), Signs(*signs)

    def inputs(self, people: Watched) -> tuple[Tensor, Tensor]:
        """Return what it is shown of people, in its precision."""
        scale, signs = self.scales()
        shown = (scale.shown(people.values), signs.shown(people.series))
        static, series = (torch.from_numpy(one).to(self.odds.weight.dtype) for one in shown)
        return static, series

    def probability(self, people: Watched) -> np.ndarray:
        """Return probabilities, (people,)."""
        said = np.empty(len(people.values))
        with torch.no_grad():
            for part in parts(len(said), 1024):
                said[part] = torch.sigmoid(self(*self.inputs(people[part]))).numpy()
        return said


def multipath(
    people: Watched, label: np.ndarray, seed: int, recipe: Recipe = RECIPE
) -> tuple[Network, Fitted]:
    """Return a network that learned from people, some of whom were set aside to choose the epoch, and how it went.

    Args:
        people: to learn from.
        label: (people,), 0 or 1.
        seed: of weights, order and who is set aside.
        recipe: how to descend.
    """
    torch.manual_seed(seed)
    network = Network(people.values.shape[1], people.series.shape[1])
    network.settle(people)
    chosen, share = fewer(label, seed)
    own, bias = label[chosen], network.odds.bias
    nn.init.constant_(bias, float(np.log(own.mean() / (1.0 - own.mean()))))
    fitted = learn(network, network.inputs(people[chosen]), own, seed, recipe, BATCH)
    nn.init.constant_(bias, bias.item() + float(np.log(share)))
    return network.eval(), fitted


def fewer(label: np.ndarray, seed: int) -> tuple[np.ndarray, float]:
    """Return who is learned from, all who died and `EACH` others for each by lot, and the share of others taken.

    The odds of the few are those of all divided by that share: its logarithm, added to the log odds that were learned,
    sets them right. Prentice and Pyke, Biometrika 1979;66:403.
    """
    died, lives = np.flatnonzero(label > 0.5), np.flatnonzero(label < 0.5)
    count = min(len(lives), EACH * len(died))
    taken = np.random.default_rng(seed).permutation(lives)[:count]
    return np.sort(np.concatenate([died, taken])), count / len(lives)
