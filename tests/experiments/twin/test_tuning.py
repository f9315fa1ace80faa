"""Sizes and times of drift and noise are found again in what is left over by made-up cases."""

import numpy as np
import pytest

from experiments.running.command_line import run
from experiments.twin import tuning
from experiments.twin.tuning import Tuning, log_likelihood, main, tuned
from predictors.learning.watching import INTERVAL
from predictors.twins.wander import DRIFT, QUICK, Wander

TRUE = Wander(
    drift_sd=0.25, drift_time=400.0, quick_sd=3.0, quick_time=40.0, reading_sd=0.5, scale_freedom=15.0
)
START = Wander(
    drift_sd=0.15, drift_time=800.0, quick_sd=4.5, quick_time=25.0, reading_sd=0.3, scale_freedom=10.0
)


@pytest.fixture(scope="module")
def left_over():
    """What 40 cases leave over, its slope and what was shown, (samples, cases)."""
    rng = np.random.default_rng(4)
    samples, cases = 240, 40
    scale = np.sqrt(TRUE.scale_freedom / rng.chisquare(TRUE.scale_freedom, cases))
    kept, sd = TRUE.kept(INTERVAL)[:, None], np.sqrt(TRUE.variance)[:, None]
    state = sd * rng.normal(size=(2, cases))
    path = []
    for _ in range(samples):
        state = kept * state + sd * np.sqrt(1.0 - kept**2) * rng.normal(size=(2, cases))
        path.append(state)
    slope = -30.0 + 5.0 * rng.normal(size=(1, cases)) + np.zeros((samples, 1))
    drawn = np.array(path)
    rest = slope * drawn[:, DRIFT] + drawn[:, QUICK] + TRUE.reading_sd * rng.normal(size=slope.shape)
    shown = rng.random(slope.shape) < 0.9
    return np.where(shown, scale * rest, 0.0), slope, shown


def test_sizes_and_times_are_found_again(left_over, monkeypatch):
    monkeypatch.setattr(tuning, "EVALUATIONS", 160)
    found, likelihood = tuned(START, *left_over)
    assert found.drift_sd == pytest.approx(TRUE.drift_sd, rel=0.2)
    assert found.drift_time == pytest.approx(TRUE.drift_time, rel=0.4)
    assert found.quick_sd == pytest.approx(TRUE.quick_sd, rel=0.1)
    assert found.quick_time == pytest.approx(TRUE.quick_time, rel=0.2)
    assert likelihood >= log_likelihood(TRUE, *left_over) / left_over[2].sum()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--cases", "0"], "cases: 0 is not allowed; 1 or more"),
        (["--data", "nowhere"], "data: folder nowhere does not exist"),
    ],
)
def test_bad_options_are_refused_in_one_line(options, line, capsys, tmp_path):
    with pytest.raises(SystemExit):
        run(main, Tuning, [*options, "--out", str(tmp_path / "out")])
    assert line in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
