"""A real server process, and connections to it that measure how long an answer takes."""

import re
import selectors
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0

CONFIG = """
[limits]
flood_rate = 0
rooms_per_user = 1000
per_address = 0
"""


class Service:
    """`chatroom_server.py` on a free port, with this data directory."""

    def __init__(self, data: Path) -> None:
        config = data / "chatroom.toml"
        config.write_text(CONFIG)
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "chatroom_server.py"), "-c", str(config),
             "--data", str(data), "--listen", "127.0.0.1:0"],
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self.port = self._read_port()

    def cpu(self) -> float:
        """Seconds of CPU that the loop's thread has used, once it sleeps. Linux only.

        What other processes do meanwhile is not in it, nor what the server's workers do.
        """
        thread = Path(f"/proc/{self._process.pid}/task/{self._process.pid}")
        while (thread / "stat").read_text().rpartition(")")[2].split()[0] != "S":
            pass
        return int((thread / "schedstat").read_text().split()[0]) / 1e9

    def cost(self, link: "Link", text: str, end: re.Pattern[bytes]) -> float:
        """Seconds of the loop's CPU for something asked."""
        before = self.cpu()
        link.ask(text, end)
        return self.cpu() - before

    def _read_port(self) -> int:
        assert self._process.stderr is not None
        port = 0
        for line in self._process.stderr:
            if found := re.search(r"listening on \S*:(\d+)", line):
                port = int(found[1])
            if "Waiting for connections" in line:
                return port
        raise SystemExit("The server did not start.")

    def join(self, nick: str, capabilities: str = "") -> "Link":
        """A connection that is registered."""
        link = Link(socket.create_connection(("127.0.0.1", self.port), PATIENCE))
        asking = f"CAP REQ :{capabilities}\r\nCAP END\r\n" if capabilities else ""
        link.ask(f"{asking}NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n", re.compile(rb" (376|422) "))
        return link

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate(timeout=PATIENCE)


PING = "PING barrier\r\n"
PONG = re.compile(rb"PONG \S+ :?barrier\r\n$")


class Link:
    """One connection. Times are seconds."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def send(self, text: str) -> None:
        """One or more whole lines, in one go."""
        self._received = b""
        self.sock.sendall(text.encode())

    def receive(self, end: re.Pattern[bytes]) -> bool:
        """Take what has come; whether the answer has come to its end."""
        data = self.sock.recv(1 << 20)
        if not data:
            raise SystemExit("The server closed the connection.")
        self._received += data
        return end.search(self._received[-300:]) is not None

    def ask(self, text: str, end: re.Pattern[bytes] = PONG) -> float:
        """How long it takes until an answer that ends so has come."""
        begin = time.perf_counter()
        self.send(text)
        while not self.receive(end):
            pass
        return time.perf_counter() - begin

    def ping(self) -> float:
        """The round trip of a PING with nothing before it."""
        return self.ask(PING)

    def close(self) -> None:
        """Hang up."""
        self.sock.close()


def pings_during(asker: Link, question: str, end: re.Pattern[bytes], pinger: Link) -> list[float]:
    """Round trips of PINGs on one connection while a question is answered on another.

    One thread does both, so that it is the server that is measured.
    """
    times: list[float] = []
    with selectors.DefaultSelector() as selector:
        selector.register(asker.sock, selectors.EVENT_READ)
        asker.send(question)
        answered = False
        while not answered:
            times.append(pinger.ping())
            answered = bool(selector.select(0)) and asker.receive(end)
    return times
