"""What `chatroom-server status` says: of a server in this process, and as a page for people."""

import json
from pathlib import Path

import pytest

from chatroom.server.monitoring.status import status
from chatroom.server.monitoring.status_page import page
from server.conftest import House, join_with_small_buffers


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house with a history."""
    house = House(tmp_path)
    house.server.open_history()
    return house


def test_what_it_counts(house: House) -> None:
    """People, connections by door, messages; a person on two doors is two connections."""
    ann, bob = house.join("ann", "#den"), house.join("bob", "#den")
    nell = house.connect().send("nell", "den")
    house.until(lambda: house.server.world.find("nell"))
    silent = house.connect()
    ann.send("PRIVMSG #den :hello")
    house.settle(ann)
    values = status(house.server.sources, 7)
    assert values["pid"] == 7
    assert values["serving_since"][:19] == values["since"][:19]
    assert values["people"] == {"here": 3, "absent": 0, "most": 3}
    assert values["sessions"] == 3
    doors = {"irc": 2, "websocket": 0, "plain": 1, "http": 0, "undecided": 1}
    assert values["connections"] == doors
    assert (values["rooms"], values["messages"]) == (2, 1)
    assert values["deliveries"] >= 2
    assert values["received_bytes"] > 100
    assert values["sent_bytes"] > 1000
    assert values["commit"]["p50"] <= values["commit"]["p99"] <= values["commit"]["longest"]
    assert values["listening"] == [f"127.0.0.1:{house.address[1]}"]
    assert values["disk"]["history_bytes"]["messages"] > 0
    assert values["disk"]["free_bytes"] > 0
    assert values["backlog"] == {"history": 0, "unsent_bytes": 0, "jobs": 0, "handshakes": 0}
    assert (values["not_ready"], values["certificate"]) == ("", None)
    for client in (ann, bob, nell, silent):
        client.sock.close()
    house.until(lambda: not house.server.doors)
    assert status(house.server.sources, 7)["people"] == {"here": 0, "absent": 0, "most": 3}
    house.server.end()


def test_no_text_of_people_and_no_name(house: House) -> None:
    """Operators paste it into reports."""
    ann = house.join("ann", "#secret-plans")
    house.settle(ann.send("PRIVMSG #secret-plans :hush", "TOPIC #secret-plans :hush"))
    values = {**status(house.server.sources, 7), "disk": {}}
    assert not any(word in json.dumps(values) for word in ("ann", "plans", "hush"))
    house.server.end()


VALUES = {
    "version": "0.1.0",
    "pid": 7,
    "uptime": 273_600.0,
    "not_ready": "",
    "listening": ["127.0.0.1:8080", "unix:/run/s"],
    "people": {"here": 41, "absent": 12, "most": 1055},
    "connections": {"irc": 18, "websocket": 20, "plain": 5, "http": 4, "undecided": 0},
    "tick": {"count": 96_522, "latest": 1000, "p50": 0.00021, "p99": 0.0016, "longest": 0.0048},
    "commit": {"count": 0, "latest": 0, "p50": None, "p99": None, "longest": None},
    "backlog": {"history": 3, "unsent_bytes": 4096, "jobs": 0, "handshakes": 0},
    "certificate": {"expires": "2027-02-14T00:00:00.000Z", "days": 77, "sha256": "ab"},
    "disk": {
        "directory": "/var/lib/\x1bchatroom",
        "history_bytes": {"messages": 30_000_000, "search": 12_000_000, "journal": 5, "changes": 0},
        "files": 0,
        "file_bytes": 0,
        "free_bytes": 78_000_000_000,
    },
    "exceptions": 0,
}


def test_the_page() -> None:
    lines = list(page(VALUES))
    for line in (
        "Chatroom 0.1.0, process 7, running for 3 days 4 hours",
        "Listening on  127.0.0.1:8080, unix:/run/s",
        "People        41 here, 12 always on without a connection; 1,055 at most since the start",
        "Connections   47: 18 IRC, 20 web page, 5 netcat, 4 HTTP",
        "Ticks         p50 0.21 ms, p99 1.6 ms, longest 4.8 ms of the last 1,000; 96,522 in all",
        "Commits       none yet",
        "Waiting       3 messages and changes not on disk, 4.1 KB for slow readers",
        "Certificate   valid until 2027-02-14 (77 days)",
        "Disk          history 30 MB, search index 12 MB; 78 GB free",
    ):
        assert line in lines
    assert not any("\x1b" in line for line in lines)
    assert len(lines) == 10


def test_the_page_after_an_upgrade() -> None:
    """It tells both, and one of them if the process is the first."""
    both = {"version": "9", "pid": 7, "uptime": 1.0, "since": "2026-03-04T05:06:07.899Z"}
    first, upgraded = {"serving_since": "2026-03-04T05:06:07Z"}, "2026-01-02T03:04:05Z"
    assert list(page({**both, **first})) == ["Chatroom 9, process 7, running for 1 second"]
    assert list(page({**both, "serving_since": upgraded})) == [
        "Chatroom 9, process 7, running for 1 second, serving since 2026-01-02 03:04 UTC"
    ]


def test_a_server_of_another_version() -> None:
    """What it does not say is left out."""
    assert list(page({"version": "9", "pid": 7, "uptime": 1.0, "people": 3, "ticks": {}})) == [
        "Chatroom 9, process 7, running for 1 second"
    ]
    (line,) = page({"not_ready": "The server is stopping"})
    assert line == "NOT READY     The server is stopping"


def test_why_it_is_not_ready(house: House) -> None:
    sources = house.server.sources
    assert sources.why_not_ready() == ""
    house.server.accepting.pause("a test")
    assert sources.why_not_ready() == "No connections are accepted for now"
    house.server.stop()
    assert sources.why_not_ready() == "The server is stopping"
    house.server.end()


def test_bytes_for_a_reader_who_does_not_read(house: House) -> None:
    ann = house.join("ann", "#den")
    slow = join_with_small_buffers(house, "slow", "#den")
    text = "x" * 400
    while not house.server.sources.unsent:
        house.settle(ann.send(*[f"PRIVMSG #den :{text}"] * 50))
    assert status(house.server.sources, 7)["backlog"]["unsent_bytes"] > 0
    slow.close()
    house.server.end()
