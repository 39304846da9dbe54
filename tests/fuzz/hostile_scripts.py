"""The client's subcommands `send`, `history`, `who`, `rooms` and `search`, from a server that says
anything and then hangs up.

They have a real connection. `hostile_server` has `tail`, the library and the terminal client.
"""

import io
import os
import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from importlib import import_module
from random import Random
from tempfile import TemporaryDirectory
from threading import Thread
from unittest.mock import patch

from chatroom.client.library.errors import ChatError
from chatroom.client.scripts.options import SUBCOMMANDS, parse
from fuzzing.client import FakeServer
from fuzzing.hostile import Hostile

WORDS = (
    ("send", "--to", "bob", "hello"),
    ("send", "--room", "general", "hello"),
    ("history", "general"),
    ("history", "--json", "general"),
    ("who", "general"),
    ("who", "--json", "general"),
    ("rooms",),
    ("search", "tea"),
)
ANSWERS = 10
"""After so many answers, to something or to silence, the server hangs up."""

SILENCE = 0.02
"""Seconds without a word from the client, which then waits for an answer."""

RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def once(random: Random) -> None:
    """One subcommand, against a server of its own."""
    words, seed = random.choice(WORDS), random.getrandbits(64)
    printed = io.StringIO()
    with socket.create_server(("127.0.0.1", 0)) as listener, TemporaryDirectory() as home:
        server = Thread(target=_serve, args=(listener, seed))
        server.start()
        try:
            with (
                patch.dict(os.environ, XDG_CONFIG_HOME=home, XDG_STATE_HOME=home),
                redirect_stdout(printed),
                redirect_stderr(printed),
            ):
                _run(words, listener.getsockname()[1])
        finally:
            server.join()
    raw = RAW.search(printed.getvalue())
    assert raw is None, f"{words} prints {raw}"


def _run(words: tuple[str, ...], port: int) -> None:
    """Raises all but the errors that the program tells in a sentence."""
    where = ("--server", f"127.0.0.1:{port}", "--nick", "alice")
    arguments = parse([words[0], *where, *words[1:]])
    module = import_module(f"chatroom.client.scripts.{SUBCOMMANDS[words[0]].module}")
    try:
        module.run(arguments)
    except ChatError as error:
        print(error)


def _serve(listener: socket.socket, seed: int) -> None:
    """Sensible answers, and hostile lines between them."""
    sensible, hostile = FakeServer(Random(f"{seed}/answers")), Hostile(Random(f"{seed}/lines"))
    wild = Random(seed)
    listener.settimeout(5)
    with suppress(OSError):  # the client is gone
        sock, _ = listener.accept()
        with sock:
            sock.settimeout(SILENCE)
            sent = b""
            for _ in range(ANSWERS):
                with suppress(TimeoutError):
                    if not (data := sock.recv(65536)):
                        return
                    sent += data
                whole, end, sent = sent.rpartition(b"\r\n")
                answers = [*_filled(sensible.answer(whole + end), hostile)]
                lines = (hostile.line() for _ in range(wild.choice((0, 0, 3, 20))))
                sock.sendall(b"".join([*answers, *lines]))


def _filled(answers: Iterable[bytes], hostile: Hostile) -> Iterator[bytes]:
    """The answers, with hostile rows before the end of each, which is where they are printed."""
    for answer in answers:
        end = re.match(r":s (?:BATCH -(\S+)|(366|315|323) )", answer.decode())
        for _ in range(3 if end else 0):
            assert end
            yield f"{_row(end[1], end[2], hostile)}\r\n".encode()
        yield answer


def _row(batch: str | None, code: str, hostile: Hostile) -> str:
    if batch is not None:
        return f"@batch={batch} :bob!b@h PRIVMSG #general :{hostile.text()}"
    name = hostile.text().replace(" ", "_")
    return {
        "366": f":s 353 alice = #general :bob @{name}",
        "315": f":s 352 alice #general u h s {name} H@ :0 {hostile.text()}",
        "323": f":s 322 alice #{name} 3 :{hostile.text()}",
    }[code]
