"""Who trains, who validates, who tests: subjects, never samples or cases, drawn once from a seed and written down."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from experiments.running.results import write_json
from predictors.learning.cases import DepthCases

SHARES = {"test": 0.25, "validation": 0.15}  # of the subjects; the others train
PARTS = ("train", "validation", "test")


def split(cases: DepthCases, seed: int) -> dict[str, np.ndarray]:
    """Return part -> indices of its cases; all cases of a subject are in one part.

    Raises:
        ValueError: too few subjects to have somebody in each part.
    """
    subjects = np.unique(cases.subject)
    if len(subjects) < 8:
        raise ValueError(f"data: {len(subjects)} subjects are not enough to split; 8 or more")
    drawn = np.random.default_rng(seed).permutation(subjects)
    chosen, begin = {}, 0
    for part, share in SHARES.items():
        count = max(1, round(share * len(subjects)))
        chosen[part] = drawn[begin : begin + count]
        begin += count
    chosen["train"] = drawn[begin:]
    return {part: np.flatnonzero(np.isin(cases.subject, chosen[part])) for part in PARTS}


def write(path: Path, cases: DepthCases, parts: dict[str, np.ndarray], seed: int) -> None:
    """Write seed, subjects and cases of every part."""
    content = {
        part: {
            "subjects": sorted(set(cases.subject[rows].tolist())),
            "cases": cases.name[rows].tolist(),
        }
        for part, rows in parts.items()
    }
    write_json(path, {"seed": seed, **content})


def read(path: Path) -> dict[str, list[str]]:
    """Return part -> subjects of a written split. Raises ValueError if the file is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {part: list(content[part]["subjects"]) for part in PARTS}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"split: {path} holds no split ({error})") from None
