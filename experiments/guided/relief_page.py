"""The report and the picture of pain that was seen and treated, from the saved tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.documenting.markdown import table
from experiments.guided.relief import ASKED, CODER, MEASURES, NOBODY
from experiments.imaging.contract import SHIFTED
from experiments.reporting.figures import COLOURS, FAINT, REFERENCE, STYLE
from experiments.reporting.tables import digits_for, number, span
from sim.imaging.faces.awake import awake
from sim.recovery.course import Awake
from sim.recovery.pain import WORST

ASSUMPTION = (
    "**This is an assumption, not a measurement.** How much patients hurt, what faces show of it and what fentanyl "
    "does are declared, faces are drawn, and nothing here shows clinical accuracy, nor that pain can be seen. "
    "Differences are paired; intervals draw patients again, and say nothing of what is assumed."
)
SHOWN_PAIN = 0.0, 2.0, 4.0, 6.0, 8.0, 10.0
DRAWN = NOBODY, "every 20 min", ASKED, CODER  # over time, beside learners
PEOPLE = 2  # whose faces are drawn
GAPS = {"asked_": "less self-report", "alike_": "less the same drug for all alike"}


def report(folder: Path) -> str:
    """Return the page of a folder of results."""
    return "\n\n".join(
        [
            "# Pain seen in a face, and treated",
            ASSUMPTION,
            of_arms(pd.read_csv(folder / "effects.csv")),
            of_watchers(pd.read_csv(folder / "watchers.csv")),
            "![What it came to, over time, and the faces that were seen](recovery.png)",
            "",
        ]
    )


def of_arms(effects: pd.DataFrame) -> str:
    """Return means of every arm; of the time in pain with intervals and both differences."""
    by = {(row["arm"], row["measure"]): row for row in effects.to_dict("records")}
    main, *others = MEASURES
    digits = {name: digits_for(effects[effects["measure"] == name]["mean"]) for name in MEASURES}
    shown = []
    for arm in dict.fromkeys(effects["arm"]):
        first = by[arm, main]
        cells = [f"{number(first['mean'], 1)} {span(first['low'], first['high'], 1)}"]
        for prefix in GAPS:
            gap, low, high = (first[f"{prefix}{end}"] for end in ("mean", "low", "high"))
            unseeing = gap == low == high == 0.0  # who treats all alike
            cells.append("–" if unseeing else f"{number(gap, 1, True)} {span(low, high, 1, True)}".strip())
        cells += [number(by[arm, name]["mean"], digits[name]) for name in others]
        shown.append((arm, *cells))
    titles = [f"{MEASURES[name].label}, {MEASURES[name].unit}" for name in MEASURES]
    header = ["fentanyl by", titles[0], *GAPS.values(), *titles[1:]]
    return table(header, shown, numbers=len(header) - 1)


def of_watchers(watchers: pd.DataFrame) -> str:
    """Return how well watchers part pain to be treated from less under the same treatment: means over trainings."""
    areas = [name for name in watchers if str(name).startswith("auc_")]
    rows = watchers.groupby("watcher", sort=False)[["threshold", *areas]].mean()
    shown = [
        (name, *(number(value, 2) for value in row))
        for name, row in zip(rows.index, rows.to_numpy(), strict=True)
    ]
    titles = ["AUC, people its threshold was chosen on", "AUC, patients", "AUC, patients, shifted"]
    return table(["watcher", "threshold", *titles], shown, numbers=4)


def draw(folder: Path, patients: Awake) -> Figure:
    """Draw time in pain by fentanyl, pain over time, and two patients' faces as they hurt more and more."""
    effects, courses = pd.read_csv(folder / "effects.csv"), pd.read_csv(folder / "courses.csv")
    styles = _styles(list(dict.fromkeys(effects["arm"])))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(9.5, 6.6), layout="constrained")
        upper, lower = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.0, 0.85))[:, 0]
        left, right = upper.subplots(1, 2)
        _worth(left, effects, styles)
        for arm, style in styles.items():
            if arm in DRAWN or ", " in arm:
                own = courses[courses["arm"] == arm]
                right.plot(own["minute"], own["pain"], label=arm, **style)
        right.set_title("Pain, mean of 10")
        right.set_xlabel("minutes from emergence")
        right.legend(fontsize=6, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        _faces(lower, patients)
    return figure


def _styles(arms: list[str]) -> dict[str, dict[str, Any]]:
    """Return how arms are drawn: who sees no face in grey, others by colour, dashed where they see other people's."""
    watchers = list(dict.fromkeys(arm.rpartition(", ")[0] or arm for arm in arms if not _unseeing(arm)))
    styles: dict[str, dict[str, Any]] = {}
    for arm in arms:
        watcher, _, where = arm.rpartition(", ")
        colour = FAINT if _unseeing(arm) else COLOURS[watchers.index(watcher or arm) % len(COLOURS)]
        styles[arm] = {"color": colour, "lw": 1.1, "ls": "--" if where == SHIFTED else "-"}
    return styles | {ASKED: {"color": REFERENCE, "lw": 2.0, "ls": "-"}}


def _unseeing(arm: str) -> bool:
    return arm in (NOBODY, ASKED) or arm.startswith("every ")


def _worth(panel: Axes, effects: pd.DataFrame, styles: dict[str, dict[str, Any]]) -> None:
    by = effects.pivot(index="arm", columns="measure", values="mean")
    fixed = by[[_unseeing(str(arm)) and arm != ASKED for arm in by.index]].sort_values("fentanyl_ug")
    panel.plot(fixed["fentanyl_ug"], fixed["in_pain_percent"], color=FAINT, lw=1.0)
    for arm, style in styles.items():
        filled = style["color"] if style["ls"] == "-" else "white"
        point = by.loc[arm]
        panel.plot(
            point["fentanyl_ug"], point["in_pain_percent"], "o", ms=5, mfc=filled, mec=style["color"], mew=1.3
        )
        if _unseeing(arm):  # watchers are told apart by colour, as in the other panel
            place = point["fentanyl_ug"], point["in_pain_percent"]
            panel.annotate(arm, place, (3, 7), textcoords="offset points", fontsize=6)
    panel.set_title("Time with pain 4 or more, %, by fentanyl, µg (hollow: other people)")
    panel.set_xlabel("fentanyl a patient, µg")


def _faces(figure: Any, patients: Awake) -> None:
    rows = figure.subplots(PEOPLE, len(SHOWN_PAIN))
    for column, hurts in enumerate(SHOWN_PAIN):
        pictures = awake(patients.keys[:PEOPLE], column, np.full(PEOPLE, hurts / WORST))
        for person, axes in enumerate(rows[:, column]):
            axes.imshow(pictures.images[person].numpy(), cmap="gray", vmin=0.0, vmax=1.0)
            axes.set_title(f"pain {hurts:g}, PSPI {pictures.truth['pspi'][person]:.0f}", fontsize=7)
            axes.set_xticks([])
            axes.set_yticks([])
