"""One connection of a user: what its client agreed on, and the way to its outbox."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from chatroom.chat.login import Login, restored_login
from chatroom.chat.ports import (
    CLEAR,
    Encoder,
    Encoders,
    Peer,
    Transport,
    UnfinishedAnswer,
    irc_encoders,
)
from chatroom.chat.state.fanout_port import FanoutPort
from chatroom.chat.state.model import Room, User
from chatroom.wire.capabilities import (
    CAPABILITIES,
    NO_CAPABILITIES,
    Capabilities,
    capability_set,
)
from chatroom.wire.message import NO_TAGS, Message, as_middle
from chatroom.wire.numerics import Numeric
from chatroom.wire.plain import Usual
from chatroom.wire.tokens import Token, restored_token

NONE_UNPROVEN: Mapping[Room, int] = MappingProxyType({})  # shared: an empty one takes memory

_PLAIN = Usual(
    allowance=0.0, allowance_at=0.0, away="", away_at=0.0, cap_version=0, claimed="", host="",
    negotiating=False, offered=0, password="", put_out=False, since=0.0, taken=0, wanted="",
)  # fmt: skip
"""The attributes that a snapshot contains unchanged, unless they have this value."""


class Session:
    """A connection: capabilities, encoders, allowance, the command under way.

    `user` is the person whom others see; a user may have several sessions. Messages to many are
    encoded by the `variant`, which recipients share; messages to this session alone are encoded by
    the `translator`, which for IRC is the same object. `closing` is the reason for leaving, or "";
    if it is set, the door closes the connection.
    """

    __slots__ = (
        "allowance",
        "allowance_at",
        "answer",
        "away",
        "away_at",
        "batch",
        "cap_version",
        "capabilities",
        "claimed",
        "closing",
        "encoders",
        "fanout",
        "held_until",
        "host",
        "key",
        "label",
        "login",
        "negotiating",
        "offered",
        "password",
        "peer",
        "put_out",
        "registering",
        "replies",
        "searches",
        "shows_rooms_itself",
        "since",
        "taken",
        "translator",
        "transport",
        "unproven",
        "user",
        "variant",
        "wanted",
    )

    def __init__(
        self,
        user: User,
        peer: Peer,
        host: str,
        fanout: FanoutPort,
        transport: Transport = CLEAR,
    ) -> None:
        self.user = user
        self.peer = peer
        self.host = host  # the address of the connection
        self.since = 0.0  # when it began, on the world's clock
        self.transport = transport  # replaced when a TLS handshake is done
        self.fanout = fanout
        self.password = ""
        self.claimed = ""  # a registered nickname that it wants to have (`nicknames`)
        self.wanted = ""  # the registered nickname that was refused last
        self.login: Login | None = None  # under way
        self.key: Token | None = None  # by which it logged in; None: by a password, or not at all
        self.offered = 0  # the number of the token in its browser's cookie
        self.registering = False  # an account: the keeper has not answered yet
        self.away = ""  # what this connection says of its user (`chat.away`)
        self.away_at = 0.0
        self.batch: Any = None  # that it sends (`client_batches.OpenBatch`)
        self.put_out = False  # somebody else ends it: its user does not stay without it
        self.negotiating = False
        self.cap_version = 0
        self.capabilities: Capabilities = NO_CAPABILITIES
        self.encoders: Encoders = irc_encoders
        self.translator: Encoder
        self.variant: Encoder
        self.translator, self.variant = irc_encoders(NO_CAPABILITIES)
        self.shows_rooms_itself = False  # its door shows a room's members and past by itself
        self.searches = 0  # under way
        self.held_until = 0.0  # on the world's clock: its lines wait for an answer (`holding`)
        self.answer: UnfinishedAnswer | None = None  # under way
        self.label = ""
        self.replies: list[Message] | None = None  # while a labelled command is carried out
        self.taken = 0  # the history's last message of which we know that the client has read it
        self.unproven = NONE_UNPROVEN  # rooms whose beginning it may not have read: up to here
        self.allowance = 0.0
        self.allowance_at = 0.0
        self.closing = ""

    @property
    def registered(self) -> bool:
        """Whether its user has a name that others see (Modern IRC, "Connection Registration")."""
        return self.user.registered

    @property
    def secure(self) -> bool:
        """Whether nobody on the way can read what travels: TLS, loopback or a unix socket."""
        return self.transport.secure

    def agree_on(self, capabilities: Capabilities) -> None:
        """Take these capabilities, and the encoders that follow from them at this door."""
        self.capabilities = capability_set(capabilities)
        self.encode_by(self.encoders)

    def encode_by(self, encoders: Encoders) -> None:
        """Use these encoders from now on."""
        self.fanout.catch_up(self)
        before, self.encoders = self.variant, encoders
        self.translator, self.variant = encoders(self.capabilities)
        self.fanout.regroup(self, before, self.user.rooms)

    @property
    def echoes(self) -> bool:
        """Whether what this client says comes back (IRCv3 echo-message)."""
        return "echo-message" in self.capabilities

    @property
    def is_under_way(self) -> bool:
        """Whether something was begun for this client that only this process can end."""
        waits = self.registering or self.searches or self.held_until
        waits = waits or (self.login is not None and self.login.waiting)
        return self.answer is not None or bool(waits)

    def snapshot(self) -> dict[str, Any]:
        """The session without its user and its open batch, as plain values, when nothing
        `is_under_way`. There may be a password in them."""
        values = _PLAIN.differing(self)
        values["capabilities"] = sorted(self.capabilities)
        values["transport"] = list(self.transport)
        if self.login is not None:
            values["login"] = self.login.snapshot()
        if self.key is not None:
            values["key"] = self.key.snapshot()
        unproven = [(room, upto) for room, upto in self.unproven.items() if room in self.user.rooms]
        if unproven:
            values["unproven"] = [[room.folded, upto] for room, upto in unproven]
        return values

    def restore(self, values: Mapping[str, Any], rooms: Mapping[str, Room]) -> None:
        """Go on as a session of which `snapshot` has returned these values. It must be new, and
        still needs the encoders of its door (`encode_by`)."""
        _PLAIN.assign(self, values)
        self.transport = Transport(*values["transport"])
        if "login" in values:
            self.login = restored_login(values["login"])
        if "key" in values:
            self.key = restored_token(values["key"])
        if "unproven" in values:
            self.unproven = {rooms[name]: upto for name, upto in values["unproven"]}
        self.capabilities = capability_set(frozenset(CAPABILITIES.keys() & values["capabilities"]))

    def put(self, data: bytes) -> None:
        """Append bytes to the outbox, after all messages that were queued for this session."""
        self.fanout.catch_up(self)
        if data:
            outbox = self.peer.outbox
            if not outbox:
                self.fanout.to_flush.append(self.peer)
            outbox.append(data)

    def send(self, message: Message) -> None:
        """Send a message to this session alone."""
        if self.replies is not None:
            self.replies.append(message)
        else:
            self.put(self.translator.encode(message))

    def send_now(self, message: Message, body: bytes = b"") -> None:
        """Send a message to this session alone, outside the reply to a labelled command."""
        self.put(self.translator.encode(message, body))

    def reply(
        self,
        numeric: Numeric,
        *params: str,
        fill: tuple[object, ...] = (),
        tags: Mapping[str, str] = NO_TAGS,
    ) -> None:
        """Send a numeric: the target, `params`, then the numeric's text with `fill` in it."""
        text: tuple[str, ...] = (numeric.text,) if numeric.text else ()
        if fill:
            text = (numeric.text.format(*fill),)
        words = (self.user.nick or "*", *map(as_middle, params), *text)
        self.send(Message(numeric.code, words, self.fanout.server_name, tags))

    def tell(self, command: str, *params: str) -> None:
        """Send a message from the server itself."""
        self.send(Message(command, params, self.fanout.server_name))
