"""Small files of what was measured, kept beside the pages: the rows of results that pages show, and what made them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from experiments.running.results import ROOT, write_csv, write_json

FOLDER = ROOT / "docs" / "measured"
RUNS = "runs.json"
LARGEST = 100_000  # bytes of a file; pages show a few rows, not results
UNSAID = ("--out", "--workers", "--json")  # options that change no number
AGENT_METRICS = (
    "time_outside_40_60_percent",
    "time_below_40_percent",
    "map_below_65_percent",
    "mdape_percent",
    "measured_mdape_percent",
    "order_changes_per_h",
    "emergence_to_bis_80_min",
    "emergence_not_bis_80",
    "awareness_spell",
    "bis_below_20",
    "limit_cycle",
)
IMAGES = (
    "epidural",
    "epidural_stack",
    "epidural_transverse",
    "ejection",
    "mitral",
    "trackers",
    "plexus",
    "faces",
    "face_video",
)


class Kept(NamedTuple):
    """A table of a script's results: its file, which rows of it are kept, and its name in a file of several (JSON).

    Where the script serves several tasks or systems, `task` says of which one; `recorded` whether it is kept of
    results on recorded people.
    """

    script: str
    file: str
    rows: Callable[[pd.DataFrame], pd.DataFrame]
    table: str = "rows"
    task: str = ""
    recorded: bool | None = None

    def of(self, module: str, config: Mapping[str, Any]) -> bool:
        """Return whether it is kept of a run of a script with these options."""
        task, recorded = config.get("task", config.get("system", "")), config.get("data") != "synthetic"
        return self.script == module and self.task in ("", task) and self.recorded in (None, recorded)

    def read(self, results: Path) -> pd.DataFrame:
        """Return the rows that are kept of a folder of results."""
        path = results / self.file
        if path.suffix == ".json":
            return self.rows(pd.json_normalize(json.loads(path.read_text(encoding="utf-8"))[self.table]))
        return self.rows(pd.read_csv(path))


def _everything(table: pd.DataFrame) -> pd.DataFrame:
    return table


def _agents(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["metric"].isin(AGENT_METRICS)]


def _overall(table: pd.DataFrame) -> pd.DataFrame:
    gaps = [name for name in table if str(name).startswith("difference")]
    return table[table["metric"].isin(["CCC", "RMSE", "coverage_80"])].drop(columns=gaps)


def _means(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["statistic"].isin(["mean", "median"])]


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    return table.round(5)


def _probable(table: pd.DataFrame) -> pd.DataFrame:
    kept = table[table["metric"].isin(["AUROC", "AUPRC", "Brier", "calibration_slope"])]
    return kept.drop(columns=[name for name in kept if "trees" in str(name)])


KEPT: Mapping[str, Kept] = {
    "agents": Kept("closed_loop", "summary.csv", _agents),
    "campaign": Kept("campaign", "summary.csv", _everything),
    "depth": Kept("validate", "scores.csv", _overall, task="depth"),
    "alarms": Kept("validate", "alarms.csv", _everything, task="depth"),
    "eeg_depth": Kept("validate", "scores.csv", _everything, task="eeg_depth"),
    "eeg_levels": Kept("validate", "confusion.csv", _everything, task="eeg_depth"),
    "sources": Kept("waves.sources", "sources.csv", _everything),
    "nociception": Kept("validate", "scores.csv", _everything, task="nociception"),
    "pain": Kept("pain", "scores.csv", _everything),
    "hypotension": Kept("validate", "scores.csv", _probable, task="hypotension"),
    "intensive_care": Kept("validate", "scores.csv", _everything, task="intensive_care"),
    "intensive_care_alarms": Kept("validate", "alarms.csv", _everything, task="intensive_care"),
    "arrest": Kept("validate", "scores.csv", _everything, task="arrest"),
    "arrest_alarms": Kept("validate", "alarms.csv", _everything, task="arrest"),
    "rhythm": Kept("risk.rhythm", "scores.csv", _everything),
    "acting": Kept("risk.hypotension.acting", "acting.csv", _everything),
    "ward": Kept("ward", "ward.csv", _rounded),
    "ward_sensitivity": Kept("ward", "sensitivity.csv", _rounded),
    "ward_recorded": Kept("risk.ward.recorded", "deaths.csv", _rounded),
    "kidney": Kept("risk", "scores.csv", _rounded, task="kidney"),
    "mortality": Kept("risk", "scores.csv", _rounded, task="mortality", recorded=False),
    "mortality_shipped": Kept("validate", "scores.csv", _rounded, task="mortality"),
    "mortality_recorded": Kept("risk", "scores.csv", _rounded, task="mortality", recorded=True),
    **{f"image_{name}": Kept("imaging", "scores.csv", _rounded, task=name) for name in IMAGES},
    "image_trackers_beside": Kept("imaging", "beside.csv", _rounded, task="trackers"),
    "image_trackers_speed": Kept("imaging", "speed.csv", _rounded, task="trackers"),
    "image_face_causes": Kept("imaging.causes", "causes.csv", _rounded),
    "guided_block": Kept("guided.block", "effects.csv", _rounded, task="epidural"),
    **{
        f"guided_block_{name}": Kept("guided.block", "effects.csv", _rounded, task=name)
        for name in ("plexus", "trackers")
    },
    "guided_recovery": Kept("guided.recovery", "effects.csv", _rounded),
    "guided_watchers": Kept("guided.recovery", "watchers.csv", _rounded),
    "shortcomings": Kept("shortcomings", "rows.csv", _rounded),
    "twins": Kept("twin", "scores.csv", _overall),
    "offline_values": Kept("offline.judge", "values.csv", _everything),
    "offline_scores": Kept("offline.judge", "scores.csv", _everything),
    "patients": Kept("validate_population", "targets.csv", _everything),
    "told_apart": Kept("validate_population", "areas.csv", _everything),
    "protocols": Kept("protocols", "comparison.csv", _means),
    "engines": Kept("benchmark", "benchmark.json", _everything),
    "peer": Kept("benchmark", "benchmark.json", _everything, "peer"),
    "training": Kept("benchmark", "benchmark.json", _everything, "training"),
    "agreement": Kept("benchmark", "benchmark.json", _everything, "agreement"),
    "decisions": Kept("benchmarking.decisions", "decisions.csv", _everything),
    "scale": Kept("scale", "scale.json", _everything),
    "eeg_bands": Kept("validate_eeg", "bands.csv", _everything),
    "eeg_steady": Kept("validate_eeg", "levels.csv", _everything),
    "eeg_told": Kept("validate_eeg", "told.csv", _everything),
    "eeg_steps": Kept("validate_eeg", "steps.csv", _everything),
    "eeg_inductions": Kept("validate_eeg", "inductions.csv", _everything),
}


def keep(results: Path, folder: Path = FOLDER) -> list[str]:
    """Keep what pages show of a folder of results; return the names of what was kept.

    Every plant and site has its own, and so have numbers of people that a system was asked to learn from.

    Raises:
        ValueError: a folder of a script of which nothing is shown.
        OSError: a missing file.
    """
    record = json.loads((results / "config.json").read_text(encoding="utf-8"))
    module, command = called(record["command"])
    names = [name for name, kept in KEPT.items() if kept.of(module, record.get("config", {}))]
    if not names:
        scripts = ", ".join(sorted({kept.script for kept in KEPT.values()}))
        raise ValueError(f"keep: {results} is of {module}, which is not allowed; {scripts}")
    config = record.get("config", {})
    sizes = config.get("sizes", ()) if "system" in config else ()
    part = config.get("plant") or config.get("site") or "_".join(f"{size}" for size in sizes)
    tables = {f"{name}_{part}" if part else name: KEPT[name].read(results) for name in names}
    made = {"command": command, "commit": record["commit"], "date": record["date"]}
    for name, table in tables.items():
        write_csv(folder / f"{name}.csv", table)
    write_json(folder / RUNS, {**_runs(folder), **dict.fromkeys(tables, made)})
    return list(tables)


def called(command: list[str]) -> tuple[str, str]:
    """Return the script's name and the command as anybody would give it: own paths become DIR, PYTHON or results/."""
    parts = Path(command[0]).with_suffix("").parts
    own = parts[len(parts) - parts[::-1].index("experiments") :]
    module = ".".join(own).removesuffix(".__main__")
    words, said = iter(command[1:]), []
    for word in words:
        if word in UNSAID:
            next(words)
        elif word == "--data" and (value := next(words)):
            said += [word, value if value == "synthetic" else "DIR"]
        elif word == "--peer" and next(words):
            said += [word, "PYTHON"]
        else:
            said.append(shlex.quote(re.sub(r"^/.*?([^/]+/[^/]+)$", r"results/\1", word)))
    return module, " ".join(["python -m", f"experiments.{module}", *said])


def read(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    """Return a table that was kept."""
    return pd.read_csv(folder / f"{name}.csv")


def made_by(name: str, folder: Path = FOLDER) -> str:
    """Return the line that says what made a table."""
    run: Mapping[str, Any] = _runs(folder)[name]
    return f"`{run['command']}`, {run['date'][:10]}, commit {run['commit'][:7]}."


def _runs(folder: Path) -> dict[str, Any]:
    file = folder / RUNS
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
