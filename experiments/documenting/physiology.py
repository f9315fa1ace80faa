"""Every registered model with its source, the people it was built on, and what it says of one of them."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from experiments.documenting.markdown import table
from sim.covariates import UNITS, Covariates
from sim.pharmacodynamics import CONSCIOUSNESS, SURFACES, TOLERANCE
from sim.pharmacodynamics.circulation import CIRCULATION
from sim.pharmacokinetics import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics.models import DISPOSITION
from sim.registry import Registry

REFERENCE = (40.0, "M", 175.0, 75.0)  # years, sex, cm, kg
KINETICS = (PROPOFOL, REMIFENTANIL, NOREPINEPHRINE)
EFFECTS = (SURFACES, CONSCIOUSNESS, TOLERANCE)
MODELS = (*KINETICS, *EFFECTS, CIRCULATION)
NO_EFFECT = "–"
PRESSURE = ("awake_pressure", "awake_rate")


def models() -> str:
    """Return one table a registry of models."""
    return "\n\n".join(f"### {registry.kind}\n\n{_table(registry)}" for registry in MODELS)


def _table(registry: Registry) -> str:
    shown = _kinetics if registry in KINETICS else _circulation if registry is CIRCULATION else _effect
    rows = []
    for name in registry:
        model = registry.get(name)
        spread = ", ".join(f"{key} {sd:.3g}" for key, sd in getattr(model, "log_sd", {}).items())
        said = ", ".join(f"{key} {value}" for key, value in shown(model))
        rows.append((f"`{name}`", registry.describe(name), studied(model), said, spread or NO_EFFECT))
    return table(
        ["name", "source", "people it was built on", "parameters of the reference person", "log-SD"], rows
    )


def studied(model: Any) -> str:
    """Return the range of the people a model was built on, as far as it is known to the model."""
    ranges: Mapping[str, tuple[float, float]] = getattr(model, "studied", {})
    if hasattr(model, "studied_age"):
        ranges = {"age": model.studied_age}
    said = [f"{name} {low:g}–{high:g} {UNITS[name]}" for name, (low, high) in ranges.items()]
    return ", ".join(said) or "not stated"


def _of_reference(model: Callable[[Covariates], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a model of children is shown an adult
        return model(Covariates.of(*REFERENCE))


def _kinetics(model: Any) -> Iterator[tuple[str, str]]:
    """Volumes in L, clearances in L/min, ke0 and ka in 1/min, lag in s; what a model does not use is left out."""
    own = (*DISPOSITION[model.compartments], "ke0", "ka", "lag")
    drug = _of_reference(model)
    for name in own:
        value = float(getattr(drug, name)[0])
        if value:
            yield name, f"{value:.3g}"


def _effect(model: Any) -> Iterator[tuple[str, str]]:
    parameters = _of_reference(model) if callable(model) else model
    for field in dataclasses.fields(parameters):
        value = getattr(parameters, field.name)
        if field.name == "description":
            continue
        if isinstance(value, str):
            yield field.name, value
            continue
        number = float(value) if isinstance(value, float) else float(value[0])
        yield field.name, "no effect" if number == float("inf") else f"{number:.3g}"


def _circulation(model: Any) -> Iterator[tuple[str, str]]:
    circulation = _of_reference(model)
    for name in ("tpr0", "sv0", "hr0", *PRESSURE):
        yield name, f"{float(getattr(circulation, name)[0]):.3g}"
