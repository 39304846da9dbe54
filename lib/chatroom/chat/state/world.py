"""The indexes over sessions and rooms, and the time of this tick."""

import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple

from chatroom.chat.history_port import Log, NoLog
from chatroom.chat.limits import Limits
from chatroom.chat.output.audience import Audience, united
from chatroom.chat.output.fanout import Fanout
from chatroom.chat.session import Peer, Session
from chatroom.chat.settings import Settings
from chatroom.chat.state.faded import FadedRooms, Past, size, with_bans
from chatroom.chat.state.model import Room
from chatroom.chat.taken import Entry, Taken
from chatroom.text.display import visible
from chatroom.wire.capabilities import CAPABILITIES
from chatroom.wire.lookalikes import skeleton
from chatroom.wire.masks import Mask
from chatroom.wire.message import Message
from chatroom.wire.names import bare, fold, fold_mask, prefixed
from chatroom.wire.reference import LAST_ID, format_time

log = logging.getLogger("chatroom")


_REDACTIONS = 1000
"""The latest redactions, of which answers under way may not know."""

_A_MOMENT = 30.0
"""Seconds within which somebody who has left and comes back is shown only what was said meanwhile.
Later they want to see what it is about."""

_SIGNS_OF_PEOPLE = ("JOIN", "NOTICE", "PRIVMSG")
"""In the history of a room: somebody has been there."""

_NOT_SHOWN_YET = LAST_ID
"""In `Session.unproven`: the room's replay is not complete."""


class Departed(NamedTuple):
    """What WHOWAS remembers of a nickname."""

    nick: str
    username: str
    host: str
    realname: str
    left_at: float
    folded: str


class World:
    """Everyone and every room. `to_flush` is the tick's list of peers with a filled outbox.

    Each index is changed by one method each way: `take_nick` and `forget`, `enter` and `leave`.
    """

    def __init__(
        self,
        settings: Settings,
        limits: Limits,
        version: str,
        now: float,
        clock: float,
        to_flush: list[Any] | None = None,
        history_log: Log | None = None,
        replay: int = 0,
    ) -> None:
        self.settings = settings
        self.limits = limits
        self.version = version
        self.started_text = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S UTC}"
        self.started_clock = clock
        self.to_flush: list[Any] = [] if to_flush is None else to_flush
        self.fanout = Fanout(self.to_flush)
        self.log: Log = history_log or NoLog()
        self.replay = replay
        self.on_wrong_password: Callable[[Session], None] = lambda _session: None
        self.on_fading: Callable[[str], None] = lambda _room: None
        self.on_redaction: Callable[[str, str], object] = lambda _room, _msgid: None
        self.rooms: dict[str, Room] = {}
        self.faded = FadedRooms()
        self._operators: Mapping[str, Collection[Mask]] = {}  # by the rooms' folded names
        self.departed: deque[Departed] = deque()
        self.registered = 0
        self.invisible = 0
        self.most_registered = 0
        self.deliveries = 0  # of events and messages to others, ever
        self._by_nick: dict[str, Session] = {}
        self._by_skeleton: dict[str, Session] = {}
        self._arriving: set[Session] = set()
        self._redacted: OrderedDict[str, None] = OrderedDict()
        self.taken = Taken()  # by those whose connection broke, or may yet break
        self._left = Taken()  # by those who left on purpose, a moment ago
        self.flushed = 0  # the log's position when what it had was last written to all sockets
        self._references = count(1)
        self.set_time(now, clock)

    def set_time(self, now: float, clock: float) -> None:
        """The time of this tick: UTC seconds, and seconds on a clock that is never set back.

        In whole milliseconds, so that the history's times are those that were shown.
        """
        self.now = round(now * 1000) / 1000  # four times as fast as round(now, 3)
        self.clock = clock
        self._time_tag: Mapping[str, str] | None = None

    @property
    def keeps_history(self) -> bool:
        """Whether there is a history to be asked about."""
        return not isinstance(self.log, NoLog)

    def offers(self, capability: str) -> bool:
        """Whether this server has that capability."""
        row = CAPABILITIES.get(capability)
        return row is not None and (self.keeps_history or not row.needs_history)

    def new_reference(self) -> str:
        """For a batch."""
        return f"b{next(self._references)}"

    @property
    def time_tag(self) -> Mapping[str, str]:
        """The `time` tag of all that happens in this tick (IRCv3 server-time)."""
        if self._time_tag is None:
            self._time_tag = {"time": format_time(round(self.now * 1000))}
        return self._time_tag

    @property
    def bot_tags(self) -> Mapping[str, str]:
        """The same for what a bot does (IRCv3 bot-mode)."""
        return {**self.time_tag, "bot": ""}

    @property
    def version_token(self) -> str:
        """The version as one word: chatroom-0.1.0."""
        return self.version.lower().replace(" ", "-")

    # People

    def attach(self, peer: Peer, host: str) -> Session:
        """A session for a new visitor, who has no name yet."""
        session = Session(self, peer, host)
        self._arriving.add(session)
        return session

    def find(self, nick: str) -> Session | None:
        """The registered visitor of that nickname, in whatever case or width."""
        session = self._by_nick.get(fold(nick))
        return session if session is not None and session.registered else None

    def is_free(self, nick: str, session: Session) -> bool:
        """Whether `session` may take that nickname."""
        return self._by_nick.get(fold(nick), session) is session

    def lookalike(self, nick: str, session: Session) -> Session | None:
        """Somebody else whose nickname looks like that one (UTS #39 section 4)."""
        other = self._by_skeleton.get(skeleton(nick), session)
        return None if other is session else other

    def take_nick(self, session: Session, nick: str) -> None:
        """Give the visitor a nickname that is free."""
        if session.registered and fold(nick) != session.folded:
            self._remember(session)
        self._release_nick(session)
        session.rename(nick, self.log.position)
        self._by_nick[session.folded] = session
        self._by_skeleton.setdefault(skeleton(nick), session)

    def _release_nick(self, session: Session) -> None:
        self._by_nick.pop(session.folded, None)
        shape = skeleton(session.nick)
        if self._by_skeleton.get(shape) is session:
            del self._by_skeleton[shape]

    def admit(self, session: Session) -> None:
        """The visitor has registered."""
        session.registered = True
        session.named_after = self.log.position
        self._arriving.discard(session)
        self.registered += 1
        self.most_registered = max(self.most_registered, self.registered)
        log.info("%s has come in from %s", visible(session.nick), session.host)

    def set_invisible(self, session: Session, invisible: bool) -> None:
        """User mode i."""
        change = invisible - session.invisible
        self.invisible += change
        for room in session.rooms:
            room.invisible += change
        session.invisible = invisible

    def forget(self, session: Session) -> None:
        """Take the visitor out of every index; rooms that are left empty fade."""
        for room in list(session.rooms):
            self.leave(session, room)
        if session.registered:
            self.registered -= 1
            self.set_invisible(session, False)
            self._remember(session)
        self._arriving.discard(session)
        self._release_nick(session)

    def _remember(self, session: Session) -> None:
        self.departed.appendleft(
            Departed(
                session.nick,
                session.username,
                session.host,
                session.realname,
                self.now,
                session.folded,
            )
        )
        while len(self.departed) > self.limits.whowas:
            self.departed.pop()

    def people(self) -> Iterator[Session]:
        """Everyone who has registered, as of now: a step may lie between two of them."""
        return (session for session in list(self._by_nick.values()) if session.registered)

    @property
    def unregistered(self) -> int:
        """How many connections have not said who they are."""
        return len(self._arriving)

    def acquainted(self, session: Session) -> Audience:
        """Everyone who shares a room with this visitor, who is one of them."""
        return united([room.audience for room in session.rooms])

    def note_redaction(self, room: str, msgid: str) -> None:
        """Keep a message out of the answers that were read before and are still being sent.

        Whoever remembers messages (`on_redaction`) learns of it here, before anybody is told.
        """
        self._redacted[msgid] = None
        self.on_redaction(room, msgid)
        if len(self._redacted) > _REDACTIONS:
            self._redacted.popitem(last=False)

    def was_redacted(self, message: Message) -> bool:
        """Whether that was done while this message was on its way to somebody."""
        return message.tags.get("msgid", "") in self._redacted and message.command != "REDACT"

    # Rooms

    def find_room(self, name: str) -> Room | None:
        """The room of that name, in whatever case or width."""
        return self.rooms.get(name) or self.rooms.get(fold(name))  # mostly as it is compared

    def enter(self, session: Session, name: str) -> Room:
        """Make the visitor a member; whoever comes first to a new room is its operator."""
        self.fanout.encode()
        room = self.find_room(name)
        if room is None:
            room = self._new_room(name)
        if not room.members:
            room.occupied_after = self.log.position
        room.members[session] = "o" if self._is_new(room) else ""
        room.invisible += session.invisible
        room.hears_from_now(session)
        if room.permanent and not room.visited:
            room.visited = True
            self.changed(room)
        if room in session.invitations:
            session.invitations = {k: v for k, v in session.invitations.items() if k is not room}
        session.rooms[room] = room.gaps_for(session)
        if self._is_replayed_to(session):
            session.unproven = {**session.unproven, room: _NOT_SHOWN_YET}
        log.info("%s joined %s", visible(session.nick), visible(bare(room.name)))
        return room

    def _is_new(self, room: Room) -> bool:
        """Whether whoever enters now is the room's operator.

        A permanent room is never new again: its modes and bans belong to those who have been there,
        and not to whoever comes back first. Nor is it new where the configuration names operators.
        Without a history a restart makes it new if nobody is named; the configuration warns of it.
        """
        if not room.permanent:
            return not room.members
        return not room.visited and room.folded not in self._operators

    def name_operators(self, operators: Mapping[str, Iterable[str]]) -> None:
        """Take over the masks of rooms' operators, by the rooms' bare names."""
        named: dict[str, list[Mask]] = {}
        for name, masks in operators.items():
            of_room = named.setdefault(fold(prefixed(name)), [])
            of_room += [Mask(fold_mask(mask)) for mask in masks]
        self._operators = named

    def names_operator(self, session: Session, room: Room) -> bool:
        """Whether the configuration names this visitor as an operator of the room."""
        masks = self._operators.get(room.folded)
        return masks is not None and any(mask.matches(session.folded_mask) for mask in masks)

    def leave(self, session: Session, room: Room, event: Message | None = None) -> None:
        """End a membership; an empty room fades.

        `event` is the last that the visitor has seen of the room, just recorded; None where nobody
        knows what that was.
        """
        self.fanout.encode()
        self.fanout.catch_up(session)
        del room.members[session]
        room.invisible -= session.invisible
        room.heard_until_now(session)
        del session.rooms[room]
        was_shown_all = session.unproven.get(room) != _NOT_SHOWN_YET
        if room in session.unproven:
            session.unproven = {k: v for k, v in session.unproven.items() if k is not room}
        if event is not None and was_shown_all and not _asks_itself(session):
            self._note_left(session, room)
        if not room.members and not room.permanent:
            del self.rooms[room.folded]
            self._fade(room)
            self.on_fading(room.name)

    # What clients have read

    def _is_replayed_to(self, session: Session) -> bool:
        """Whether this visitor's client is shown the past of rooms by us."""
        return bool(self.replay) and not (session.shows_rooms_itself or _asks_itself(session))

    def showed_past(self, session: Session, room: Room) -> None:
        """The room's past has been sent to this visitor; whether it was read has to be proven."""
        if session.unproven.get(room) == _NOT_SHOWN_YET:
            session.unproven = {**session.unproven, room: self.log.position}

    def took(self, session: Session, number: int) -> None:
        """The client has proven that it read all that it was told up to this number of the log."""
        if not session.rooms or not self._is_replayed_to(session) or number < session.taken:
            return
        unproven, session.taken = session.unproven, number
        rooms = tuple(room.folded for room in session.rooms if unproven.get(room, 0) <= number)
        if unproven:
            session.unproven = {room: upto for room, upto in unproven.items() if upto > number}
        if rooms:
            self._note_taken(session, number, rooms)

    def _note_taken(self, session: Session, number: int, rooms: tuple[str, ...]) -> None:
        if not self.replay:
            return
        self.taken.note(Entry(int(self.now), number, (session.folded, session.host), rooms))

    def _note_left(self, session: Session, room: Room) -> None:
        """Who leaves on purpose and comes back later is shown the last lines, as a newcomer is: a
        client that was started anew has none. Not so after a PART, a KICK or a visit with netcat
        that was a moment ago: those lines are still on the screen."""
        if not self.replay:
            return
        visitor, rooms = (session.folded, session.host), (room.folded,)
        self.taken.note(Entry(int(self.now), 0, visitor, rooms))
        is_over = bool(session.closing) and not session.shows_rooms_itself
        number = 0 if is_over else self.log.position
        self._left.put(Entry(int(self.now), number, visitor, rooms))

    def taken_by(self, session: Session, room: Room) -> int:
        """The number of the last message in the room that this visitor was shown; 0: not known."""
        visitor = session.folded, session.host
        left = self._left.number(visitor, room.folded, self.now, _A_MOMENT)
        if session.shows_rooms_itself:
            return left
        return max(left, self.taken.number(visitor, room.folded, self.now))

    def open_rooms(self, permanent: Iterable[str], saved: Mapping[str, Mapping[str, Any]]) -> None:
        """Begin with the permanent rooms; `saved` is what the log kept of these and others.

        Those that are not permanent have faded when the server ended.
        """
        states = {fold(name): state for name, state in saved.items()}
        for name in permanent:
            self.keep_room(name, states.pop(fold(name), None))
        for name, state in saved.items():
            if fold(name) not in self.rooms:
                self._fade(self._restored(name, state))

    def keep_room(self, name: str, state: Mapping[str, Any] | None) -> None:
        """Make a room permanent, as it was when its state was saved."""
        room = self._restored(name, state or {})
        room.permanent = True
        room.visited = room.visited or bool(self.log.select(name, 1, _SIGNS_OF_PEOPLE))
        if room.barred and not room.began:
            room.began = self.log.boundary(self.now)
        self.rooms[room.folded] = room
        self.changed(room)

    def _restored(self, name: str, state: Mapping[str, Any]) -> Room:
        room = Room(name, self.now)
        room.restore(state)
        if room.closed_at and not room.is_closed:  # the door was opened by hand, in the database
            room.opened(self.log.boundary(self.now))
            self.changed(room)
        return room

    def _new_room(self, name: str) -> Room:
        room = Room(name, self.now)
        room.barred, room.gaps = self.faded.take(room.folded)
        if room.barred:
            room.began = self.log.boundary(self.now)
        self.rooms[room.folded] = room
        return room

    def changed(self, room: Room) -> None:
        """A room's topic, modes or lists are new: keep those of a permanent one.

        And those of one with a past that is not for all, should the server end with it.
        """
        kept = room.permanent or room.guards_its_past
        self.log.save_room(room.name, room.state() if kept else {})

    def _fade(self, room: Room) -> None:
        """Nobody is in the room any more: see that its past stays with those who may read it.

        All that was said is sealed if the door is closed. Otherwise the gaps stay gaps, for the
        next room of that name too. Who is banned now stays barred from the past, for anybody can be
        the operator of the next room, and lift the bans there.
        """
        if not room.guards_its_past:
            return
        barred = with_bans(room.barred, room.lists["b"], room.lists["e"])
        if room.is_closed or size(barred) > 2 * self.limits.list_entries:
            self._seal(room.name)
            return
        # The room's state, which was kept when it changed last, tells a server that starts again.
        for name, past in self.faded.keep(room.folded, Past(barred, room.gaps)):
            if past.barred:
                self._seal(name)
            else:
                self.log.seal_before(name, past.gaps[-1].end)
                self.log.save_room(name, {})

    def _seal(self, name: str) -> None:
        self.log.seal(name, self.now)
        self.log.save_room(name, {})


def _asks_itself(session: Session) -> bool:
    return "draft/chathistory" in session.capabilities
