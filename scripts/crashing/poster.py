"""Programs that say things and upload files over HTTP, for `crash.py`.

Each has one request under way. Whoever has no answer when the server is killed asks the next life
of the server again, with the same Idempotency-Key: what was said is in the history once, whether
the first answer came or not, and an address that was handed out finds the whole file.
"""

import hashlib
import json
import random
import re
import socket
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from crashing.ledger import Ledger
from crashing.person import PATIENCE, Person

NAME, PASSWORD = "poster", "pass-poster"
POSTERS = 3
LARGEST = 300_000
"""Bytes of a file."""

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_TOKEN = re.compile(r"chatroom_\S{43}")


class Asked(NamedTuple):
    """A request, and what it says: texts, each a message of its own; or the contents of a file."""

    data: bytes
    texts: tuple[str, ...] = ()
    contents: bytes = b""


class Answer(NamedTuple):
    """Status, head and body of an answer."""

    status: int
    head: bytes
    body: bytes


class Poster:
    """A connection of a program. `under_way` is the request that has no answer, `last` the last one
    that said something and was answered."""

    def __init__(self, port: int, token: str, posters: "Posters") -> None:
        self.sent = 0  # sys.maxsize once it is dead
        self.under_way: Asked | None = None
        self.last: Asked | None = None
        self._token, self._posters = token, posters
        self._got = b""
        self.sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.sock.settimeout(PATIENCE)

    def ask(self, asked: Asked) -> Answer:
        """Send a request, and wait for its answer."""
        self.sock.sendall(asked.data)
        while (answer := self._answer()) is None:
            data = self.sock.recv(1 << 16)
            if not data:
                raise RuntimeError("the server closed the connection of a program")
            self._got += data
        return answer

    def write(self, life: int, rng: random.Random) -> None:
        """Ask for something, if nothing is under way."""
        if self.under_way is not None or self.sent == sys.maxsize:
            return
        self.under_way = self._posters.something(rng, self._token)
        try:
            self.sock.sendall(self.under_way.data)
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            self.sent = sys.maxsize

    def read(self) -> bool:
        """Note an answer; False at the end of the connection."""
        try:
            data = self.sock.recv(1 << 16)
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False
        self._got += data
        if (answer := self._answer()) is not None:
            asked, self.under_way = self.under_way, None
            assert asked is not None
            self._posters.answered(asked, answer)
            if asked.texts and answer.status == 201:
                self.last = asked
        return bool(data)

    def _answer(self) -> Answer | None:
        head, end, rest = self._got.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n")
        size = int(length[1]) if length else 0
        if not end or len(rest) < size:
            return None
        self._got = rest[size:]
        return Answer(int(head.split()[1]), head, rest[:size])


class Posters:
    """All of them, life after life. `rooms` are those in which they say something."""

    def __init__(self, ledger: Ledger, rooms: Sequence[str]) -> None:
        self.ledger = ledger
        self._rooms = rooms
        self._token = ""
        self._count = 0
        self._now: list[Poster] = []
        self._said: dict[str, str] = {}  # text -> msgid, of what was answered by 201
        self._files: dict[str, str] = {}  # path -> SHA-256

    def begin(self, port: int) -> None:
        """Has an account and a token."""
        person = Person(port, NAME)
        person.send(f"REGISTER * * {PASSWORD}")
        person.wait_for("REGISTER SUCCESS")
        person.send("PRIVMSG NickServ :TOKEN CREATE crash")
        (line,) = (line for line in person.wait_for(_TOKEN.pattern) if _TOKEN.search(line))
        self._token = _TOKEN.findall(line)[0]
        person.sock.close()

    def enter(self, port: int) -> list[Poster]:
        """Come back: ask again for what has no answer, and for what was answered last, as if the
        answer had been lost; and look for the files."""
        before, self._now = self._now, [Poster(port, self._token, self) for _ in range(POSTERS)]
        for each in self._now:  # whoever says nothing at first is greeted as a person
            each.ask(self._request("GET", "/session", self._token, b""))
        first = self._now[0]
        for asked in [asked for each in before for asked in (each.under_way, each.last) if asked]:
            self.answered(asked, first.ask(asked))
        for path, digest in self._files.items():
            answer = first.ask(self._request("GET", path, self._token, b""))
            if answer.status != 200 or hashlib.sha256(answer.body).hexdigest() != digest:
                self.ledger.broken.append(f"{path} was handed out, and is {answer.status} now")
        self._files.clear()
        return self._now

    def something(self, rng: random.Random, token: str) -> Asked:
        """A text, a few texts, or a file."""
        self._count += 1
        kind = rng.randrange(5)
        if not kind:
            contents = rng.randbytes(rng.randrange(1, LARGEST))
            return self._request("POST", "/files", token, contents, contents=contents)
        texts = tuple(f"post {self._count} {part}" for part in range(1 if kind > 1 else 4))
        values = {"text": "\n".join(texts), "format": "action"}
        path = f"/rooms/{rng.choice(self._rooms)[1:]}"
        more = {"Content-Type": "application/json", "Idempotency-Key": f"key{self._count}"}
        return self._request("POST", path, token, json.dumps(values).encode(), more, texts)

    @staticmethod
    def _request(
        method: str,
        path: str,
        token: str,
        body: bytes,
        more: Mapping[str, str] | None = None,
        texts: tuple[str, ...] = (),
        contents: bytes = b"",
    ) -> Asked:
        headers = {"Host": "localhost", "Authorization": f"Bearer {token}", **(more or {})}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {headers[name]}" for name in headers)]
        head = "\r\n".join((*lines, f"Content-Length: {len(body)}", "", ""))
        return Asked(head.encode() + body, texts, contents)

    def answered(self, asked: Asked, answer: Answer) -> None:
        """Note what was promised. A room may be gone after a restart (404), but not what was said
        there."""
        if answer.status == 404 and asked.texts and asked.texts[0] not in self._said:
            return
        if answer.status != 201:
            self.ledger.broken.append(f"a program was answered {answer.status} {answer.body!r}")
        elif asked.texts:
            values = json.loads(answer.body)
            msgids = values.get("msgids", [values["msgid"]])
            for text, msgid in zip(asked.texts, msgids, strict=True):
                if self._said.setdefault(text, msgid) != msgid:
                    self.ledger.broken.append(f"{text!r} was said twice")
            self.ledger.promises += len(msgids)
        else:
            (place,) = re.findall(r"/files/\S+", answer.body.decode())
            self._files[place] = hashlib.sha256(asked.contents).hexdigest()
            self.ledger.promises += 1

    def look(self, heard: Mapping[str, str]) -> None:
        """Compare with all that the history has, text -> msgid."""
        for text, msgid in self._said.items():
            found = heard.get(f"\1ACTION {text}\1")
            if found != msgid:
                self.ledger.broken.append(f"{text!r} was said as {msgid}, and is {found} now")
