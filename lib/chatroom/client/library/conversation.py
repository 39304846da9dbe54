"""A conversation led by a program: its methods wait until the server has done what they request.

Events that arrive meanwhile are kept until the program takes them. Nothing is answered between two
calls, not even the server's PING: take events at least once a minute.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from chatroom.client.history.cursor import HistoryCursor, is_before, page_limit
from chatroom.client.history.receipts import UNCONFIRMED
from chatroom.client.library.driver import ChatEvent, Driver
from chatroom.client.library.errors import ChatError, ConnectionLost, NoAnswer, NotOffered, Refused
from chatroom.client.library.paging import SEARCH_PAGE, Pages, search
from chatroom.client.protocol import events
from chatroom.client.protocol.events import Event
from chatroom.client.view.numerics import refusal_text
from chatroom.net.loop import Loop
from chatroom.text.display import visible
from chatroom.text.splitting import SHORTEST_PIECE, formatted_pieces
from chatroom.wire.message import NO_TAGS, Message, fits
from chatroom.wire.names import bare

if TYPE_CHECKING:
    from chatroom.client.transfer.uploaded import Uploaded

ANSWER_SECONDS = 60.0
"""Seconds to wait for an answer: the search of a long history may take so long."""

ECHO_SECONDS = 10.0
"""Seconds for which an echo may arrive after the PONG, as through a bouncer."""

GOODBYE_SECONDS = 3.0
"""Seconds for the server to close the connection after QUIT."""

_ROOM_MODES = "324"

_UNSENDABLE = str.maketrans({"\r": " ", "\0": " "})

_E = TypeVar("_E", bound=Event)


def _ignore(_percent: int) -> None:
    """For uploads whose progress nobody sees."""


class Conversation:
    """The result of `connect`."""

    def __init__(self, visit: Driver) -> None:
        self._visit = visit

    @property
    def loop(self) -> Loop:
        """The loop, in which a program can watch its own descriptors."""
        return self._visit.loop

    @property
    def nick(self) -> str:
        """Our nickname, which differs from the requested one if that was taken."""
        return self._visit.session.state.nick

    @property
    def rooms(self) -> list[str]:
        """The rooms that we are in, with the server's names."""
        return list(self._visit.rooms.values())

    def offers(self, capability: str) -> bool:
        """Whether a capability is active (IRCv3, such as draft/chathistory)."""
        return self._visit.session.agreed(capability)

    # Events

    def wait(self, timeout: float | None = None) -> ChatEvent | None:
        """Returns the next event; None if there is none within `timeout` seconds.

        Raises ConnectionLost if the connection is lost and `reconnect` is off.
        """
        told = self._visit.told
        return told.popleft() if self._visit.turn_until(lambda: bool(told), timeout) else None

    def __iter__(self) -> Iterator[ChatEvent]:
        """Events until `close`. Raises ConnectionLost."""
        while not self._visit.ended:
            event = self.wait()
            if event is not None:
                yield event

    def turn_until(self, done: Callable[[], bool], timeout: float | None = None) -> bool:
        """Turn the loop until `done()`. Returns whether that happened within `timeout` seconds.

        For programs that watch descriptors of their own. Raises ConnectionLost.
        """
        return self._visit.turn_until(done, timeout)

    # Talking

    def say(self, room: str, text: str, tags: Mapping[str, str] = NO_TAGS) -> None:
        """Send a text to a room, in as many lines as it needs, no faster than the server allows. If
        the server knows messages of several lines, a text with line breaks is one.

        `wait_taken` says whether it has arrived. Raises ConnectionLost, and Refused if the room's
        name leaves no room for a text. While the connection is lost, it waits for the next one.
        Client-only `tags` go with the first line.
        """
        self._arrive()
        self._talk(self._visit.session.state.room_meant(room), text, tags)

    def tell(self, nick: str, text: str, tags: Mapping[str, str] = NO_TAGS) -> None:
        """Send a text to one person; see `say`."""
        self._arrive()
        self._talk(nick, text, tags)

    def reply(self, said: events.Said, text: str) -> None:
        """Send a text to where that message was said: the room, or the person; see `say`."""
        self._arrive()
        self._talk(said.room or said.sender, text)

    def upload(self, path: str, progress: Callable[[int], None] = _ignore) -> "Uploaded":
        """Send a file to the server, which gives it a URL. Then `say` the result's `text()` with
        its `tags`.

        `progress` gets percents. Raises Refused, NotOffered and ConnectionLost.
        """
        from chatroom.client.library.uploading import upload

        self._arrive()
        return upload(self._visit, path, progress)

    def _arrive(self) -> None:
        self._visit.turn_until(lambda: self._here)

    @property
    def _here(self) -> bool:
        """Whether there is a connection, and the rooms are entered."""
        return self._visit.arrived

    def _talk(self, target: str, text: str, tags: Mapping[str, str] = NO_TAGS) -> None:
        place = self._visit.session.state.room_for_text("PRIVMSG", target)
        if place < SHORTEST_PIECE:
            raise Refused(f"{visible(bare(target))} is too long for a name.")
        lines = [line.rstrip() for line in text.translate(_UNSENDABLE).split("\n")]
        if len(lines) > 1 and any(lines) and self._say_lines(target, lines, tags):
            return
        for line in lines:
            for piece in formatted_pieces(line, place):
                self._visit.turn_until(lambda: self._here and not self._visit.session.window_full)
                self._visit.receipts.said(self._visit.session.say(target, piece, tags=tags))
                tags = NO_TAGS
        self._visit.flush()

    def _say_lines(self, target: str, lines: list[str], tags: Mapping[str, str]) -> bool:
        """Send a text of several lines as one message. Returns False if the server does not take
        it."""
        self._visit.turn_until(lambda: self._here and not self._visit.session.window_full)
        said = self._visit.session.say_lines(target, lines, tags)
        if said is None:
            return False
        self._visit.receipts.said(said)
        self._visit.flush()
        return True

    @property
    def said(self) -> int:
        """The number of messages sent on this connection; one of several lines counts once."""
        return self._visit.receipts.sent

    @property
    def taken(self) -> int:
        """The number of them that the server has certainly accepted."""
        return self._visit.receipts.taken

    def check(self) -> None:
        """Raises Refused if the server has refused something that was sent."""
        if self._visit.receipts.refusals:
            raise Refused(self._visit.receipts.refusals[0])

    def wait_taken(self) -> None:
        """Wait until the server has accepted everything that was sent.

        Lines that were sent on a lost connection count if the history shows them. Raises Refused if
        the server has refused something, and ConnectionLost if that is not known, even if there is
        another connection by now.
        """
        self._settle()
        receipts = self._visit.receipts
        if not receipts.refusals:
            self._visit.turn_until(lambda: not receipts.open, ECHO_SECONDS)
        self.check()
        if receipts.open:
            raise Refused(UNCONFIRMED)
        if receipts.doubtful:
            self._visit.turn_until(lambda: self._here and not self._visit.follower.catching_up)
        if receipts.unconfirmed():
            raise ConnectionLost("The connection was lost before the server confirmed everything.")

    def _settle(self) -> None:
        """Wait for a PING of our own, after one that may be under way; not if the connection is
        lost meanwhile."""
        session = self._visit.session
        self._visit.turn_until(lambda: not (self._here and session.window_full))
        if self._here and not session.idle:
            session.barrier()
            self._visit.turn_until(lambda: not self._here or session.idle)

    # Rooms and questions

    def join(self, room: str, key: str = "") -> None:
        """Enter one more room, with its key if it has one. The key is also used after a
        reconnection.

        Raises Refused, NoAnswer and ConnectionLost.
        """
        state = self._visit.session.state
        if state.room(state.room_meant(room)) is None:
            self.ask(events.RoomEntered, "JOIN", state.room_meant(room), *filter(None, [key]))
        if state.room(state.room_meant(room)) is None:  # what has commas is several
            raise Refused(f"You cannot join {visible(room)}.")

    def modes(self, room: str) -> str:
        """The modes of a room, such as `+nt`; "" if the server does not say. Raises the same errors
        as `ask`."""
        meant = self._visit.session.state.room_meant(room)
        answer = self.ask(events.Answer, "MODE", meant).message
        return answer.param(2) if answer.command == _ROOM_MODES else ""

    def people(self, room: str) -> tuple[events.Member, ...]:
        """The members of a room, as far as we may see them. Raises the same errors as `ask`."""
        meant = self._visit.session.state.room_meant(room)
        return self.ask(events.NamesListed, "NAMES", meant).members

    def list_rooms(self) -> tuple[events.RoomRow, ...]:
        """All rooms. Raises the same errors as `ask`."""
        return self.ask(events.RoomsListed, "LIST").rows

    def history(
        self, room: str, lines: int | None = None, since: int | None = None
    ) -> Iterator[events.Said]:
        """The messages of a room, the oldest first: the last `lines`, those `since` a time (UTC
        milliseconds), or the last lines since then. Raises NotOffered, and the same errors as
        `ask`."""
        self.require("draft/chathistory", "This server does not show its history.")
        pages = Pages(self, self._visit.session.state.room_meant(room))
        if since is None:
            yield from pages.last(lines or self.page_limit)
            return
        found = (
            line for line in pages.after(HistoryCursor.moment(since)) if not is_before(line, since)
        )
        yield from found if lines is None else deque(found, maxlen=lines)

    def search(self, text: str, lines: int = SEARCH_PAGE) -> list[events.Said]:
        """The newest messages that match, at most `lines`, the oldest of them first.

        `text` has words, beginnings (te*), "phrases", from:nick, in:room, before:date and
        after:date. Raises NotOffered, and the same errors as `ask`.
        """
        self.require("soju.im/search", "This server does not search its history.")
        return search(self, text, lines)

    @property
    def page_limit(self) -> int:
        """The most messages of one CHATHISTORY."""
        return page_limit(self._visit.session)

    def ask(self, answer: type[_E], command: str, *params: str) -> _E:
        """Send a command and wait for an event of the kind that answers it.

        Other events are kept. Raises Refused if a refusal arrives instead, NoAnswer after a minute,
        and ConnectionLost.
        """
        if not fits(Message(command, params)):
            raise Refused("That request is too long.")
        event = self._visit.question(
            answer, lambda: self._visit.session.send(command, *params), ANSWER_SECONDS
        )
        if isinstance(event, answer):
            return event
        if isinstance(event, events.Refusal):
            raise Refused(refusal_text(event.message))
        raise NoAnswer("The server does not answer.")

    def require(self, capability: str, otherwise: str) -> None:
        """Raises NotOffered, with that sentence, if the server does not support it."""
        if not self.offers(capability):
            raise NotOffered(otherwise)

    # The end

    def close(self) -> None:
        """Disconnect when the server has processed everything that was sent. May be called
        twice."""
        visit = self._visit
        if visit.ended:
            return
        try:
            if visit.arrived:
                visit.leaving = True  # it is not to be called again
                self._settle()
                visit.session.goodbye()
                visit.turn_until(lambda: visit.ended, GOODBYE_SECONDS)
        except ChatError:
            pass  # there is nobody left to say goodbye to
        finally:
            visit.hang_up()

    def abandon(self) -> None:
        """Disconnect at once. May be called twice."""
        if self._visit.ended:
            return
        self._visit.session.goodbye()
        self._visit.flush()
        self._visit.hang_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()
