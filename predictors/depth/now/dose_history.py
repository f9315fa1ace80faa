"""Current BIS from doses and demographics alone: a recurrent network over the concentrations of several models."""

from __future__ import annotations

from typing import ClassVar

from predictors.depth.memory import exposure
from predictors.depth.memory.exposure import Exposure
from predictors.depth.now.present import Present, Sight
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings


class Doses:
    """Doses and who is given them, nothing else."""

    features = exposure.FEATURES

    def begin(self, person: Covariates, period: float) -> Exposure:
        """Return drug-free patients."""
        return exposure.begin(person, period)

    def look(self, memory: Exposure, readings: Readings, period: float) -> tuple[Exposure, Array]:
        """Add the doses of the last `period` s."""
        memory = exposure.advance(memory, readings.infused, period)
        return memory, exposure.features(memory)


class DoseHistory(Present):
    """Index now from doses alone: a recurrent network over the concentrations of six kinetic models."""

    name = "dose_history"
    sight: ClassVar[Sight] = Doses()
    costs = 1.02
    limits = (
        "Doses follow the index, so part of what it learned is the clinician: do not read dose-response from it"
        " (`experiments.explain`), and never let it choose a dose.",
        "Within maintenance its concordance is low: without readings nobody knows how sensitive a patient is.",
    )


DOSE_HISTORY = DoseHistory()
