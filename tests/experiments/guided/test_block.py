"""Blocks guided by images: who is where, what is paired with what, and what the pages say."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.guided import block
from experiments.guided import effects as of_block
from experiments.guided.block import Block, main
from experiments.guided.effects import OF_LOOP, OWN, effects
from experiments.guided.needles import EXACT, NONE
from experiments.imaging import IMAGE_SYSTEMS, training
from experiments.imaging.contract import HOME, SHIFTED, phantoms
from experiments.loop.evaluation import Evaluation
from experiments.sites.purposes import seed_for
from sim.surgery.block import quality

PATIENTS = 3
HORIZON = 3600.0  # s, until ten minutes after the incision


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Who doses titrates nothing; needles are guided by who knows no image, and by who marks."""
    folder = tmp_path_factory.mktemp("block")
    config = Block(("fixed_targets",), learners=("marked",), patients=PATIENTS, trainings=1, out=folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "EXAMPLES", 48)
        patch.setattr(of_block, "AFTER", 10)
        patch.setattr(block, "Evaluation", partial(Evaluation, horizon=HORIZON, observers=("none",)))
        main(config, Console(quiet=True))
    return folder


def test_needles_go_where_the_learner_says_in_the_first_planes_that_have_a_target(played):
    system, off = (
        IMAGE_SYSTEMS.get("epidural"),
        pd.read_csv(played / "needles.csv").set_index("arm")["off_mm"],
    )
    for where in (HOME, SHIFTED):
        test = phantoms(system.generate, seed_for("test", 0), np.arange(10), system.size, where == SHIFTED)
        missed = (test.labels["target"] - test.truth["target"]).norm(dim=1)[test.truth["present"]]
        np.testing.assert_allclose(off[f"marked, {where}"], missed[:PATIENTS], rtol=1e-5)
    assert (off[EXACT] == 0.0).all()
    assert NONE not in off.index


def test_drugs_that_nobody_titrates_are_the_same_whatever_the_needle_and_pressures_are_not(played):
    rows = pd.read_csv(played / "effects.csv").set_index(["measure", "arm"])
    for drug in ("remifentanil_ug_per_kg_min", "propofol_mg_per_kg_h"):
        assert (rows.loc[drug]["exact_mean"].dropna() == 0.0).all()
    assert rows.loc[("incision_highest_bis", NONE), "exact_mean"] > 0.0
    assert rows.loc[("blocked_percent", EXACT), "mean"] == 100.0
    assert rows.loc[("blocked_percent", NONE), "mean"] == 0.0
    assert np.isnan(rows.loc[("off_mm", NONE), "mean"])


def test_what_is_blocked_follows_from_where_the_needle_ended(played):
    off = pd.read_csv(played / "needles.csv")
    cases = pd.read_csv(played / "cases.csv").set_index(["arm", "patient"])["blocked_percent"]
    for row in off.to_dict("records"):
        assert cases[row["arm"], row["patient"]] == pytest.approx(100.0 * quality(row["off_mm"]))


def test_a_report_says_that_it_is_an_assumption_and_has_every_arm(played):
    report = (played / "report.md").read_text()
    assert "an assumption, not a measurement" in report
    assert "nothing here shows clinical accuracy" in report
    for arm in (NONE, EXACT, f"mean_place, {HOME}", f"mean_place, {SHIFTED}"):
        assert report.count(f"| {arm} |") == 2
    assert (played / "block.png").stat().st_size > 10_000
    courses = pd.read_csv(played / "courses.csv").set_index(["arm", "minute"])["mean_arterial_pressure"]
    assert courses[NONE, -1] == courses[EXACT, -1]
    assert courses[NONE, 5] > courses[EXACT, 5]


def test_differences_are_paired_patient_by_patient():
    rng = np.random.default_rng(0)
    people = rng.normal(50.0, 20.0, 100)
    arms = {NONE: people + 3.0, EXACT: people, "somebody": people + 1.0}
    cases = pd.concat(
        pd.DataFrame(
            {"agent": "a", "arm": arm, "patient": np.arange(100)} | dict.fromkeys([*OWN, *OF_LOOP], own)
        )
        for arm, own in arms.items()
    )
    row = (
        effects(cases.sample(frac=1.0, random_state=1), 0)
        .set_index(["arm", "measure"])
        .loc[("somebody", "off_mm")]
    )
    assert [row[f"exact_{end}"] for end in ("mean", "low", "high")] == pytest.approx([1.0] * 3)
    assert [row[f"none_{end}"] for end in ("mean", "low", "high")] == pytest.approx([-2.0] * 3)
    assert row["mean"] == pytest.approx(people.mean() + 1.0)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"system": "heart"}, "system: 'heart' is not known; there are epidural"),
        ({"system": "faces"}, "system: 'faces' is not allowed; one by which a needle is guided"),
        ({"learners": ("me",)}, "learners: 'me' is not allowed; mean_place"),
        ({"patients": 1}, "patients: 1 is not allowed; 2 or more"),
        ({"trainings": 0}, "trainings: 0 is not allowed; 1 or more"),
        ({"half": 0.0}, "half: 0.0 is not allowed; a positive number of mm"),
        ({"agents": ()}, "agents: none is not allowed; at least one"),
        ({"agents": ("me",)}, "agent: unknown name 'me'"),
    ],
)
def test_bad_options_are_named_before_anything_is_made(option, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        main(Block(**{"out": tmp_path / "never", **option}))
    assert not (tmp_path / "never").exists()
