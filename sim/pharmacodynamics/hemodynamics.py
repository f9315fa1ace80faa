"""How the circulation moves under propofol, remifentanil, norepinephrine, stimulation and blood loss.

Su, Koomen, Eleveld, Struys & Colin, Br J Anaesth 2023;131:222: total peripheral resistance (TPR), stroke volume
(SV) and heart rate (HR) turn over with a common rate and are tied by a baroreflex on pressure. Norepinephrine
adds its pressure to that of a twin circulation without it; SV and HR answer to the sum through the baroreflex.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sim.arrays import Array, namespace, stack, within
from sim.pharmacodynamics.circulation import Circulation

HR_ON_SV = 0.312  # faster hearts fill less
EFFECT_LIMIT = 0.999  # an effect cannot remove more than all of a quantity
LOSS_LIMIT = 0.5  # remifentanil's slopes are linear in the studied range; beyond, SV and HR at most double
PRESSOR_EMAX, PRESSOR_C50, PRESSOR_GAMMA = 98.7, 7.04, 1.8  # mmHg, ng/mL: Beloeil, Br J Anaesth 2005;95:782


@dataclass(frozen=True)
class CirculationState:
    """Turnover states. `sv` and `hr` have shape (2, patients): without and with the vasopressor.

    Attributes:
        tpr: mmHg·min/mL without vasopressor; sv: mL; hr: 1/min.
        arousal: 1 awake, decaying to 0 from the first drug on.
    """

    tpr: Array
    sv: Array
    hr: Array
    arousal: Array


class Drive(NamedTuple):
    """What acts on the circulation at one moment, each (patients,).

    propofol, remifentanil, norepinephrine: plasma concentrations (µg/mL, ng/mL, ng/mL above the endogenous
    level); tpr, hr: factors on resistance and rate (1 = none, always positive) of stimulation, wandering, loads and
    pressors given by hand;
    volume: fraction of the blood volume left.
    """

    propofol: Array
    remifentanil: Array
    norepinephrine: Array
    tpr: Array
    hr: Array
    volume: Array


class Vitals(NamedTuple):
    """mmHg, 1/min, mL, L/min; each (patients,)."""

    mean_arterial_pressure: Array
    heart_rate: Array
    stroke_volume: Array
    cardiac_output: Array


class Rates(NamedTuple):
    """Time derivatives, per s: of TPR (patients,), SV and HR (2, patients)."""

    tpr: Array
    sv: Array
    hr: Array


class Effects(NamedTuple):
    """Fractional drug effects: on production of TPR and SV, and on loss of TPR, SV and HR."""

    tpr: Array
    sv: Array
    tpr_loss: Array
    sv_loss: Array
    hr_loss: Array


def awake(circulation: Circulation) -> CirculationState:
    """Return the undrugged steady state."""
    sv = stack([circulation.sv0, circulation.sv0])
    hr = stack([circulation.hr0, circulation.hr0])
    return CirculationState(circulation.tpr0, sv, hr, 0.0 * circulation.tpr0 + 1.0)


def advance(
    circulation: Circulation, state: CirculationState, drive: Drive, seconds: float
) -> CirculationState:
    """Advance by Kutta's third-order method, which looks at the beginning, the middle and the end of the step.

    Turnover is slow (minutes) but the effects of a first bolus rise within seconds: the middle matters.
    Arousal is held until the first drug, then decays, exactly.

    Args:
        drive: each field (3, patients), at the beginning, the middle and the end of the step.
    """
    xp = namespace(state.tpr)
    effects = drug_effects(circulation, drive.propofol, drive.remifentanil)
    pressor = pressor_effect(drive.norepinephrine)
    drugged = (drive.propofol[2] + drive.remifentanil[2] + drive.norepinephrine[2]) > 0.0
    half = xp.exp(-0.5 * seconds * circulation.arousal_decay)
    decayed = [xp.where(drugged, state.arousal * kept, state.arousal) for kept in (half, half * half)]
    start, middle, end = (
        (Effects(*(effect[i] for effect in effects)), Drive(*(part[i] for part in drive)), pressor[i])
        for i in range(3)
    )
    normal = circulation.awake_pressure
    first = _rates(circulation, normal, state, *start)
    second = _rates(circulation, normal, _move(state, 0.5 * seconds, first, decayed[0]), *middle)
    slope = Rates(*(2.0 * b - a for a, b in zip(first, second, strict=True)))
    third = _rates(circulation, normal, _move(state, seconds, slope, decayed[1]), *end)
    mean = Rates(*((a + 4.0 * b + c) / 6.0 for a, b, c in zip(first, second, third, strict=True)))
    return _move(state, seconds, mean, decayed[1])


def vital_signs(circulation: Circulation, state: CirculationState, drive: Drive) -> Vitals:
    """Return what the circulation shows: pressure, rate, stroke volume and output, pressor included."""
    pressure, sv, hr = _outputs(circulation, state, drive, pressor_effect(drive.norepinephrine))
    return Vitals(pressure[1], hr[1], sv[1], sv[1] * hr[1] / 1000.0)


def _outputs(
    circulation: Circulation, state: CirculationState, drive: Drive, pressor: Array
) -> tuple[Array, Array, Array]:
    """Pressure, stroke volume and heart rate, each (2, patients): without and with the vasopressor."""
    xp = namespace(state.tpr)
    hr = (state.hr + circulation.awake_hr * state.arousal) * drive.hr
    filling = 1.0 - HR_ON_SV * xp.log(hr / (circulation.hr0 + circulation.awake_hr))
    sv = (state.sv + circulation.awake_sv * state.arousal) * filling * drive.volume
    untreated = state.tpr * drive.tpr * sv[0] * hr[0]
    return stack([untreated, untreated + pressor]), sv, hr


def pressor_effect(norepinephrine: Array) -> Array:
    """Rise of the mean arterial pressure (mmHg) at a norepinephrine concentration above the endogenous (ng/mL)."""
    power = (norepinephrine / PRESSOR_C50) ** PRESSOR_GAMMA
    return PRESSOR_EMAX * power / (1.0 + power)


def drug_effects(circulation: Circulation, propofol: Array, remifentanil: Array) -> Effects:
    """Fractional effects at plasma concentrations µg/mL and ng/mL, each within ±0.999."""
    power = (propofol / circulation.tpr_c50_propofol) ** 1.83
    share = power / (1.0 + power)
    opioid = remifentanil / (4.59 + remifentanil)
    tpr = (circulation.tpr_emax_propofol + opioid) * share
    tpr_loss = circulation.tpr_emax_remifentanil * opioid
    sv_share = propofol / (0.44 + propofol)
    sv = circulation.sv_emax_propofol * sv_share
    sv_loss = (circulation.sv_slope + circulation.sv_interaction * sv_share) * remifentanil
    hr_share = propofol / (0.196 + propofol)
    hr_loss = (circulation.hr_slope + circulation.hr_interaction * hr_share) * remifentanil
    return Effects(
        within(tpr, -EFFECT_LIMIT, EFFECT_LIMIT),
        within(sv, -EFFECT_LIMIT, EFFECT_LIMIT),
        within(tpr_loss, -EFFECT_LIMIT, EFFECT_LIMIT),
        within(sv_loss, -EFFECT_LIMIT, LOSS_LIMIT),
        within(hr_loss, -EFFECT_LIMIT, LOSS_LIMIT),
    )


def _move(state: CirculationState, seconds: float, rates: Rates, arousal: Array) -> CirculationState:
    return CirculationState(
        state.tpr + seconds * rates.tpr, state.sv + seconds * rates.sv, state.hr + seconds * rates.hr, arousal
    )


def _rates(
    circulation: Circulation,
    normal: Array,
    state: CirculationState,
    effects: Effects,
    drive: Drive,
    pressor: Array,
) -> Rates:
    """Time derivatives (per s) of TPR, SV (2, patients) and HR (2, patients); `normal` is the pressure awake."""
    pressure, _, _ = _outputs(circulation, state, drive, pressor)
    reflex = (pressure / normal) ** circulation.feedback
    tpr = circulation.tpr0 * reflex[0] * (1.0 + effects.tpr) - state.tpr * (1.0 - effects.tpr_loss)
    sv = circulation.sv0 * reflex * (1.0 + effects.sv) - state.sv * (1.0 - effects.sv_loss)
    hr = circulation.hr0 * reflex - state.hr * (1.0 - effects.hr_loss)
    pace = circulation.turnover
    return Rates(pace * tpr, pace * sv, pace * hr)
