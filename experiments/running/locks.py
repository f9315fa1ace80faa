"""One run at a time in a folder: a lock that ends with its process, however that ends."""

from __future__ import annotations

import datetime
import fcntl
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".lock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder, made if missing, for this process alone.

    The file says who holds it; what counts is the system's lock on it, which a killed process leaves behind open.

    Raises:
        ValueError: another process holds it, with what it says of itself.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise ValueError(
                f"out: {folder} is in use by {file.read() or 'another process'}; wait for it or name another folder"
            ) from None
        file.truncate(0)
        now = datetime.datetime.now(datetime.UTC).isoformat(sep=" ", timespec="seconds")
        file.write(f"process {os.getpid()} on {platform.node()} since {now}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
