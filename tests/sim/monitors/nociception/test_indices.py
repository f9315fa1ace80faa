"""Both indices go the right way, as fast as their windows let them, and say nothing of nothing."""

from __future__ import annotations

import numpy as np
import pytest

from sim.monitors.nociception.analgesia_index import AnalgesiaIndex, envelope, index
from sim.monitors.nociception.pleth_index import PlethIndex
from sim.waves.pulse.playing import Pulse
from tests.sim.waves.pulse.bodies import ASLEEP, body, crowd, then

INDICES = {"ppg": PlethIndex(), "ecg": AnalgesiaIndex()}
HURT = {"nociception": 0.8}
CROWD = 4


def calm(seconds, **changed):
    return body(CROWD, seconds, ASLEEP | {"heart_rate": 60.0}, **changed)


def heard(drive, wave):
    pulse = Pulse(False, (wave,))
    return pulse.play(pulse.begin(*crowd(drive.bis.shape[1])), drive)[1][wave]


def shown(wave, samples):
    """Values each second, (seconds, patients), NaN where there is none."""
    _, value, valid = INDICES[wave].listen(INDICES[wave].begin(samples.shape[1]), samples)
    assert value.shape == valid.shape
    assert np.isfinite(value).all()
    assert ((value >= 0.0) & (value <= 100.0)).all()
    return np.where(valid, value, np.nan)


@pytest.fixture(scope="module")
def minutes():
    """Calm, two minutes of stimulation, calm, ten seconds of it, calm."""
    drive = then(calm(150), calm(120, **HURT), calm(150), calm(10, **HURT), calm(110))
    return {wave: np.median(shown(wave, heard(drive, wave)), axis=1) for wave in INDICES}


def test_stimulation_raises_the_pleth_index_and_lowers_the_analgesia_index(minutes):
    spi, ani = minutes["ppg"], minutes["ecg"]
    assert 20.0 < np.median(spi[120:150]) < 55.0
    assert np.median(spi[180:260]) > np.median(spi[120:150]) + 15.0
    assert np.median(ani[120:150]) > 85.0
    assert np.median(ani[240:265]) < 72.0
    assert np.median(ani[400:420]) > 85.0


def test_ten_seconds_of_stimulation_come_late_and_low_in_the_analgesia_index(minutes):
    spi, ani = minutes["ppg"], minutes["ecg"]
    before = np.median(ani[400:420])
    long, short = before - ani[230:270].min(), before - ani[420:500].min()
    assert 3.0 < short < 0.6 * long
    assert 420 + ani[420:500].argmin() > 430  # after it is over
    assert np.median(ani[515:]) == pytest.approx(before, abs=6.0)  # and out of the window
    assert 425 < 420 + spi[420:470].argmax() < 445


@pytest.mark.parametrize("wave", INDICES)
@pytest.mark.parametrize("pieces", [(1,) * 95, (31, 4, 60)])
def test_pieces_are_the_whole_and_alone_is_as_in_the_crowd(wave, pieces):
    samples, monitor = heard(then(calm(60), calm(35, **HURT)), wave), INDICES[wave]
    _, whole, known = monitor.listen(monitor.begin(CROWD), samples)
    state, at, rate = monitor.begin(1), 0, len(samples) // 95
    parts, valid = [], []
    for seconds in pieces:
        state, part, good = monitor.listen(state, samples[rate * at : rate * (at + seconds), 2:3])
        parts.append(part)
        valid.append(good)
        at += seconds
    np.testing.assert_allclose(np.concatenate(parts)[:, 0], whole[:, 2], atol=1e-8)
    np.testing.assert_array_equal(np.concatenate(valid)[:, 0], known[:, 2])


@pytest.mark.parametrize("wave", INDICES)
@pytest.mark.parametrize("level", [0.0, 2.5, np.nan])
def test_no_value_comes_from_nothing(wave, level):
    rate = {"ppg": 100, "ecg": 250}[wave]
    assert np.isnan(shown(wave, np.full((100 * rate, 2), level))).all()


@pytest.mark.parametrize(("wave", "silent"), [("ppg", 15), ("ecg", 15)])
def test_a_lost_signal_loses_the_value_and_gets_it_back(wave, silent):
    samples = heard(calm(200), wave).copy()
    rate = len(samples) // 200
    samples[100 * rate : 130 * rate] = samples[100 * rate]
    value = shown(wave, samples)
    assert np.isfinite(value[90:100]).all()
    assert np.isnan(value[100 + silent : 130]).all()
    assert np.isfinite(value[198:]).all()


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_the_gain_of_the_pulse_wave_moves_only_the_groups_share_of_the_pleth_index(gain):
    samples = heard(then(calm(100), calm(60, **HURT)), "ppg")
    usual, other = shown("ppg", samples), shown("ppg", gain * samples)
    # 30 % of a percentile is the group's, and the amplitude weighs 0.7.
    assert (np.abs(other - usual)[40:] < 0.7 * 30.0 + 2.0).all()
    assert np.median(other[110:]) > np.median(other[60:100]) + 10.0


TIME = np.arange(256) / 4.0
BREATH = np.sin(2.0 * np.pi * 0.25 * TIME + 0.3)[:, None]
SLOW = np.sin(2.0 * np.pi * TIME / 32.0)[:, None]
ALL = np.ones((256, 1), dtype=bool)


def of_area(area):
    return 100.0 * (5.1 * area + 1.2) / 12.8


@pytest.mark.parametrize("slow", [1.5, 3.0])
def test_a_steady_breath_comes_to_what_its_share_of_the_variance_says(slow):
    """Of norm 1 a pure one has an amplitude of sqrt(2 / 256), and an area of 2 sqrt(2) in 16 s."""
    said = index(0.9 + 0.01 * (BREATH + slow * SLOW), 0.01 * BREATH, ALL)[0]
    assert said == pytest.approx(of_area(8.0**0.5 / (1.0 + slow**2) ** 0.5), abs=2.0)
    assert index(0.9 + 0.01 * BREATH, 0.01 * BREATH, ALL)[0] == 100.0


def test_the_smallest_quarter_decides_unless_its_beats_were_lost():
    weak = BREATH * np.where(TIME < 48.0, 1.0, 0.1)[:, None]
    said = index(weak + 2.0 * SLOW, weak, ALL)[0]
    assert said < 0.5 * index(BREATH + 2.0 * SLOW, BREATH, ALL)[0]
    lost = ALL & (TIME < 48.0)[:, None]
    assert index(weak + 2.0 * SLOW, weak, lost)[0] == pytest.approx(
        index(BREATH + 2.0 * SLOW, BREATH, ALL)[0], abs=6.0
    )
    assert np.isnan(index(weak, weak, ALL & (TIME < 16.0)[:, None])[0])
    assert np.isnan(index(0.0 * weak, weak, ALL)[0])


def test_electrosurgery_does_not_pass_for_stimulation():
    """Seconds full of sparks are no beats, and their quarter does not count."""
    drive = calm(200, operating=1.0)
    noisy = Pulse(True, ("ecg",))
    loud = noisy.play(noisy.begin(*crowd(CROWD)), drive)[1]["ecg"]
    quiet, disturbed = shown("ecg", heard(drive, "ecg")), shown("ecg", loud)
    assert (np.abs(np.diff(loud, axis=0)) > 0.5).mean() > 0.008
    both = np.isfinite(quiet) & np.isfinite(disturbed)
    assert both[70:].mean() > 0.8
    assert np.median(np.abs(disturbed - quiet)[both]) < 6.0


def test_an_envelope_touches_the_tops_and_is_level_outside_them():
    values = np.array([0.0, 1.0, 0.0, -1.0, 0.0, 3.0, 2.0])[:, None]
    np.testing.assert_allclose(envelope(values)[:, 0], [1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.0])
    np.testing.assert_allclose(envelope(np.ones((4, 1)))[:, 0], 1.0)


def test_the_averaged_index_is_the_mean_of_the_instantaneous_one():
    samples = heard(then(calm(120), calm(60, **HURT)), "ecg")
    monitor = AnalgesiaIndex(averaged=60)
    _, mean, valid = monitor.listen(monitor.begin(CROWD), samples)
    now = shown("ecg", samples)
    assert valid[179].all()
    np.testing.assert_allclose(mean[179], now[120:180].mean(0), atol=1e-8)
