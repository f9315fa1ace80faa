"""What is believed of patients at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from predictors.belief.drugs import Body
from sim.arrays import Array
from sim.pharmacodynamics.nociception import Tolerance


@dataclass(frozen=True)
class Belief:
    """The drugs, the bank and the pressure filter.

    Attributes:
        body, tolerance: constant for a case.
        delay: (members, patients), of the monitor, in control periods; constant.
        drugs: (4, 3, patients), amounts, and effect sites of the average patient.
        site: (members, patients), effect sites of propofol, µg/mL.
        averaged: (3, patients), rates averaged over five minutes.
        sites: (periods, members, patients), these and earlier ones, newest first; remifentanil: (periods, patients).
        stimulus: (periods, patients), expected stimulation, likewise.
        phase: (patients,); next_event: (patients,), s until the next one, infinity where none is announced.
        mean, covariance: of the bank's unknowns, see `predictors.belief.depth`.
        evidence: (members, patients), log likelihood, the past counting less.
        weights: (members, patients), what each member counts.
        density: (2, patients), log density that the belief gave the last index and the last pressure read, less a
            constant; 0 where none was.
        fall: (patients,), of the log pressure.
        pressure, pressure_covariance: see `predictors.belief.pressure`.
    """

    body: Body
    tolerance: Tolerance
    delay: Array
    drugs: Array
    site: Array
    averaged: Array
    sites: Array
    remifentanil: Array
    stimulus: Array
    phase: Array
    next_event: Array
    mean: Array
    covariance: Array
    evidence: Array
    weights: Array
    density: Array
    fall: Array
    pressure: Array
    pressure_covariance: Array
