"""The population fitted to recorded cases: its table is what patients are made of."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from sim.arrays import to_numpy
from sim.cohort import sample
from sim.cohort.population import SHIPPED, read, recorded
from sim.covariates import Covariates
from sim.patient import typical
from sim.pharmacodynamics import SURFACES
from sim.pharmacodynamics.hypnosis import index
from sim.pharmacokinetics import PROPOFOL
from sim.randomness import case_keys
from sim.settings import Models

TABLE = json.loads(SHIPPED.read_text(encoding="utf-8"))["depth"]
MODELS = Models(propofol="recorded", bis="recorded")
TRUNCATED = 0.98658  # SD of a standard normal truncated at ± 3
MAN = Covariates.of(60, "M", 170, 70)


def test_the_typical_index_is_that_of_the_table_by_hand():
    """60 years, 3 µg/mL and 4 ng/mL: U of both drugs added, one steepness on either side of it."""
    c50 = TABLE["c50_propofol"] * math.exp(25 * TABLE["c50_age"])
    dose = 3.0 / c50 + 4.0 / TABLE["c50_remifentanil"]
    odds = dose ** TABLE["gamma_deep" if dose > 1.0 else "gamma_light"]
    expected = TABLE["e0"] - TABLE["emax"] * odds / (1.0 + odds)
    surface = SURFACES.get("recorded")(MAN)
    assert index(surface, np.array([3.0]), np.array([4.0]))[0] == pytest.approx(expected, rel=1e-12)
    assert index(surface, np.array([0.0]), np.array([0.0]))[0] == pytest.approx(TABLE["e0"])


def test_kinetics_are_eleveld_s_with_the_ke0_of_the_table():
    ours, published = PROPOFOL.get("recorded")(MAN), PROPOFOL.get("eleveld")(MAN)
    for name in ("v1", "v2", "v3", "cl", "q2", "q3"):
        assert getattr(ours, name) == pytest.approx(getattr(published, name)), name
    assert ours.ke0[0] == pytest.approx(TABLE["ke0"])


def test_drawn_people_spread_as_the_table_says():
    men = Covariates.of(60, "M", 170, [70.0] * 20_000)
    people = sample(men, case_keys(3, np.arange(20_000)), MODELS)
    drawn = {
        name: np.log(getattr(people.hypnosis, name)) for name in ("c50_propofol", "gamma_light", "gamma_deep")
    }
    drawn["ke0"] = np.log(people.kinetics.ke0[0])
    for name, values in drawn.items():
        assert values.std() == pytest.approx(TRUNCATED * TABLE["log_sd"][name], rel=0.03), name
    for pair, expected in TABLE["correlation"].items():
        one, other = pair.split()
        if one in drawn and other in drawn:
            assert np.corrcoef(drawn[one], drawn[other])[0, 1] == pytest.approx(expected, abs=0.03), pair
    np.testing.assert_allclose(np.median(people.arousability), TABLE["arousability"], rtol=0.02)
    assert typical(MAN, MODELS).arousability[0] == pytest.approx(TABLE["arousability"])


def test_people_begin_less_sensitive_than_they_will_be():
    people = sample(MAN, case_keys(3, np.arange(1)), MODELS).wander
    assert to_numpy(people.start)[:, 0] == pytest.approx([TABLE["drift"]["start"], 0.0, 0.0])
    assert people.seconds[0, 0] == pytest.approx(TABLE["drift"]["seconds"])


def test_a_file_that_is_no_population_is_refused(tmp_path):
    content = json.loads(SHIPPED.read_text(encoding="utf-8"))
    del content["depth"]["ke0"]
    (tmp_path / "broken.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"broken\.json holds no population"):
        read(tmp_path / "broken.json")
    assert read(SHIPPED) == recorded()
    assert replace(recorded().depth, ke0=0.1) != recorded().depth
