"""Shipping predictors: with scores and limits on their card, and never if they saw recorded subjects."""

from __future__ import annotations

import pytest

from experiments import publish, validate
from experiments.publish import Publication
from experiments.validate import Validation
from predictors.depth.dose_history import DOSE_HISTORY

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning"),
    pytest.mark.usefixtures("short_rooms"),
]


@pytest.fixture(scope="module")
def scored(trained, tmp_path_factory):
    """A validation of the synthetic training, on recordings."""
    return tmp_path_factory.mktemp("scored")


@pytest.fixture
def validation(trained, tmp_path):
    validate.main(Validation(patients=2, weights=(str(trained / "synthetic"),), out=tmp_path / "scored"))
    return tmp_path / "scored"


def test_weights_are_shipped_with_scores_and_limits_unless_they_saw_recorded_subjects(
    trained, validation, tmp_path
):
    publish.main(Publication(trained / "synthetic", validations=(validation,), out=tmp_path / "shipped"))
    card = (tmp_path / "shipped" / "dose_history.md").read_text()
    for words in (
        "## Scores",
        "2 cases of 2 subjects are judged",
        "| 0 | dose_history (synthetic) | CCC |",
        "## Limits",
    ):
        assert words in card
    for limit in DOSE_HISTORY.limits:
        assert f"- {limit}" in card
    assert "`experiments.validate --task depth`, site tuned, 2 patients, seed 0, commit " in card
    DOSE_HISTORY(weights=tmp_path / "shipped" / "dose_history.safetensors")
    with pytest.raises(ValueError, match="have seen recorded subjects"):
        publish.main(Publication(trained / "real", validations=(validation,), out=tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_a_validation_that_did_not_judge_the_weights_is_refused(trained, validation, tmp_path):
    scores = (validation / "scores.csv").read_text().replace("dose_history", "somebody_else")
    (validation / "scores.csv").write_text(scores)
    with pytest.raises(ValueError, match="has no scores of dose_history"):
        publish.main(Publication(trained / "synthetic", validations=(validation,), out=tmp_path / "none"))
    assert not (tmp_path / "none").exists()
