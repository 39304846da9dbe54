"""A conversation led by a program: verbs that wait until the server has done what they ask for.

What happens meanwhile is kept for whoever takes the events. Between two verbs nothing is answered,
not even the server's PING: take events at least once a minute.
"""

from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self, TypeVar

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
from chatroom.wire.message import Message, fits
from chatroom.wire.names import bare

ANSWER_SECONDS = 60.0
"""How long one waits for the answer to a question: the search of a long history takes its time."""

ECHO_SECONDS = 10.0
"""How long a message may come back after the PONG for it, as through a bouncer."""

GOODBYE_SECONDS = 3.0
"""How long a server may take to hang up after QUIT."""

_ROOM_MODES = "324"

_UNSENDABLE = str.maketrans({"\r": " ", "\0": " "})

_E = TypeVar("_E", bound=Event)


class Conversation:
    """What `connect` returns."""

    def __init__(self, visit: Driver) -> None:
        self._visit = visit

    @property
    def loop(self) -> Loop:
        """What waits: watch a descriptor of your own in it."""
        return self._visit.loop

    @property
    def nick(self) -> str:
        """What we are called; another name than was wished for where that was taken."""
        return self._visit.session.state.nick

    @property
    def rooms(self) -> list[str]:
        """The rooms that we are in, as the server calls them."""
        return list(self._visit.rooms.values())

    def offers(self, capability: str) -> bool:
        """Whether the server does that with us (an IRCv3 capability such as draft/chathistory)."""
        return self._visit.session.agreed(capability)

    # Events

    def wait(self, timeout: float | None = None) -> ChatEvent | None:
        """The next event; None when there is none within `timeout` seconds.

        Raises ConnectionLost when the server is gone and is not to be called again.
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
        """Turn the loop until `done()`; whether it was within `timeout` seconds.

        For those who watch something of their own in it. Raises ConnectionLost.
        """
        return self._visit.turn_until(done, timeout)

    # Talking

    def say(self, room: str, text: str) -> None:
        """Say something in a room, in as many lines as it needs, at a pace that the server takes.

        `wait_taken` tells whether it has arrived. Raises ConnectionLost, and Refused for a name
        that leaves no place for a text. While the connection is lost this waits for the next one.
        """
        self._arrive()
        self._talk(self._visit.session.state.room_meant(room), text)

    def tell(self, nick: str, text: str) -> None:
        """Say something to one person; see `say`."""
        self._arrive()
        self._talk(nick, text)

    def reply(self, said: events.Said, text: str) -> None:
        """Say something where that was said: in the room, or to the person; see `say`."""
        self._arrive()
        self._talk(said.room or said.sender, text)

    def _arrive(self) -> None:
        self._visit.turn_until(lambda: self._here)

    @property
    def _here(self) -> bool:
        """Whether there is a connection, and all that it began with is done."""
        return self._visit.arrived

    def _talk(self, target: str, text: str) -> None:
        place = self._visit.session.state.room_for_text("PRIVMSG", target)
        if place < SHORTEST_PIECE:
            raise Refused(f"{visible(bare(target))} is too long for a name.")
        for line in text.translate(_UNSENDABLE).split("\n"):
            for piece in formatted_pieces(line.rstrip(), place):
                self._visit.turn_until(lambda: self._here and not self._visit.session.window_full)
                self._visit.receipts.said(self._visit.session.say(target, piece))
        self._visit.flush()

    @property
    def said(self) -> int:
        """How many lines went out on this connection."""
        return self._visit.receipts.sent

    @property
    def taken(self) -> int:
        """How many of these the server has taken for certain."""
        return self._visit.receipts.taken

    def check(self) -> None:
        """Raises Refused if the server has refused something that was said."""
        if self._visit.receipts.refusals:
            raise Refused(self._visit.receipts.refusals[0])

    def wait_taken(self) -> None:
        """Wait until the server has taken all that was said.

        What was said on a connection that was lost counts if the history shows it. Raises Refused
        when the server has not taken something, and ConnectionLost where that is not known, also
        if another connection has been made since.
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
        """A barrier of our own, behind the one that may be under way; none for a connection that
        is lost meanwhile."""
        session = self._visit.session
        self._visit.turn_until(lambda: not (self._here and session.window_full))
        if self._here and not session.idle:
            session.barrier()
            self._visit.turn_until(lambda: not self._here or session.idle)

    # Rooms and questions

    def join(self, room: str, key: str = "") -> None:
        """Enter one more room, with its key if it has one, which a later return needs too.

        Raises Refused, NoAnswer and ConnectionLost.
        """
        state = self._visit.session.state
        if state.room(state.room_meant(room)) is None:
            self.ask(events.RoomEntered, "JOIN", state.room_meant(room), *filter(None, [key]))
        if state.room(state.room_meant(room)) is None:  # what has commas is several
            raise Refused(f"You cannot join {visible(room)}.")

    def modes(self, room: str) -> str:
        """The modes of a room, such as `+nt`; "" where they are not told. Raises as `ask`."""
        meant = self._visit.session.state.room_meant(room)
        answer = self.ask(events.Answer, "MODE", meant).message
        return answer.param(2) if answer.command == _ROOM_MODES else ""

    def people(self, room: str) -> tuple[events.Member, ...]:
        """Who is in a room, as far as we may see them. Raises as `ask`."""
        meant = self._visit.session.state.room_meant(room)
        return self.ask(events.NamesListed, "NAMES", meant).members

    def list_rooms(self) -> tuple[events.RoomRow, ...]:
        """The rooms that there are. Raises as `ask`."""
        return self.ask(events.RoomsListed, "LIST").rows

    def history(
        self, room: str, lines: int | None = None, since: int | None = None
    ) -> Iterator[events.Said]:
        """What was said in a room, the oldest first: the last `lines`, what was said `since` (UTC
        milliseconds), or the last lines since then. Raises NotOffered, and as `ask`.
        """
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
        """At most `lines` messages that fit, the newest of all, with the oldest first.

        `text` has words, beginnings (te*), "phrases", from:nick, in:room, before:date and
        after:date. Raises NotOffered, and as `ask`.
        """
        self.require("soju.im/search", "This server does not search its history.")
        return search(self, text, lines)

    @property
    def page_limit(self) -> int:
        """Messages that one CHATHISTORY may ask for."""
        return page_limit(self._visit.session)

    def ask(self, answer: type[_E], command: str, *params: str) -> _E:
        """Send a command and wait for an event of the kind that answers it.

        Other events stay for whoever takes them. Raises Refused for a refusal that comes instead,
        NoAnswer after a minute, and ConnectionLost.
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
        """Raises NotOffered, with that sentence, where the server cannot do it."""
        if not self.offers(capability):
            raise NotOffered(otherwise)

    # The end

    def close(self) -> None:
        """Say goodbye, once the server has dealt with all that was said; may be called again."""
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
        """Hang up, without waiting for anything; may be called again."""
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
