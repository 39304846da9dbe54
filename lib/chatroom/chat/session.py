"""One visitor: who they are, what they agreed on, and the way to their outbox."""

from collections.abc import Callable, Mapping
from sys import intern
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from chatroom.wire.capabilities import NO_CAPABILITIES, Capabilities, capability_set, variant_of
from chatroom.wire.gaps import Gaps
from chatroom.wire.message import Message, as_middle, new_message
from chatroom.wire.names import fold
from chatroom.wire.numerics import ERR_INPUTTOOLONG, Numeric

if TYPE_CHECKING:
    from chatroom.chat.answers import Answer
    from chatroom.chat.state.model import Room
    from chatroom.chat.state.world import World


class Refused(Exception):
    """A handler's way to refuse: the numeric with its parameters. Caught by `dispatch.attempt`."""

    def __init__(self, numeric: Numeric, *params: str, fill: tuple[object, ...] = ()) -> None:
        super().__init__(numeric.code, *params)
        self.numeric = numeric
        self.params = params
        self.fill = fill

    def tell(self, session: "Session") -> None:
        """Send it."""
        session.reply(self.numeric, *self.params, fill=self.fill)


class Failed(Refused):
    """A refusal as a standard reply (IRCv3 standard-replies): FAIL, a command, a code, context."""

    def __init__(self, command: str, code: str, *context: str, text: str) -> None:
        super().__init__(Numeric(code), command, code, *context)
        self.text = text

    def tell(self, session: "Session") -> None:
        """Send it."""
        session.tell("FAIL", *self.params, self.text)


class TooLong(Refused):
    """ERR_INPUTTOOLONG (417) that says what was too long, and by how much."""

    def __init__(self, what: str) -> None:
        super().__init__(ERR_INPUTTOOLONG)
        self.text = f"{ERR_INPUTTOOLONG.text}: {what}"

    def tell(self, session: "Session") -> None:
        """Send it."""
        session.tell(self.numeric.code, session.nick or "*", self.text)


class Cut(Refused):
    """A refusal of the rest of a message: the pieces before it were sent.

    After the `refusal` itself, which a NOTICE never gets, FAIL says where the rest begins.
    """

    def __init__(self, refusal: Refused, command: str, target: str, rest: str) -> None:
        super().__init__(refusal.numeric, *refusal.params, fill=refusal.fill)
        self._refusal = None if command == "NOTICE" else refusal
        text = f'The rest of your message was not sent, from "{rest}"'
        self._rest = Failed(command, "REST_NOT_SENT", target, text=text)

    def tell(self, session: "Session") -> None:
        """Send both."""
        if self._refusal is not None:
            self._refusal.tell(session)
        self._rest.tell(session)


Piece = bytes | memoryview


class Peer(Protocol):
    """What the chat sees of a connection: a list of pieces to be written."""

    outbox: list[Piece]


class Encoder(Protocol):
    """Turns messages into the bytes of a kind of recipient; b"" where there is nothing to show."""

    def encode(self, message: Message, body: bytes = b"") -> bytes:
        """The bytes for one message; `body` is its line without tags, where that is known."""
        ...


Encoders = Callable[[Capabilities], tuple[Encoder, Encoder]]
"""A door's way to encode, for a session with these capabilities: what goes to the session alone,
and what goes to many. Sessions with the same second encoder share the bytes."""


def irc_encoders(capabilities: Capabilities) -> tuple[Encoder, Encoder]:
    """IRC's: one variant for both."""
    variant = variant_of(capabilities)
    return variant, variant


_NO_INVITATIONS: Mapping["Room", int] = MappingProxyType({})  # shared: an empty one takes memory

_NONE_UNPROVEN: Mapping["Room", int] = MappingProxyType({})  # shared, as well


class FormerName(NamedTuple):
    """A `nick!user@host` that was one connection's alone while the history was at these messages.

    `after` and `upto` are numbers of messages: the first is the last one before, and the second the
    last one under this name.
    """

    source: str
    after: int
    upto: int


_FORMER_NAMES = 50
"""How many of its former names a connection is known by: who has had more owns less."""


class Session:
    """A visitor's place in the chat.

    What goes to many is encoded by the `variant`, which recipients share; what goes to this one
    alone is encoded by the `translator`, which for IRC is the same object. `closing` is the reason
    once the visitor is leaving; a door then closes the connection.
    """

    __slots__ = (
        "allowance",
        "allowance_at",
        "answer",
        "away",
        "bot",
        "cap_version",
        "capabilities",
        "closing",
        "encoders",
        "folded",
        "former_names",
        "host",
        "invisible",
        "invitations",
        "label",
        "named_after",
        "negotiating",
        "nick",
        "outbox",
        "password",
        "peer",
        "realname",
        "registered",
        "replies",
        "rooms",
        "searches",
        "shows_rooms_itself",
        "signed_on",
        "source",
        "spoke_at",
        "taken",
        "translator",
        "unproven",
        "username",
        "variant",
        "world",
    )

    def __init__(self, world: "World", peer: Peer, host: str) -> None:
        self.world = world
        self.peer = peer
        self.outbox = peer.outbox
        self.host = host
        self.nick = ""
        self.folded = ""
        self.username = ""
        self.realname = ""
        self.source = ""
        self.password = ""
        self.registered = False
        self.negotiating = False
        self.cap_version = 0
        self.capabilities: Capabilities = NO_CAPABILITIES
        self.encoders: Encoders = irc_encoders
        self.translator, self.variant = irc_encoders(NO_CAPABILITIES)
        self.invisible = False
        self.bot = False
        self.shows_rooms_itself = False  # its door shows a room's members and past by itself
        self.searches = 0  # under way
        self.answer: Answer | None = None  # under way
        self.label = ""
        self.replies: list[Message] | None = None  # while a labelled command is carried out
        self.away = ""
        self.rooms: dict[Room, Gaps] = {}  # in the order of joining; what of it is not for them
        self.invitations = _NO_INVITATIONS  # Room -> its `bans_set` then
        self.named_after = 0  # the history's last message before this was the visitor's name
        self.former_names: tuple[FormerName, ...] = ()
        self.taken = 0  # the history's last message of which we know that the client has read it
        self.unproven = _NONE_UNPROVEN  # rooms whose beginning it may not have read: up to here
        self.signed_on = world.now
        self.spoke_at = world.now
        self.allowance: float = world.limits.flood_burst
        self.allowance_at = world.clock
        self.closing = ""

    def agree_on(self, capabilities: Capabilities) -> None:
        """Take these capabilities, and the encoders that follow from them at this door."""
        self.capabilities = capability_set(capabilities)
        self.encode_by(self.encoders)

    def encode_by(self, encoders: "Encoders") -> None:
        """From now on a door says how messages to this session are encoded."""
        self.world.fanout.catch_up(self)
        before, self.encoders = self.variant, encoders
        self.translator, self.variant = encoders(self.capabilities)
        for room in self.rooms:
            room.regroup(self, before)

    def rename(self, nick: str, position: int) -> None:
        """Called by `World.take_nick`, which keeps the index. `position` is the log's."""
        if self.registered:
            former = FormerName(self.source, self.named_after, position)
            self.former_names = (*self.former_names, former)[-_FORMER_NAMES:]
        self.named_after = position
        self.nick = nick
        folded = fold(nick)
        self.folded = nick if folded == nick else folded  # one string where it can be
        self.source = f"{nick}!{self.username}@{self.host}"

    def identify(self, username: str, realname: str) -> None:
        """What USER says."""
        self.username = intern(username)  # many have the same
        self.realname = realname
        self.source = f"{self.nick}!{username}@{self.host}"

    def said(self, source: str, number: int) -> bool:
        """Whether this very connection said what the history has under that source and number.

        Nobody else had the nickname from the message `named_after` on. Others who had it before, or
        have it later, from the same host, are others. Numbers count, not the clock.
        """
        return (source == self.source and number > self.named_after) or any(
            source == former.source and former.after < number <= former.upto
            for former in self.former_names
        )

    @property
    def echoes(self) -> bool:
        """Whether what this visitor says comes back (IRCv3 echo-message)."""
        return "echo-message" in self.capabilities

    @property
    def folded_mask(self) -> str:
        """`nick!user@host` as masks are compared with it."""
        return f"{self.folded}!{fold(self.username)}@{fold(self.host)}"

    def send(self, message: Message) -> None:
        """Say something to this visitor alone."""
        if self.replies is not None:
            self.replies.append(message)
        else:
            self.send_now(message)

    def send_now(self, message: Message, body: bytes = b"") -> None:
        """The same, and no part of the reply to a labelled command."""
        self.world.fanout.catch_up(self)
        data = self.translator.encode(message, body)
        if data:
            if not self.outbox:
                self.world.to_flush.append(self.peer)
            self.outbox.append(data)

    def reply(self, numeric: Numeric, *params: str, fill: tuple[object, ...] = ()) -> None:
        """Send a numeric: the target, `params`, then the numeric's text with `fill` in it."""
        text: tuple[str, ...] = (numeric.text,) if numeric.text else ()
        if fill:
            text = (numeric.text.format(*fill),)
        words = (self.nick or "*", *map(as_middle, params), *text)
        self.send(Message(numeric.code, words, self.world.settings.name))

    def tell(self, command: str, *params: str) -> None:
        """Send a message from the server itself."""
        self.send(Message(command, params, self.world.settings.name))

    def event(self, command: str, *params: str, tags: Mapping[str, str] | None = None) -> Message:
        """A message from this visitor, with the time and perhaps tags of their own."""
        common = self.world.bot_tags if self.bot else self.world.time_tag
        tags = {**common, **tags} if tags else common
        return new_message((command, params, self.source, tags))
