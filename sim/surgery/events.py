"""Things done in an operation that move pressure and heart rate for long.

Sources report pressures and rates, so a load stands for all that happens to the vessels and the filling of the heart;
its size is the log of the pressure reported, and somewhat more, as the reflexes take a part back (choice). How often a
random surgery has each is a choice, with major abdominal and thoracic operations in mind.
"""

from __future__ import annotations

from math import inf

from sim.surgery.loads import Event

PNEUMOPERITONEUM = Event(
    "carbon dioxide in the belly, 15 mmHg: mean pressure +16 %, less output (Surg Endosc 1995;9:121).",
    begins=(4.0, 10.0), lasts=(inf, inf), resistance=0.20, heart_rate=0.03, chance=0.15,
)  # fmt: skip
HEAD_UP = Event(
    "tilted head up: blood pools in the legs and pressure falls (choice).",
    begins=(2.0, 20.0), lasts=(30.0, 150.0), resistance=-0.12, heart_rate=0.04, chance=0.2,
)  # fmt: skip
TURNED = Event(
    "turned on the side or the belly before the incision: a passing fall of pressure (choice).",
    begins=(-22.0, -12.0), lasts=(10.0, 25.0), resistance=-0.12, heart_rate=0.03, chance=0.35,
)  # fmt: skip
TRACTION = Event(
    "mesenteric traction: vessels widen some 20 min after the incision for half an hour, heart rate 87 instead of "
    "70 /min (Olesen, Front Anesthesiol 2023; Seltzer, Anesthesiology 1985;63:96).",
    begins=(10.0, 30.0), lasts=(20.0, 40.0), resistance=-0.15, heart_rate=0.18, chance=0.2,
)  # fmt: skip
TOURNIQUET = Event(
    "a limb without blood: pressure rises by 30 % within an hour or two and falls for 10 min at the end (Valli, Acta "
    "Anaesthesiol Scand 1987;31:279; Kim, Korean J Anesthesiol 2012;63:425).",
    begins=(-8.0, -2.0), lasts=(45.0, 110.0), resistance=0.05, heart_rate=0.02, growth=0.15, rebound=-0.15, chance=0.03,
)  # fmt: skip
