from __future__ import annotations

from functools import partial

import numpy as np
import torch

from experiments.imaging.contract import Lessons, phantoms
from experiments.imaging.measures import pooled
from experiments.imaging.systems.faces import FACES, LEARNED, PLENTY
from sim.imaging.faces import people
from sim.imaging.faces.stills import stills
from sim.imaging.faces.units import LEVELS

STRONG = pooled.told("pain", partial(pooled.at_least, LEVELS[2]), pooled.free)


def test_a_network_learns_strong_pain_in_faces_of_others():
    """Of the pairs that who knows no image gets wrong, half of all, it leaves less than 40 % wrong."""
    test = phantoms(stills, 7, np.arange(400), 32)
    lessons = Lessons(LEARNED, 32, 60, 48, 7, "cpu", lambda share: None)
    torch.manual_seed(0)
    missed = {}
    for name in ("majority", "network"):
        answer = FACES.learners[name](lessons)
        with torch.no_grad():
            area = STRONG(answer(test), test)
        missed[name] = 1.0 - area(np.ones((1, len(test.truth["person"].unique()))))[0]
    assert missed["majority"] == 0.5
    assert missed["network"] < 0.4 * missed["majority"]


def test_more_people_are_still_not_those_who_are_judged():
    assert not set(PLENTY) & {*people.LEARNED, *people.JUDGED, *people.OTHERS}
    assert len(PLENTY) == 4 * len(people.LEARNED)
