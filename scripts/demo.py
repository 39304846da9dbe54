#!/usr/bin/env python3
"""A scripted conversation: one server, four clients in terminals of their own, all of it checked.

`make demo` runs it. Each line that a terminal shows is printed as it comes, behind the name of its
owner. The exit status is 1, and the last line names what is missing, if anything is.
"""

import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pexpect

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 15
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[78]|\x1b\][^\a]*\a|[\r\a]")
ERASED = "\x1b[J"
"""What a client writes before a line: its input line stood there until now."""

TIME = r"\[\d\d:\d\d:\d\d\] "
DAY = r"--- \w+day, \d+ \w+ \d+ ---"


class Missing(Exception):
    """Something did not come; `str()` says what, and where it should have stood."""


class Printer:
    """Prints what one terminal shows, line by line; pexpect writes into it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._unfinished = ""

    def write(self, text: str) -> None:
        """Print the lines that are whole now, as they stand after all erasing."""
        *lines, self._unfinished = (self._unfinished + text).split("\n")
        for line in lines:
            shown = CONTROL.sub("", line.rpartition(ERASED)[2])
            if shown:
                print(f"{self._name:>7} | {shown}")

    def flush(self) -> None:
        """Everything whole has been printed; a line that is not stays."""
        sys.stdout.flush()


class Terminal:
    """A program in a terminal of its own, that keeps what it keeps in the directory `state`."""

    def __init__(self, name: str, state: str, program: str, *arguments: str) -> None:
        self.name = name
        self._child = pexpect.spawn(
            sys.executable,
            [str(ROOT / program), *arguments],
            env={
                **os.environ,
                "TERM": "xterm",
                "NO_COLOR": "1",
                "XDG_STATE_HOME": state,
                "XDG_CONFIG_HOME": state,
            },
            dimensions=(24, 120),
            encoding="utf-8",
            timeout=PATIENCE,
        )
        self._child.delaybeforesend = None
        self._child.logfile_read = Printer(name)

    def types(self, line: str) -> None:
        """A line and Enter."""
        self._child.sendline(line)

    def sees(self, pattern: str) -> str:
        """Wait for it; its first group, or all of it. Raises Missing."""
        try:
            self._child.expect(pattern)
        except (pexpect.TIMEOUT, pexpect.EOF):
            raise Missing(f"{self.name} never saw: {pattern}") from None
        match = self._child.match
        return str(match[1] if match.re.groups else match[0])

    def looks(self) -> None:
        """Show what there is by now."""
        self._child.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=0)

    def stops(self) -> None:
        """Ctrl-C, and what is still to be shown."""
        self._child.sendcontrol("c")
        self.ends()

    def ends(self) -> None:
        """The program ends by itself, without a complaint. Raises Missing."""
        try:
            self._child.expect(pexpect.EOF)
        except pexpect.TIMEOUT:
            raise Missing(f"{self.name} never came to an end") from None
        self._child.close()
        if self._child.exitstatus:
            raise Missing(f"{self.name} ended with status {self._child.exitstatus}, not 0")

    def close(self) -> None:
        """However it stands."""
        self._child.close(force=True)


class Step(NamedTuple):
    """Somebody types a line; then each of these sees a text that fits the pattern."""

    who: str
    line: str
    seen: dict[str, str]


SCRIPT: Sequence[Step] = (
    Step("alice", "", {"alice": "Choose a nickname: "}),
    Step("alice", "alice", {"alice": r"Connected to the server!\r[\s\S]*Choose a room"}),
    Step("alice", "", {"alice": "Welcome to room general!"}),
    Step("bob", "1", {"bob": "Choose a nickname: "}),
    Step("bob", "Alice", {"bob": r"already in use[\s\S]*Choose a nickname: "}),
    Step("bob", "bob", {"bob": r"Rooms: general \(1\)[\s\S]*Choose a room"}),
    Step("bob", "general", {"bob": "Here: alice", "alice": "-- bob joined general"}),
    Step("carol", "1", {"carol": "Choose a nickname: "}),
    Step("carol", "carol", {"carol": r"Rooms: general \(2\)[\s\S]*Choose a room"}),
    Step("carol", "", {"carol": "Here: ", "alice": "-- carol joined", "bob": "-- carol joined"}),
    Step(
        "alice",
        "hello everyone",
        {
            "alice": TIME + "<You> hello everyone",
            "bob": TIME + "<alice> hello everyone",
            "carol": TIME + "<alice> hello everyone",
        },
    ),
    Step(
        "bob",
        "schöne Grüße, 日本語 👋",
        {"bob": "<You> schöne Grüße, 日本語", "carol": "<bob> schöne Grüße, 日本語"},
    ),
    Step("carol", "/me waves", {"carol": r"\* carol waves", "alice": r"\* carol waves"}),
    Step(
        "carol",
        "/msg bob only for you",
        {"carol": "<You -> bob> only for you", "bob": "<carol -> You> only for you"},
    ),
    Step(
        "alice",
        "/topic Tea at five",
        {"alice": "You changed the topic", "carol": "alice changed the topic of general to: Tea"},
    ),
    Step("bob", "/jion games", {"bob": r"no command /jion; did you mean /join\?"}),
    Step("bob", "/join games", {"bob": "Welcome to room games!"}),
    Step(
        "bob",
        "/invite alice",
        {"bob": "You invited alice to games", "alice": "bob invites you to games: /join games"},
    ),
    Step("alice", "is bob gone?", {"bob": TIME + r"general <alice> is bob gone\?"}),
    Step("bob", "/leave", {"bob": "You are in general now"}),
    Step("alice", "/kick carol just for show", {"carol": "You were kicked from general by alice"}),
    Step("carol", "/quit bye", {}),
    Step("dave", "1", {"dave": "Choose a nickname: "}),
    Step("dave", "dave", {"dave": "Choose a room"}),
    Step(
        "dave",
        "",
        {
            "dave": rf"{DAY}[\s\S]*<alice> hello everyone[\s\S]*\* carol waves"
            r"[\s\S]*--- you are up to date ---",
            "alice": "-- dave joined general",
        },
    ),
    Step("dave", "/search gr* from:bob", {"dave": "general <bob> schöne Grüße"}),
    Step("dave", "exit", {}),
    Step("bob", "exit", {"alice": "-- bob left"}),
    Step("alice", "exit", {}),
)


def play(people: dict[str, Terminal]) -> None:
    """The whole conversation. Raises Missing."""
    for person in people.values():
        person.sees("Choose a server")
    for step in SCRIPT:
        people[step.who].types(step.line)
        for name, pattern in step.seen.items():
            people[name].sees(pattern)
        for person in people.values():
            person.looks()
    for person in people.values():
        person.ends()


def main() -> int:
    """Run the demo; 0 if everything was seen."""
    terminals: list[Terminal] = []
    with tempfile.TemporaryDirectory() as directory:
        listen = ("--listen", "127.0.0.1:0", "--data", directory)
        server = Terminal("server", directory, "chatroom_server.py", *listen)
        terminals.append(server)
        try:
            port = server.sees(r"listening on 127\.0\.0\.1:(\d+)")
            server.sees("Waiting for connections")
            hosts = Path(directory) / "hosts.csv"
            hosts.write_text(f"127.0.0.1,{port},Demo\n")
            config = Path(directory) / "chatroom" / "client.toml"
            config.parent.mkdir(exist_ok=True)
            config.write_text("offer = false\n")  # nothing of this is for next time
            people = {
                name: Terminal(name, directory, "chatroom_client.py", "--hosts", str(hosts))
                for name in ("alice", "bob", "carol", "dave")
            }
            terminals += people.values()
            play(people)
            server.stops()
        except Missing as missing:
            print(f"The demo failed: {missing}", file=sys.stderr)
            return 1
        finally:
            for terminal in terminals:
                terminal.close()
    print("The demo went as written: everyone saw what they should.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
