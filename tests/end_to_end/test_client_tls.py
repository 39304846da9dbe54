"""The client over TLS: the question, the known servers, and everybody who uses them.

The server is on 127.0.0.1, where the client has to be told to use TLS.
"""

import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatroom.client.files.pins import with_colons
from chatroom.net.tls import fingerprint
from end_to_end.scripts import Running, finish, run
from end_to_end.terminal import Terminal
from end_to_end.test_client_link import client_with
from harness import CLIENT, PATIENCE, Server
from tls_ends import CLIENT as CLIENT_FILE
from tls_ends import OTHER, SERVER, der

OLD, NEW = with_colons(fingerprint(der(SERVER))), with_colons(fingerprint(der(OTHER)))


def config(certificate: str) -> str:
    return (
        f'[limits]\nflood_rate = 0\n[tls]\ncertificate = "{certificate}"\n[accounts]\nrounds = 10\n'
    )


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's clients keep the known servers."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "server", config=config(SERVER)) as running:
        yield running


def anew(server: Server) -> Server:
    """The server on the same port, set up anew: it has another certificate."""
    listen = f"127.0.0.1:{server.port}"
    again = Server(server.directory, "--listen", listen, listen=False, config=config(OTHER))
    again.port = server.port
    return again


def fingerprints(terminal: Terminal) -> set[str]:
    """Those that are shown, however the terminal breaks its rows."""
    text = re.sub(r"\s", "", terminal.glass.everything())
    return set(re.findall("(?:[0-9A-F]{2}:){31}[0-9A-F]{2}", text))


def pins(state: Path) -> list[str]:
    """The lines of the file, without its comments."""
    file = state / "chatroom" / "known_servers"
    lines = file.read_text().splitlines() if file.exists() else []
    return [line for line in lines if not line.startswith("#")]


def test_trust_on_first_use_and_a_changed_certificate(server: Server, state: Path) -> None:
    """The whole story, as it is told to people and to scripts."""
    program = client_with(state, "FIRST_PAUSE = link.LONGEST_PAUSE = 0.1")
    here = f"127.0.0.1:{server.port}"
    where = ["127.0.0.1", str(server.port), "--tls", "--nick", "alice", "--room", "main"]

    # nobody can be asked
    for done in (
        run(server, "rooms", "--tls"),
        finish([sys.executable, str(CLIENT), *where], "hello\n"),
    ):
        assert done.returncode == 1
        assert f"{here} is not known" in done.stderr
        assert OLD in done.stderr
        assert "--fingerprint" in done.stderr
    assert pins(state) == []

    # a person is, once
    with Terminal(*where, state=state, program=program) as alice:
        alice.see("first connection", "Compare it", "/yes or /no: ").say("")
        assert fingerprints(alice) == {OLD}
        alice.see("Type /yes or /no").say("/yes")
        alice.see("Connected to the server over TLS!", "Welcome to room main!")
        alice.say("hello").see("<You> hello")
        assert pins(state) == [f"{here} {OLD}"]

        # scripts know the server from then on
        with Running(server, "tail", "--tls", "--room", "main", "-n", "1") as tail:
            assert tail.line().endswith("<alice> hello")
            assert run(server, "send", "--tls", "--room", "main", "from a script").returncode == 0
            alice.see("from a script")
            assert tail.line().endswith("from a script")

            # it is set up anew, or somebody pretends to be it
            server.stop(signal.SIGKILL)
            with anew(server) as other:
                alice.see("connection is lost", "has changed", "forget")
                assert alice.status() == 1
                assert {OLD, NEW} <= fingerprints(alice)
                status, _, complaints = tail.end()
                assert status == 1
                assert "has changed" in complaints
                sent = run(other, "send", "--tls", "--room", "main", "never")
                assert sent.returncode == 1
                assert f"chatroom-client forget {here}" in sent.stderr
                assert not [line for line in other.log if "came in" in line or "come in" in line]
                how_to_go_on(other, state, here)
                other.end_well()


def how_to_go_on(server: Server, state: Path, here: str) -> None:
    """Forgetting, fingerprints by hand, and a system that vouches for the server."""

    def forget(*words: str) -> tuple[int, str]:
        done = finish([sys.executable, str(CLIENT), "forget", *words])
        return done.returncode, done.stdout + done.stderr

    wrong = run(server, "rooms", "--fingerprint", OLD)
    assert wrong.returncode == 1
    assert OLD in wrong.stderr
    assert NEW in wrong.stderr
    assert forget("127.0.0.1", str(server.port)) == (
        0,
        f"The certificate of {here} is forgotten.\n",
    )
    assert forget("127.0.0.1") == (1, "chatroom-client: No certificate of 127.0.0.1 is known.\n")
    given = f"sha256:{NEW.lower().replace(':', '')}"
    assert run(server, "rooms", "--fingerprint", given).returncode == 0
    assert pins(state) == [f"{here} {NEW}"]
    assert run(server, "rooms", "--tls").returncode == 0
    assert forget("127.0.0.1")[0] == 0

    vouched = ["env", f"SSL_CERT_FILE={OTHER}", sys.executable, str(CLIENT), "rooms", "--tls"]
    assert finish([*vouched, "--server", f"localhost:{server.port}"]).returncode == 0
    assert pins(state) == []
    other_name = finish([*vouched, "--server", here])
    assert other_name.returncode == 1
    assert "is not known" in other_name.stderr


def test_no(server: Server, state: Path) -> None:
    """Then nothing is said to the server, and nothing is remembered: at a dumb terminal, too."""
    for answer, status in (("/no", 1), ("exit", 0)):
        with Terminal(
            "127.0.0.1", str(server.port), "--tls", environment={"TERM": "dumb"}, state=state
        ) as alice:
            alice.see("/yes or /no: ").say(answer)
            assert alice.status() == status
    assert pins(state) == []
    assert not [line for line in server.log if "come in" in line]


def test_a_damaged_file_of_known_servers(server: Server, state: Path) -> None:
    """It is named, and nobody is trusted; in clear text it does not matter."""
    (state / "chatroom").mkdir()
    (state / "chatroom" / "known_servers").write_text("rubbish\n")
    done = run(server, "rooms", "--tls")
    assert (done.returncode, done.stdout) == (1, "")
    assert "known_servers, line 1: expected HOST:PORT and a fingerprint" in done.stderr
    assert run(server, "rooms").returncode == 0


def test_a_server_without_tls(tmp_path: Path) -> None:
    """The client says so, and how to go on; it does not fall back by itself."""
    with Server(tmp_path / "server", config=config("")) as server:
        done = run(server, "send", "--tls", "--room", "main", "secret")
        assert done.returncode == 1
        assert f"127.0.0.1:{server.port} does not speak TLS: " in done.stderr
        assert "use --no-tls" in done.stderr
        assert run(server, "send", "--no-tls", "--room", "main", "public").returncode == 0


def test_ctrl_c_during_a_handshake(state: Path) -> None:
    """The server accepts, and says nothing at all."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        port = str(listener.getsockname()[1])
        with Terminal("127.0.0.1", port, "--tls", state=state) as alice:
            peer, _ = listener.accept()
            with peer:
                peer.settimeout(PATIENCE)
                assert peer.recv(1) == b"\x16"
                alice.press("c")
                assert alice.status() == 130


def test_a_certificate_of_ones_own_logs_in(server: Server, state: Path) -> None:
    """It is added once, logged in with a password; then it is enough (SASL EXTERNAL)."""
    where = ["127.0.0.1", str(server.port), "--nick", "carla", "--room", "main"]
    where += ["--fingerprint", OLD, "--certificate", CLIENT_FILE]
    with Terminal(*where, state=state) as carla:
        carla.see("your certificate does not belong to that account", "Welcome to room main!")
        carla.say("/register").see("A new password").say("correct horse")
        carla.see("Repeat it: ").say("correct horse").see("You are logged in as carla")
        carla.say("/certificate add").see(r"logs in to\s+carla from now on")
        carla.say("/set always-on on").see("Always-on is on")
        carla.say("/quit").status()
    where = [one for one in where if one not in ("--room", "main")]
    with Terminal(*where, state=state) as carla:  # who is always on need not choose a room
        carla.see("Welcome to room main!").say("/whois carla").see("is logged in as carla")
        assert "Choose a room" not in carla.glass.everything()
        carla.say("/certificate").see("certificates log in to carla", "of this conn")
        carla.say("/quit").status()
    where[-1] = str(state / "missing.pem")
    done = finish([sys.executable, str(CLIENT), *where], "hello\n")
    assert done.returncode == 1
    assert f"your certificate {where[-1]} cannot be used: no such file" in done.stderr
