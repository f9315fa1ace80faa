"""How far people lie apart: what is measured is what was drawn, and a refit finds it again."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from experiments.recorded import spread
from experiments.recorded.pharmacokinetics import matched_eleveld
from experiments.recorded.plasma_samples import PlasmaSamples, read_minto, read_pool, select
from experiments.recorded.recordings import data_folder
from experiments.recorded.refitting import refit
from experiments.recorded.spread import Reading, compare, drawn, successive_sd
from sim.covariates import Covariates
from sim.pharmacokinetics import PROPOFOL, REMIFENTANIL
from sim.published import correlated, triangle

PEOPLE = 120
RESIDUAL = 0.08
TRUE = Reading({"v1": 0.3, "cl": 0.2}, {("v1", "cl"): 0.6})


@pytest.fixture(scope="module")
def infused() -> PlasmaSamples:
    """People given a 10 min infusion, 17 samples each, drawn under a known spread around Minto's typical person."""
    minute = np.array([0, 0.5, 1, 2, 3, 5, 7, 9, 10, 11, 12, 14, 17, 20, 25, 30, 40, 50], dtype=float)
    time = np.repeat(60.0 * minute[:, None], PEOPLE, axis=1)
    rate = np.where(time < 600.0, 3.0, 0.0)
    measured = np.where(time > 0.0, 1.0, np.nan)
    flags = np.ones(PEOPLE, dtype=bool)
    person = Covariates.of(40, "M", 170, [70.0] * PEOPLE)
    empty = PlasmaSamples(
        np.arange(PEOPLE), person, flags, flags, time, rate, measured, np.full(len(minute), PEOPLE)
    )
    build = partial(REMIFENTANIL.get("minto"), person)
    values = drawn(empty, build, TRUE, RESIDUAL, np.random.default_rng(5))
    return PlasmaSamples(empty.record, person, flags, flags, time, rate, values, empty.running)


def test_records_drawn_under_the_true_spread_lie_as_far_apart_as_the_measured(infused):
    build = partial(REMIFENTANIL.get("minto"), infused.person)
    twice = Reading({name: 2.0 * sd for name, sd in TRUE.log_sd.items()}, TRUE.correlation)
    table = compare(infused, build, {"true": TRUE, "twice": twice}).set_index("source")
    assert table.loc["measured", "records"] == PEOPLE
    assert table.loc["true", "log_sd"] == pytest.approx(table.loc["measured", "log_sd"], rel=0.2)
    assert table.loc["twice", "log_sd"] > 1.7 * table.loc["measured", "log_sd"]
    assert table.loc["measured", "residual"] == pytest.approx(RESIDUAL, rel=0.25)


def test_a_refit_finds_the_spread_and_what_goes_together(infused):
    build = partial(REMIFENTANIL.get("minto"), infused.person)
    found, residual = refit(infused, build, {"v1": 0.6, "cl": 0.6}, 0.2)
    for name, sd in TRUE.log_sd.items():
        assert found.log_sd[name] == pytest.approx(sd, rel=0.15), name
    assert found.correlation["v1", "cl"] == pytest.approx(0.6, abs=0.15)
    assert residual == pytest.approx(RESIDUAL, rel=0.1)


def test_the_residual_is_what_changes_from_sample_to_sample():
    rng = np.random.default_rng(0)
    between, within = rng.normal(size=200), rng.normal(size=(40, 200))
    assert successive_sd(0.5 * between + 0.1 * within) == pytest.approx(0.1, rel=0.03)


def test_correlated_normals_have_the_correlations_said_and_keep_their_size():
    z = correlated(
        ["a", "b", "c"],
        triangle("c a b", (0.5,), (0.0, -0.4)),
        np.random.default_rng(1).normal(size=(3, 50_000)),
    )
    found = np.corrcoef(z)
    np.testing.assert_allclose(found, [[1, -0.4, 0.5], [-0.4, 1, 0], [0.5, 0, 1]], atol=0.02)
    np.testing.assert_allclose(z.std(axis=1), 1.0, atol=0.01)


@pytest.mark.parametrize("drug", ["propofol", "remifentanil"])
def test_the_shipped_spread_is_within_ten_percent_of_the_measured(drug, monkeypatch):
    monkeypatch.setattr(spread, "REPETITIONS", 4)
    try:
        folder = data_folder() / "pk"
    except ValueError as error:
        pytest.skip(str(error))
    if drug == "propofol":
        pool = read_pool(folder / "propofol_pool.csv")
        samples = select(pool, (pool.person.age >= 18.0) & pool.arterial)
        model, build = PROPOFOL.get("eleveld"), partial(matched_eleveld, samples)
    else:
        samples = read_minto(folder / "remifentanil_minto1997.csv")
        model = REMIFENTANIL.get("eleveld")
        build = partial(model, samples.person)
    shipped = Reading({name: sd for name, sd in model.log_sd.items() if name != "ke0"}, model.correlation)
    log_sd = compare(samples, build, {"shipped": shipped}).set_index("source")["log_sd"]
    assert log_sd["shipped"] == pytest.approx(log_sd["measured"], rel=0.1)
