"""Rules and scores of the bedside, from the last values of a chart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Values = Mapping[str, np.ndarray]


def drains(chart: Values) -> np.ndarray:
    """Return the drain's flow, mL/h: from 200 on it counts as bleeding (J Cardiothorac Vasc Anesth 2012;26:46)."""
    return chart["drain"]


def kidney_stage(chart: Values) -> np.ndarray:
    """Return the stage of kidney injury, 0-3, by creatinine and urine of the hour. KDIGO, Kidney Int Suppl 2012;2:1.

    The usual creatinine is the one that goes with the filtration before surgery; urine should be that of 6-12 h.
    """
    usual = 80.0 / chart["filtration"] * (1.0 - 0.15 * chart["female"])
    rise = chart["creatinine"] / usual
    flow = chart["urine"] / chart["weight"]
    by_creatinine = (rise >= 1.5) * 1.0 + (rise >= 2.0) + (rise >= 3.0)
    by_urine = (flow < 0.5) * 1.0 + (flow < 0.4) + (flow < 0.3)
    return np.maximum(by_creatinine, by_urine)


def acute_physiology(chart: Values) -> np.ndarray:
    """Return points like those of SAPS II (Le Gall, JAMA 1993;270:2957), of what is charted here; no coma, no cells.

    Age, heart rate, systolic pressure (taken as 1.5 times the mean), temperature, oxygenation, urine, urea (left out),
    potassium, bilirubin, emergency.
    """
    age, rate, systolic = chart["age"], chart["heart_rate"], 1.5 * chart["pressure"]
    points = np.digitize(age, [40, 60, 70, 75, 80]).astype(float)
    total = np.array([0.0, 7.0, 12.0, 15.0, 16.0, 18.0])[points.astype(int)]
    total = total + np.select([rate >= 160, rate >= 120, rate < 40, rate < 70], [7.0, 4.0, 11.0, 2.0], 0.0)
    total = total + np.select([systolic < 70, systolic < 100, systolic >= 200], [13.0, 5.0, 2.0], 0.0)
    total = total + 3.0 * (chart["temperature"] >= 39.0)
    ratio = 5.0 * (chart["saturation"] - 80.0) / chart["inspired_oxygen"]  # a stand-in for PaO2/FiO2, mmHg
    total = total + np.select([ratio < 100, ratio < 200, np.isfinite(ratio)], [11.0, 9.0, 6.0], 0.0)
    day = 24.0 * chart["urine"]
    total = total + np.select([day < 500, day < 1000], [11.0, 4.0], 0.0)
    potassium, bilirubin = chart["potassium"], chart["bilirubin"]
    total = total + 3.0 * ((potassium < 3.0) | (potassium >= 5.0))
    total = total + np.select([bilirubin >= 6.0, bilirubin >= 4.0], [9.0, 4.0], 0.0)
    return total + 8.0 * chart["emergency"]
