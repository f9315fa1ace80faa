"""The belief: on patients of its own model it finds them, foresees their course, and says how sure it may be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from predictors.belief import pressure
from predictors.belief.depth import LASTING
from predictors.belief.foresight import COUNTED
from predictors.belief.observer import AHEAD, LONGEST_PLAN, BeliefFilter
from predictors.belief.population import STIMULI, Depth, Population, Pressure
from sim.arrays import map_arrays, take
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.pharmacodynamics.hypnosis import ResponseSurface, eleveld_delay, index
from sim.pharmacokinetics import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics import compartments as pk

PERIOD = 10.0
PEOPLE = Covariates.of([30.0, 45.0, 60.0, 75.0], ["F", "M", "F", "M"], 172.0, [60.0, 80.0, 70.0, 85.0])
SMALL = ("start_sd", "passing_sd", "disturbance_sd", "opioid_sd", "noise_log_sd")
STEADY = {"lasting_sd": 0.4, "lasting_drift": 0.1}  # whatever is shipped
QUIET = {"start": 1e-6, "arousal": 1e-6, "arousal_sd": 1e-6} | STEADY | dict.fromkeys(SMALL, 1e-3)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def still(**changed):
    """A population without stimulation, start or wandering."""
    return Population(Depth(**QUIET | changed), Pressure(wander_sd=1e-3, stress=1e-6, stress_sd=1e-6))


def doses(samples, patients=4, norepinephrine=0.0):
    """Induction and maintenance, (samples, 3, patients), mg and µg a period."""
    out = np.zeros((samples, 3, patients))
    out[:, 0], out[:, 1], out[30:, 2] = 1.6, 1.2, norepinephrine
    out[:12, 0] = 10.0
    return out


class World:
    """Patients of the belief's own model written down a second time: an exact step at 1 s, the delay by a list."""

    def __init__(self, people, sensitivity, given):
        p = people.depth
        drug = PROPOFOL.get("eleveld")(PEOPLE)
        others = REMIFENTANIL.get("eleveld")(PEOPLE), NOREPINEPHRINE.get("li")(PEOPLE)
        kinetics = pk.stack([replace(drug, ke0=p.ke0 + 0.0 * drug.ke0), *others])
        step, state, fall = pk.discretise(kinetics, PERIOD), pk.empty(kinetics), np.zeros(4)
        one = np.ones(4)
        surface = ResponseSurface(
            p.c50 / sensitivity, p.c50_remifentanil * one, p.gamma, p.gamma, 0.0, p.awake, p.fall * p.awake, "greco"
        )  # fmt: skip
        courses = []
        for rates in given / PERIOD:
            state = pk.step(step, state, rates)
            plasma = pk.plasma(kinetics, state)
            settled = pressure.settled_fall(people.pressure, plasma[0], plasma[1])
            fall = settled + (fall - settled) * np.exp(-PERIOD / people.pressure.settling)
            mean = 90.0 * np.exp(-fall) + pressure.rise(plasma[2], 0.0)[0]
            courses.append((state[3, 0], index(surface, state[3, 0], state[3, 1]), mean))
        self.effect, self.bis, self.pressure = (np.array(c) for c in zip(*courses, strict=True))
        late = p.delay * eleveld_delay(PEOPLE.age) / PERIOD
        samples = np.arange(len(given))[:, None] - late
        columns = np.arange(4)
        before = np.floor(samples).astype(int)
        share = samples - before
        old = np.vstack([np.full((20, 4), p.awake), self.bis])
        self.shown = (1 - share) * old[before + 20, columns] + share * old[before + 21, columns]


def seen(sample, world, infused, **changed):
    one = np.ones(4)
    nothing = dict.fromkeys(Readings.__dataclass_fields__, 0.0 * one) | {"more": {}, "waves": {}}
    shown = {
        "time": PERIOD * sample * one, "bis": world.shown[sample], "bis_valid": one > 0.0, "infused": infused,
        "mean_arterial_pressure": world.pressure[sample], "pressure_valid": one > 0.0, "phase": 0 * one.astype(int),
    }  # fmt: skip
    return Readings(**(nothing | shown | changed))


def watched(observer, world, given, samples):
    state, said = observer.initial(PEOPLE), []
    for sample in range(samples):
        state, estimates = observer.update(state, seen(sample, world, given[sample]))
        said.append(estimates)
    return state, {name: np.array([one[name] for one in said]) for name in said[0]}


@pytest.mark.parametrize("members", [1, 9])
def test_it_finds_the_sensitivity_of_noise_free_patients_of_its_own_kind(members):
    people, true, given = still(), np.array([0.6, 0.9, 1.2, 1.8]), doses(240)
    people = replace(people, depth=replace(people.depth, ke0_sd=1e-3, gamma_sd=1e-3, delay_sd=1e-3))
    world = World(people, true, given)
    state, said = watched(BeliefFilter(people=people, members=members), world, given, 240)
    np.testing.assert_allclose(np.exp(said["sensitivity"][-1]), true, rtol=0.04)
    assert (np.abs(said["sensitivity"][0]) < 0.1).all()  # it began at the average
    np.testing.assert_allclose(said["bis"][60:], world.bis[60:], atol=1.5)
    assert (state.covariance[LASTING, LASTING] < 0.01).all()


def test_the_bank_trusts_the_member_that_is_like_the_patient():
    people, given = still(), doses(240)
    observer = BeliefFilter(people=people, members=9)
    member = int(np.argmax(observer.bank.ke0[:, 0]))
    own = people.depth
    like = replace(own, ke0=float(observer.bank.ke0[member, 0]), gamma=float(observer.bank.gamma[member, 0]))
    like = replace(like, delay=float(observer.bank.delay[member, 0]))
    state, _ = watched(observer, World(replace(people, depth=like), np.ones(4), given), given, 240)
    np.testing.assert_array_equal(state.weights.argmax(0), member)
    np.testing.assert_allclose(state.weights.sum(0), 1.0)


def test_a_plan_is_foreseen_as_the_models_own_course():
    """Model = patient, no noise: the course of ten minutes under a plan that changes every minute."""
    people, samples = still(), 180
    given = doses(samples + 60, norepinephrine=30.0)
    random = np.random.default_rng(3)
    plan = random.uniform(0.0, 1.0, (3, LONGEST_PLAN, 1)) * given[samples - 1][:, None] / PERIOD
    given[samples:] = PERIOD * np.repeat(plan, 6, axis=1).transpose(1, 0, 2)
    world = World(people, np.ones(4), given)
    observer = BeliefFilter(people=people, members=1)
    state, _ = watched(observer, world, given, samples)
    found = observer.foresee(state, plan[None])
    ends = samples - 1 + 6 * np.arange(1, LONGEST_PLAN + 1)
    np.testing.assert_allclose(found.index[0, :, 0], world.bis[ends], atol=0.3)
    np.testing.assert_allclose(found.pressure[0], world.pressure[ends], atol=0.7)
    assert np.ptp(world.bis[ends], axis=0).min() > 3.0
    with pytest.raises(ValueError, match="plans: 11 minutes are not allowed; up to 10"):
        observer.foresee(state, np.concatenate([plan, plan[:, :1]], axis=1)[None])


def test_an_announced_stimulus_is_foreseen_and_opioid_blunts_it():
    people = replace(Population(), depth=Depth(arousal=1.0))
    observer, given = BeliefFilter(people=people, members=1), doses(60)
    world = World(people, np.ones(4), given)
    state, _ = watched(observer, world, given, 60)
    one = np.ones(4)
    told = {"next_event": 90.0 * one, "next_event_valid": one > 0.0}
    announced, _ = observer.update(state, seen(59, world, given[59], more=told))
    unannounced, _ = observer.update(state, seen(59, world, given[59]))
    plan = np.repeat(given[59][None, :, None] / PERIOD, 5, axis=2)
    plans = np.concatenate([plan, plan * np.array([1.0, 6.0, 1.0])[:, None, None]])
    more = (
        observer.foresee(announced, plans).index[:, :, 0]
        - observer.foresee(unannounced, plans).index[:, :, 0]
    )
    np.testing.assert_allclose(more[0, 0], 0.0, atol=1e-4)  # it comes in the second minute
    assert (more[0, 2] > 3.0).all()
    assert (more[0, 2] < STIMULI["intubation"]).all()
    assert (more[1, 2] < 0.5 * more[0, 2]).all()


def test_doses_and_pressure_say_how_sensitive_vessels_are():
    people, given = still(), doses(240)
    observer = BeliefFilter(people=people, members=1)
    own = people.pressure
    sensitive = {name: 1.4 * getattr(own, name) for name in ("relaxed", "propofol", "remifentanil")}
    more = replace(own, **sensitive)
    world = World(replace(people, pressure=more), np.ones(4), given)
    _, said = watched(observer, world, given, 240)
    np.testing.assert_allclose(said["pressure_sensitivity"][-1], np.log(1.4), atol=0.08)
    np.testing.assert_allclose(said["pressure"][-1], world.pressure[-1], atol=1.5)


def test_silence_changes_no_belief_but_makes_it_unsure_and_junk_is_not_read():
    people, given = Population(), doses(120)
    observer, world = BeliefFilter(people=people), World(people, np.ones(4), given)
    state, said = watched(observer, world, given, 60)
    silent = {"bis_valid": np.zeros(4, bool), "pressure_valid": np.zeros(4, bool)}
    after = []
    for junk in (0.0, np.nan):
        quiet = state
        for sample in range(60, 120):
            shown = seen(sample, world, given[sample], **silent, bis=junk + np.zeros(4))
            quiet, estimates = observer.update(quiet, shown)
        after.append(estimates)
    for name, value in after[0].items():
        np.testing.assert_array_equal(value, after[1][name])
    assert (after[0]["bis_sd"] > said["bis_sd"][-1]).all()


def test_a_patient_alone_is_believed_of_as_in_the_batch_and_ranges_hold():
    people, given = Population(), doses(90, norepinephrine=20.0)
    observer, world = (
        BeliefFilter(people=people, members=9),
        World(people, np.array([0.5, 1.0, 1.5, 2.0]), given),
    )
    state, said = watched(observer, world, given, 90)
    assert list(said) == list(observer.estimates)
    for name, (low, high, _) in observer.estimates.items():
        assert ((said[name] >= low) & (said[name] <= high)).all(), name
    assert {f"bis_{minutes}_min_sd" for minutes in AHEAD} <= set(said)
    chosen = np.array([2])
    lone = observer.initial(take(PEOPLE, chosen))
    for sample in range(90):
        lone, _ = observer.update(lone, take(seen(sample, world, given[sample]), chosen))
    map_arrays(
        lambda a, b: np.testing.assert_allclose(a[..., 2], b[..., 0], rtol=1e-6, atol=1e-9), state, lone
    )


@pytest.mark.parametrize("members", [0, 65])
def test_a_bank_of_no_or_too_many_members_is_refused(members):
    with pytest.raises(ValueError, match=f"members: {members} is not allowed; 1 to 64"):
        BeliefFilter(members=members)


def test_plans_are_answered_by_the_likeliest_members_alone_and_these_hold_nearly_all_of_the_weight():
    observer = BeliefFilter()
    state = observer.initial(PEOPLE)
    weights = np.linspace(1.0, 18.0, 18)[:, None] ** 4 * np.ones(len(PEOPLE.age))
    state = replace(state, weights=weights / weights.sum(0))
    found = observer.foresee(state, np.ones((1, 3, 5, len(PEOPLE.age))))
    assert found.index.shape == (1, 5, COUNTED, len(PEOPLE.age))
    np.testing.assert_allclose(found.weights.sum(0), 1.0, rtol=1e-12)
    np.testing.assert_allclose(found.weights[0], weights[-1] / weights[-COUNTED:].sum(0))
