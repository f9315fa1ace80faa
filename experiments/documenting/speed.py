"""The tables of how fast, how alike and how large, from the small files that were kept of them."""

from __future__ import annotations

import pandas as pd

from experiments.documenting import measured
from experiments.documenting.markdown import table
from experiments.documenting.results import with_origin
from experiments.reporting.tables import number

LAYERS = ("theatre", "environment")


def engines() -> str:
    """Return the speed of whole rooms by engine, batch and threads, beside a peer's."""
    rows = measured.read("engines")
    rows = rows[rows["layer"].isin(LAYERS)]
    speed = rows.set_index(["patients", "threads", "layer", "engine"])["patient_seconds_per_second"] / 1e6
    names = list(dict.fromkeys(rows["engine"]))
    shown = []
    for patients, threads, layer in dict.fromkeys(
        zip(rows["patients"], rows["threads"], rows["layer"], strict=True)
    ):
        own = [speed.get((patients, threads, layer, name), float("nan")) for name in names]
        ratio = own[names.index("compiled")] / own[names.index("numpy")]
        shown.append((patients, threads, layer, *(_millions(value) for value in own), number(ratio, 1)))
    header = ["patients", "threads", "layer", *names, "compiled / numpy"]
    said = "Simulated patient-seconds a second of wall clock, millions."
    return with_origin(
        "engines", f"{said}\n\n{table(header, shown, numbers=len(names) + 1)}\n\n{_peer(rows)}"
    )


def _peer(rows: pd.DataFrame) -> str:
    """Return a simulated second of one patient, ours and the peer's."""
    alone = rows[(rows["patients"] == 1) & (rows["threads"] == 1) & (rows["layer"] == "environment")]
    ours = [
        (f"environment, {row.engine}", row.microseconds_per_simulated_second) for row in alone.itertuples()
    ]
    theirs = measured.read("peer").to_numpy().tolist()
    shown = [(name, number(value, 0)) for name, value in [*ours, *theirs]]
    return table(["one patient, one thread", "µs a simulated second"], shown, numbers=1)


def training() -> str:
    """Return the decisions a second of PPO by engine."""
    rows = measured.read("training").to_dict("records")
    shown = [(row["engine"], row["patients"], number(row["decisions_per_second"], 0)) for row in rows]
    return with_origin("training", table(["engine", "patients", "decisions a second"], shown, numbers=2))


def decisions() -> str:
    """Return the processor time of agents in a control period."""
    rows = measured.read("decisions").to_dict("records")
    times = ("median_ms", "p95_ms", "observers_ms")
    shown = [(row["agent"], row["patients"], *(number(row[name], 1) for name in times)) for row in rows]
    header = ["agent", "patients", "median, ms", "95th percentile, ms", "of it observers, ms"]
    return with_origin("decisions", table(header, shown, numbers=4))


def agreement() -> str:
    """Return the largest differences between engines."""
    rows = measured.read("agreement")
    signals = [name for name in rows if str(name).startswith("largest_difference.")]
    shown = [
        (row["engine"], row["patients"], f"{row['hours']:g}", *(f"{row[name]:.2g}" for name in signals))
        for row in rows.to_dict("records")
    ]
    header = ["engine", "patients", "hours", *(str(name).partition(".")[2] for name in signals)]
    return with_origin("agreement", table(header, shown, numbers=len(header) - 1))


def scale() -> str:
    """Return what cohorts cost in time and memory."""
    shown = []
    for row in measured.read("scale").to_dict("records"):
        costs = [number(row[name], 1) for name in ("cpu_per_patient_hour", "cpu_of_one_more")]
        memory = [number(row[name], 0) for name in ("parent", "worker", "disk")]
        shown.append(
            (
                row["patients"],
                f"{row['hours']:g}",
                number(row["wall"], 0),
                number(row["cpu"], 0),
                *costs,
                *memory,
            )
        )
    header = ["patients", "hours", "wall, s", "CPU, s", "CPU a patient-hour, ms", "of one more, ms"]
    header += ["parent, MB", "worker, MB", "disk, MB"]
    return with_origin("scale", table(header, shown, numbers=len(header)))


def _millions(value: float) -> str:
    return f"{value:.3g}" if pd.notna(value) else "–"
