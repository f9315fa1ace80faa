from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.imaging.causes.__main__ import Causes, main
from sim.imaging.faces.worlds import AS_DRAWN, WORLDS


def test_every_world_is_judged_and_compared_with_the_one_as_drawn(tmp_path):
    main(Causes(steps=2, test=200, trainings=1, out=tmp_path), Console(quiet=True))
    rows = pd.read_csv(tmp_path / "causes.csv").set_index(["world", "measure"])
    assert {world for world, _ in rows.index} == set(WORLDS)
    for world, measure in rows.index:
        row, drawn = rows.loc[(world, measure)], rows.loc[(AS_DRAWN, measure)]
        assert row["low"] <= row["estimate"] <= row["high"]
        np.testing.assert_allclose(row["gap_estimate"], row["estimate"] - drawn["estimate"], atol=1e-9)
    report = (tmp_path / "report.md").read_text()
    assert "Nothing here shows clinical accuracy." in report
    assert all(f"| {world} |" in report for world in WORLDS)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"test": 99}, "test: 99 is not allowed; 100 or more"),
        ({"steps": 0}, "steps: 0 is not allowed; 1 or more"),
        ({"trainings": 0}, "trainings: 0 is not allowed; 1 or more"),
    ],
)
def test_bad_options_are_named_before_anything_is_made(option, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        main(Causes(**{"out": tmp_path / "never", **option}))
    assert not (tmp_path / "never").exists()
