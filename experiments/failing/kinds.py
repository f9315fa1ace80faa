"""The eighteen kinds of fault that a closed loop must stand, with the sizes that are tried.

An entry is what happens in every case: one fault, or several one after the other, joined by " + "; see
`sim.faults.spelling`. Kinds and sizes: choices after Pilge 2006 (delays), NAP5 2014 (lines) and the alarm delays of
infusion pumps.
"""

from __future__ import annotations

from collections.abc import Mapping

from sim.faults.spelling import strike

TOGETHER = " + "
NOTHING = (
    "none (beside the bare agent)"  # in the place of an entry: what a wrapper costs where nothing goes wrong
)

KINDS: Mapping[str, tuple[str, ...]] = {
    "no index": ("bis_dropout:seconds=30", "bis_dropout:seconds=120", "bis_dropout:seconds=600"),
    "stuck index": ("bis_stuck:seconds=600",),
    "biased index": ("bis_bias:size=20", "bis_bias:size=-20", "bis_drift:per_hour=5"),
    "cautery": ("cautery:seconds=5", "cautery:seconds=60,size=40"),
    "late index": (
        "bis_delay:size=60",
        "bis_delay:size=155",
        "bis_delay:size=30,at=1200,seconds=300 + bis_delay:size=120,at=1500,seconds=300",
    ),
    "noisy index": ("bis_noise:factor=2", "bis_noise:factor=4"),
    "pressure": (
        "pressure_seldom:every=60",
        "pressure_seldom:every=180",
        "pressure_seldom:every=300",
        "pressure_flush:seconds=60",
        "pressure_missing:seconds=600",
    ),
    "occlusion": ("occlusion:seconds=120", "occlusion:seconds=300", "occlusion:seconds=600"),
    "disconnection": ("disconnection:seconds=600", "disconnection:seconds=600,share=0.5"),
    "syringe change": ("syringe_change:seconds=60",),
    "pump": (
        "rate_gain:factor=0.7",
        "rate_gain:factor=0.9",
        "rate_gain:factor=1.1",
        "rate_gain:factor=1.3",
        "rate_steps:step=0.1",
        "pump_latency:size=20",
    ),
    "wrong entry": (
        "wrong_weight:size=20",
        "wrong_weight:size=-20",
        "wrong_age:size=20",
        "wrong_age:size=-20",
        "wrong_sex",
        "unit_slip:factor=10",
    ),
    "wrong syringe": ("syringes_swapped", "wrong_concentration:factor=0.5", "wrong_concentration:factor=2"),
    "other patient": (
        "patient_c50:factor=1.5",
        "patient_c50:factor=0.5",
        "patient_ke0:factor=0.5",
        "patient_ke0:factor=2",
        "norepinephrine_potency:factor=0.1",
        "norepinephrine_potency:factor=10",
    ),
    "blood loss": ("blood_loss:litres=1", "blood_loss:litres=2"),
    "surgery": ("stimulus:size=40", "early_end"),
    "controller": (
        "controller_late:steps=1",
        "controller_late:steps=10",
        "controller_nan:seconds=60",
        "controller_constant:seconds=600",
    ),
    "adversary": ("adversary:seconds=600",),
}


def kind(fault: str) -> str:
    """Return the kind of an entry; empty for one that is not among them."""
    return next((kind for kind, entries in KINDS.items() if fault in entries), "")


def every() -> tuple[str, ...]:
    """Return all entries, in the order of their kinds."""
    return tuple(entry for entries in KINDS.values() for entry in entries)


def parts(fault: str) -> tuple[str, ...]:
    """Return the faults of an entry."""
    return tuple(fault.split(TOGETHER)) if fault else ()


def ranges(name: str) -> dict[str, tuple[float, float]]:
    """Return the lowest and highest of a fault's numbers that are tried, "seconds" included where they are said.

    A number that is tried at one size ranges from half of it, and one that never is said, from half of its default.
    """
    every_part = [part for entry in every() for part in parts(entry)]
    tried = [part for part in every_part if part.partition(":")[0] == name]
    fault = strike(name).fault
    found: dict[str, set[float]] = {key: set() for key in fault.parameters}
    for part in tried:
        said = [one.partition("=")[0] for one in part.partition(":")[2].split(",")]
        one = strike(part)
        for key in said:
            if key == "seconds" and one.seconds is not None:
                found.setdefault(key, set()).add(one.seconds)
            elif key in one.sizes:
                found[key].add(one.sizes[key])
    for key, values in found.items():
        values |= {fault.parameters[key].default} if not values else set()
        values |= {0.5 * next(iter(values))} if len(values) == 1 else set()
    return {key: (min(values), max(values)) for key, values in found.items()}
