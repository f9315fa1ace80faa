"""The calibration leaves settings, quantiles and a card that can be published; the fit itself needs recordings."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from agents.human.anaesthetist import AS_RECORDED, as_recorded
from experiments.recorded.practice import QUANTITIES
from experiments.tuning import anaesthetist
from experiments.tuning.anaesthetist import Calibration, calibrate
from experiments.tuning.publishing import publish


def test_the_calibration_writes_what_can_be_published(tmp_path, monkeypatch):
    shipped = AS_RECORDED.read_bytes()
    quantiles = {name: np.arange(5.0) for name in QUANTITIES}
    half = SimpleNamespace(recorded=quantiles, simulated=lambda settings: quantiles)
    monkeypatch.setattr(anaesthetist, "subjects", lambda folder: (None, None))
    monkeypatch.setattr(anaesthetist, "half", lambda *_: half)
    monkeypatch.setattr(anaesthetist, "fit", lambda *_: {"bis_aim": 42.0})
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cases.csv").touch()
    calibrate(Calibration(data=tmp_path / "data", out=tmp_path / "results"))
    assert as_recorded(tmp_path / "results").settings.bis_aim == 42.0
    assert pd.read_csv(tmp_path / "results" / "anaesthetist_as_recorded.csv")["as_recorded"].tolist()[:5] == [
        *range(5)
    ]
    assert len(publish("anaesthetist", tmp_path / "results", tmp_path / "package")) == 3
    assert AS_RECORDED.read_bytes() == shipped
