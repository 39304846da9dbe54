#!/usr/bin/env python3
"""How many calls and files one message passes: the figure for how deep the code is to be followed.

In the server from `recv` to `send`, in the client from `recv` to the screen, and from Enter to the
socket. Real processes, a real terminal; functions of ours alone are counted (`sys.setprofile`).
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LIB = ROOT / "lib" / "chatroom"
sys.path.insert(0, str(ROOT / "lib"))

PATIENCE = 20.0
MESSAGES = 12

Step = tuple[str, str]
"""A file below lib/chatroom, and the name of the function in it that is called."""


class Way(NamedTuple):
    """What is counted in a turn of the loop in which `via` is called: from the first call of
    `start` to the last one of `end`, or, if it is called again later in the turn, to the first one
    after `via` (`soon`). `end` is the beginning of a file's name, and a function, or "" for all."""

    start: Step
    via: Step
    end: Step
    soon: bool = False


WAYS = {
    "server, recv to send": Way(
        ("net/connection.py", "_receive"), ("chat/commands/messages.py", "post"), ("net/", "")
    ),
    "client, recv to screen": Way(
        ("net/connection.py", "_receive"),
        ("client/ui/display.py", "_said"),
        ("client/terminal/", ""),
    ),
    "client, Enter to socket": Way(
        ("client/terminal/stdin.py", "_read"),
        ("client/protocol/session.py", "say"),
        ("net/connection.py", "flush"),
        soon=True,
    ),
}


class Figure(NamedTuple):
    """What one message passed. `changes`: how often the next call was in another file."""

    calls: int
    files: int
    changes: int


def passed(way: Way, turn: list[Step]) -> list[Step]:
    """The calls by which a message went this way; none for a turn in which no such one passed."""
    if way.via not in turn or way.start not in turn:
        return []
    first, via = turn.index(way.start), turn.index(way.via)
    place, name = way.end
    ends = [
        via + number
        for number, (file, function) in enumerate(turn[via:])
        if file.startswith(place) and name in ("", function)
    ]
    return turn[first : (ends[0] if way.soon else ends[-1]) + 1]


def figure(steps: list[Step]) -> Figure:
    """The figures of a message that took these steps."""
    files = [file for file, _ in steps]
    changes = sum(one != other for one, other in pairwise(files))
    return Figure(len(files), len(set(files)), changes)


# In the process that is measured


def note_turns(owner: type, name: str, out: Path) -> None:
    """Have each turn of a loop, its method of that name, leave the ways of messages in a file."""
    turn: Callable[[object], None] = getattr(owner, name)
    steps: list[Step] = []

    def note(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(LIB)):
            steps.append((code.co_filename[len(str(LIB)) + 1 :], code.co_name))

    def noted(self: object) -> None:
        steps.clear()
        sys.setprofile(note)
        try:
            turn(self)
        finally:
            sys.setprofile(None)
        with out.open("a") as file:
            for which, way in WAYS.items():
                if found := passed(way, steps):
                    file.write(json.dumps([which, found]) + "\n")

    setattr(owner, name, noted)


def run_measured(which: str, out: Path, arguments: list[str]) -> int:
    """Run the server or the client, measured."""
    if which == "server":
        from chatroom.server import main as server_main
        from chatroom.server.server import Server

        note_turns(Server, "tick", out)
        return server_main.main(arguments)
    from chatroom.client import main as client_main
    from chatroom.client.app.loop import App

    note_turns(App, "_turn", out)
    return client_main.main(arguments)


# The conversation


def shortest_ways(directory: Path) -> dict[str, list[Step]]:
    """The steps of the message that took the fewest, of several: nothing else was due then."""
    out = directory / "figures"
    me = [sys.executable, str(Path(__file__).resolve())]
    environment = {**os.environ, "TERM": "xterm", "HOME": str(directory)}
    environment.pop("XDG_STATE_HOME", None)
    environment.pop("XDG_CONFIG_HOME", None)
    place = f"unix:{directory / 'socket'}"
    server = subprocess.Popen(
        [*me, "server", str(out), "--listen", place, "--data", str(directory / "data")],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr
        next(line for line in server.stderr if "istening" in line)
        client = [*me, "client", str(out), place, "--nick", "alice", "--room", "general"]
        converse(client, environment, directory / "socket")
    finally:
        server.terminate()
        server.wait(PATIENCE)
    return fewest_steps(out)


def converse(client: list[str], environment: dict[str, str], path: Path) -> None:
    """Have alice, at the client, and bob, an IRC client at that socket, talk in turn."""
    import pexpect

    alice = pexpect.spawn(client[0], client[1:], env=environment, timeout=PATIENCE)
    alice.expect("/help lists")
    door = socket.socket(socket.AF_UNIX)
    door.connect(str(path))
    door.settimeout(PATIENCE)
    bob = door.makefile("rw", newline="\r\n")

    def say(*lines: str) -> None:
        bob.writelines(f"{line}\r\n" for line in lines)
        bob.flush()

    say("NICK bob", "USER bob 0 * :bob", "JOIN #general")
    alice.expect("bob")
    for number in range(MESSAGES):
        for which in "one", "two":  # what the server still answers comes with the first
            say(f"PRIVMSG #general :in {number} {which}")
            alice.expect(f"in {number} {which}")
        alice.send(f"out {number}")
        alice.expect(f"out {number}")
        alice.send("\r")
        next(line for line in bob if f"out {number}" in line)
    alice.sendline("/quit")
    alice.expect(pexpect.EOF)


def fewest_steps(out: Path) -> dict[str, list[Step]]:
    """The steps, of those in the file, with the fewest calls for each way."""
    found: dict[str, list[Step]] = {}
    for line in out.read_text().splitlines():
        which, listed = json.loads(line)
        steps: list[Step] = [(file, function) for file, function in listed]
        found[which] = min(steps, found.get(which, steps), key=_order)
    return found


def _order(steps: list[Step]) -> tuple[int, Figure]:
    return figure(steps).files, figure(steps)


def main() -> int:
    """Print a row for each way."""
    if len(sys.argv) > 2:
        return run_measured(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
    with tempfile.TemporaryDirectory() as directory:
        for which, steps in shortest_ways(Path(directory)).items():
            found = figure(steps)
            print(f"{which:<24} {found.calls:>4} calls {found.files:>3} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
