#!/usr/bin/env python3
"""Kill the server again and again, and see whether anything is gone that anybody was shown.

    scripts/crash.py --kills 200          some minutes
    scripts/crash.py --kills 5 --seed 7   the same clients, texts and moments again, more or less

Each life of the server has writers and readers in several rooms; all of them note what they
receive until the connection is dead. Others register accounts, change passwords, own rooms, hand
these over, rank and ban, and write in private (`crashing/owners.py`); somebody stays without a
connection, and renames rooms (`crashing/mover.py`); programs say things and upload files over HTTP
(`crashing/poster.py`). They note what they are told.
SIGKILL comes at a random moment, now and then while a worker empties the write-ahead log, and in
every third life a moment after a RENAME was sent. The next
life, on the same data, is asked with CHATHISTORY: every message that any client received must be
there, under its msgid, once, and in the order in which each client received it; and whatever the
others were told must be true. In the end all messages are compared with the database.

See it fail: give `--server` a script that starts a server which flushes before it commits.
tests/end_to_end/test_crash.py has one.
"""

import argparse
import random
import re
import selectors
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

from chatroom.store.database import DURABILITIES, HISTORY_FILE, connect
from chatroom.store.journal_recovery import recover
from chatroom.store.rows import COMMANDS
from chatroom.wire.message import MAX_SERVER_TAGS, decode
from crashing.ledger import Ledger
from crashing.mover import Mover, Movers
from crashing.owners import Owners
from crashing.person import Person
from crashing.poster import Poster, Posters

SERVER = Path(__file__).resolve().parent.parent / "chatroom_server.py"

ROOMS = ("#one", "#two", "#three", "#four")
WRITERS, READERS = 20, 8
ROOMS_EACH = 2
UNDER_WAY = 4
"""Messages of one writer that it has not seen come back."""

CALM = "PING calm"

CONFIG = """\
[limits]
flood_rate = 0
accounts_per_address = 0
[files]
keep_free = 0
quota = 0
total = 0
[accounts]
rounds = 1
[history]
durability = "{durability}"
"""
PATIENCE = 20.0
"""Seconds after which waiting for the server is a failure."""

SOON, LATE = (0.0, 0.3), (1.6, 0.8)
"""Seconds of silence before the talk, and the most of talk before the kill. Two seconds after the
start a worker begins to index and to empty the write-ahead log."""

_COMPLAINT = re.compile("Cannot|cannot|Unhandled|Traceback|lost")
"""Lines of the server's log that are shown: what it announces may be lost is lost with notice."""

ONE_IN = 8
"""So many kills are late ones."""

RENAMING_IN = 3
"""In so many lives, SIGKILL comes when a room is being renamed; or after the usual time, if no
RENAME was sent."""

RENAMING = 0.004
"""Seconds after RENAME within which that is."""

PAGE = 500


class Heard(NamedTuple):
    """A message as a client received it. The text is unlike any other."""

    room: str
    msgid: str
    text: str


Kept = Mapping[str, Sequence[Heard]]
"""The history of each room, in its order."""


@dataclass
class Tally:
    """What is counted; the last four are what must not be. `promises` are what people were told
    besides messages in rooms."""

    kills: int = 0
    received: int = 0
    kept: int = 0
    promises: int = 0
    missing: int = 0
    doubled: int = 0
    disordered: int = 0
    broken: int = 0

    def __iadd__(self, other: "Tally") -> "Tally":
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))
        return self

    @property
    def violations(self) -> int:
        """How many promises were broken."""
        return self.missing + self.doubled + self.disordered + self.broken


def compare(streams: Iterable[Sequence[Heard]], kept: Kept) -> Tally:
    """What clients received, each in its order, against what the history has."""
    tally = Tally(kept=sum(map(len, kept.values())))
    places: dict[Heard, int] = {}
    for history in kept.values():
        tally.doubled += sum(n - 1 for n in Counter(heard.text for heard in history).values())
        places |= {heard: place for place, heard in enumerate(history)}
    received: set[Heard] = set()
    for stream in streams:
        received.update(stream)
        last: dict[str, int] = defaultdict(lambda: -1)
        for heard in stream:
            if heard in places:
                tally.disordered += places[heard] <= last[heard.room]
                last[heard.room] = places[heard]
    tally.received = len(received)
    tally.missing = len(received - places.keys())
    return tally


class Server:
    """One life of the server, on a free port."""

    def __init__(self, program: Path, directory: Path, durability: str) -> None:
        config = directory / "chatroom.toml"
        config.write_text(CONFIG.format(durability=durability))
        options = ("-c", config, "--data", directory / "data", "--listen", "127.0.0.1:0")
        self.process = subprocess.Popen(
            [sys.executable, program, *map(str, options)], stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        self.port = 0
        said = []
        for line in self.process.stderr:
            said.append(line)
            if " is listening on " in line:
                self.port = int(line.split(" (")[0].rpartition(":")[2])
            if "Waiting for connections" in line:
                break
        else:
            raise RuntimeError(f"the server did not start:\n{''.join(said)}")
        self.complaints: list[str] = []
        self._drain = threading.Thread(target=self._listen, daemon=True)
        self._drain.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if _COMPLAINT.search(line):
                self.complaints.append(line)

    def end(self, number: signal.Signals) -> None:
        """Signal it, and wait for it."""
        self.process.send_signal(number)
        self.process.wait(PATIENCE)
        self._drain.join(PATIENCE)
        assert self.process.stderr is not None
        self.process.stderr.close()


class Client:
    """A connection that has joined its rooms, and collects all lines that it receives since.

    They are read when the server is dead: what we do meanwhile is time in which it idles.
    """

    def __init__(self, port: int, nick: str, rooms: Sequence[str]) -> None:
        self.nick, self.rooms = nick, rooms
        self.echoed = self.sent = 0
        self._mine = f" :{nick}!".encode()
        self._lines, self._rest = bytearray(), b""
        self.sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.sock.settimeout(PATIENCE)
        self.send("CAP REQ :message-tags echo-message batch draft/chathistory", f"NICK {nick}")
        self.send(f"USER {nick} 0 * :{nick}", "CAP END", *(f"JOIN {room}" for room in rooms))
        self.send(CALM)

    def send(self, *lines: str) -> None:
        """Each of these lines."""
        self.sock.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def wait_for_calm(self) -> None:
        """All that was asked up to a CALM is answered."""
        while b"PONG" not in self.take(self.sock.recv(1 << 16)):
            pass

    def read(self) -> bool:
        """Note what has come; False at the end of the connection."""
        try:
            data = self.sock.recv(1 << 16)
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False
        if data:
            self.take(data)
        return bool(data)

    def take(self, data: bytes) -> bytes:
        """The lines that are whole now. Raises RuntimeError for no data: the connection ended."""
        if not data:
            raise RuntimeError(f"the server closed the connection of {self.nick}")
        lines, end, self._rest = (self._rest + data).rpartition(b"\n")
        self._lines += lines + end
        self.echoed += lines.count(self._mine)
        return lines

    def heard(self) -> list[Heard]:
        """What was said in rooms since this was asked last."""
        lines, self._lines = self._lines.split(b"\r\n"), bytearray()
        messages = [m for line in lines if (m := decode(bytes(line), MAX_SERVER_TAGS))]
        return [
            Heard(m.params[0], m.tags["msgid"], m.params[1])
            for m in messages
            if m.command == "PRIVMSG"
        ]

    def write(self, life: int, rng: random.Random) -> None:
        """Say a few things, as long as not too many are under way."""
        lines = []
        for _ in range(min(rng.randint(0, 6), UNDER_WAY - (self.sent - self.echoed))):
            self.sent += 1
            room, padding = rng.choice(self.rooms), "x" * rng.choice((0, 20, 100))
            lines.append(f"PRIVMSG {room} :{life} {self.nick} {self.sent} {padding}")
        try:
            self.send(*lines)
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            self.sent = sys.maxsize  # it is dead, or as good as that: a line may be cut


@dataclass
class Witness:
    """What the history says, life after life. `kept` is all of it."""

    kept: dict[str, list[Heard]] = field(default_factory=lambda: {room: [] for room in ROOMS})

    def look(self, port: int) -> Kept:
        """What is new in the history of each room."""
        client = Client(port, "witness", ())
        client.wait_for_calm()
        news = {room: self._news(client, room) for room in ROOMS}
        client.sock.close()
        return news

    def _news(self, client: Client, room: str) -> list[Heard]:
        news: list[Heard] = []
        while True:
            kept = self.kept[room]
            since = f"msgid={kept[-1].msgid}" if kept else "timestamp=1970-01-01T00:00:00.000Z"
            client.send(f"CHATHISTORY AFTER {room} {since} {PAGE}", CALM)
            client.wait_for_calm()
            page = client.heard()
            if not page:
                return news
            kept += page
            news += page


def live(
    server: Server,
    life: int,
    rng: random.Random,
    others: Sequence[Person | Poster],
    mover: Mover,
) -> list[Client]:
    """Talk until the server is killed; the clients with all that they received."""
    clients = [
        Client(server.port, f"w{number}", rng.sample(ROOMS, ROOMS_EACH))
        for number in range(WRITERS)
    ]
    writers: list[Client | Person | Poster] = [*clients, *others, mover]
    clients += [Client(server.port, f"r{number}", ROOMS) for number in range(READERS)]
    silence, most = LATE if rng.randrange(ONE_IN) == 0 else SOON
    killer = threading.Timer(rng.uniform(0, most), server.process.kill)
    if life % RENAMING_IN == 0:
        silence, killer = 0.0, threading.Timer(1.0, server.process.kill)
        mover.on_renaming = threading.Timer(rng.uniform(0, RENAMING), server.process.kill).start
    with selectors.DefaultSelector() as selector:
        for client in clients:
            client.wait_for_calm()
            client.sock.setblocking(False)
            selector.register(client.sock, selectors.EVENT_READ, client)
        for other in (*others, mover):
            other.sock.setblocking(False)
            selector.register(other.sock, selectors.EVENT_READ, other)
        time.sleep(silence)
        killer.start()
        while selector.get_map():
            for key, _ in selector.select(0.001):
                if not key.data.read():
                    selector.unregister(key.fileobj)
                    key.data.sock.close()
                    key.data.sent = sys.maxsize
            for writer in writers:
                if writer.sent < sys.maxsize:
                    writer.write(life, rng)
    killer.join()
    return clients


def in_database(directory: Path) -> Kept:
    """All that was said, as the database has it. Raises RuntimeError when that is damaged."""
    found: dict[str, list[Heard]] = {room: [] for room in ROOMS}
    recover(directory / "data")
    with closing(connect(directory / "data" / HISTORY_FILE, readonly=True)) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise RuntimeError(f"the database is damaged: {verdict}")
        rows = connection.execute(
            "SELECT room.name, text FROM message JOIN room ON room.id = message.room"
            " WHERE command = ? ORDER BY at, message.id",
            (COMMANDS.index("PRIVMSG"),),
        )
        for room, text in rows:
            if room in found:  # others are private conversations
                found[room].append(Heard(room, "", text))
    return found


def nameless(kept: Kept) -> Kept:
    """The same without msgids, which the database does not spell out."""
    return {room: [Heard(room, "", one.text) for one in history] for room, history in kept.items()}


def show(tally: Tally) -> None:
    """A row of the table."""
    print("".join(f"{getattr(tally, one.name):>12,}" for one in fields(tally)), flush=True)


def crash(program: Path, directory: Path, kills: int, rng: random.Random, durability: str) -> Tally:
    """So many kills; prints the table as it grows."""
    total, witness, ledger = Tally(), Witness(), Ledger()
    owners, movers, posters = Owners(ledger), Movers(ledger), Posters(ledger, ROOMS)
    print("".join(f"{one.name:>12}" for one in fields(total)))
    server = Server(program, directory, durability)
    owners.begin(server.port)
    movers.begin(server.port)
    posters.begin(server.port)
    for life in range(1, kills + 1):
        others: list[Person | Poster] = [
            *owners.enter(server.port, life),
            *posters.enter(server.port),
        ]
        mover = movers.enter(server.port)
        clients = live(server, life, rng, others, mover)
        server.end(signal.SIGKILL)
        print("".join(server.complaints), end="")
        server = Server(program, directory, durability)
        total += compare([client.heard() for client in clients], witness.look(server.port))
        total.kills, total.promises = life, ledger.promises
        total.broken = len(ledger.broken)
        if life % max(1, kills // 10) == 0:
            show(total)
    owners.look(server.port)
    movers.enter(server.port).sock.close()
    for poster in posters.enter(server.port):
        poster.sock.close()
    witness.look(server.port)
    posters.look({one.text: one.msgid for kept in witness.kept.values() for one in kept})
    server.end(signal.SIGTERM)
    total.broken = len(ledger.broken)
    for sentence in ledger.broken:
        print(sentence)
    kept = nameless(witness.kept)
    final = compare(kept.values(), in_database(directory))
    total += Tally(missing=final.missing, doubled=final.doubled, disordered=final.disordered)
    return total


def parser() -> argparse.ArgumentParser:
    """What its arguments mean."""
    parser = argparse.ArgumentParser(description="Kill the server, and look for what is missing.")
    parser.add_argument("--kills", type=int, default=20, metavar="N")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32), metavar="S")
    parser.add_argument("--durability", choices=DURABILITIES, default="process")
    parser.add_argument("--server", type=Path, default=SERVER, metavar="FILE")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """0 when nothing was lost."""
    options = parser().parse_args(argv)
    print(f"seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="chatroom-crash-") as directory:
        try:
            tally = crash(
                options.server,
                Path(directory),
                options.kills,
                random.Random(options.seed),
                options.durability,
            )
        except (RuntimeError, OSError, sqlite3.Error) as error:
            print(f"crash.py: {error}", file=sys.stderr)
            return 1
    if tally.violations:
        print(f"{tally.violations} violations:")
        show(tally)
        return 1
    print("Nothing that anybody received is missing, doubled, or out of order, and all that they")
    print("were told of accounts, rooms, ranks, bans, private messages and files is true.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
