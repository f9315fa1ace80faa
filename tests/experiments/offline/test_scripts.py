"""From a log to a policy to what it is worth, by three commands; bad options are named before anything is done."""

import numpy as np
import pandas as pd
import pytest

from agents.learned.minutely import INPUTS, MOVES
from agents.learned.offline import offline
from experiments.offline import datasets, judge, learn, log
from experiments.offline.judge import Judging
from experiments.offline.learn import Learning
from experiments.offline.log import Logging
from experiments.offline.recorded import recorded_log
from tests.depth_folder import recorded_cases

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
BRIEF = {"clinicians": ("anaesthetist_textbook",), "horizon": 500.0}


@pytest.mark.slow
def test_three_commands_log_learn_and_judge(tmp_path, capsys):
    pytest.importorskip("minari")
    logs, policies = tmp_path / "logs", tmp_path / "policies"
    log.main(Logging(patients=4, exploring=0.5, out=logs, **BRIEF))
    log.main(Logging(patients=4, exploring=0.5, out=logs, **BRIEF))
    assert "is complete" in capsys.readouterr().out
    learn.main(Learning(logs, ("clone", "iql"), steps=3, out=policies))
    assert "Research only" in (policies / "iql" / "offline.md").read_text()
    assert offline(policies / "iql").choices.temperature == 0.0
    judge.main(
        Judging(logs=logs, policies=policies, decisions=5, steps=3, patients=2, out=tmp_path / "out", **BRIEF)
    )
    values, scores = (pd.read_csv(tmp_path / "out" / name) for name in (judge.VALUES, judge.SCORES))
    assert set(values["policy"]) == {"clone", "iql", *judge.RULES}
    assert len(scores) == 5
    assert np.isfinite(values["truth"]).all()
    assert (values["low"] <= values["high"]).all()
    assert (tmp_path / "out" / judge.PICTURE).exists()


@pytest.mark.slow
def test_recorded_cases_are_logged_learned_from_and_judged_without_a_play(tmp_path, monkeypatch):
    monkeypatch.setattr(log, "recorded", lambda config: recorded_log(recorded_cases(10)))
    logs, policies = tmp_path / "logs", tmp_path / "policies"
    log.main(Logging(data=tmp_path, out=logs))
    assert np.isnan(datasets.read(logs / log.NAME).odds).any()
    learn.main(Learning(logs, ("clone",), steps=20, out=policies))
    judge.main(Judging(logs=logs, policies=policies, decisions=10, steps=3, patients=0, out=tmp_path / "out"))
    assert len(set(pd.read_csv(tmp_path / "out" / judge.VALUES)["estimator"])) == 3


def test_an_estimator_is_scored_by_order_error_and_whether_its_interval_holds_the_truth():
    table = pd.DataFrame(
        {
            "policy": ["good", "fair", "bad"] * 2,
            "estimator": ["right"] * 3 + ["wrong"] * 3,
            "estimate": [0.8, 0.5, 0.2, 0.1, 0.2, 0.3],
            "truth": [0.9, 0.4, 0.1] * 2,
            "effective_cases": 5.0,
        }
    )
    table = table.assign(low=table["estimate"] - 0.15, high=table["estimate"] + 0.15)
    found = judge.scores(table).set_index("estimator")
    assert found.loc["right", "rank_correlation"] == pytest.approx(1.0)
    assert found.loc["wrong", "rank_correlation"] == pytest.approx(-1.0)
    assert found.loc["right", "mean_absolute_error"] == pytest.approx(0.1)
    assert found.loc["right", "mean_error"] == pytest.approx(0.1 / 3.0)
    assert found.loc["right", "interval_holds_truth"] == 1.0
    assert found.loc["wrong", "interval_holds_truth"] == 0.0
    assert found.loc["right", "worth_of_the_chosen"] == 0.9
    assert found.loc["wrong", "worth_of_the_chosen"] == 0.1


def test_rules_turn_propofol_towards_fifty():
    shown = np.zeros((INPUTS, 2))
    shown[0] = (np.array([62.0, 38.0]) - 45.0) / 15.0
    steps = {name: MOVES.T @ policy(shown) for name, policy in judge.RULES.items()}
    np.testing.assert_allclose(steps["brisk"], [[0.12, -0.12], [0.0, 0.0]], atol=1e-9)
    np.testing.assert_allclose(steps["gentle"][0], [0.036, -0.036], atol=1e-9)
    np.testing.assert_allclose(steps["wrong_way"], -steps["gentle"], atol=1e-9)
    np.testing.assert_allclose(steps["hold"], 0.0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"clinicians": ("nobody",)}, "clinicians: 'nobody' is not allowed"),
        ({"clinicians": ()}, "clinicians: none is not allowed"),
        ({"exploring": 1.5}, "exploring: 1.5 is not allowed; 0 to 1"),
        ({"patients": 0}, "patients: 0 is not allowed; 1 or more"),
        ({"plants": ("marsh",)}, "plants: marsh is kept for tests, which is not allowed"),
    ],
)
def test_a_bad_option_of_logging_is_named(options, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        log.main(Logging(out=tmp_path, **options))


def test_a_bad_option_of_judging_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"softness: 2\.0 is not allowed; 0 to 1"):
        judge.main(Judging(softness=2.0, out=tmp_path))
    with pytest.raises(ValueError, match="resamples: 1 is not allowed; 2 or more"):
        judge.main(Judging(resamples=1, out=tmp_path))


def test_judging_needs_a_clone(tmp_path):
    with pytest.raises(ValueError, match="holds no clone"):
        judge.contenders(Judging(policies=tmp_path))
