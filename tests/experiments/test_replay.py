from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import solve_ivp

from experiments.replay import Config, main
from experiments.running.command_line import run

PATIENTS = """caseid,age,sex,height_cm,weight_kg,propofol_model,remifentanil_model
a,40,M,170,70,schnider,minto
b,70,F,160,60,eleveld,eleveld
"""
RATES_HEADER = "caseid,time_s,propofol_mg_per_s,remifentanil_ug_per_s\n"
INFUSIONS = """caseid,time_s,propofol_mg_per_s,remifentanil_ug_per_s
a,13.7,6,2
a,23.71,0.15,0.13
b,0,0.1,0.1
a,200.5,0,0.3
b,301.23,0.2,0.05
a,300.1,0.2,0
"""


@pytest.fixture
def tables(tmp_path):
    (tmp_path / "p.csv").write_text(PATIENTS)
    (tmp_path / "i.csv").write_text(INFUSIONS)
    return tmp_path


@pytest.fixture
def coarse_steps(monkeypatch):
    """Concentrations are exact whatever the step; pressure and heart rate are not looked at."""
    monkeypatch.setattr("experiments.replay.LONGEST_STEP", 10.0)


def replay(folder, *options):
    """Run the command line on the tables of a folder and return the result, caseids as text."""
    names = ["--patients", "--infusions", "--out"]
    files = [str(folder / name) for name in ("p.csv", "i.csv", "o.csv")]
    run(main, Config, [word for pair in zip(names, files, strict=True) for word in pair] + list(options))
    return pd.read_csv(folder / "o.csv", dtype={"caseid": str})


def mammillary(volumes, flows, ke0, change, rates, times):
    """Integrate the textbook equations from change to change of rate: plasma and effect site at `times`."""
    (v1, v2, v3), (cl, q2, q3) = volumes, np.array(flows) / 60.0

    def slope(t, y, rate):
        c1, c2, c3 = y[0] / v1, y[1] / v2, y[2] / v3
        return [
            rate - cl * c1 - q2 * (c1 - c2) - q3 * (c1 - c3),
            q2 * (c1 - c2),
            q3 * (c1 - c3),
            ke0 / 60.0 * (c1 - y[3]),
        ]

    state, found = np.zeros(4), []
    edges = [0.0, *change, times[-1] + 1e-6]
    for (start, end), rate in zip(pairwise(edges), [0.0, *rates], strict=True):
        inside = times[(times >= start) & (times < end)]
        run = solve_ivp(
            slope, (start, end), state, "DOP853", [*inside, end], args=(rate,), rtol=1e-12, atol=1e-14
        )
        found.append(run.y[:, :-1])
        state = run.y[:, -1]
    found = np.concatenate(found, axis=1)
    return found[0] / v1, found[3]


def test_concentrations_and_bis_are_exact_between_changes_of_rate(tables):
    course = replay(tables, "--every", "30").query("caseid == 'a'")
    times = course["time_s"].to_numpy()
    change = [13.7, 23.71, 200.5, 300.1]
    lean = 1.1 * 70 - 128 * (70 / 170) ** 2
    clearance = 1.89 + 0.0456 * (70 - 77) - 0.0681 * (lean - 59) + 0.0264 * (170 - 177)
    propofol = mammillary(
        (4.27, 18.9 + 0.391 * 13, 238),
        (clearance, 1.29 + 0.024 * 13, 0.836),
        0.456,
        change,
        [6, 0.15, 0, 0.2],
        times,
    )
    remifentanil = mammillary(
        (5.1 + 0.072 * (lean - 55), 9.82 + 0.108 * (lean - 55), 5.42),
        (2.6 + 0.0191 * (lean - 55), 2.05, 0.076),
        0.595,
        change,
        [2, 0.13, 0.3, 0],
        times,
    )
    tolerance = {"rtol": 1e-9, "atol": 1e-12}
    np.testing.assert_allclose(course["cp_propofol"], propofol[0], **tolerance)
    np.testing.assert_allclose(course["ce_propofol"], propofol[1], **tolerance)
    np.testing.assert_allclose(course["cp_remifentanil"], remifentanil[0], **tolerance)
    np.testing.assert_allclose(course["ce_remifentanil"], remifentanil[1], **tolerance)
    dose = propofol[1] / 4.47 + remifentanil[1] / 19.3  # Bouillon 2004
    np.testing.assert_allclose(course["bis"], 97.4 / (1.0 + dose**1.43), rtol=1e-9)


def test_pressure_and_heart_rate_do_not_depend_on_the_step(tables, monkeypatch):
    coarse = replay(tables)
    monkeypatch.setattr("experiments.replay.LONGEST_STEP", 0.125)
    fine = replay(tables)
    np.testing.assert_allclose(coarse[["map", "hr"]], fine[["map", "hr"]], rtol=1e-6)
    assert coarse["map"].between(30, 120).all()
    assert coarse["map"].max() - coarse["map"].min() > 10.0


def test_rows_run_from_zero_to_the_last_infusion_of_each_case(tables):
    course = replay(tables, "--every", "50")
    times = course.groupby("caseid")["time_s"]
    assert times.min().tolist() == [0.0, 0.0]
    assert times.max().to_dict() == {"a": 300.0, "b": 300.0}
    assert course["caseid"].tolist() == ["a"] * 7 + ["b"] * 7
    longer = replay(tables, "--every", "50", "--until", "400")
    assert longer.groupby("caseid")["time_s"].max().tolist() == [400.0, 400.0]
    pd.testing.assert_frame_equal(longer[longer["time_s"] <= 300].reset_index(drop=True), course, rtol=1e-9)


def test_a_patient_alone_is_the_same_as_among_others(tables):
    together = replay(tables).query("caseid == 'b'").reset_index(drop=True)
    (tables / "p.csv").write_text(
        "".join(line for line in PATIENTS.splitlines(True) if not line.startswith("a"))
    )
    (tables / "i.csv").write_text(
        "".join(line for line in INFUSIONS.splitlines(True) if not line.startswith("a"))
    )
    pd.testing.assert_frame_equal(replay(tables), together, rtol=1e-6)


def test_a_constant_infusion_of_one_row_is_shown_for_an_hour(tables, coarse_steps):
    (tables / "i.csv").write_text(RATES_HEADER + "a,100,0.2,0\nb,0,0.1,0\nb,60,0.2,0\n")
    course = replay(tables, "--every", "50").set_index("caseid")
    assert course.loc["a", "time_s"].max() == 3700.0
    assert course.loc["b", "time_s"].max() == 50.0
    assert course.loc["a", "propofol_mg_per_s"].tolist()[:4] == [0.0, 0.0, 0.2, 0.2]
    assert 4.0 < course.loc["a", "ce_propofol"].iloc[-1] < 5.0


def test_numbers_of_cases_are_the_same_with_and_without_a_point(tables):
    (tables / "p.csv").write_text(PATIENTS.replace("a,40", "1,40").replace("b,70", "2.0,70"))
    (tables / "i.csv").write_text(RATES_HEADER + "1.0,0,0.2,0\n1.0,60,0.1,0\n2,0,0.1,0\n2,60,0.1,0\n")
    course = replay(tables)
    assert course["caseid"].tolist() == ["1"] * 3 + ["2"] * 3
    assert (course.groupby("caseid")["cp_propofol"].last() > 0.5).all()


def test_targets_become_the_rates_of_a_pump_that_reaches_and_holds_them(tables, coarse_steps):
    """Patients who are as the pump believes: what it aims at is what they get. The other drug keeps its rates."""
    (tables / "p.csv").write_text(PATIENTS.replace("schnider", "marsh_pump").replace("b,70,F", "b,70,M"))
    (tables / "i.csv").write_text(
        "caseid,time_s,propofol_target_ug_per_ml,remifentanil_ug_per_s\na,24,3,0.1\na,600,2,0.1\na,1200,2,0\n"
    )
    course = replay(tables, "--every", "5").set_index("caseid").loc["a"].set_index("time_s")
    effect, rate = course["ce_propofol"], course["propofol_mg_per_s"]
    assert (effect.loc[:30] == 0.0).all()  # the pump looks every 10 s
    assert effect.max() < 1.01 * 3.0
    np.testing.assert_allclose(effect.loc[300:595], 3.0, rtol=0.02)
    np.testing.assert_allclose(effect.loc[900:], 2.0, rtol=0.02)
    assert rate.max() <= 20.0 / 3.0
    assert rate.loc[605] == 0.0  # waits for the effect site to fall
    assert (course["remifentanil_ug_per_s"].loc[25:1195] == 0.1).all()


def test_targets_of_plasma_and_of_both_drugs_under_other_beliefs(tables, coarse_steps):
    (tables / "p.csv").write_text("".join(PATIENTS.splitlines(True)[:2]))
    (tables / "i.csv").write_text(
        "caseid,time_s,propofol_target_ug_per_ml,remifentanil_target_ng_per_ml\na,0,4,5\na,600,4,5\n"
    )
    believed = ["--assumed-propofol", "schnider", "--target-site", "plasma"]
    course = replay(tables, "--every", "10", *believed).query("time_s >= 60")
    np.testing.assert_allclose(course["cp_propofol"], 4.0, rtol=0.01)
    np.testing.assert_allclose(course["cp_remifentanil"], 5.0, rtol=0.01)


def test_a_patient_without_infusions_has_one_awake_row(tables):
    (tables / "p.csv").write_text(PATIENTS + "c,50,M,180,80,marsh_modified,kim\n")
    course = replay(tables).query("caseid == 'c'")
    assert course["time_s"].tolist() == [0.0]
    assert course["bis"].tolist() == [97.4]
    assert course["cp_propofol"].tolist() == [0.0]


BAD = [
    ("p", "schnider", "shnider", "propofol_model (row 1): 'shnider' is not known; did you mean 'schnider'?"),
    ("p", "minto", "mint", "remifentanil_model (row 1): 'mint' is not known; did you mean 'minto'?"),
    ("p", "a,40", "a,140", "p.csv: age '140' (row 1) is not allowed; 0 to 110 years"),
    ("p", ",60,el", ",6000,el", "p.csv: weight_kg '6000' (row 2) is not allowed; 1 to 300 kg"),
    ("p", ",60,el", ",heavy,el", "p.csv: weight_kg 'heavy' (row 2) is not allowed; 1 to 300 kg"),
    ("p", "F,160", "F,", "p.csv: height_cm '' (row 2) is not allowed; 40 to 230 cm"),
    ("p", ",F,", ",X,", "sex: 'X' (row 2) is not allowed; F or M"),
    ("p", "b,70", "a,70", "p.csv: caseid 'a' (row 2) is there twice; once is allowed"),
    ("p", "b,70", ",70", "p.csv: caseid (row 2) is empty; a name is needed"),
    ("p", "height_cm", "heigth_cm", "p.csv: column 'height_cm' is missing; did you mean 'heigth_cm'?"),
    ("p", PATIENTS, "", "p.csv: not a readable CSV file"),
    ("p", PATIENTS[PATIENTS.index("a,40") :], "", "p.csv: there are no rows below the header"),
    ("i", "time_s", "time", "i.csv: column 'time_s' is missing; did you mean 'time'?"),
    (
        "i",
        "a,200.5",
        "a,20",
        "i.csv: time_s 20 (row 4, case a) comes after 23.71; it must increase within a case",
    ),
    ("i", "a,13.7,", "a,-13.7,", "i.csv: time_s '-13.7' (row 1) is not allowed; a number of at least 0 s"),
    (
        "i",
        "0.15",
        "-0.15",
        "i.csv: propofol_mg_per_s '-0.15' (row 2) is not allowed; a number of at least 0 mg/s",
    ),
    (
        "i",
        "0.13",
        "nan",
        "i.csv: remifentanil_ug_per_s 'nan' (row 2) is not allowed; a number of at least 0 µg/s",
    ),
    (
        "i",
        "0.13",
        "inf",
        "i.csv: remifentanil_ug_per_s 'inf' (row 2) is not allowed; a number of at least 0 µg/s",
    ),
    (
        "i",
        "13.7,6,",
        "13.7,2000,",
        "i.csv: propofol_mg_per_s 2000 (row 1) is not allowed; at most 6.667 mg/s, which is 1200 mL/h of 20 mg/mL: "
        "is it in mL/h, not in mg/s?",
    ),
    (
        "i",
        "0.13",
        "18",
        "remifentanil_ug_per_s 18 (row 2) is not allowed; at most 6.667 µg/s, which is 1200 mL/h",
    ),
    ("i", "a,200.5", "a,23.71", "i.csv: time_s 23.71 (row 4, case a) comes after 23.71; it must increase"),
    (
        "i",
        INFUSIONS,
        INFUSIONS.replace("propofol_mg_per_s", "propofol_target_ug_per_ml").replace("7,6,", "7,60,"),
        "i.csv: propofol_target_ug_per_ml '60' (row 1) is not allowed; 0 to 15 µg/mL",
    ),
    ("i", "b,301", "z,301", "infusions: caseid 'z' (row 5) is not in the table of patients"),
]


@pytest.mark.parametrize(("table", "old", "new", "line"), BAD, ids=[line[:60] for *_, line in BAD])
def test_bad_tables_are_refused_in_one_line_and_nothing_is_written(tables, capsys, table, old, new, line):
    path = tables / f"{table}.csv"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    before = sorted(tables.iterdir())
    refused(lambda: replay(tables), capsys, line)
    assert sorted(tables.iterdir()) == before


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--every", "0"], "every: 0 is not allowed; a number of seconds above 0"),
        (["--every", "nan"], "every: nan is not allowed"),
        (["--until", "-5"], "until: -5 is not allowed; a number of seconds of at least 0"),
        (["--bis-model", "boullion"], "bis_model: 'boullion' is not known; did you mean 'bouillon'?"),
        (["--assumed-propofol", "mash"], "assumed_propofol: 'mash' is not known; did you mean 'marsh'?"),
        (["--circulation", "su"], "circulation: 'su' is not known; there are su2023, vitaldb"),
        (["--vitaldb", "x"], "vitaldb: not allowed together with patients and infusions"),
        (["--infusions", "missing.csv"], "missing.csv: No such file or directory"),
    ],
)
def test_bad_options_are_refused_in_one_line(tables, capsys, options, line):
    refused(lambda: replay(tables, *options), capsys, line)


def test_a_drug_has_rates_or_targets(tables, capsys):
    (tables / "i.csv").write_text(INFUSIONS.replace("remifentanil_ug_per_s", "propofol_target_ug_per_ml"))
    line = "columns propofol_mg_per_s and propofol_target_ug_per_ml are not allowed together; one of the two"
    refused(lambda: replay(tables), capsys, line)


def test_semicolons_and_decimal_commas_are_read(tables, coarse_steps):
    plain = replay(tables)
    for name in ("p.csv", "i.csv"):
        path = tables / name
        path.write_text(path.read_text().replace(",", ";").replace(".", ","))
    pd.testing.assert_frame_equal(replay(tables), plain)


def test_one_table_without_the_other_is_refused(tables, capsys):
    line = "patients and infusions: one of the two tables is missing; give both"
    refused(lambda: run(main, Config, ["--patients", str(tables / "p.csv")]), capsys, line)


def refused(action, capsys, line):
    with pytest.raises(SystemExit) as stop:
        action()
    assert stop.value.code == 2
    errors = [text for text in capsys.readouterr().err.splitlines() if not text.startswith("warning: ")]
    assert len(errors) == 1
    assert errors[0].startswith("error: ")
    assert line in errors[0]
