"""Typical, noise-free people under given infusions: no monitor, no surgery, nothing closes the loop."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
from rich.console import Console
from rich.progress import track

from sim.arrays import Array, put, take
from sim.covariates import Covariates
from sim.pharmacodynamics import SURFACES, equations
from sim.pharmacodynamics.circulation import CIRCULATION, Circulation
from sim.pharmacodynamics.hemodynamics import CirculationState, Drive
from sim.pharmacodynamics.hypnosis import ResponseSurface, index
from sim.pharmacokinetics import PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Compartments

MODELS = {"propofol": PROPOFOL, "remifentanil": REMIFENTANIL}
SIGNALS = ("cp_propofol", "ce_propofol", "cp_remifentanil", "ce_remifentanil", "bis", "map", "hr")
CACHED_STEPS = 64  # step lengths whose transitions are kept: on a regular grid few differ


@dataclass(frozen=True)
class Subjects:
    """Typical people: kinetics of both drugs (2, patients), BIS and circulation (patients,)."""

    kinetics: Compartments
    surface: ResponseSurface
    circulation: Circulation


def typical_subjects(
    person: Covariates,
    propofol_model: Sequence[str],
    remifentanil_model: Sequence[str],
    bis_model: str,
    circulation: str,
) -> Subjects:
    """Return people with a kinetic model each, and one model of BIS and of the circulation for all.

    Raises:
        ValueError: where a name is unknown or a model cannot describe somebody.
    """
    names = {"propofol": np.asarray(propofol_model), "remifentanil": np.asarray(remifentanil_model)}
    drugs = [_kinetics(person, drug, models) for drug, models in names.items()]
    return Subjects(pk.stack(drugs), SURFACES.get(bis_model)(person), CIRCULATION.get(circulation)(person))


def follow(
    subjects: Subjects, time: np.ndarray, rates: np.ndarray, keep: np.ndarray, quiet: bool = False
) -> dict[str, np.ndarray]:
    """Return what is true of drug-free people from time[0] on, under the given rates.

    Concentrations and BIS are exact at every time; pressure and heart rate are integrated from time to time.

    Args:
        subjects: of n patients.
        time: (samples,), s, increasing; every change of rate must be on it.
        rates: (samples - 1, 2, patients), mg/s and µg/s, held from time[k] to time[k + 1].
        keep: (samples,) bool, the times to return.
        quiet: shows no progress, even to somebody who looks on.

    Returns:
        Name in `SIGNALS` -> (kept, patients): µg/mL, ng/mL, index, mmHg, 1/min.
    """
    kinetics = subjects.kinetics
    transition = lru_cache(CACHED_STEPS)(lambda seconds: pk.discretise(kinetics, seconds / 2.0))
    drugs, circulation = pk.empty(kinetics), equations.of(subjects.circulation).awake(subjects.circulation)
    moves = equations.of(subjects.circulation).advance
    lengths = np.round(np.diff(time), 9).tolist()  # rounded, or no two steps of a decimal grid would be equal
    kept = [_signals(subjects, drugs, circulation)] if keep[0] else []
    console = Console(stderr=True)
    quiet = quiet or not sys.stderr.isatty()
    for k in track(range(len(lengths)), "simulating", console=console, transient=True, disable=quiet):
        middle = pk.step(transition(lengths[k]), drugs, rates[k])
        after = pk.step(transition(lengths[k]), middle, rates[k])
        plasma = np.stack([pk.plasma(kinetics, state) for state in (drugs, middle, after)], axis=1)
        circulation = moves(subjects.circulation, circulation, _drive(plasma), lengths[k])
        drugs = after
        if keep[k + 1]:
            kept.append(_signals(subjects, drugs, circulation))
    return dict(zip(SIGNALS, np.stack(kept, axis=1), strict=True))


def _kinetics(person: Covariates, drug: str, models: np.ndarray) -> Compartments:
    """Return the compartments of people who each have their own model."""
    result = Compartments(**{field.name: np.zeros_like(person.age) for field in fields(Compartments)})
    for model in dict.fromkeys(models.tolist()):
        rows = np.flatnonzero(models == model)
        try:
            part = MODELS[drug].get(model)(take(person, rows))
        except ValueError as error:
            raise ValueError(f"{error} (row counted among the cases of this model)") from None
        result = put(result, rows, part)
    return result


def _drive(plasma: Array) -> Drive:
    """What acts on the circulation without surgery; plasma concentrations (2, ..., patients)."""
    one = np.ones_like(plasma[0])
    return Drive(plasma[0], plasma[1], np.zeros_like(one), tpr=one, hr=one, volume=one)


def _signals(subjects: Subjects, drugs: Array, state: CirculationState) -> np.ndarray:
    """(signals, patients), in the order of `SIGNALS`."""
    plasma, effect = pk.plasma(subjects.kinetics, drugs), pk.effect_site(drugs)
    bis = index(subjects.surface, effect[0], effect[1])
    vitals = equations.of(subjects.circulation).vital_signs(subjects.circulation, state, _drive(plasma))
    return np.stack(
        [plasma[0], effect[0], plasma[1], effect[1], bis, vitals.mean_arterial_pressure, vitals.heart_rate]
    )
