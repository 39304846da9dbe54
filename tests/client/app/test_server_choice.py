"""The choice of a server: from the hosts file, and from what is found on the network meanwhile."""

import io
from collections.abc import Callable

import pytest

from chatroom.client.app.server_choice import LOOK_SECONDS, NONE_FOUND, ServerChoice
from chatroom.client.connection.discovery import FoundServer
from chatroom.client.terminal.plain_screen import PlainScreen
from chatroom.net.addresses import Address
from chatroom.net.hosts import HostRow
from chatroom.net.timers import Timers

LOCAL = HostRow(Address("127.0.0.1", 8080), "Local", 1)
LAB = HostRow(Address("192.0.2.7", 8080), "The lab", 2)
ROOM = FoundServer("Room 7", Address("192.0.2.9", 8080), "ab" * 32)
HALL = FoundServer("The hall", Address("192.0.2.8", 8080))
NOBODY = "Cannot connect to 127.0.0.1:8080: connection refused."


class Stage:
    """A choice with its screen, and a network on which nothing is found until the test says so."""

    def __init__(self, person: bool = True, discover: bool = True) -> None:
        self.out = io.StringIO()
        self.timers = Timers()
        self.looking = 0
        self.why = ""
        self.finds: Callable[[list[FoundServer]], None] = lambda _: None
        screen = PlainScreen(self.out)
        make = self._made if discover else None
        self.choice = ServerChoice(self.timers, screen, person, make, self._found_none)

    def _made(self, found: Callable[[list[FoundServer]], None]) -> "Stage":
        self.finds = found
        return self

    def _found_none(self, why: str) -> None:
        self.why = why

    def begin(self) -> None:
        self.looking += 1

    def end(self) -> None:
        self.looking = 0

    @property
    def seen(self) -> list[str]:
        """What is new on the screen."""
        lines = self.out.getvalue().split("\n")
        self.out.seek(0)
        self.out.truncate()
        return lines


def test_found_servers_are_added_to_the_question() -> None:
    """Each once, and the question is repeated below them; the choice ends the search."""
    stage = Stage()
    assert stage.choice.begin([LOCAL, LAB]) is None
    assert stage.looking
    assert stage.seen == [
        "Servers:",
        "  1. Local (127.0.0.1:8080)",
        "  2. The lab (192.0.2.7:8080)",
        "Choose a server [1]: ",
    ]
    stage.finds([ROOM])
    assert stage.seen == [
        "",
        "  3. Room 7 (192.0.2.9:8080, found on this network)",
        "Choose a server [1]: ",
    ]
    stage.finds([ROOM])
    assert stage.seen == [""]
    stage.finds([HALL, ROOM])
    assert stage.seen[1] == "  4. The hall (192.0.2.8:8080, found on this network)"
    stage.finds([])  # a goodbye: the numbers stay
    assert stage.choice.answered("5") is None
    assert "5 is not in the list; type a number from 1 to 4" in stage.seen[1]
    assert stage.choice.stands
    assert stage.choice.answered("3") == ROOM.address
    assert not stage.choice.stands
    assert not stage.looking


def test_the_only_server_is_called_at_once() -> None:
    """Nobody waits for a search, and nothing is asked of the network."""
    stage = Stage()
    assert stage.choice.begin([LOCAL]) == LOCAL.address
    assert not stage.looking
    assert not stage.choice.stands


def test_the_only_server_does_not_answer() -> None:
    """Then others are looked for; the first that is found is asked about at once."""
    stage = Stage()
    stage.choice.begin([LOCAL])
    assert stage.choice.look_around(NOBODY)
    assert stage.choice.looking
    assert not stage.choice.stands  # what is typed meanwhile waits
    assert stage.seen[1:] == [NOBODY, "-- Looking for servers on this network...", ""]
    stage.finds([ROOM])
    assert stage.choice.stands
    assert stage.seen[1] == "  1. Room 7 (192.0.2.9:8080, found on this network)"
    stage.finds([ROOM, HALL])
    stage.timers.run(1e9)
    assert stage.why == ""
    assert stage.choice.answered("") == ROOM.address
    assert not stage.choice.look_around("Cannot connect to it either.")


def test_nothing_is_found() -> None:
    """After a second the client gives up, as it would have done before."""
    stage = Stage()
    stage.choice.begin([LOCAL])
    stage.choice.look_around(NOBODY)
    wait = stage.timers.wait(0.0)
    assert wait is not None
    assert LOOK_SECONDS <= 1.0
    stage.timers.run(1e9)
    assert stage.why == NONE_FOUND
    assert not stage.looking


@pytest.mark.parametrize(("person", "discover"), [(False, True), (True, False), (False, False)])
def test_who_does_not_look(person: bool, discover: bool) -> None:
    """A script, and whoever has turned it off."""
    stage = Stage(person, discover)
    assert stage.choice.begin([LOCAL]) == LOCAL.address
    assert not stage.choice.look_around(NOBODY)
    assert not Stage(person, discover).looking


def test_a_script_takes_the_first() -> None:
    stage = Stage(person=False)
    assert stage.choice.begin([LOCAL, LAB]) == LOCAL.address
    assert stage.seen == [""]


@pytest.mark.parametrize("word", ["exit", "/quit"])
def test_leaving(word: str) -> None:
    stage = Stage()
    stage.choice.begin([LOCAL, LAB])
    assert stage.choice.answered(word) is None
    assert not stage.choice.stands
    assert not stage.looking


def test_what_the_announcement_says_of_the_certificate() -> None:
    """For comparison only: the question is the same as everywhere."""
    stage = Stage()
    stage.choice.begin([LOCAL, LAB])
    stage.finds([ROOM])
    assert "proves nothing" in stage.choice.note(ROOM.address, ROOM.fingerprint)
    assert "Beware" in stage.choice.note(ROOM.address, "cd" * 32)
    assert stage.choice.note(LAB.address, ROOM.fingerprint) == ""
    assert stage.choice.note(None, "") == ""
