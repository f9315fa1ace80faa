"""Simulated cases to learn depth from: repeatable, confounded by titration as real ones are, and different by site."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from experiments.depth.scores import concordance

from experiments.sites import simulated as synthetic
from experiments.sites.simulated import DOSES_MIX, READINGS_MIX, SITES, Wandering, mixed, people, simulated
from predictors.learning.cases import MAINTENANCE, RECOVERY, join
from predictors.learning.watching import watch
from predictors.nominal import NominalObserver
from sim.arrays import map_arrays
from sim.cohort import sample
from sim.randomness import case_keys
from sim.surgery import CLOSING, EMERGENCE
from sim.surgery import MAINTENANCE as SURGERY
from tests.seen import seen

PATIENTS = 40
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
SERIES = ("bis", "pressure", "propofol", "remifentanil", "truth")


@pytest.fixture(scope="module")
def tuned():
    return simulated("tuned", PATIENTS, 0)


@pytest.fixture(scope="module")
def wandering():
    return simulated("wandering", PATIENTS, 0)


@pytest.fixture
def short(monkeypatch):
    """Rooms open a third as long, where it does not matter how long."""
    monkeypatch.setattr(synthetic, "HORIZONS", tuple(seconds / 3.0 for seconds in synthetic.HORIZONS))


def same(one, two):
    return all(np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True) for name in SERIES)


@pytest.mark.parametrize("site", ["recorded_like", "wandering"])
def test_the_same_seed_makes_the_same_cases_and_another_seed_others(site, short):
    one, again, other = (simulated(site, 3, seed) for seed in (0, 0, 1))
    assert same(one, again)
    assert one.name.tolist() == again.name.tolist()
    assert not set(one.name) & set(other.name)
    assert not np.array_equal(one.person.weight, other.person.weight)
    assert not same(one, other)


def test_a_case_is_the_same_whoever_else_is_simulated(tuned):
    few = simulated("tuned", 3, 0)
    assert same(few, tuned.select(np.arange(3)))
    np.testing.assert_array_equal(few.person.age, tuned.person.age[:3])


def test_later_batches_are_other_patients_in_rooms_of_another_length(short, monkeypatch):
    monkeypatch.setattr(synthetic, "BATCH", 2)
    done = []
    cases = simulated("tuned", 5, 0, done.append)
    assert done == [2, 2, 1]
    assert len(np.unique(cases.name)) == 5
    hours = cases.last / 360.0
    assert (np.diff([hours[:2].mean(), hours[2:4].mean(), hours[4]]) != 0.0).all()
    assert hours[4] > max(hours[:4])  # a third of four hours, after thirds of three and of two and a half


@pytest.mark.parametrize("site", SITES)
def test_a_case_has_an_induction_a_maintenance_and_a_recovery_of_what_was_shown(site):
    cases = simulated(site, 4, 2)
    assert all((cases.propofol[first, case] > 0.0) for case, first in enumerate(cases.first))
    phase = cases.phase
    assert all({0, 1, 2} <= set(phase[:, case]) for case in range(4))
    assert ((phase == RECOVERY).sum(axis=0) == SITES[site].recovery).all()
    assert (cases.propofol[phase == RECOVERY] == 0.0).all()
    shown = cases.bis[cases.scored]
    assert ((shown > 0.0) & (shown <= 100.0)).all()
    assert np.isfinite(cases.truth[phase >= 0]).all()
    assert np.nanmedian(cases.truth[phase == MAINTENANCE]) < 65.0


def of_patients(cases):
    """Mean assumed effect site and mean true index of every patient in maintenance, and all samples of both."""
    said = watch(NominalObserver(), cases, ("effect_propofol", "bis"))
    inside = cases.phase == MAINTENANCE
    mean = (
        np.nanmean(np.where(inside, values, np.nan), axis=0)
        for values in (said["effect_propofol"], cases.truth)
    )
    return *mean, said, inside & np.isfinite(cases.bis)


def test_titration_hides_what_the_drug_does(tuned):
    """Resistant patients get more and are lighter all the same: over patients, more drug goes with a higher index."""
    effect, index, said, inside = of_patients(tuned)
    assert np.corrcoef(effect, index)[0, 1] > 0.3
    assert concordance(tuned.bis[inside], said["bis"][inside]) < 0.2
    induction = (tuned.phase == 0) & np.isfinite(
        tuned.bis
    )  # where nobody has titrated yet, the surface knows something
    assert concordance(tuned.bis[induction], said["bis"][induction]) > 0.3


def test_a_pump_that_wanders_shows_what_the_drug_does(wandering):
    effect, index, said, inside = of_patients(wandering)
    assert np.corrcoef(effect, index)[0, 1] < 0.0
    assert concordance(wandering.bis[inside], said["bis"][inside]) > 0.1
    within = [
        np.corrcoef(said["effect_propofol"][inside[:, case], case], wandering.truth[inside[:, case], case])[
            0, 1
        ]
        for case in range(PATIENTS)
    ]
    assert np.median(within) < -0.6


def orders(bis, time=1200.0, phase=SURGERY):
    agent = Wandering()
    person = people(case_keys(0, np.arange(4)))
    state = agent.initial(person, case_keys(0, np.arange(4)))
    one = np.ones(4)
    shown = replace(seen(bis), time=time * one, phase=np.full(4, phase))
    given, _ = agent.act(state, shown, {})
    return np.concatenate([given.infusions, given.boluses])


def test_a_wandering_pump_does_not_look():
    np.testing.assert_array_equal(orders(20.0), orders(95.0))
    assert not np.array_equal(orders(50.0, time=1200.0), orders(50.0, time=4000.0))
    targets = np.array([orders(50.0, time=60.0 * minute)[:2] for minute in range(180)])
    assert targets[:, 0].min() >= 1.0
    assert targets[:, 0].max() <= 5.5
    assert len(np.unique(targets[:, 0])) > 4 * 20  # each patient has targets of their own, and many


@pytest.mark.parametrize(("phase", "off"), [(CLOSING, [0]), (EMERGENCE, [0, 1])])
def test_a_wandering_pump_stops_at_the_end_of_surgery(phase, off):
    given = orders(50.0, phase=phase)[:2]
    assert np.flatnonzero((given == 0.0).all(axis=1)).tolist() == off


def test_a_recorded_monitor_is_as_restless_as_real_ones_and_drops_out(tuned):
    recorded = simulated("recorded_like", 20, 0)

    def restless(cases):
        change = np.where(cases.phase[1:] == MAINTENANCE, np.diff(cases.bis, axis=0), np.nan)
        return np.nanmedian(np.nanstd(change, axis=0))

    assert restless(recorded) == pytest.approx(3.6, abs=0.6)  # of recordings, index points from 10 s to 10 s
    assert restless(tuned) < restless(recorded)
    hidden = np.isnan(recorded.bis[recorded.phase >= 0]).mean()
    assert 0.003 < hidden < 0.06
    assert (recorded.bis[recorded.scored] == np.round(recorded.bis[recorded.scored])).all()


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
    person, models = people(keys), SITES["tuned"].models
    own, typical = sample(person, keys, models), sample(person, keys, replace(models, variability=False))
    for factor, expected in ((0.0, typical.kinetics), (1.0, own.kinetics)):
        found = synthetic._widened(own.kinetics, typical.kinetics, factor)
        map_arrays(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), found, expected)
    wider = synthetic._widened(own.kinetics, typical.kinetics, 1.5)
    ratios = [np.log(each.v2 / typical.kinetics.v2).std() for each in (own.kinetics, wider)]
    assert ratios[0] > 0.0
    assert ratios[1] == pytest.approx(1.5 * ratios[0])


@pytest.mark.parametrize("mix", [DOSES_MIX, READINGS_MIX])
def test_a_training_mix_holds_every_site_in_its_share(short, mix):
    assert sum(mix.values()) == pytest.approx(1.0)
    sites = [name.split()[0] for name in mixed(mix, 20, 0).name]
    assert {site: sites.count(site) for site in mix} == {
        site: round(20 * share) for site, share in mix.items()
    }


def test_trainings_share_no_chance_with_tests_nor_with_the_closed_loop(short):
    assert 0 not in (synthetic.TRAINING_SEED, synthetic.VALIDATION_SEED, synthetic.TEST_SEED)
    seeds = (synthetic.TRAINING_SEED, synthetic.VALIDATION_SEED, synthetic.TEST_SEED)
    parts = [simulated("wandering", 2, 3 + seed) for seed in seeds]
    assert len(np.unique(join(parts).subject)) == 6
    assert len(np.unique(np.round(join(parts).propofol.sum(axis=0), 6))) == 6


def test_an_unknown_site_and_no_cases_are_refused():
    with pytest.raises(ValueError, match="site: 'mars' is not allowed; tuned, shifted"):
        simulated("mars", 3, 0)
    with pytest.raises(ValueError, match="patients: 0 is not allowed; 1 or more"):
        simulated("tuned", 0, 0)
