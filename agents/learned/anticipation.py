"""How a policy that looks ahead meets the room: what it is shown, and how its wishes turn dials.

What it is shown comes in groups, so that one can be withheld and its worth measured: what is there now, what is
remembered, what an observer forecasts, and what the team announces. Every 30 s it moves its wishes for the targets of
propofol and remifentanil and the rate of norepinephrine; a dial follows once the wish is further from it than a dead
zone. So a policy may think in small steps and still turn dials seldom.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agents.learned import titration
from agents.learned.titration import HIGHEST, Titration
from sim.arrays import Array, map_arrays
from sim.interfaces import Readings
from sim.surgery import CLOSING, EMERGENCE, INCISION, INDUCTION, MAINTENANCE, PREPARATION

READINGS = ("next_event",)
OBSERVERS = ("nominal", "belief")
LOWEST = np.array([[0.5], [0.0], [0.0]])  # until emergence
REACH = np.array([[1.5], [2.0], [0.06]])  # of a wish in a decision, µg/mL, ng/mL, µg/kg/min (choice)
ZONE = np.array([0.25, 0.5, 0.005])  # µg/mL, ng/mL, µg/kg/min (choice)
NOTICE = 180.0  # s ahead that an event is announced
NEAR = 60.0  # s (choice)
RECENT = 300.0  # s (choice)
REMEMBERED = (1, 2, 3, 7, 8)  # of titration's features: running means and the last move of the index
FORECASTS = (  # estimate, centre, scale
    ("belief.bis", 50.0, 15.0),
    ("belief.bis_sd", 4.0, 4.0),
    ("belief.bis_1_min", 50.0, 15.0),
    ("belief.bis_2_min", 50.0, 15.0),
    ("belief.bis_5_min", 50.0, 15.0),
    ("belief.bis_5_min_sd", 8.0, 4.0),
    ("belief.sensitivity", 0.0, 0.4),
    ("belief.disturbance", 5.0, 10.0),
    ("belief.effect_propofol", 3.0, 1.5),
    ("belief.pressure", 75.0, 15.0),
    ("belief.pressure_2_min", 75.0, 15.0),
    ("belief.pressure_sensitivity", 0.0, 0.4),
)
STAGES = (
    (INDUCTION,),
    (PREPARATION,),
    (INCISION, MAINTENANCE),
    (CLOSING,),
)  # each before an event that is announced
DIALS = 3 + 3 + 2  # how far wishes and reference are from the dials, and how lately these were turned
ANNOUNCED = 2 + len(STAGES)
FEATURES = titration.FEATURES + DIALS + len(FORECASTS) + ANNOUNCED
GROUPS = ("memory", "forecast", "announced")  # that can be withheld


@dataclass(frozen=True)
class Anticipation:
    """What is remembered.

    Attributes:
        running: running means; its settings are the wishes.
        dial: (3, patients), in force, units of the settings.
        turned: (2, patients), s, when the dials of propofol and remifentanil were last turned.
    """

    running: Titration
    dial: Array
    turned: Array


def columns(without: Iterable[str] = ()) -> np.ndarray:
    """Return which features are shown, bool (FEATURES,), when `GROUPS` are withheld. Raises ValueError at others."""
    withheld = tuple(without)
    for name in withheld:
        if name not in GROUPS:
            raise ValueError(f"without: {name!r} is not allowed; {', '.join(GROUPS)}")
    kept = np.ones(titration.FEATURES, bool)
    kept[list(REMEMBERED)] = "memory" not in withheld
    rest = (
        (DIALS, True),
        (len(FORECASTS), "forecast" not in withheld),
        (ANNOUNCED, "announced" not in withheld),
    )
    return np.concatenate([kept, *(np.full(size, is_shown) for size, is_shown in rest)])


def blank(patients: int) -> Anticipation:
    """Return a memory of nothing."""
    one = np.zeros(patients)
    none = np.zeros((3, patients))
    return Anticipation(Titration(none, one, one, one, one, none[:2]), none, none[:2])


def chosen(mask: Array, yes: Anticipation, no: Anticipation) -> Anticipation:
    """Return one memory where the mask (patients,) says so, the other elsewhere."""
    return map_arrays(lambda one, other: np.where(mask, one, other), yes, no)


def begin(seen: Mapping[str, Array], reference: Array | None = None) -> Anticipation:
    """Return the memory at the first sight of the patients; dials stand at the reference, or where all begin."""
    running = titration.begin(dict(seen))
    if reference is not None:
        running = replace(running, settings=reference)
    time = 60.0 * seen["time"]
    return Anticipation(running, running.settings, np.stack([time, time]))


def look(
    memory: Anticipation, seen: Mapping[str, Array], reference: Array | None = None
) -> tuple[Array, Anticipation]:
    """Return the features (patients, FEATURES), each of order one, and the memory after a look.

    Args:
        memory: of the patients.
        seen: see `seen_in`.
        reference: (3, patients), what another agent would set; None if there is none.
    """
    now, running = titration.look(memory.running, dict(seen))
    time = 60.0 * seen["time"]
    drawn = memory.running.settings if reference is None else reference
    off = (memory.dial - memory.running.settings) / REACH
    nearness = seen["announced"] * (1.0 - seen["next_event"] / NOTICE)
    rows = [
        *off,
        *((drawn - memory.dial) / REACH),
        *np.exp((memory.turned - time) / RECENT),
        *((seen[name] - centre) / scale for name, centre, scale in FORECASTS),
        seen["announced"],
        seen["announced"] * np.exp(-seen["next_event"] / NEAR),
        *(nearness * np.isin(seen["phase"], stage) for stage in STAGES),
    ]
    more = np.clip(np.stack(rows), -5.0, 5.0).T.astype(np.float32)
    return np.concatenate([now, more], axis=1), replace(memory, running=running)


def turn(
    memory: Anticipation,
    action: Array,
    seen: Mapping[str, Array],
    zone: Array = ZONE,
    reference: Array | None = None,
) -> tuple[Anticipation, Array]:
    """Return the memory after wishes moved by `action` (patients, 3), -1 to 1, and which dials turned, (3, patients).

    Wishes move from where they were or, beside another agent, from what it would set. At emergence propofol and
    remifentanil stop: that is the surgeon's clock, not the policy's.
    """
    drawn = memory.running.settings if reference is None else reference
    wish = np.clip(drawn + REACH * np.clip(action, -1.0, 1.0).T, LOWEST, HIGHEST)
    over = (seen["phase"] >= EMERGENCE) * np.array([[True], [True], [False]])
    wish = np.where(over, 0.0, wish)
    turned = (np.abs(wish - memory.dial) >= zone[:, None]) & (wish != memory.dial) | (
        over & (memory.dial > 0.0)
    )
    return (
        Anticipation(
            replace(memory.running, settings=wish),
            np.where(turned, wish, memory.dial),
            np.where(turned[:2], 60.0 * seen["time"], memory.turned),
        ),
        turned,
    )


def seen_in(readings: Readings, estimates: Mapping[str, Array], person: Any) -> dict[str, Array]:
    """Return what is known now, by name; nothing is announced where nobody hears it.

    Raises:
        ValueError: an observer is not there.
    """
    for name in ("nominal.effect_propofol", *(name for name, *_ in FORECASTS)):
        if name not in estimates:
            raise ValueError(f"observer: no {name}; a policy that anticipates needs {', '.join(OBSERVERS)}")
    nothing = 0.0 * readings.time
    event = {
        "next_event": readings.more.get("next_event", nothing + NOTICE),
        "announced": readings.more.get("next_event_valid", nothing) + nothing,
    }
    forecasts = {name: estimates[name] for name, *_ in FORECASTS}
    return titration.seen_in(readings, estimates, person) | event | forecasts
