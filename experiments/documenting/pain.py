"""The tables of pain heard in the pulse, from the small files that were kept of them."""

from __future__ import annotations

from experiments.documenting import measured
from experiments.documenting.results import with_origin
from experiments.pain import page
from experiments.reporting.scores import score_rows


def study() -> str:
    """Return the study of pain after surgery: a table for each number of classes."""
    scores = measured.read("pain")
    parts = []
    for classes, own in scores.groupby("classes"):
        whole = own[own["subset"] == "all"].iloc[0]
        said = f"{classes} classes, {whole['subjects']} subjects, {whole['windows']} windows:"
        parts += [said, page.rows(own)]
    return with_origin("pain", "\n\n".join(parts))


def loop() -> str:
    """Return how well nociception is heard in the loop."""
    return with_origin("nociception", "\n".join(score_rows(measured.read("nociception"))))
