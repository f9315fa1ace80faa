"""Cases kept in folders, to be lived again: which case, everything given turn by turn, and a digest of what was seen.

A folder holds record.json (the case, orders, faults and wishes by turn, what is set for the next turn, versions; with
it the record is complete), readings.csv (what was shown), and patients.csv and infusions.csv (what arrived), which
`experiments.replay` reads:

    python -m experiments.replay --patients NAME/patients.csv --infusions NAME/infusions.csv
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.console.hand import MODES, one_of, whole
from experiments.console.session import Given, Session
from experiments.console.setup import Setup
from experiments.running import plugins
from experiments.running.results import git_commit, package_versions, write_csv, write_json
from sim.interfaces import DRUGS, PRESSORS, Orders

RECORD = "record.json"
FORMAT = "anesthesia-testbed console record 1"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")


def save(session: Session, folder: Path, name: str) -> Path:
    """Write the case so far as a record; return its folder.

    Raises:
        ValueError: a name that is taken, or not allowed.
    """
    path = _path(folder, name)
    if (path / RECORD).exists():
        raise ValueError(f"name: {name} is taken; another one")
    patients, infusions = rates(session)
    write_csv(path / "patients.csv", patients)
    write_csv(path / "infusions.csv", infusions)
    write_csv(path / "readings.csv", readings(session))
    content = {
        "format": FORMAT,
        "case": session.setup,
        "turns": len(session.given),
        "orders": [*_changes(session.given)],
        "next": {
            "mode": session.mode,
            "infusions": session.dials[:, 0],
            "boluses": session.boluses[:, 0],
            "pressors": session.pressors[:, 0],
        },
        "faults": [{"turn": turn, "name": fault} for turn, fault in session.strikes],
        "wishes": [{"turn": turn, **vars(wishes)} for turn, wishes in session.wishes],
        "digest": digest(session),
        "plugins": plugins.loaded(),
        "versions": package_versions(),
        "commit": git_commit(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    write_json(path / RECORD, content)
    return path


def saved(folder: Path) -> list[str]:
    """Return the names of the records in a folder, newest first."""
    found = [path.parent for path in folder.glob(f"*/{RECORD}") if NAME.fullmatch(path.parent.name)]
    return [path.name for path in sorted(found, key=lambda path: -(path / RECORD).stat().st_mtime)]


def load(folder: Path, name: str) -> tuple[Session, bool]:
    """Live a record again, to where it was saved; return the case, by hand from there, and whether it was the same.

    It is not where other versions simulate otherwise: readings are compared to the last bit.

    Raises:
        ValueError: no such record, or one that cannot be read.
    """
    path = _path(folder, name) / RECORD
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"format: {content['format']!r} is not allowed; {FORMAT}")
        session = Session(Setup.of(content["case"]))
        faults = [(whole("turn", one["turn"]), str(one["name"])) for one in content["faults"]]
        wishes = [(whole("turn", one.pop("turn")), one) for one in map(dict, content.get("wishes", []))]

        def meanwhile(turn: int) -> None:
            for fault in (one for when, one in faults if when == turn):
                session.strike(fault)
            for values in (one for when, one in wishes if when == turn):
                session.wish(**values)

        for turn, given in enumerate(_turns(content["orders"], whole("turns", content["turns"]))):
            meanwhile(turn)
            session.live(given)
        meanwhile(content["turns"])
        ahead = content["next"]
        session.mode = one_of("mode", ahead["mode"], MODES)
        session.dials = _column("infusions", ahead["infusions"], len(DRUGS))
        session.boluses = _column("boluses", ahead["boluses"], len(DRUGS))
        session.pressors = _column("pressors", ahead["pressors"], len(PRESSORS))
        return session, digest(session) == content["digest"]
    except FileNotFoundError:
        raise ValueError(
            f"record: {name} is not there; {', '.join(saved(folder)) or 'none is saved yet'}"
        ) from None
    except (KeyError, TypeError, ValueError) as error:
        why = f"{error.args[0]} is missing" if isinstance(error, KeyError) else error
        raise ValueError(f"record: {path} cannot be read: {why}") from error


def digest(session: Session) -> str:
    """Return a hash of everything that was shown and given."""
    table = readings(session)
    return hashlib.sha256(np.ascontiguousarray(table.to_numpy(dtype=np.float64)).tobytes()).hexdigest()


def readings(session: Session) -> pd.DataFrame:
    """Return what was shown at the end of every turn, and the mean rates that arrived in it."""
    trace = session.trace()
    columns = {
        "time_s": trace.time,
        "bis": trace.measured_bis[:, 0],
        "mean_arterial_pressure_mmhg": trace.measured_pressure[:, 0],
        "heart_rate_per_min": trace.measured_heart_rate[:, 0],
        "propofol_mg_per_s": trace.propofol[:, 0],
        "remifentanil_ug_per_s": trace.remifentanil[:, 0],
        "norepinephrine_ug_per_s": trace.norepinephrine[:, 0],
        "ephedrine_mg": trace.ephedrine[:, 0],
        "phenylephrine_ug": trace.phenylephrine[:, 0],
    }
    return pd.DataFrame(columns)


def rates(session: Session) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the patient and what arrived as the tables of `experiments.replay`."""
    who, models, trace = session.case.patient.covariates, session.setup.models, session.trace()
    patients = pd.DataFrame(
        {
            "caseid": [f"{session.setup.seed}-{session.setup.number}"],
            "age": who.age,
            "sex": np.where(who.female > 0.5, "F", "M"),
            "height_cm": who.height,
            "weight_kg": who.weight,
            "propofol_model": models.propofol,
            "remifentanil_model": models.remifentanil,
        }
    )
    # a rate holds from the beginning of its turn; nothing is known after the last one
    infusions = pd.DataFrame(
        {
            "caseid": patients["caseid"][0],
            "time_s": trace.time,
            "propofol_mg_per_s": np.append(trace.propofol[1:, 0], 0.0),
            "remifentanil_ug_per_s": np.append(trace.remifentanil[1:, 0], 0.0),
        }
    )
    return patients, infusions


def _path(folder: Path, name: Any) -> Path:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValueError(f"name: {name!r} is not allowed; letters, digits, - and _, up to 60")
    return folder / name


def _changes(given: list[Given]) -> Iterator[dict[str, Any]]:
    """Yield what is new, turn by turn: orders hold until the next ones, what is pushed is pushed once."""
    before: tuple[Any, ...] = ()
    for turn, one in enumerate(given):
        orders = one.orders
        now = one.by, one.mode, np.asarray(orders.infusions)[:, 0].tolist()
        pushed = np.asarray(orders.boluses).any() or orders.pressors is not None
        if now != before or pushed:
            change = {"turn": turn, "by": one.by, "mode": one.mode, "infusions": orders.infusions[:, 0]}
            if pushed:
                change["boluses"] = orders.boluses[:, 0]
                change["pressors"] = [] if orders.pressors is None else orders.pressors[:, 0]
            yield change
        before = now


def _turns(changes: list[Mapping[str, Any]], turns: int) -> Iterator[Given]:
    """Yield what was given in every turn."""
    by_turn = {whole("turn", change["turn"]): change for change in changes}
    if turns and 0 not in by_turn:
        raise ValueError("orders: turn 0 is missing")
    for turn in range(turns):
        if change := by_turn.get(turn):
            infusions = _column("infusions", change["infusions"], len(DRUGS))
            by, mode = str(change["by"]), one_of("mode", change["mode"], MODES)
            boluses = _column("boluses", change.get("boluses", [0.0] * len(DRUGS)), len(DRUGS))
            pressors = change.get("pressors")
            pressors = _column("pressors", pressors, len(PRESSORS)) if pressors else None
        else:
            boluses, pressors = 0.0 * infusions, None
        yield Given(by, mode, Orders(infusions, boluses, pressors))


def _column(field: str, values: Any, count: int) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.shape != (count,) or not (np.isfinite(array) & (array >= 0.0)).all():
        raise ValueError(f"{field}: {values} is not allowed; {count} numbers, 0 or more")
    return array[:, None]
