"""Who trains, who validates, who tests: subjects, never samples or cases, each by a number of its own, written down.

A subject's part follows from (seed, subject) alone. So whoever is sealed for testing is sealed for everything fitted or
trained with that seed (patients, agents, predictors), and stays so when cases are cleaned away or added.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.running.results import write_json
from predictors.learning.cases import Cases

PARTS = ("train", "validation", "test")
FEWEST = 8  # subjects
SEED = 0  # of the parts, whatever is fitted, trained or judged, so that who is sealed stays sealed


@dataclass(frozen=True)
class Split:
    """Expected shares of the subjects that test and validate; the others train."""

    test: float = 0.25
    validation: float = 0.15


def split(cases: Cases, seed: int, shares: Split | None = None) -> dict[str, np.ndarray]:
    """Return part -> indices of its cases; all cases of a subject are in one part, and no part is empty.

    Raises:
        ValueError: too few subjects to have somebody in each part.
    """
    shares = shares or Split()
    subjects = np.unique(cases.subject)
    if len(subjects) < FEWEST:
        raise ValueError(f"data: {len(subjects)} subjects are not enough to split; {FEWEST} or more")
    number = np.array([_number(seed, subject) for subject in subjects])
    ordered = subjects[number.argsort()]
    test = max(1, int((number < shares.test).sum()))
    rest = max(test + 1, int((number < shares.test + shares.validation).sum()))
    test, rest = min(test, len(subjects) - 2), min(rest, len(subjects) - 1)
    chosen = {"test": ordered[:test], "validation": ordered[test:rest], "train": ordered[rest:]}
    return {part: np.flatnonzero(np.isin(cases.subject, chosen[part])) for part in PARTS}


def _number(seed: int, subject: str) -> float:
    """Return the subject's number, 0 to 1: the same wherever and among whomever it is drawn."""
    digest = hashlib.sha256(f"{seed}:{subject}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2.0**64


def write(path: Path, cases: Cases, parts: dict[str, np.ndarray], seed: int) -> None:
    """Write seed, subjects and cases of every part."""
    write_json(path, {"seed": seed, **_written(cases, parts)})


def refuse_another(path: Path, cases: Cases, parts: dict[str, np.ndarray]) -> None:
    """Raise ValueError if a written split is not this one: who was tested then might train now."""
    held = json.loads(path.read_text(encoding="utf-8"))
    for part, content in _written(cases, parts).items():
        if held.get(part) != content:
            raise ValueError(
                f"out: {path} has another split of the recorded cases ({part}); name another folder or remove this one"
            )


def read(path: Path) -> dict[str, list[str]]:
    """Return part -> subjects of a written split. Raises ValueError if the file is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {part: list(content[part]["subjects"]) for part in PARTS}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"split: {path} holds no split ({error})") from None


def _written(cases: Cases, parts: dict[str, np.ndarray]) -> dict[str, dict[str, list[str]]]:
    return {
        part: {
            "subjects": sorted({str(one) for one in cases.subject[rows]}),
            "cases": [str(one) for one in cases.who[rows]],
        }
        for part, rows in parts.items()
    }
