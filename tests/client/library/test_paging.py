"""The past of a room for programs: page by page from the server, each message once."""

from typing import TypeVar

import pytest

from chatroom.client.history.cursor import HistoryCursor
from chatroom.client.library.errors import Refused
from chatroom.client.library.paging import Pages, search
from chatroom.client.protocol.events import Event, Found, Gone, HistoryPage, Said
from chatroom.wire.message import parse_tags
from chatroom.wire.reference import format_time, parse_time

E = TypeVar("E", bound=Event)
PAGE = 3


def said(number: int) -> Said:
    tags = {"time": format_time(number * 1000), "msgid": f"m{number}"}
    return Said("#a", "bob", "", f"message {number}", tags=tags)


def gone(number: int) -> Gone:
    return Gone("#a", {"time": format_time(number * 1000), "msgid": f"m{number}"})


def when(line: Said | Gone) -> int:
    return parse_time(line.tags["time"])


class Server:
    """Knows the history of #a; shows it only to those who are there, unless it is `open`."""

    page_limit = PAGE

    def __init__(self, *lines: Said | Gone, rooms: tuple[str, ...] = ("#a",)) -> None:
        self.lines = lines
        self.rooms = list(rooms)
        self.open = True
        self.tells_the_end = False
        self.asked: list[tuple[str, ...]] = []

    def offers(self, capability: str) -> bool:
        return False

    def join(self, room: str) -> None:
        self.rooms.append(room)

    def ask(self, answer: type[E], command: str, *params: str) -> E:
        self.asked.append((command, *params))
        assert len(self.asked) < 100, "the pages have no end"
        made = self._page(*params) if command == "CHATHISTORY" else self._found(params[0])
        assert isinstance(made, answer)
        return made

    def _page(self, subcommand: str, room: str, reference: str, limit: str) -> HistoryPage:
        if not self.open and room not in self.rooms:
            raise Refused("You are not in that room")
        kind, _, value = reference.partition("=")
        at = int(value[1:]) * 1000 if kind == "msgid" else parse_time(value) if value else 0
        if subcommand == "AFTER":  # with the message itself: a server may go by times
            lines = tuple(x for x in self.lines if when(x) >= at)
            is_last = self.tells_the_end and len(lines) <= int(limit)
            return HistoryPage(room, lines[: int(limit)], is_last)
        lines = tuple(x for x in self.lines if subcommand == "LATEST" or when(x) < at)
        is_last = self.tells_the_end and len(lines) <= int(limit)
        return HistoryPage(room, lines[-int(limit) :], is_last)

    def _found(self, attributes: str) -> Found:
        asked = parse_tags(attributes)
        until = asked.get("before", "9")
        here = [each for each in self.lines if each.tags["time"] <= until]
        return Found(tuple(each for each in here[-int(asked["limit"]) :] if isinstance(each, Said)))


def texts(lines: list[Said]) -> list[str]:
    return [each.text for each in lines]


@pytest.mark.parametrize("number", [1, PAGE, PAGE + 1, 7, 50])
def test_the_last_lines_come_from_as_many_pages_as_are_needed(number: int) -> None:
    """The oldest first; where there are fewer, all of them."""
    server = Server(*map(said, range(8)))
    expected = [f"message {each}" for each in range(8)][-number:]
    assert texts(Pages(server, "#a").last(number)) == expected
    assert all(int(asked[-1]) <= PAGE for asked in server.asked)


def test_messages_that_were_taken_back_do_not_count() -> None:
    """The page before them is asked for instead."""
    server = Server(said(1), said(2), gone(3), gone(4), gone(5))
    assert texts(Pages(server, "#a").last(2)) == ["message 1", "message 2"]


def test_a_history_for_members_only_is_read_after_entering() -> None:
    """Once; who is in the room and may not read is refused."""
    server = Server(said(1), rooms=())
    server.open = False
    assert texts(Pages(server, "#a").last(1)) == ["message 1"]
    assert server.rooms == ["#a"]
    assert len(server.asked) == 2

    class Strict(Server):
        def ask(self, answer: type[E], command: str, *params: str) -> E:
            raise Refused("No")

    with pytest.raises(Refused):
        Pages(Strict(), "#a").last(1)


def test_a_page_that_overlaps_repeats_nothing() -> None:
    """A server that goes by times may send the last message once more."""
    server = Server(*map(said, range(8)))
    found = list(Pages(server, "#a").after(HistoryCursor()))
    assert texts(found) == [f"message {each}" for each in range(8)]


def test_no_page_is_asked_for_behind_the_last() -> None:
    """chathistory, "draft/chathistory-end tag": otherwise only an empty page shows the end."""
    for tells_the_end, pages in ((False, 3), (True, 2)):
        server = Server(*map(said, range(5)))
        server.tells_the_end = tells_the_end
        assert len(Pages(server, "#a").last(50)) == 5
        assert len(server.asked) == pages
        assert len(list(Pages(server, "#a").after(HistoryCursor()))) == 5
        assert len(server.asked) == 2 * pages


@pytest.mark.parametrize("number", [1, 4, 150, 250])
def test_a_search_finds_the_newest(number: int) -> None:
    """With the oldest of them first, and no more than were asked for."""
    server = Server(*map(said, range(230)))
    expected = [f"message {each}" for each in range(230)][-number:]
    assert texts(search(server, "message", number)) == expected


def test_a_search_that_cannot_be_is_refused_without_asking() -> None:
    """In a sentence."""
    server = Server()
    with pytest.raises(Refused, match=r"^This cannot be searched: .+\.$"):
        search(server, "after:someday tea", 1)
    assert server.asked == []
