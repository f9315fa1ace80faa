"""How much each dose of the last half hour moves the index: of a predictor, and of the simulated patient himself.

Gradients, and integrated gradients (Sundararajan, ICML 2017), of any model of the index as a function of the last 180
rates; the patient is such a model too, so that what he is scored against is what was computed of him in the same way.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from experiments.explaining import undisturbed
from experiments.explaining.undisturbed import Undisturbed
from experiments.sites import SITES
from predictors.depth.memory import exposure
from predictors.depth.memory.exposure import Exposure
from predictors.depth.now.lee2018 import STEPS, Lee2018Observer, volumes
from predictors.depth.now.present import PresentObserver
from predictors.depth.phases import first_propofol, last_propofol
from predictors.learning.watching import INTERVAL
from sim.arrays import map_arrays, take
from sim.covariates import Covariates
from sim.pharmacokinetics import compartments as pk
from sim.randomness import case_keys

MOMENTS = 6  # of each case
PATH = 32  # points on the way from next to no drug to the doses given
TRACE = 1e-9  # mg and µg; with exactly no drug the surface has no slope
# The way begins at a millionth of the doses, not at none: clocks such as "pump off since" jump there.
NEXT_TO_NOTHING = 1e-6
AT_ONCE = 1024  # points of windows held in memory

Model = Callable[[Tensor, Tensor], Tensor]
"""(windows, STEPS, 2) rates, mg/s and µg/s, oldest first, and which windows they are -> index (windows,)."""


@dataclass(frozen=True)
class Moments:
    """Half hours of simulated cases, each ending at a moment. Tensors in double precision.

    Attributes:
        patient: (windows,).
        person: covariates, (windows,).
        before: (earlier samples, 2, windows), mg/s and µg/s before the window; zero before the case.
        rates: (windows, STEPS, 2).
        begun: (earlier samples + STEPS, windows), 1 from the beginning of the case on, else 0.
    """

    patient: Undisturbed
    person: Covariates
    before: Tensor
    rates: Tensor
    begun: Tensor

    @property
    def dose(self) -> Tensor:
        """(windows, STEPS, 2), mg/kg and µg/kg given in each 10 s."""
        return self.rates * INTERVAL / self.person.weight[:, None, None]


def moments(site: str, count: int, seed: int) -> Moments:
    """Return moments from half an hour into the case to its last propofol; cases have surgery and are titrated."""
    cases = SITES.get(site).cases(count, seed)
    first, last = first_propofol(cases), last_propofol(cases)
    keys = case_keys(seed, np.arange(count))
    patient = undisturbed.patients(site, cases.person, keys)
    begin = np.minimum(first + STEPS, last)
    end = np.linspace(begin, last, MOMENTS).round().astype(int).ravel()
    case = np.tile(np.arange(count), MOMENTS)
    rows = end + np.arange(-max(end.max(), STEPS - 1), 1)[:, None]
    begun = rows >= 0
    infused = np.stack([cases["propofol"], cases["remifentanil"]])[:, np.maximum(rows, 0), case]
    given = torch.as_tensor(np.where(begun, infused, 0.0)).movedim(0, 1)
    return Moments(
        map_arrays(torch.as_tensor, take(patient, case)),
        map_arrays(torch.as_tensor, take(cases.person, case)),
        given[:-STEPS],
        given[-STEPS:].permute(2, 0, 1).contiguous(),
        torch.as_tensor(begun.astype(float)),
    )


def true_model(at: Moments) -> Model:
    """Return the index shown of the simulated patients if they were left in peace."""
    drugs, _ = undisturbed.infuse(at.patient, pk.empty(at.patient.kinetics) + TRACE, at.before)

    def index(rates: Tensor, chosen: Tensor) -> Tensor:
        patient = take(at.patient, chosen)
        _, true = undisturbed.infuse(patient, drugs[..., chosen], rates.permute(1, 2, 0))
        return undisturbed.shown(patient, true)[-1]

    return index


def model_of(observer: Lee2018Observer | PresentObserver, at: Moments) -> Model:
    """Return a dose predictor's answer at these moments."""
    return _lee2018(observer, at) if isinstance(observer, Lee2018Observer) else _dose_history(observer, at)


def _lee2018(observer: Lee2018Observer, at: Moments) -> Model:
    scale = torch.as_tensor(volumes(np.full(2, INTERVAL)))
    who = torch.stack([at.person.age, at.person.female, at.person.height, at.person.weight], dim=1)

    def index(rates: Tensor, chosen: Tensor) -> Tensor:
        return 100.0 * observer.network((scale * rates).swapaxes(0, 1), who[chosen])

    return index


def _dose_history(observer: PresentObserver, at: Moments) -> Model:
    """Chain rates -> exposure -> recurrent network; what lies before the window is run once, without gradients."""
    centre, factor = observer.stretch
    earlier = len(at.before)

    def follow(
        drugs: Exposure, hidden: Tensor, rates: Tensor, begun: Tensor
    ) -> tuple[Exposure, Tensor, Tensor]:
        out = torch.zeros(0)
        for rate, running in zip(rates, begun, strict=True):
            drugs = exposure.advance(drugs, INTERVAL * rate, INTERVAL)
            out, hidden = observer.network(exposure.features(drugs).T[None], hidden)
            hidden = hidden * running[:, None]  # nobody watched before the case
        return drugs, hidden, out

    nobody = torch.zeros(1, len(at.rates), observer.network.body.carried, dtype=at.rates.dtype)
    with torch.no_grad():
        drugs, hidden, _ = follow(exposure.begin(at.person, INTERVAL), nobody, at.before, at.begun[:earlier])

    def index(rates: Tensor, chosen: Tensor) -> Tensor:
        begun = at.begun[earlier:, chosen]
        *_, out = follow(take(drugs, chosen), hidden[:, chosen], rates.permute(1, 2, 0), begun)
        return torch.clip(100.0 * (centre + factor * (out[0] - centre)), 0.0, 100.0)

    return index


def gradient(model: Model, rates: Tensor) -> Tensor:
    """Return how the index changes with each rate, (windows, STEPS, 2), points per mg/s and µg/s."""
    rates = rates.detach().requires_grad_()
    return torch.autograd.grad(model(rates, torch.arange(len(rates))).sum(), rates)[0]


def integrated(model: Model, rates: Tensor) -> tuple[Tensor, Tensor]:
    """Return integrated gradients from next to no drug, (windows, STEPS, 2), index points, and what they must sum to.

    Raises:
        ValueError: captum is not installed.
    """
    chosen = torch.arange(len(rates))
    nothing = NEXT_TO_NOTHING * rates
    found = integrated_gradients()(model).attribute(
        rates,
        nothing,
        additional_forward_args=(chosen,),
        n_steps=PATH,
        internal_batch_size=max(AT_ONCE, len(rates)),
    )
    with torch.no_grad():
        whole = model(rates, chosen) - model(nothing, chosen)
    return found.detach(), whole


def integrated_gradients() -> Any:
    """Return captum's class. Raises ValueError, saying how to install it, where it is missing."""
    try:
        from captum.attr import IntegratedGradients
    except ImportError:
        raise ValueError("captum: not installed; pip install 'anesthesia-testbed[explain]'") from None
    return IntegratedGradients


def randomised(observer: Any, seed: int) -> Any:
    """Return the observer with the weights of a network that has learned nothing."""
    network = copy.deepcopy(observer.network)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for module in network.modules():
            if hasattr(module, "reset_parameters"):
                module.reset_parameters()
    return replace(observer, network=network)
