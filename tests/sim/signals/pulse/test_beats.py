"""Beats found in a stream are those the heart made; what is said of each is what the wave was made of."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from sim.signals.pulse import detection, features, tachogram
from sim.signals.pulse.features import BeatFeatures
from sim.signals.pulse.recent import Usual, believed
from sim.waves.pulse import beats
from sim.waves.pulse.playing import Pulse
from tests.sim.waves.pulse.bodies import ASLEEP, AWAKE, body, crowd, then

DETECTORS = {"ecg": detection.ECG, "ppg": detection.PPG}


def heard(drive, artefacts=False):
    pulse = Pulse(artefacts)
    return pulse.play(pulse.begin(*crowd(drive.bis.shape[1])), drive)[1]


def true_beats(drive):
    return beats.play(beats.begin(*crowd(drive.bis.shape[1])), drive)[1].times()


def found(name, samples):
    detector = DETECTORS[name]
    return detection.listen(detector, detection.begin(detector, samples.shape[1]), samples)[1] / detector.rate


@pytest.mark.parametrize("name", ["ecg", "ppg"])
@pytest.mark.parametrize("rate", [40.0, 70.0, 120.0])
@pytest.mark.parametrize("felt", [0.0, 0.9])
def test_every_beat_is_found_and_nothing_else(name, rate, felt):
    drive = body(5, 40, ASLEEP, heart_rate=rate, nociception=felt)
    seen = found(name, heard(drive)[name])
    for true, said in zip(true_beats(drive), seen.T, strict=True):
        true, said = true[(true > 3.0) & (true < 37.0)], said[~np.isnan(said)]
        late = said[np.searchsorted(said, true - 0.05)] - true
        assert np.ptp(late) < (0.03 if name == "ecg" else 0.15)
        inner = said[(said > true[0] + late[0] - 0.1) & (said < true[-1] + late[-1] + 0.1)]
        assert len(inner) == len(true)


def test_intervals_of_the_electrocardiogram_are_those_of_the_heart():
    drive = body(5, 60)
    for true, said in zip(true_beats(drive), found("ecg", heard(drive)["ecg"]).T, strict=True):
        said = said[~np.isnan(said)]
        true = true[(true > 1.0) & (true < 58.0)]
        apart = np.diff(said[np.searchsorted(said, true - 0.05)]) - np.diff(true)
        assert np.sqrt((apart**2).mean()) < 0.004


@pytest.mark.parametrize("name", ["ecg", "ppg"])
@pytest.mark.parametrize("gain", [0.3, 30.0])
def test_gain_and_level_do_not_matter(name, gain):
    samples = heard(body(3, 20))[name]
    for usual, other in zip(found(name, samples).T, found(name, gain * samples + 5.0).T, strict=True):
        np.testing.assert_allclose(other[other > 0.5], usual[usual > 0.5], atol=0.005)


@pytest.mark.parametrize("name", ["ecg", "ppg"])
def test_nothing_is_found_in_nothing(name):
    rate = DETECTORS[name].rate
    for nothing in (np.zeros((20 * rate, 2)), np.full((20 * rate, 2), 3.7), np.full((20 * rate, 2), np.nan)):
        assert found(name, nothing).size == 0


@pytest.mark.parametrize("name", ["ecg", "ppg"])
def test_a_gap_has_no_beats_and_leaves_those_after_it(name):
    samples, rate = heard(body(2, 30))[name].copy(), DETECTORS[name].rate
    whole = found(name, samples)
    samples[10 * rate : 16 * rate] = np.nan
    holed = found(name, samples)
    later = [times[times > 20.0] for times in (whole[:, 0], holed[:, 0])]
    np.testing.assert_allclose(later[1], later[0], atol=0.005)
    assert not ((holed > 10.8) & (holed < 15.9)).any()


@pytest.mark.parametrize("pieces", [(1,) * 30, (7, 3, 20)])
def test_pieces_are_the_whole(pieces):
    samples = heard(then(body(3, 15), body(3, 15, ASLEEP, heart_rate=90.0)))["ppg"]
    whole = features.features(samples)
    state, parts, at = features.begin(3), [], 0
    for seconds in pieces:
        state, part = features.listen(state, samples[100 * at : 100 * (at + seconds)])
        parts.append(part)
        at += seconds
    for field in fields(BeatFeatures):
        rows = np.concatenate([getattr(part, field.name) for part in parts])
        for alone, together in zip(rows.T, getattr(whole, field.name).T, strict=True):
            np.testing.assert_allclose(
                alone[~np.isnan(alone)], together[~np.isnan(together)], rtol=1e-9, atol=1e-9
            )


def test_features_are_those_of_a_known_wave():
    """A triangle of a second: rises for 0.2 s, falls for 0.8 s; half its height is passed after 0.1 and at 0.6 s."""
    time = np.arange(3000) / 100.0 % 1.0
    wave = np.where(time < 0.2, time / 0.2, (1.0 - time) / 0.8)[:, None] * 3.0
    said = features.features(wave)
    rows = slice(5, 20)
    np.testing.assert_allclose(said.interval[rows], 1.0, atol=0.005)
    np.testing.assert_allclose(said.amplitude[rows], 3.0, atol=0.02)
    np.testing.assert_allclose(said.upstroke[rows], 0.2, atol=0.011)
    np.testing.assert_allclose(said.width[rows], 0.5, atol=0.01)
    np.testing.assert_allclose(said.time[rows, 0] % 1.0, 0.1, atol=0.005)


@pytest.mark.parametrize("rate", [50.0, 70.0, 100.0])
def test_nociception_takes_amplitude_and_width_and_lifts_the_notch(rate):
    rest, hurt = (
        features.features(heard(body(8, 30, ASLEEP, heart_rate=rate, nociception=felt))["ppg"])
        for felt in (0.0, 0.8)
    )
    for name, way in (("amplitude", -1), ("width", -1), ("notch", 1)):
        before, after = (np.nanmedian(getattr(part, name), axis=0) for part in (rest, hurt))
        answered = way * (after - before) > 0.0
        # A dicrotic bump that comes to stand above half the height widens the wave there.
        assert answered.mean() >= (0.75 if name == "width" else 1.0), name


def test_unlike_intervals_are_not_believed_until_they_persist():
    usual, keep = believed(Usual.unknown(1), np.array([[0.8]] * 5 + [[0.4]] + [[0.8]] * 3 + [[3.0]]))
    np.testing.assert_array_equal(keep[:, 0], [True] * 5 + [False] + [True] * 3 + [False])
    _, keep = believed(usual, np.array([[0.5]] * 12))
    assert not keep[:6].any()
    assert keep[6:].all()


def test_the_tachogram_follows_the_heart_seconds_late_and_knows_its_gaps():
    times = np.cumsum(np.where(np.arange(60) < 30, 0.8, 1.0))[:, None]
    times[40:48] = np.nan  # 8 s without
    times = times[~np.isnan(times[:, 0])]
    state, series = tachogram.begin(1), []
    for second in range(50):
        now = times[(times[:, 0] > second - 0.5) & (times[:, 0] <= second + 0.5)]
        state, part = tachogram.listen(state, now, 1)
        series.append(part)
    series, moment = np.concatenate(series)[:, 0], (1.0 + np.arange(200)) / 4.0 - 3.5
    assert np.isnan(series[(moment < 1.6) | ((moment > 34.1) & (moment < 42.9))]).all()
    np.testing.assert_allclose(series[(moment > 2.0) & (moment < 24.0)], 0.8)
    np.testing.assert_allclose(series[(moment > 25.1) & (moment < 34.0)], 1.0)


def test_variability_is_heard_in_the_tachogram():
    seen = found("ecg", heard(body(2, 60, AWAKE))["ecg"])
    _, series = tachogram.listen(tachogram.begin(2), seen, 60)
    assert (np.nanstd(series, axis=0) > 0.015).all()
