"""Short cases at the console, and its server on a free port."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest

from experiments.console import server
from experiments.console.desk import Desk
from experiments.console.setup import Setup

SETUP = Setup(seed=7, number=3, horizon=1800.0)
WAIT = 20.0  # s, for a server to start


@pytest.fixture
def desk(tmp_path):
    """A desk with a case of half an hour and nothing saved."""
    return Desk(SETUP, tmp_path / "records")


@contextmanager
def served(desk):
    """The console of a desk, served; gives its port."""
    socket = server.listen(0)
    port = socket.getsockname()[1]
    running = server.server(desk, port)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [socket]})
    thread.start()
    try:
        deadline = time.monotonic() + WAIT
        while not running.started and time.monotonic() < deadline:
            time.sleep(0.01)
        assert running.started
        yield port
    finally:
        running.should_exit = True
        thread.join(WAIT)
