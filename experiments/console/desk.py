"""The desk behind the page: one case, its clock, and everything that can be asked of them. No web here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from experiments.console import record, scoring, view
from experiments.console.hand import amount
from experiments.console.session import Session
from experiments.console.setup import Setup
from sim.theatre.trace import Trace

FASTEST = 60.0  # times real time
LONGEST_GAP = 1.0  # s between two ticks; a computer that slept does not catch up
FARTHEST = 3600.0  # s, of a skip

Message = Mapping[str, Any]


class Desk:
    """A case on a clock.

    Args:
        setup: the first case.
        folder: of records.

    Attributes:
        points: of the traces, see `view.moment`, one a turn.
        case: counts the cases that were begun or loaded.
    """

    def __init__(self, setup: Setup, folder: Path):
        self.folder = folder
        self.asked: dict[str, Callable[[Message], dict[str, Any] | None]] = {
            "begin": self._begin,
            "preview": self._preview,
            "run": lambda message: self._run(bool(message.get("on"))),
            "speed": self._speed,
            "skip": self._skip,
            "mode": lambda message: self.session.switch(message.get("mode", "")),
            "dial": lambda message: self.session.dial(message.get("drug", ""), message.get("value")),
            "push": lambda message: self.session.push(message.get("drug", ""), message.get("value")),
            "strike": lambda message: self.session.strike(message.get("fault", "")),
            "wish": lambda message: self.session.wish(**_values("wishes", message)),
            "advise": lambda message: self.session.advise(message.get("agent") or None),
            "hand_over": lambda message: self.session.hand_over(),
            "take_back": lambda message: self.session.take_back(),
            "finish": self._finish,
            "compare": self._compare,
            "save": self._save,
            "saved": lambda message: {"saved": record.saved(self.folder)},
            "load": self._load,
        }
        self._take(Session(setup))

    def ask(self, message: Message) -> dict[str, Any]:
        """Do what a message asks (`do` names it); return the answer, {} if there is nothing to say.

        Raises:
            ValueError: what is not allowed, the field first; the case is as it was.
        """
        what = message.get("do")
        if not isinstance(what, str) or what not in self.asked:
            raise ValueError(f"do: {what!r} is not known; {', '.join(self.asked)}")
        if self.finished and what in CHANGING:
            raise ValueError(f"{what}: the case is finished; begin another one")
        try:
            return self.asked[what](message) or {}
        except OSError as error:
            raise ValueError(f"{what}: {error.filename}: {error.strerror}") from error

    def tick(self, seconds: float) -> None:
        """Let so many seconds of real time pass. Raises ValueError as `Session.turn` does."""
        if self.running and not self.finished:
            self._pass(min(seconds, LONGEST_GAP) * self.speed)

    @property
    def clock(self) -> float:
        """Seconds since the case began, between turns too."""
        return self.session.time + self.between

    def state(self) -> dict[str, Any]:
        """Return everything that changes but the traces."""
        clock = {"clock": self.clock, "running": self.running, "speed": self.speed, "finished": self.finished}
        return {**view.status(self.session), **clock, "case": self.case}

    def _take(self, session: Session) -> None:
        self.session, self.case = session, getattr(self, "case", 0) + 1
        self.running, self.speed, self.between, self.finished = False, 1.0, 0.0, False
        self.points = [view.moment(session)]
        self.others: dict[str, Trace] = {}

    def _pass(self, seconds: float) -> None:
        period = self.session.setup.control_period
        self.between += seconds
        while self.between >= period - 1e-9 and not self.session.over:
            self.between = max(0.0, self.between - period)
            try:
                self.session.turn()
            finally:  # an agent that fails leaves a turn that was lived
                if len(self.points) <= len(self.session.given):
                    self.points.append(view.moment(self.session))
        if self.session.over:
            self.between, self.running, self.finished = 0.0, False, True

    def _begin(self, message: Message) -> None:
        self._take(Session(Setup.of(_values("case", message))))

    def _preview(self, message: Message) -> dict[str, Any]:
        return {"preview": view.person(Session(Setup.of(_values("case", message)), ()))}

    def _run(self, on: bool) -> None:
        self.running = on and not self.finished

    def _speed(self, message: Message) -> None:
        self.speed = amount("speed", message.get("speed"), 1.0, FASTEST, "times real time")

    def _skip(self, message: Message) -> None:
        self._pass(amount("seconds", message.get("seconds"), 1.0, FARTHEST, "s"))

    def _finish(self, message: Message) -> dict[str, Any]:
        answer = self._score()
        self.running, self.between, self.finished = False, 0.0, True
        return answer

    def _compare(self, message: Message) -> dict[str, Any]:
        if not self.finished:
            raise ValueError("agent: the case is not finished; finish it first")
        name = str(message.get("agent", ""))
        self.others[name] = scoring.beside(self.session, name)
        return self._score()

    def _score(self) -> dict[str, Any]:
        rows = scoring.score_card(self.session, self.others)
        traces = {scoring.YOU: self.session.trace(), **self.others}
        courses = {name: scoring.curves(trace) for name, trace in traces.items()}
        return {"score": rows, "curves": courses, "shares": scoring.shares(self.session)}

    def _save(self, message: Message) -> dict[str, Any]:
        return {"path": str(record.save(self.session, self.folder, message.get("name", "")))}

    def _load(self, message: Message) -> dict[str, Any]:
        session, same = record.load(self.folder, message.get("name", ""))
        self._take(session)
        return {"same": same}


CHANGING = ("run", "skip", "mode", "dial", "push", "strike", "wish", "advise", "hand_over", "take_back")


def _values(field: str, message: Message) -> Mapping[str, Any]:
    values = message.get(field)
    if not isinstance(values, Mapping):
        raise ValueError(f"{field}: {values!r} is not allowed; values by name")
    return values
