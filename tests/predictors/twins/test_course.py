"""Doses to index: against the simulator's own room, and late by what is said."""

import numpy as np
import pytest

from predictors.twins.course import late


def test_what_is_late_is_read_between_the_samples():
    values = np.arange(20.0)[:, None] ** 2 * [[1.0, 2.0]]
    shown = late(values, np.array([25.0, 0.0]))
    assert shown[10, 0] == pytest.approx(0.5 * (values[7, 0] + values[8, 0]))
    assert shown[0, 0] == values[0, 0]
    np.testing.assert_array_equal(shown[:, 1], values[:, 1])
