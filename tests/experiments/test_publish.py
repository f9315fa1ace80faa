"""Shipping predictors: with scores and limits on their card, and never if they saw recorded subjects."""

from __future__ import annotations

import json
import shutil

import pytest

from experiments import publish, validate
from experiments.publish import Publication
from experiments.tasks import TASKS
from experiments.tasks.contract import learners
from experiments.validate import Validation
from predictors.depth.now.dose_history import DOSE_HISTORY
from tests.experiments.conftest import small

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")


@pytest.fixture(scope="module")
def validated(trained, tmp_path_factory):
    """A validation of the synthetic training."""
    out = tmp_path_factory.mktemp("scored") / "out"
    with small(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(validate, "write_figure", lambda path, figure: None)
        validate.main(Validation(patients=2, weights=(str(trained / "synthetic"),), out=out))
    return out


def test_weights_are_shipped_with_scores_and_limits_unless_they_saw_recorded_subjects(
    trained, validated, tmp_path
):
    publish.main(Publication(trained / "synthetic", validations=(validated,), out=tmp_path / "shipped"))
    card = (tmp_path / "shipped" / "dose_history.md").read_text()
    scores = "| 0 | dose_history (synthetic) | CCC |"
    for words in ("## Scores", "2 cases of 2 subjects are judged", scores, "## Limits"):
        assert words in card
    for limit in DOSE_HISTORY.limits:
        assert f"- {limit}" in card
    assert "`experiments.validate --task depth`, site tuned, 2 patients, seed 0, commit " in card
    DOSE_HISTORY(weights=tmp_path / "shipped" / "dose_history.safetensors")
    with pytest.raises(ValueError, match="have seen recorded subjects"):
        publish.main(Publication(trained / "real", validations=(validated,), out=tmp_path / "none"))
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("part", [None, "validation"])
def test_scores_on_recorded_subjects_that_choices_touched_reach_no_card(trained, validated, tmp_path, part):
    other = tmp_path / "other"
    shutil.copytree(validated, other)
    run = json.loads((other / "config.json").read_text())
    run["config"] |= {"data": "somewhere", "part": part}
    (other / "config.json").write_text(json.dumps(run))
    with pytest.raises(ValueError, match=f"judged recorded cases of part {part}, which is not allowed; test"):
        publish.main(Publication(trained / "synthetic", validations=(other,), out=tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_shipped_cards_score_recorded_cases_on_the_sealed_part_only():
    for predictor in learners(TASKS.get("depth")).values():
        card = (predictor.folder / f"{predictor.name}.md").read_text()
        judged = [line for line in card.splitlines() if "on recorded cases: " in line]
        assert judged
        assert all("part test, " in line for line in judged)


def test_a_validation_that_did_not_judge_the_weights_is_refused(trained, validated, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(validated, other)
    (other / "scores.csv").write_text(
        (validated / "scores.csv").read_text().replace("dose_history", "somebody")
    )
    with pytest.raises(ValueError, match="has no scores of dose_history"):
        publish.main(Publication(trained / "synthetic", validations=(other,), out=tmp_path / "none"))
    assert not (tmp_path / "none").exists()
