"""The tables of depth heard in the EEG and of pain heard in the pulse, from the small files that were kept of them."""

from __future__ import annotations

from experiments.documenting import measured
from experiments.documenting.markdown import table
from experiments.documenting.results import with_origin
from experiments.pain import page
from experiments.reporting.scores import score_rows, text

COLUMNS = (  # metric, moments, header
    ("Pk", "all", "Pk"),
    ("accuracy", "all", "right level"),
    ("accuracy", "over 3 from a border", "right level, more than 3 from a border"),
    ("macro_F1", "all", "macro F1"),
    ("MAE", "all", "mean absolute error"),
    ("coverage_80", "all", "in the 80 % interval"),
)
SHOWN = ("eeg_openibis", "eeg_forest", "li2020")  # whose levels are shown


def depth() -> str:
    """Return how well depth and its level are heard by everybody."""
    rows = measured.read("eeg_depth")
    known = {(row["predictor"], row["metric"], row["moments"]): row for row in rows.to_dict("records")}
    shown = [
        (name, *(text(known.get((name, metric, moments)), metric) for metric, moments, _ in COLUMNS))
        for name in dict.fromkeys(rows["predictor"])
    ]
    header = ["predictor (trained on)", *(title for _, _, title in COLUMNS)]
    return with_origin("eeg_depth", table(header, shown, numbers=len(COLUMNS)))


def levels() -> str:
    """Return what some say of each true level."""
    rows = measured.read("eeg_levels")
    own = rows[rows["predictor"].str.split(" ").str[0].isin(SHOWN)]
    names = list(own.columns[3:])
    header = ["predictor (trained on)", "true level", "% of time", *(f"said {name}, %" for name in names)]
    return with_origin("eeg_levels", table(header, own.to_numpy(), numbers=len(names) + 1))


def pain() -> str:
    """Return the study of pain after surgery: a table for each number of classes."""
    scores = measured.read("pain")
    parts = []
    for classes, own in scores.groupby("classes"):
        whole = own[own["subset"] == "all"].iloc[0]
        said = f"{classes} classes, {whole['subjects']} subjects, {whole['windows']} windows:"
        parts += [said, page.rows(own)]
    return with_origin("pain", "\n\n".join(parts))


def nociception() -> str:
    """Return how well nociception is heard in the loop."""
    return with_origin("nociception", "\n".join(score_rows(measured.read("nociception"))))
