from __future__ import annotations

import numpy as np
import pytest

from experiments.imaging import IMAGE_SYSTEMS
from experiments.imaging.contract import Lessons, phantoms

SIZE = 32


@pytest.mark.usefixtures("few_lessons")
@pytest.mark.parametrize("name", ["epidural", "epidural_transverse"])
def test_a_template_finds_the_target_without_a_network_and_tells_where_there_is_none(name):
    system = IMAGE_SYSTEMS.get(name)
    planes = phantoms(system.generate, 9, np.arange(60), SIZE)
    lessons = Lessons(system.generate, SIZE, 1, 1, 0, "cpu", lambda share: None)
    said = {name: system.learners[name](lessons)(planes) for name in ("mean_place", "template")}
    off, right = (
        {name: system.measures[measure](one, planes).nanmean() for name, one in said.items()}
        for measure in ("off, mm", "plane right")
    )
    assert off["template"] < 0.25 * off["mean_place"]
    assert right["template"] > 0.9
    high, here = said["template"]["present"], planes.truth["present"]
    assert high[here].median() > 0.5 > high[~here].median()
