"""The speed of what is heard is measured for every batch, and bad numbers are refused."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments.waves.speed import Speed, main


def test_every_batch_is_timed(tmp_path):
    main(Speed(patients=(1, 2), seconds=0.01, out=tmp_path))
    table = pd.read_csv(tmp_path / "speed.csv")
    assert list(table["patients"]) == [1, 1, 1, 2, 2, 2]
    assert (table["patient_seconds_per_second"] > 0.0).all()


@pytest.mark.parametrize("options", [{"patients": ()}, {"patients": (0,)}, {"seconds": 0.0}])
def test_bad_numbers_are_refused(options, tmp_path):
    with pytest.raises(ValueError, match="is not allowed"):
        main(Speed(**options, out=tmp_path / "speed"))
    assert not (tmp_path / "speed").exists()
