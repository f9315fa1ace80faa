"""Boltzmann machines: probabilities as every state summed over says, and learning that makes what is seen likelier."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from predictors.pain import boltzmann
from predictors.pain.boltzmann import Machine


@pytest.fixture
def machine():
    """Two Bernoulli machines with 4 visible and 3 hidden units, in double precision."""
    random = np.random.default_rng(0)
    shapes = ((2, 4, 3), (2, 1, 4), (2, 1, 3))
    return Machine(*(torch.from_numpy(random.normal(size=shape)) for shape in shapes), gaussian=False)


def states(units: int) -> np.ndarray:
    return np.array(list(itertools.product((0.0, 1.0), repeat=units)))


def every_state(machine: Machine, number: int) -> np.ndarray:
    """The probability of each visible and hidden state of one machine, from the energy alone."""
    w, b, c = (part[number].numpy() for part in (machine.weights, machine.visible, machine.hidden))
    v, h = states(4), states(3)
    mass = np.exp((v @ b.T) + (h @ c.T).T + v @ w @ h.T)
    return mass / mass.sum()


def test_the_exact_likelihood_is_that_of_all_states_summed_over(machine):
    found = torch.exp(boltzmann.log_likelihood(machine, torch.from_numpy(states(4)))).numpy()
    for number in range(2):
        np.testing.assert_allclose(found[number], every_state(machine, number).sum(axis=1), rtol=1e-12)


def test_units_answer_with_their_conditional_probabilities(machine):
    up = boltzmann.upward(machine, torch.from_numpy(states(4))).numpy()
    down = boltzmann.downward(machine, torch.from_numpy(states(3))).numpy()
    for number in range(2):
        mass = every_state(machine, number)
        np.testing.assert_allclose(up[number], mass @ states(3) / mass.sum(axis=1, keepdims=True), rtol=1e-12)
        np.testing.assert_allclose(down[number], mass.T @ states(4) / mass.sum(axis=0)[:, None], rtol=1e-12)


def test_a_gaussian_machine_has_a_density_that_integrates_to_one():
    random = np.random.default_rng(1)
    shapes = ((1, 2, 3), (1, 1, 2), (1, 1, 3))
    machine = Machine(*(torch.from_numpy(random.normal(size=shape)) for shape in shapes), gaussian=True)
    axis = torch.linspace(-12.0, 12.0, 401, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis)
    density = torch.exp(boltzmann.log_likelihood(machine, grid))
    assert float(density.sum()) * 0.06**2 == pytest.approx(1.0, abs=1e-6)


def test_contrastive_divergence_makes_what_is_seen_likelier():
    """Stripes: the first half of the units is on or the second, never both; a known entropy of log 2."""
    chance = torch.Generator().manual_seed(0)
    seen = torch.tensor([[1.0, 1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]]).repeat(32, 1)
    first = boltzmann.begin(2, 6, 4, False, chance)
    last = boltzmann.learn(first, seen[None], torch.ones(2, 64), 400, chance)
    before, after = (boltzmann.log_likelihood(one, seen).mean(-1) for one in (first, last))
    assert (before < -4.0).all()  # about six units of chance
    assert (after > -1.6).all()
    assert (after < -np.log(2.0) + 1e-6).all()  # nobody can know which stripe comes


def test_a_gaussian_machine_learns_to_make_what_it_sees_again():
    chance = torch.Generator().manual_seed(0)
    side = torch.where(torch.rand(256, 1, generator=chance) < 0.5, -1.5, 1.5)
    seen = side * torch.tensor([1.0, -1.0, 1.0, 1.0]) + 0.5 * torch.randn(256, 4, generator=chance)
    first = boltzmann.begin(1, 4, 4, True, chance)
    last = boltzmann.learn(first, seen[None], torch.ones(1, 256), 60, chance)
    before, after = (boltzmann.log_likelihood(one, seen).mean() for one in (first, last))
    assert after > before + 1.0

    def missed(machine):
        return ((boltzmann.downward(machine, boltzmann.upward(machine, seen)) - seen) ** 2).mean()

    assert missed(last) < 0.5 * missed(first)


def test_a_machine_learns_from_its_own_share_of_the_samples_only():
    chance = torch.Generator().manual_seed(0)
    seen = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).repeat(32, 1)
    counts = torch.stack([torch.arange(64) % 2 == 0, torch.arange(64) % 2 == 1]).float()
    machines = boltzmann.learn(boltzmann.begin(2, 2, 2, False, chance), seen[None], counts, 60, chance)
    likely = boltzmann.log_likelihood(machines, seen[:2])
    assert likely[0, 0] > likely[0, 1] + 2.0
    assert likely[1, 1] > likely[1, 0] + 2.0


def test_more_hidden_units_than_can_be_summed_over_are_refused():
    machine = boltzmann.begin(1, 2, 17, False, torch.Generator())
    with pytest.raises(ValueError, match="hidden: 17 units are not allowed; 16 or fewer"):
        boltzmann.log_partition(machine)
