"""Logged cases: odds that are those of the moves, moves that were made, rewards of what is shown; Minari reads them."""

import os
from pathlib import Path

import numpy as np
import pytest

from agents.learned import minutely
from agents.learned.minutely import HOLD, INPUTS, MOVES
from experiments.offline import datasets
from experiments.offline.clinicians import behaviour, logged
from experiments.offline.logs import held, join, rewards, steps
from experiments.offline.recorded import recorded_log
from experiments.offline.simulated import play
from sim.settings import Scenario
from sim.surgery import MAINTENANCE
from tests.depth_folder import recorded_cases

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
LEVELS = slice(6, 8)  # of the log targets in what is shown


@pytest.fixture(scope="module")
def played():
    return play(Scenario(horizon=1500.0), logged("anaesthetist_textbook", 0.3), 1001, np.arange(5))


def test_a_wish_comes_true_on_average_whatever_steps_there_are():
    targets, wanted = (
        np.array([[3.0, 3.0, 3.0], [4.0, 4.0, 4.0]]),
        np.array([[3.0, 3.5, 2.6], [4.0, 3.6, 4.4]]),
    )
    odds = behaviour(targets, wanted, 0.0)
    np.testing.assert_allclose(odds.sum(axis=0), 1.0)
    np.testing.assert_allclose(np.exp(MOVES.T @ odds), wanted / targets)
    assert odds[HOLD, 0] == 1.0


def test_who_explores_may_do_anything():
    odds = behaviour(np.full((2, 1), 3.0), np.full((2, 1), 3.0), 0.3)
    assert odds.min() == pytest.approx(0.3**2 / 15.0)
    assert odds.sum() == pytest.approx(1.0)


def test_targets_follow_the_moves_that_were_logged(played):
    log = played.log
    level = 3.0 * np.exp(log.seen[:, :, LEVELS])
    row, case = np.nonzero(log.there)
    expected = minutely.moved(level[row, case].T, log.move[row, case])
    np.testing.assert_allclose(level[row + 1, case].T, expected, rtol=1e-5)


def test_moves_are_made_as_often_as_their_odds_say(played):
    """Inverse odds average to the number of moves, for these few decisions within four standard errors."""
    inverse = 1.0 / played.log.odds[played.log.there]
    assert abs(inverse.mean() - len(MOVES)) < 4.0 * inverse.std() / np.sqrt(len(inverse))
    assert (played.log.move[played.log.there] != HOLD).mean() > 0.2


def test_a_policy_takes_over_after_induction():
    def down(shown: np.ndarray) -> np.ndarray:
        return np.eye(len(MOVES))[0][:, None] * np.ones(shown.shape[1])

    plants = "recorded", "schnider"
    agent = logged("anaesthetist_as_recorded", 0.0, down)
    log = play(Scenario(horizon=900.0), agent, 1001, np.arange(3), plants).log
    assert (log.move == 0).all()
    assert (log.odds == 1.0).all()


def test_a_minute_in_range_is_worth_one_less_what_is_wrong():
    index, pressure = np.array([[50.0, 65.0, 50.0]]), np.array([[80.0, 80.0, 55.0]])
    remifentanil, phase = np.full((1, 3), 0.25 * 60.0 / 60.0), np.full((1, 3), MAINTENANCE)
    found = rewards(index, pressure, remifentanil, phase, np.full(3, 60.0))
    opioid = 0.03
    np.testing.assert_allclose(found[0], [1.0 - opioid, -2.0 * 0.3 - opioid, 1.0 - 2.5 * 0.5 - opioid])


def test_what_is_missing_is_as_it_was():
    values = np.array([[np.nan, 3.0], [4.0, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(held(values, 9.0), [[9.0, 3.0], [4.0, 3.0], [4.0, 3.0]])


def test_minari_reads_what_was_logged(played, tmp_path, monkeypatch):
    minari = pytest.importorskip("minari")
    monkeypatch.chdir(tmp_path)
    datasets.write(played.log, Path("cases-v0"), "about", "who")
    monkeypatch.setitem(os.environ, "MINARI_DATASETS_PATH", str(tmp_path))
    found = minari.load_dataset("cases-v0")
    assert found.total_steps == played.log.length.sum()
    for case, episode in enumerate(found.iterate_episodes()):
        end = played.log.length[case]
        np.testing.assert_array_equal(episode.observations, played.log.seen[: end + 1, case])
        np.testing.assert_array_equal(episode.actions, played.log.move[:end, case])
        np.testing.assert_array_equal(episode.truncations, np.arange(end) == end - 1)
    again = datasets.read(Path("cases-v0"))
    np.testing.assert_array_equal(again.who, played.log.who)
    for name, value in vars(steps(played.log)).items():
        np.testing.assert_array_equal(getattr(steps(again), name), value)


def test_a_folder_without_a_data_set_is_refused(tmp_path):
    pytest.importorskip("minari")
    with pytest.raises(ValueError, match=r"logs: .* holds no data set"):
        datasets.read(tmp_path)


def test_logs_side_by_side_are_the_same_cases(played):
    short = played.log.shortened(7)
    both = join([short, played.log])
    assert both.count == 2 * played.log.count
    np.testing.assert_array_equal(both.select(np.arange(5)).reward, short.reward)
    np.testing.assert_array_equal(both.select(np.arange(5, 10)).seen, played.log.seen)


def test_recorded_cases_become_logs_without_odds():
    log = recorded_log(recorded_cases(10))
    there = log.there
    assert np.isnan(log.odds[there]).all()
    assert log.seen.shape[2] == INPUTS
    assert np.isfinite(log.seen).all()
    level = log.seen[:, :, LEVELS]
    change = np.diff(level, axis=0)[there]
    made = MOVES[log.move[there]]
    assert np.abs(np.clip(change, -0.25, 0.25) - made).max() <= 0.13
    assert (log.move[there] != HOLD).any()
