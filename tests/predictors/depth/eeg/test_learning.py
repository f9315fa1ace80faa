"""Who learns depth from EEG: better than chance where there is something to learn, not where there is nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import kendalltau

from predictors.depth.eeg import autoencoder, convolution, material
from predictors.depth.eeg.answers import DEPTH, ESTIMATES, HIGH, LEVEL, LOW
from predictors.depth.eeg.autoencoder import AutoEncoder
from predictors.depth.eeg.convolution import EEG_CNN
from predictors.depth.eeg.features import COUNT, NAMES
from predictors.depth.eeg.forest import EEG_FOREST
from predictors.depth.eeg.indicator import SPECTRAL_EDGE, Indicator
from predictors.depth.eeg.levels import level_of
from predictors.depth.eeg.li2020 import EEG_LSTM, LI2020
from predictors.learning.cases import Signal
from predictors.learning.contract import Course, Recipe
from predictors.learning.weights import Weights
from tests.predictors.depth.eeg.heard import cases

TRAIN, VALIDATION, TEST = cases(10), cases(3, seed=1), cases(5, seed=2)


def taught(predictor, train=TRAIN, epochs=12):
    """What a predictor has become after a short training."""
    torch.set_num_threads(1)
    learned = predictor.learn(Course(train, VALIDATION, Recipe(epochs=epochs, step=1.2e-2)))
    config = {"architecture": predictor.name, **learned.settings}
    return predictor.of(Weights(Path(predictor.name), config, learned.tensors))


def accuracy(said, of=TEST) -> float:
    """Share of the steps whose level is right."""
    return float((said[LEVEL] == level_of(of.label("truth"))).mean())


def ranking(said, of=TEST) -> float:
    """Pk of depth, which without ties is (Kendall's tau + 1) / 2."""
    return 0.5 * (kendalltau(of.label("truth").ravel(), said[DEPTH].ravel()).statistic + 1.0)


@pytest.fixture(scope="module")
def li2020():
    return taught(LI2020)


def test_the_published_design_learns_levels_and_depth(li2020):
    said = li2020.answer(TEST)
    assert set(said) == set(ESTIMATES)
    assert accuracy(said) > 0.7
    assert (said[LOW] <= said[DEPTH]).all()
    assert (said[DEPTH] <= said[HIGH]).all()
    assert ranking(said) > 0.9


@pytest.mark.parametrize(
    "predictor", [EEG_LSTM, EEG_FOREST, SPECTRAL_EDGE, Indicator("alpha_ratio", "")], ids=lambda one: one.name
)
def test_every_other_predictor_learns_too(predictor):
    assert accuracy(taught(predictor).answer(TEST)) > 0.45


@pytest.mark.slow
def test_a_network_shown_raw_eeg_learns_too():
    assert ranking(taught(EEG_CNN, epochs=16).answer(TEST)) > 0.8


def test_a_network_shown_raw_eeg_sees_the_last_minute_of_the_right_case():
    record = cases(2, minutes=2, seed=7, computed=False)
    inputs, depth, _ = convolution.examples(record, every=1)
    seen = inputs[torch.arange(len(depth))].numpy()
    step, case = 15, 1
    expected = record["eeg"][(step - 11) * 640 : (step + 1) * 640, case]
    np.testing.assert_array_equal(seen[step * 2 + case].ravel(), expected)
    np.testing.assert_allclose(depth.reshape(-1, 2)[step, case], record.label("truth")[step, case], rtol=1e-6)
    said = taught(EEG_CNN, record, epochs=1).answer(record)
    assert all(values.shape == (24, 2) for values in said.values())


@pytest.mark.parametrize("predictor", [LI2020, EEG_FOREST], ids=lambda one: one.name)
def test_from_permuted_labels_nothing_is_learned(predictor):
    depth = TRAIN.label("truth")
    shuffled = np.random.default_rng(0).permutation(depth.ravel()).reshape(depth.shape)
    said = taught(predictor, TRAIN.with_labels(truth=Signal(shuffled, 5.0)), epochs=4).answer(TEST)
    assert accuracy(said) < 0.45
    assert abs(ranking(said) - 0.5) < 0.2


def test_the_auto_encoder_gives_back_what_noise_was_added_to_and_few_units_are_active():
    values, _ = material.features_of(TRAIN)
    inputs = torch.from_numpy(values.reshape(COUNT, -1).T)
    inputs = (inputs - inputs.mean(0)) / (inputs.std(0) + 1e-3)
    torch.manual_seed(0)
    network = AutoEncoder(COUNT)
    with torch.no_grad():
        before = float(((network(inputs) - inputs) ** 2).mean())
    autoencoder.pretrain(network, inputs, seed=0, epochs=30)
    with torch.no_grad():
        noisy = inputs + autoencoder.NOISE * torch.randn(inputs.shape)
        after = float(((network(noisy) - inputs) ** 2).mean())
        active = torch.sigmoid(network.encoders[0](inputs))
        code = network.encode(inputs)
    assert after < 0.4 * before
    assert float(active.mean()) < 0.35
    np.testing.assert_allclose(code.mean(0), 0.0, atol=1e-4)


def test_the_encoder_stays_as_it_was_pretrained(li2020):
    again = taught(LI2020, epochs=1)
    for one, other in zip(
        li2020.network.encoder.parameters(), again.network.encoder.parameters(), strict=True
    ):
        torch.testing.assert_close(one, other)


def test_blocks_of_ten_seconds_say_what_the_whole_record_says_through_gaps(li2020):
    eeg = TEST["eeg"][: 240 * 128].astype(float)
    eeg[60 * 128 : 120 * 128, 1] = np.nan
    record = TEST.select(np.arange(5)).shortened(240.0).with_signals(eeg=Signal(eeg, 1.0 / 128))
    record = record.with_signals(**{name: Signal(values, 5.0) for name, values in spoiled(eeg).items()})
    whole = li2020.answer(record)
    state = li2020.initial(record.person)
    for number in range(24):
        state, said = li2020.listen(state, eeg[1280 * number : 1280 * (number + 1)])
        for name, values in said.items():
            there = np.isfinite(whole[name][2 * number + 1])
            np.testing.assert_allclose(values[there], whole[name][2 * number + 1][there], atol=1e-6)
        if not there.all():
            assert there.tolist() == [True, False, True, True, True]
            assert (said[LOW][1], said[HIGH][1]) == (0.0, 100.0)
    assert np.isnan(whole[DEPTH][:, 1]).sum() == 60 // 5 - 5  # it speaks on for half a minute


def spoiled(eeg):
    """Features by name of EEG with gaps."""
    from predictors.depth.eeg.features import features

    return dict(zip(NAMES, features(eeg), strict=True))


def test_features_computed_before_or_now_are_the_same(li2020):
    raw = cases(2, minutes=2, seed=5, computed=False)
    np.testing.assert_array_equal(
        li2020.answer(raw)[DEPTH], li2020.answer(cases(2, minutes=2, seed=5))[DEPTH]
    )


def test_somebody_unheard_is_awake_as_far_as_is_known_and_may_be_anything(li2020):
    state = li2020.initial(TEST.person)
    _, said = li2020.listen(state, np.full((1280, 5), np.nan))
    assert (said[DEPTH] == 93.0).all()
    assert (said[LOW] == 0.0).all()
    assert (said[HIGH] == 100.0).all()


def test_levels_begin_at_their_upper_border():
    assert level_of(np.array([100.0, 80.0, 79.9, 60.0, 40.0, 39.9, np.nan])).tolist()[:6] == [
        0,
        0,
        1,
        1,
        2,
        3,
    ]
