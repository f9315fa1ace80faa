"""Mortality: order-free numbers are blind to order, and clinical tables are read or refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.risk import SYSTEMS
from experiments.risk.__main__ import main
from experiments.risk.answering import Part, answer, generated
from experiments.risk.mortality import clinical
from experiments.risk.mortality.clinical import HAPPENED, NAMES, TABLE
from experiments.risk.mortality.summaries import share_below, summaries, summarised
from experiments.risk.study import Risk
from experiments.risk.systems.mortality import SUMMARIES
from experiments.running.command_line import run
from sim.outcomes.mortality.death import DEATH, TELLING, Mortality, people
from sim.outcomes.mortality.hour import CHANNELS

MORTALITY = SYSTEMS.get("mortality")


def clinical_table(count: int = 120) -> pd.DataFrame:
    """Generated people as VitalDB's table has them; every other one has two operations."""
    cohort = people(Mortality(prevalence=0.3), count, 3)
    table = {theirs: cohort.columns[name] for name, theirs in NAMES.items()}
    happened = {theirs: np.arange(count) % 3 == 0 for theirs in HAPPENED.values()}
    happened[HAPPENED[DEATH]] = cohort.outcomes[DEATH] > 0.5
    sex = np.where(cohort.columns["female"] > 0.5, "F", "M")
    numbers = {name: one.astype(float) for name, one in happened.items()}
    return pd.DataFrame({"subjectid": np.arange(count) // 2, "sex": sex, **table, **numbers})


def folder(place: Path, **changed: object) -> Path:
    """A folder with that table, columns changed."""
    clinical_table().assign(**changed).to_csv(place / TABLE, index=False)
    return place


def test_summaries_do_not_know_order_and_leave_out_what_is_missing():
    series = np.array([[60.0, np.nan], [80.0, np.nan], [np.nan, np.nan], [70.0, np.nan]])
    found = np.stack(summaries(series))
    np.testing.assert_allclose(found[:, 0], [70.0, np.std([60.0, 80.0, 70.0]), 60.0, 80.0, 0.25])
    assert np.isnan(found[:4, 1]).all()
    assert found[4, 1] == 1.0
    np.testing.assert_array_equal(found, np.stack(summaries(series[::-1])))
    np.testing.assert_allclose(share_below(series, 65.0), [1.0 / 3.0, np.nan])


def test_learners_of_summaries_are_shown_the_same_of_an_hour_backwards():
    cohort = people(TELLING, 30, 1)
    backwards = type(cohort)(
        cohort.subject, cohort.columns, cohort.outcomes, series={k: v[::-1] for k, v in cohort.series.items()}
    )
    np.testing.assert_allclose(SUMMARIES(cohort), SUMMARIES(backwards), rtol=1e-6)
    names = summarised(lambda one: np.zeros((one.count, 0)), tuple(CHANNELS))(cohort)
    assert names.shape == (30, 5 * len(CHANNELS))


def test_people_are_generated_once_for_parts_that_follow_each_other():
    generate = MORTALITY.variants["silent"]
    assert generated(generate, 20, 1) is generated(generate, 20, 1)


def test_networks_answer_for_others():
    said = answer(MORTALITY, 30, 1, Part("telling", 250, "time_shuffled", 0)).said[DEATH]
    assert ((said >= 0.0) & (said <= 1.0)).all()


def test_a_clinical_table_is_judged_in_folds_of_subjects(tmp_path):
    options = ["--system", "mortality", "--data", str(folder(tmp_path)), "--folds", "3"]
    run(main, Risk, [*options, "--learners", "asa_alone", "laboratory", "--out", str(tmp_path / "r")])
    rows = pd.read_csv(tmp_path / "r" / "scores.csv")
    assert set(rows["outcome"]) == set(HAPPENED)
    assert set(rows["predictor"]) == {"asa_alone", "laboratory"}
    assert (rows["subjects"] == 60).all()
    assert (rows["samples"] == 120).all()
    assert rows.loc[rows["predictor"] == "laboratory", "difference_to_asa_alone"].notna().any()


def test_a_clinical_table_is_read_with_its_outcomes(tmp_path):
    cohort = clinical.read(folder(tmp_path))
    assert cohort.count == 120
    assert len(np.unique(cohort.subject)) == 60
    np.testing.assert_array_equal(cohort.columns["female"], clinical_table()["sex"] == "F")
    np.testing.assert_allclose(cohort.columns["urea"], clinical_table()["preop_bun"])
    np.testing.assert_array_equal(cohort.outcomes["transfusion"], np.arange(120) % 3 == 0)


def test_a_table_of_ones_own_has_columns_of_our_names(tmp_path):
    cohort = people(Mortality(prevalence=0.3), 40, 5)
    table = pd.DataFrame({"subject": cohort.subject, **cohort.columns, DEATH: cohort.outcomes[DEATH]})
    table.to_csv(tmp_path / "own.csv", index=False)
    read = clinical.read(tmp_path / "own.csv")
    assert list(read.outcomes) == [DEATH]
    np.testing.assert_allclose(read.columns["albumin"], cohort.columns["albumin"])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"preop_cr": 88.0},
            "clinical.csv: preop_cr 88 (row 1) is not allowed; 0.1 to 30 mg/dL; in µmol/L? divide by 88.4",
        ),
        ({"preop_alb": 41.0}, "preop_alb 41 (row 1) is not allowed; 0.5 to 6.5 g/dL; in g/L? divide by 10"),
        ({"age": 300.0}, "clinical.csv: age 300 (row 1) is not allowed; 0 to 120 years"),
        ({"sex": "X"}, "clinical.csv: sex 'X' (row 1) is not allowed; M, F"),
        ({"death_inhosp": 0}, "death is 0 in 120 and 1 in 0, which is not allowed; at least 2 of each"),
        ({"icu_days": -1}, "clinical.csv: icu_days '-1' (row 1) is not allowed; a number of at least 0"),
    ],
)
def test_bad_tables_are_refused_in_one_line(tmp_path, capsys, changed, said):
    refused(tmp_path, capsys, folder(tmp_path, **changed), said)


def test_a_column_that_is_missing_is_named(tmp_path, capsys):
    clinical_table().drop(columns="preop_hb").to_csv(tmp_path / TABLE, index=False)
    refused(tmp_path, capsys, tmp_path, "clinical.csv: column 'preop_hb' is missing")


def test_a_folder_of_another_kind_is_named(tmp_path, capsys):
    (tmp_path / "signals.parquet").write_text("nothing")
    refused(tmp_path, capsys, tmp_path, "holds no clinical.csv; there is signals.parquet")


def test_a_fold_with_one_class_is_named(tmp_path, capsys):
    rare = np.zeros(120)
    rare[:2] = 1.0  # of one subject
    refused(tmp_path, capsys, folder(tmp_path, death_inhosp=rare), "of 5: death is 0 in")


def refused(place: Path, capsys, data: Path, said: str) -> None:
    """The command stops with one line, and nothing has been written."""
    with pytest.raises(SystemExit) as stop:
        run(main, Risk, ["--system", "mortality", "--data", str(data), "--out", str(place / "none")])
    told = capsys.readouterr().err.strip()
    assert stop.value.code == 2
    assert said in told
    assert "\n" not in told
    assert not (place / "none").exists()
