"""Download cases of VitalDB by number into a folder that our readers of recordings take.

    python -m experiments.recorded.download --cases 1 2 3 --out DIR

leaves `signals.parquet` (caseid, Time, tracks on the 10 s grid) and `cases.csv` (who the patients are). Every finished
case is kept at once under `parts/`, so an interrupted download goes on where it stopped; cases already in the folder
stay. Source of the data: VitalDB, Lee HC, Scientific Data 2022;9:279: cite it, do not redistribute it.
"""

from __future__ import annotations

import contextlib
import io
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import Progress

from experiments.recorded.pumps import tracks as pumps
from experiments.recorded.recordings import INTERVAL, MONITORS, TRACKS
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_parquet
from experiments.sites.recorded import NEEDED
from sim.covariates import ALLOWED, FEMALE, UNITS
from sim.settings import shown

PEOPLE = ("caseid", "subjectid", "age", "sex", "height", "weight")
VOLATILES = ("Primus/EXP_SEVO", "Primus/EXP_DES")  # expired, vol%
MACHINE = "Primus/ETCO2"  # shown whenever the anesthesia machine was recorded
TRACE = 0.2  # vol%; what a circuit still holds of the case before
SIGNALS = tuple(TRACKS.values())  # of every case; others, of those who have them
DRUGS = {drug: tuple(pumps.tracks(drug)) for drug in pumps.SYRINGES}
READ = tuple(dict.fromkeys([*SIGNALS, *MONITORS.values(), *DRUGS["propofol"], *DRUGS["remifentanil"]]))
ALL = (*READ, *VOLATILES, MACHINE)
STOPS_EARLY = 900.0  # s before the end of a case; of 957 complete records none stopped more than 550 s before
PATIENCE = 60.0  # s without an answer


@dataclass(frozen=True)
class Source:
    """Where cases come from.

    Attributes:
        people: from caseids to a table of those that exist: the columns `PEOPLE` and `caseend`, s.
        case: from a caseid, track names and an interval, s, to the last value in each interval, (samples, tracks);
            NaN where there is none.
    """

    people: Callable[[list[int]], pd.DataFrame]
    case: Callable[[int, list[str], float], np.ndarray]


@dataclass(frozen=True)
class Download:
    """Download VitalDB cases into a folder of signals.parquet and cases.csv.

    Attributes:
        cases: numbers of the cases, 1 to 6388.
        out: folder to write to; cases already in it are kept.
    """

    cases: tuple[int, ...]
    out: Path


def vitaldb_source() -> Source:
    """Return VitalDB itself. Raises ValueError without the package."""
    try:
        import vitaldb
    except ImportError:
        raise ValueError("vitaldb: downloading needs a package: pip install vitaldb") from None
    socket.setdefaulttimeout(PATIENCE)
    return Source(vitaldb.load_clinical_data, vitaldb.load_case)


def main(config: Download, console: Console | None = None, source: Source | None = None) -> None:
    """Download what is missing, then join.

    Raises:
        ValueError: an unknown case, one without a needed track, or a server that cannot be reached.
    """
    if not config.cases:
        raise ValueError("cases: none is named; numbers from 1 to 6388")
    source = source or vitaldb_source()
    wanted = list(dict.fromkeys(config.cases))
    people = known(asked("the table of cases", source.people, wanted), wanted)
    parts, there = config.out / "parts", downloaded(config.out)
    with Progress(console=console) as bar:
        task = bar.add_task("cases", total=len(wanted))
        for case in wanted:
            if str(case) not in there and not (parts / f"{case}.parquet").exists():
                values = fetched(source, case, float(people["caseend"][case]))
                write_parquet(parts / f"{case}.parquet", long(case, values))
            bar.advance(task)
    join(config.out, parts, people)
    (console or Console()).print(f"{len(wanted)} cases: {config.out}", soft_wrap=True)


def asked(what: str, ask: Callable[..., Any], *question: Any) -> Any:
    """Return the answer of a server. Raises ValueError with one line where it gives none."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):  # the package prints what it could not read, and goes on
            answer = ask(*question)
    except Exception as error:  # it raises whatever it stumbles on
        raise ValueError(f"vitaldb: {what} cannot be downloaded; is there a network? ({error})") from None
    if "Error" in said.getvalue():
        raise ValueError(f"vitaldb: {what} did not arrive whole ({said.getvalue().strip()})")
    return answer


def known(table: pd.DataFrame, wanted: Sequence[int]) -> pd.DataFrame:
    """Return the people of the cases by caseid. Raises ValueError on an unknown case or one without demographics."""
    people = table.set_index("caseid", drop=False)
    for case in wanted:
        if case not in people.index:
            raise ValueError(f"cases: {case} is not known; VitalDB has 1 to 6388")
    people = people.loc[list(wanted)]
    usable = {"sex": people["sex"].astype(str).str.strip().str.lower().isin(list(FEMALE))}
    allowed = {"sex": "F or M"}
    for name, (low, high) in ALLOWED.items():
        usable[name] = pd.to_numeric(people[name], errors="coerce").between(low, high)
        allowed[name] = f"{low:g} to {high:g} {UNITS[name]}"
    for name, good in usable.items():
        for bad, value in people[name][~good].items():
            raise ValueError(f"case {bad}: {name} {shown(value)} is not allowed; {allowed[name]}")
    return people


def fetched(source: Source, case: int, end: float) -> np.ndarray:
    """Return a case, (samples, tracks of `ALL`).

    Raises:
        ValueError: it lacks a needed track, or did not arrive whole.
    """
    values = asked(f"case {case}", source.case, case, list(ALL), INTERVAL)
    values = np.asarray(values, dtype=float).reshape(-1, len(ALL))
    shown = np.isfinite(values)
    for name in NEEDED:
        if not any(shown[:, ALL.index(track)].any() for track in DRUGS.get(name, (TRACKS[name],))):
            other = ", nor another of that drug" if name in DRUGS else ""
            raise ValueError(
                f"case {case}: VitalDB has no track {TRACKS[name]} of it{other}; choose another case"
            )
    last = INTERVAL * float(np.flatnonzero(shown.any(axis=1))[-1])
    if last < end - STOPS_EARLY:
        raise ValueError(f"case {case}: only {last:g} of {end:g} s arrived; the same command tries again")
    return values


def long(case: int, values: np.ndarray) -> pd.DataFrame:
    """Return rows of caseid, Time, tracks and whether the case is free of volatile anesthetics."""
    table = pd.DataFrame(values[:, : len(READ)].astype(np.float32), columns=list(READ))
    table = table[[name for name in READ if name in SIGNALS or table[name].notna().any()]]
    table.insert(0, "caseid", np.int32(case))
    table.insert(1, "Time", (INTERVAL * np.arange(len(values))).astype(np.int32))
    table["volatile_free"] = volatile_free(values)
    return table


def volatile_free(values: np.ndarray) -> str:
    """Return "True", "False", or "" where no anesthesia machine was recorded."""
    expired = values[:, [ALL.index(track) for track in VOLATILES]]
    if (np.nan_to_num(expired) > TRACE).any():
        return "False"
    return "True" if np.isfinite(values[:, ALL.index(MACHINE)]).any() else ""


def downloaded(out: Path) -> set[str]:
    """Return the cases a folder holds already; cases.csv is written last, so what it names is complete."""
    if not (out / "cases.csv").exists():
        return set()
    return set(pd.read_csv(out / "cases.csv", usecols=["caseid"], dtype=str)["caseid"])


def join(out: Path, parts: Path, people: pd.DataFrame) -> None:
    """Add the parts of these people to the folder's tables, and remove them."""
    there = downloaded(out)
    new = people.loc[~people["caseid"].astype(str).isin(there), list(PEOPLE)]
    files = [parts / f"{case}.parquet" for case in new["caseid"]]
    if not files:
        return
    tables = [pd.read_parquet(file) for file in files]
    new = new.assign(volatile_free=[table["volatile_free"].iloc[0] for table in tables])
    signals = [table.drop(columns="volatile_free") for table in tables]
    if there:
        old = pd.read_parquet(out / "signals.parquet")
        signals.insert(0, old[old["caseid"].astype(str).isin(there)])
        new = pd.concat([pd.read_csv(out / "cases.csv", dtype=str, keep_default_na=False), new])
    write_parquet(out / "signals.parquet", pd.concat(signals))
    write_csv(out / "cases.csv", new)
    for file in files:
        file.unlink()
    if not any(parts.iterdir()):
        parts.rmdir()


if __name__ == "__main__":
    run(main, Download)
