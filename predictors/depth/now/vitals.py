"""Current BIS from what else the room knows: doses, demographics, pressure, heart rate and how far the surgeons are."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from predictors.depth.memory import bedside, exposure
from predictors.depth.memory.bedside import Bedside
from predictors.depth.memory.exposure import Exposure
from predictors.depth.now.present import Present, Sight
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Readings

Memory = tuple[Exposure, Bedside]


class Room:
    """Everything that is seen of a patient but the index."""

    features = exposure.FEATURES + bedside.FEATURES

    def begin(self, person: Covariates, period: float) -> Memory:
        """Return drug-free patients nobody has looked at."""
        return exposure.begin(person, period), bedside.begin(person)

    def look(self, memory: Memory, readings: Readings, period: float) -> tuple[Memory, Array]:
        """Add readings and the doses of the last `period` s."""
        drugs, signs = memory
        drugs = exposure.advance(drugs, readings.infused, period)
        signs = bedside.look(signs, readings, period)
        return (drugs, signs), np.concatenate([exposure.features(drugs), bedside.features(signs)])


class Vitals(Present):
    """Index now from doses, demographics, pressure, heart rate and phase of surgery; never from the index."""

    name = "vitals"
    sight: ClassVar[Sight] = Room()
    costs = 1.05
    limits = (
        "Doses follow the index, and clinicians answer pressure and heart rate too: part of what it learned is the"
        " clinician. It says what a monitor would probably show, not what a drug would do.",
        "Its answers are spread out towards the spread of the index, at the price of up to 5 % in error.",
        "Learned on simulated patients it was no better on recorded ones than doses alone; learned on recorded ones, it"
        " was: train on cases of your own before relying on it.",
        "An arterial line or a cuff may be missing, and it says less then.",
    )


VITALS = Vitals()
