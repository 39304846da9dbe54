"""Looking names up: only where it is needed, all at once, and never for long."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chatroom.net.lookup import Place, look_up

Ask = Callable[..., list[Any]]


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Answers no name before the event is set."""
    answers = threading.Event()
    ask: Ask = socket.getaddrinfo

    def getaddrinfo(host: str | None, port: int, *, type: int, flags: int) -> list[Any]:
        if not flags & socket.AI_NUMERICHOST:
            answers.wait()
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ask(host, port, type=type, flags=flags)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield answers
    answers.set()


@pytest.mark.parametrize(
    ("host", "places"),
    [
        ("127.0.0.1", ["127.0.0.1"]),
        ("192.0.2.7", ["192.0.2.7"]),
        ("::1", ["::1"]),
        ("localhost", ["127.0.0.1", "::1"]),
        ("LocalHost", ["127.0.0.1", "::1"]),
    ],
)
def test_what_needs_no_name_server(
    name_server: threading.Event, host: str, places: list[str]
) -> None:
    found = look_up([host])[host]
    assert not isinstance(found, OSError)
    assert [place.host for place in found] == places


def test_all_addresses_of_this_machine(name_server: threading.Event) -> None:
    found = look_up([""])[""]
    assert not isinstance(found, OSError)
    assert Place(socket.AF_INET, "0.0.0.0") in found


def test_a_name_server_that_does_not_answer(name_server: threading.Event) -> None:
    """All names are waited for together; those that need none are there."""
    found = look_up(["one.example", "two.example", "127.0.0.1"], seconds=0.01)
    assert isinstance(found["one.example"], TimeoutError)
    assert "looking up the name took longer than 0.01 seconds" in str(found["two.example"])
    assert found["127.0.0.1"] == (Place(socket.AF_INET, "127.0.0.1"),)


def test_a_name_that_nobody_knows(name_server: threading.Event) -> None:
    name_server.set()
    assert isinstance(look_up(["no.example"])["no.example"], socket.gaierror)


@pytest.mark.parametrize("host", ["..", "x" * 64 + ".org"])
def test_a_name_that_cannot_be(host: str) -> None:
    found = look_up([host])[host]
    assert isinstance(found, OSError)
    assert "this is not a valid host name" in str(found)
