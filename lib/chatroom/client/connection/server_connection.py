"""The connection to one server: connects, notices silence and loss, and connects again.

It does not interpret what is sent on it. It tells its owner what happens. The owner decides whether
to connect again, and this module decides how long to wait before that.
"""

import random
import socket
import time
from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Protocol

from chatroom.client.connection.trust import Step, Trust, Untrusted
from chatroom.client.files.pins import PinsError
from chatroom.client.limits import LIMITS, told
from chatroom.net.addresses import Address, is_loopback
from chatroom.net.call import Call
from chatroom.net.connection import Connection
from chatroom.net.loop import Loop
from chatroom.net.timers import Timer, Timers
from chatroom.text.display import visible

if TYPE_CHECKING:  # ssl would slow down the start of every script
    from chatroom.client.connection.handshake import Handshake, HandshakeError
    from chatroom.net.tls import TlsLayer

CONNECT_SECONDS = 15.0
"""Seconds that an address may take to answer, and then the same for a handshake."""

SILENCE_SECONDS = 60.0
"""Seconds. A server that is silent for so long, or does not answer our PING whatever else it sends,
gets a PING, and then has the same time to answer."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
LEAST_PART = 0.5
"""Pauses double. Chance shortens each of them, at most to this part, so that clients that lost a
server at the same moment do not all come back at the same moment."""


class ConnectionState(Enum):
    """The states of a connection."""

    CONNECTING = auto()
    CONNECTED = auto()
    WAITING = auto()  # until `ServerConnection.due`
    ENDED = auto()


class Owner(Protocol):
    """The owner of a connection: what the connection tells it, and asks it."""

    def connected(self) -> None:
        """The connection is established; nothing has been sent yet."""

    def unreachable(self, error: OSError) -> None:
        """An attempt to connect has failed."""

    def untrusted(self, refusal: Untrusted) -> None:
        """The server may not be the right one. Nothing has been sent to it."""

    def received(self, data: bytes) -> None:
        """The server has sent these bytes. The owner calls `heard` if they show that the server is
        alive."""

    def lost(self, reason: str) -> None:
        """The connection is lost."""

    def expects(self) -> bool:
        """Whether a server that stays silent is at fault."""
        ...

    def probe(self) -> None:
        """Send something that the server has to answer."""


def pause(failures: int, chance: float) -> float:
    """Seconds to wait after this number of failures in a row, 1 or more; `chance` is from 0 to
    1."""
    doubled = FIRST_PAUSE * 2.0 ** min(failures - 1, 10)
    return min(doubled, LONGEST_PAUSE) * (LEAST_PART + (1 - LEAST_PART) * chance)


class TlsFailure(ConnectionError):
    """TLS could not be established; `str()` is a complete sentence."""


class ServerConnection:
    """Connect with `call`, then use `say` and `flush`; after a loss `call_later`, or nothing.

    With `trust` it uses TLS, and talks only to a trusted server; otherwise it uses clear text.
    `certificate` is the file with a certificate of the client's own; "" for none. `protocol` is
    what will be spoken inside TLS, as ALPN calls it.
    """

    def __init__(
        self,
        loop: Loop,
        timers: Timers,
        address: Address,
        owner: Owner,
        trust: Trust | None = None,
        certificate: str = "",
        protocol: str = "irc",
    ) -> None:
        self._protocol = protocol
        self.address = address
        self.trust = trust
        self._certificate = certificate
        self.state = ConnectionState.ENDED
        self.due = 0.0
        self._loop = loop
        self._timers = timers
        self._owner = owner
        self._to_flush: list[Connection] = []
        self._connection: Connection | None = None
        self._handshake: Handshake | None = None
        self._call: Call | None = None
        self._timer: Timer | None = None
        self._failures = 0
        self._since = self._heard = 0.0
        self._probed = False
        self._tried_again = False  # because the handshake came too late

    @property
    def how(self) -> str:
        """How the connection is secured, in words; "" if it does not leave this machine."""
        if self.trust:
            return "over TLS"
        return "" if is_loopback(self.address) else "in clear text, without TLS"

    @property
    def secure(self) -> bool:
        """Whether nobody on the way can read the connection."""
        return self.trust is not None or is_loopback(self.address)

    @property
    def age(self) -> float:
        """Seconds that the connection has lasted, or lasted until it was lost."""
        return time.monotonic() - self._since if self._connection else 0.0

    def call(self) -> None:
        """Connect to the server; the owner's `connected`, `unreachable` or `untrusted` follows."""
        self.close()
        self._tried_again = False
        if self.trust is None:
            self._reach(self._connected)
            return
        try:
            self._go_on(self.trust.begin())
        except PinsError as error:
            self._owner.untrusted(Untrusted(str(error)))

    def _reach(self, answered: Callable[[socket.socket], None]) -> None:
        """Start an attempt; `answered` gets the socket."""
        self.close()
        self.state = ConnectionState.CONNECTING
        self._call = Call(self._loop, self.address, partial(self._answered, answered))
        self._after(CONNECT_SECONDS, self._take_too_long)
        self._call.start()

    def call_later(self) -> None:
        """Connect again after a pause, which is longer after more failures."""
        self.close()
        self._failures += 1
        seconds = pause(self._failures, random.random())
        self.state = ConnectionState.WAITING
        self.due = time.monotonic() + seconds
        self._after(seconds, self.call)

    def call_now(self) -> None:
        """Connect again now, without waiting for the end of the pause."""
        if self.state is ConnectionState.WAITING:
            self.call()

    def welcomed(self) -> None:
        """Start with short pauses again after the next loss, because the server has let us in."""
        self._failures = 0

    def say(self, data: bytes) -> None:
        """Queue bytes for the next `flush`; without a connection they are dropped."""
        if self._connection and self.state is ConnectionState.CONNECTED:
            self._connection.say(data)

    def flush(self) -> None:
        """Write the queued bytes."""
        unread = self._connection.flush() if self._to_flush and self._connection else 0
        self._to_flush.clear()
        if unread > LIMITS.output:
            self.hang_up(told("output"))

    @property
    def flushed(self) -> bool:
        """Whether everything has been handed to the system, or never can be."""
        return self._connection is None or self._connection.flushed

    def hang_up(self, reason: str) -> None:
        """Give up a connection that is of no use any more; the owner's `lost` gets the reason."""
        if self._connection:
            self._end(reason)

    def pause(self) -> None:
        """Stop reading for a while."""
        if self._connection:
            self._connection.pause()

    def resume(self) -> None:
        """Read again."""
        if self._connection:
            self._connection.resume()

    def close(self) -> None:
        """Close everything that is in progress."""
        if self._timer:
            self._timer.cancel()
        if self._call:
            self._call.cancel()
        if self._connection:
            self._connection.release()
        self._timer = self._call = self._connection = self._handshake = None
        self.state = ConnectionState.ENDED

    def _answered(
        self, answered: Callable[[socket.socket], None], answer: socket.socket | OSError
    ) -> None:
        self.close()
        if isinstance(answer, OSError):
            self._owner.unreachable(answer)
        else:
            answered(answer)

    def _connected(self, sock: socket.socket) -> None:
        self._connection = Connection(self._loop, sock, self._received, self._to_flush)
        self._begin()

    def _begin(self) -> None:
        """Tell the owner that the connection is ready."""
        self.state = ConnectionState.CONNECTED
        self._since = self._heard = time.monotonic()
        self._after(SILENCE_SECONDS, self._watch_silence)
        self._owner.connected()

    def _take_too_long(self) -> None:
        if self._call:
            self._after(CONNECT_SECONDS, self._take_too_long)
            self._call.skip()
        else:
            assert self.trust
            silent = f"there was no answer within {CONNECT_SECONDS:.0f} seconds"
            self._fail(self.trust.no_tls(silent, certain=False))

    # TLS

    def _go_on(self, step: Step) -> None:
        """Do the next step that `trust` says. Raises PinsError."""
        assert self.trust
        if step in (Step.VERIFY, Step.LOOK):
            self._prepare(step is Step.VERIFY)
        elif step is Step.CONNECT and self._handshake:
            handshake, self._handshake = self._handshake, None
            handshake.begin(self._received, self._begin)
        else:
            self.close()
            self._owner.untrusted(self.trust.untrusted(step))

    def _prepare(self, verify: bool) -> None:
        """Prepare the handshake before connecting: that may take longer than our server waits for
        the first bytes."""
        from chatroom.client.connection.handshake import HandshakeError, client_layer

        try:
            layer = client_layer(self.address, verify, self._certificate, self._protocol)
        except HandshakeError as error:
            self._shaken(verify, error)
        else:
            self._reach(partial(self._shake_hands, verify, layer))

    def _shake_hands(self, verify: bool, layer: "TlsLayer", sock: socket.socket) -> None:
        from chatroom.client.connection.handshake import Handshake

        self.state = ConnectionState.CONNECTING
        self._after(CONNECT_SECONDS, self._take_too_long)
        self._connection = Connection(self._loop, sock, self._received, self._to_flush)
        shaken = partial(self._shaken, verify)
        self._handshake = Handshake(self._connection, layer, shaken)

    def _shaken(self, verify: bool, error: "HandshakeError | None") -> None:
        """The handshake has ended."""
        assert self.trust
        try:
            if error is None:
                self._go_on(self._learnt(verify))
            elif error.distrusted:
                self._go_on(self.trust.distrusted(str(error)))
            elif error.late and not self._tried_again:
                self._tried_again = True
                self._prepare(verify)
            elif error.speaks:
                self._fail(f"No TLS connection to {visible(str(self.address))}: {error}.")
            else:
                self._fail(self.trust.no_tls(str(error)))
        except PinsError as unusable:
            self.close()
            self._owner.untrusted(Untrusted(str(unusable)))

    def _learnt(self, verify: bool) -> Step:
        """Pass the result of the handshake to `trust`."""
        assert self.trust
        assert self._handshake
        return self.trust.verified() if verify else self.trust.saw(self._handshake.fingerprint)

    def _fail(self, sentence: str) -> None:
        self.close()
        self._owner.unreachable(TlsFailure(sentence))

    def heard(self) -> None:
        """Note that the server is alive, and owes no answer."""
        self._heard, self._probed = time.monotonic(), False

    def _received(self, data: bytes) -> None:
        if data:
            self._owner.received(data)
        elif self._connection:
            self._end(self._connection.lost or "the server closed it")

    def _end(self, reason: str) -> None:
        """Tell the owner while it can still ask for the `age`."""
        self.state = ConnectionState.ENDED
        self._owner.lost(reason)
        if self.state is ConnectionState.ENDED:
            self.close()

    def _watch_silence(self) -> None:
        """Ask a silent server for an answer, then give up, because a half-open connection stays
        silent for ever.

        It is asked even if the time for an answer is over as well, for example after the process
        was suspended.
        """
        if not self._owner.expects():
            self.heard()
        silent = time.monotonic() - self._heard
        if silent < SILENCE_SECONDS:
            self._after(SILENCE_SECONDS - silent, self._watch_silence)
        elif self._probed:
            self._end("connection timed out")
        else:
            self._probed = True
            self._owner.probe()
            self._after(SILENCE_SECONDS, self._watch_silence)

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self._timers.at(time.monotonic() + seconds, action)


def why_not(address: Address, error: OSError) -> str:
    """The sentence for a server that cannot be reached."""
    if isinstance(error, TlsFailure):
        return str(error)
    reason = (error.strerror or str(error) or "refused").lower()
    match error:
        case ConnectionRefusedError() | FileNotFoundError():
            reason += ". Is the server running?"
        case TimeoutError():
            reason = f"no answer within {CONNECT_SECONDS:.0f} seconds."
        case _:
            reason += "."
    return f"Cannot connect to {address}: {reason}"
