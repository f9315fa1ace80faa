"""A room where waveforms are heard: what the team relaxes, what is shown and heard of them, and who needs it."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from sim import theatre
from sim.environment.env import AnesthesiaEnv
from sim.environment.ward import Options, Ward
from sim.interfaces import Orders
from sim.pharmacokinetics import rocuronium
from sim.theatre import Theatre, sounding
from sim.theatre.rollout import cases, simulate
from sim.theatre.sounding import LIGHT

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def orders(patients: int, rate: float = 0.2, **more) -> Orders:
    return Orders(np.full((3, patients), rate), np.zeros((3, patients)), **more)


class Steady:
    """Gives a little all the time."""

    orders = "rates"

    def initial(self, covariates, keys):
        return np.zeros(len(keys))

    def act(self, state, readings, estimates):
        return orders(len(state)), state


class Needy(Steady):
    readings: ClassVar = ("suppression_ratio",)


class Hearer:
    """Estimates how large the EEG is."""

    waves: ClassVar = ("eeg",)
    control_period = 10.0
    estimates: ClassVar = {"size": (0.0, 1000.0, "µV")}

    def initial(self, covariates):
        return np.zeros(len(covariates.age))

    def update(self, state, readings):
        return state, {"size": readings.waves["eeg"].std(0)}


def test_the_team_intubates_relaxed_patients_and_keeps_them_so_until_the_closing():
    room = Theatre(horizon=7200.0)
    case = cases(room, 1, 8)
    muscles, blocks = rocuronium.none(np.zeros(8)), []
    for time in np.arange(0.0, 7200.0, 10.0):
        dose = sounding.teams_dose(muscles, case.surgery, np.full(8, time))
        muscles = rocuronium.step(muscles, dose, 10.0)
        blocks.append(rocuronium.relaxed(muscles))
    block, starts = np.array(blocks), case.surgery.phase_starts
    for patient in range(8):
        intubated, closing = (int(starts[phase, patient] // 10) for phase in (1, 5))
        assert block[: intubated - 7, patient].max() == 0.0
        assert block[intubated + 2, patient] > 0.8
        assert block[intubated + 6 : closing, patient].min() > LIGHT - 0.25
        assert block[-1, patient] < block[closing - 1 :, patient].max()


def test_an_agent_may_relax_the_muscles_itself():
    room = Theatre(horizon=600.0, bis_source="eeg")
    case = cases(room, 1, 2)
    state, _ = theatre.begin(room, case)
    given, _ = theatre.turn(room, case, state, orders(2, rocuronium=np.array([[50.0, 0.0]])))
    left, right = given.sounds.muscles.sum(0)
    assert left > 0.0 == right


def test_where_nothing_is_heard_there_are_no_waves_and_the_case_is_the_same():
    quiet, loud = Theatre(horizon=600.0), Theatre(horizon=600.0, readings=("emg",), waves=("ppg",))
    played = [simulate(room, cases(room, 1, 2), Steady()) for room in (quiet, loud)]
    for name, values in played[0].signals().items():
        np.testing.assert_array_equal(played[1].signals()[name], values, err_msg=name)
    assert not played[0].more
    assert played[1].more["emg"].shape == played[0].bis.shape
    assert theatre.begin(quiet, cases(quiet, 1, 2))[0].sounds is None


def test_the_index_that_is_heard_follows_the_true_one():
    room = Theatre(horizon=900.0, bis_source="eeg", surgery="none")
    trace = simulate(room, cases(room, 4, 12), Steady())
    late = trace.time >= 600.0
    assert abs(np.nanmean(trace.measured_bis[late] - trace.bis[late])) < 5.0
    assert np.isnan(trace.measured_bis).mean() < 0.05


def test_a_new_patient_in_a_bed_is_heard_as_alone():
    """One that comes while others have been heard for a while."""
    shown = {"bis_source": "eeg", "readings": ("surgical_pleth_index", "analgesia_index")}
    ward = Ward(Options(horizon=600.0, **shown), 2)
    ward.reset(np.array([5, 5]), np.array([0, 1]))
    for _ in range(3):
        ward.step(np.full((2, 2), 0.1))
    ward.reset(np.array([5]), np.array([2]), np.array([1]))
    alone = Ward(Options(horizon=600.0, **shown), 1)
    alone.reset(np.array([5]), np.array([2]))
    for _ in range(2):
        many, one = ward.step(np.full((2, 2), 0.1)), alone.step(np.full((1, 2), 0.1))
        np.testing.assert_allclose(many.observations[1], one.observations[0], rtol=1e-6)


def test_readings_are_observations_and_observers_hear_waves():
    env = AnesthesiaEnv(horizon=600.0, readings=("emg",), waves=("eeg",), observer=Hearer())
    names = list(env.ward.signals)
    assert names[-3:] == ["emg", "emg_valid", "estimated_size"]
    observation, _ = env.reset(seed=1)
    assert env.observation_space.contains(observation)
    assert 25.0 <= observation[-3] <= 100.0
    assert observation[-1] > 1.0


def test_whoever_needs_what_the_room_has_not_is_refused_in_one_line():
    room = Theatre(horizon=600.0)
    with pytest.raises(
        ValueError, match=r"^readings: none is not allowed; agent Needy needs suppression_ratio$"
    ):
        simulate(room, cases(room, 1, 1), Needy())
    with pytest.raises(ValueError, match=r"^waves: none is not allowed; observer Hearer reads eeg$"):
        simulate(room, cases(room, 1, 1), Steady(), Hearer())
    with pytest.raises(ValueError, match=r"^waves: none is not allowed; observer Hearer reads eeg$"):
        AnesthesiaEnv(observer=Hearer())
    heard = replace(room, waves=("eeg",))
    with pytest.raises(
        ValueError, match=r"^engine: torch is not allowed where waveforms are heard \(eeg\); numpy$"
    ):
        simulate(heard, cases(heard, 1, 1), Steady(), engine="torch")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"waves": ("eeg", "eeg")}, "waves: eeg, eeg names one twice; allowed is each once"),
        ({"readings": ("x",)}, "reading: unknown name 'x'; allowed are suppression_ratio"),
        (
            {"waves": ("eeg",), "control_period": 2.5, "physiology_step": 2.5},
            "control_period: 2.5 s is not allowed; whole seconds, where waveforms are heard",
        ),
    ],
)
def test_a_room_that_cannot_be_heard_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Theatre(**options)
