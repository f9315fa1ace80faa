"""The people a belief begins with: typical values and spreads, of depth and of pressure.

Defaults are where searches begin, by hand; what ships is in belief.json, and its card says what was searched.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from predictors.learning.weights import SHIPPED
from sim.settings import check_numbers
from sim.surgery import CLOSING, EMERGENCE, INCISION, INTUBATION, PHASES

TABLE = SHIPPED / "belief.json"
# Stimulation in each phase, points of an undrugged patient who answers fully, and how quickly it comes and goes, s
# (choice; Struys's published profile has 20 to 30 at its heights and 10 between).
STIMULI = dict(zip(PHASES, (0.0, 40.0, 5.0, 16.0, 12.0, 9.0, 3.0), strict=True))
COMES, GOES = 40.0, 240.0
# The phase that is announced next, and how long the airway takes, s; the quiet after it is not announced (choice).
ANNOUNCED = np.array([INTUBATION, INCISION, INCISION, CLOSING, CLOSING, EMERGENCE, EMERGENCE])
AIRWAY = 60.0


@dataclass(frozen=True)
class Depth:
    """Of the index.

    Attributes:
        ke0, ke0_sd: 1/min, and log-SD between people.
        c50, c50_remifentanil, gamma, gamma_sd: µg/mL, ng/mL, 1, log-SD.
        awake, awake_sd, fall: index points; the largest fall, a share of the awake index.
        delay, delay_sd: of the monitor, in units of Eleveld's by age; log-SD.
        lasting_sd, lasting_drift: log sensitivity that lasts: between people, and per square root of an hour.
        start, start_sd: log sensitivity that is missing when a case begins, and comes with `passing_time`.
        passing_sd, passing_time: log sensitivity that comes and goes; s.
        opioid_sd: of the log sensitivity to remifentanil, between people.
        arousal, arousal_sd: how much of an expected stimulus that drugs let through is seen, 1 is as published.
        disturbance_sd, disturbance_time: stimulation beside the expected; index points of an undrugged patient, s.
        surge: SD of a stimulus that begins, a share of what is expected of it.
        noise_sd, noise_time, reading_sd: of the monitor, what lasts and what does not; index points, s.
        noise_log_sd: of the size of both, between people.
    """

    ke0: float = 0.18
    ke0_sd: float = 0.4
    c50: float = 3.0
    c50_remifentanil: float = 14.0
    gamma: float = 1.65
    gamma_sd: float = 0.3
    awake: float = 94.0
    awake_sd: float = 3.0
    fall: float = 0.9
    delay: float = 1.0
    delay_sd: float = 0.3
    lasting_sd: float = 0.6
    lasting_drift: float = 0.3
    start: float = 0.5
    start_sd: float = 0.5
    passing_sd: float = 0.12
    passing_time: float = 800.0
    opioid_sd: float = 0.3
    arousal: float = 0.5
    arousal_sd: float = 0.3
    disturbance_sd: float = 3.0
    disturbance_time: float = 240.0
    surge: float = 0.3
    noise_sd: float = 3.9
    noise_time: float = 45.0
    reading_sd: float = 2.2
    noise_log_sd: float = 0.3

    def __post_init__(self) -> None:
        check_numbers(self, positive=True)


@dataclass(frozen=True)
class Pressure:
    """Of the mean arterial pressure. Falls are logs of a ratio.

    Attributes:
        awake_sd: log-SD of the first pressure seen around the awake one.
        relaxed, propofol, remifentanil: the largest falls: of whoever falls asleep, by propofol, by remifentanil.
        settling: s, in which vessels and heart follow the plasma.
        drugs_sd, pressor_sd: log-SD between people of sensitivity to both drugs and to norepinephrine.
        stress, stress_sd: log rise per point of stimulation that remifentanil lets through, and its SD.
        wander_sd, wander_time: log; s.
        quick_sd, quick_time: what passes by itself; log, s.
        reading_sd: log.
    """

    awake_sd: float = 0.08
    relaxed: float = 0.18
    propofol: float = 0.11
    remifentanil: float = 0.66
    settling: float = 100.0
    drugs_sd: float = 0.3
    pressor_sd: float = 0.17
    stress: float = 0.019
    stress_sd: float = 0.007
    wander_sd: float = 0.13
    wander_time: float = 3200.0
    quick_sd: float = 0.05
    quick_time: float = 80.0
    reading_sd: float = 0.05

    def __post_init__(self) -> None:
        check_numbers(self, positive=True)


@dataclass(frozen=True)
class Population:
    """The average patient and how people differ."""

    depth: Depth = field(default_factory=Depth)
    pressure: Pressure = field(default_factory=Pressure)

    @classmethod
    def read(cls, path: Path = TABLE) -> Population:
        """Return the population of a table. Raises ValueError if it holds none."""
        try:
            table = json.loads(path.read_text(encoding="utf-8"))["population"]
            return cls(Depth(**table["depth"]), Pressure(**table["pressure"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"population: {path} holds no population of beliefs ({error})") from None


def level(phase: np.ndarray) -> np.ndarray:
    """Return the stimulation of phases, (patients,) integers."""
    return np.array(list(STIMULI.values()))[phase]


def expected(stimulus: np.ndarray, towards: np.ndarray, seconds: np.ndarray | float) -> np.ndarray:
    """Return the stimulation expected after some seconds under a level, (patients,), from what it was."""
    time = np.where(towards > stimulus, COMES, GOES)
    return towards + (stimulus - towards) * np.exp(-seconds / time)
