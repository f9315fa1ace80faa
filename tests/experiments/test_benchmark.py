"""The benchmark measures every layer, library and batch size it promises, and refuses nonsense."""

import json

import pytest

from experiments.benchmark import Benchmark, main

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_every_layer_library_and_batch_size_is_measured(tmp_path):
    main(Benchmark(patients=(1, 3), seconds=0.01, out=tmp_path))
    rows = json.loads((tmp_path / "benchmark.json").read_text())["rows"]
    single = [row for row in rows if row["threads"] == 1]
    assert {(row["patients"], row["library"], row["layer"]) for row in single} == {
        (patients, *what)
        for patients in (1, 3)
        for what in (
            ("numpy", "physiology"),
            ("numpy", "theatre"),
            ("torch", "physiology"),
            ("torch", "theatre"),
            ("numpy", "environment"),
        )
    }
    for row in rows:
        per_patient = row["patients"] * 1e6 / row["patient_seconds_per_second"]
        assert row["microseconds_per_simulated_second"] == pytest.approx(per_patient)


@pytest.mark.parametrize(("field", "value"), [("patients", (0,)), ("seconds", 0.0)])
def test_a_bad_option_is_named(tmp_path, field, value):
    with pytest.raises(ValueError, match=field):
        main(Benchmark(**{field: value, "out": tmp_path}))
