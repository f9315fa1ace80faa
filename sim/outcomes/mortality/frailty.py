"""What is known before surgery, and what it alone says of death: small effects of one cause that add up.

A design: centres and spreads are round numbers of adult surgical patients, effects have the signs that are agreed on.
Nothing was fitted to recordings.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.outcomes import drawing
from sim.outcomes.drawing import Drawn

FRAIL = "frailty"
COLUMNS: Mapping[str, Drawn] = {
    "age": Drawn("years", 0, 120, "age", centre=58, spread=13, causes={FRAIL: 0.5}),
    "female": Drawn("", 0, 1, "1 for women", kind="share", centre=0.5),
    "bmi": Drawn("kg/m2", 8, 80, "body mass index", None, "lognormal", 24, 1.15, {FRAIL: -0.15}),
    "asa": Drawn(
        "", 1, 6, "physical status, class of the American society", None, "normal", 1.9, 0.75, {FRAIL: 0.75}, 0.02
    ),
    "emergency": Drawn("", 0, 1, "1 for emergency surgery", kind="share", centre=0.12, causes={FRAIL: 0.25}),
    "hypertension": Drawn("", 0, 1, "1 if known", kind="share", centre=0.32, causes={FRAIL: 0.35}),
    "diabetes": Drawn("", 0, 1, "1 if known", kind="share", centre=0.12, causes={FRAIL: 0.3}),
    "haemoglobin": Drawn("g/dL", 2, 25, "haemoglobin", ("g/L", 10.0), "normal", 13.0, 1.9, {FRAIL: -0.5}, 0.06, 0.3),
    "platelets": Drawn("1e9/L", 1, 2000, "platelets", None, "lognormal", 235, 1.4, {FRAIL: -0.1}, 0.06),
    "prothrombin": Drawn(
        "%", 5, 200, "prothrombin time, activity", ("fraction", 0.01), "normal", 98, 16, {FRAIL: -0.35}, 0.07, 0.3
    ),
    "aptt": Drawn("s", 10, 500, "partial thromboplastin time", None, "lognormal", 32, 1.15, {FRAIL: 0.3}, 0.07),
    "sodium": Drawn("mmol/L", 95, 180, "sodium", None, "normal", 140, 3.0, {FRAIL: -0.35}, 0.1),
    "potassium": Drawn("mmol/L", 1.5, 9, "potassium", None, "normal", 4.2, 0.45, {}, 0.1),
    "glucose": Drawn("mg/dL", 20, 1000, "glucose", ("mmol/L", 1.0 / 18.0), "lognormal", 105, 1.3, {FRAIL: 0.25}, 0.06),
    "albumin": Drawn("g/dL", 0.5, 6.5, "albumin", ("g/L", 10.0), "normal", 4.1, 0.5, {FRAIL: -0.6}, 0.07, 0.3),
    "ast": Drawn("U/L", 1, 20000, "aspartate transaminase", None, "lognormal", 21, 1.6, {FRAIL: 0.2}, 0.06),
    "alt": Drawn("U/L", 1, 20000, "alanine transaminase", None, "lognormal", 18, 1.7, {}, 0.06),
    "urea": Drawn("mg/dL", 1, 250, "blood urea nitrogen", None, "lognormal", 14, 1.45, {FRAIL: 0.45}, 0.06),
    "creatinine": Drawn("mg/dL", 0.1, 30, "creatinine", ("µmol/L", 88.4), "lognormal", 0.8, 1.4, {FRAIL: 0.35}, 0.06),
}  # fmt: skip
SKEWED = tuple(name for name, column in COLUMNS.items() if column.kind == "lognormal")
LABORATORY = tuple(list(COLUMNS)[list(COLUMNS).index("haemoglobin") :])
SLOPES: Mapping[str, float] = {  # log odds of death an SD of what lies behind a column
    "age": 0.35,
    "asa": 0.45,
    "emergency": 0.35,
    "albumin": -0.35,
    "haemoglobin": -0.12,
    "prothrombin": -0.12,
    "aptt": 0.08,
    "sodium": -0.12,
    "urea": 0.15,
    "creatinine": 0.10,
    "ast": 0.12,
    "bmi": -0.10,
    "female": -0.10,
}


def drawn(keys: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return standard normal numbers behind every column, and complete columns in their units, (people,) each."""
    z = drawing.standard(COLUMNS, keys)
    columns = {name: drawing.values(column, z[name]) for name, column in COLUMNS.items()}
    return z, {**columns, "asa": np.round(columns["asa"])}


def log_odds(z: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return what frailty adds to the log odds of death, (people,), mean 0."""
    return np.sum([slope * z[name] for name, slope in SLOPES.items()], axis=0)


def spread() -> float:
    """Return the SD of `log_odds` among people."""
    names = list(SLOPES)
    shares = [COLUMNS[name].causes.get(FRAIL, 0.0) for name in names]
    together = np.outer(shares, shares)
    np.fill_diagonal(together, 1.0)
    slopes = np.array(list(SLOPES.values()))
    return float(np.sqrt(slopes @ together @ slopes))
