"""Pictures of a case: what was shown so far, in memory or in a window, as Gymnasium and its recorder ask for them."""

from __future__ import annotations

import gymnasium
import matplotlib
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import RecordVideo, RenderCollection

from sim.environment.env import AnesthesiaEnv, AnesthesiaVectorEnv
from tests.sim.environment import window

SHORT = {"horizon": 600.0, "control_period": 30.0}
LIGHT = np.array([3.0, 3.0])
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture
def with_a_window():
    """A machine with a display."""
    before = matplotlib.get_backend()
    matplotlib.use("module://tests.sim.environment.window")
    window.waited.clear()
    yield window.waited
    matplotlib.use(before)


@pytest.mark.usefixtures("with_a_window")
def test_gymnasium_accepts_every_mode():
    check_env(gymnasium.make("Anesthesia-v0", **SHORT).unwrapped)


def test_a_picture_shows_what_was_seen_so_far_and_nothing_of_the_case_before():
    env = AnesthesiaEnv(render_mode="rgb_array", actions="targets", **SHORT)
    env.reset(seed=3)
    first = env.render()
    assert first.shape == (480, 640, 3)
    assert first.dtype == np.uint8
    pictures = []
    for _ in range(2):
        for _ in range(8):
            env.step(LIGHT)
        pictures.append(env.render())
    index_panel = slice(20, 150)
    changed = [
        (one != first)[index_panel].any(axis=(0, 2)) for one in pictures
    ]  # by column: time goes to the right
    furthest = [np.flatnonzero(column).max() for column in changed]
    assert furthest == sorted(set(furthest))
    np.testing.assert_array_equal(env.render(), pictures[-1])
    index, pressure, propofol, remifentanil = env._screen._lines
    np.testing.assert_allclose(index.get_xdata(), 0.5 * np.arange(17))
    readings, weight = env.ward.seen.readings, env.ward.case.patient.covariates.weight
    assert index.get_ydata()[-1] == readings.bis[0]
    assert pressure.get_ydata()[-1] == readings.mean_arterial_pressure[0]
    assert propofol.get_ydata()[-1] == pytest.approx(120.0 * (readings.infused[0] / weight)[0])
    assert remifentanil.get_ydata()[-1] == pytest.approx(2.0 * (readings.infused[1] / weight)[0])
    given = env.ward.state.pumps.infused[:, 0]
    assert f"propofol {given[0]:.0f} mg, remifentanil {given[1]:.0f} µg" in env._screen._total.get_text()
    env.reset(seed=3)
    np.testing.assert_array_equal(env.render(), first)


def test_what_is_not_valid_is_a_gap():
    env = AnesthesiaEnv(render_mode="rgb_array", noise=False, faults=("bis_dropout",), **SHORT)
    env.reset(seed=3)
    valid = [True]
    for _ in range(20):
        seen = dict(zip(env.observation_names, env.step(np.zeros(2))[0], strict=True))
        valid.append(seen["bis_valid"] > 0.0)
    env.render()
    assert 0 < sum(valid) < len(valid)
    np.testing.assert_array_equal(np.isfinite(env._screen._lines[0].get_ydata()), valid)


def test_a_window_keeps_step_with_the_case(with_a_window):
    env = AnesthesiaEnv(render_mode="human", **SHORT)
    env.reset(seed=3)
    env.step(np.zeros(2))
    assert env.render() is None
    assert with_a_window == [1.0 / env.metadata["render_fps"]] * 2
    number = env._screen.figure.number
    assert matplotlib.pyplot.fignum_exists(number)
    env.close()
    assert not matplotlib.pyplot.fignum_exists(number)


def test_pictures_can_be_collected():
    env = RenderCollection(gymnasium.make("Anesthesia-v0", render_mode="rgb_array", **SHORT))
    env.reset(seed=1)
    env.step(np.zeros(2, np.float32))
    assert [picture.shape for picture in env.render()] == [(480, 640, 3)] * 2


def test_pictures_can_be_recorded_as_a_video(tmp_path):
    pytest.importorskip("moviepy")
    env = RecordVideo(
        gymnasium.make("Anesthesia-v0", render_mode="rgb_array", **SHORT), tmp_path, disable_logger=True
    )
    env.reset(seed=1)
    for _ in range(4):
        env.step(np.zeros(2, np.float32))
    env.close()
    assert [path.name for path in tmp_path.glob("*.mp4")] == ["rl-video-episode-0.mp4"]


@pytest.mark.parametrize("mode", ["ansi", "human ", 3, True, ["rgb_array"]])
def test_other_modes_are_refused(mode):
    with pytest.raises(ValueError, match=r"render_mode: .* is not allowed; None, 'human', 'rgb_array'"):
        AnesthesiaEnv(render_mode=mode, **SHORT)


def test_who_asked_for_no_pictures_is_told_how_to():
    env = AnesthesiaEnv(**SHORT)
    with pytest.warns(
        UserWarning, match="nothing is drawn; make the environment with render_mode='rgb_array'"
    ):
        assert env.render() is None


def test_pictures_are_of_one_patient_and_windows_need_a_display():
    with pytest.raises(ValueError, match="render_mode: 'rgb_array' is not allowed; None with many patients"):
        AnesthesiaVectorEnv(2, render_mode="rgb_array", **SHORT)
    with pytest.raises(
        ValueError, match=r"render_mode: 'human' is not allowed where matplotlib .* no window"
    ):
        AnesthesiaEnv(render_mode="human", **SHORT)
