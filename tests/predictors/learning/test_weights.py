"""Weights on disk: what was saved is what predicts, and a file that does not fit is refused in one line by name."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from experiments.running import saving
from experiments.running.trainings import Request
from experiments.tasks import TASKS
from experiments.tasks.contract import learners
from predictors import OBSERVERS
from predictors.depth import exits, forecaster
from predictors.depth.adaptive import Settings
from predictors.depth.now import lee2018
from predictors.depth.now.dose_history import DOSE_HISTORY
from predictors.depth.now.surface import FITTED
from predictors.depth.now.vitals import VITALS
from predictors.learning import weights
from predictors.learning.contract import Learned

LEARNERS = learners(TASKS.get("depth"))
NETWORKS = {
    "lee2018": (lee2018.Network, {}),
    "dose_history": (DOSE_HISTORY.network, {"cells": 6, "units": 5}),
    "vitals": (VITALS.network, {"cells": 6, "units": 5, "every": 3}),
    "forecaster": (forecaster.Network, {"cells": 6, "units": 5}),
    "exits": (exits.Network, {"units": 5}),
}
NUMBERS = {
    "adaptive": vars(Settings()) | {"gamma": 1.25},
    "surface_refitted": dict(zip(FITTED, (4.0, 20.0, 1.5, 96.0, 95.0, 0.3), strict=True)),
}
SETTINGS = {"stretch": (0.45, 1.5)}
USED = SimpleNamespace(count=3)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def made(name):
    """What training leaves of a predictor, by its own `Learned`."""
    if name in NUMBERS:
        return Learned({key: np.array(value) for key, value in NUMBERS[name].items()})
    torch.manual_seed(1)
    kind, sizes = NETWORKS[name]
    tensors = {key: tensor.numpy().copy() for key, tensor in kind(**sizes).state_dict().items()}
    return Learned(tensors, {"network": sizes, **SETTINGS})


def saved(name, folder):
    request, path = Request("depth", ("synthetic",)), folder / f"{name}.safetensors"
    training = saving.Training(name, "synthetic", request, {"tuned": 1.0}, USED, USED, 1.0)
    saving.save(training, made(name), path)
    return path


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A folder with the weights of every learned predictor: to be copied, not changed."""
    folder = tmp_path_factory.mktemp("weights")
    for name in [*NETWORKS, *NUMBERS]:
        saved(name, folder)
    return folder


def copied(once, name, folder):
    """Weights of a learned predictor that a test may spoil."""
    for path in once.glob(f"{name}.*"):
        shutil.copy(path, folder)
    return folder / f"{name}.safetensors"


@pytest.fixture(params=[*NETWORKS, *NUMBERS])
def named_file(request, once, tmp_path):
    """Name and file of the weights of every learned predictor in turn."""
    return request.param, copied(once, request.param, tmp_path)


def opened(name, path):
    return OBSERVERS.get(name)(weights=path)


def rewritten(path, tensors=None, config=None):
    """Change the tensors or the configuration of saved weights."""
    if tensors is not None:
        save_file(tensors, path)
    if config is not None:
        path.with_suffix(".json").write_text(json.dumps(config))


def refusal(name, path) -> str:
    """Return what the refusal says; it is one line."""
    with pytest.raises(ValueError, match=r"^weights: ") as error:
        opened(name, path)
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


def test_every_learned_predictor_is_tested_here():
    assert {*NETWORKS, *NUMBERS} == set(LEARNERS)


def test_what_was_saved_is_loaded(named_file):
    name, path = named_file
    found = weights.load(path, name)
    assert found.architecture == name
    assert found.config["training"]["cases"] == 3
    expected = made(name).tensors
    assert set(found.tensors) == set(expected)
    for key, tensor in expected.items():
        np.testing.assert_array_equal(found.tensors[key], tensor)
        assert found.tensors[key].shape == tensor.shape, key
    assert "nothing here may guide the care" in path.with_suffix(".md").read_text()


def test_an_observer_predicts_with_what_was_saved(named_file):
    name, path = named_file
    observer = opened(name, path)
    if name == "adaptive":
        assert observer.settings == Settings(gamma=1.25)
    elif name == "surface_refitted":
        assert {key: getattr(observer, key) for key in FITTED} == NUMBERS[name]
    else:
        for key, tensor in observer.network.state_dict().items():
            np.testing.assert_array_equal(tensor, made(name).tensors[key].astype(float))
            assert tensor.dtype == torch.float64
        assert not observer.network.training
    assert name != "dose_history" or observer.stretch == SETTINGS["stretch"]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.9])
def test_a_truncated_file_is_refused(named_file, share):
    name, path = named_file
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    assert f"{path} is not a whole safetensors file" in refusal(name, path)


def test_weights_without_their_configuration_are_refused(named_file):
    name, path = named_file
    path.with_suffix(".json").unlink()
    assert f"{path.with_suffix('.json')}, which says what the weights are, cannot be read" in refusal(
        name, path
    )


@pytest.mark.parametrize(
    ("text", "words"), [("{", "cannot be read"), ("[]", "names no architecture"), ("{}", "no architecture")]
)
def test_a_broken_configuration_is_refused(named_file, text, words):
    name, path = named_file
    path.with_suffix(".json").write_text(text)
    message = refusal(name, path)
    assert words in message
    assert str(path.with_suffix(".json")) in message


def test_weights_of_another_architecture_are_refused(named_file):
    name, path = named_file
    other = next(kind for kind in LEARNERS if kind != name)
    assert f"{path} holds a '{name}' network, which is not allowed; '{other}'" in refusal(other, path)


def test_a_missing_tensor_is_refused(named_file):
    name, path = named_file
    tensors = load_file(path)
    gone = sorted(tensors)[-1]
    del tensors[gone]
    rewritten(path, tensors)
    assert str(path) in refusal(name, path)
    assert gone in refusal(name, path)


def test_a_tensor_left_over_is_refused(named_file):
    name, path = named_file
    rewritten(path, load_file(path) | {"stranger": np.ones(3)})
    assert str(path) in refusal(name, path)
    assert "stranger" in refusal(name, path)


def test_a_misshapen_tensor_is_refused(named_file):
    name, path = named_file
    tensors = load_file(path)
    bad = sorted(tensors)[-1]
    rewritten(path, tensors | {bad: np.ones((7, 3))})
    message = refusal(name, path)
    assert str(path) in message
    assert f"{bad} of shape (7, 3), which is not allowed" in message


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(named_file, value):
    name, path = named_file
    tensors = load_file(path)
    bad = sorted(tensors)[-1]
    rewritten(path, tensors | {bad: np.full_like(tensors[bad], value)})
    message = refusal(name, path)
    assert str(path) in message
    assert bad in message


@pytest.mark.parametrize("name", NUMBERS)
def test_parameters_that_must_be_positive_are_refused_otherwise(name, once, tmp_path):
    path = copied(once, name, tmp_path)
    rewritten(path, load_file(path) | {"ke0": np.array(-0.1)})
    assert f"{path} has ke0 = -0.1, which is not allowed" in refusal(name, path)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("sizes", [None, {"cells": "many"}, {"layers": 3}, {"cells": -1}])
def test_a_configuration_that_does_not_size_the_network_is_refused(name, sizes, once, tmp_path):
    path = copied(once, name, tmp_path)
    config = json.loads(path.with_suffix(".json").read_text()) | {"network": sizes}
    rewritten(path, config={key: value for key, value in config.items() if value is not None})
    assert f"{path.with_suffix('.json')} has no usable 'network'" in refusal(name, path)


@pytest.mark.parametrize("pair", [None, [1.0], ["a", "b"], 3])
def test_a_stretch_that_is_no_pair_of_numbers_is_refused(pair, once, tmp_path):
    path = copied(once, "dose_history", tmp_path)
    config = json.loads(path.with_suffix(".json").read_text())
    rewritten(path, config=config | {"stretch": pair})
    assert "has no usable 'stretch'" in refusal("dose_history", path)


@pytest.mark.parametrize("name", ["nobody", "nowhere/weights.safetensors"])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(
        ValueError, match=rf"^weights: {name} is not known; allowed are .*or a \.safetensors file"
    ):
        weights.load(name)
