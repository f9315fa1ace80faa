"""The circulation fitted to recorded cases: the equations of Su 2023 with the numbers of a table.

`experiments.circulation.fitting` makes the table and its card.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from sim.pharmacodynamics.circulation import CirculationModel
from sim.published import Drift, Together

TABLE = Path(str(files("sim").joinpath("data", "circulation_recorded.json")))
DESCRIPTION = "Su's equations with numbers searched on recorded cases; see circulation_recorded.md."
ADULTS = (18.0, 92.0)  # years, of those cases


def read_circulation(path: Path = TABLE) -> CirculationModel:
    """Return the model of a table. Raises ValueError if it holds none."""
    try:
        return of_parameters(json.loads(path.read_text(encoding="utf-8"))["parameters"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"circulation: {path} holds no circulation model ({error})") from None


def treated_below(path: Path = TABLE) -> float:
    """Return the pressure below which people are treated by hand under a table's circulation, mmHg.

    It was fitted with it: records say that pressors were given, not when. Raises ValueError if the table has none.
    """
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["threshold"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"circulation: {path} holds no threshold ({error})") from None


def of_parameters(parameters: dict[str, Any]) -> CirculationModel:
    """Return the model with these fields of `CirculationModel`, as a table holds them. Raises TypeError on others."""
    values = dict(parameters)
    for name in ("resistance_drift", "rate_drift"):
        values[name] = Drift(**values[name])
    values["drift_together"] = Together(**values["drift_together"])
    values["block"] = tuple(tuple(float(entry) for entry in row) for row in values["block"])
    return CirculationModel(name="recorded", description=DESCRIPTION, studied_age=ADULTS, **values)


def parameters_of(model: CirculationModel) -> dict[str, Any]:
    """Return what a table holds of a model."""
    values = {
        field.name: getattr(model, field.name)
        for field in fields(model)
        if field.name not in ("name", "description", "studied_age")
    }
    for name in ("resistance_drift", "rate_drift"):
        values[name] = asdict(values[name])
    values["drift_together"] = asdict(values["drift_together"])
    return values


recorded = read_circulation()
