"""Plants to learn and tune on."""

from __future__ import annotations

from sim.plants import Plant
from sim.settings import Models

RECORDED = Plant("people, patients and monitors as fitted to recorded cases: the default", "training")
SCHNIDER = Plant(
    "Schnider's and Minto's kinetics, Bouillon's surface, the circulation of recorded cases",
    "training",
    Models("schnider", "minto", bis="bouillon"),
    {"cohort": "surgical"},
)
ELEVELD = Plant(
    "Eleveld's kinetics and index as published, Su's circulation; every fifth bleeds",
    "training",
    Models("eleveld", "eleveld", bis="eleveld", circulation="su2023"),
    {"cohort": "random", "bleeding_probability": 0.2},
)
VARIED = Plant(
    "as recorded, but people differ half as much again, and the index has half as much noise again",
    "training",
    Models(spread=1.5, index_noise=1.5),
)
LATE = Plant(
    "as recorded, of faster kinetics (no opioid in Eleveld's), and the index is shown twice as late",
    "training",
    Models("eleveld_no_opioid", "minto", index_delay=2.0),
    {"cohort": "surgical"},
)
