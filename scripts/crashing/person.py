"""A connection of somebody who may log in, for `owners.py`."""

import base64
import random
import re
import socket
import sys
from typing import NamedTuple

from crashing.ledger import Key, Ledger

PATIENCE = 20.0
CAPABILITIES = "sasl message-tags echo-message batch server-time"
"""Not draft/chathistory: with it a client is not told what has waited, but asks."""

CALM = "PING calm"


class Step(NamedTuple):
    """A line, what it asks for, and what in a line of the server says that it was done."""

    line: str
    key: Key
    value: object
    done: str


class Person:
    """A connection that may log in to an account."""

    def __init__(self, port: int, nick: str, password: str = "", capabilities: str = "") -> None:
        self.nick = nick
        self.sent = 0  # sys.maxsize once it is dead
        self.logged_in = False
        self.lines: list[str] = []
        self._rest = b""
        self.sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.sock.settimeout(PATIENCE)
        self.send(f"CAP REQ :{CAPABILITIES} {capabilities}", f"NICK {nick}")
        if password:
            plain = base64.b64encode(f"\0{nick}\0{password}".encode()).decode()
            self.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain}")
            self.logged_in = any(" 903 " in line for line in self.wait_for(r" 90[34] "))
        self.send(f"USER {nick} 0 * :{nick}", "CAP END")

    def send(self, *lines: str) -> None:
        """Each of these lines."""
        self.sock.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def ask(self, *lines: str) -> list[str]:
        """All lines up to the end of the answer to these."""
        self.send(*lines, CALM)
        return self.wait_for(r" PONG \S+ :?calm$")

    def wait_for(self, pattern: str) -> list[str]:
        """The lines that have come up to one with that pattern."""
        begin = 0
        while not any(re.search(pattern, line) for line in self.lines[begin:]):
            begin = len(self.lines)
            if not self._receive():
                raise RuntimeError(f"the server closed the connection of {self.nick}")
        lines, self.lines = self.lines, []
        return lines

    def _receive(self) -> bool:
        data = self.sock.recv(1 << 16)
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        self.lines += [line.decode() for line in lines]
        return bool(data)

    def read(self) -> bool:
        """Take in what has come; False at the end of the connection."""
        try:
            alive = self._receive()
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False
        lines, self.lines = self.lines, []
        for line in lines:
            self.heard(line)
        return alive

    def heard(self, line: str) -> None:
        """Something that the server says."""

    def write(self, life: int, rng: random.Random) -> None:
        """Perhaps ask for something."""

    def _ask_for(self, ledger: Ledger, step: Step) -> None:
        ledger.ask(step.key, step.value)
        try:
            self.send(step.line)
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            self.sent = sys.maxsize
