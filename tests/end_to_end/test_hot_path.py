"""What a message costs in system calls, a count that no machine changes. Time is not asked.

A delivery costs little as long as a tick makes one `send` for each member, whatever was said in it,
and little else. server/test_hot_path.py counts what needs no real process.
"""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from harness import Client, Server

MEMBERS, BURST, STEPS = 20, 10, 10

OTHER_CALLS = 16
"""In a tick besides the sends: waiting, a read, and the commit (SQLite 3.40: 12 together)."""

UPKEEP_CALLS = 40
"""In all, for a look at the history's file and the workers' wake-ups, which come by the clock."""


needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


class Trace:
    """What `strace` notes of the server's main thread."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.seen = 0

    def calls(self) -> Counter[str]:
        """The system calls since the last time this was asked."""
        text = self.file.read_text()
        new, self.seen = text[self.seen :], len(text)
        return Counter(re.findall(r"^(\w+)\(", new, re.MULTILINE))


def step(members: list[Client], number: int) -> None:
    """The first says BURST lines at once, and all others have heard them."""
    members[0].send(*(f"PRIVMSG #room :{number}.{line}" for line in range(BURST)))
    for member in members[1:]:
        member.wait("PRIVMSG", "#room", f"{number}.{BURST - 1}")


def calls_of_a_talk(directory: Path, io_uring: str) -> Counter[str]:
    """What a server does while STEPS bursts are heard."""
    file = directory / "trace"
    strace = ("strace", "-D", "-s", "0", "-o", str(file))
    environment = {"CHATROOM_SYSTEM_IO_URING": io_uring}
    with Server(directory / "server", prefix=strace, environment=environment) as server:
        members = [server.join(f"m{number}", "#room") for number in range(MEMBERS)]
        for member in members:
            member.ask()
        trace = Trace(file)
        trace.calls()
        for number in range(STEPS):
            step(members, number)
        calls = trace.calls()
        server.end_well()
    others = calls.total() - calls["sendto"] - calls["io_uring_enter"]
    assert others <= 2 * STEPS * OTHER_CALLS + UPKEEP_CALLS, calls
    return calls


@needs_strace
def test_a_tick_makes_one_send_for_each_member(tmp_path: Path) -> None:
    """And few other system calls, however many messages it heard and however many hear them."""
    calls = calls_of_a_talk(tmp_path, io_uring="no")
    assert calls["sendto"] <= 2 * STEPS * (MEMBERS - 1)  # a slow machine takes a burst in two ticks
    assert not calls["io_uring_enter"]


@needs_strace
@pytest.mark.usefixtures("ring")
def test_with_io_uring_it_makes_one_for_all(tmp_path: Path) -> None:
    """Two where the queue's end lies between."""
    calls = calls_of_a_talk(tmp_path, io_uring="yes")
    assert 0 < calls["io_uring_enter"] <= 4 * STEPS
    assert not calls["sendto"]


class Syncs:
    """The calls of the server's threads that wait for the disk, as `strace -ff` notes them."""

    def __init__(self, directory: Path, durability: str) -> None:
        self.trace = directory / "trace"
        strace = ("strace", "-D", "-ff", "-e", "trace=fsync,fdatasync,msync", "-o", str(self.trace))
        environment = {"CHATROOM_HISTORY_DURABILITY": durability}
        self.server = Server(directory / "server", prefix=strace, environment=environment)

    def count(self) -> tuple[int, int]:
        """Those of the main thread, and those of all others."""
        calls = {
            file.name: len(re.findall(r"sync\(", file.read_text()))
            for file in self.trace.parent.glob("trace.*")
        }
        main = calls[f"trace.{self.server.process.pid}"]
        return main, sum(calls.values()) - main


SYNCS_OF_A_CHECKPOINT = 3
"""The log's, the database's, and that of the log's new header."""

CHECKPOINTS = 3


@needs_strace
@pytest.mark.parametrize(("durability", "each"), [("process", 0), ("power", 1)])
def test_the_loop_waits_for_the_disk_only_where_it_was_asked_to(
    tmp_path: Path, durability: str, each: int
) -> None:
    """With "power" once in each commit; not when the log begins anew, which a worker sees to."""
    syncs = Syncs(tmp_path, durability)
    with syncs.server as server:
        alice = server.join("alice", "#room")
        before, others = syncs.count()
        said = 0
        while syncs.count()[1] < others + CHECKPOINTS * SYNCS_OF_A_CHECKPOINT:
            for _ in range(25):
                alice.ask("PRIVMSG #room :hello")
                said += 1
        assert syncs.count()[0] - before == said * each
        server.end_well()
