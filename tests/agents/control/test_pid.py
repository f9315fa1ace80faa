"""The PID recursions against their published equations, and what the agent built on them promises."""

import json

import numpy as np
import pytest
import torch

from agents.control import pid
from agents.control.pid import G1_THEN_G2, PID, PidGains, PidSettings, pid_published
from sim.arrays import map_arrays, take
from sim.covariates import Covariates
from sim.interfaces import Orders, Readings
from sim.randomness import case_keys
from sim.surgery import CLOSING, INDUCTION, MAINTENANCE

PEOPLE = 3
ADULTS = Covariates.of([45.0] * PEOPLE, ["F"] * PEOPLE, [165.0] * PEOPLE, [60.0] * PEOPLE)
KEYS = case_keys(0, np.arange(PEOPLE))
ONE = np.ones(1)
LIMITS = {"start_index": 50.0, "integral_lowest": 0.0, "integral_highest": 8.0}
NEVER_INTEGRATES, NEVER_DIFFERENTIATES = 1e12, 1e-12


def readings(time, bis, valid=True, phase=INDUCTION):
    bis = np.asarray(bis, dtype=float)
    full = {
        name: np.full(bis.shape, 80.0) for name in ("mean_arterial_pressure", "heart_rate", "signal_quality")
    }
    return Readings(
        time=np.full(bis.shape, float(time)),
        phase=np.full(bis.shape, phase),
        bis=bis,
        bis_valid=np.broadcast_to(valid, bis.shape),
        pressure_valid=np.full(bis.shape, True),
        pressure_age=np.zeros(bis.shape),
        heart_rate_valid=np.full(bis.shape, True),
        infused=np.zeros((3, *bis.shape)),
        **full,
    )


def falling_index(seconds, people=PEOPLE):
    """An induction that undershoots and comes back, different for everybody."""
    time = np.arange(seconds)[:, None]
    slow = np.linspace(60.0, 120.0, people)
    return 52.0 + 45.0 * np.exp(-time / slow) - 20.0 * np.exp(-((time - 300.0) ** 2) / 2e4) + np.sin(time)


def published(gains, state, index, interval=1.0):
    """Advance the published recursion, whose settings beside the gains are the same in induction and rejection."""
    return pid.update(pid.G1_THEN_G2, gains, state, index, interval)


def test_proportional_part_is_gain_times_error():
    gains = PidGains(0.02, NEVER_INTEGRATES, NEVER_DIFFERENTIATES)
    state = published(gains, pid.start(ONE, 100.0), np.array([80.0]))
    assert state.output == pytest.approx(0.02 * 30.0)


def test_integral_counts_seconds_not_updates():
    gains = PidGains(0.01, 300.0, NEVER_DIFFERENTIATES)
    often, seldom = pid.start(ONE, 70.0), pid.start(ONE, 70.0)
    for _ in range(60):
        often = published(gains, often, 70.0 * ONE, 1.0)
    for _ in range(6):
        seldom = published(gains, seldom, 70.0 * ONE, 10.0)
    assert often.integral == pytest.approx(20.0 * 60.0 / 300.0)
    assert seldom.integral == pytest.approx(often.integral)


@pytest.mark.parametrize("interval", [1.0, 5.0, 10.0])
def test_derivative_of_a_ramp_tends_to_its_slope_whatever_the_interval(interval):
    gains = PidGains(0.01, NEVER_INTEGRATES, 10.0, n=2.0)
    state = pid.start(ONE, 60.0)
    for k in range(1, 120):
        state = published(gains, state, (60.0 + 0.05 * k * interval) * ONE, interval)
    assert state.derivative == pytest.approx(10.0 * 0.05)


def test_change_of_gains_keeps_the_output():
    state = pid.start(ONE, 100.0)
    for index in (95.0, 90.0, 70.0):
        state = published(pid.INDUCTION, state, index * ONE)
    new = pid.retune(pid.REJECTION, state)
    control = pid.REJECTION.kp * (state.index - 50.0 + new.integral + new.derivative)
    assert control == pytest.approx(state.output)


def test_controller_wound_down_by_an_undershoot_gives_nothing_and_resumes_at_once_when_light():
    gains = PidGains(0.02, 100.0, NEVER_DIFFERENTIATES)
    state = pid.start(ONE, 50.0)
    for _ in range(600):
        state = published(gains, state, 30.0 * ONE)
    assert state.output < 0.0
    assert np.all(pid.rates(state.output) == 0.0)
    first = published(gains, state, 52.0 * ONE)
    assert first.output == 0.0
    second = published(gains, first, 52.0 * ONE)
    assert second.output == pytest.approx(0.02 * 2.0 / 100.0)


def test_clamped_integral_survives_an_undershoot():
    gains = PidGains(0.02, 100.0, NEVER_DIFFERENTIATES)
    settings = PidSettings(gains, gains, start_index=50.0, clamp=(0.0, 1.0))
    state = pid.start(ONE, 50.0)
    for _ in range(600):
        state = pid.update(settings, gains, state, 30.0 * ONE, 1.0)
    assert state.integral == 0.0
    assert pid.update(settings, gains, state, 52.0 * ONE, 1.0).output == pytest.approx(0.02 * 2.0 * 1.01)
    for _ in range(600):
        state = pid.update(settings, gains, state, 70.0 * ONE, 1.0)
    assert state.output == pytest.approx(0.02 * 20.0 + 1.0)


def test_rates_keep_the_pumps_limits_and_the_ratio():
    np.testing.assert_allclose(
        pid.rates(np.array([-1.0, 1.5, 7.0, 20.0])), [[0, 1.5, 6.67, 6.67], [0, 3.0, 14.0, 16.67]]
    )
    np.testing.assert_allclose(pid.rates_ares(np.array([-1.0, 1.5, 7.0])), [[0, 1.5, 2.0], [0, 0.75, 1.0]])


def test_ares_controller_follows_its_published_equation():
    kp, ki, kd = 1.187610, 0.001215207, 0.204131
    index = falling_index(600, people=1)[::5, 0]
    error = index / 100.0 - 0.5
    published = kp * error + ki * 5.0 * np.cumsum(error) + kd * np.diff(error, prepend=0.0) / 5.0
    state, ours = pid.start(ONE, 50.0), []
    for value in index:
        state = pid.update(pid.ARES, pid.ARES_GAINS, state, value * ONE, 5.0)
        ours.append(state.output[0])
    np.testing.assert_allclose(ours, published, rtol=1e-6)


def test_ares_integral_is_clamped_to_the_largest_rate():
    state = pid.start(ONE, 95.0)
    for _ in range(5000):
        state = pid.update(pid.ARES, pid.ARES_GAINS, state, 95.0 * ONE, 5.0)
    assert pid.ARES_GAINS.kp * state.integral == pytest.approx(2.0)


def act_through(agent, index, period=5, people=ADULTS, keys=KEYS, **options):
    """Return infusions (times, 3, patients) while `index` (seconds, patients) is read every `period` s."""
    memory, infusions = agent.initial(people, keys), []
    for second in range(0, len(index), period):
        orders, memory = agent.act(memory, readings(second, index[second], **options), {})
        infusions.append(orders.infusions)
    return np.stack(infusions)


def test_agent_orders_what_the_published_recursion_says_before_and_after_the_switch():
    index = falling_index(900)
    state, expected = pid.start(index[0], 100.0), []
    for second in range(0, 900, 10):
        if second == 600:
            state = pid.retune(pid.REJECTION, state)
        gains = pid.INDUCTION if second < 598 else pid.REJECTION
        state = published(gains, state, index[second], 10.0)
        expected.append(pid.rates(state.output))
    infusions = act_through(pid.pid_published(), index, period=10)
    np.testing.assert_allclose(infusions[:, :2], expected, rtol=1e-12)
    assert np.all(infusions[:, 2] == 0.0)
    assert infusions[0, 0].min() > 0.0


def test_agent_holds_its_output_while_bis_is_invalid_and_forgets_the_gap():
    agent = PID(PidSettings(PidGains(0.02, 300.0, 10.0), PidGains(0.02, 300.0, 10.0), start_index=80.0))
    memory = agent.initial(ADULTS, KEYS)
    for second in range(0, 30, 10):
        orders, memory = agent.act(memory, readings(second, [80.0] * PEOPLE), {})
    for second in range(30, 400, 10):
        held, memory = agent.act(memory, readings(second, [5.0] * PEOPLE, valid=False), {})
        np.testing.assert_array_equal(held.infusions, orders.infusions)
    back, memory = agent.act(memory, readings(400, [70.0] * PEOPLE), {})
    integral = 30.0 * 3 * 10.0 / 300.0 + 20.0 * 10.0 / 300.0
    np.testing.assert_allclose(back.infusions[0], 0.02 * (20.0 + integral))


def test_agent_switches_without_a_bump_though_bis_is_invalid_then():
    agent = pid.pid_published()
    memory = agent.initial(ADULTS, KEYS)
    for second in range(0, 590, 10):
        orders, memory = agent.act(memory, readings(second, [70.0] * PEOPLE), {})
    for second in range(590, 640, 10):
        held, memory = agent.act(memory, readings(second, [70.0] * PEOPLE, valid=False), {})
    back, _ = agent.act(memory, readings(640, [70.0] * PEOPLE), {})
    np.testing.assert_allclose(held.infusions, orders.infusions)
    added = pid.REJECTION.kp * 20.0 * 10.0 / pid.REJECTION.ti
    np.testing.assert_allclose(back.infusions[0], orders.infusions[0] + added, rtol=0.02)


def test_agent_that_sees_bis_only_after_the_switch_starts_from_nothing():
    agent = pid.pid_published()
    memory = agent.initial(ADULTS, KEYS)
    for second in range(0, 700, 10):
        orders, memory = agent.act(memory, readings(second, [50.0] * PEOPLE, valid=False), {})
        assert np.all(orders.infusions == 0.0)
    orders, _ = agent.act(memory, readings(700, [90.0] * PEOPLE), {})
    expected = published(pid.REJECTION, pid.start(np.ones(PEOPLE), 100.0), np.full(PEOPLE, 90.0), 10.0)
    np.testing.assert_allclose(orders.infusions[:2], pid.rates(expected.output))


def test_agent_stops_both_drugs_when_surgeons_close():
    agent = pid.pid_published()
    memory = agent.initial(ADULTS, KEYS)
    orders, memory = agent.act(memory, readings(0, [90.0] * PEOPLE, phase=MAINTENANCE), {})
    assert orders.infusions[:2].min() > 0.0
    orders, memory = agent.act(memory, readings(10, [90.0] * PEOPLE, phase=CLOSING), {})
    assert np.all(orders.infusions == 0.0)


def test_a_patient_is_dosed_the_same_alone_and_in_a_batch():
    index = falling_index(900)
    together = act_through(pid.pid_tuned(), index)
    for one in range(PEOPLE):
        row = slice(one, one + 1)
        alone = act_through(pid.pid_tuned(), index[:, row], people=take(ADULTS, row), keys=KEYS[row])
        np.testing.assert_array_equal(alone[..., 0], together[..., one])


def test_torch_orders_equal_numpy_orders():
    agent, index = pid.pid_tuned(), falling_index(800)
    expected = act_through(agent, index)
    memory = agent.initial(map_arrays(torch.as_tensor, ADULTS), KEYS)
    for k, second in enumerate(range(0, 800, 5)):
        tensors = map_arrays(lambda a: torch.as_tensor(np.array(a)), readings(second, index[second]))
        orders, memory = agent.act(memory, tensors, {})
        np.testing.assert_allclose(orders.infusions.numpy(), expected[k], rtol=1e-12)


def test_a_target_that_is_no_index_is_refused():
    with pytest.raises(ValueError, match="target: 120 is not allowed"):
        PID(pid.G1_THEN_G2, target=120.0)


def test_settings_come_back_from_their_file(tmp_path):
    early, late = {"kp": 0.1, "ti": 200.0, "td": 3.0, "n": 2.0}, {"kp": 0.2, "ti": 100.0, "td": 4.0, "n": 5.0}
    path = tmp_path / "gains.json"
    path.write_text(json.dumps({"induction": early, "maintenance": late} | LIMITS))
    expected = PidSettings(PidGains(**early), PidGains(**late), start_index=50.0, clamp=(0.0, 8.0))
    assert pid.read_settings(path) == expected


@pytest.mark.parametrize("value", [None, 0.0, -1.0, "fast"])
def test_a_bad_gain_in_a_settings_file_is_named(tmp_path, value):
    good = {"kp": 0.1, "ti": 200.0, "td": 3.0, "n": 2.0}
    path = tmp_path / "gains.json"
    path.write_text(json.dumps({"induction": good, "maintenance": good | {"ti": value}} | LIMITS))
    with pytest.raises(ValueError, match=r"gains.json: maintenance ti .* is not allowed"):
        pid.read_settings(path)


def test_an_integral_that_follows_gives_what_others_ordered():
    """Told of an order and shown the same index, the next output is that order but for the integral's own step."""
    agent = pid_published()
    state, index = agent.initial(ADULTS, KEYS), np.full(PEOPLE, 62.0)
    for turn in range(70):
        _, state = agent.act(state, readings(10.0 * turn, index), {})
    ordered = np.tile([[0.2], [0.4], [0.0]], PEOPLE)
    followed = agent.follow(state, Orders(ordered, 0.0 * ordered))
    orders, _ = agent.act(followed, readings(700.0, index), {})
    own = G1_THEN_G2.maintenance.kp * 12.0 * 10.0 / G1_THEN_G2.maintenance.ti
    assert orders.infusions[0] == pytest.approx(0.2 + own, rel=1e-6)
