"""Real recordings for tests; where there are none, the test is skipped and says why."""

from pathlib import Path

import pytest

from experiments.recorded.recordings import data_folder


def data(*parts: str) -> Path:
    """Return the folder of real recordings, or what lies in it."""
    try:
        found = data_folder().joinpath(*parts)
    except ValueError as error:
        pytest.skip(str(error))
    if not found.exists():
        pytest.skip(f"{found.name} is not among the recordings")
    return found
