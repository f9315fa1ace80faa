"""The simulated sites that depth predictors learn and are judged on."""

from __future__ import annotations

from dataclasses import replace

from agents.human.as_recorded import as_recorded
from experiments.sites.clinicians import Wandering, titrator
from experiments.sites.simulated import Site, people
from sim.cohort.people import recorded_people
from sim.settings import Models

TEN_MINUTES = 60  # samples
SCHNIDER = Models("schnider", "minto", bis="bouillon")

# C50 × 0.65 was chosen so that the surface shows the CCC the paper reports of it: tuned to the paper.
TUNED = Site(
    "tuned",
    "tuned to Lee 2018: C50 of propofol x 0.65, spread x 1.5",
    SCHNIDER,
    titrator,
    people,
    pump="schnider",
    potency=0.65,
    spread=1.5,
    recovery=TEN_MINUTES,
)
SHIFTED = replace(TUNED, name="shifted", description="as tuned, but C50 of propofol x 0.9", potency=0.9)
UNTUNED = replace(
    TUNED,
    name="untuned",
    description="Schnider, Minto and Bouillon as published",
    potency=1.0,
    spread=1.0,
)
RECORDED = Site(
    "recorded",
    "people, patients, monitors, pumps and clinicians fitted to recorded cases",
    Models(),
    as_recorded,
    recorded_people,
)
TITRATED = replace(
    RECORDED, name="titrated", description="the same, but clinicians titrate by a rule", agent=titrator
)
WANDERING = replace(
    RECORDED, name="wandering", description="the same, but targets are set by lot", agent=Wandering
)

# Shares of the sites that predictors learn from. Mostly cases as recorded; other habits of dosing beside them, so that
# what a drug does can be told from what a clinician does.
MIX = {"recorded": 0.7, "titrated": 0.15, "wandering": 0.15}
