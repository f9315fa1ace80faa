"""The networks of the depth predictors, in torch: sequences (time, patients, features) or one step of them.

What is trained on whole cases is what runs in the loop: a sequence of one step with the hidden state of the last.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from predictors.depth import exposure, recent
from predictors.depth.forecasts import HORIZONS, MIDDLE, QUANTILES


class Lee2018(nn.Module):
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


class Recurrent(nn.Module):
    """Features to a memory (a gated recurrent unit) and on to a summary, (time, patients, units)."""

    def __init__(self, inputs: int, cells: int, units: int, dropout: float):
        super().__init__()
        self.cells = cells
        self.encode = nn.Linear(inputs, cells)
        self.memory = nn.GRU(cells, cells)
        self.mix = nn.Linear(cells + inputs, units)
        self.dropout = nn.Dropout(dropout)

    def forward(self, inputs: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the summaries and the last hidden state (1, patients, cells)."""
        kept, hidden = self.memory(torch.tanh(self.encode(inputs)), hidden)
        return self.dropout(nn.functional.elu(self.mix(torch.cat([kept, inputs], -1)))), hidden


class DoseHistory(nn.Module):
    """Current BIS from the concentrations that the doses so far have led to."""

    def __init__(self, cells: int = 32, units: int = 32, dropout: float = 0.2):
        super().__init__()
        self.body = Recurrent(exposure.FEATURES, cells, units, dropout)
        self.output = nn.Linear(units, 1)

    def forward(self, inputs: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return BIS/100 (time, patients) and the hidden state."""
        summary, hidden = self.body(inputs, hidden)
        return torch.sigmoid(self.output(summary)[..., 0]), hidden


class Forecaster(nn.Module):
    """BIS minutes ahead: the present level, moved by what the planned doses do, and by what usually follows.

    The effect of a plan goes through a dose-response curve, individual and changing with the memory, from the effect
    sites now to those at the horizon; more drug can therefore never raise the forecast.
    """

    def __init__(self, cells: int = 48, units: int = 48, dropout: float = 0.1):
        super().__init__()
        self.body = Recurrent(exposure.FEATURES + recent.FEATURES, cells, units, dropout)
        self.response = nn.Linear(units, 2)
        self.drift = nn.Linear(units, 2 * len(HORIZONS))
        self.spread = nn.Linear(units, len(HORIZONS) * (len(QUANTILES) - 1))
        self.propofol = nn.Parameter(torch.zeros(len(exposure.PROPOFOL_ROWS)))
        self.remifentanil = nn.Parameter(torch.zeros(len(exposure.REMIFENTANIL_ROWS)))
        for layer in (self.response, self.drift):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self, inputs: Tensor, level: Tensor, now: Tensor, later: Tensor, hidden: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return forecasts and the hidden state.

        Args:
            inputs: (time, patients, features).
            level: (time, patients), present index.
            now: (time, patients, models), effect sites.
            later: (time, patients, horizons, models), effect sites at the horizons if the plan is followed.

        Returns:
            (time, patients, horizons, 1 + quantiles), index points: the expected value, then the quantiles.
        """
        summary, hidden = self.body(inputs, hidden)
        return self.forecast(summary, level, now, later), hidden

    def forecast(self, summary: Tensor, level: Tensor, now: Tensor, later: Tensor) -> Tensor:
        """Return the forecasts of a summary under a plan; shapes as in `forward`."""
        shape = (*summary.shape[:-1], len(HORIZONS))
        response = self.response(summary)
        effect = self.index(later, response[..., None, :]) - self.index(now, response)[..., None]
        drift = 10.0 * self.drift(summary).reshape(*shape, 2)
        steps = nn.functional.softplus(self.spread(summary).reshape(*shape, len(QUANTILES) - 1)) * 3.0
        middle = level[..., None] + effect + drift[..., 0]
        lower = middle[..., None] - steps[..., :MIDDLE].flip(-1).cumsum(-1).flip(-1)
        upper = middle[..., None] + steps[..., MIDDLE:].cumsum(-1)
        expected = middle + drift[..., 1]
        return torch.cat([expected[..., None], lower, middle[..., None], upper], -1)

    def index(self, effect: Tensor, response: Tensor) -> Tensor:
        """Return the index of the individual curve at effect sites (..., models); response (..., 2)."""
        propofol = effect[..., list(exposure.PROPOFOL_ROWS)] @ torch.softmax(self.propofol, 0)
        remifentanil = effect[..., list(exposure.REMIFENTANIL_ROWS)] @ torch.softmax(self.remifentanil, 0)
        c50 = 3.5 * torch.exp(torch.tanh(response[..., 0]))
        steepness = 1.6 * torch.exp(0.5 * torch.tanh(response[..., 1]))
        potency = torch.log(propofol / c50 + remifentanil / 20.0 + math.exp(-9.0))
        return 95.0 * torch.sigmoid(-steepness * potency)
