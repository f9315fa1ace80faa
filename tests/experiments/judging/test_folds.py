"""Folds: a subject is in one; folds of cases, which leak, are told apart."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.judging.folds import by_case, by_subject


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("count", [2, 5, 7])
def test_no_subject_is_in_two_folds_and_folds_are_of_a_size(count, seed):
    subject = np.random.default_rng(seed).integers(23, size=200).astype(str)
    fold = by_subject(subject, count, seed)
    assert set(fold) == set(range(count))
    for name in set(subject):
        assert len(set(fold[subject == name])) == 1
    sizes = [len(set(subject[fold == one])) for one in range(count)]
    assert max(sizes) - min(sizes) <= 1


def test_folds_of_cases_part_subjects():
    subject = np.repeat(np.arange(20), 6)
    fold = by_case(len(subject), 5, 0)
    assert np.bincount(fold).tolist() == [24] * 5
    assert sum(len(set(fold[subject == one])) > 1 for one in range(20)) > 15


def test_a_seed_repeats_folds_and_another_deals_anew():
    subject = np.arange(40)
    np.testing.assert_array_equal(by_subject(subject, 5, 1), by_subject(subject, 5, 1))
    assert (by_subject(subject, 5, 1) != by_subject(subject, 5, 2)).any()


@pytest.mark.parametrize("count", [0, 1, 4])
def test_folds_that_cannot_be_dealt_are_refused(count):
    with pytest.raises(ValueError, match=f"folds: {count} is not allowed of 3 subjects; 2 to 3"):
        by_subject(np.array(["a", "b", "c", "a"]), count, 0)
