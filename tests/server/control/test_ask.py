"""The tools' end of the control socket: whatever is at the other end, a clear answer in time."""

import socket
import threading
from pathlib import Path

import pytest

from chatroom.net.local_socket import listen_privately
from chatroom.server.control import ask as asking
from chatroom.server.control.ask import ControlError, NotRunning, ask, is_running


def asked_of(directory: Path, answer: bytes) -> dict[str, object]:
    """What a tool makes of that answer."""
    with listen_privately(directory / "control") as listening:
        listening.setblocking(True)

        def serve() -> None:
            sock, _ = listening.accept()
            with sock:
                sock.recv(1000)
                sock.sendall(answer)

        server = threading.Thread(target=serve)
        server.start()
        try:
            return ask(directory, "status", {})
        finally:
            server.join()


def test_an_answer(tmp_path: Path) -> None:
    assert asked_of(tmp_path, b'{"answer": {"pid": 7}, "more": 1}\n') == {"pid": 7}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b'{"error": "not today"}\n', "not today"),
        (rb'{"error": "boom \u001b[2J"}' + b"\n", "boom ^[[2J"),
        (b"", "the server has ended without an answer"),
        (b'{"answer": {', "the server has ended without an answer"),
        (b"[]\n", "the server's answer cannot be understood; is it another version?"),
        (b"x" * 70_000, "the server's answer cannot be understood; is it another version?"),
    ],
)
def test_no_answer(tmp_path: Path, answer: bytes, error: str) -> None:
    with pytest.raises(ControlError) as failed:
        asked_of(tmp_path, answer)
    assert str(failed.value) == error


def test_no_server(tmp_path: Path) -> None:
    """There was never one, or it was killed, or the directory is none."""
    listen_privately(tmp_path / "control").close()
    (tmp_path / "file").touch()
    for directory in (tmp_path / "never", tmp_path, tmp_path / "file"):
        assert not is_running(directory)
        with pytest.raises(NotRunning, match=f"no server uses the data directory {directory}"):
            ask(directory, "status", {})


def test_a_server_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be stopped (Ctrl-Z), or in an endless loop."""
    with listen_privately(tmp_path / "control"):
        assert is_running(tmp_path)
        with pytest.raises(ControlError, match="does not answer; it may be stopped or stuck"):
            ask(tmp_path, "status", {}, 0.05)
        monkeypatch.setattr(asking, "PATIENCE", 0.05)
        with pytest.raises(ControlError, match=r"cannot reach the server of .*: timed out"):
            while True:
                is_running(tmp_path)


def test_the_socket_of_an_older_version(tmp_path: Path) -> None:
    """Which took datagrams."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "control"))
        with pytest.raises(ControlError, match="protocol wrong type for socket"):
            ask(tmp_path, "status", {})
