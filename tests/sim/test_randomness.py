"""Chance: reproducible per case and purpose, and statistically what it claims to be."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from sim import randomness
from sim.randomness import case_keys, normals, truncated_normals, uniforms

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
KEYS = case_keys(5, np.arange(20_000))


def split_mix(state: int) -> int:
    """SplitMix64's output for a state, in whole numbers."""
    z = state & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def test_the_reference_generator_of_this_test_gives_the_published_sequence():
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert [split_mix(1234567 + i * GOLDEN) for i in range(1, 5)] == published


def test_a_series_is_made_of_the_uniforms_of_its_counters():
    keys = KEYS[:3]
    counters = np.array([[4, 9, 2], [5, 10, 3]])
    expected = [uniforms(keys, "noise", row, 2) for row in counters]
    np.testing.assert_array_equal(randomness.series(keys, "noise", counters, 2), expected)
    same = randomness.series(keys, "noise", np.array([4, 5]), 2)
    np.testing.assert_array_equal(same[1], uniforms(keys, "noise", 5, 2))


@pytest.mark.parametrize(("seed", "number"), [(0, 0), (1, 7), (2**40, 10**6)])
def test_case_keys_are_split_mix_of_seed_and_number(seed, number):
    expected = split_mix(split_mix(seed + GOLDEN) + number * GOLDEN)
    assert int(case_keys(seed, np.array([number]))[0]) == expected


def test_a_case_has_the_same_chance_in_any_batch_and_order():
    numbers = np.arange(1000)
    crowd = uniforms(case_keys(3, numbers), "noise", 12, 4)
    shuffled = np.random.default_rng(0).permutation(numbers)
    np.testing.assert_array_equal(uniforms(case_keys(3, shuffled), "noise", 12, 4), crowd[:, shuffled])
    np.testing.assert_array_equal(
        uniforms(case_keys(3, np.array([417])), "noise", 12, 4)[:, 0], crowd[:, 417]
    )


def test_more_rows_never_change_the_first_and_counters_can_differ_between_cases():
    keys = KEYS[:5]
    np.testing.assert_array_equal(uniforms(keys, "a", 3, 2), uniforms(keys, "a", 3, 9)[:2])
    counters = np.array([0, 1, 2, 3, 4])
    own = uniforms(keys, "a", counters, 3)
    for i, counter in enumerate(counters):
        np.testing.assert_array_equal(own[:, i], uniforms(keys, "a", int(counter), 3)[:, i])


def test_seeds_can_differ_between_cases():
    both = case_keys(np.array([1, 2]), np.array([5, 5]))
    assert both[0] == case_keys(1, np.array([5]))[0]
    assert both[1] == case_keys(2, np.array([5]))[0]
    assert both[0] != both[1]


def test_no_two_of_many_cases_share_a_key():
    keys = np.concatenate([case_keys(seed, np.arange(100_000)) for seed in range(4)])
    assert len(np.unique(keys)) == len(keys)


STREAMS = {
    "across cases": lambda: uniforms(KEYS, "noise", 0, 1)[0],
    "across counters": lambda: uniforms(np.full(20_000, KEYS[0]), "noise", np.arange(20_000), 1)[0],
    "across rows": lambda: uniforms(KEYS[:1], "noise", 0, 20_000)[:, 0],
    "across purposes": lambda: np.array([uniforms(KEYS[:200], f"p{i}", 0, 1)[0] for i in range(100)]).ravel(),
    "across seeds": lambda: uniforms(case_keys(np.arange(20_000), np.zeros(20_000, int)), "noise", 0, 1)[0],
}


@pytest.mark.parametrize("name", STREAMS)
def test_every_way_of_walking_gives_uniform_independent_numbers(name):
    u = STREAMS[name]()
    assert stats.kstest(u, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 4.0 / np.sqrt(len(u))


def test_purposes_rows_and_counters_are_uncorrelated():
    streams = [
        *uniforms(KEYS, "surgery timing", 0, 3),
        *uniforms(KEYS, "surgery timing", 1, 2),
        *uniforms(KEYS, "monitors", 0, 2),
        uniforms(KEYS, "monitors", 1, 1)[0],
    ]
    for one, other in combinations(streams, 2):
        assert abs(np.corrcoef(one, other)[0, 1]) < 4.5 / np.sqrt(len(KEYS))


@pytest.mark.parametrize("bits", [0, MASK])
def test_numbers_never_reach_zero_or_one_whatever_the_hash(bits, monkeypatch):
    """Else a normal would be infinite."""
    monkeypatch.setattr(randomness, "_mix", lambda values: np.full_like(values, bits))
    u = uniforms(KEYS[:2], "noise", 0, 3)
    assert (u > 0.0).all()
    assert (u < 1.0).all()


def test_normals_are_standard_normal():
    assert stats.kstest(normals(KEYS, "z", 4, 1)[0], "norm").pvalue > 1e-3


@pytest.mark.parametrize("limit", [2.2, 3.0])
def test_truncated_normals_follow_their_closed_form(limit):
    z = truncated_normals(KEYS, "z", 2, limit)
    assert np.abs(z).max() <= limit
    reference = stats.truncnorm(-limit, limit)
    assert stats.kstest(z.ravel(), reference.cdf).pvalue > 1e-3
    assert z.std() == pytest.approx(reference.std(), rel=0.015)


def test_negative_seeds_and_case_numbers_are_refused():
    with pytest.raises(ValueError, match=r"^seed: -1 is not allowed; 0 or more$"):
        case_keys(-1, np.arange(3))
    with pytest.raises(ValueError, match=r"-1 is not allowed; 0 or more"):
        case_keys(0, np.array([4, -1]))
