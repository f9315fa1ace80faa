"""Patients who are known are found again, as surely as the fit says."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from predictors.twins import posterior
from predictors.twins.posterior import fit, left_over
from predictors.twins.prediction import ahead, rest
from sim.arrays import map_arrays, take
from tests.predictors.twins.known import MODEL, QUIET, SAMPLES, known, log_requirement

PATIENTS = 10
HALF = np.full(PATIENTS, 130)


@pytest.fixture(scope="module")
def found():
    """Who they are, judged from the first part of their records."""
    record, _ = known(PATIENTS)
    return fit(MODEL, record.before(HALF))


def test_sensitivity_is_recovered_where_little_is_unexplained(monkeypatch):
    monkeypatch.setattr(posterior, "DRAWS", 40)
    monkeypatch.setattr(posterior, "MOVES", 8)
    record, z = known(8, QUIET)
    draws = log_requirement(record, fit(QUIET, record.before(np.full(8, 160))).draws)
    true, mean = log_requirement(record, z), draws.mean(axis=0)
    assert np.corrcoef(true, mean)[0, 1] > 0.85
    assert np.abs(true - mean).mean() < 0.5 * true.std()


def test_individuals_lie_where_the_draws_say(found):
    record, z = known(PATIENTS)
    for one, draws in ((log_requirement(record, z), log_requirement(record, found.draws)), (z, found.draws)):
        off = (one - draws.mean(axis=0)) / draws.std(axis=0)
        assert 0.75 < np.sqrt(np.mean(off**2)) < 1.4


def test_draws_move_freely(found):
    assert (found.accepted > 0.3).all()
    assert found.draws.std(axis=0).max() < 1.4  # nowhere wider than the population
    assert np.abs(found.scale.mean(axis=0) - 1.0).max() < 0.4


def test_intervals_of_the_rest_hold_about_their_share_and_beat_the_untuned(found):
    record, _ = known(PATIENTS)
    later = np.arange(SAMPLES)[:, None] >= HALF
    twin = rest(MODEL, record.told(HALF), found)
    untuned = rest(MODEL, record.told(0 * HALF), MODEL.prior(record.keys, posterior.DRAWS))
    errors = {}
    for who, said in (("twin", twin), ("untuned", untuned)):
        inside = (record.bis >= said["bis_q10"]) & (record.bis <= said["bis_q90"])
        assert 0.62 < inside[later & record.shown].mean() < 0.93, who
        errors[who] = np.sqrt(np.mean((record.bis - said["bis"])[later & record.shown] ** 2))
    assert errors["twin"] < 0.85 * errors["untuned"]


def test_minutes_ahead_a_minute_is_surer_than_five(found):
    record, _ = known(PATIENTS)
    said = ahead(MODEL, record, found)
    steady = slice(100, 170)
    errors, widths = [], []
    for seconds in (60, 300):
        later = record.bis[steady.start + seconds // 10 : steady.stop + seconds // 10]
        low, high = (said[f"bis_in_{seconds}s_q{q}"][steady] for q in (10, 90))
        inside = ((later >= low) & (later <= high))[np.isfinite(later)]
        assert 0.65 < inside.mean() < 0.93
        errors.append(np.nanmean((later - said[f"bis_in_{seconds}s"][steady]) ** 2))
        widths.append((high - low).mean())
    assert errors[0] < errors[1]
    assert widths[0] < widths[1]


def test_nobodys_answer_depends_on_who_is_fitted_beside(monkeypatch):
    monkeypatch.setattr(posterior, "DRAWS", 20)
    monkeypatch.setattr(posterior, "MOVES", 4)
    record, _ = known(4)
    early = record.before(np.full(4, 40))
    together, alone = fit(MODEL, early), fit(MODEL, take(early, slice(2, 3)))
    np.testing.assert_allclose(alone.likeliest[:, 0], together.likeliest[:, 2], atol=0.1)
    np.testing.assert_allclose(alone.draws.mean(axis=0)[:, 0], together.draws.mean(axis=0)[:, 2], atol=0.15)


@pytest.mark.parametrize("size", [0.0, 3.0, -3.0])
def test_gradients_are_finite_even_of_unlikely_people(size):
    record, _ = known(4)
    torched = map_arrays(torch.from_numpy, record)
    z = torch.full((len(MODEL.deviates.names), 4), size, dtype=torch.float64, requires_grad=True)
    left_over(MODEL, torched, z).square().sum().backward()
    assert torch.isfinite(z.grad).all()
    assert (z.grad[[name == ("bis", "c50_propofol") for name in MODEL.deviates.names]] != 0.0).all()


def test_a_patient_without_an_index_is_refused():
    record, _ = known(4)
    blind = replace(record, bis=np.where(np.arange(4) == 2, np.nan, record.bis))
    with pytest.raises(ValueError, match="patient 3 has no index"):
        fit(MODEL, blind)
