"""One heart, three waves: cut into pieces, alone or in a crowd they are the same; they say what drives them."""

from __future__ import annotations

import numpy as np
import pytest

from sim.waves import WAVES
from sim.waves.pulse import beats
from sim.waves.pulse.playing import SIGNALS, Pulse
from tests.sim.waves.pulse.bodies import ASLEEP, AWAKE, body, crowd, some, then

NAMES = tuple(SIGNALS)


def heard(drive, age=40.0, artefacts=False, seed=1):
    pulse = Pulse(artefacts)
    return pulse.play(pulse.begin(*crowd(drive.bis.shape[1], age, seed)), drive)[1]


def changing(patients):
    """Falls asleep, is operated on, bleeds."""
    return then(
        body(patients, 20, AWAKE),
        body(patients, 25, ASLEEP, heart_rate=60.0, mean_arterial_pressure=70.0),
        body(patients, 15, ASLEEP, nociception=0.7, operating=1.0, heart_rate=90.0, blood_volume=0.8),
    )


@pytest.mark.parametrize("pieces", [(10,) * 6, (1, 2, 7, 30, 20)])
def test_pieces_are_the_whole(pieces):
    drive, pulse = changing(3), Pulse()
    whole = pulse.play(pulse.begin(*crowd(3)), drive)[1]
    state, parts, at = pulse.begin(*crowd(3)), [], 0
    for seconds in pieces:
        state, wave = pulse.play(state, some(drive, slice(at, at + seconds)))
        parts.append(wave)
        at += seconds
    for name in NAMES:
        np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), whole[name])


@pytest.mark.parametrize("name", NAMES)
def test_alone_is_as_in_the_crowd_and_one_wave_as_among_three(name):
    drive, (people, keys) = changing(3), crowd(3)
    together = Pulse().play(Pulse().begin(people, keys), drive)[1][name]
    wave = WAVES.get(name)()
    alone = wave.play(wave.begin(crowd(1)[0], keys[1:2]), some(drive, patients=slice(1, 2)))[1]
    assert alone.shape == (round(wave.rate) * 60, 1)
    np.testing.assert_array_equal(alone[:, 0], together[:, 1])


def test_there_are_as_many_beats_as_the_heart_rate_says():
    drive = then(body(4, 120, heart_rate=60.0), body(4, 120, heart_rate=90.0))
    played = beats.play(beats.begin(*crowd(4)), drive)[1]
    counts = np.array([len(times) for times in played.times()])
    np.testing.assert_allclose(counts, 300.0, atol=4.0)
    intervals = np.diff(played.times()[0])
    assert 0.5 < intervals.min() < 0.67 < 1.0 < intervals.max() < 1.25


def variability(**changed):
    """Median variance, ms², of intervals within the breath's band and below it; (2,)."""
    played = beats.play(beats.begin(*crowd(12)), body(12, 300, **changed))[1]
    powers = []
    for times in played.times():
        even = np.interp(np.arange(8.0, 292.0, 0.25), times[1:], 1e3 * np.diff(times))
        spectrum = np.abs(np.fft.rfft((even - even.mean()) * np.hanning(len(even)))) ** 2
        power = 2.0 * spectrum / (len(even) * (np.hanning(len(even)) ** 2).sum())
        place = np.fft.rfftfreq(len(even), 0.25)
        powers.append(
            [power[(place >= 0.15) & (place < 0.5)].sum(), power[(place > 0.04) & (place < 0.15)].sum()]
        )
    return np.median(powers, axis=0)


def test_variability_is_that_of_adults_and_falls_as_drugs_and_stimulation_say():
    """Resting adults: high frequency about 975 ± 203 ms², low frequency 1170 ± 416 ms² (Task Force 1996)."""
    awake = variability(state=AWAKE)
    asleep = variability(state=ASLEEP)
    bare = variability(state=ASLEEP, remifentanil=0.0)
    hurt = variability(state=ASLEEP, nociception=0.8)
    assert 300.0 < awake[0] < 1200.0
    assert 300.0 < awake[1] < 1600.0
    assert 50.0 < asleep[0] < 0.5 * awake[0]
    assert asleep[1] < 0.1 * awake[1]
    assert bare[0] < 0.6 * asleep[0]
    assert hurt[0] < 0.75 * asleep[0]
    assert hurt[1] > 5.0 * asleep[1]


def test_the_ventilator_breathes_twelve_times_a_minute():
    played = beats.play(beats.begin(*crowd(3)), body(3, 60, ASLEEP))[1]
    np.testing.assert_allclose(played.breath[-1], 12.0, rtol=1e-12)


@pytest.mark.parametrize(
    "state", [{}, {"heart_rate": 110.0, "mean_arterial_pressure": 55.0, "blood_volume": 0.7}]
)
def test_the_mean_of_the_pressure_wave_is_the_true_mean_pressure(state):
    wave = heard(body(4, 400, ASLEEP, **state))["pressure"]
    np.testing.assert_allclose(wave.mean(0), state.get("mean_arterial_pressure", 93.0), atol=0.15)


def swings(blood):
    """Pulse-pressure variation of 12 people, %, by the beats of a minute."""
    wave = heard(body(12, 60, ASLEEP, blood_volume=blood))["pressure"].reshape(12, 500, 12)  # breaths of 5 s
    beat = wave[:, :480].reshape(12, 6, 80, 12)
    height = beat.max(2) - beat.min(2)
    return np.median(200.0 * (height.max(1) - height.min(1)) / (height.max(1) + height.min(1)))


def test_pulse_pressure_follows_stroke_volume_age_and_blood_loss():
    def height(age=40.0, **state):
        wave = heard(body(20, 20, AWAKE, **state), age)["pressure"]
        return np.median(np.percentile(wave, 99, axis=0) - np.percentile(wave, 1, axis=0))

    usual = height()
    assert 42.0 < usual < 58.0
    assert height(stroke_volume=50.0) == pytest.approx(usual * 2 / 3, rel=0.1)
    assert height(age=75.0) > 1.2 * usual


def test_blood_loss_shows_in_the_ventilators_swing():
    full, empty = swings(1.0), swings(0.75)
    assert full < 13.0 < empty
    assert empty > 1.8 * full


def peaks(wave):
    """Median height of 10 s, (patients,)."""
    tens = wave.reshape(-1, 1000, wave.shape[1])
    return np.median(tens.max(1) - tens.min(1), axis=0)


def test_the_finger_answers_nociception_as_the_person_does():
    rest = peaks(heard(body(250, 10, ASLEEP))["ppg"])
    hurt = peaks(heard(body(250, 10, ASLEEP, nociception=1.0))["ppg"])
    lost = 1.0 - hurt / rest
    assert np.median(rest) == pytest.approx(1.16, rel=0.1)  # one, and the baseline's sway with the breath
    assert np.std(rest) / np.mean(rest) == pytest.approx(0.6, rel=0.2)
    assert np.mean(lost) == pytest.approx(0.45, rel=0.12)
    assert np.std(lost) / np.mean(lost) == pytest.approx(0.5, rel=0.2)
    assert (lost < 1.0).all()


def test_a_vasopressor_takes_amplitude_without_pain_and_blood_loss_as_well():
    rest, tight, empty = (
        peaks(heard(body(20, 20, ASLEEP, **state))["ppg"])
        for state in ({}, {"mean_arterial_pressure": 120.0}, {"stroke_volume": 45.0, "heart_rate": 95.0})
    )
    assert np.median(tight / rest) == pytest.approx((93.0 / 120.0) ** 0.4, rel=0.05)
    assert np.median(empty / rest) < 0.95


def test_the_pulse_reaches_the_wrist_and_the_finger_after_the_heart():
    waves = heard(body(1, 30, ASLEEP))
    times = beats.play(beats.begin(*crowd(1)), body(1, 30, ASLEEP))[1].times()[0][2:-2]
    for name, late in (("ecg", 0.0), ("pressure", 0.27), ("ppg", 0.37)):
        rate = SIGNALS[name].RATE
        lag = []
        for time in times:
            first = round((time - 0.1) * rate)
            lag.append(waves[name][first : first + round(0.75 * rate), 0].argmax() / rate - 0.1)
        assert np.median(lag) == pytest.approx(late, abs=0.05), name


def test_artefacts_come_where_they_can():
    """Electrosurgery during the operation, motion awake, a flush rarely: what is not disturbed is the same."""
    quiet, loud = (heard(body(8, 120, ASLEEP), artefacts=which) for which in (False, True))
    for name in ("ecg", "ppg"):
        np.testing.assert_array_equal(quiet[name], loud[name])
    assert 0.0 < (loud["pressure"] == 300.0).mean() < 0.02
    cut = heard(body(8, 120, ASLEEP, operating=1.0), artefacts=True)["ecg"]
    assert np.std(cut - quiet["ecg"]) > 0.05
    awake = heard(body(8, 120), artefacts=True)["ppg"] - heard(body(8, 120))["ppg"]
    assert 0.003 < (np.abs(awake) > 0.3).mean() < 0.1
