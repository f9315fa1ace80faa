"""The server: this computer's own browser is let in, nobody else; what is sent and what is answered."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import time

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from experiments.console import server
from experiments.console.__main__ import Console, main
from experiments.console.desk import Desk
from experiments.running.command_line import run
from tests.experiments.console.conftest import SETUP, served


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """A console that is served."""
    with served(Desk(SETUP, tmp_path_factory.mktemp("records"))) as port:
        yield port


def got(port, path="/", **headers):
    """Status, headers and text of a page."""
    connection = http.client.HTTPConnection(server.HOST, port, timeout=10)
    connection.request("GET", path, headers={name.title(): value for name, value in headers.items()})
    response = connection.getresponse()
    return response.status, response.headers, response.read().decode("utf-8")


def test_the_page_and_its_parts_are_served_and_come_from_nowhere_else(port):
    status, headers, text = got(port)
    assert status == 200
    assert "default-src 'self'" in headers["content-security-policy"]
    for part in ("app.js", "console.css", "icon.svg"):
        assert part in text
        assert got(port, f"/{part}")[0] == 200
    assert got(port, "/app.js")[1]["content-type"].startswith("text/javascript")
    for file in server.STATIC.iterdir():
        said = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in said, file
        assert "https://" not in said, file


@pytest.mark.parametrize("path", ["/../server.py", "/..%2fserver.py", "/%2e%2e/server.py", "//etc/passwd"])
def test_nothing_but_the_page_is_served(port, path):
    assert got(port, path)[0] == 404


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}"]
)
def test_a_name_that_was_made_to_point_here_is_refused(port, host):
    status, _, text = got(port, host=host.format(port=port))
    assert (status, text) == (403, "refused: another host's name\n")


def test_both_names_of_this_computer_are_let_in(port):
    assert got(port, host=f"localhost:{port}")[0] == 200
    assert got(port, host=f"127.0.0.1:{port}", origin=f"http://127.0.0.1:{port}")[0] == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1"]
)
def test_another_sites_page_does_not_reach_the_case(port, origin):
    address = f"ws://127.0.0.1:{port}/live"
    with pytest.raises(InvalidStatus) as refused, connect(address, origin=origin.format(port=port)):
        pass
    assert refused.value.response.status_code == 403
    assert got(port, origin=origin.format(port=port))[0] == 403


@pytest.mark.parametrize("client", [("192.168.1.7", 5000), ("::2", 5000), ("testclient", 1), None])
def test_another_computer_is_refused(client):
    said = []

    async def send(message):
        said.append(message)

    async def app(scope, receive, send):
        raise AssertionError("let in")

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "client": client,
        "headers": [(b"host", b"localhost:80")],
    }
    asyncio.run(server.Loopback(app, 80)(scope, None, send))
    assert said[0]["status"] == 403
    assert said[1]["body"] == b"refused: another computer\n"


def test_it_listens_to_this_computer_only(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing; says which address others would call
        address = probe.getsockname()[0]
    if address.startswith("127."):
        pytest.skip("this computer has no other address")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, port), timeout=5).close()


def test_messages_are_answered_beside_their_field_and_changes_are_told_to_every_page(port):
    with connect(f"ws://localhost:{port}/live") as one, connect(f"ws://localhost:{port}/live") as two:
        for page in (one, two):
            assert json.loads(page.recv(5))["type"] == "choices"
            assert json.loads(page.recv(5))["type"] == "case"
        one.send(json.dumps({"id": 5, "do": "dial", "drug": "propofol", "value": 99}))
        assert json.loads(one.recv(5))["type"] == "state"
        answer = json.loads(one.recv(5))
        assert answer["id"] == 5
        assert answer["error"] == {
            "field": "propofol",
            "text": "propofol: 99 is not allowed; 0 to 8 µg/mL",
        }
        for text in (
            "{",
            "[]",
            "7",
            '{"do": ["x"]}',
            json.dumps({"do": "begin", "case": {"models": {"x": 1}}}),
        ):
            one.send(text)
            assert json.loads(one.recv(5))["type"] == "state"
            assert json.loads(one.recv(5))["error"]["text"]
        one.send(json.dumps({"id": 6, "do": "dial", "drug": "propofol", "value": 2.5}))
        states = [json.loads(two.recv(5)) for _ in range(7)]
        assert states[-1]["state"]["dials"]["propofol"] == 2.5
        one.send(json.dumps({"id": 7, "do": "skip", "seconds": 30}))
        told = json.loads(two.recv(5))
        assert [point["time"] for point in told["points"]] == [10.0, 20.0, 30.0]


def test_the_clock_runs_while_somebody_looks_and_only_then(port):
    def clock():
        with connect(f"ws://localhost:{port}/live") as page:
            page.recv(5)  # choices
            state = json.loads(page.recv(5))["state"]
            return state["running"], state["clock"]

    with connect(f"ws://localhost:{port}/live") as page:
        for what in (
            {"do": "begin", "case": {"seed": 1}},
            {"do": "speed", "speed": 60},
            {"do": "run", "on": True},
        ):
            page.send(json.dumps(what))
        state = {"running": False, "clock": 0.0}
        while not (state["running"] and state["clock"] >= 10.0):
            state = json.loads(page.recv(5)).get("state", state)
    running, before = clock()
    time.sleep(0.5)  # half a minute of the case, if it ran
    _, after = clock()
    assert running
    assert after - before < 20.0


@pytest.mark.parametrize("port", [-1, 65536, "taken"])
def test_a_port_that_is_not_to_be_had_is_one_line(port, capsys):
    with server.listen(0) as held:
        number = held.getsockname()[1] if port == "taken" else port
        with pytest.raises(SystemExit) as stop:
            run(main, Console, ["--no-browser", "--port", str(number)])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: port: {number} is not allowed; ")
    assert len(said.splitlines()) == 1


def test_no_other_address_is_offered(capsys):
    with pytest.raises(SystemExit) as stop:
        run(main, Console, ["--host", "0.0.0.0"])
    assert stop.value.code == 2
    assert "--host" in capsys.readouterr().err
