"""The servers that are measured side by side: ours, other people's, and the floor below them all.

Each is a process on a free port, with flood control off and without name look-ups, that ends with
the benchmark: started without a daemon's fork, and stopped by its number.
"""

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from benchmarks.crowd import Crowd, Shape
from benchmarks.machine import Account, on_the_servers_core
from benchmarks.tongues import BARE, IRC, RELAYED, Tongue, relayed_bytes
from chatroom.server import upkeep

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
POLL = 0.02
"""Seconds between looks at a server that starts."""

UPKEEP = upkeep.UPKEEP + 0.2
"""Seconds within which our server indexes many messages and makes checkpoints; 0: do not wait for
that. What it does about the last few is not waited for: they are fewer than upkeep.MANY."""

UPKEEP_DONE = 0.03
"""Seconds of CPU in that time which mean that nothing of it is left."""

_BARE = Path(__file__).with_name("bare.py")
_SYSTEM_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"

CHATROOM = """\
[limits]
flood_rate = 0
per_address = 0
"""

NGIRCD = """\
[Global]
Name = irc.example.org
Info = Another server
Listen = 127.0.0.1
Ports = {port}
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 20
MaxPenaltyTime = 0
PingTimeout = 3600
PongTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
"""

INSPIRCD = """\
<server name="irc.example.org" description="Another server" network="Example">
<admin name="Nobody" nick="nobody" email="nobody@example.org">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect allow="*" resolvehostnames="no" useident="no" useconnectban="no" useconnflood="no"
  fakelag="no" threshold="1000000" commandrate="100000000" localmax="100000" globalmax="100000"
  limit="100000" maxchans="1000" pingfreq="1h" timeout="120" recvq="1M" softsendq="64M"
  hardsendq="64M">
<performance softlimit="100000" somaxconn="4096" clonesonconnect="no">
<pid file="{directory}/pid">
"""


class Server:
    """A process that listens. `rest` waits until it has done what it put off."""

    name: ClassVar[str]
    backlog: ClassVar[int] = 100
    """Connections that may wait to be taken in."""

    def __init__(self, directory: Path, name: str = "") -> None:
        self.label = name or self.name
        self.directory = directory
        self.port = 0
        directory.mkdir(parents=True, exist_ok=True)
        with (directory / "output").open("wb") as output, on_the_servers_core():
            self._process = subprocess.Popen(self.command(), stdout=output, stderr=output)
        self.account = Account(self._process.pid)
        try:
            self._await_port()
        except BaseException:
            self.stop()
            raise

    def command(self) -> Sequence[str]:
        """How it is started."""
        raise NotImplementedError

    def rest(self) -> None:
        """Most do everything at once."""

    def visitors(self, tongue: Tongue = IRC, capabilities: Sequence[str] = ("",)) -> Crowd:
        """Nobody yet."""
        return Crowd(self.port, tongue, capabilities, self.backlog, self.account.await_sleep)

    def crowd(
        self, shape: Shape, tongue: Tongue = IRC, capabilities: Sequence[str] = ("",)
    ) -> Crowd:
        """Visitors who are in rooms of this shape."""
        crowd = self.visitors(tongue, capabilities).gather(shape.members * shape.rooms)
        return crowd.enter(shape.members, shape.rooms)

    def output(self) -> str:
        """What it has said about itself."""
        return (self.directory / "output").read_text(errors="replace")

    def _configure(self, text: str) -> str:
        """Its config file, with a port that is free."""
        with socket.create_server(("127.0.0.1", 0)) as sock:
            self.port = sock.getsockname()[1]
        file = self.directory / "conf"
        file.write_text(text.format(port=self.port, directory=self.directory))
        return str(file)

    def _await_port(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{self.label} did not start:\n{self.output()}")
            time.sleep(POLL)

    def _listens(self) -> bool:
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        """End it, politely at first."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.stop()


class Chatroom(Server):
    """This project's server, or another checkout of it."""

    name = "chatroom"

    def __init__(
        self,
        directory: Path,
        name: str = "",
        root: Path = ROOT,
        upkeep: float = UPKEEP,
        limits: str = "",
    ) -> None:
        self.root = root
        self.limits = limits
        self.upkeep = upkeep
        super().__init__(directory, name)

    def command(self) -> Sequence[str]:
        """History and all else as it is by default, but for some limits."""
        file = self.directory / "chatroom.toml"
        file.write_text(CHATROOM + self.limits)
        script = str(self.root / "chatroom_server.py")
        return [sys.executable, script, "-c", str(file), "--data", str(self.directory / "data"),
                "--listen", "127.0.0.1:0"]  # fmt: skip

    def rest(self) -> None:
        """A run pays for what the workers do about it later."""
        used = UPKEEP_DONE if self.upkeep else 0.0
        while used >= UPKEEP_DONE:
            before = self.account.cpu()
            time.sleep(self.upkeep)
            used = self.account.cpu() - before

    def _listens(self) -> bool:
        output = self.output()  # read once: the server may write both lines between two reads
        found = re.search(r"listening on \S*:(\d+)", output)
        self.port = int(found[1]) if found else 0
        return bool(found) and "Waiting for connections" in output


class NgIrcd(Server):
    """C, one thread, epoll."""

    name = "ngircd"
    backlog = 8  # it listens with 10

    def command(self) -> Sequence[str]:
        """In the foreground."""
        return [_find("ngircd"), "-n", "-f", self._configure(NGIRCD)]


class InspIrcd(Server):
    """C++, one thread, epoll."""

    name = "inspircd"
    text = INSPIRCD

    def command(self) -> Sequence[str]:
        """In the foreground."""
        arguments = ["--nofork", "--runasroot", "--config", self._configure(self.text)]
        return [_find("inspircd"), *arguments]


class InspIrcdOverTls(InspIrcd):
    """The same over TLS (GnuTLS), with a certificate and its key in one file of ours."""

    name = "inspircd over TLS"

    def __init__(self, directory: Path, certificate: Path) -> None:
        bind = 'type="clients">'
        profile = (
            '<module name="ssl_gnutls">\n<sslprofile name="ours" provider="gnutls"'
            f' certfile="{certificate}" keyfile="{certificate}">\n'
        )
        self.text = profile + INSPIRCD.replace(bind, 'type="clients" sslprofile="ours">')
        super().__init__(directory)


PEERS: dict[str, type[Server]] = {peer.name: peer for peer in (InspIrcd, NgIrcd)}


def installed(name: str) -> bool:
    """Whether this peer is on the machine."""
    return bool(_find(name))


def _find(name: str) -> str:
    return shutil.which(name) or shutil.which(name, path=_SYSTEM_PATH) or ""


class Floor(Server):
    """One bare `send` of the same bytes for each member and step: made for one shape."""

    name = "floor"

    def __init__(self, directory: Path, shape: Shape) -> None:
        self.shape = shape
        super().__init__(directory)

    def command(self) -> Sequence[str]:
        """Of bare.py."""
        shape = self.shape
        numbers = (shape.members, shape.senders, shape.burst, relayed_bytes("m00000"))
        return [sys.executable, str(_BARE), "fan-out", *map(str, numbers)]

    def crowd(
        self, shape: Shape, tongue: Tongue = BARE, capabilities: Sequence[str] = ("",)
    ) -> Crowd:
        """The sockets that it waits for."""
        return super().crowd(shape, tongue, capabilities)

    def _listens(self) -> bool:
        said = self.output()
        self.port = int(said) if said.endswith("\n") else 0
        return bool(self.port)


class Relay(Floor):
    """Between two."""

    name = "relay"

    def command(self) -> Sequence[str]:
        """Of bare.py."""
        return [sys.executable, str(_BARE), "relay"]

    def crowd(
        self, shape: Shape, tongue: Tongue = RELAYED, capabilities: Sequence[str] = ("",)
    ) -> Crowd:
        """One who speaks and one who listens."""
        return super().crowd(shape, tongue, capabilities)
