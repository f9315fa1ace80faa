"""Complications after cardiac surgery in intensive care, in real time: after Meyer A, Lancet Respir Med 2018;6:905.

How likely re-operation for bleeding is within 6 h, renal replacement and death within 24 h, every half hour of two
days, from twenty channels of a chart and what is known at admission. One network for all three.
"""

from __future__ import annotations

from predictors.learning.contract import Published
from predictors.risk.charted.reading import ByChart
from sim.outcomes.intensive_care.channels import CHANNELS, ENDS, HOURS, KNOWN

SOURCE = "Meyer, Lancet Respir Med 2018;6:905, probably on a test set balanced by selection"


class IntensiveCare(ByChart):
    """Bleeding, renal failure and death after cardiac surgery, from the chart: the recurrent network of Meyer 2018."""

    name = "intensive_care"
    task = "intensive_care"
    question = "complications"
    channels = CHANNELS
    known = KNOWN
    outcomes = ENDS
    hours = HOURS
    period = 3600.0 * HOURS
    published = (
        Published("PPV, bleeding", 0.84, SOURCE),
        Published("sensitivity, bleeding", 0.74, SOURCE),
        Published("PPV, renal failure", 0.87, SOURCE),
        Published("sensitivity, renal failure", 0.94, SOURCE),
        Published("PPV, death", 0.90, SOURCE),
        Published("sensitivity, death", 0.85, SOURCE),
    )
    limits = (
        "Adults in the first 48 h after cardiac surgery with bypass, charted every half hour in the units given.",
        "It has learned how the simulated clinicians treat and when they ask for laboratory values: where others"
        " decide otherwise, its probabilities are wrong.",
        "After a renal replacement or re-operation it goes on for what has not come yet.",
    )


INTENSIVE_CARE = IntensiveCare()
