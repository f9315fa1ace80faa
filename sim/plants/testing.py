"""Plants that nothing learned on: one to choose settings on, and those for tests alone, by which nothing was chosen."""

from __future__ import annotations

from sim.plants import Plant
from sim.settings import Models

SCHUTTLER = Plant(
    "Schüttler's kinetics, Yumuk's steep synergistic index, spread and noise larger, under a pneumoperitoneum",
    "choosing",
    Models("schuttler", "kim", bis="yumuk", circulation="vitaldb", spread=1.2, index_noise=1.3),
    {"cohort": "random", "events": ("pneumoperitoneum",)},
)
MARSH = Plant(
    "Marsh's kinetics with their slow first ke0, Kim's remifentanil, Vanluchene's index, the VitalDB refit of Su",
    "test",
    Models("marsh", "kim", "beloeil", "vanluchene", "vitaldb", index_delay=1.3),
    {"cohort": "surgical", "bleeding_probability": 0.2},
)
JELEAZCOV = Plant(
    "another structure: pressure of slow effect sites without reflex; Schüttler's kinetics, Vanluchene's index, a cuff",
    "test",
    Models("schuttler", "kim", bis="vanluchene", circulation="jeleazcov", index_delay=1.5),
    {"cohort": "surgical", "pressure": "cuff", "bleeding_probability": 0.3},
)
