"""What recorded pumps gave, by whatever they held and showed: the drug is known from the dose, not from the track."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.recorded.pumps.tracks import rates_of
from experiments.recorded.recordings import propofol_rate, read_vitaldb, remifentanil_rate

NAN = np.nan
SAMPLES = 6


def written(folder, suffix=".parquet", **tracks):
    """A folder with one case: tracks of six samples, by the pump and what it shows."""
    (folder / "cases.csv").write_text("caseid,age,sex,height,weight\n7,40,M,170,70\n")
    shown = {"BIS/BIS": [90.0] * SAMPLES} | {f"Orchestra/{name}": row for name, row in tracks.items()}
    if suffix == ".vital":
        vitaldb = pytest.importorskip("vitaldb", reason="the package vitaldb is not installed")
        file = vitaldb.VitalFile()
        file.dtstart, file.dtend = 1000.0, 1000.0 + 10.0 * SAMPLES
        for track, row in shown.items():
            records = [(1005.0 + 10.0 * at, value) for at, value in enumerate(row) if np.isfinite(value)]
            file.add_track(track, [{"dt": at, "val": value} for at, value in records])
        file.to_vital(str(folder / "7.vital"))
    else:
        table = pd.DataFrame({"caseid": 7, "Time": 10 * np.arange(SAMPLES), **shown})
        table.to_parquet(folder / "signals.parquet")
    return read_vitaldb(folder)


@pytest.mark.parametrize("suffix", [".parquet", ".vital"])
@pytest.mark.parametrize(
    ("pump", "strength"),
    [("RFTN20", 20.0), ("RFTN50", 50.0), ("RFTN40", 40.0), ("PPF20", 20.0), ("PPF10", 10.0)],
)
def test_a_rate_is_worth_what_the_syringe_holds(tmp_path, pump, strength, suffix):
    other = {"PPF10_RATE" if pump.startswith("RFTN") else "RFTN50_RATE": [0.0] * SAMPLES}
    recordings = written(tmp_path, suffix, **{f"{pump}_RATE": [0.0, 36.0, 72.0, 0.0, 0.0, 0.0]}, **other)
    found = (propofol_rate if pump.startswith("PPF") else remifentanil_rate)(recordings)
    np.testing.assert_allclose(found[:, 0], np.array([0, 36, 72, 0, 0, 0]) * strength / 3600.0)


def test_two_pumps_of_a_drug_give_their_sum(tmp_path):
    tracks = {
        "RFTN20_RATE": [0.0, 36.0, NAN, 36.0, NAN, NAN],
        "RFTN50_RATE": [NAN, NAN, 36.0, 36.0, NAN, NAN],
    }
    recordings = written(tmp_path, PPF20_RATE=[0.0] * SAMPLES, **tracks)
    np.testing.assert_allclose(remifentanil_rate(recordings)[:, 0], [0.0, 0.2, 0.7, 0.7, 0.7, 0.7])
    assert np.isnan(recordings.signals["remifentanil"][4:]).all()  # a gap remains known as one


def test_where_rates_are_missing_volumes_say_what_was_given(tmp_path):
    tracks = {"PPF20_RATE": [0.0, 36.0, NAN, NAN, NAN, 18.0], "PPF20_VOL": [0.0, 0.1, 0.3, NAN, 0.7, 0.7]}
    recordings = written(tmp_path, RFTN50_VOL=[0.0, 0.1, 0.1, 0.1, 0.2, 0.2], **tracks)
    np.testing.assert_allclose(propofol_rate(recordings)[:, 0], [0.0, 0.2, 0.4, 0.4, 0.4, 0.1])
    np.testing.assert_allclose(
        remifentanil_rate(recordings)[:, 0], [0.0, 0.5, 0.0, 0.0, 0.5, 0.0], atol=1e-12
    )


def test_a_counter_that_falls_was_set_to_zero_and_one_count_says_nothing():
    volume = np.array([[NAN, 4.0, 5.0, 0.5, 0.5], [NAN, NAN, 3.0, NAN, NAN]]).T
    rates = rates_of(volume)
    np.testing.assert_allclose(rates[:, 0], [NAN, NAN, 360.0, 180.0, 0.0])
    assert np.isnan(rates[:, 1]).all()


@pytest.mark.parametrize("suffix", [".parquet", ".vital"])
@pytest.mark.parametrize(("value", "said"), [(-0.8, r"-0\.8"), (1300.0, r"1300\.0")])
def test_a_rate_that_no_pump_gives_is_refused_with_its_row(tmp_path, suffix, value, said):
    words = rf"Orchestra/PPF20_RATE {said} \(row 3\) is not allowed; 0 to 1200 mL/h"
    with pytest.raises(ValueError, match=words):
        written(tmp_path, suffix, PPF20_RATE=[0.0, 0.0, value, 0.0, 0.0, 0.0], RFTN20_RATE=[0.0] * SAMPLES)


def test_a_drug_without_any_track_is_named_with_all_that_would_do(tmp_path):
    words = (
        r"column 'Orchestra/RFTN20_RATE' is missing, or one of another syringe or its volume "
        r"\(Orchestra/RFTN20_VOL, .*Orchestra/RFTN50_RATE.*\); there are caseid"
    )
    with pytest.raises(ValueError, match=words):
        written(tmp_path, PPF10_RATE=[0.0] * SAMPLES)
