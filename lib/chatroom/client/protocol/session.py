"""The client's IRC session, sans I/O: it takes bytes, yields events, and collects bytes to send.

Call `open`, then `register` with a nickname, and again after each `NickRefused`; after `Ready`, the
other methods. `receive` takes the bytes that were read; `take_output` returns the bytes to write.

Servers slow down or disconnect clients that send too much. So after every `WINDOW_LINES` lines the
session sends a PING and is `window_full` until the PONG, which shows that the server has processed
all of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count

from chatroom.client.credentials import Credentials
from chatroom.client.limits import LIMITS, Exceeds, Excess, ends, told
from chatroom.client.protocol.batches import CONCATENATED, MULTILINE, Batch, Batches
from chatroom.client.protocol.capabilities import WANTED, Capabilities
from chatroom.client.protocol.events import Echoed, Event, Exceeded, Said, Settled, Unreadable
from chatroom.client.protocol.gate import admitted
from chatroom.client.protocol.handlers import BEFORE_WELCOME, delivered, handler_for
from chatroom.client.protocol.history_batches import page
from chatroom.client.protocol.login import (
    CAPABILITY,
    ENDS,
    IMPOSTOR,
    Login,
    first_login,
    has_mechanism,
)
from chatroom.client.protocol.state import State
from chatroom.text.display import ACTION
from chatroom.text.splitting import SHORTEST_PIECE, formatted_pieces, split_text
from chatroom.wire.isupport import number
from chatroom.wire.lines import LineBuffer
from chatroom.wire.message import (
    NO_TAGS,
    LineTooLong,
    Message,
    ProtocolError,
    encode,
    fits,
    parse,
)

TYPING_LABEL = "typing"

WINDOW_LINES = 10
"""The most lines under way; every common server accepts this many at once."""


class NotConnected(Exception):
    """There is no connection, or the server has not let us in yet. `str()` is a sentence for the
    person."""

    def __init__(self) -> None:
        super().__init__("There is no connection to the server right now.")


class Session:
    """One connection to a server, as IRC. `state` is what it knows about the server.

    `sending` is called with each command that is sent, except with messages: they do not change our
    state on the server.
    """

    def __init__(
        self,
        username: str,
        realname: str,
        password: str = "",
        credentials: Credentials | None = None,
    ) -> None:
        self.state = State()
        self.sending: Callable[[str, Sequence[str]], None] = lambda _command, _params: None
        self.gives_password = bool(password)
        self.broken = ""
        """Why the connection is useless and has to be closed, as a sentence."""
        self.answers = 0
        """How often the server has answered a PING of `barrier`."""
        self.put = self.dealt_with = 0
        """The number of lines sent, and the number that the server has certainly processed: all
        lines before a PING that it has answered (Modern IRC, "PING message")."""
        self._username = username
        self._realname = realname
        self._password = password
        self._login = first_login(credentials)
        self._buffer = LineBuffer(LIMITS.line)
        self._output: list[bytes] = []
        self._capabilities = Capabilities()
        self._batches = Batches()
        self._tokens = (f"chatroom-{number}" for number in count(1))
        self._labels = (f"said-{number}" for number in count(1))
        self._unconfirmed = 0
        self._awaited = ""
        self._pinged = ""
        self._awaited_behind = self._pinged_behind = 0
        self._detached = False
        self._welcome_lines = self._unreadable = 0
        self._told: dict[str, set[Excess]] = {}

    # Outgoing

    def take_output(self) -> bytes:
        """Returns the bytes to send since the last call."""
        data = b"".join(self._output)
        self._output.clear()
        return data

    def open(self) -> None:
        """Send the first lines, before a nickname is chosen."""
        self._put("CAP", "LS", "302")
        if self._password:
            self._put("PASS", self._password)

    def register(self, nick: str) -> None:
        """Request the nickname; the first time, with everything that registration needs."""
        first = not self.state.nick
        self.state.nick = nick
        self._put("NICK", nick)
        if first:
            self._put("USER", self._username, "0", "*", self._realname)

    def offered(self, capability: str) -> str | None:
        """What the server says about a capability that we want or could want, such as its
        mechanisms for sasl; None if it does not have it."""
        known = self._capabilities
        return known.values.get(capability, "") if capability in known.offered else None

    def log_in(self, login: Login) -> None:
        """Log in to an account now, also while the server has not let us in. A refusal, or
        `AccountChanged`, follows. Raises NotConnected."""
        if self._detached:
            raise NotConnected
        self._login = login
        if CAPABILITY in self._capabilities.agreed:
            self._put("AUTHENTICATE", login.mechanism)
        else:
            self._put("CAP", "REQ", CAPABILITY)

    def send(self, command: str, *params: str, tags: Mapping[str, str] = NO_TAGS) -> None:
        """Send any command, once registered.

        Raises LineTooLong instead of cutting the line, and NotConnected.
        """
        self._send(command, *params, tags=tags)
        self.sending(command, params)

    def _send(self, command: str, *params: str, tags: Mapping[str, str]) -> None:
        if self._detached:
            raise NotConnected
        if not fits(Message(command, params)):
            raise LineTooLong("That line is too long to send.")
        self._put(command, *params, tags=tags)
        self._unconfirmed += 1
        if self._unconfirmed >= WINDOW_LINES and not self._awaited:
            self.barrier()

    def send_raw(self, line: str) -> None:
        """Send a line as a person wrote it. Raises ProtocolError if it cannot be sent."""
        message = parse(line)
        if message is None:
            return
        self.send(message.command, *message.params)

    def typing(self, target: str, phase: str) -> None:
        """Send a typing notification. If the server has labels, a refusal has the label
        TYPING_LABEL."""
        label = {"label": TYPING_LABEL} if self.agreed("labeled-response") else {}
        self.send("TAGMSG", target, tags={"+typing": phase, **label})

    def tagged(self, target: str, tags: Mapping[str, str]) -> None:
        """Send a TAGMSG: client tags without a text."""
        self.send("TAGMSG", target, tags={**tags, **self._label()})

    def say(
        self, target: str, text: str, action: bool = False, tags: Mapping[str, str] = NO_TAGS
    ) -> Said:
        """Send a message, in as many lines as it needs. Returns it as an event.

        If the server has labels, the event's tag `label` contains those of the lines, separated by
        spaces: each line gets a `Delivered` or a `Refusal` with its label. Other `tags` go with the
        first line. Raises LineTooLong if the target's name leaves no room for a text.
        """
        around = (ACTION, "\x01") if action else ("", "")
        labels: list[str] = []
        sent = dict(tags) if self.agreed("message-tags") else {}
        for piece in formatted_pieces(text, self._room_for(target, "".join(around))):
            label = self._label()
            self._send("PRIVMSG", target, piece.join(around), tags={**sent, **label})
            labels += label.values()
            sent = {}
        return self._said(target, text.join(around), labels, tags)

    def say_lines(
        self, target: str, lines: Sequence[str], tags: Mapping[str, str] = NO_TAGS
    ) -> Said | None:
        """Send several lines as one message (draft/multiline). Returns None if the server does not
        take it.

        Raises LineTooLong like `say`.
        """
        pieces = list(self._pieces(lines, self._room_for(target, "")))
        if not (self.agreed(MULTILINE) and self._takes(pieces)):
            return None
        reference = next(self._tokens)
        label = self._label()
        self._put("BATCH", f"+{reference}", MULTILINE, target, tags={**tags, **label})
        for piece, goes_on in pieces:
            more = {CONCATENATED: ""} if goes_on else {}
            self._put("PRIVMSG", target, piece, tags={"batch": reference, **more})
        self._put("BATCH", f"-{reference}")
        self.barrier()  # now, for nothing else may come between the lines
        return self._said(target, "\n".join(lines), list(label.values()), tags)

    def messages(self, target: str, lines: Sequence[str]) -> int:
        """The number of messages that these lines will be, at least one each. Raises
        LineTooLong."""
        room = self._room_for(target, "")
        several = len(lines) > 1 and self.agreed(MULTILINE)
        if several and self._takes(list(self._pieces(lines, room))):
            return 1
        return sum(max(1, len(list(formatted_pieces(line, room)))) for line in lines)

    @staticmethod
    def _pieces(lines: Sequence[str], room: int) -> Iterator[tuple[str, bool]]:
        """Each line, or each part of it that fits, and whether it continues the one before."""
        for line in lines:
            for index, piece in enumerate(split_text(line, room) or [""]):
                yield piece, index > 0

    def _takes(self, pieces: Sequence[tuple[str, bool]]) -> bool:
        """Whether the message is within the server's limits (draft/multiline, "Capability")."""
        words = (
            word.partition("=") for word in self._capabilities.values.get(MULTILINE, "").split(",")
        )
        limits = {key: given for key, _, value in words if (given := number(value)) is not None}
        size = sum(len(piece.encode()) + (not goes_on) for piece, goes_on in pieces) - 1
        most_lines = limits.get("max-lines", len(pieces))
        return len(pieces) <= most_lines and size <= limits.get("max-bytes", 0)

    def _room_for(self, target: str, around: str) -> int:
        """The bytes of text that fit in one line to `target`. Raises LineTooLong if there are too
        few."""
        room = self.state.room_for_text("PRIVMSG", target) - len(around)
        if room < SHORTEST_PIECE:
            raise LineTooLong("That name is too long.")
        return room

    def _label(self) -> dict[str, str]:
        return {"label": next(self._labels)} if self.agreed("labeled-response") else {}

    def _said(self, target: str, text: str, labels: Sequence[str], tags: Mapping[str, str]) -> Said:
        to_room = self.state.is_room(target)
        room = self.state.called(target) if to_room else ""
        told = {**tags, **({"label": " ".join(labels)} if labels else {})}
        return Said(room, self.state.nick, "" if to_room else target, text, own=True, tags=told)

    def ping(self) -> None:
        """Measure the lag: an `Echoed` event follows when the server answers."""
        self._pinged, self._pinged_behind = next(self._tokens), self.put
        self._put("PING", self._pinged)

    def mark_read(self, target: str, stamp: str) -> None:
        """Say up to when the person has read. It is answered, but nobody waits for that.

        Like typing notifications, it does not count as said: whether it is lost does not matter.
        """
        if not self._detached and fits(Message("MARKREAD", (target, stamp))):
            self._put("MARKREAD", target, stamp)

    def goodbye(self, farewell: str = "") -> None:
        """Send QUIT; the server answers by closing the connection."""
        self._put("QUIT", *([farewell] if farewell else []))

    def detach(self) -> None:
        """The connection is gone, with everything that was under way."""
        self._detached = True
        self._awaited = ""
        self._output.clear()

    def barrier(self) -> None:
        """Request a `Settled` event, which follows when the server has processed all lines sent so
        far."""
        self._awaited, self._awaited_behind = next(self._tokens), self.put
        self._unconfirmed = 0
        self._put("PING", self._awaited)

    @property
    def window_full(self) -> bool:
        """Whether to send nothing until `Settled`."""
        return bool(self._awaited)

    @property
    def idle(self) -> bool:
        """Whether the server has processed everything that was sent."""
        return not self._awaited and not self._unconfirmed

    def agreed(self, capability: str) -> bool:
        """Whether the capability is active, with all others that it needs."""
        return self._capabilities.agreed >= {capability, *WANTED[capability]}

    def _put(self, command: str, *params: str, tags: Mapping[str, str] = NO_TAGS) -> None:
        self._output.append(encode(Message(command, params, tags=tags)))
        self.put += 1

    # Incoming

    def receive(self, data: bytes) -> list[Event]:
        """Process bytes from the server, in pieces of any size, at once."""
        self.feed(data)
        return list(self.events())

    def feed(self, data: bytes) -> None:
        """Queue bytes from the server until `events` processes them."""
        self._buffer.feed(data)

    def drop(self) -> None:
        """Discard the queued input: nothing that the server still says matters."""
        self._buffer = LineBuffer(LIMITS.line)

    @property
    def waiting(self) -> bool:
        """Whether there are lines that `events` has not processed yet."""
        return self._buffer.waiting and not self.broken

    def events(
        self, most: int | None = None, enough: Callable[[], bool] = lambda: False
    ) -> Iterator[Event]:
        """Process the next lines, at most `most`, and yield their events; check `broken`
        afterwards.

        At least one line is processed; after each one, `enough` decides whether to stop.
        """
        taken = 0
        while not self.broken and (most is None or taken < most) and not (taken and enough()):
            taken += 1
            try:
                line = self._buffer.take()
                message = None if line is None else parse(_text(line))
            except ProtocolError as error:
                yield from self._cannot_read(error)
                continue
            if line is None:
                return
            if message is not None:
                yield from self._received(message)

    def _cannot_read(self, error: ProtocolError) -> Iterator[Event]:
        self._unreadable += 1
        if self._unreadable <= LIMITS.unreadable:
            yield Unreadable(str(error))
        else:
            yield from self._exceeds("unreadable")

    def _received(self, message: Message) -> Iterator[Event]:
        """Process one message, and report everything that was left out because of a limit."""
        try:
            message, exceeded = admitted(message)
            if exceeded:
                yield from self._exceeds(exceeded)
            if not self.state.ready:
                self._welcome_lines += 1
                if self._welcome_lines > LIMITS.welcome:
                    raise Exceeds("welcome")
            yield from self._sorted(message)
        except Exceeds as error:
            yield from self._exceeds(error.limit)
        while self.state.exceeded:
            yield from self._tell_excess(self.state.exceeded.pop())

    def _exceeds(self, limit: str) -> Iterator[Event]:
        if ends(limit):
            self.broken = told(limit)
        else:
            yield from self._tell_excess(Excess(limit))

    def _tell_excess(self, excess: Excess) -> Iterator[Event]:
        """Report an excess, once for each room and answer, and not more often than a person wants
        to read."""
        known = self._told.setdefault(excess.limit, set())
        if excess not in known and len(known) < LIMITS.told_again:
            known.add(excess)
            yield Exceeded(excess.limit, excess.sentence)

    def _sorted(self, message: Message) -> Iterator[Event]:
        if message.command != "BATCH" and "batch" not in message.tags:
            yield from self._dispatch(message)  # as most are: in no batch
            return
        match self._batches.receive(message):
            case Batch() as batch:
                yield page(self.state, batch)
            case Message() as alone:
                yield from self._dispatch(alone)
        while self._batches.exceeded:
            yield from self._exceeds(self._batches.exceeded.pop())

    def _dispatch(self, message: Message) -> Iterator[Event]:
        match message.command:
            case "PING":
                self._put("PONG", *message.params)
            case "PONG":
                yield from self._ponged(message)
            case "CAP":
                self._negotiate(message)
            case "AUTHENTICATE" if self._login is not None:
                for word in self._login.receive(message):
                    self._put("AUTHENTICATE", word)
                if self._login.impostor:
                    self.broken = IMPOSTOR
            case _:
                if message.command in ENDS and self._login is not None:
                    self._login = None
                    if not self.state.registered:
                        self._put("CAP", "END")
                if taken := delivered(self.state, message):
                    yield taken
                elif self.state.registered or not _waits_for_welcome(message.command):
                    yield from handler_for(message.command)(self.state, message)

    def _ponged(self, message: Message) -> Iterator[Event]:
        if self._awaited and message.params[-1:] == (self._awaited,):
            self._awaited = ""
            self.answers += 1
            self.dealt_with = max(self.dealt_with, self._awaited_behind)
            yield Settled()
        elif self._pinged and message.params[-1:] == (self._pinged,):
            self._pinged = ""
            self.dealt_with = max(self.dealt_with, self._pinged_behind)
            yield Echoed()

    def _negotiate(self, message: Message) -> None:
        """IRCv3 capability negotiation: `*` before the list means that another list follows."""
        subcommand = message.param(1).upper()
        listed = self._capabilities.heard(subcommand, " ".join(message.params[-1:]))
        if subcommand == "ACK" and self._login is not None and CAPABILITY in listed:
            self._put("AUTHENTICATE", self._login.mechanism)
            return
        if self.state.registered:
            return
        if subcommand == "LS":
            if message.param(2) == "*":
                return
            wanted = self._capabilities.wanted()
            mechanisms = self.offered(CAPABILITY)
            if not (self._login and has_mechanism(self._login.mechanism, mechanisms or "")):
                self._login = None
            elif mechanisms is not None:
                wanted.append(CAPABILITY)
            if wanted:
                self._put("CAP", "REQ", " ".join(wanted))
                return
        if subcommand in ("LS", "ACK", "NAK"):
            self._put("CAP", "END")


def _waits_for_welcome(command: str) -> bool:
    """Whether a command makes no sense before 001. Numerics do: they refuse, or are part of the
    welcome."""
    return not command.isdigit() and command not in BEFORE_WELCOME


def _text(line: bytes) -> str:
    """The line as text. Other servers relay invalid UTF-8; a NUL could not be sent back (Modern
    IRC, "Messages")."""
    return line.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
