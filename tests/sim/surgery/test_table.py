"""A case that somebody wrote down: phases, stimulus and bleeding at their minutes, and clear words where it is odd."""

from __future__ import annotations

import inspect
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.arrays import map_arrays
from sim.environment.env import AnesthesiaEnv
from sim.randomness import case_keys
from sim.surgery import EVENTS, PHASES, bleeding_at, phase_at, plan, stimulus_at, table

KEYS = case_keys(3, np.arange(3))
HORIZON = 9000.0
CASE = inspect.cleandoc(table.__doc__).partition("    minute,")[2]
CASE = "minute," + re.sub(r"\n +", "\n", CASE)  # the example in its own words
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture
def written(tmp_path):
    def write(text: str) -> str:
        path = tmp_path / "my_case.csv"
        path.write_text(text)
        return str(path)

    return write


def test_what_is_written_happens_at_its_minute_and_to_everybody(written):
    planned = plan(written(CASE), KEYS, HORIZON, 1.0)
    expected = {  # minute: phase, BIS points, mL/min
        0: ("induction", 0.0, 0.0),
        2: ("induction", 20.0, 0.0),  # half way to 40
        4: ("intubation", 40.0, 0.0),
        5.5: ("preparation", 10.0, 0.0),
        30: ("incision", 16.0, 0.0),
        59.9: ("maintenance", 12.0 - 2.0 * 24.9 / 75.0, 0.0),
        60: ("maintenance", 12.0 - 2.0 * 25.0 / 75.0, 200.0),  # linear between rows that give it
        63.9: ("maintenance", 12.0 - 2.0 * 28.9 / 75.0, 200.0),
        64: ("maintenance", 12.0 - 2.0 * 29.0 / 75.0, 0.0),
        110: ("closing", 10.0, 0.0),
        300: ("emergence", 3.0, 0.0),
    }
    for minute, (phase, points, millilitres) in expected.items():
        now = np.full(3, 60.0 * minute)
        np.testing.assert_array_equal(phase_at(planned, now), PHASES.index(phase), err_msg=str(minute))
        np.testing.assert_allclose(stimulus_at(planned, now), points, rtol=1e-12, err_msg=str(minute))
        np.testing.assert_allclose(
            60e3 * bleeding_at(planned, now), millilitres, atol=1e-12, err_msg=str(minute)
        )
    np.testing.assert_array_equal(planned.blunted, 1.0)


def test_a_table_in_memory_and_a_path_are_the_same_surgery(written):
    path = written(CASE)
    from_file, from_table = plan(path, KEYS, HORIZON), plan(pd.read_csv(io.StringIO(CASE)), KEYS, HORIZON)
    map_arrays(np.testing.assert_array_equal, from_file, from_table)
    for source in (path, Path(path), pd.read_csv(path)):
        env = AnesthesiaEnv(
            surgery=source, cohort=pd.DataFrame({"age": [50], "sex": ["F"], "height": 165, "weight": 60})
        )
        env.reset(seed=1)
        np.testing.assert_array_equal(env.ward.case.surgery.stimulus[:, 0], from_file.stimulus[:, 0])
        assert env.ward.case.patient.covariates.weight[0] == 60.0


def test_events_come_on_top_and_what_is_not_written_does_not_happen(written):
    planned = plan(written("minute,bleeding\n5,30\n6,0\n"), KEYS, HORIZON, events=("traction",))
    for time in (0.0, 400.0, HORIZON):
        assert (stimulus_at(planned, np.full(3, time)) == 0.0).all()
        assert (phase_at(planned, np.full(3, time)) == 0).all()
    assert planned.loads.begins.shape[0] == len(
        EVENTS.get("traction").loads("x", KEYS, *np.zeros((2, 3))).begins
    )
    quiet = plan(written("minute,phase\n3,maintenance\n"), KEYS, HORIZON, 1.0)
    assert (bleeding_at(quiet, np.full(3, 3600.0)) == 0.0).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "surgery: cannot read .*No such file"),
        ("", "surgery: cannot read .*: No columns to parse from file"),
        ("phase,stimulus\nincision,3\n", "surgery: .* has no column 'minute'; found phase, stimulus"),
        ("minute\tstimulus\n1.5\t3\n", "surgery: .* has no column 'minute'; found minute\\tstimulus"),
        ("minute,stimulus\n", "surgery: .* has no rows; at least one is needed"),
        ("minute\n3\n", "surgery: .* says nothing; phase, stimulus or bleeding is needed beside minute"),
        (
            "minute,pain\n3,4\n",
            "surgery: .* has a column 'pain', which is not allowed; minute, phase, stimulus, bl",
        ),
        ("minute,stimulus\n-1,4\n", r"minute: -1 \(row 1\) is not allowed; 0 to 1440 minutes"),
        ("minute,stimulus\n1,4\n,5\n", r"minute: nan \(row 2\) is not allowed; 0 to 1440 minutes"),
        (
            "minute,stimulus\n5,4\n5,8\n",
            r"minute: 5 \(row 2\) is not allowed; more than 5, as in the row above",
        ),
        (
            "minute,stimulus\n5,4\n3,8\n",
            r"minute: 3 \(row 2\) is not allowed; more than 5, as in the row above",
        ),
        (
            "minute,stimulus\n5,strong\n",
            r"stimulus: 'strong' \(row 1\) is not allowed; -100 to 100 BIS points",
        ),
        ("minute,stimulus\n5,101\n", r"stimulus: 101 \(row 1\) is not allowed; -100 to 100 BIS points"),
        ("minute,bleeding\n5,2000\n", r"bleeding: 2000 \(row 1\) is not allowed; -1000 to 1000 mL/min"),
        ("minute,bleeding\n5,inf\n", r"bleeding: inf \(row 1\) is not allowed; -1000 to 1000 mL/min"),
        (
            "minute,phase\n5,cutting\n",
            r"phase: 'cutting' \(row 1\) is not allowed; induction, intubation, prep",
        ),
        ("minute,phase\n5,4\n", r"phase: 4 \(row 1\) is not allowed; induction, intubation, preparation"),
        ("minute,phase\n5,induction\n", r"phase: 'induction' \(row 1\) is not allowed there; .* at minute 0"),
        (
            "minute,phase\n5,closing\n9,incision\n",
            r"phase: 'incision' \(row 2\) is not allowed after 'closing'",
        ),
        (
            "minute,phase\n5,closing\n9,closing\n",
            r"phase: 'closing' \(row 2\) is not allowed after 'closing'",
        ),
    ],
)
def test_an_odd_table_is_refused_by_column_value_and_row(written, tmp_path, text, message):
    path = str(tmp_path / "my_case.csv") if text is None else written(text)
    with pytest.raises(ValueError, match=f"^{message}"):
        plan(path, KEYS, HORIZON)
