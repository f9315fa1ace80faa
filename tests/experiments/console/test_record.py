"""Saved cases: lived again to the last bit, readable by replay, refused when they are broken."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from agents.control.wishes import Wishes
from experiments.console import record
from experiments.console.session import Session
from experiments.replay import Config, read_infusions, read_patients, replay_tables
from tests.experiments.console.conftest import SETUP
from tests.experiments.console.test_session import ASLEEP, lived


@pytest.fixture(scope="module")
def case():
    """Minutes by hand, by an agent and by hand again, with a fault."""
    given = (
        (0, "push", "propofol", 40.0),
        (4, "strike", "cautery"),
        (5, "advise", "pid_tuned"),
        (5, "hand_over"),
    )
    return lived(
        30, *ASLEEP, *given, (20, "take_back"), (22, "push", "ephedrine", 5.0), (24, "dial", "propofol", 7.5)
    )


def test_a_record_is_lived_again_to_the_last_bit_and_goes_on_by_hand(case, tmp_path):
    record.save(case, tmp_path, "one")
    again, same = record.load(tmp_path, "one")
    assert same
    for signal, values in case.trace().signals().items():
        np.testing.assert_array_equal(again.trace().signals()[signal], values, err_msg=signal)
    assert [given.by for given in again.given] == [given.by for given in case.given]
    again.turn()
    assert again.given[-1].mode == case.given[-1].mode
    np.testing.assert_array_equal(again.given[-1].orders.infusions, case.given[-1].orders.infusions)
    assert again.given[-1].orders.pressors is None


def test_what_is_set_and_not_given_yet_is_kept_too(tmp_path):
    session = lived(1, *ASLEEP)
    session.dial("propofol", 2.5)
    session.push("phenylephrine", 50.0)
    session.wish(low=45.0, opioid_floor=2.0)
    record.save(session, tmp_path, "one")
    again, _ = record.load(tmp_path, "one")
    assert again.wishes == session.wishes == [(1, Wishes(low=45.0, opioid_floor=2.0))]
    for one in (session, again):
        one.turn()
    np.testing.assert_array_equal(again.given[1].orders.infusions[:, 0], [2.5, 3.0, 0.0])
    np.testing.assert_array_equal(again.given[1].orders.pressors[:, 0], [0.0, 50.0])
    np.testing.assert_array_equal(again.trace().bis, session.trace().bis)


def test_a_record_names_case_versions_and_orders(case, tmp_path):
    content = json.loads((record.save(case, tmp_path, "one") / "record.json").read_text(encoding="utf-8"))
    assert (content["case"]["seed"], content["case"]["number"], content["turns"]) == (7, 3, 30)
    assert content["versions"]["numpy"] == np.__version__
    assert content["faults"] == [{"turn": 4, "name": "cautery"}]
    assert content["orders"][0]["infusions"] == [4.0, 3.0, 0.0]
    assert content["orders"][0]["boluses"] == [40.0, 0.0, 0.0]
    assert [one["turn"] for one in content["orders"][:2]] == [0, 5]  # a bolus is given once, orders hold


def test_replay_reads_what_arrived(case, tmp_path):
    folder = record.save(case, tmp_path, "one")
    patients, infusions = read_patients(folder / "patients.csv"), read_infusions(folder / "infusions.csv")
    course = replay_tables(patients, infusions, Config(every=60.0))
    assert course["time_s"].tolist() == [0.0, 60.0, 120.0, 180.0, 240.0, 300.0]
    given = (infusions["propofol_mg_per_s"] * 10.0).sum()
    assert given == pytest.approx(case.state.pumps.infused[0, 0], rel=1e-5)
    assert course["ce_propofol"].iloc[-1] > 1.0


def test_a_record_whose_readings_are_not_met_says_so(case, tmp_path):
    path = record.save(case, tmp_path, "one") / "record.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["orders"][0]["infusions"][0] = 4.1
    path.write_text(json.dumps(content), encoding="utf-8")
    _, same = record.load(tmp_path, "one")
    assert not same


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda content: content.pop("orders"), "orders is missing"),
        (lambda content: content.update(format="mine"), "format: 'mine' is not allowed"),
        (lambda content: content.update(turns=-3), "turns: -3 is not allowed"),
        (lambda content: content.update(orders=[]), "orders: turn 0 is missing"),
        (
            lambda content: content["orders"][0].update(infusions=[1.0]),
            "infusions: .* is not allowed; 3 numbers",
        ),
        (lambda content: content["case"].update(horizon="long"), "horizon: 'long' is not allowed"),
        (lambda content: content["case"]["models"].update(blood="blue"), "blood: not known"),
    ],
)
def test_a_broken_record_is_refused_with_its_name_and_what_is_wrong(case, tmp_path, change, why):
    path = record.save(case, tmp_path, "one") / "record.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match=f"record: .*record.json cannot be read: {why}"):
        record.load(tmp_path, "one")


def test_a_truncated_record_is_refused(case, tmp_path):
    path = record.save(case, tmp_path, "one") / "record.json"
    path.write_text(path.read_text(encoding="utf-8")[:500], encoding="utf-8")
    with pytest.raises(ValueError, match=r"record: .*record\.json cannot be read"):
        record.load(tmp_path, "one")


def test_names_that_are_taken_or_no_names_are_refused(case, tmp_path):
    record.save(case, tmp_path, "one")
    with pytest.raises(ValueError, match="name: one is taken; another one"):
        record.save(case, tmp_path, "one")
    for name in ("", "../one", "a/b", ".hidden", None):
        with pytest.raises(ValueError, match=r"name: .* is not allowed; letters, digits"):
            record.save(case, tmp_path, name)
    with pytest.raises(ValueError, match="record: two is not there; one"):
        record.load(tmp_path, "two")
    assert record.saved(tmp_path) == ["one"]


def test_a_case_that_has_not_begun_is_a_record_too(tmp_path):
    folder = record.save(Session(SETUP), tmp_path, "empty")
    assert len(pd.read_csv(folder / "readings.csv")) == 1
    again, same = record.load(tmp_path, "empty")
    assert same
    assert again.given == []
