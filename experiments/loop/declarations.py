"""What an arm declares: what it sees, moves, within which limits, and what it was tuned or trained on."""

from __future__ import annotations

import inspect
from dataclasses import asdict
from pathlib import Path

from agents import AGENTS
from experiments.loop.evaluation import agent_named, described, parsed
from sim.interfaces import About

USUAL = "index, pressure, heart rate, pumps, clock, phase"  # that everybody is shown
MOVES = {
    "targets": "targets of propofol and remifentanil, rate of norepinephrine",
    "rates": "rates of propofol, remifentanil and norepinephrine",
}
LIMITS = "of the pumps alone"
UNSAID = "not declared"
CARD = "- Data: "  # begins the line of a card that says what made settings or weights


def declared(name: str) -> dict[str, str]:
    """Return what a report says of an arm: name, orders, description, sees, moves, limits, tuned.

    What an agent does not say itself (`about`, see `sim.interfaces.Agent`) is what is known of it: the readings and
    observers it names, its kind of orders, and the card beside its settings or weights.

    Args:
        name: as on the command line, wrappers and path included.
    """
    entry, path, _ = parsed(name)
    whole, inner = agent_named(name), agent_named(name.split("+")[0])
    about = asdict(getattr(whole, "about", None) or getattr(inner, "about", None) or About())
    more = ["announced events" if one == "next_event" else one for one in getattr(whole, "readings", ())]
    more += [f"{one} (estimates)" for one in getattr(whole, "observers", ())]
    derived = {
        "sees": about["sees"] or USUAL,
        "moves": about["moves"] or MOVES[whole.orders],
        "limits": about["limits"] or LIMITS,
        "tuned": about["tuned"] or _card(entry, path) or UNSAID,
    }
    return {**described(name), **derived, "sees": ", ".join([derived["sees"], *more])}


def _card(entry: str, path: Path | None) -> str:
    """Return what the card beside the settings or weights of an agent says they were made from, "" without one."""
    shipped = inspect.signature(AGENTS.get(entry)).parameters.get("path")
    if shipped is None or not isinstance(shipped.default, Path):
        return ""
    file = shipped.default if path is None else path / shipped.default.name if path.is_dir() else path
    card = file.with_suffix(".md")
    lines = card.read_text(encoding="utf-8").splitlines() if card.exists() else []
    return next((line.removeprefix(CARD) for line in lines if line.startswith(CARD)), "")
