"""Simulated cases for a purpose: none for training or validation shares its chance with a test's or `closed_loop`'s."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from predictors.learning.cases import Cases, join
from sim.registry import Registry

Purpose = Literal["training", "validation", "test"]
OFFSETS: Mapping[Purpose, int] = {"training": 3_000_000, "validation": 2_000_000, "test": 1_000_000}
LARGEST_SEED = 999_999


def seed_for(purpose: Purpose, seed: int) -> int:
    """Return the seed of cases for a purpose. Raises ValueError where they could be those of another."""
    if not 0 <= seed <= LARGEST_SEED:
        raise ValueError(f"seed: {seed} is not allowed; 0 to {LARGEST_SEED}")
    return OFFSETS[purpose] + seed


def drawn(sites: Registry, mix: Mapping[str, float], count: int, purpose: Purpose, seed: int) -> Cases:
    """Return about `count` cases of several sites, in the shares of a mix.

    Raises:
        ValueError: an unknown site, or a seed that is not allowed.
    """
    own = seed_for(purpose, seed)
    return join([sites.get(name).cases(max(1, round(share * count)), own) for name, share in mix.items()])
