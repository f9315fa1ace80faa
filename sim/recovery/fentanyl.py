"""Fentanyl for awake patients: kinetics (µg, ng/mL), and from where on it depresses breathing."""

from __future__ import annotations

from sim.arrays import Array
from sim.pharmacokinetics.compartments import Compartments

# Of 70 kg: L and L/min, by allometry of 95 people (Bae, Br J Anaesth 2020;125:976, abstract).
WEIGHT = 70.0
V1, V2, V3, CL, Q2, Q3 = 10.1, 26.5, 206.0, 0.704, 2.38, 1.49
KE0 = 0.147  # 1/min: a half-life of 4.7 min (Shafer, Anesthesiology 1991;74:53, recalled)
# ng/mL, surrogate of respiratory depression: 1.5 to 3.0 halved the answer to carbon dioxide after anesthesia
# (Cartwright, Anesth Analg 1983;62:966, abstract); that it is 2 is a choice.
DEPRESSING = 2.0


def kinetics(weight: Array) -> Compartments:
    """Return the typical compartments of people of this weight, (patients,), kg."""
    size, none = weight / WEIGHT, 0.0 * weight
    flow = size**0.75
    return Compartments(
        V1 * size, V2 * size, V3 * size, CL * flow, Q2 * flow, Q3 * flow, KE0 + none, none, none
    )
