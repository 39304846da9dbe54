"""The door of a connection that begins with WEBIRC: checks who passes it on, then leaves it to the
IRC door.

While the gateway's password is checked nothing more is read. The deadline is that of every door.
"""

from chatroom.chat.accounts_port import Verdict
from chatroom.chat.ports import CLEAR, Transport
from chatroom.chat.secrecy import why_no_secret
from chatroom.net.addresses import written_host
from chatroom.server.doors.introduced import IntroducedDoor
from chatroom.text.display import visible
from chatroom.wire.message import Message, ProtocolError, decode, encode
from chatroom.wire.webirc import COMMAND, LONGEST, BadIntroduction, Introduction, read_introduction

UNLISTED = "WEBIRC is not accepted from your address"
WRONG = "Invalid WEBIRC password"
BUSY = "Too many WEBIRC passwords are being checked; try again later"

_WHY_NOT = {Verdict.WRONG: WRONG, Verdict.TOO_OFTEN: BUSY}


class GatewayDoor(IntroducedDoor):
    """Reads the line, and has the password checked."""

    __slots__ = ()

    @property
    def is_under_way(self) -> bool:
        """While the password is checked."""
        return self.connection.paused or super().is_under_way

    def look(self) -> None:
        """Read the first line. The bytes after it are for the next door."""
        line, end, rest = self.head.partition(b"\n")
        if len(line) > LONGEST:
            self.leave("WEBIRC: the line is too long")
        elif end:
            self.head = rest
            self._read(line)

    def _read(self, line: bytes) -> None:
        host = self.session.host
        if not self.host.gateways.is_listed(host):
            self.leave(UNLISTED)
            return
        if why := why_no_secret(self.host.facts, self.session):
            self.leave(f"WEBIRC: {why}")
            return
        try:
            message = decode(line.rstrip(b"\r"), max_body=LONGEST)
            said = read_introduction(message or Message(COMMAND))
            address = written_host(said.address)
        except (ProtocolError, BadIntroduction, ValueError) as error:
            self.leave(f"WEBIRC: {error}")
            return
        self.connection.pause()
        self.host.gateways.verify(
            host, said.password, lambda verdict: self._decide(verdict, said, address)
        )

    def _decide(self, verdict: Verdict, said: Introduction, address: str) -> None:
        if self.session.closing:
            return
        self.connection.resume()
        if verdict is not Verdict.DONE:
            self.leave(_WHY_NOT[verdict])
            return
        gateway = self.session.transport
        secure = said.secure and gateway.secure
        self.arrival = f"has connected through the gateway {visible(said.gateway)[:50]}"
        # not with the fingerprint, which is that of the gateway's own certificate
        transport = Transport(True, gateway.tls) if secure else CLEAR
        if why := self.host.relocate(self.session, address, transport):
            self.leave(why)
            return
        self.leave_to_next(self.head)

    def farewell(self, reason: str) -> bytes:
        """ERROR: a gateway reads it, and shows it to the person (the specification, "Format")."""
        return encode(Message("ERROR", (reason,)))
