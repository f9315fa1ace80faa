"""Who trains, who validates, who tests: subjects, never samples or cases, drawn once from a seed and written down."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from experiments.running.results import write_json
from predictors.learning.cases import Cases

PARTS = ("train", "validation", "test")
FEWEST = 8  # subjects


@dataclass(frozen=True)
class Split:
    """Shares of the subjects that test and validate; the others train."""

    test: float = 0.25
    validation: float = 0.15


def split(cases: Cases, seed: int, shares: Split | None = None) -> dict[str, np.ndarray]:
    """Return part -> indices of its cases; all cases of a subject are in one part.

    Raises:
        ValueError: too few subjects to have somebody in each part.
    """
    subjects = np.unique(cases.subject)
    if len(subjects) < FEWEST:
        raise ValueError(f"data: {len(subjects)} subjects are not enough to split; {FEWEST} or more")
    drawn = np.random.default_rng(seed).permutation(subjects)
    chosen, begin = {}, 0
    for part, share in asdict(shares or Split()).items():
        count = max(1, round(share * len(subjects)))
        chosen[part] = drawn[begin : begin + count]
        begin += count
    chosen["train"] = drawn[begin:]
    return {part: np.flatnonzero(np.isin(cases.subject, chosen[part])) for part in PARTS}


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
