"""Who trains, validates and tests: subjects, drawn once, written down, and not drawn again into the same folder."""

from __future__ import annotations

import json

import numpy as np
import pytest

from experiments.judging import splits
from experiments.judging.splits import PARTS, Split
from predictors.depth.now.lee2018 import windows
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from sim.covariates import Covariates

COUNT = 12


@pytest.fixture(scope="module")
def twins():
    """Twelve cases of nine subjects."""
    who = np.array([str(101 + number) for number in range(COUNT)])
    subject = np.array([str(5001 + number % 9) for number in range(COUNT)])
    person = Covariates.of(50.0, "F", 160.0, 60.0 + np.arange(COUNT))
    shown = {
        name: Signal(np.full((120, COUNT), 0.5), INTERVAL) for name in ("propofol", "remifentanil", "bis")
    }
    return Cases(who, subject, person, np.full(COUNT, 1200.0), shown)


def test_no_subject_is_in_two_parts_and_nobody_is_left_out(twins):
    for seed in range(20):
        parts = splits.split(twins, seed)
        assert sorted(np.concatenate(list(parts.values()))) == list(range(COUNT))
        people = [set(twins.subject[parts[part]]) for part in PARTS]
        assert all(people)
        assert sum(map(len, people)) == len(set(twins.subject)) == 9


def test_the_same_seed_splits_the_same_way_and_another_differently(twins):
    one, same, other = (splits.split(twins, seed) for seed in (0, 0, 1))
    assert all(np.array_equal(one[part], same[part]) for part in PARTS)
    assert any(not np.array_equal(one[part], other[part]) for part in PARTS)


def test_shares_are_those_of_the_task_on_average(twins):
    parts = [splits.split(twins, seed, Split(test=0.5, validation=0.3)) for seed in range(200)]
    subjects = {part: np.mean([len(set(twins.subject[one[part]])) / 9 for one in parts]) for part in PARTS}
    assert subjects == pytest.approx({"test": 0.5, "validation": 0.3, "train": 0.2}, abs=0.06)


def test_who_is_sealed_stays_sealed_when_cases_are_cleaned_away(twins):
    person = Covariates.of(50.0, "F", 160.0, 60.0 + np.arange(60) / 10)
    many = Cases(np.arange(60), np.arange(60).astype(str), person, np.full(60, 600.0), {})
    for seed in range(20):
        whole = set(many.subject[splits.split(many, seed)["test"]])
        fewer = many.select(np.arange(40))
        part = set(fewer.subject[splits.split(fewer, seed)["test"]])
        assert part == whole & set(fewer.subject)


def test_no_window_of_a_tested_patient_is_in_another_part(twins):
    parts = splits.split(twins, 3)
    owners = {}
    for part in PARTS:
        cases = twins.select(parts[part])
        ends = np.zeros(cases["bis"].shape, dtype=bool)
        ends[::30] = True
        end = windows(cases, cases["bis"], ends, "cpu").end.numpy()
        assert len(end) == 4 * cases.count
        owners[part] = set(cases.subject[end[:, 1]])
    assert not owners["test"] & owners["train"]
    assert not owners["test"] & owners["validation"]
    assert not owners["train"] & owners["validation"]


def test_a_split_is_written_down_and_read_back(twins, tmp_path):
    parts = splits.split(twins, 5)
    splits.write(tmp_path / "splits.json", twins, parts, 5)
    found = splits.read(tmp_path / "splits.json")
    assert {part: set(found[part]) for part in PARTS} == {
        part: set(twins.subject[parts[part]]) for part in PARTS
    }
    written = json.loads((tmp_path / "splits.json").read_text())
    assert written["seed"] == 5
    assert written["test"]["cases"] == twins.who[parts["test"]].tolist()


def test_the_same_split_goes_on_and_another_is_refused_by_the_part_that_differs(twins, tmp_path):
    path, parts = tmp_path / "splits.json", splits.split(twins, 5)
    splits.write(path, twins, parts, 5)
    before = path.read_text()
    splits.refuse_another(path, twins, parts)
    for other in (splits.split(twins, 6), {**parts, "train": parts["train"][:-1]}):
        with pytest.raises(
            ValueError, match=r"splits\.json has another split of the recorded cases \(train\)"
        ):
            splits.refuse_another(path, twins, other)
    with pytest.raises(
        ValueError, match=r"another split .* \(test\); name another folder or remove this one"
    ):
        splits.refuse_another(path, twins, {**parts, "test": parts["validation"]})
    fewer = twins.select(np.arange(COUNT - 1))
    with pytest.raises(ValueError, match="another split of the recorded cases"):
        splits.refuse_another(path, fewer, splits.split(fewer, 5))
    assert path.read_text() == before


def test_a_file_that_is_no_split_and_too_few_subjects_are_refused(twins, tmp_path):
    (tmp_path / "splits.json").write_text('{"train": 1}')
    with pytest.raises(ValueError, match=r"splits\.json holds no split"):
        splits.read(tmp_path / "splits.json")
    with pytest.raises(ValueError, match="7 subjects are not enough to split; 8 or more"):
        splits.split(twins.select(np.arange(7)), 0)
