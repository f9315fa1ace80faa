"""Plants: what tests meet is met by nothing that learned, and a plant says what it says, or refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import agents
import predictors
from experiments.loop.evaluation import Evaluation, admitted
from experiments.sites import SITES
from experiments.sites.depth import MIX
from sim.cohort import draw
from sim.plants import PLANTS, Plant, for_training, of_use, settings
from sim.randomness import case_keys
from sim.settings import Models, Scenario
from sim.theatre import Theatre, begin
from sim.theatre.rollout import cases

KEYS = case_keys(1, np.arange(200))
NUMBERS = np.arange(200)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def parts(models: Models) -> set[tuple[str, str]]:
    return {(part, getattr(models, part)) for part in ("propofol", "bis", "circulation")}


def test_there_are_enough_to_learn_on_and_to_test_on():
    assert len(of_use("training")) >= 4
    assert len(of_use("choosing")) >= 1
    assert len(of_use("test")) >= 2
    assert PLANTS.get("recorded").models == Models()
    assert not PLANTS.get("recorded").scenario


def test_a_test_plant_shares_one_part_at_most_and_not_the_index_with_those_that_settings_are_chosen_on():
    chosen = [parts(PLANTS.get(name).models) for name in of_use("choosing")]
    for name in of_use("test"):
        shared = {part for part, _ in parts(PLANTS.get(name).models) & set().union(*chosen)}
        assert "bis" not in shared
        assert len(shared) <= 1


@pytest.mark.parametrize("name", [*of_use("test"), *of_use("choosing")])
def test_a_plant_kept_from_learning_shares_no_main_model_with_anything_that_learned(name):
    """Training plants, the sites that predictors learn from, PPO's (the default), and protocol P3 of the PIDs."""
    learned = [PLANTS.get(one).models for one in of_use("training")]
    learned += [SITES.get(site).models for site in MIX]
    learned += [Models(), Models("eleveld", "eleveld", bis="bouillon")]
    assert not parts(PLANTS.get(name).models) & set().union(*map(parts, learned))


def test_the_shipped_cards_say_that_only_those_sites_and_the_default_cohort_were_learned_on():
    """Where a card names others, the test above must know them, too."""
    weights = Path(predictors.__file__).parent / "weights"
    for name in ("forecaster", "adaptive"):
        assert f"the sites {', '.join(f'{site} ({share:.0%})' for site, share in MIX.items())}" in (
            weights / f"{name}.md"
        ).read_text(encoding="utf-8")
    card = (Path(agents.__file__).parent / "weights" / "ppo.md").read_text(encoding="utf-8")
    assert "Data: cohort recorded," in card


@pytest.mark.parametrize("name", PLANTS)
def test_a_plant_fills_the_options_of_a_comparison_and_can_be_played(name):
    plant, config = PLANTS.get(name), Evaluation(plant=name, patients=3, seed=7)
    assert config.models == plant.models
    assert all(getattr(config, option) == value for option, value in plant.scenario.items())
    assert replace(config, out=Path("elsewhere")).models == plant.models
    room = Theatre.of(config, "targets")
    begin(room, admitted(config, np.arange(3)))


def test_an_option_beside_a_plant_that_sets_it_is_refused():
    with pytest.raises(
        ValueError, match=r"cohort: 'ares44' is not allowed with plant 'schnider'; it sets 'surg"
    ):
        Evaluation(plant="schnider", cohort="ares44")
    with pytest.raises(ValueError, match=r"models: Models\(.* is not allowed with plant 'varied'"):
        Evaluation(plant="varied", models=Models(bis="bouillon"))
    with pytest.raises(ValueError, match="plant: unknown name 'x'; allowed are recorded"):
        settings("x", Evaluation())
    with pytest.raises(ValueError, match="bleeding_probability: 2"):
        Plant("nobody", "training", scenario={"bleeding_probability": 2.0})


def test_what_learns_or_is_tuned_refuses_test_plants():
    assert for_training(["recorded", "late"]) == ("recorded", "late")
    with pytest.raises(
        ValueError, match=f"plants: {of_use('test')[0]} is kept for tests, .* each once of recorded"
    ):
        for_training(["recorded", of_use("test")[0]])
    with pytest.raises(ValueError, match="plants: late is named twice"):
        for_training(["late", "late"])


@pytest.mark.parametrize("factor", [0.5, 1.5])
def test_spread_scales_every_log_deviate_from_the_typical_patient(factor):
    typical, usual, wide = (
        draw("surgical", KEYS, NUMBERS, models)
        for models in (Models(variability=False), Models(), Models(spread=factor))
    )

    def off(patient, of):
        return np.log(of(patient)) - np.log(of(typical))

    for of in (
        lambda p: p.kinetics.v1[:2],
        lambda p: p.kinetics.ke0[0],
        lambda p: p.hypnosis.c50_propofol,
        lambda p: p.circulation.tpr0,
        lambda p: p.circulation.tpr_response,
        lambda p: p.tolerance.c50_propofol,
        lambda p: p.pressor_response,
        lambda p: p.arousability,
    ):
        np.testing.assert_allclose(off(wide, of), factor * off(usual, of), rtol=1e-6, atol=1e-9)


def test_index_delay_and_noise_are_shown_by_the_monitor():
    def first(models):
        case = cases(Theatre(), seed=3, numbers=500, models=models)
        _, seen = begin(Theatre(), case)
        return case.patient, (seen.readings.bis - seen.truth.bis)

    usual, off = first(Models())
    late, louder = first(Models(index_delay=2.0, index_noise=2.0))
    np.testing.assert_allclose(late.bis_delay, 2.0 * usual.bis_delay)
    assert 1.7 < np.std(louder) / np.std(off) < 2.3


def test_factors_that_nothing_takes_are_refused():
    with pytest.raises(ValueError, match=r"index_noise: 2\.0 is not allowed; 1 where monitors have no noise"):
        cases(Scenario(noise=False), models=Models(index_noise=2.0))
    with pytest.raises(ValueError, match="bis_source: 'eeg' is not allowed with index_delay or index_noise"):
        cases(Scenario(bis_source="eeg"), models=Models(index_delay=2.0))
    with pytest.raises(ValueError, match=r"spread model: 2\.0 is not allowed with cohort 'ares44'"):
        cases(Scenario(cohort="ares44"), models=Models(spread=2.0))
