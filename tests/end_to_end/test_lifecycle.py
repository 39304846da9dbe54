"""A running server: signals, reloading, its listeners, its log."""

import os
import signal
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from chatroom import __version__
from harness import PATIENCE, SERVER, Client, Server

FREE = "[limits]\nflood_rate = 0\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path) as server:
        yield server
        server.end_well()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_says_goodbye_to_everyone(tmp_path: Path, number: signal.Signals) -> None:
    with Server(tmp_path) as server:
        irc, person = server.join("irc", "#room"), server.person("person", "room")
        registering, choosing, greeted = (server.connect() for _ in range(3))
        registering.send("NICK half", "PING x").wait("PONG")
        choosing.send("chooser").read_until("^Choose a room")
        greeted.line()
        server.send_signal(number)
        bye = "ERROR :Closing link: 127.0.0.1 (The server is shutting down)"
        assert irc.end()[-1] == registering.end()[-1] == bye
        for client in (person, choosing, greeted):
            assert client.end()[-1] == "Goodbye! (The server is shutting down)"
        assert not [line for line in irc.seen if "QUIT" in line]  # no storm of departures
        for client in (irc, person, registering, choosing, greeted):
            client.close()
        assert server.stop() == 0
        assert server.log[-2:] == ["[SERVER] Goodbye.", ""]
        server.end_well()


def test_what_was_said_before_the_end_is_delivered(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        speaker, listener = server.join("speaker", "#room"), server.join("listener", "#room")
        speaker.ask(*[f"PRIVMSG #room :{number} {'x' * 400}" for number in range(5000)])
        server.send_signal(signal.SIGTERM)
        said = [line for line in listener.end() if " PRIVMSG #room " in line]
        assert len(said) == 5000
        assert listener.seen[-1].startswith("ERROR :Closing link")
        for client in (speaker, listener):
            client.close()
        server.end_well()


def test_nobody_comes_in_any_more(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        slow = server.join("slow")
        server.send_signal(signal.SIGTERM)
        slow.end()
        with pytest.raises(ConnectionRefusedError):
            server.connect()
        slow.close()
        server.end_well()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_second_signal_changes_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C twice: also while the interpreter winds up, and restores what signals do."""
    with Server(tmp_path) as server:
        server.send_signal(signal.SIGINT)
        server.wait_for("Goodbye")
        while server.process.poll() is None:
            server.send_signal(number)
        assert server.stop() == 0


# HUP


def test_hup_takes_over_the_configuration(server: Server) -> None:
    with server.join("ann", "#room") as ann:
        assert [m.command for m in ann.ask("MOTD")] == ["422"]
        server.reload(FREE + "nickname = 5\n[server]\nmotd = 'Fresh bread'\n")
        motd = [m.params[-1] for m in ann.ask("MOTD") if m.command == "372"]
        assert motd == ["- Fresh bread"]
        assert ann.ask("NICK sixsix")[0].command == "432"
        assert ann.ask("PRIVMSG #room :still here") == []


def test_hup_keeps_the_old_configuration_when_the_new_one_is_bad(server: Server) -> None:
    server.reload(FREE + "[server]\nmotd = 'Fresh bread'\n")
    file = server.directory / "chatroom.toml"
    server.reload("[limits]\nflood_rate = 0\ntopic = -1\nnickname = 'x'\n", "was not changed")
    assert [line for line in server.log if str(file) in line] == [
        f"[SERVER] {file}: limits.nickname: expected a whole number, found 'x'",
        f"[SERVER] {file}: limits.topic: expected a number from 1 to 400, found -1",
    ]
    server.reload("this is no TOML", "was not changed")
    file.unlink()
    server.send_signal(signal.SIGHUP)
    server.wait_for("No such file or directory")
    with server.join("ann") as ann:
        motd = [m.params[-1] for m in ann.ask("MOTD") if m.command == "372"]
        assert motd == ["- Fresh bread"]


def test_hup_says_what_takes_a_restart(server: Server) -> None:
    server.reload(FREE)
    assert not [line for line in server.log if "restart" in line]
    with Server(server.directory / "b", listen=False, config="listen = ['127.0.0.1:0']") as other:
        other.reload("listen = ['127.0.0.1:0', '[::1]:0']")
        other.wait_for(r"Changes of listen need a restart\.")
        changes = "[history]\nkeep_days = 3\n[rooms]\npermanent = ['den']\n"
        for _ in range(2):  # nor does the second reading make it so
            lines = len(other.log)
            other.reload(f"listen = ['127.0.0.1:0']\n{changes}")
            other.wait_for(r"Changes of history, rooms.permanent need a restart\.", after=lines)
        lines = len(other.log)
        other.reload("listen = ['127.0.0.1:0']")
        assert not [line for line in other.log[lines:] if "restart" in line]
        other.end_well()


def test_hup_changes_how_many_whowas_remembers(server: Server) -> None:
    with server.join("ann") as ann:
        for number, limit in ((1, 1), (2, 2), (3, 1)):
            server.reload(f"{FREE}whowas = {limit}\n")
            for nick in ("old", "new"):
                server.join(f"{nick}{number}").send("QUIT").end()
            known = [ann.ask(f"WHOWAS {nick}{number}")[0].command for nick in ("old", "new")]
            assert known == ["314" if limit == 2 else "406", "314"]


def test_hup_turns_detail_on_and_off(server: Server) -> None:
    server.reload(FREE + "[log]\nverbose = true\n")
    server.join("ann").close()
    server.wait_for("127.0.0.1 speaks IRC")
    server.reload(FREE)
    lines = len(server.log)
    server.join("bob").close()
    server.wait_for("bob has left", lines)
    assert not [line for line in server.log[lines:] if "speaks" in line]


# Listeners


def port_of(server: Server, host: str) -> int:
    return int(server.wait_for(rf"listening on {host}:(\d+) ")[1])


def test_several_listeners_at_once(tmp_path: Path) -> None:
    """IPv4, IPv6 and a unix socket lead into the same rooms."""
    path = tmp_path / "chat.sock"
    addresses = ("127.0.0.1:0", "[::1]:0", "127.0.0.2:0", f"unix:{path}")
    flags = [word for address in addresses for word in ("--listen", address)]
    with Server(tmp_path, *flags, listen=False) as server:
        server.wait_for(rf"listening on unix:{path} \(IRC, plain text, HTTP\)")
        clients = [
            Client(socket.create_connection((host, port_of(server, shown))))
            for host, shown in (
                ("127.0.0.1", "127.0.0.1"),
                ("::1", r"\[::1\]"),
                ("127.0.0.2", "127.0.0.2"),
            )
        ]
        clients.append(server.knock(path))
        for index, client in enumerate(clients):
            client.register(f"n{index}").send("JOIN #room").wait("366")
        sources = [clients[-1].ask(f"USERHOST n{index}")[0].params[-1] for index in range(4)]
        hosts = [source.strip().rpartition("@")[2] for source in sources]
        assert hosts == ["127.0.0.1", "0::1", "127.0.0.1", "unix"]
        clients[-1].ask("PRIVMSG #room :hello all")
        for client in clients[:-1]:
            assert client.wait("PRIVMSG").params[1] == "hello all"
        for client in clients:
            client.close()
        server.end_well()
    assert not path.exists()


def test_all_addresses(tmp_path: Path) -> None:
    """`:0` is one free port, on IPv4 and IPv6."""
    with Server(tmp_path, "--listen", ":0", listen=False) as server:
        port = port_of(server, r"0\.0\.0\.0")
        assert port_of(server, r"\[::\]") == port
        for host in ("127.0.0.1", "::1"):
            Client(socket.create_connection((host, port))).register("ann").close()
            server.wait_for("ann has left")
        server.end_well()


def test_a_restart_takes_the_same_port_at_once(tmp_path: Path) -> None:
    """SO_REUSEADDR: connections of the server before may still be in TIME_WAIT."""
    with Server(tmp_path) as first:
        clients = [first.join(f"n{number}") for number in range(3)]
        first.send_signal(signal.SIGTERM)
        for client in clients:
            client.end()  # the server closes first, and keeps the TIME_WAIT
            client.close()
        first.end_well()
    address = f"127.0.0.1:{first.port}"
    with Server(tmp_path, "--listen", address, listen=False) as second:
        second.wait_for(f"listening on {address} ")
        second.end_well()


def test_a_killed_servers_socket_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "chat.sock"
    flags = ("--listen", f"unix:{path}")
    with Server(tmp_path, *flags, listen=False) as first:
        first.send_signal(signal.SIGKILL)
        assert first.stop() == -signal.SIGKILL
    assert path.is_socket()
    with Server(tmp_path, *flags, listen=False) as second:
        second.knock(path).register("ann").close()
        second.end_well()


# The log


def test_the_log_tells_who_comes_and_goes(server: Server) -> None:
    where = f"127.0.0.1:{server.port}"
    assert server.log == [
        f"[SERVER] Chatroom {__version__} is listening on {where} (IRC, plain text, HTTP)",
        "[SERVER] Waiting for connections...",
    ]
    with server.join("ann", "#room") as ann:
        ann.ask("NICK anna", "PART #room :for tea", "JOIN #room")
        ann.ask("KICK #room anna :myself")
        ann.send("QUIT :so long").end()
    with server.person("bob") as bob:
        bob.send("exit").end()
    server.wait_for("bob has left")
    assert [line.removeprefix("[SERVER] ") for line in server.log[2:]] == [
        "127.0.0.1 has connected",
        "ann has come in from 127.0.0.1",
        "ann joined room",
        "ann is now known as anna",
        "anna left room (for tea)",
        "anna joined room",
        "anna left room (kicked by anna: myself)",
        "anna has left the server (Quit: so long)",
        "127.0.0.1 has connected",
        "bob has come in from 127.0.0.1",
        "bob joined general",
        "bob has left the server (Quit)",
    ]


SECRET = "sesame"


@pytest.mark.parametrize("flags", [(), ("-v",)])
def test_what_people_say_is_never_logged(tmp_path: Path, flags: tuple[str, ...]) -> None:
    config = f"[limits]\nflood_burst = 3\nflood_rate = 100\n[server]\npassword = '{SECRET}'\n"
    with Server(tmp_path, *flags, config=config) as server:
        person, irc = server.connect(), server.connect()
        irc.send(f"PASS {SECRET}").register("irc")
        irc.send("JOIN #room").wait("366")
        person.send(SECRET, "person", "room").read_until("^Welcome to room")
        irc.ask(
            *(f"PRIVMSG #room :{SECRET}", f"NOTICE person :{SECRET}", f"TOPIC #room :{SECRET}"),
            *(f"AWAY :{SECRET}", f"MODE #room +k {SECRET}", f"{SECRET} a", f"PRIVMSG {SECRET}"),
            *(f"PRIVMSG nobody :{SECRET}", f"PING {SECRET}", f"PRIVMSG #room :{SECRET}\0\xff"),
        )
        person.hear(SECRET, f"/msg irc {SECRET}", f"/me {SECRET}", f"/{SECRET}", SECRET * 1000)
        irc.send("QUIT").end()
        person.send("exit").end()
        for client in (irc, person):
            client.close()
        server.end_well()
        assert SECRET not in "\n".join(server.log)


def test_nobody_forges_a_line_of_the_log(server: Server) -> None:
    """Whatever goes into it is on one line, and has no escape sequence."""
    forged = "\x1b[2K\b[SERVER] root has come in\u2028\x85\x9b2K"
    with server.connect() as client:
        client.send("NICK ann", f"USER {forged} 0 * :{forged}").read_until(" 422 ")
        client.ask(f"JOIN #{forged}", "JOIN #room", f"PART #room :{forged}", f"NICK {forged}")
        client.send(f"QUIT :{forged}").end()
    server.wait_for("ann has left the server")
    log = server.log[2:]
    assert all(line.isprintable() and line.startswith("[SERVER] ") for line in log)
    written_out = r"(^[[2K^H[SERVER] root has come in\u2028\u0085\u009b2K)"
    assert f"[SERVER] ann left room {written_out}" in log
    assert f"[SERVER] ann has left the server (Quit: {written_out[1:]}" in log


def test_the_terminal_is_closed(tmp_path: Path) -> None:
    """No server is left behind that nobody sees, and that holds the port."""
    arguments = [str(SERVER), "--listen", "127.0.0.1:0", "--data", str(tmp_path / "data")]
    child = pexpect.spawn(sys.executable, arguments, timeout=PATIENCE, cwd=str(tmp_path))
    child.expect(r"Only this machine can connect\. .* --listen :\d+\r\n")  # said to a person only
    child.expect("Waiting for connections")
    os.close(child.child_fd)  # as the window's end does: HUP, and nothing to read or write any more
    child.closed, child.child_fd = True, -1
    _, status = os.waitpid(child.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0


WAITS_IN_THE_FOREGROUND = """
import subprocess, sys, signal
signal.signal(signal.SIGHUP, lambda *_: None)
sys.exit(subprocess.Popen(sys.argv[1:]).wait())
"""
"""As make does: it leads the terminal's session, and waits for its child whatever comes."""


def test_the_terminal_of_a_leader_that_waits_is_closed(tmp_path: Path) -> None:
    """The kernel sends HUP to the leader alone, and make passes none on."""
    server = [sys.executable, str(SERVER), "--listen", "127.0.0.1:0", "--data", str(tmp_path)]
    child = pexpect.spawn(
        sys.executable, ["-c", WAITS_IN_THE_FOREGROUND, *server], PATIENCE, cwd=str(tmp_path)
    )
    child.expect("Waiting for connections")
    os.close(child.child_fd)
    child.closed, child.child_fd = True, -1
    _, status = os.waitpid(child.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0


IN_THE_BACKGROUND = """
import subprocess, sys
subprocess.Popen(sys.argv[1:], process_group=0).wait()
"""


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="its process cannot be found out")
def test_the_terminal_is_closed_after_the_hangup(tmp_path: Path) -> None:
    """As xterm does it. The server is in no foreground job here, so that no other HUP comes."""
    path = tmp_path / "s"
    server = [sys.executable, str(SERVER), "--listen", f"unix:{path}", "--data", str(tmp_path)]
    child = pexpect.spawn(
        sys.executable, ["-c", IN_THE_BACKGROUND, *server], timeout=PATIENCE, cwd=str(tmp_path)
    )
    child.expect("Waiting for connections")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(path))
        pid, _, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        ann = Client(sock).register("ann")
        os.kill(pid, signal.SIGHUP)
        child.expect("The configuration was read again")
        assert ann.ask("PING x")
        os.close(child.child_fd)
        child.closed, child.child_fd = True, -1
        try:
            assert ann.end()[-1].startswith("ERROR :Closing link")
        except AssertionError:
            os.kill(pid, signal.SIGKILL)  # nobody else would end it
            raise
    child.wait()
