from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from experiments.imaging import IMAGE_SYSTEMS, compared
from experiments.imaging.contract import HOME
from experiments.imaging.judging import beside, scores
from sim.imaging.phantoms import Phantoms

SYSTEM = replace(
    IMAGE_SYSTEMS.get("trackers"),
    measures={"IoU > 0.5": lambda said, test: said["good"]},
    kinds={
        "median nerve": lambda test: ~test.truth["sciatic"],
        "sciatic nerve": lambda test: test.truth["sciatic"],
    },
    beside=("ncc", "pf_ambp"),
)
FILMS = Phantoms(torch.zeros((6, 2, 8, 8)), {"sciatic": torch.arange(6) >= 3}, {}, (1, 1))


def heard(**said):
    return {
        name: [{HOME: {"good": torch.tensor(one)}} for one in trainings] for name, trainings in said.items()
    }


def test_differences_are_film_by_film_of_each_nerve_to_each_of_those_named():
    said = heard(
        stays=[[0.1] * 6],
        ncc=[[0.5, 0.6, 0.7, 0.2, 0.3, 0.4]],
        unet=[[0.6, 0.7, 0.8, 0.2, 0.3, 0.4], [0.8, 0.9, 1.0, 0.2, 0.3, 0.4]],
    )
    rows = pd.DataFrame(beside(SYSTEM, HOME, FILMS, said, 0))
    assert set(rows["learner"]) == {"unet"}  # who knows no image is judged elsewhere; nobody is beside itself
    assert set(rows["less"]) == {"ncc"}
    found = rows.set_index("where").loc[:, ["difference", "difference_low", "difference_high"]]
    np.testing.assert_allclose(found.loc[f"{HOME}, median nerve"], 0.2, atol=1e-6)
    np.testing.assert_allclose(found.loc[f"{HOME}, sciatic nerve"], 0.0, atol=1e-6)


def test_a_table_has_a_dash_where_one_would_be_beside_itself():
    said = heard(stays=[[0.1] * 6], ncc=[[0.5] * 6], pf_ambp=[[0.4] * 6], unet=[[0.9] * 6])
    shown = compared.differences(SYSTEM, pd.DataFrame(beside(SYSTEM, HOME, FILMS, said, 0)))
    assert len(shown) == 2
    assert "| ncc | – | +0.10 [+0.10, +0.10] |" in shown[0]
    assert "| unet | +0.40 [+0.40, +0.40] | +0.50 [+0.50, +0.50] |" in shown[0]


def test_speed_is_of_all_answers_together_and_of_those_who_look_at_images(tmp_path):
    spent = [
        {"learner": name, "images": 100, "seconds": taken} for name, taken in (("ncc", 1.0), ("ncc", 3.0))
    ]
    spent += [{"learner": "stays", "images": 100, "seconds": 0.0}]
    compared.write(tmp_path, replace(SYSTEM, beside=()), {}, {}, spent, 0)
    shown = compared.report(replace(SYSTEM, beside=()), tmp_path)
    assert "| ncc | 50 |" in shown[-1]
    assert "stays" not in shown[-1]


@pytest.mark.parametrize(("counted", "said"), [(2, False), (3, True)])
def test_of_a_measure_that_hardly_any_image_counts_for_nothing_is_said(counted, said):
    values = np.where(np.arange(8) < counted, 0.5, np.nan)
    found = {"stays": [{"IoU > 0.5": values}], "ncc": [{"IoU > 0.5": values}]}
    assert bool(scores(SYSTEM, HOME, found, 0)) == said
    assert scores(SYSTEM, HOME, {"stays": [{"IoU > 0.5": np.array([0.5])}]}, 0)  # one image of one's own


def test_an_image_is_judged_by_the_trainings_in_which_it_counts():
    nothing = np.full(3, np.nan)
    found = {
        "stays": [{"IoU > 0.5": np.zeros(3)}] * 2,
        "ncc": [{"IoU > 0.5": np.array([0.4, 0.6, np.nan])}, {"IoU > 0.5": np.array([0.6, np.nan, 0.2])}],
    }
    row = next(row for row in scores(SYSTEM, HOME, found, 0) if row["learner"] == "ncc")
    assert row["estimate"] == pytest.approx((0.5 + 0.6 + 0.2) / 3.0)
    assert (row["lowest"], row["highest"]) == pytest.approx((0.4, 0.5))
    never = scores(SYSTEM, HOME, {**found, "ncc": [*found["ncc"], {"IoU > 0.5": nothing}]}, 0)
    assert next(one for one in never if one["learner"] == "ncc")["estimate"] == row["estimate"]
