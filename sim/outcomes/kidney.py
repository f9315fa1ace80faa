"""Acute kidney injury after liver transplantation: by thresholds that interact, or by a sum of small effects.

Built after the study of Lee HC, J Clin Med 2018;7:428 (1,211 transplants, AKI 30.1 % by AKIN). People are a design: no
figure of the paper but the prevalence and the pattern of its scores went into it. The injury decides how far creatinine
rises within 48 h; AKI is what AKIN (Mehta, Crit Care 2007;11:R31) makes of two measured values: a rise by 0.3 mg/dL or
by half. As all noise is normal, the true risk is known exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr

from sim import randomness
from sim.outcomes import drawing
from sim.outcomes.drawing import Drawn
from sim.outcomes.people import People
from sim.settings import whole

AKI = "aki"
EFFECTS = ("axis", "additive")
RISE, RATIO = 0.3, 1.5  # mg/dL, and of the value before: AKIN stage 1
SICK, HARD = "disease", "surgery"

COLUMNS: Mapping[str, Drawn] = {
    "age": Drawn("years", 18, 90, "age", centre=54, spread=9),
    "female": Drawn("", 0, 1, "1 for women", kind="share", centre=0.28),
    "bmi": Drawn("kg/m2", 12, 60, "body mass index", centre=24, spread=3.5),
    "meld": Drawn(
        "", 6, 60, "model for end-stage liver disease", kind="lognormal", centre=15, spread=1.6, causes={SICK: 0.8}
    ),
    "bilirubin": Drawn(
        "mg/dL", 0.1, 60, "total bilirubin", ("µmol/L", 17.1), "lognormal", 2.5, 2.8, {SICK: 0.7}, 0.06, 0.3
    ),
    "creatinine": Drawn(
        "mg/dL", 0.2, 15, "creatinine before", ("µmol/L", 88.4), "lognormal", 0.85, 1.35, {SICK: 0.3}
    ),
    "haemoglobin": Drawn(
        "g/dL", 3, 20, "haemoglobin before", ("g/L", 10.0), "normal", 10.8, 1.9, {SICK: -0.5, HARD: -0.3}, 0.05
    ),
    "platelets": Drawn("1e9/L", 3, 900, "platelets before", None, "lognormal", 65, 1.7, {SICK: -0.4}, 0.06, -0.3),
    "albumin": Drawn(
        "g/dL", 0.8, 6, "albumin before", ("g/L", 10.0), "normal", 3.1, 0.55, {SICK: -0.5}, 0.08, 0.4
    ),
    "donor_steatosis": Drawn(
        "", 0, 1, "1 if a tenth of the graft or more is fat", kind="share", centre=0.5, missing=0.05
    ),
    "cold_ischaemia": Drawn("min", 5, 1500, "cold ischaemia of the graft", None, "lognormal", 90, 1.9, {}, 0.05, 0.2),
    "duration": Drawn("h", 2, 20, "duration of anesthesia", centre=7.5, spread=1.5, causes={HARD: 0.6}),
    "blood_loss": Drawn(
        "mL", 50, 60000, "blood loss", None, "lognormal", 3000, 2.2, {SICK: 0.3, HARD: 0.8}, 0.06, -0.3
    ),
    "red_cells": Drawn("units", 0, 150, "red cells given", None, "lognormal", 8, 2.0, {SICK: 0.4, HARD: 0.8}),
    "crystalloid": Drawn("mL/kg/h", 0.5, 60, "crystalloid given", None, "lognormal", 8, 1.5, {HARD: 0.2}, 0.05),
    "urine": Drawn("mL/kg/h", 0, 20, "urine output", None, "lognormal", 1.8, 1.8, {SICK: -0.3}, 0.05, -0.3),
    "low_pressure": Drawn(
        "min", 0, 400, "time with mean pressure below 65 mmHg", None, "lognormal", 12, 2.2, {HARD: 0.4}, 0.08, 0.3
    ),
    "reperfusion_syndrome": Drawn(
        "", 0, 1, "1 if pressure fell by a third on reperfusion", kind="share", centre=0.35, causes={HARD: 0.3}
    ),
    "lactate": Drawn(
        "mmol/L", 0.3, 30, "highest lactate", ("mg/dL", 9.01), "lognormal", 4, 1.6, {SICK: 0.4, HARD: 0.4}, 0.12, -0.5
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Kidney:
    """What injures kidneys; a design, in log units of the ratio of creatinine after to before.

    Attributes:
        effects: "axis": thresholds and an interaction, cut along single columns; "additive": a sum of small effects.
        start: mean log ratio of somebody without any of them.
        fluids: for crystalloid outside `fluids_range`, mL/kg/h.
        pressure: for more than `pressure_minutes` below 65 mmHg.
        graft: for a fatty graft of short or a lean one of long (over `graft_minutes`) cold ischaemia.
        fluids_range, pressure_minutes, graft_minutes: see there.
        slopes: additive effects, per SD of a column's own scale.
        spread: SD of the log ratio between people alike.
        assay: SD of the log of one measurement.
    """

    effects: Literal["axis", "additive"] = "axis"
    start: float = -0.32
    fluids: float = 0.55
    pressure: float = 0.2
    graft: float = 0.4
    fluids_range: tuple[float, float] = (5.5, 11.6)
    pressure_minutes: float = 20.0
    graft_minutes: float = 90.0
    slopes: tuple[tuple[str, float], ...] = (
        ("meld", 0.036),
        ("blood_loss", 0.036),
        ("low_pressure", 0.048),
        ("lactate", 0.036),
        ("urine", -0.048),
        ("cold_ischaemia", 0.036),
        ("haemoglobin", -0.024),
        ("age", 0.018),
    )
    spread: float = 0.14
    assay: float = 0.04

    def __post_init__(self) -> None:
        if self.effects not in EFFECTS:
            raise ValueError(f"effects: {self.effects!r} is not allowed; {', '.join(EFFECTS)}")


AXIS, ADDITIVE = Kidney(), Kidney("additive", start=0.17, spread=0.2)
SKEWED = tuple(name for name, column in COLUMNS.items() if column.kind == "lognormal")


def injury(kidney: Kidney, columns: Mapping[str, np.ndarray], z: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the mean log ratio of creatinine after to before, (people,).

    Args:
        kidney: what injures.
        columns: complete, in their units.
        z: the same as standard normal numbers.
    """
    if kidney.effects == "additive":
        return kidney.start + np.sum([slope * z[name] for name, slope in kidney.slopes], axis=0)
    low, high = kidney.fluids_range
    fluids = (columns["crystalloid"] < low) | (columns["crystalloid"] > high)
    pressure = columns["low_pressure"] > kidney.pressure_minutes
    graft = (columns["cold_ischaemia"] > kidney.graft_minutes) != (columns["donor_steatosis"] > 0.5)
    return kidney.start + kidney.fluids * fluids + kidney.pressure * pressure + kidney.graft * graft


def needed(creatinine: np.ndarray) -> np.ndarray:
    """Return the log ratio from which AKIN speaks of injury, of creatinine before, mg/dL."""
    return np.log(np.minimum(RATIO, 1.0 + RISE / creatinine))


def people(kidney: Kidney, count: int, seed: int) -> People:
    """Return people with the outcome `aki`; hidden are the mean log ratio, `injury`, and the measured one, `rise`.

    Raises:
        ValueError: fewer than one person, a seed below 0.
    """
    keys = randomness.case_keys(whole("seed", seed), np.arange(whole("people", count, 1)))
    z = drawing.standard(COLUMNS, keys)
    columns = {name: drawing.values(column, z[name]) for name, column in COLUMNS.items()}
    mean = injury(kidney, columns, z)
    spread = np.sqrt(kidney.spread**2 + 2.0 * kidney.assay**2)  # both measurements err
    rise = mean + spread * randomness.normals(keys, "injury", 0, 1)[0]
    bar = needed(columns["creatinine"])
    return People(
        subject=np.arange(count),
        columns=drawing.shown(COLUMNS, z, columns, keys),
        outcomes={AKI: (rise >= bar).astype(float)},
        risks={AKI: ndtr((mean - bar) / spread)},
        hidden={"injury": mean, "rise": rise},
    )
