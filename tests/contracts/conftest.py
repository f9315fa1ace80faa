"""Agents whose weights are not shipped take part in the contracts with weights made here."""

from __future__ import annotations

import pytest

from agents.learned.cloned import PLACE
from tests import cloned


@pytest.fixture(scope="module", autouse=True)
def weights_of_the_clone(tmp_path_factory):
    """Weights of a clone, made from a few simulated cases."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PLACE, str(cloned.weights(tmp_path_factory.mktemp("cloned"))))
        yield
