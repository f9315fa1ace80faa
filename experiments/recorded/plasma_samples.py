"""Measured plasma concentrations, the infusions that led to them, and what a kinetic model makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.recorded.tables import TEXT, Number, read_table
from sim.arrays import join, take
from sim.covariates import ALLOWED, UNITS, Covariates
from sim.pharmacokinetics.compartments import Compartments, Transition, discretise, empty, step
from sim.units import SECONDS_PER_MINUTE

POSITIVE = Number(0.0)
AGE = Number(*ALLOWED["age"], UNITS["age"])
WEIGHT = Number(*ALLOWED["weight"], UNITS["weight"])
DOSES = {"TIME": POSITIVE, "AMT": POSITIVE, "RATE": POSITIVE, "EVID": POSITIVE}
PEOPLE = {"AGE": AGE, "WT": WEIGHT, "HT": Number(), "M1F2": Number(1, 2), "A1V2": Number(1, 2)}
SEXES = {1.0: "M", 2.0: "F"}
TOGETHER = 2000  # steps discretised at once


@dataclass(frozen=True)
class PlasmaSamples:
    """Sessions (one run of infusions into one person) on event grids of their own, longest first.

    An event is a change of rate or a sample. Grids differ in length: only the first `running[k]` sessions
    have an event k. Events of one session at the same time have zero seconds between them.

    Attributes:
        record: (sessions,) whose errors are judged together.
        person: covariates, (sessions,).
        arterial, patient: (sessions,) bool: sampling site; a surgical patient (given opioids) or a volunteer.
        time: (events, sessions), s, increasing; padded with NaN.
        rate: (events, sessions), mg/s or µg/s from that event on.
        measured: (events, sessions), µg/mL or ng/mL; NaN where the event is no sample.
        running: (events,) number of sessions that have the event.
    """

    record: np.ndarray
    person: Covariates
    arterial: np.ndarray
    patient: np.ndarray
    time: np.ndarray
    rate: np.ndarray
    measured: np.ndarray
    running: np.ndarray


def read_schnider(path: Path) -> PlasmaSamples:
    """Read 24 volunteers with two sessions each, propofol. Schnider, Anesthesiology 1998;88:1170."""
    columns = {
        "ID": TEXT,
        "TIME": POSITIVE,
        "DV": POSITIVE,
        "AMT": POSITIVE,
        "RATE": POSITIVE,
        "EVID": POSITIVE,
    }
    people = {"AGE": AGE, "WT": WEIGHT, "HT": Number(), "M1F2": Number(1, 2), "A1V2": Number(1, 2)}
    table = read_table(path, columns | people).rename(columns={"DV": "CP"})
    return _from_doses(table.assign(patient=False), path.name)


def read_pool(path: Path) -> PlasmaSamples:
    """Read the pool behind the general-purpose propofol model, where height is known.

    Two columns have no name: the first is the session, the first after A1V2 is 1 for patients and 2 for
    volunteers (inferred: with this reading as the opioid flag the model is unbiased). Eleveld, Br J Anaesth
    2018;120:942.
    """
    unnamed = {"Unnamed: 0": TEXT, "Unnamed: 11": Number(1, 2)}
    table = read_table(path, unnamed | {"CP": POSITIVE} | DOSES | PEOPLE).rename(columns={"Unnamed: 0": "ID"})
    known = table[table["HT"] > 0.0].reset_index(drop=True)
    return _from_doses(known.assign(patient=known["Unnamed: 11"] == 1.0), path.name)


def read_minto(path: Path) -> PlasmaSamples:
    """Read 65 volunteers, remifentanil; a rate holds until the next row. Minto, Anesthesiology 1997;86:10."""
    people = {
        "Age": AGE,
        "Sex": Number(1, 2),
        "Ht": Number(*ALLOWED["height"], UNITS["height"]),
        "Wt": WEIGHT,
    }
    columns = {"ID": TEXT, "Time": POSITIVE, "conc": Number(0.0, optional=True), "Rate": POSITIVE} | people
    table = read_table(path, columns)
    table["Sex"] = 3.0 - table["Sex"]  # here 1 is a woman
    table = table.rename(columns={"Age": "AGE", "Sex": "M1F2", "Ht": "HT", "Wt": "WT", "ID": "session"})
    table = table.rename(columns={"Time": "time", "conc": "measured"})
    table = table.assign(record=table["session"], A1V2=1.0, patient=False)
    table["change"] = table.groupby("session", sort=False)["Rate"].diff().fillna(table["Rate"])
    return _lay_out(table, table[["session", "time", "change", "measured"]])


def select(samples: PlasmaSamples, sessions: np.ndarray) -> PlasmaSamples:
    """Return the sessions of a mask."""
    time = samples.time[:, sessions]
    running = np.isfinite(time).sum(axis=1)
    grid = slice(int((running > 0).sum()))
    return PlasmaSamples(
        samples.record[sessions],
        take(samples.person, sessions),
        samples.arterial[sessions],
        samples.patient[sessions],
        time[grid],
        samples.rate[grid, sessions],
        samples.measured[grid, sessions],
        running[grid],
    )


def plasma_at_samples(model: Compartments, samples: PlasmaSamples) -> np.ndarray:
    """Return what a model predicts at every event, (events, sessions), NaN beyond a session's grid. Exact.

    All steps of all sessions are discretised before any is gone: each has its own length.
    """
    event, session = np.nonzero(np.isfinite(samples.time[1:]))
    steps = _discretised(model, session, np.diff(samples.time, axis=0)[event, session])
    first = np.concatenate([[0], np.cumsum(samples.running[1:])])
    state = empty(model)
    predicted = np.full(samples.time.shape, np.nan)
    predicted[0] = 0.0
    for k, count in enumerate(samples.running[1:]):
        transition = take(steps, slice(first[k], first[k + 1]))
        state = step(transition, state[:, :count], samples.rate[k, :count])
        predicted[k + 1, :count] = state[0] / model.v1[:count]
    return predicted


def _discretised(model: Compartments, session: np.ndarray, seconds: np.ndarray) -> Transition:
    """Return the steps of sessions, (steps,) each: those of about one length together, as many as fit a cache."""
    order = np.argsort(seconds, kind="stable")
    together = np.array_split(order, len(order) // TOGETHER + 1)
    parts = [discretise(take(model, session[some]), seconds[some]) for some in together]
    return take(join(parts), np.argsort(order))


def _from_doses(table: pd.DataFrame, source: str) -> PlasmaSamples:
    """Build from rows as NONMEM has them: EVID 0 sample, 1 dose, 4 dose of a new session; min, mg, mg/min."""
    resets = (table["EVID"] == 4.0).groupby(table["ID"]).cumsum()
    table["session"] = table["ID"] + "/" + resets.astype(str)
    dose = table[table["EVID"] != 0.0]
    if (dose["RATE"] <= 0.0).any():
        raise ValueError(f"{source}: RATE 0 of a dose is not allowed; infusions have a rate above 0")
    ends = dose["TIME"] + dose["AMT"] / dose["RATE"]
    sample = table[(table["EVID"] == 0.0) & (table["CP"] > 0.0)]
    events = [
        pd.DataFrame({"session": dose["session"], "time": dose["TIME"], "change": dose["RATE"]}),
        pd.DataFrame({"session": dose["session"], "time": ends, "change": -dose["RATE"]}),
        pd.DataFrame({"session": sample["session"], "time": sample["TIME"], "measured": sample["CP"]}),
    ]
    return _lay_out(table.rename(columns={"ID": "record"}), pd.concat(events, ignore_index=True))


def _lay_out(rows: pd.DataFrame, events: pd.DataFrame) -> PlasmaSamples:
    """Put events (session, time in min, change of rate per min, measured) on grids, up to the last sample."""
    last = events.loc[events["measured"].notna()].groupby("session")["time"].max()
    events = events[events["time"] <= events["session"].map(last)].sort_values("time", kind="stable")
    lengths = events.groupby("session").size().sort_values(ascending=False, kind="stable")
    column = pd.Index(lengths.index).get_indexer(pd.Index(events["session"]))
    row = events.groupby("session").cumcount().to_numpy()
    shape = (int(lengths.iloc[0]), len(lengths))
    time, measured = np.full(shape, np.nan), np.full(shape, np.nan)
    change = np.zeros(shape)
    time[row, column] = events["time"] * SECONDS_PER_MINUTE
    change[row, column] = events["change"].fillna(0.0) / SECONDS_PER_MINUTE
    measured[row, column] = events["measured"]
    rate = np.cumsum(change, axis=0)
    rate[rate < 1e-9] = 0.0  # what rounding leaves of infusions that have ended
    who = rows.groupby("session").first().loc[lengths.index]
    return PlasmaSamples(
        record=who["record"].to_numpy(),
        person=Covariates.of(who["AGE"], [SEXES[sex] for sex in who["M1F2"]], who["HT"], who["WT"]),
        arterial=(who["A1V2"] == 1.0).to_numpy(),
        patient=who["patient"].to_numpy(dtype=bool),
        time=time,
        rate=rate,
        measured=measured,
        running=np.isfinite(time).sum(axis=1),
    )
