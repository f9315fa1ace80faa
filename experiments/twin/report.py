"""The report of a run, Markdown."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from experiments.reporting.scores import differences, score_rows

CAVEAT = (
    "A twin is a model fitted to what was recorded. Surgery and stimulation were not measured; what the model leaves"
    " unexplained is taken to have happened whatever was dosed. That proves nothing of what would have happened to the"
    " patient, and nothing here may guide the care of anybody."
)


def report(heading: list[str], tables: Mapping[str, pd.DataFrame]) -> str:
    """Return the report of the tables of a run."""
    scores = tables["scores"]
    names = [
        name
        for name in scores.columns
        if name.startswith("difference_to_") and not name.endswith(("_low", "_high"))
    ]
    return "\n".join(
        ["# Twins", "", *heading, "", *score_rows(scores), "", *differences(scores, names), "", CAVEAT, ""]
    )
