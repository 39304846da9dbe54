"""When the history cannot be written the chat goes on, and nobody is misled (docs/history.md).

With real troubles: a full file system, a limit on the size of files, a stranger's lock, files that
nobody may write any more. And with a database that cannot be read.
"""

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest

import warm
from harness import PATIENCE, ROOT, SERVER, Client, Server
from store.talk import ask, stranger

BACKLOG = 8
CONFIG = f"[limits]\nflood_rate = 0\n[history]\nbacklog = {BACKLOG}\nreplay = 0\n"

BEGINS = (
    "The history cannot be written right now. New messages are kept in memory and would be lost if"
    " the server stopped."
)
ENDS = "The history can be written again, and no message is missing from it."
FULL = "Not sent: too many messages are waiting to be written"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Sequence[str]]:
    """A file system of 2 MB over `data`, in a mount namespace; what puts a process into that."""
    (tmp_path / "data").mkdir()
    mount = 'mount -t tmpfs -o size=2m,mode=0700 none "$0" && echo mounted && cat'
    command = ["unshare", "--mount", "sh", "-c", mount, str(tmp_path / "data")]
    if not (shutil.which("unshare") and shutil.which("nsenter")):
        pytest.skip("unshare and nsenter (util-linux) are not installed")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as holder:
        assert holder.stdin and holder.stdout and holder.stderr
        if holder.stdout.readline() != b"mounted\n":
            pytest.skip(f"a file system takes root: {holder.stderr.read().decode().strip()}")
        yield ["nsenter", f"--mount=/proc/{holder.pid}/ns/mnt"]
        holder.stdin.close()


@contextmanager
def full(server: Server) -> Iterator[None]:
    """Not a byte is free."""
    with filled(Path(f"/proc/{server.process.pid}/root{server.directory}/data")):
        yield


@contextmanager
def filled(directory: Path) -> Iterator[None]:
    filler = directory / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    yield
    filler.unlink()


@contextmanager
def limited(server: Server) -> Iterator[None]:
    """No file may be written at all (Python ignores SIGXFSZ: it is an error, not the end)."""
    pid, kind = server.process.pid, resource.RLIMIT_FSIZE
    before = resource.prlimit(pid, kind)
    resource.prlimit(pid, kind, (0, before[1]))
    yield
    with suppress(ProcessLookupError):
        resource.prlimit(pid, kind, before)


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """Somebody else is writing, and does not finish."""
    with stranger(server.directory / "data", "BEGIN EXCLUSIVE"):
        yield


@contextmanager
def immutable(server: Server) -> Iterator[None]:
    """The files are read-only, also for who has them open: as when a disk's errors make it so."""
    files = [str(server.directory / "data" / f"history.db{end}") for end in ("", "-wal")]
    subprocess.run(["chattr", "+i", *files], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)


def skip_where_all_is_mutable(directory: Path) -> None:
    probe = directory / "probe"
    descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT)
    try:
        subprocess.run(["chattr", "+i", probe], check=True, capture_output=True)
        os.write(descriptor, b"x")
        pytest.skip("an open file can be written here although it is immutable")
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("no file can be made immutable here (chattr, root, a file system that can)")
    except PermissionError:
        pass
    finally:
        subprocess.run(["chattr", "-i", probe], check=False, capture_output=True)
        os.close(descriptor)


Trouble = Callable[[Server], AbstractContextManager[None]]


@pytest.fixture(params=[full, limited, locked, immutable])
def trouble(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Trouble, Sequence[str]]:
    """A trouble, and what a server has to be started with for it."""
    if request.param is full:
        return full, request.getfixturevalue("small_disk")
    if request.param is immutable:
        skip_where_all_is_mutable(tmp_path)
    return request.param, ()


class Talk:
    """Alice speaks, bob hears, and `kept` is what must be in the history in the end."""

    def __init__(self, server: Server) -> None:
        self.alice = server.join("alice", "#general", caps="echo-message")
        self.bob = server.join("bob", "#general")
        self.kept: list[str] = []
        self.notices: list[str] = []
        self._number = 0

    def say(self, kind: str) -> bool:
        """One message; whether it was taken. Bob hears it if and only if it was."""
        self._number += 1
        text = f"{kind} {self._number}"
        answers = self.alice.ask(f"PRIVMSG #general :{text}")
        taken = any(m.params[1:] == (text,) for m in answers if m.command == "PRIVMSG")
        refusals = [m.params for m in answers if m.command == "FAIL"]
        assert refusals == ([] if taken else [("PRIVMSG", "HISTORY_UNAVAILABLE", "#general", FULL)])
        assert self.hears() == ([text] if taken else [])
        self.kept += [text] if taken else []
        return taken

    def hears(self) -> list[str]:
        """What bob has been told since; notices of the server are kept apart."""
        heard = [m for m in self.bob.ask() if m.command in ("PRIVMSG", "NOTICE")]
        self.notices += [m.params[1] for m in heard if m.source == "chatroom.local"]
        return [m.params[1] for m in heard if m.source != "chatroom.local"]


def history_of(client: Client) -> list[str]:
    """All that was said in the room."""
    answers = client.ask("CHATHISTORY LATEST #general * 500")
    return [m.params[1] for m in answers if m.command == "PRIVMSG"]


def test_the_chat_goes_on(tmp_path: Path, trouble: tuple[Trouble, Sequence[str]]) -> None:
    begin, prefix = trouble
    with Server(tmp_path, config=CONFIG, prefix=prefix) as server:
        talk, carol = Talk(server), server.person("carol")
        talk.hears()
        assert talk.say("before")
        with begin(server):
            until_the_backlog_is_full(talk)
            nothing_more_is_taken(server, talk, carol)
        talk.notices += [talk.bob.wait("NOTICE", "#general").params[1]]
        assert talk.say("after")
        assert talk.notices == [BEGINS, ENDS]
        assert notices_shown(carol) == [BEGINS, ENDS]
        assert history_of(talk.bob) == talk.kept
        the_operator_is_told_once(server)
        server.stop(signal.SIGKILL)  # what is on disk now is what there is
        assert not [line for line in server.log if "Traceback" in line]
    with Server(tmp_path, config=CONFIG, prefix=prefix) as server:
        assert history_of(server.join("dora")) == talk.kept
        server.end_well()


def until_the_backlog_is_full(talk: Talk) -> None:
    """A log that is used again from its start can take some more on a full disk."""
    while not talk.notices:
        assert talk.say("during")
    told_at = len(talk.kept)
    while talk.say("during"):
        pass
    assert len(talk.kept) - told_at <= BACKLOG


def nothing_more_is_taken(server: Server, talk: Talk, carol: Client) -> None:
    """And it is said to whom it concerns; all else works, also for who comes now."""
    assert FULL in carol.hear("can you hear me?")
    assert talk.alice.ask("NOTICE #general :nor me?") == []  # a NOTICE is never answered
    dave = server.join("dave", "#general")
    assert history_of(dave) == talk.kept
    assert [m.source for m in talk.bob.ask() if m.command == "JOIN"] == ["dave!~dave@127.0.0.1"]
    dave.send("PRIVMSG bob :psst", "QUIT").end()
    assert talk.hears() == ["psst"]
    assert not talk.say("still")


def notices_shown(carol: Client) -> list[str]:
    carol.hear()
    return [text for line in carol.seen for text in (BEGINS, ENDS) if text in line]


def the_operator_is_told_once(server: Server) -> None:
    server.wait_for(re.escape(ENDS))
    begins = [line for line in server.log if "The chat continues; retrying" in line]
    assert len(begins) == 1
    assert re.search(r"Cannot write the history: [^.]+\. The chat continues", begins[0])
    assert len([line for line in server.log if ENDS in line]) == 1
    assert len([line for line in server.log if "will retry later" in line]) <= 2


def test_a_stranger_who_writes_blocks_nobody(tmp_path: Path) -> None:
    """However many commands want to write meanwhile: all is answered before the stranger ends."""
    with Server(tmp_path, config=CONFIG) as server:
        alice = server.join("alice", "#general", caps="message-tags echo-message")
        (mine,) = [m for m in alice.ask("PRIVMSG #general :mine") if m.command == "PRIVMSG"]
        redact = f"REDACT #general {mine.tags['msgid']}"
        with locked(server), server.join("bystander") as bystander:
            refusals = [m.params[1] for m in alice.ask(*[redact] * 300) if m.command == "FAIL"]
            assert refusals == ["HISTORY_UNAVAILABLE"] * 300
            assert not bystander.ask()
            assert history_of(alice) == ["mine"]
        assert history_of(alice) == ["mine"]
        server.end_well()


def test_an_end_in_the_middle_of_it(tmp_path: Path) -> None:
    """A stop waits a little for a stranger, and says what it could not write."""
    with Server(tmp_path, config=CONFIG) as server:
        talk = Talk(server)
        with limited(server):
            until_the_backlog_is_full(talk)
            assert server.stop() == 0
    (lost,) = [line for line in server.log if "are lost" in line]
    assert re.search(r"Cannot write the history: [^.]+\. \d+ messages and room changes", lost)
    assert not [line for line in server.log if "Traceback" in line]


def refusal(directory: Path, prefix: Sequence[str] = ()) -> str:
    """The one line with which a server ends that cannot have `data`."""
    (directory / "chatroom.toml").touch()
    command = [*prefix, sys.executable, str(SERVER), "-c", str(directory / "chatroom.toml")]
    command += ["--data", str(directory / "data"), "--listen", "127.0.0.1:0"]
    done = warm.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    text: str = done.stderr
    return text.replace(str(directory / "data"), "DATA")


def test_a_start_on_a_full_disk(tmp_path: Path, small_disk: Sequence[str]) -> None:
    namespace = Path(small_disk[-1].removeprefix("--mount=")).parent.parent
    with filled(Path(f"{namespace}/root{tmp_path}/data")):
        line = refusal(tmp_path, small_disk)
    assert re.match(r"\[SERVER\] Cannot (use the data directory DATA|open DATA/history.db): ", line)


def test_a_start_in_a_directory_of_others(tmp_path: Path) -> None:
    """Of a running server, of a newer Chatroom, of another program, and what is no directory."""
    with Server(tmp_path) as server:
        line = refusal(tmp_path)
        assert f"DATA is in use by another server (process {server.process.pid}); stop it" in line
        assert server.join("alice", "#general").ask() == []
    ask(tmp_path / "data", "PRAGMA user_version = 1000")
    assert "DATA/history.db is from a newer Chatroom (version 1000 of" in refusal(tmp_path)
    (tmp_path / "data" / "history.db").unlink()
    ask(tmp_path / "data", "CREATE TABLE bookmark (url)")
    assert "DATA/history.db is not a Chatroom database; choose another" in refusal(tmp_path)
    shutil.rmtree(tmp_path / "data")
    (tmp_path / "data").touch()
    assert "Cannot use the data directory DATA: file exists" in refusal(tmp_path)


def damage(file: Path) -> None:
    """Overwrite the pages with the messages, but for that of the last."""
    data = file.read_bytes()
    pages = [data[at : at + 4096] for at in range(0, len(data), 4096)]
    damaged = [b"?" * 4096 if b"x" * 300 in p and b"299 " not in p else p for p in pages]
    assert damaged != pages
    file.write_bytes(b"".join(damaged))


def test_a_history_that_cannot_be_read(tmp_path: Path) -> None:
    """Where pages are damaged, questions are refused and the talk goes on."""
    with Server(tmp_path) as server:
        alice = server.join("alice", "#general")
        alice.ask(*(f"PRIVMSG #general :{number} {'x' * 300}" for number in range(300)))
        server.end_well()
    damage(tmp_path / "data" / "history.db")
    with Server(tmp_path, config="[limits]\nflood_rate = 0\n") as server:
        bob = server.join("bob")
        told = [m.params[1] for m in bob.ask("JOIN #general") if m.command == "NOTICE"]
        assert told == ["The history of this room cannot be read right now."]
        for command in (
            "CHATHISTORY LATEST #general * 50",
            "CHATHISTORY AFTER #general timestamp=2020-01-01T00:00:00.000Z 10",
        ):
            (refusal,) = bob.ask(command)
            assert refusal.command == "FAIL"
            assert refusal.params[:2] == ("CHATHISTORY", "MESSAGE_ERROR")
            assert refusal.params[-1] == "Messages could not be retrieved"
        assert bob.send("SEARCH text=xxx").wait("FAIL", "SEARCH").params[1] == "INTERNAL_ERROR"
        carol = server.join("carol", "#general", caps="echo-message")
        assert [m.params for m in carol.ask("PRIVMSG #general :hi") if m.command == "PRIVMSG"]
        assert [m.params[1] for m in bob.ask() if m.command == "PRIVMSG"] == ["hi"]
        assert not [line for line in server.log if "Traceback" in line]
        server.stop(signal.SIGKILL)


ATTENTIVE = f"""
import sys
sys.path.insert(0, {str(ROOT / "lib")!r})
from chatroom.server import main, tick_commit
tick_commit.LOOK = 0.1
sys.exit(main.main(sys.argv[3:]))
"""
"""A server that looks for its files more often than every ten seconds."""


def test_files_that_were_removed(tmp_path: Path) -> None:
    """A file without a name keeps nothing: the all-clear would be a lie."""
    program = tmp_path / "attentive.py"
    program.write_text(ATTENTIVE)
    with Server(tmp_path, prefix=[sys.executable, str(program)]) as server:
        alice = server.join("alice", "#room")
        (tmp_path / "data" / "history.db").rename(tmp_path / "elsewhere.db")
        server.wait_for("listening")
        alice.ask("PRIVMSG #room :is it kept")
        server.wait_for("Cannot find")
        if not any("cannot be written" in line for line in alice.seen):
            alice.read_until("cannot be written")


def test_a_start_with_a_damaged_journal(tmp_path: Path) -> None:
    """One line, status 1, and the files as they were; without the journal the next one is fine."""
    with Server(tmp_path) as server:
        server.join("alice", "#general").ask("PRIVMSG #general :hello")
        server.process.kill()
        server.process.wait()
    journal = tmp_path / "data" / "history.journal"
    data = journal.read_bytes()
    journal.write_bytes(data.replace(b"hello", b"hallo"))
    before = journal.read_bytes()
    line = refusal(tmp_path)
    place = data[: data.index(b"hello")].count(b"\n") + 1
    assert f"DATA/history.journal line {place} is damaged: its checksum does not match" in line
    assert line.endswith("Move the file away to go on without the messages in it\n")
    assert journal.read_bytes() == before
    journal.rename(tmp_path / "damaged")
    with Server(tmp_path) as server:
        server.end_well()
