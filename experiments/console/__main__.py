"""A patient in your own hands: a page on this computer, with monitor, pumps, agents, faults and a score.

    python -m experiments.console
    python -m experiments.console --patient 7 --no-browser

Dose by hand at 1 to 60 times real time, see what an agent would do, hand over and take back, and compare at the end.
Case `number` of `seed` is the same patient, surgery and noise as everywhere. The page is served to this computer only.
Needs `pip install 'anesthesia-testbed[console]'`.
"""

from __future__ import annotations

import webbrowser
from dataclasses import dataclass
from pathlib import Path

from experiments.console.desk import Desk
from experiments.console.setup import Setup
from experiments.running.command_line import run


@dataclass(frozen=True)
class Console:
    """Open the live console: a local page to dose a patient by hand, beside any agent.

    Attributes:
        patient: seed of the first case; the page begins others.
        port: of this computer; 0 takes one that is free.
        browser: whether to open the page.
        out: folder of saved cases.
    """

    patient: int = 0
    port: int = 8765
    browser: bool = True
    out: Path = Path("results/console")


def main(config: Console) -> None:
    """Serve the console until it is interrupted.

    Raises:
        ValueError: a bad option, or the extra is not installed.
    """
    try:
        from experiments.console import server
    except ImportError as error:
        raise ValueError(f"{error.name}: not installed; pip install 'anesthesia-testbed[console]'") from None
    setup = Setup(seed=config.patient)
    socket = server.listen(config.port)
    port = socket.getsockname()[1]
    address = f"http://{server.HOST}:{port}/"
    print("console: loading every agent takes some seconds ...", flush=True)
    desk = Desk(setup, config.out)
    print(f"console: {address} (Ctrl-C ends it)", flush=True)
    if config.browser:
        webbrowser.open(address)  # it waits until the server answers, which is now at once
    server.server(desk, port).run(sockets=[socket])


if __name__ == "__main__":
    run(main, Console)
