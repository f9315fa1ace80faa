"""The human anaesthetist: looks now and then, waits, turns one dial at a time, each clinician a little differently.

Works with target-controlled infusion of propofol and remifentanil and a pump of norepinephrine, at any control
period. What is seen and done is in `agents.human.rules`; this file keeps the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from agents.files import in_folder, settings_of
from agents.human import rules
from agents.human.rules import Clinician, Settings
from sim.arrays import Array, namespace
from sim.covariates import Covariates
from sim.interfaces import NOREPINEPHRINE, About, OrderMode, Orders, Readings
from sim.published import ADULTS, warn_outside
from sim.units import SECONDS_PER_MINUTE


@dataclass(frozen=True)
class Memory:
    """What the clinicians remember of their cases.

    Attributes:
        clinician: who they are.
        awake: (2, patients), first mean arterial pressure and heart rate seen, mmHg and 1/min; NaN before.
        next_look: (patients,), s.
        onset: (signs, patients), s at which a sign was first seen without a break; infinity: not there.
        dials: (3, patients), targets and rate in force, µg/mL, ng/mL and µg/kg/min.
        decided: (3, patients), what they will be set to at `due`, s; infinity: nothing is decided.
        locked: (3, patients), s until which a dial is left alone.
    """

    clinician: Clinician
    awake: Array
    next_look: Array
    onset: Array
    dials: Array
    decided: Array
    due: Array
    locked: Array


@dataclass(frozen=True)
class Anaesthetist:
    """Titrates propofol to BIS and remifentanil to vital signs, rescues the pressure, stops for emergence."""

    orders: ClassVar[OrderMode] = "targets"
    any_arrays: ClassVar[bool] = True
    settings: Settings = field(default_factory=Settings)
    judge = staticmethod(rules.signs)  # which signs there are

    @property
    def about(self) -> About:
        """What a report says."""
        own = self.settings
        return About(
            "index, pressure, heart rate, phase, age; now and then",
            "both targets, norepinephrine at a low pressure",
            f"propofol {own.propofol_lowest:g}–{own.propofol_highest:g} µg/mL, remifentanil "
            f"{own.remifentanil_lowest:g}–{own.remifentanil_highest:g} ng/mL, norepinephrine "
            f"0–{own.rescue_highest:g} µg/kg/min",
            "nothing: textbook rules" if own == Settings() else "the training plants and one more",
        )

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Memory:
        """Return the memory for new cases: nothing seen yet, the starting targets dialled in."""
        warn_outside("agent anaesthetist", covariates, ADULTS)
        settings, age = self.settings, covariates.age
        xp = namespace(age)
        who = rules.clinician(settings, covariates, keys)
        zero = xp.zeros_like(age)
        propofol = xp.where(who.elderly, settings.propofol_start_elderly, settings.propofol_start)
        remifentanil = xp.where(who.elderly, settings.remifentanil_start_elderly, settings.remifentanil_start)
        dials = rules.rounded(settings, xp.stack([propofol + zero, remifentanil + zero, zero]))
        lockout = settings.lockout + zero
        return Memory(
            clinician=who,
            awake=xp.stack([zero, zero]) + float("nan"),
            next_look=zero,
            onset=xp.stack([zero] * 8) + rules.NEVER,
            dials=dials,
            decided=dials,
            due=xp.stack([zero] * 3) + rules.NEVER,
            locked=xp.stack([lockout, lockout, zero]),
        )

    def act(self, state: Memory, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Memory]:
        """Return targets, the norepinephrine rate and its boluses for the next control period, and the memory."""
        state, lasting = observe(self.settings, state, readings, self.judge)
        state = decide(self.settings, state, readings, lasting)
        state, rescued = turn_dials(state, readings.time)
        xp = namespace(readings.bis)
        off = readings.time - state.onset >= rules.patience(self.settings, state.clinician)
        propofol = xp.where(off[rules.CLOSES], 0.0, state.dials[0])
        remifentanil = xp.where(off[rules.OVER], 0.0, state.dials[1])
        norepinephrine = state.dials[NOREPINEPHRINE] * state.clinician.weight / SECONDS_PER_MINUTE
        bolus = xp.where(rescued, self.settings.rescue_bolus, 0.0)
        none = xp.zeros_like(bolus)
        return Orders(
            xp.stack([propofol, remifentanil, norepinephrine]), xp.stack([none, none, bolus])
        ), state

    def follow(self, state: Memory, orders: Orders) -> Memory:
        """Return the memory with the dials where others have set them; a drug that was stopped keeps its dial."""
        xp = namespace(orders.infusions)
        per_minute = orders.infusions[NOREPINEPHRINE] * SECONDS_PER_MINUTE / state.clinician.weight
        set_to = xp.stack([*orders.infusions[:NOREPINEPHRINE], per_minute])
        return replace(state, dials=xp.where(set_to > 0.0, set_to, state.dials))


def observe(
    settings: Settings, state: Memory, readings: Readings, judge: Callable[..., tuple[Array, Array]]
) -> tuple[Memory, Array]:
    """Look at the monitors where it is time to; return the memory and which signs have lasted, (signs, patients).

    A sign that cannot be judged at a look neither begins, nor ends, nor counts.
    """
    xp = namespace(readings.bis)
    time = readings.time
    vital = xp.stack([readings.mean_arterial_pressure, readings.heart_rate])
    valid = xp.stack([readings.pressure_valid, readings.heart_rate_valid])
    awake = xp.where(xp.isnan(state.awake) & valid, vital, state.awake)
    present, seen = judge(settings, state.clinician, awake, readings)
    looks = time >= state.next_look
    seen = seen & looks
    since = xp.where(present, xp.minimum(state.onset, time), rules.NEVER)
    onset = xp.where(seen, since, state.onset)
    lasting = seen & (time - onset >= rules.patience(settings, state.clinician))
    next_look = xp.where(looks, time + state.clinician.look, state.next_look)
    return replace(state, awake=awake, onset=onset, next_look=next_look), lasting


def decide(settings: Settings, state: Memory, readings: Readings, lasting: Array) -> Memory:
    """Decide which dials to turn, and when: after the clinician's delay, unless the dial is locked."""
    xp = namespace(readings.bis)
    time, who = readings.time, state.clinician
    step = rules.steps(settings, who, lasting, readings)
    wanted = rules.rounded(settings, state.dials + step)
    rescue = xp.stack(
        [time < 0.0, time < 0.0, lasting[rules.HYPOTENSIVE]]
    )  # a bolus, even where the rate is highest
    free = ((wanted != state.dials) | rescue) & (time >= state.locked) & (state.due == rules.NEVER)
    locked = xp.stack([time + settings.lockout, time + settings.lockout, time + settings.rescue_lockout])
    return replace(
        state,
        decided=xp.where(free, wanted, state.decided),
        due=xp.where(free, time + who.delay, state.due),
        locked=xp.where(free, locked, state.locked),
    )


def turn_dials(state: Memory, time: Array) -> tuple[Memory, Array]:
    """Turn the dials that are due; return the memory and who gets a rescue bolus, (patients,)."""
    xp = namespace(time)
    turns = time >= state.due
    rescued = (turns & (state.decided >= state.dials))[NOREPINEPHRINE]
    dials = xp.where(turns, state.decided, state.dials)
    return replace(state, dials=dials, due=xp.where(turns, rules.NEVER, state.due)), rescued


SHIPPED = Path(__file__).parents[1] / "settings" / "anaesthetist_wide.json"
WIDE = Settings(
    propofol_lowest=0.5,
    propofol_highest=8.0,
    remifentanil_lowest=0.0,
    remifentanil_highest=10.0,
    rescue_highest=0.3,
)


def textbook() -> Anaesthetist:
    """Return the anaesthetist who titrates targets to BIS 50, pressure and heart rate, as textbooks teach."""
    return Anaesthetist()


def wide(path: Path = SHIPPED) -> Anaesthetist:
    """Return the textbook's rules with every agent's range of doses, and the steps and patience of a file or folder."""
    return Anaesthetist(settings_of(Settings, in_folder(path, SHIPPED.name)))
