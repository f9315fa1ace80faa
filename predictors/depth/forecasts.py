"""What every forecaster calls its answers: the index expected at each horizon, and quantiles around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np

from sim.arrays import Array

HORIZONS = (60, 120, 180, 300)  # s
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
MIDDLE = QUANTILES.index(0.5)


def expected_name(horizon: int) -> str:
    """Return the name of the expected index at a horizon, s."""
    return f"bis_in_{horizon}s"


def quantile_name(horizon: int, quantile: float) -> str:
    """Return the name of a quantile of the index at a horizon, s."""
    return f"bis_in_{horizon}s_q{round(100 * quantile)}"


def declared(quantiles: bool) -> dict[str, tuple[float, float, str]]:
    """Return name -> (lowest, highest, unit) of a forecaster's estimates."""
    names = [expected_name(horizon) for horizon in HORIZONS]
    if quantiles:
        names += [quantile_name(horizon, quantile) for horizon in HORIZONS for quantile in QUANTILES]
    return dict.fromkeys(names, (0.0, 100.0, ""))


def named(forecast: Array) -> Mapping[str, Array]:
    """Return estimates by name from (1 + quantiles or 1, horizons, patients), held between 0 and 100."""
    held = np.clip(forecast, 0.0, 100.0)
    out = {expected_name(horizon): held[0, i] for i, horizon in enumerate(HORIZONS)}
    for row in range(1, len(held)):
        for i, horizon in enumerate(HORIZONS):
            out[quantile_name(horizon, QUANTILES[row - 1])] = held[row, i]
    return {name: out[name] for name in declared(len(held) > 1)}


def forecast_horizons(answers: Iterable[Mapping[str, Array]]) -> list[int]:
    """Return the horizons, s, that everybody gives an expected index for, read from the names of the estimates."""
    found = [
        {
            int(name.removeprefix("bis_in_").removesuffix("s"))
            for name in one
            if re.fullmatch(r"bis_in_\d+s", name)
        }
        for one in answers
    ]
    return sorted(set.intersection(*found)) if found else []


def forecast_quantiles(answer: Mapping[str, Array], horizon: int) -> list[float]:
    """Return the quantiles that somebody gives at a horizon (s), read from the names of the estimates."""
    prefix = f"{expected_name(horizon)}_q"
    return sorted(int(name.removeprefix(prefix)) / 100.0 for name in answer if name.startswith(prefix))
