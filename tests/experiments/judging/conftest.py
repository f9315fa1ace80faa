"""What intervals are is tested on as many draws as usual."""

import pytest

from experiments.judging import bootstrap, scores


@pytest.fixture(autouse=True)
def usual_resamples(monkeypatch):
    """Undo `fewer_resamples`."""
    monkeypatch.setattr(scores, "RESAMPLES", bootstrap.RESAMPLES)
