from __future__ import annotations

import numpy as np
import pytest

from experiments.imaging.contract import Lessons, phantoms
from experiments.imaging.systems.ejection import EJECTION
from sim.imaging.anatomy.ventricle import ventricle

LESSONS = Lessons(ventricle, 48, 1, 6, 7777, "cpu", lambda share: None)


@pytest.mark.usefixtures("few_lessons")
def test_contours_that_move_with_the_heart_tell_what_it_ejects():
    """Without a network; of what who knows no film misses, less than 40 % are left."""
    test = phantoms(ventricle, 7000, np.arange(24), 48)
    known, moved = (EJECTION.learners[name](LESSONS)(test) for name in ("mean_beat", "active_contour"))
    missed = [float(EJECTION.measures["off, points"](said, test).mean()) for said in (known, moved)]
    assert missed[1] < 0.4 * missed[0]
    assert EJECTION.pooled["r"](moved, test)(np.ones((1, 24)))[0] > 0.8
