"""EEG of a patient: the same in pieces, alone and whatever comes later; its parts answer what drives them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from scipy.signal import welch

from sim.randomness import case_keys
from sim.waves import WAVES
from sim.waves.drive import Drive
from sim.waves.eeg import artefacts
from sim.waves.eeg.generator import EEG
from tests.sim.waves.eeg.hearing import body, heard, people

PEOPLE, SECONDS = 6, 40
KEYS = case_keys(7, np.arange(PEOPLE))


def course() -> Drive:
    """Down to suppression and up again, operated on, stimulated, (seconds, patients)."""
    down = np.concatenate([np.linspace(95.0, 5.0, SECONDS // 2), np.linspace(5.0, 60.0, SECONDS // 2)])
    columns = {
        field.name: np.repeat(getattr(body(PEOPLE, 0.0), field.name)[None], SECONDS, 0)
        for field in fields(Drive)
    }
    columns["bis"] = down[:, None] + np.arange(PEOPLE)
    columns["operating"] = np.repeat((np.arange(SECONDS) > 15.0)[:, None], PEOPLE, 1).astype(float)
    columns["nociception"] = columns["operating"] * 0.5
    return Drive(**columns)


def cut(drive: Drive, rows: slice, patients: slice = slice(None)) -> Drive:
    return Drive(*(getattr(drive, field.name)[rows, patients] for field in fields(Drive)))


def played(drive: Drive, keys: np.ndarray, who: slice = slice(None), lengths: tuple[int, ...] = (SECONDS,)):
    wave = EEG()
    everyone = people(PEOPLE)
    state = wave.begin(type(everyone)(*(getattr(everyone, f.name)[who] for f in fields(everyone))), keys[who])
    pieces, second = [], 0
    for length in lengths:
        state, samples = wave.play(state, cut(drive, slice(second, second + length), who))
        pieces.append(samples)
        second += length
    return np.concatenate(pieces)


@pytest.fixture(scope="module")
def whole() -> np.ndarray:
    return played(course(), KEYS)


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """Artefacts come so often that forty seconds hold every kind."""
    monkeypatch.setattr(artefacts, "ELECTROSURGERY", 0.05)
    monkeypatch.setattr(artefacts, "POPS", 0.1)


def test_there_are_samples_for_every_second(whole):
    assert whole.shape == (128 * SECONDS, PEOPLE)
    assert np.isfinite(whole).all()
    assert np.abs(whole).max() <= artefacts.RANGE


@pytest.mark.parametrize("lengths", [(1,) * SECONDS, (10,) * 4, (13, 27)])
def test_a_case_in_pieces_is_the_case_in_one(lengths):
    np.testing.assert_allclose(played(course(), KEYS, lengths=lengths), played(course(), KEYS), atol=1e-3)


def test_a_patient_alone_is_the_same_as_among_others():
    together = played(course(), KEYS)
    np.testing.assert_allclose(played(course(), KEYS, slice(2, 3))[:, 0], together[:, 2], atol=1e-3)


def test_what_comes_later_changes_nothing_before():
    drive = course()
    other = drive.bis.copy()
    other[20:] = 90.0
    changed = played(Drive(**{**vars(drive), "bis": other}), KEYS)
    before = slice(0, 128 * 20)
    np.testing.assert_allclose(changed[before], played(drive, KEYS)[before], atol=1e-3)


def test_other_chance_is_another_eeg():
    one, other = heard(60.0, 20, 2, seed=1), heard(60.0, 20, 2, seed=2)
    assert abs(np.corrcoef(one[:, 0], other[:, 0])[0, 1]) < 0.2
    assert abs(np.corrcoef(one[:, 0], one[:, 1])[0, 1]) < 0.2


def test_it_is_registered():
    wave = WAVES.get("eeg")(True)
    assert (wave.rate, wave.unit) == (128.0, "µV")


def test_silence_is_silent_and_bursts_are_not():
    eeg = heard(12.0, 200, 4)
    seconds = eeg.reshape(200, 128, 4).std(axis=1)
    assert 0.3 < np.quantile(seconds, 0.1) < 3.0
    assert np.quantile(seconds, 0.95) > 20.0


def fast_power(eeg: np.ndarray) -> float:
    """Mean density between 40 and 60 Hz, dB."""
    frequencies, density = welch(eeg, 128.0, nperseg=256, axis=0)
    return float(10.0 * np.log10(density[(frequencies >= 40.0) & (frequencies <= 60.0)].mean()))


def test_stimulation_raises_muscle_and_a_block_removes_it():
    calm, stimulated = heard(45.0, 60, 8), heard(45.0, 60, 8, nociception=1.0)
    blocked = heard(45.0, 60, 8, nociception=1.0, relaxed=1.0)
    assert fast_power(stimulated) > fast_power(calm) + 4.0
    assert fast_power(blocked) < fast_power(calm)
    assert fast_power(heard(95.0, 60, 8, relaxed=1.0)) < fast_power(heard(95.0, 60, 8)) - 1.0


def test_old_people_have_smaller_eeg():
    young, old = heard(50.0, 60, 16, age=28.0), heard(50.0, 60, 16, age=80.0)
    assert np.median(young.std(axis=0) / old.std(axis=0)) == pytest.approx(2.5, abs=0.6)
