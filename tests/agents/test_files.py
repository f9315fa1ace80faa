"""Settings of agents in files are read whole, or refused by name."""

from __future__ import annotations

import json

import pytest

from agents.control.circulation.pressure import Settings
from agents.files import settings_of

GAINS = {"target": 75.0, "kp": 0.002, "ti": 100.0, "highest": 0.3}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kp": -1.0}, r"gains\.json: kp: -1\.0 is not allowed; a positive number"),
        ({"kp": "much"}, r"gains\.json: kp: 'much' is not allowed; a positive number"),
        ({"td": 1.0}, r"gains\.json: settings \{.*\} is not allowed; target, kp, ti, highest"),
    ],
)
def test_numbers_that_are_wrong_or_too_many_are_refused(tmp_path, changed, message):
    path = tmp_path / "gains.json"
    path.write_text(json.dumps({"settings": GAINS}))
    assert settings_of(Settings, path) == Settings(**GAINS)
    path.write_text(json.dumps({"settings": {**GAINS, **changed}}))
    with pytest.raises(ValueError, match=message):
        settings_of(Settings, path)
    path.write_text(json.dumps(GAINS))
    with pytest.raises(ValueError, match=r"gains\.json: settings None is not allowed"):
        settings_of(Settings, path)
