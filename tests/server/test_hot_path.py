"""What a message costs, in counts that no machine changes: encodings, commits and flushes.

However many hear it, a message is encoded once for all who get the same bytes; however much a tick
heard, it commits once. What it costs in system calls stands in end_to_end/test_hot_path.py.
"""

import socket
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from chatroom.net.loop import Loop
from chatroom.server.doors.plain.words import Prose
from chatroom.server.server import Server
from chatroom.store.history import History
from chatroom.store.journal import Journal
from chatroom.wire.capabilities import Variant
from harness import Client

from .conftest import House

MEMBERS, BURST = 20, 10


def counted(monkeypatch: pytest.MonkeyPatch, kind: type, method: str, counts: Counter[str]) -> None:
    """Count the calls of a method."""
    call = getattr(kind, method)

    def counting(*arguments: object) -> object:
        counts[method] += 1
        return call(*arguments)

    monkeypatch.setattr(kind, method, counting)


class Interrupted(Server):
    """After each time that it carried out lines, the next of those who wait in `meanwhile` acts."""

    def __init__(self, *arguments: object) -> None:
        self.meanwhile: list[Callable[[], object]] = []
        super().__init__(*arguments)  # type: ignore[arg-type]

    def dispatch(self) -> None:
        super().dispatch()
        if self.meanwhile:
            self.meanwhile.pop(0)()


def crowd(house: House, capabilities: str = "") -> list[Client]:
    """Members of one room, half of whom agreed on these capabilities."""
    clients = [house.join(f"m{number}") for number in range(MEMBERS)]
    for number, client in enumerate(clients):
        if capabilities and number % 2:
            client.send(f"CAP REQ :{capabilities}")
        client.send("JOIN #room")
        house.settle(client)
    for client in clients:
        house.settle(client)
    return clients


@pytest.mark.parametrize(("capabilities", "variants"), [("", 1), ("message-tags server-time", 2)])
def test_a_message_is_encoded_once_for_all_who_see_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch, capabilities: str, variants: int
) -> None:
    """However many they are; and all that one tick heard is written to the disk at once."""
    house.server.open_history()
    author, *_others = crowd(house, capabilities)
    counts: Counter[str] = Counter()
    counted(monkeypatch, Variant, "encode", counts)
    counted(monkeypatch, History, "commit", counts)
    counted(monkeypatch, Journal, "append", counts)
    author.send(*(f"PRIVMSG #room :{number}" for number in range(BURST)))
    house.tick()
    assert counts == {"encode": BURST * variants, "append": 1}


def test_a_plain_line_is_written_once_for_all_plain_doors(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words are made for the first of them."""
    author = house.join("author", "#room")
    people = [house.connect().send(f"m{number}", "room") for number in range(MEMBERS)]
    house.until(lambda: len(house.server.world.rooms["#room"].members) > MEMBERS)
    house.settle(author)
    counts: Counter[str] = Counter()
    counted(monkeypatch, Prose, "encode", counts)
    author.send(*(f"PRIVMSG #room :{number}" for number in range(BURST)))
    house.tick()
    assert counts == {"encode": BURST}
    for person in people:
        person.read_until(f"<author> {BURST - 1}$")


def test_a_plain_line_is_made_once_for_all_who_ignore_somebody(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have a variant each, and share its words; what is hidden from them is not made."""
    author = house.join("author", "#room")
    people = [
        house.connect().send(f"m{number}", "room", f"/ignore {'author' if number % 2 else 'x'}")
        for number in range(MEMBERS)
    ]
    house.until(lambda: len(house.server.world.rooms["#room"].members) > MEMBERS)
    house.settle(author)
    for person in people:
        person.read_until("^You are ignoring ")
    counts: Counter[str] = Counter()
    counted(monkeypatch, Prose, "encode", counts)
    author.send(*(f"PRIVMSG #room :{number}" for number in range(BURST)), "NICK last")
    house.tick(2)
    assert counts == {"encode": BURST + 1}
    for number, person in enumerate(people):
        lines = person.read_until("author is now known as last$")
        assert len([line for line in lines if "<author>" in line]) == (0 if number % 2 else BURST)


def test_a_burst_that_still_arrives_is_one_commit_and_one_flush(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a tick carries out several messages others come: it takes them in, twice, no more."""
    house = House(tmp_path, Interrupted)
    server = house.server
    assert isinstance(server, Interrupted)
    server.open_history()
    first, second, third, fourth, *listeners = crowd(house)
    counts: Counter[str] = Counter()
    counted(monkeypatch, Variant, "encode", counts)
    counted(monkeypatch, History, "commit", counts)
    counted(monkeypatch, socket.socket, "send", counts)
    said = [f"PRIVMSG #room :{number}" for number in range(BURST)]
    server.meanwhile = [partial(each.send, *said) for each in (second, third, fourth)]
    first.send(*said)
    house.tick()
    assert counts == {"encode": 3 * BURST, "commit": 1, "send": MEMBERS}
    for nick in ("m0", "m1", "m2"):
        listeners[0].read_until(f"^:{nick}!.* PRIVMSG #room :{BURST - 1}$")
    server.end()


def test_a_lone_message_waits_for_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tick looks once for what has come."""
    author, *_others = crowd(house)
    counts: Counter[str] = Counter()
    counted(monkeypatch, Loop, "select", counts)
    author.send("PRIVMSG #room :hello")
    house.tick()
    assert counts == {"select": 1}
