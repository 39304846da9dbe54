"""One kind of line without end: what would fill a client's memory if nothing bounded it.

Each row is a function that makes the line of a number. All follow a welcome into #general, whose
history is asked for and never comes, except where that would hold back what they are about.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

CAPABILITIES = (
    "batch draft/chathistory draft/message-redaction draft/multiline echo-message labeled-response"
    " message-tags multi-prefix server-time soju.im/search standard-replies"
)
WELCOME = (
    f":s CAP * LS :{CAPABILITIES}",
    f":s CAP * ACK :{CAPABILITIES}",
    ":s 001 alice :Welcome",
    ":s 005 alice CHANTYPES=#& CHATHISTORY=50 PREFIX=(ov)@+ CASEMAPPING=ascii :are supported",
    ":s 422 alice :no MOTD",
    ":alice!a@h JOIN #general",
    ":s 353 alice = #general :alice bob",
    ":s 366 alice #general :End",
)
NO_PAST = (":s BATCH +p chathistory #general", ":s BATCH -p")
"""The page that was asked for, so that nothing waits for it."""

_TIME = "time=2026-11-20T12:00:00.000Z"
_LONG = "x" * 400
_CODES = "\x02a" * 4000
_LINKS = "\x1b]8;;http://a\x07" * 800

Line = Callable[[int], str]

WAITING: dict[str, Line] = {
    "unanswered_history": lambda n: f"@msgid=m{n};{_TIME} :bob!b@h PRIVMSG #general :{n} {_LONG}",
    "unanswered_history_elsewhere": lambda n: f"@msgid=m{n} :bob!b@h PRIVMSG #r{n} :{_LONG}",
}
"""Those in which the page never comes."""

STREAMS: dict[str, Line] = {
    **WAITING,
    "open_batches": lambda n: f":s BATCH +{n} chathistory #general",
    "grouping_batches": lambda n: f":s BATCH +{n} netsplit {_LONG[:100]} b",
    "nested_batches": lambda n: f"@batch={n} :s BATCH +{n + 1} chathistory #general",
    "endless_batch": lambda n: (
        f"@batch=r;msgid=m{n};{_TIME} :bob!b@h PRIVMSG #general :{n}"
        if n
        else ":s BATCH +r chathistory #general"
    ),
    "endless_multiline": lambda n: (
        f"@batch=r;draft/multiline-concat :bob!b@h PRIVMSG #general :{_LONG}"
        if n
        else ":s BATCH +r draft/multiline #general"
    ),
    "cap_new": lambda n: f":s CAP alice NEW :x{n}={_LONG} draft/multiline=max-bytes={n}",
    "isupport": lambda n: f":s 005 alice T{n}={_LONG} U{n} :are supported",
    "names": lambda n: f":s 353 alice = #general :{' '.join(f'n{n}-{i}' for i in range(40))}",
    "names_elsewhere": lambda n: f":s 353 alice = #r{n} :a b c",
    "joins": lambda n: f":n{n}!u@h JOIN #general",
    "own_joins": lambda n: f":alice!a@h JOIN #r{n}",
    "own_joins_and_parts": lambda n: (
        f":alice!a@h JOIN #r{n // 3}",
        f":s 366 alice #r{n // 3} :End",
        f":alice!a@h PART #r{n // 3}",
    )[n % 3],
    "list": lambda n: f":s 322 alice #r{n} 5 :{_LONG}",
    "who": lambda n: f":s 352 alice #general u h{n} s n{n} H@ :0 {_LONG}",
    "whois": lambda n: f":s 311 alice n{n} u h * :{_LONG}",
    "whois_lines": lambda n: f":s {'311' if not n else '320'} alice bob :{n} {_LONG}",
    "private_talks": lambda n: f"@msgid=m{n};{_TIME} :n{n}!u@h PRIVMSG alice :{_LONG * 9}",
    "messages": lambda n: f"@msgid={n:0200};{_TIME} :bob!b@h PRIVMSG #general :{n}",
    "messages_elsewhere": lambda n: f"@msgid=m{n};{_TIME} :bob!b@h PRIVMSG #r{n} :{n}",
    "unnamed_messages": lambda n: f"@{_TIME} :bob!b@h PRIVMSG #general :{n} {_LONG * 20}",
    "wide_messages": lambda n: f":bob!b@h PRIVMSG #general :{n} {'漢' * 2000}",
    "codes": lambda n: f":bob!b@h PRIVMSG #general :{_CODES}",
    "links": lambda n: f":bob!b@h PRIVMSG #general :{_LINKS}",
    "folded_names": lambda n: f":é{n}!u@h PRIVMSG #general :é{n} {_LONG}",
    "tags": lambda n: (
        f"@{';'.join(f'+t{i}=' + _LONG[:70] for i in range(100))} :b!b@h TAGMSG #general"
    ),
    "keys": lambda n: f":bob!b@h MODE #r{n} +k {_LONG[:190]}",
    "typing": lambda n: f"@+typing=active :n{n}!u@h TAGMSG #general",
    "pings": lambda n: f"PING :{n}",
    "renames": lambda n: f":n{n}!u@h NICK n{n + 1}",
    "own_renames": lambda n: f":alice{n or ''}!a@h NICK alice{n + 1}",
    "acknowledgements": lambda n: f"@label=said-{n};msgid=m{n} :s ACK",
    "pages_unasked": lambda n: (
        ":s BATCH +r chathistory #general",
        f"@batch=r;msgid=m{n};{_TIME} :bob!b@h PRIVMSG #general :{n} {_LONG}",
        ":s BATCH -r",
    )[n % 3],
    "unreadable": lambda n: ":x",
    "numerics": lambda n: f":s {n % 1000:03} alice a b c :{_LONG}",
}
"""Name -> the line of a number. `endless_line` and `endless_welcome` are made below."""


def stream(name: str, size: int) -> Iterator[bytes]:
    """About `size` bytes of it, in pieces as a socket gives them, with what comes before."""
    past = () if name in WAITING else NO_PAST
    before = WELCOME[:2] if name == "endless_welcome" else (*WELCOME, *past)
    yield "".join(f"{line}\r\n" for line in before).encode()
    sent = number = 0
    while sent < size:
        piece = bytearray()
        while len(piece) < PIECE:
            piece += _line(name, number)
            number += 1
        yield bytes(piece)
        sent += len(piece)


PIECE = 16_000


def _line(name: str, number: int) -> bytes:
    if name == "endless_line":
        return b"x" * PIECE
    if name == "endless_welcome":
        return f":s 372 alice :- {number} {_LONG}\r\n".encode()
    return f"{STREAMS[name](number)}\r\n".encode()


NAMES = (*STREAMS, "endless_line", "endless_welcome")


def peak() -> int:
    """The most bytes that this process ever had in memory."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024


_MEASURE = """
from random import Random
from fuzzing import client, streams

class Fixed(Random):
    def random(self):
        return 0.6
    def choice(self, sequence):
        return sequence[-1]

make = {
    "terminal": lambda: client.ChatTarget(True, Fixed()),
    "pipe": lambda: client.ChatTarget(False, Fixed()),
    "library": lambda: client.LibraryTarget(Fixed()),
}
target = make[%r]()
for piece in streams.stream(%r, %d):
    target.hear(piece)
    target.sent()
    target.shown()
print(streams.peak())
"""


def measured(kind: str, name: str, size: int) -> int:
    """The most memory, in bytes, that a client of that kind had for so many bytes of a stream.

    It is a process of its own. `kind` is terminal, pipe, or library, whose events nobody takes.
    """
    scripts = Path(__file__).resolve().parent.parent
    paths = os.pathsep.join((str(scripts), str(scripts.parent / "lib")))
    environment = {**os.environ, "PYTHONPATH": paths}
    command = [sys.executable, "-c", _MEASURE % (kind, name, size)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout)
