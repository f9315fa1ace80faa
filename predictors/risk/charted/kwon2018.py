"""Cardiac arrest on a general ward, in real time: after Kwon J, J Am Heart Assoc 2018;7:e008678 (DEWS).

How likely the heart stops within 24 h, every two hours, from four vital signs, age and sex.
"""

from __future__ import annotations

from predictors.learning.contract import Published
from predictors.risk.charted.reading import ByChart
from sim.outcomes.arrest.channels import CHANNELS, ENDS, HOURS, KNOWN

SOURCE = "Kwon, J Am Heart Assoc 2018;7:e008678, 52,131 patients"


class Arrest(ByChart):
    """Cardiac arrest on a general ward within a day, from four vital signs: after the network of Kwon 2018."""

    name = "arrest"
    task = "arrest"
    question = "arrest"
    channels = CHANNELS
    known = KNOWN
    outcomes = ENDS
    hours = HOURS
    period = 3600.0 * HOURS
    units = 24
    published = (
        Published("AUROC", 0.850, SOURCE),
        Published("AUPRC", 0.044, SOURCE),
        Published("AUROC of the early warning score", 0.603, SOURCE),
        Published("AUPRC of the early warning score", 0.003, SOURCE),
        Published("AUROC of a random forest", 0.780, SOURCE),
        Published("AUPRC of a random forest", 0.014, SOURCE),
        Published("AUROC of logistic regression", 0.613, SOURCE),
        Published("AUPRC of logistic regression", 0.007, SOURCE),
    )
    limits = (
        "Adults on general wards in their first week, charted every two hours in the units given.",
        "Most alarms are false at any threshold: arrests are rare.",
        "It has learned when simulated nurses chart more often: where others do otherwise, it is wrong.",
    )


ARREST = Arrest()
