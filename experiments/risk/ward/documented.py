"""The tables of the page on the ward: the links that ship, and what was kept of results."""

from __future__ import annotations

from experiments.documenting import measured
from experiments.documenting.markdown import table
from experiments.documenting.results import with_origin
from experiments.reporting.tables import number, span
from experiments.risk.ward import page
from sim.outcomes.ward.links import shipped


def links() -> str:
    """Return the table of links, and how often outcomes happen."""
    return f"{page.of_links(shipped())}\n\n{page.of_outcomes()}"


def agents() -> str:
    """Return what harm is expected of every agent."""
    return with_origin("ward", page.of_agents(measured.read("ward")))


def shares() -> str:
    """Return the differences with none, half and all of the associations causal."""
    return with_origin("ward_sensitivity", page.of_shares(measured.read("ward_sensitivity")))


def recorded() -> str:
    """Return how many recorded people died beside how many the ward expects."""
    shown = [
        (
            row["people"].replace("asa_", "ASA "),
            row["number"],
            number(row["died"], 0),
            number(row["expected"], 1),
            f"{number(row['ratio'], 2)} {span(row['ratio_low'], row['ratio_high'], 2)}",
            f"{number(row['auroc'], 2)} {span(row['auroc_low'], row['auroc_high'], 2)}",
        )
        for row in measured.read("ward_recorded").to_dict("records")
    ]
    header = ["people", "number", "died", "expected", "died / expected", "AUROC"]
    return with_origin("ward_recorded", table(header, shown, numbers=5))
