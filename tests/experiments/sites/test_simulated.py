"""Simulated cases to learn depth from: repeatable, confounded by titration as real ones are, and different by site."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.recorded.recordings import PLAUSIBLE_PRESSURE, PLAUSIBLE_RATE
from experiments.sites import SITES, simulated
from experiments.sites.simulated import people
from predictors.depth.phases import MAINTENANCE, RECOVERY, first_propofol, last_propofol, phases, scored
from predictors.learning.measures import concordance
from predictors.learning.watching import INTERVAL, readings, watch
from predictors.nominal import NominalObserver
from sim.arrays import map_arrays
from sim.cohort import sample
from sim.randomness import case_keys
from sim.surgery import EMERGENCE
from tests.depth_folder import OPEN, simulated_cases

# Where crowds are looked at, or a recovery lasts half an hour; else a few patients in a room that closes early.
PATIENTS = {"tuned": 40, "wandering": 40, "recorded": 20, "titrated": 4}
ROOM = 7200.0  # s, the shortest in which simulated cases are usually made
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def closes(site):
    """How long a room is open, s."""
    return ROOM if site in PATIENTS else OPEN


def crowd(site):
    return simulated_cases(site, PATIENTS.get(site, 4), 0, closes(site))


@pytest.fixture
def short(monkeypatch):
    """Rooms that close after the induction, where it does not matter how long they are open."""
    monkeypatch.setattr(simulated, "HORIZONS", (900.0, 600.0, 1200.0))


def same(one, two):
    """Every signal and label is the same, to the last sample."""
    pairs = [(one.signals[name], two.signals[name]) for name in one.signals]
    pairs += [(one.labels[name], two.labels[name]) for name in one.labels]
    assert len(pairs) == 7
    return all(np.array_equal(ours.values, theirs.values, equal_nan=True) for ours, theirs in pairs)


@pytest.mark.parametrize("site", ["recorded", "wandering"])
def test_the_same_seed_makes_the_same_cases_and_another_seed_others(site, short):
    one, again, other = (SITES.get(site).cases(3, seed) for seed in (0, 0, 1))
    assert same(one, again)
    assert one.who.tolist() == again.who.tolist()
    assert not set(one.who) & set(other.who)
    assert not np.array_equal(one.person.weight, other.person.weight)
    assert not same(one, other)


def test_a_case_is_the_same_whoever_else_is_simulated(short):
    few, many = (SITES.get("tuned").cases(count, 0) for count in (3, 12))
    assert same(few, many.select(np.arange(3)))
    np.testing.assert_array_equal(few.person.age, many.person.age[:3])


def test_later_batches_are_other_patients_in_rooms_of_another_length(short, monkeypatch):
    monkeypatch.setattr(simulated, "BATCH", 2)
    done = []
    cases = SITES.get("tuned").cases(5, 0, done.append)
    assert done == [2, 2, 1]
    assert len(np.unique(cases.who)) == 5
    assert cases.length.tolist() == [900.0, 900.0, 600.0, 600.0, 1200.0]


@pytest.mark.parametrize("site", SITES)
def test_a_case_has_an_induction_a_maintenance_and_a_recovery_of_what_was_shown(site):
    cases, made = crowd(site), SITES.get(site)
    assert all(cases["propofol"][first_propofol(cases), np.arange(cases.count)] > 0.0)
    phase = phases(cases)
    assert all({0, 1, 2} <= set(phase[:, case]) for case in range(cases.count))
    until_the_room_closes = closes(site) / INTERVAL - 1 - last_propofol(cases)
    recovered = (phase == RECOVERY).sum(axis=0)
    np.testing.assert_array_equal(recovered, np.minimum(made.recovery, until_the_room_closes))
    assert (recovered == made.recovery).mean() > 0.7
    assert (cases["propofol"][phase == RECOVERY] == 0.0).all()
    shown = cases["bis"][scored(cases)]
    assert ((shown >= 0.0) & (shown <= 100.0)).all()
    assert np.isfinite(cases.label("truth")[phase >= 0]).all()
    assert np.nanmedian(cases.label("truth")[phase == MAINTENANCE]) < 65.0


@pytest.mark.parametrize(
    ("site", "known"), [("tuned", 0.95), ("recorded", 0.85)]
)  # lines come late, or never
def test_the_circulation_and_the_surgeons_are_shown_as_they_were(site, known):
    cases = crowd(site)
    inside = np.arange(len(cases["bis"]))[:, None] < cases.samples(INTERVAL)
    for name, low, high in (("pressure", *PLAUSIBLE_PRESSURE), ("heart_rate", *PLAUSIBLE_RATE)):
        values = cases[name][inside]
        assert np.isfinite(values).mean() > known
        assert low <= np.nanmin(values) < np.nanmax(values) <= high
        assert np.nanstd(values) > 2.0
    assert (np.diff(np.where(inside, cases["phase"], EMERGENCE), axis=0) >= 0.0).all()
    assert (cases["phase"][0] == 0.0).all()
    *_, seen = list(readings(cases.shortened(3000.0)))[-1]
    np.testing.assert_array_equal(seen.phase, cases["phase"][299])
    assert seen.pressure_valid.any()
    assert seen.heart_rate_valid.any()


def of_patients(cases):
    """Mean assumed effect site and mean true index of every patient in maintenance, and all samples of both."""
    said = watch(NominalObserver(), cases, ("effect_propofol", "bis"))
    inside = phases(cases) == MAINTENANCE
    mean = (
        np.nanmean(np.where(inside, values, np.nan), axis=0)
        for values in (said["effect_propofol"], cases.label("truth"))
    )
    return *mean, said, inside & np.isfinite(cases["bis"])


def test_titration_hides_what_the_drug_does():
    """Resistant patients get more and are lighter all the same: over patients, more drug goes with a higher index."""
    tuned = crowd("tuned")
    effect, index, said, inside = of_patients(tuned)
    assert np.corrcoef(effect, index)[0, 1] > 0.3
    assert concordance(tuned["bis"][inside], said["bis"][inside]) < 0.2
    # in the induction, where nobody has titrated yet, the surface knows something
    induction = (phases(tuned) == 0) & np.isfinite(tuned["bis"])
    assert concordance(tuned["bis"][induction], said["bis"][induction]) > 0.3


def test_a_pump_that_wanders_shows_what_the_drug_does():
    wandering = crowd("wandering")
    effect, index, said, inside = of_patients(wandering)
    assert np.corrcoef(effect, index)[0, 1] < 0.0
    assert concordance(wandering["bis"][inside], said["bis"][inside]) > 0.1
    truth = wandering.label("truth")
    within = [
        np.corrcoef(said["effect_propofol"][own, case], truth[own, case])[0, 1]
        for case, own in enumerate(inside.T)
    ]
    assert np.median(within) < -0.6


def test_recorded_patients_are_as_restless_as_real_ones_and_their_index_is_missing_now_and_then():
    cases = crowd("recorded")
    change = np.where(phases(cases)[1:] == MAINTENANCE, np.diff(cases["bis"], axis=0), np.nan)
    assert 2.0 < np.nanmedian(np.nanstd(change, axis=0)) < 4.5  # recordings: 3.3 from 10 s to 10 s
    assert 0.0 < np.isnan(cases["bis"][phases(cases) >= 0]).mean() < 0.1


def test_people_are_adults_of_the_ages_and_builds_announced():
    crowd = people(case_keys(0, np.arange(3000)))
    assert crowd.age.min() >= 19.0
    assert crowd.age.mean() == pytest.approx(57.0, abs=1.0)
    assert crowd.female.mean() == pytest.approx(0.42, abs=0.03)
    build = crowd.weight / (crowd.height / 100.0) ** 2
    assert build.mean() == pytest.approx(23.5, abs=0.3)
    assert build.std() == pytest.approx(3.0, rel=0.1)


def test_wider_spread_raises_every_deviation_from_the_typical_patient_to_a_power():
    keys = case_keys(0, np.arange(50))
    person, models = people(keys), SITES.get("tuned").models
    own, typical = sample(person, keys, models), sample(person, keys, replace(models, variability=False))
    for factor, expected in ((0.0, typical.kinetics), (1.0, own.kinetics)):
        found = simulated._widened(own.kinetics, typical.kinetics, factor)
        map_arrays(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), found, expected)
    wider = simulated._widened(own.kinetics, typical.kinetics, 1.5)
    ratios = [np.log(each.v2 / typical.kinetics.v2).std() for each in (own.kinetics, wider)]
    assert ratios[0] > 0.0
    assert ratios[1] == pytest.approx(1.5 * ratios[0])


def test_an_unknown_site_and_no_cases_are_refused():
    with pytest.raises(ValueError, match="site: unknown name 'mars'; allowed are tuned, shifted"):
        SITES.get("mars")
    with pytest.raises(ValueError, match="patients: 0 is not allowed; 1 or more"):
        SITES.get("tuned").cases(0, 0)
