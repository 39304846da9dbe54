"""Upgrades of a running server: one process after the other, and what becomes of a bad one."""

import os
import re
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pexpect
import pytest

import warm
from chatroom import __version__
from harness import FLOOD_OFF, PATIENCE, ROOT, SERVER, Server, wait_until

SCRIPT = ROOT / "tests" / "upgraded.py"


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# One process after the other


def test_three_upgrades_and_ctrl_c(tmp_path: Path) -> None:
    """New people talk to the newest process, which has the history of all. The first process
    remains for whoever waits for it, and nothing is left behind at the end."""
    with Server(tmp_path) as server:
        newest = [server.process.pid]
        for number in range(3):
            with server.join("ann", "#den") as ann:
                ann.ask(f"PRIVMSG #den :number {number}")
            newest.append(server.upgrade())
            lock = (server.directory / "data" / "lock").read_text()
            assert int(lock) == newest[-1]
        with server.join("bob", "#den", caps="draft/chathistory batch server-time") as bob:
            said = bob.ask("CHATHISTORY LATEST #den * 10")
            texts = [each.params[-1] for each in said if each.command == "PRIVMSG"]
            assert texts == ["number 0", "number 1", "number 2"]
        assert len(set(newest)) == 4
        wait_until(lambda: [is_alive(pid) for pid in newest] == [True, False, False, True])
        assert server.stop(signal.SIGINT) == 0
        assert not any(map(is_alive, newest))
        assert server.log[-2:] == ["[SERVER] Goodbye.", ""]
        server.end_well()


def test_signals_reach_the_newest_process(tmp_path: Path) -> None:
    """HUP and USR2 that the first process gets; `account` finds the newest one."""
    with Server(tmp_path) as server:
        first = server.upgrade()
        server.reload(FLOOD_OFF + "[server]\nmotd = 'Fresh bread'\n")
        second = server.upgrade()
        with server.join("ann") as ann:
            motd = [m.params[-1] for m in ann.ask("MOTD") if m.command == "372"]
            assert motd == ["- Fresh bread"]
            command = [sys.executable, SERVER, "--data", tmp_path / "data", "account", "add", "zoe"]
            warm.run(command, input="a good secret\n", text=True, check=True)
            assert ann.ask("NICK zoe")[0].command == "433"
        wait_until(lambda: not is_alive(first))
        server.end_well()
        assert not is_alive(second)


def test_the_first_process_tells_how_the_newest_ended(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        newest = server.upgrade()
        os.kill(newest, signal.SIGKILL)
        assert server.process.wait(PATIENCE) == 128 + signal.SIGKILL
        assert server.wait_for(f"Process {newest} has ended unexpectedly")


def test_systemd_follows_to_the_new_process(tmp_path: Path) -> None:
    """Where NOTIFY_SOCKET is set, nobody waits for the first process: it ends, and the new one is
    no child of it."""
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
    with Server(tmp_path, environment=environment) as server:
        newest = server.upgrade()
        assert server.process.wait(PATIENCE) == 0
        with server.join("ann"):
            os.kill(newest, signal.SIGTERM)
        server.wait_for("Goodbye")
        wait_until(lambda: os.waitpid(newest, os.WNOHANG)[0])  # the tests' process has adopted it


def test_a_bad_version_under_systemd(tmp_path: Path) -> None:
    """The new process is no child of the old one, which ends it nevertheless."""
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
    program = (sys.executable, str(SCRIPT))
    (tmp_path / "first.py").write_text(IMPATIENT)
    (tmp_path / "successor.py").write_text(HANGS_WITHOUT_PARENT)
    with Server(tmp_path, environment=environment, program=program) as server, server.join("ann"):
        server.send_signal(signal.SIGUSR2)
        server.wait_for("The upgrade has failed: it does not answer")
        hanging = int((tmp_path / "pid").read_text())
        wait_until(lambda: os.waitpid(hanging, os.WNOHANG)[0])  # the tests' process adopted it
        server.end_well()


def test_a_unix_socket_stays(tmp_path: Path) -> None:
    path = tmp_path / "chat.sock"
    with Server(tmp_path, "--listen", f"unix:{path}") as server:
        server.upgrade()
        with server.knock(path) as ann:
            assert [m.command for m in ann.register("ann").ask("MOTD")] == ["422"]
        server.end_well()
        assert not path.exists()


def test_another_listen_needs_a_restart(tmp_path: Path) -> None:
    """The log says so after each upgrade, and the sockets stay."""
    config = "listen = ['127.0.0.1:{}']\n" + FLOOD_OFF
    with Server(tmp_path, config=config.format(0), listen=False) as server:
        port = server.wait_for(r"listening on \S*:(\d+)")[1]
        (tmp_path / "chatroom.toml").write_text(config.format(9))
        for _ in range(2):
            lines = len(server.log)
            server.upgrade()
            still = rf"still listening on 127\.0\.0\.1:{port}; not on 127\.0\.0\.1:9\."
            server.wait_for(f"Changes of listen need a restart: {still}", after=lines)
        server.end_well()


# The tool


def upgrade(server: Server) -> tuple[int, str, str]:
    """`chatroom-server upgrade`: its status, output and errors."""
    command = [sys.executable, SERVER, "-c", server.directory / "chatroom.toml"]
    command += ["--data", server.directory / "data", "upgrade"]
    done = warm.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_the_tool_says_how_it_went(tmp_path: Path) -> None:
    with Server(tmp_path) as server, server.join("ann"):
        code, out, errors = upgrade(server)
        assert (code, errors) == (0, "")
        words = rf"Chatroom {__version__} \(process (\d+)\) has taken over from {__version__}"
        words += r" \(process (\d+)\): 1 connection, a pause of \d+ ms\.\n"
        match = re.fullmatch(words, out)
        assert match
        assert int(match[2]) == server.process.pid
        assert is_alive(int(match[1]))
        (tmp_path / "chatroom.toml").write_text("[limits]\nnickname = 1000\n")
        lines = len(server.log)
        os.kill(int(match[1]), signal.SIGUSR2)
        server.wait_for("The upgrade has failed", after=lines)
        (tmp_path / "chatroom.toml").write_text("[tls]\ncertificate = 'missing.pem'\n")
        code, out, errors = upgrade(server)
        assert (code, out) == (1, "")
        assert "missing.pem" in errors
        (tmp_path / "chatroom.toml").write_text("[history]\nenabled = false\n")
        assert "history.enabled is false" in upgrade(server)[2]
        server.end_well()


# What becomes of a bad new version


IMPATIENT = """
from chatroom.server.upgrade import predecessor
predecessor.START_SECONDS = 5.0
predecessor.STEP_SECONDS = 0.2
predecessor.CONVERSION_SECONDS = 0.3
predecessor.SIGN_OF_LIFE = 0.1
"""


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """No failed upgrade changes anything for those who are connected."""
    directory = tmp_path_factory.mktemp("server")
    (directory / "first.py").write_text(IMPATIENT)
    with Server(directory, program=(sys.executable, str(SCRIPT))) as server:
        yield server
        assert server.stop() == 0


FAKE = """
import os, socket, sys, time, signal
from chatroom.server.upgrade.channel import Channel, Message
from chatroom.store.migrations import MIGRATIONS
channel = Channel(socket.socket(fileno=int(os.environ["_CHATROOM_UPGRADE"])))
def say(kind, **body): channel.send(Message(kind, body), 10)
def ready(**more): say("ready", **{"version": "9", "pid": os.getpid(), "understood": [1], "database": len(MIGRATIONS), **more})
def hear(kind):
    while (heard := channel.receive(10).kind) in ("rows", "all"):
        pass
    assert heard == kind
def die(): os.kill(os.getpid(), signal.SIGKILL)
"""  # noqa: E501
"""The beginning of a new version that only knows how to talk to the old one."""

IN_STATE = FAKE + "ready(); hear('state')\n"
AFTER_GO = IN_STATE + "say('restored'); hear('go')\n"

HANGS_WITHOUT_PARENT = """
from pathlib import Path
import os
from chatroom.server.upgrade import successor
from chatroom.server.upgrade.successor import Successor
def hang(*_):
    Path("pid").write_text(str(os.getpid()))
    import time; time.sleep(60)
Successor._restore = hang
"""

PATCHED = """
from chatroom.server.upgrade import successor
def fail(*_): raise {}
"""

BAD = {
    "does not start": ("raise ImportError('no module named x')", "it has ended( .*status 1)?"),
    "ends": ("raise SystemExit(3)", "it has ended( .*status 3)?"),
    "is killed": (FAKE + "die()", "it has ended( .*SIGKILL)?"),
    "says nonsense": (FAKE + "say('nonsense')", "said 'nonsense' instead of 'ready'"),
    "sends garbage": (FAKE + "channel._sock.send(b'x' * 99)", "too large"),
    "refuses": (FAKE + "say('failed', reason='no bread')", "no bread"),
    "is incomplete": (FAKE + "say('ready')", "does not understand"),
    "says it strangely": (FAKE + "ready(database='new')", "TypeError"),
    "is of another age": (FAKE + "ready(understood=[7])", "9 does not understand the state"),
    "dies when ready": (FAKE + "ready(); die()", "has ended"),
    "dies with the state": (IN_STATE + "die()", "it has ended"),
    "fails to restore": (IN_STATE + "say('failed', reason='what room?')", "what room?"),
    "dies after restoring": (IN_STATE + "say('restored'); die()", "it has ended"),
    "dies after go": (AFTER_GO + "die()", "it has ended"),
    "fails after go": (AFTER_GO + "say('failed', reason='no disk')", "no disk"),
    "hangs with the state": (IN_STATE + "time.sleep(60)", "does not answer"),
    "hangs after go": (AFTER_GO + "time.sleep(60)", "does not answer"),
    "converts for ever": (
        FAKE + "ready(database=99); hear('state'); say('restored'); hear('go'); time.sleep(60)",
        "does not answer",
    ),
    "reads nothing": (FAKE + "ready(); time.sleep(60)", "does not (answer|read)"),
    "hangs": (FAKE + "time.sleep(60)", "was not ready after 5 seconds"),
    "cannot restore": (PATCHED.format("KeyError('room')") + "successor.Restoring = fail", "'room'"),
    "cannot open": (
        PATCHED.format("OSError(28, 'No space left')") + "import chatroom.server.main\n"
        "from chatroom.server.storage import Storage; Storage.adopt = fail",
        "No space left",
    ),
    "dies before serving": (
        PATCHED.format("") + "import os; successor.Successor._say_serving = lambda *_: os._exit(4)",
        "it has ended( .*status 4)?",
    ),
}  # fmt: skip
"""What the new version does, and what the log says of it. The status is not known if the process
has closed its channel, and still takes long to end."""


@pytest.mark.parametrize("name", BAD)
def test_a_bad_version_changes_nothing(old: Server, name: str) -> None:
    """Whichever step fails: the old process serves, with all who are connected and all that was
    said."""
    code, why = BAD[name]
    (old.directory / "successor.py").write_text(code)
    with old.join("ann", "#den") as ann, old.join("bob", "#den") as bob:
        bob.ask()
        lines = len(old.log)
        ann.send("PRIVMSG #den :before")
        old.send_signal(signal.SIGUSR2)
        ann.send("PRIVMSG #den :meanwhile")
        old.wait_for(f"The upgrade has failed: .*{why}", after=lines)
        ann.send("PRIVMSG #den :after")
        said = [bob.wait("PRIVMSG").params[-1] for _ in range(3)]
        assert said == ["before", "meanwhile", "after"]
        started = int(old.wait_for(r"process (\d+) starts", after=lines)[1])
        assert not is_alive(started)
    assert int((old.directory / "data" / "lock").read_text()) == old.process.pid


CONVERTED = """
from chatroom.store import migrations
more = "CREATE TABLE bread (age INTEGER);", {last!r}
migrations.MIGRATIONS = (*migrations.MIGRATIONS, *more)
from chatroom.server.upgrade import successor
"""
DIES = "import os; successor.Successor._say_serving = lambda *_: os._exit(4)"


def tables(server: Server) -> set[str]:
    with closing(sqlite3.connect(server.directory / "data" / "history.db")) as rows:
        return {name for (name,) in rows.execute("SELECT name FROM sqlite_master")}


def test_a_conversion_that_fails_is_undone(old: Server) -> None:
    (old.directory / "successor.py").write_text(CONVERTED.format(last="CREATE nonsense;"))
    lines = len(old.log)
    with old.join("ann", "#den") as ann:
        old.send_signal(signal.SIGUSR2)
        old.wait_for("The upgrade has failed: Cannot update .*syntax error", after=lines)
        assert ann.ask("PRIVMSG #den :as before") == []
    assert "bread" not in tables(old)


def test_a_conversion(tmp_path: Path) -> None:
    """The new version serves with its own format."""
    with Server(tmp_path, program=(sys.executable, str(SCRIPT))) as server:
        (tmp_path / "successor.py").write_text(CONVERTED.format(last="CREATE TABLE milk (a);"))
        server.upgrade()
        assert {"bread", "milk"} < tables(server)
        with server.join("ann", "#den") as ann:
            assert ann.ask("PRIVMSG #den :in the new format") == []
        (tmp_path / "successor.py").unlink()
        server.send_signal(signal.SIGUSR2)
        server.wait_for("is older, and cannot read this version's database")
        server.end_well()


def test_a_version_that_dies_after_its_conversion(tmp_path: Path) -> None:
    """The old one cannot go on with the new format. It says so, and ends as one that failed, so
    that whoever watches it starts the new version."""
    with Server(tmp_path, program=(sys.executable, str(SCRIPT))) as server:
        (tmp_path / "successor.py").write_text(CONVERTED.format(last="CREATE TABLE a (a);") + DIES)
        server.send_signal(signal.SIGUSR2)
        server.wait_for("has converted the history to its own format, so this one has to end")
        assert server.process.wait(PATIENCE) == 1


def test_the_end_of_a_server_that_is_being_upgraded(tmp_path: Path) -> None:
    """The new process, which has not started yet, ends with it."""
    with Server(tmp_path, program=(sys.executable, str(SCRIPT))) as server:
        (tmp_path / "successor.py").write_text("import time; time.sleep(60)")
        server.send_signal(signal.SIGUSR2)
        started = int(server.wait_for(r"process (\d+) starts")[1])
        server.send_signal(signal.SIGUSR2)
        server.wait_for("No upgrade now: one is under way")
        server.end_well()
        assert not is_alive(started)


def test_in_a_terminal(tmp_path: Path) -> None:
    """Ctrl-C reaches all processes there, and ends them once."""
    places = ["--listen", "127.0.0.1:0", "--data", str(tmp_path / "data")]
    server = warm.Spawn(sys.executable, [str(SERVER), *places], encoding="utf-8", timeout=PATIENCE)
    server.expect("Waiting for connections")
    newest = []
    for _ in range(2):
        os.kill(server.pid, signal.SIGUSR2)
        server.expect(r"Process (\d+) with version \S+ serves now")
        newest.append(int(server.match[1]))
    server.sendintr()
    server.expect("Goodbye")
    server.expect(pexpect.EOF)
    server.close()
    assert server.exitstatus == 0
    assert not any(map(is_alive, newest))


def test_a_bad_configuration_changes_nothing(old: Server) -> None:
    """The new process says what is wrong with it."""
    (old.directory / "successor.py").unlink(missing_ok=True)
    lines = len(old.log)
    file = old.directory / "chatroom.toml"
    before = file.read_text()
    file.write_text("[limits]\nnickname = 'x'\n")
    old.send_signal(signal.SIGUSR2)
    old.wait_for("limits.nickname: expected a whole number", after=lines)
    old.wait_for("The upgrade has failed: .*it has ended", after=lines)
    file.write_text("[history]\nenabled = false\n")
    old.send_signal(signal.SIGUSR2)
    old.wait_for("The upgrade has failed: history.enabled has changed, which needs", after=lines)
    file.write_text(before)
    with old.join("ann"):
        pass


def test_after_bad_ones_a_good_one_works(old: Server) -> None:
    (old.directory / "successor.py").unlink(missing_ok=True)
    with old.join("ann", "#den") as ann:
        ann.ask("PRIVMSG #den :before the good one")
    old.upgrade()
    with old.join("bob", "#den", caps="draft/chathistory batch server-time") as bob:
        said = bob.ask("CHATHISTORY LATEST #den * 1")
        assert [m.params[-1] for m in said if m.command == "PRIVMSG"] == ["before the good one"]
