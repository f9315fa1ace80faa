"""What the monitor shows: the index in pieces as in one, held and blanked where artefacts hide the brain."""

from __future__ import annotations

import numpy as np
import pytest

from sim.monitors.eeg.listener import HELD, EEGReading, Listener
from sim.signals.eeg import RATE, quazi
from tests.sim.waves.eeg.hearing import heard


def brain(seconds: int, patients: int = 2, seed: int = 0, cut: float = 8.0) -> np.ndarray:
    """Noise of 15 µV, white up to a frequency and falling from there on."""
    rng = np.random.default_rng(seed)
    frequencies = np.fft.rfftfreq(RATE * seconds, 1.0 / RATE)[:, None]
    shape = 1.0 / (1.0 + (frequencies / cut) ** 2)
    eeg = np.fft.irfft(shape * np.fft.rfft(rng.normal(size=(RATE * seconds, patients)), axis=0), axis=0)
    return 15.0 * eeg / eeg.std(0)


def course(eeg: np.ndarray) -> EEGReading:
    """What is shown after every second, (seconds, patients)."""
    return Listener().course(Listener().begin(eeg.shape[1]), eeg)[1]


def shown(eeg: np.ndarray, piece: int) -> EEGReading:
    """What is shown in the end, after pieces of so many seconds."""
    state = Listener().begin(eeg.shape[1])
    for block in eeg.reshape(-1, RATE * piece, eeg.shape[1]):
        state, reading = Listener().listen(state, block)
    return reading


def test_a_case_in_pieces_shows_what_it_shows_in_one_and_alone_what_it_shows_among_others():
    eeg = brain(80)
    eeg[30 * RATE : 33 * RATE, 1] = 400.0
    eeg[40 * RATE : 42 * RATE, 0] = np.nan
    whole, pieces, alone = shown(eeg, 80), shown(eeg, 10), shown(eeg[:, 1:], 5)
    for one, many, single in zip(whole, pieces, alone, strict=True):
        np.testing.assert_allclose(many, one, rtol=1e-9)
        np.testing.assert_allclose(single[0], one[1], rtol=1e-9)


@pytest.mark.parametrize("spoil", [np.nan, 400.0, 0.0, "hum"])
def test_a_gap_a_saturated_a_flat_and_a_loose_channel_are_held_then_blanked_and_come_back(spoil):
    eeg = brain(240)
    hum = 60.0 * np.sin(2.0 * np.pi * 50.0 * np.arange(60 * RATE) / RATE)
    eeg[90 * RATE : 150 * RATE, 0] = hum if spoil == "hum" else spoil
    said = course(eeg)
    known = said.bis_valid[:, 0]
    assert not known[:4].any()
    assert known[20 : 90 + int(HELD)].all()
    assert not known[90 + int(HELD) + 1 : 150].any()
    assert known[160:].all()  # nine seconds of sixty are 15 %
    assert said.signal_quality[149, 0] < 5.0
    assert said.bis[149, 0] == pytest.approx(said.bis[92, 0])
    assert said.bis_valid[20:, 1].all()
    assert said.signal_quality[239, 0] == 100.0


def test_nothing_is_shown_of_a_channel_that_was_never_connected():
    said = shown(np.zeros((80 * RATE, 2)), 80)
    assert not said.bis_valid.any()
    assert (said.signal_quality == 0.0).all()


def test_an_artefact_of_seconds_does_not_reach_the_index():
    clean = brain(120)
    burnt = clean.copy()
    burnt[70 * RATE : 74 * RATE, 0] = -400.0
    assert np.abs(course(clean).bis[70:] - course(burnt).bis[70:]).max() < 2.0


def test_slower_brains_have_a_lower_edge_and_muscles_are_heard():
    slow, fast = shown(brain(40, cut=3.0), 40), shown(brain(40, cut=15.0), 40)
    assert (slow.spectral_edge < fast.spectral_edge - 5.0).all()
    assert (slow.emg < fast.emg).all()


def test_muscles_raise_the_index_and_their_block_removes_what_they_raise():
    light, blocked = (
        shown(heard(45.0, 70, 6, nociception=1.0, relaxed=share).astype(float), 70) for share in (0.0, 1.0)
    )
    assert light.emg.mean() > blocked.emg.mean() + 5.0
    assert light.bis.mean() > blocked.bis.mean() + 5.0


def test_silence_is_counted_over_a_minute():
    eeg = brain(130)
    eeg[60 * RATE :] *= 0.05
    ratios = course(eeg).suppression_ratio[:, 0]
    assert ratios[59] == 0.0
    assert ratios[93] == pytest.approx(50.0, abs=4.0)
    assert ratios[-1] == 100.0


def test_few_waking_people_are_shown_suppressed_though_quazi_has_a_third_of_the_old_so():
    awake = heard(94.0, 90, 60, age=75.0).astype(float)
    assert (quazi.ratio(awake)[-1] > 10.0).mean() > 0.3
    assert (shown(awake, 90).suppression_ratio > 10.0).mean() < 0.1


def test_suppression_is_shown_about_as_quazi_has_it_where_there_is_some():
    silent = heard(15.0, 120, 20).astype(float)
    seen, published = shown(silent, 120).suppression_ratio, quazi.ratio(silent)[-1]
    assert published.min() > 40.0
    assert np.abs(seen - published).mean() < 4.0


def fall(spoil: bool) -> np.ndarray:
    """Seconds to 63 % of the change that a step from 90 to 45 shows, (patients,)."""
    eeg = np.concatenate([heard(90.0, 80, 12), heard(45.0, 160, 12)]).astype(float)
    if spoil:
        second = np.arange(len(eeg)) // RATE
        eeg[(second > 70) & (second % 10 < 6)] = np.nan
    bis = course(eeg).bis
    before, after = bis[79], bis[-20:].mean(0)
    return np.argmax(bis[80:] < before - 0.63 * (before - after), axis=0) + 1.0


def test_a_step_in_depth_is_shown_within_the_published_delay_and_later_where_quality_is_poor():
    clean, spoiled = fall(False), fall(True)
    assert np.all((clean > 14.0) & (clean < 60.0))  # 14 to 155 s: Pilge, Anesthesiology 2006;104:488
    assert np.all(spoiled < 155.0)
    assert spoiled.mean() > clean.mean() + 5.0
