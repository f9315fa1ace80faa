from __future__ import annotations

import numpy as np
import pytest
import torch

from experiments.imaging.contract import phantoms
from sim.imaging.faces import people
from sim.imaging.faces.films import BLINKS, FRAMES, films

MANY = phantoms(films, 3, np.arange(400), 8)
PSPI, BLINK = MANY.truth["pspi"], MANY.truth["blink"]


def runs(yes):
    """How long each run of frames lasts that neither begins nor ends with the film."""
    found = []
    for film in yes.int():
        change = torch.diff(film, prepend=film.new_zeros(1), append=film.new_zeros(1))
        begins, ends = (change == 1).nonzero()[:, 0], (change == -1).nonzero()[:, 0]
        found += [int(b - a) for a, b in zip(begins, ends, strict=True) if a > 0 and b < len(film)]
    return found


def test_five_frames_in_six_show_no_pain_and_the_rest_all_intensities():
    assert (PSPI == 0.0).float().mean() == pytest.approx(0.83, abs=0.02)
    for low, high in ((1, 3), (3, 6), (6, 17)):
        assert ((low <= PSPI) & (high > PSPI)).float().mean() > 0.02
    assert (PSPI.round() == PSPI).all()


def test_pain_comes_and_goes_and_blinks_last_a_frame_or_two():
    blinks, pains = runs(BLINK), runs(PSPI > 0.0)
    assert np.mean([length <= 2 for length in blinks]) > 0.9  # some follow at once on another
    assert {1, 2} <= set(blinks)
    assert np.median(pains) > 5
    steps = PSPI.diff(dim=1).abs()
    assert steps[steps > 0.0].median() <= 3.0


def test_blinks_are_no_sign_of_pain():
    """They are about as common in pain as without: eyes that pain has closed cannot blink."""
    painless = (PSPI == 0.0).float()
    assert BLINK.float().mean() == pytest.approx(1.5 * BLINKS, rel=0.15)
    assert painless[BLINK].mean() == pytest.approx(float(painless.mean()), abs=0.05)


def test_what_is_shown_is_the_intensity_before_units_are_rounded():
    """Three units at most are each half a step off; at rest they are below that."""
    off = MANY.truth["shown"] - PSPI
    assert off.abs().max() <= 1.5
    assert off[PSPI == 0.0].min() >= 0.0


def test_a_coder_slips_in_pain_alone_and_hardly_ever_to_and_fro():
    """The same slips all through a film: what is written is off by as much in most frames as in the one before."""
    off, pain = MANY.labels["pspi"] - PSPI, PSPI > 0.0
    assert (off[~pain] == 0.0).all()
    assert 0.1 < (off != 0.0)[pain].float().mean() < 0.4
    both = pain[:, 1:] & pain[:, :-1]
    assert (off.diff(dim=1) == 0.0)[both].float().mean() > 0.85


def test_some_frames_of_a_film_are_those_of_the_whole_and_a_film_is_the_same_alone():
    whole = phantoms(films, 3, np.arange(3), 24)
    few = films_of(np.array([1]), frames=(0, 7, FRAMES - 1))
    torch.testing.assert_close(few.images[0], whole.images[1, [0, 7, FRAMES - 1]])
    assert (few.truth["pspi"][0] == whole.truth["pspi"][1, [0, 7, FRAMES - 1]]).all()
    assert (whole.images[0, 0] - whole.images[0, 1]).abs().mean() > 0.005  # grain is new in each frame


def films_of(numbers, **options):
    return phantoms(lambda keys, shifted, size: films(keys, shifted, size, **options), 3, numbers, 24)


def test_who_is_judged_was_not_learned_from():
    assert set(MANY.truth["person"].tolist()) == set(people.JUDGED)
    taught = films_of(np.arange(20), people_met=people.LEARNED, frames=(0,))
    assert set(taught.truth["person"].tolist()) <= set(people.LEARNED)
    other = phantoms(films, 3, np.arange(20), 8, shifted=True)
    assert set(other.truth["person"].tolist()) <= set(people.OTHERS)
