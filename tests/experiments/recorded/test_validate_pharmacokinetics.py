import numpy as np
import pandas as pd
import pytest
from scipy.integrate import solve_ivp

from experiments.judging.prediction_errors import median_errors
from experiments.recorded.pharmacokinetics import Config, main, matched_eleveld
from experiments.recorded.plasma_samples import (
    plasma_at_samples,
    read_minto,
    read_pool,
    read_schnider,
    select,
)
from experiments.recorded.recordings import data_folder
from experiments.running.command_line import run
from predictors.learning.measures import performance_error
from sim.arrays import take
from sim.pharmacokinetics import PROPOFOL, REMIFENTANIL

SCHNIDER = """ID,TIME,DV,AMT,RATE,EVID,AGE,WT,HT,M1F2,A1V2
1,0,0,140,420,4,40,70,170,1,1
1,0.2,5,0,0,0,40,70,170,1,1
1,5,2,0,0,0,40,70,170,1,1
1,5,0,30,3,1,40,70,170,1,1
1,12.3,1,0,0,0,40,70,170,1,1
1,40,0.2,0,0,0,40,70,170,1,1
1,0,0,70,140,4,40,70,170,1,1
1,3,2,0,0,0,40,70,170,1,1
2,0,0,100,300,4,70,60,160,2,1
2,10,0.5,0,0,0,70,60,160,2,1
"""
# (MDPE, MDAPE, %) on the public tables, from an independent computation
PUBLISHED_SCHNIDER = {
    "schnider": (-0.9, 15.3),
    "eleveld_no_opioid": (-0.4, 18.2),
    "marsh": (-22.7, 34.8),
    "eleveld": (-27.6, 29.9),
}
PUBLISHED_ADULTS = {
    "schnider": (2.7, 25.8),
    "eleveld": (-12.5, 26.2),
    "marsh": (5.5, 39.2),
    "schuttler": (-18.7, 33.2),
}
PUBLISHED_MINTO = {"minto": (-2.8, 15.4), "eleveld": (2.9, 16.8), "kim": (3.5, 17.1)}
TOLERANCE = 0.15


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "propofol_schnider1998.csv"
    path.write_text(SCHNIDER)
    return path


@pytest.fixture(scope="module")
def measurements():
    """The folder of measured concentrations, or a skip that says why."""
    try:
        return data_folder() / "pk"
    except ValueError as error:
        pytest.skip(str(error))


def numbers(samples, model):
    """MDPE and MDAPE, medians over records, and the number of records."""
    errors = median_errors(
        performance_error(samples.measured, plasma_at_samples(model, samples)), samples.record
    )
    return errors["MDPE"].median(), errors["MDAPE"].median(), len(errors)


def test_every_session_is_simulated_exactly_on_its_own_grid(small):
    samples = read_schnider(small)
    assert samples.record.tolist() == ["1", "1", "2"]  # two sessions of the first volunteer, longest first
    model = PROPOFOL.get("schnider")(samples.person)
    predicted = plasma_at_samples(model, samples)
    first = take(model, 0)

    def slope(minute, amounts):
        rate = 420.0 * (minute < 1 / 3) + 3.0 * (5.0 <= minute < 15.0)
        c1, c2, c3 = amounts[0] / first.v1, amounts[1] / first.v2, amounts[2] / first.v3
        out2, out3 = first.q2 * (c1 - c2), first.q3 * (c1 - c3)
        return [rate - first.cl * c1 - out2 - out3, out2, out3]

    state, expected, at = np.zeros(3), {}, 0.0
    for end in (0.2, 1 / 3, 5.0, 12.3, 15.0, 40.0):
        inside = np.nextafter(end, 0.0)
        state = solve_ivp(slope, (at, inside), state, "DOP853", rtol=1e-11, atol=1e-12, max_step=1.0).y[:, -1]
        at = end
        expected[round(60 * end, 6)] = state[0] / first.v1
    for minute in (0.2, 5.0, 12.3, 40.0):
        rows = np.isclose(samples.time[:, 0], 60 * minute) & np.isfinite(samples.measured[:, 0])
        np.testing.assert_allclose(predicted[rows, 0], expected[round(60 * minute, 6)], rtol=1e-7)


def test_a_session_does_not_depend_on_the_others(small):
    samples = read_schnider(small)
    model = PROPOFOL.get("eleveld")(samples.person)
    together = plasma_at_samples(model, samples)
    for session in range(3):
        mask = np.arange(3) == session
        alone = plasma_at_samples(take(model, np.flatnonzero(mask)), select(samples, mask))
        np.testing.assert_allclose(alone[:, 0], together[: len(alone), session], rtol=1e-12)


def test_performance_errors_of_a_known_bias():
    predicted = np.array([[1.0, 2.0], [4.0, 0.0], [8.0, 5.0]])
    measured = np.array([[1.1, np.nan], [4.8, 1.0], [7.2, 5.5]])
    error = performance_error(measured, predicted)
    np.testing.assert_allclose(error, [[10, np.nan], [20, np.nan], [-10, 10]])
    table = median_errors(error, np.array(["b", "a"]))
    assert table["record"].tolist() == ["b", "a"]
    np.testing.assert_allclose(table[["samples", "MDPE", "MDAPE"]], [[3, 10, 10], [1, 10, 10]])


@pytest.mark.parametrize("name", PUBLISHED_SCHNIDER)
def test_schnider_set_reproduces_the_reference(measurements, name):
    samples = read_schnider(measurements / "propofol_schnider1998.csv")
    *errors, records = numbers(samples, PROPOFOL.get(name)(samples.person))
    assert records == 24
    np.testing.assert_allclose(errors, PUBLISHED_SCHNIDER[name], atol=TOLERANCE)


def test_pool_reproduces_the_reference(measurements):
    pool = read_pool(measurements / "propofol_pool.csv")
    *errors, records = numbers(pool, matched_eleveld(pool))
    assert records in (575, 576)  # one session more than the reference counted
    np.testing.assert_allclose(errors, (-0.4, 22.3), atol=TOLERANCE)
    adults = select(pool, (pool.person.age >= 18.0) & pool.arterial)
    for name, expected in PUBLISHED_ADULTS.items():
        *errors, records = numbers(adults, PROPOFOL.get(name)(adults.person))
        assert records == 337
        np.testing.assert_allclose(errors, expected, atol=TOLERANCE)


@pytest.mark.parametrize("name", PUBLISHED_MINTO)
def test_minto_set_reproduces_the_reference(measurements, name):
    samples = read_minto(measurements / "remifentanil_minto1997.csv")
    *errors, records = numbers(samples, REMIFENTANIL.get(name)(samples.person))
    assert records == 65
    np.testing.assert_allclose(errors, PUBLISHED_MINTO[name], atol=TOLERANCE)


@pytest.mark.slow
def test_the_whole_validation_writes_its_tables_and_figure(measurements, tmp_path, capsys):
    run(main, Config, ["--data", str(measurements.parent), "--out", str(tmp_path)])
    names = {"config.json", "records.csv", "summary.csv", "spread.csv", "summary.md", "errors.png"}
    assert {path.name for path in tmp_path.iterdir()} == names
    summary = pd.read_csv(tmp_path / "summary.csv").set_index(["dataset", "model"])
    assert summary.loc[("pump_ce_propofol", "marsh_modified"), "MDAPE"] < 2.5


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("TIME", "TIEM", "column 'TIME' is missing; did you mean 'TIEM'?"),
        ("1,0.2,5", "1,0.2,minus", "DV 'minus' (row 2) is not allowed; a number of at least 0"),
        ("1,5,0,30,3", "1,5,0,30,0", "RATE 0 of a dose is not allowed"),
        (SCHNIDER, "", "not a readable CSV file"),
    ],
)
def test_a_damaged_table_is_refused_and_nothing_is_written(tmp_path, capsys, old, new, line):
    (tmp_path / "pk").mkdir()
    (tmp_path / "pk" / "propofol_schnider1998.csv").write_text(SCHNIDER.replace(old, new, 1))
    with pytest.raises(SystemExit) as stop:
        run(main, Config, ["--data", str(tmp_path), "--out", str(tmp_path / "out")])
    assert stop.value.code == 2
    assert line in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_missing_data_folder_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        run(main, Config, ["--data", str(tmp_path / "nowhere")])
    assert stop.value.code == 2
    assert "nowhere does not exist" in capsys.readouterr().err
