"""The web around the desk: static files, one WebSocket, and nobody but this computer's own browser.

The page sends {"id", "do", ...} and is answered {"type": "answer", "id", ...} or, where the input is bad, {"id",
"error": {"field", "text"}}. Whatever changes is sent to every page: "case" is a new one from its beginning, "state"
what is new since the last message.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import socket
import time
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from experiments.console import view
from experiments.console.desk import Desk

HOST = "127.0.0.1"
STATIC = Path(__file__).parent / "static"
TICK = 0.1  # s
LARGEST_MESSAGE = 65536  # bytes
GONE = (WebSocketDisconnect, RuntimeError)  # what is raised when a page has left: by receiving, by sending


class Loopback:
    """Lets nobody in but this computer, under the console's own address.

    A foreign Host header is a name that was made to point here (DNS rebinding), a foreign Origin another site's page.
    """

    def __init__(self, app: ASGIApp, port: int):
        self.app = app
        self.hosts = {f"{name}:{port}" for name in (HOST, "localhost")}
        sockets = " ".join(f"ws://{host}" for host in sorted(self.hosts))
        policy = f"default-src 'self'; connect-src 'self' {sockets}; frame-ancestors 'none'"
        self.headers = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-cache"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer 403."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if why := self.refused(scope):
            await PlainTextResponse(f"refused: {why}\n", status_code=403)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self.headers]
            await send(message)

        await self.app(scope, receive, with_headers)

    def refused(self, scope: Scope) -> str:
        """Return why a connection is refused, else nothing."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        client = (scope.get("client") or ("nobody",))[0]
        with contextlib.suppress(ValueError):
            if ipaddress.ip_address(client).is_loopback:
                if headers.get("host") not in self.hosts:
                    return "another host's name"
                if "origin" in headers and headers["origin"].removeprefix("http://") not in self.hosts:
                    return "another site's page"
                return ""
        return "another computer"


@dataclass
class Page:
    """A browser that is connected, and what it has been told: of which case, how many points."""

    socket: WebSocket
    case: int = 0
    told: int = 0


class Live:
    """A desk, its clock and the pages that look at it. With nobody there, the clock stands."""

    def __init__(self, desk: Desk):
        self.desk = desk
        self.pages: list[Page] = []
        self.lock = asyncio.Lock()

    async def connect(self, socket: WebSocket) -> None:
        """Serve a page until it leaves."""
        await socket.accept()
        page = Page(socket)
        await socket.send_json({"type": "choices", **await asyncio.to_thread(view.choices)})
        async with self.lock:
            await self._tell(page)
            self.pages.append(page)
        try:
            while True:
                await self._answer(page, await socket.receive_text())
        except GONE:
            pass
        finally:
            self.pages.remove(page)

    async def run(self) -> None:
        """Move the clock, for ever."""
        before = time.monotonic()
        while True:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            passed, before = now - before, now
            if not (self.pages and self.desk.running):
                continue
            async with self.lock:
                points, why = len(self.desk.points), None
                try:
                    await asyncio.to_thread(self.desk.tick, passed)
                except Exception as error:  # the page is told, and the clock stands, but can be asked again
                    why, self.desk.running = refusal(error), False
                    if not isinstance(error, ValueError):
                        traceback.print_exc()
                if why or len(self.desk.points) > points or self.desk.finished:
                    await self._tell_everybody(why)

    async def _answer(self, page: Page, text: str) -> None:
        answer: dict[str, Any] = {"type": "answer", "id": None}
        async with self.lock:
            try:
                message = json.loads(text)
                if not isinstance(message, dict):
                    raise ValueError("message: an object with `do` is expected")
                answer["id"] = message.get("id")
                answer |= await asyncio.to_thread(self.desk.ask, message)
            except ValueError as error:
                answer["error"] = refusal(error)
            await self._tell_everybody()
            await page.socket.send_json(answer)

    async def _tell_everybody(self, why: dict[str, str] | None = None) -> None:
        for page in [*self.pages]:
            with contextlib.suppress(*GONE):  # `connect` sees to it
                await self._tell(page)
                if why:
                    await page.socket.send_json({"type": "answer", "id": None, "error": why})

    async def _tell(self, page: Page) -> None:
        desk = self.desk
        message: dict[str, Any] = {"type": "state"}
        if page.case != desk.case:
            page.case, page.told = desk.case, 0
            message = {"type": "case", "person": view.person(desk.session)}
        points = desk.points[page.told :]
        page.told = len(desk.points)
        await page.socket.send_json({**message, "points": points, "state": desk.state()})


def refusal(error: Exception) -> dict[str, str]:
    """Return which field is wrong, as errors here begin with it, and the error."""
    text = " ".join(str(error).split())
    return {"field": text.partition(":")[0], "text": text}


def application(desk: Desk, port: int) -> ASGIApp:
    """Return the console of a desk, reached at a port of this computer."""
    live = Live(desk)

    @contextlib.asynccontextmanager
    async def ticking(app: Starlette) -> AsyncIterator[None]:
        clock = asyncio.create_task(live.run())
        yield
        clock.cancel()

    routes = [
        WebSocketRoute("/live", live.connect),
        Mount("/", StaticFiles(directory=STATIC, html=True)),
    ]
    return Loopback(Starlette(routes=routes, lifespan=ticking), port)


def listen(port: int) -> socket.socket:
    """Return a socket at a port of this computer, 0: any that is free. Raises ValueError if it is taken."""
    if not 0 <= port <= 65535:
        raise ValueError(f"port: {port} is not allowed; 0 (any that is free) to 65535")
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind((HOST, port))
    except OSError as error:
        one.close()
        raise ValueError(
            f"port: {port} is not allowed; {error.strerror}, 0 takes one that is free"
        ) from error
    one.listen()
    return one


def server(desk: Desk, port: int) -> uvicorn.Server:
    """Return what serves a desk, for `run(sockets=[listen(...)])`."""
    config = uvicorn.Config(
        application(desk, port),
        log_level="warning",
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)
