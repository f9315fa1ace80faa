"""Ephedrine and phenylephrine as people inject them: two effect sites, and what they do to heart and vessels.

Beside norepinephrine, which runs from a pump. They cost next to nothing until somebody is given one.
"""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, like, namespace, some, stack
from sim.interfaces import EPHEDRINE, PHENYLEPHRINE, PRESSORS

# Onset (peak effect of a bolus at 2 to 4 min) is a choice. Offset: label of phenylephrine, effective half-life 5 min;
# tolerance to ephedrine, half-life 15 min (Persky, Br J Clin Pharmacol 2004;57:552), long before it is excreted.
ONSET_HALF_LIFE = np.array([[60.0], [60.0]])  # s; ephedrine, phenylephrine
OFFSET_HALF_LIFE = np.array([[900.0], [300.0]])  # s
# Ephedrine, after Persky 2004 (volunteers): heart rate +0.14 % per µg/L, systolic pressure Emax 53.7 %, EC50 107 µg/L,
# used for the mean pressure (choice). It fills 203 to 230 L in the end (Pickup, Br J Clin Pharmacol 1976;3:123), less
# in the minutes in which a bolus acts (choice: 10 mg then raise the mean pressure by some 12 %).
EPHEDRINE_VOLUME = 1.2  # L/kg
EPHEDRINE_RATE, EPHEDRINE_EMAX, EPHEDRINE_EC50 = 0.0014, 0.537, 107.0  # L/µg, fraction, µg/L
# Phenylephrine: of the log of resistance (choice). 2 µg/kg after induction raise the mean pressure by about 40 mmHg at
# once and by 25 after 5 min; Kalmar, J Clin Monit Comput 2018;32:969 measured 34 (SD 13) after 5 min.
PHENYLEPHRINE_EMAX, PHENYLEPHRINE_D50 = 1.6, 1.8  # log, µg/kg at the effect site
RESPONSE_LOG_SD = (
    0.38  # between patients: 13 of 34 mmHg (Kalmar 2018); CV of ephedrine's Emax 41 % (Persky 2004)
)


def none(example: Array) -> Array:
    """Return the amounts of whoever was given nothing, (2 sites, 2 drugs, patients); `example` is (patients,)."""
    return stack([stack([0.0 * example] * len(PRESSORS))] * 2)


def step(amounts: Array, given: Array | None, weight: Array, seconds: float) -> Array:
    """Return the amounts per kg, on their way and at the effect site, `seconds` after an injection. Exact.

    Args:
        amounts: (2 sites, 2 drugs, patients), mg/kg and µg/kg.
        given: (2 drugs, patients), mg of ephedrine and µg of phenylephrine, or None.
        weight: (patients,), kg.
    """
    if given is None and not some(amounts > 0.0):
        return amounts
    on, off = np.log(2.0) / ONSET_HALF_LIFE, np.log(2.0) / OFFSET_HALF_LIFE
    stays, arrives = np.exp(-off * seconds), np.exp(-on * seconds)
    kept, late, crossing = (
        like(share, weight) for share in (stays, arrives, on / (on - off) * (stays - arrives))
    )
    carrier = amounts[0] if given is None else amounts[0] + given / weight
    return stack([kept * carrier, late * amounts[1] + crossing * carrier])


def effects(amounts: Array, response: Array) -> tuple[Array, Array]:
    """Return the factors on resistance and on heart rate, each (patients,).

    Args:
        amounts: as `step` returns them.
        response: (patients,), an individual's sensitivity.
    """
    xp = namespace(response)
    site = amounts[1] * response
    concentration = 1000.0 * site[EPHEDRINE] / EPHEDRINE_VOLUME
    rate = 1.0 + EPHEDRINE_RATE * concentration
    pressure = 1.0 + EPHEDRINE_EMAX * concentration / (EPHEDRINE_EC50 + concentration)
    constriction = PHENYLEPHRINE_EMAX * site[PHENYLEPHRINE] / (PHENYLEPHRINE_D50 + site[PHENYLEPHRINE])
    return pressure / rate * xp.exp(constriction), rate
