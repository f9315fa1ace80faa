"""A patient learned from records: monotone whatever its weights, better than the mean, and playable as it simulates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from agents.fixed_targets import FixedTargets
from experiments.judging import splits
from experiments.plants import neural_patient
from experiments.plants.dynamics import (
    INDEX,
    PRESSURE,
    Dynamics,
    Material,
    Rest,
    from_file,
    simulated,
    to_file,
)
from experiments.plants.neural_patient import Config, learn, main, read, scores
from experiments.plants.neural_play import NeuralEngine
from predictors.learning.cases import Cases, Signal
from predictors.learning.contract import Recipe
from sim.arrays import take
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate
from tests.experiments.plants.records import records

NOTHING_LEFT = Rest((0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("seed", range(4))
def test_more_drug_at_any_time_never_means_a_higher_index_or_pressure_later(seed):
    torch.manual_seed(seed)
    network = Dynamics()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter))
    random = np.random.default_rng(seed)
    doses, seen = random.uniform(0.0, 3.0, (40, 2, 8, 6)), random.standard_normal((40, 8, 6))
    more = doses.copy()
    more[random.integers(40) :, random.integers(2), random.integers(8)] += random.uniform(0.1, 5.0)
    own = random.standard_normal((2, 6))
    one, other = (simulated(network, Material(part, seen, one_shown(part)), own) for part in (doses, more))
    assert (other <= one + 1e-3).all()
    assert (one - other).max() > 0.01


def one_shown(doses):
    return np.full((len(doses), 2, doses.shape[-1]), np.nan)


def test_what_is_left_is_described_by_its_size_and_memory():
    rest = Rest((0.2, 0.1), (6.0, 0.1), (0.9, 0.5), (2.0, 1.0))
    random = np.random.default_rng(0)
    drawn = rest.drawn(random.standard_normal((400, 2, 200)))
    found = Rest.of(drawn, np.array(rest.own)[:, None] * random.standard_normal((2, 4000)))
    np.testing.assert_allclose(found.size, rest.size, rtol=0.05)
    np.testing.assert_allclose(found.kept, rest.kept, atol=0.02)
    np.testing.assert_allclose(found.own, rest.own, rtol=0.05)
    np.testing.assert_allclose(found.early, rest.early, rtol=0.1)


def test_it_learns_what_doses_do_and_tells_it_better_than_the_mean():
    train, judges = records(32, 20.0, seed=1), records(10, 20.0, seed=2)
    network, rest = learn(train, Recipe(12, step=4e-2))
    table = scores(network, rest, train, judges).set_index(["signal", "span", "model"])["rmse"]
    later = {model: table["bis", "10-60 min", model] for model in ("neural", "mean of training subjects")}
    assert later["neural"] < 0.7 * later["mean of training subjects"]
    assert later["neural"] < 6.0


def test_it_is_read_as_it_was_written_and_a_file_of_something_else_is_refused(tmp_path):
    torch.manual_seed(0)
    network, rest = Dynamics(), Rest((0.3, 0.1), (5.0, 0.1), (0.8, 0.9))
    other, found = from_file(to_file(network, rest))
    material = Material.of(records(3))
    np.testing.assert_array_equal(simulated(network, material), simulated(other, material))
    np.testing.assert_allclose([*found.size, *found.kept], [5.0, 0.1, 0.8, 0.9], rtol=1e-6)
    with pytest.raises(ValueError, match="weights: these are none of a neural patient"):
        from_file({"rest": np.zeros((3, 2))})
    (tmp_path / neural_patient.FILE).write_bytes(b"nothing")
    with pytest.raises(ValueError, match="is not a whole safetensors file"):
        read(tmp_path)


def test_a_play_shows_what_a_free_simulation_of_its_doses_says():
    torch.manual_seed(3)
    network, _ = Dynamics(), None
    room = Theatre(orders="targets", horizon=1200.0, noise=False, surgery="none")
    case = cases(room, 1000, 4)
    trace = simulate(room, case, FixedTargets(), engine=NeuralEngine(network, NOTHING_LEFT))
    none = {"nothing": 0.0}
    given = {
        name: Signal(getattr(trace, name)[1:].astype(float), 10.0, **none)
        for name in ("propofol", "remifentanil", "bis", "phase")
    }
    names = np.arange(4).astype(str)
    lived = Cases(names, names, case.patient.covariates, np.full(4, 1200.0), given)
    material = Material.of(lived.with_signals(pressure=replace(given["bis"])))
    said = simulated(network, material)
    np.testing.assert_allclose(trace.bis[3::3][: len(said)], said[:, INDEX], atol=0.05)
    np.testing.assert_allclose(trace.mean_arterial_pressure[3::3][: len(said)], said[:, PRESSURE], atol=0.1)


def test_a_patient_is_the_same_alone_as_among_others():
    engine = NeuralEngine(Dynamics(), Rest((0.3, 0.1), (5.0, 0.1), (0.8, 0.9)))
    room = Theatre(orders="targets", horizon=600.0)
    case = cases(room, 1000, 5)
    many = simulate(room, case, FixedTargets(), engine=engine)
    one = simulate(room, take(case, np.array([3])), FixedTargets(), engine=engine)
    np.testing.assert_allclose(one.bis[:, 0], many.bis[:, 3], atol=1e-3)
    assert np.std(many.bis[30:], axis=0).min() > 0.5


def test_sealed_subjects_have_no_part_in_it(tmp_path, monkeypatch):
    everyone = records(40, minutes=12.0)
    sealed = splits.split(everyone, splits.SEED)["test"]
    poisoned = everyone["bis"].copy()
    poisoned[:, sealed] = 1e6
    other = everyone.with_signals(bis=replace(everyone.signals["bis"], values=poisoned))
    for name, known in (("one", everyone), ("other", other)):
        monkeypatch.setattr(neural_patient, "vitaldb_folder", lambda data: data)
        monkeypatch.setattr(neural_patient, "read_cases", lambda folder, known=known: (known, None))
        main(Config(out=tmp_path / name, epochs=1, patients=0))
    written = [(tmp_path / name / "scores.csv").read_text() for name in ("one", "other")]
    assert written[0] == written[1]
    assert "no part" not in written[0]
    assert "your own records: " in (tmp_path / "one" / "neural_patient.md").read_text()
    with pytest.raises(ValueError, match="epochs: 0 is not allowed; 1 or more"):
        Config(epochs=0)
