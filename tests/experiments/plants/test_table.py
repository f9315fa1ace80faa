"""Agents on plants: everybody meets the same patients as in a comparison of their own, and each plant has its room."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.loop.evaluation import Evaluation, admitted, agent_named, equipped, observers
from experiments.plants.table import Config, lived, main
from sim.metrics import case_metrics
from sim.theatre import Theatre
from sim.theatre.rollout import simulate

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
BRIEF = {"horizon": 600.0}


def test_side_by_side_an_agent_does_as_alone_under_the_plants_own_options(monkeypatch):
    config = Config(("ppo", "fixed_targets+pressure", "pid_tuned"), ("late",), patients=2, seed=5)
    monkeypatch.setattr(
        "experiments.plants.table.Evaluation", lambda **options: Evaluation(**options, **BRIEF)
    )
    table = lived(config, "late")
    given = equipped(Evaluation(plant="late", seed=5, **BRIEF), config.agents)
    case = admitted(given, np.arange(2))
    for name in config.agents:
        agent = agent_named(name, given)
        trace = simulate(Theatre.of(given, agent.orders), case, agent, observers(given))
        alone = case_metrics(trace, case.patient.covariates.weight)
        found = table[table["agent"] == name]
        for metric in ("propofol_mg_per_kg", "norepinephrine_ug_per_kg", "induction_nadir_bis"):
            np.testing.assert_allclose(found[metric], alone[metric], rtol=1e-6)


def test_it_writes_a_row_a_patient_and_a_page(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "experiments.plants.table.Evaluation", lambda **options: Evaluation(**options, **BRIEF)
    )
    main(Config(("fixed_targets",), ("marsh", "jeleazcov"), patients=2, out=tmp_path))
    cases = pd.read_csv(tmp_path / "cases.csv")
    assert len(cases) == 4
    assert set(cases["use"]) == {"test"}
    page = (tmp_path / "plants.md").read_text()
    assert "| agent | marsh (test) | jeleazcov (test) |" in page


def test_bad_names_and_numbers_are_refused():
    with pytest.raises(ValueError, match="plant: unknown name 'x'"):
        Config(plants=("x",))
    with pytest.raises(ValueError, match="agents: ppo, ppo is not allowed; each once"):
        Config(agents=("ppo", "ppo"))
    with pytest.raises(ValueError, match="patients: 0 is not allowed; 1 or more"):
        Config(patients=0)
