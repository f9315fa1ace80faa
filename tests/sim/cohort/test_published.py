"""Published patients: the printed numbers, in the models they were identified with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.cohort import benchmark_table, draw
from sim.patient import typical
from sim.randomness import case_keys
from sim.settings import Models
from tests.sim.cohort.crowd import same

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


IONESCU = {  # age, height, weight; C50p, C50r, gamma, beta, E0, Emax
    0: (40, 163, 54, 4.73, 24.97, 2.97, 0.30, 97.86, 89.62),
    5: (43, 163, 59, 3.41, 23.26, 3.16, 0.58, 85.33, 97.07),
    10: (42, 179, 78, 3.79, 22.25, 2.35, 1.12, 98.02, 96.95),
    12: (38, 169, 65, 4.64, 19.50, 2.38, 0.48, 93.82, 94.40),
}


def test_the_thirteen_are_the_published_ones_with_schnider_and_minto():
    numbers = np.arange(26)
    found = draw("ionescu13", case_keys(0, numbers), numbers)
    person, surface = found.covariates, found.hypnosis
    c50s = [surface.c50_propofol, surface.c50_remifentanil]
    rest = [surface.gamma_light, surface.beta, surface.e0, surface.emax]
    columns = np.stack([person.age, person.height, person.weight, *c50s, *rest])
    for row, expected in IONESCU.items():
        np.testing.assert_array_equal(columns[:, row], expected)
        np.testing.assert_array_equal(columns[:, row + 13], expected)  # the table starts again
    np.testing.assert_array_equal(surface.gamma_deep, surface.gamma_light)
    assert person.female[[0, 4, 6, 10]].tolist() == [1.0, 0.0, 0.0, 0.0]
    assert person.female[:13].sum() == 10
    assert surface.interaction == "minto"
    reference = typical(person, Models("schnider", "minto"))
    same(found.kinetics, reference.kinetics)


def test_the_forty_four_keep_their_identified_dynamics():
    numbers = np.arange(44)
    found = draw("ares44", case_keys(0, numbers), numbers)
    table = pd.read_csv(Path(sim.__file__).parent / "data" / "ares44_eleveld.csv")
    reference = typical(found.covariates)
    assert (found.covariates.age.min(), found.covariates.age.max()) == (22, 79)
    np.testing.assert_allclose(found.kinetics.ke0[0], table["ke0_per_min"])
    np.testing.assert_allclose(found.hypnosis.c50_propofol, table["c50_propofol_ug_per_ml"])
    np.testing.assert_allclose(found.bis_delay, table["delay_s"])
    np.testing.assert_allclose(found.hypnosis.e0, table["baseline_index"])
    np.testing.assert_array_equal(found.kinetics.ke0[1], reference.kinetics.ke0[1])
    np.testing.assert_array_equal(found.kinetics.v2, reference.kinetics.v2)
    spread = np.log(found.hypnosis.c50_propofol).std()
    assert 0.26 < spread < 0.30


def test_a_benchmark_table_ships_with_every_published_patient():
    assert len(benchmark_table("ionescu13")) == 13
    assert len(benchmark_table("ares44_eleveld")) == 44
    assert len(benchmark_table("ares44_schnider")) == 44
