"""How the circulation moves under propofol, remifentanil, norepinephrine, stimulation and blood loss.

Su, Koomen, Eleveld, Struys & Colin, Br J Anaesth 2023;131:222: total peripheral resistance (TPR), stroke volume
(SV) and heart rate (HR) turn over with a common rate and are tied by a baroreflex on pressure. Norepinephrine
adds its pressure to that of a twin circulation without it; SV and HR answer to the sum through the baroreflex.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sim.arrays import Array, namespace, some, stack, within
from sim.pharmacodynamics.circulation import Circulation

HR_ON_SV = 0.312  # faster hearts fill less
EFFECT_LIMIT = 0.999  # an effect cannot remove more than all of a quantity
LOSS_LIMIT = 0.5  # remifentanil's slopes are linear in the studied range; beyond, SV and HR at most double
PRESSOR_EMAX, PRESSOR_C50, PRESSOR_GAMMA = 98.7, 7.04, 1.8  # mmHg, ng/mL: Beloeil, Br J Anaesth 2005;95:782


TPR, SV, HR = range(3)  # what turns over


@dataclass(frozen=True)
class CirculationState:
    """What moves.

    Attributes:
        quantities: (2, 3, patients), TPR (mmHg·min/mL), SV (mL) and HR (1/min), without and with the vasopressor. Its
            twin's TPR is there for the shape alone: the vasopressor adds its pressure to that of the first.
        arousal: 1 awake, decaying to 0 from the first drug on.
    """

    quantities: Array
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


class Effects(NamedTuple):
    """Fractional drug effects: on production of TPR and SV, (2, ..., patients); on loss of TPR, SV and HR, (3, ...)."""

    production: Array
    loss: Array


def awake(circulation: Circulation) -> CirculationState:
    """Return the undrugged steady state."""
    return CirculationState(stack([circulation.baselines] * 2), 0.0 * circulation.tpr0 + 1.0)


def advance(
    circulation: Circulation, state: CirculationState, drive: Drive, seconds: float
) -> CirculationState:
    """Advance by Kutta's third-order method, which looks at the beginning, the middle and the end of the step.

    Turnover is slow (minutes) but the effects of a first bolus rise within seconds: the middle matters.
    Arousal is held until the first drug, then decays, exactly.

    Args:
        drive: each field (3, patients), at the beginning, the middle and the end of the step.
    """
    xp = namespace(state.arousal)
    effects = drug_effects(circulation, drive.propofol, drive.remifentanil)
    pressor = pressor_effect(drive.norepinephrine)
    drugged = (drive.propofol[2] + drive.remifentanil[2] + drive.norepinephrine[2]) > 0.0
    half = xp.exp(-0.5 * seconds * circulation.arousal_decay)
    decayed = [xp.where(drugged, state.arousal * kept, state.arousal) for kept in (half, half * half)]
    made, left = 1.0 + effects.production, 1.0 - effects.loss
    start, middle, end = (
        (Drive(*(part[i] for part in drive)), pressor[i], made[:, i], left[:, i]) for i in range(3)
    )
    before = state.quantities
    first = _rates(circulation, before, state.arousal, *start)
    second = _rates(circulation, before + 0.5 * seconds * first, decayed[0], *middle)
    third = _rates(circulation, before + seconds * (2.0 * second - first), decayed[1], *end)
    return CirculationState(before + seconds * ((first + 4.0 * second + third) / 6.0), decayed[1])


def vital_signs(circulation: Circulation, state: CirculationState, drive: Drive) -> Vitals:
    """Return what the circulation shows: pressure, rate, stroke volume and output, pressor included."""
    pressor = pressor_effect(drive.norepinephrine)
    pressure, sv, hr = _outputs(circulation, state.quantities, state.arousal, drive, pressor)
    return Vitals(pressure[1], hr[1], sv[1], sv[1] * hr[1] / 1000.0)


def _outputs(
    circulation: Circulation, quantities: Array, arousal: Array, drive: Drive, pressor: Array
) -> tuple[Array, Array, Array]:
    """Pressure, stroke volume and heart rate, each (2, patients): without and with the vasopressor."""
    hr = (quantities[:, HR] + circulation.awake_hr * arousal) * drive.hr
    filling = 1.0 - HR_ON_SV * namespace(hr).log(hr / circulation.awake_rate)
    sv = (quantities[:, SV] + circulation.awake_sv * arousal) * filling * drive.volume
    untreated = quantities[0, TPR] * drive.tpr * sv[0] * hr[0]
    return stack([untreated, untreated + pressor]), sv, hr


def pressor_effect(norepinephrine: Array) -> Array:
    """Rise of the mean arterial pressure (mmHg) at a norepinephrine concentration above the endogenous (ng/mL)."""
    if not some(norepinephrine > 0.0):
        return 0.0 * norepinephrine
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
    # Remifentanil never slows the loss of TPR, so one upper limit holds for all losses.
    return Effects(
        within(stack([tpr, sv]), -EFFECT_LIMIT, EFFECT_LIMIT),
        within(stack([tpr_loss, sv_loss, hr_loss]), -EFFECT_LIMIT, LOSS_LIMIT),
    )


def _rates(
    circulation: Circulation,
    quantities: Array,
    arousal: Array,
    drive: Drive,
    pressor: Array,
    made: Array,
    left: Array,
) -> Array:
    """Time derivatives of the quantities, per s: of TPR and SV drugs let `made` be produced, of all `left` be lost."""
    pressure, _, _ = _outputs(circulation, quantities, arousal, drive, pressor)
    xp = namespace(pressure)
    # (pressure / awake)^feedback: of large batches, NumPy's power costs twice as much.
    reflex = xp.exp(circulation.feedback * xp.log(pressure / circulation.awake_pressure))
    rates = circulation.baselines * reflex[:, None]
    rates[:, :HR] *= made
    rates -= quantities * left
    rates *= circulation.turnover
    return rates
