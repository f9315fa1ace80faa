"""The Gymnasium environments keep their contract: checked, seeded, batched = single, and clear about bad input."""

from __future__ import annotations

import pickle

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as check_sb3_env

import sim  # noqa: F401 (registers the environment)
from predictors.nominal import NominalObserver
from sim import theatre
from sim.cohort import COHORTS
from sim.environment import observations
from sim.environment.env import AnesthesiaEnv, AnesthesiaVectorEnv
from sim.environment.rewards import TERMS
from sim.faults import FAULTS
from sim.interfaces import Orders
from sim.surgery import SURGERIES
from sim.theatre.rollout import cases

SHORT = {"horizon": 600.0, "control_period": 30.0}
VARIANTS = [
    {},
    {
        "actions": "targets",
        "norepinephrine": True,
        "observer": NominalObserver(),
        "faults": tuple(name for name in FAULTS if not FAULTS.get(name).orders),
    }
    | {"control_period": 10.0},
    {"cohort": "random", "surgery": "struys", "pressure": "cuff", "noise": False, "control_period": 5.0},
]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def acted(env, rng, size: int = 1) -> np.ndarray:
    """Random but survivable doses."""
    return rng.uniform(0.0, 0.3, (size, len(env.action_names))).astype(np.float32) * env_high(env)


def env_high(env) -> np.ndarray:
    return getattr(env, "single_action_space", env.action_space).high


def played(env, steps: int, seed: int | None, action_seed: int = 0) -> list[bytes]:
    """Everything an agent gets, as bytes."""
    rng = np.random.default_rng(action_seed)
    seen = [env.reset(seed=seed)[0].tobytes()]
    for _ in range(steps):
        observation, reward, terminated, truncated, _ = env.step(acted(env, rng)[0])
        seen.append(observation.tobytes() + np.float64(reward).tobytes())
        if terminated or truncated:
            seen.append(env.reset()[0].tobytes())
    return seen


@pytest.mark.parametrize("options", VARIANTS)
def test_gymnasium_and_stable_baselines_accept_it(options):
    check_env(AnesthesiaEnv(**(SHORT | options)), skip_render_check=True)  # see test_screen
    check_sb3_env(AnesthesiaEnv(**(SHORT | options)), warn=False)


@pytest.mark.parametrize("options", VARIANTS)
def test_observations_and_actions_have_names_and_stay_in_their_spaces(options):
    env = AnesthesiaEnv(**options)
    rng, observed = np.random.default_rng(0), env.reset(seed=4)[0]
    assert env.observation_space.shape == (len(env.observation_names),)
    assert env.action_space.shape == (len(env.action_names),)
    for _ in range(60):
        assert observed.dtype == np.float32
        assert env.observation_space.contains(observed)
        assert np.isfinite(observed).all()
        observed, *_ = env.step(rng.uniform(0.0, env.action_space.high).astype(np.float32))


def test_the_table_of_observations_is_the_vector():
    """Each number under its own name, in its own unit."""
    observer = NominalObserver(control_period=30.0)
    env = AnesthesiaEnv(control_period=30.0, observer=observer, norepinephrine=True, pressure="cuff")
    env.reset(seed=5)
    for _ in range(20):
        observed, *_ = env.step(np.array([6.0, 0.2, 0.05]))
    seen = dict(zip(env.observation_names, observed, strict=True))
    shown, person = env.ward.seen.readings, env.ward.case.patient.covariates
    for name in ("phase", "bis", "bis_valid", "signal_quality", "mean_arterial_pressure", "pressure_valid"):
        assert seen[name] == pytest.approx(float(getattr(shown, name)[0]))
    for name in ("pressure_age", "heart_rate", "heart_rate_valid"):
        assert seen[name] == pytest.approx(float(getattr(shown, name)[0]))
    for name in ("age", "female", "height", "weight"):
        assert seen[name] == pytest.approx(float(getattr(person, name)[0]))
    assert seen["time"] == pytest.approx(10.0)
    resolution = 2.0 / float(seen["weight"])  # mg/kg/h in 0.1 mL/h
    assert seen["propofol_rate"] == pytest.approx(6.0, abs=resolution)
    assert seen["remifentanil_rate"] == pytest.approx(0.2, abs=resolution / 60.0)
    assert seen["norepinephrine_rate"] == pytest.approx(0.05, abs=0.8 * resolution / 60.0)
    for name, value in env.ward.estimates.items():
        assert seen[f"estimated_{name}"] == pytest.approx(float(value[0]))
    assert list(env.ward.signals) == list(observations.OBSERVATIONS) + [
        f"estimated_{name}" for name in NominalObserver().estimates
    ]


@pytest.mark.parametrize("mode", ["rates", "targets"])
def test_actions_are_orders_in_clinical_units(mode):
    env = AnesthesiaEnv(actions=mode, norepinephrine=True, horizon=3600.0)
    env.reset(seed=5)
    action = [6.0, 0.2, 0.1] if mode == "rates" else [3.0, 4.0, 0.1]
    for _ in range(180):
        *_, info = env.step(np.array(action))
    weight = env.ward.case.patient.covariates.weight[0]
    delivered = env.ward.seen.delivered[:, 0]
    assert delivered[2] == pytest.approx(0.1 * weight / 60.0, rel=0.01)
    if mode == "rates":
        assert delivered[0] == pytest.approx(6.0 * weight / 3600.0, rel=0.01)
        assert delivered[1] == pytest.approx(0.2 * weight / 60.0, rel=0.01)
    else:
        np.testing.assert_allclose(env.ward.state.pumps.predicted[3, :, 0], [3.0, 4.0], rtol=0.01)
    assert info["truth"]["effect_propofol"] > 0.5


@pytest.mark.parametrize("options", VARIANTS)
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(options):
    one, other = AnesthesiaEnv(**(SHORT | options)), AnesthesiaEnv(**(SHORT | options))
    first = played(one, 22, seed=3)
    assert played(other, 22, seed=3) == first
    assert played(one, 22, seed=3) == first  # nothing is left over from the case before
    assert played(other, 5, seed=4) != first[:6]
    assert played(pickle.loads(pickle.dumps(other)), 22, seed=3) == first


def test_cases_of_a_seed_are_walked_through_and_can_be_chosen():
    env = AnesthesiaEnv(**SHORT)
    walk = [env.reset(seed=3)[0], env.reset()[0], env.reset()[0]]
    chosen, info = env.reset(seed=3, options={"case": 2})
    np.testing.assert_array_equal(chosen, walk[2])
    assert info == {"case": 2, "seed": 3}
    assert env.reset()[1] == {"case": 3, "seed": 3}
    assert len({one.tobytes() for one in walk}) == 3


def test_without_a_seed_every_environment_has_its_own():
    assert AnesthesiaEnv(**SHORT).reset()[1]["seed"] != AnesthesiaEnv(**SHORT).reset()[1]["seed"]


def test_it_is_the_case_that_a_rollout_plays():
    """The environment adds nothing to the theatre: same truth from the same orders."""
    env = AnesthesiaEnv(actions="targets", horizon=600.0)
    env.reset(seed=8, options={"case": 5})
    room = env.ward.room
    case = cases(room, seed=8, numbers=np.array([5]))
    state, _ = theatre.begin(room, case)
    for _ in range(60):
        *_, info = env.step(np.array([3.0, 2.0]))
        state, seen = theatre.turn(
            room, case, state, Orders(np.array([[3.0], [2.0], [0.0]]), np.zeros((3, 1)))
        )
        assert info["truth"]["bis"] == pytest.approx(seen.truth.bis[0], rel=1e-12)


def test_a_case_is_truncated_at_its_horizon_and_rewards_are_the_sum_of_their_terms():
    weights = dict.fromkeys(TERMS, 0.7)
    env, rng = AnesthesiaEnv(**SHORT, reward=weights), np.random.default_rng(1)
    env.reset(seed=2)
    for step in range(1, 21):
        _, reward, terminated, truncated, info = env.step(acted(env, rng)[0])
        assert set(info["reward_terms"]) == set(TERMS)
        assert reward == pytest.approx(sum(info["reward_terms"].values()), abs=1e-12)
        assert not terminated
        assert truncated == (step == 20)


def test_a_lost_patient_ends_the_case_and_costs(monkeypatch):
    monkeypatch.setattr("sim.theatre.loop.LOST_PRESSURE", 70.0)
    env = AnesthesiaEnv(circulation="su2023", reward={"lost": 100.0}, horizon=3600.0)
    env.reset(seed=1)
    for _ in range(360):
        _, reward, terminated, truncated, info = env.step(np.array([60.0, 1.0]))
        assert terminated == (info["truth"]["mean_arterial_pressure"] < 70.0)
        assert reward == (-100.0 if terminated else 0.0)
        if terminated:
            break
    assert terminated
    assert not truncated
    last = AnesthesiaEnv(horizon=10.0)
    monkeypatch.setattr("sim.theatre.loop.LOST_PRESSURE", 1000.0)
    last.reset(seed=1)
    assert last.step(np.zeros(2))[2:4] == (True, False)  # lost at the very end is lost


def test_batched_is_single_step_by_step_over_partial_resets(monkeypatch):
    """Patients are lost at different times; a new one takes the bed in the next step, the others go on."""
    monkeypatch.setattr("sim.theatre.loop.LOST_PRESSURE", 63.0)
    seed, options = (
        6,
        {"circulation": "su2023", "horizon": 1200.0, "control_period": 30.0, "physiology_step": 10.0},
    )
    options["observer"] = NominalObserver(control_period=30.0)
    many, singles = AnesthesiaVectorEnv(4, **options), [AnesthesiaEnv(**options) for _ in range(4)]
    observed, info = many.reset(seed=seed)
    np.testing.assert_array_equal(info["case"], np.arange(4))
    for i, env in enumerate(singles):
        np.testing.assert_allclose(observed[i], env.reset(seed=seed, options={"case": i})[0], rtol=1e-6)
    rng, number, over, ends = np.random.default_rng(seed), np.arange(4), np.zeros(4, bool), []
    for step in range(50):
        action = rng.uniform(0.0, 0.6, (4, 2)).astype(np.float32) * many.single_action_space.high
        observed, reward, terminated, truncated, info = many.step(action)
        for i, env in enumerate(singles):
            if over[i]:
                number[i] += 4
                expected = env.reset(seed=seed, options={"case": int(number[i])})[0], 0.0, False, False
            else:
                *expected, single_info = env.step(action[i])
                for key in single_info["truth"]:
                    assert info["truth"][key][i] == pytest.approx(single_info["truth"][key], rel=1e-9)
            np.testing.assert_allclose(observed[i], expected[0], rtol=1e-6)
            assert reward[i] == pytest.approx(expected[1], rel=1e-9, abs=1e-12)
            assert (terminated[i], truncated[i]) == tuple(expected[2:])
        over = terminated | truncated
        if over.any():
            ends.append((step, over.sum()))
    assert len(ends) >= 4
    assert min(count for _, count in ends) < 4


def test_in_a_batch_the_infos_of_a_new_patient_are_of_that_patient(monkeypatch):
    """In the step that brings a new patient the terms still add up to the reward, and the truth is theirs."""
    monkeypatch.setattr("sim.theatre.loop.LOST_PRESSURE", 63.0)
    env = AnesthesiaVectorEnv(4, circulation="su2023", horizon=600.0, control_period=30.0)
    env.reset(seed=0)
    fresh, rng = np.zeros(4, bool), np.random.default_rng(0)
    bis = env.observation_names.index("bis")
    for _ in range(60):
        action = acted(env, rng, 4)
        action[fresh] = np.nan  # whatever was meant for the patient before
        observed, reward, terminated, truncated, info = env.step(action)
        np.testing.assert_allclose(sum(info["reward_terms"].values()), reward, atol=1e-12)
        assert (np.abs(info["truth"]["bis"] - observed[:, bis])[fresh] < 15.0).all()
        fresh = terminated | truncated


def test_make_and_make_vec_give_these_environments():
    env = gymnasium.make("Anesthesia-v0", **SHORT, cohort="random")
    assert isinstance(env.unwrapped, AnesthesiaEnv)
    assert env.unwrapped.ward.options.cohort == "random"
    many = gymnasium.make_vec("Anesthesia-v0", num_envs=3, **SHORT)
    assert isinstance(many.unwrapped, AnesthesiaVectorEnv)
    assert many.metadata["autoreset_mode"] == gymnasium.vector.AutoresetMode.NEXT_STEP
    observed, _ = many.reset(seed=2)
    for i in range(3):
        np.testing.assert_allclose(
            observed[i], AnesthesiaEnv(**SHORT).reset(seed=2, options={"case": i})[0], rtol=1e-6
        )
    assert many.step(many.action_space.sample())[0].shape == many.observation_space.shape


ACTIONS = [
    ([[float("nan"), 0.1]], r"action: propofol nan is not allowed; 0 to 100 mg/kg/h"),
    ([[5.0, float("inf")]], r"action: remifentanil inf is not allowed; 0 to 2 µg/kg/min"),
    ([[-0.01, 0.1]], r"action: propofol -0\.01 is not allowed; 0 to 100 mg/kg/h"),
    ([[5.0, 2.1]], r"action: remifentanil 2\.1 is not allowed; 0 to 2 µg/kg/min"),
    ([[5.0, 0.1, 0.1]], r"action: shape .* is not allowed; .* for propofol, remifentanil"),
    ([5.0, 0.1], r"action: shape .* is not allowed"),
    ([["much", "little"]], r"action: .*'much'.* is not allowed; numbers for propofol, remifentanil"),
    ([{"propofol": 5.0}], r"action: .*'propofol'.* is not allowed; numbers for propofol, remifentanil"),
    ([[5.0]], r"action: shape .* is not allowed"),
]


@pytest.mark.parametrize(("action", "message"), ACTIONS)
def test_a_bad_action_is_refused_by_name_and_changes_nothing(action, message):
    single, many = AnesthesiaEnv(**SHORT), AnesthesiaVectorEnv(1, **SHORT)
    for env, wrong in ((single, np.array(action)[0]), (many, np.array(action))):
        env.reset(seed=1)
        with pytest.raises(ValueError, match=message):
            env.step(wrong)
    observed = single.step(np.array([5.0, 0.1]))[0]
    fresh = AnesthesiaEnv(**SHORT)
    fresh.reset(seed=1)
    np.testing.assert_array_equal(observed, fresh.step(np.array([5.0, 0.1]))[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"nois": 1},
            "option: unknown name 'nois'; allowed are control_period, physiology_step, horizon, target_site",
        ),
        ({"cohort": "x"}, f"cohort: unknown name 'x'; allowed are {', '.join(COHORTS)} or a .csv file"),
        ({"surgery": "x"}, f"surgery: unknown name 'x'; allowed are {', '.join(SURGERIES)} or a .csv file"),
        ({"faults": ("x",)}, f"fault: unknown name 'x'; allowed are {', '.join(FAULTS)}"),
        ({"reward": {"x": 1.0}}, f"reward term: unknown name 'x'; allowed are {', '.join(TERMS)}"),
        ({"actions": "x"}, "actions: 'x' is not allowed; rates or targets"),
        ({"observer": "nominal"}, "observer: 'nominal' is not allowed"),
        ({"propofol": "x"}, "propofol model: unknown name 'x'; allowed are schnider"),
        ({"norepinephrine_model": "x"}, "norepinephrine model: unknown name 'x'; allowed are li"),
        ({"bis": "x"}, "BIS model: unknown name 'x'"),
        ({"circulation": "x"}, "circulation model: unknown name 'x'"),
        ({"assumed_propofol": "x"}, "propofol model: unknown name 'x'"),
        ({"bleeding_probability": 1.5}, "bleeding_probability: 1.5 is not allowed; 0 to 1"),
        ({"horizon": 86410.0}, "horizon: 86410.0 s is not allowed; at most 86400 s"),
        ({"horizon": 605.0}, "horizon: 605.0 s is not allowed; a whole multiple of control_period"),
    ],
)
@pytest.mark.parametrize("make", [AnesthesiaEnv, lambda **options: AnesthesiaVectorEnv(2, **options)])
def test_a_bad_option_is_refused_with_what_is_allowed(make, options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_an_observer_with_another_control_period_is_refused():
    """It would read every dose as given over its own period, three times too strong."""
    with pytest.raises(ValueError, match="control_period"):
        AnesthesiaEnv(control_period=30.0, observer=NominalObserver(control_period=10.0))


def test_no_patients_and_unknown_reset_options_are_refused():
    for count, allowed in ((0, "1 or more"), (2.5, "a whole number"), (True, "a whole number")):
        with pytest.raises(ValueError, match=f"num_envs: {count} is not allowed; {allowed}"):
            AnesthesiaVectorEnv(count)
    env = AnesthesiaEnv(**SHORT)
    for case, allowed in ((-1, "0 or more"), (1.7, "a whole number"), (None, "a whole number")):
        with pytest.raises(ValueError, match=f"case: {case} is not allowed; {allowed}"):
            env.reset(options={"case": case})
    with pytest.raises(
        ValueError, match=r"action: \[\[1\.0\], \[1\.0, 2\.0\]\] is not allowed; numbers for propofol"
    ):
        AnesthesiaVectorEnv(2, **SHORT).step([[1.0], [1.0, 2.0]])
    with pytest.raises(ValueError, match="options: 'case' is not allowed; a mapping"):
        env.reset(options="case")
    with pytest.raises(ValueError, match="unknown name 'cas'; allowed"):
        env.reset(options={"cas": 1})
