"""What the page is told of a case: readings, pumps, advice, forecast; of the truth nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.control.around import explained, reported
from agents.control.wishes import USUAL
from experiments.console.alarms import LIMITS, alarms, of_agent
from experiments.console.hand import SYRINGES, shown
from experiments.console.session import HAND, Given, Session, can_strike, watchers
from experiments.loop import evaluation
from predictors.depth.forecasts import expected_name, forecast_horizons, forecast_quantiles, quantile_name
from sim.cohort import COHORTS
from sim.environment.actions import LEVERS
from sim.faults import FAULTS
from sim.interfaces import DRUGS, PRESSORS, Orders
from sim.monitors import PRESSURE_MONITORS
from sim.surgery import PHASES, SURGERIES
from sim.theatre.observing import Observer

FORECASTER = "forecaster"


def choices() -> dict[str, Any]:
    """Return what there is to choose from, each by name with a line on it, and the limits of every field."""
    named = {"cohorts": COHORTS, "surgeries": SURGERIES, "pressures": PRESSURE_MONITORS}
    found = {kind: {name: registry.describe(name) for name in registry} for kind, registry in named.items()}
    return {
        **found,
        "faults": {name: FAULTS.describe(name) for name in can_strike()},
        "agents": {name: evaluation.description(name) for name in watchers()},
        "levers": {
            mode: {drug: lever._asdict() for drug, lever in one.items()} for mode, one in LEVERS.items()
        },
        "syringes": {drug: syringe._asdict() for drug, syringe in SYRINGES.items()},
        "limits": {signal: limits._asdict() for signal, limits in LIMITS.items()},
        "phases": list(PHASES),
    }


def person(session: Session) -> dict[str, Any]:
    """Return who the patient is, and which case."""
    who, setup = session.case.told, session.setup
    return {
        "age": float(who.age[0]),
        "sex": "F" if who.female[0] > 0.5 else "M",
        "height": float(who.height[0]),
        "weight": float(who.weight[0]),
        "cohort": setup.cohort,
        "surgery": setup.surgery,
        "seed": setup.seed,
        "number": setup.number,
        "pressure": setup.pressure,
        "horizon": setup.horizon,
        "period": setup.control_period,
        "notes": session.notes,
    }


def moment(session: Session) -> dict[str, Any]:
    """Return the readings of now, what the pumps were told and show, and by whom: one point of every trace."""
    readings, pumps, period = session.seen.readings, session.state.pumps, session.setup.control_period
    last = (
        session.given[-1]
        if session.given
        else Given(HAND, session.mode, Orders(session.dials, session.boluses))
    )
    return {
        "time": session.time,
        "phase": int(readings.phase[0]),
        "index": _if(readings.bis_valid, readings.bis),
        "quality": round(float(readings.signal_quality[0])),
        "pressure": _if(readings.pressure_valid, readings.mean_arterial_pressure),
        "pressure_age": float(readings.pressure_age[0]),
        "heart_rate": _if(readings.heart_rate_valid, readings.heart_rate),
        "rates": _rounded(shown(readings.infused[:, 0] / period, "rates", session.weight)),
        "effect": [round(float(value), 3) for value in pumps.predicted[3, :, 0]],
        "plasma": [
            round(float(value), 3) for value in (pumps.predicted[0] / session.case.controller.v1)[:, 0]
        ],
        "by": last.by,
        "mode": last.mode,
        "dials": _rounded(shown(np.asarray(last.orders.infusions)[:, 0], last.mode, session.weight)),
        "pushed": _pushed(last.orders.boluses, last.orders.pressors),
    }


def status(session: Session) -> dict[str, Any]:
    """Return dials, what waits to be given, alarms, advice, forecast and faults of now."""
    adviser, time = session.adviser, np.array([session.time])
    plan = session.case.faults
    return {
        "mode": session.mode,
        "dials": _rounded(shown(session.dials[:, 0], session.mode, session.weight)),
        "waiting": _pushed(session.boluses, session.pressors),
        "control": session.control,
        "advice": adviser
        and {
            "agent": adviser.name,
            "mode": adviser.agent.orders,
            "dials": _rounded(
                shown(np.asarray(adviser.orders.infusions)[:, 0], adviser.agent.orders, session.weight)
            ),
            "pushed": _pushed(adviser.orders.boluses, adviser.orders.pressors),
            "why": "".join(explained(adviser.agent, adviser.memory)),
        },
        "alarms": [
            alarm._asdict()
            for alarm in (
                *alarms(session.seen.readings, bool(session.state.pumps.infused[0, 0] > 0.0)),
                *(of_agent(reported(adviser.agent, adviser.memory)) if adviser else ()),
            )
        ],
        "forecast": forecast(session),
        "faults": [
            name
            for name in dict.fromkeys(text.partition(":")[0] for _, text in session.strikes)
            if plan.running(name, time)[0]
        ],
        "wishes": vars(session.wishes[-1][1] if session.wishes else USUAL),
        "over": session.over,
    }


def forecast(session: Session) -> list[dict[str, float]]:
    """Return the index ahead if the pumps go on as they are, nearest first: seconds, expected, and quantiles as q10."""
    observer: Observer | None = session.team.members.get(FORECASTER)
    if observer is None:
        return []
    own = {name: float(session.estimates[f"{FORECASTER}.{name}"][0]) for name in observer.estimates}
    ahead = []
    for horizon in forecast_horizons([own]):
        point = {"seconds": float(horizon), "expected": own[expected_name(horizon)]}
        for quantile in forecast_quantiles(own, horizon):
            point[f"q{round(100 * quantile)}"] = own[quantile_name(horizon, quantile)]
        ahead.append({name: round(value, 1) for name, value in point.items()})
    return ahead


def _if(valid: np.ndarray, value: np.ndarray) -> float | None:
    return round(float(value[0]), 1) if valid[0] else None


def _rounded(dials: dict[str, float]) -> dict[str, float]:
    return {drug: round(value, 3) for drug, value in dials.items()}


def _pushed(boluses: Any, pressors: Any) -> dict[str, float]:
    """What is pushed, by name, without those of whom there is nothing."""
    doses = [*np.asarray(boluses)[:, 0], *([] if pressors is None else np.asarray(pressors)[:, 0])]
    return {name: float(dose) for name, dose in zip((*DRUGS, *PRESSORS), doses, strict=False) if dose > 0.0}
