"""Unix sockets between processes of one user."""

import os
import socket
from pathlib import Path

import pytest

from chatroom.net.local_socket import connect, listen_privately, peer_user


def test_a_deep_directory(tmp_path: Path) -> None:
    """Its path is longer than a socket's address. The socket is its owner's only, and replaces what
    is there."""
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    path = deep / "control"
    with pytest.raises(FileNotFoundError):
        connect(path, 1.0)
    path.write_text("left by another process")
    with listen_privately(path) as listening, connect(path, 1.0) as client:
        assert path.stat().st_mode & 0o777 == 0o600
        served, _ = listening.accept()
        with served:
            assert peer_user(served) == os.geteuid()
            client.sendall(b"hello")
            assert served.recv(10) == b"hello"
    with pytest.raises(ConnectionRefusedError):
        connect(path, 1.0)


def test_a_process_that_accepts_nobody_is_waited_for_for_a_bounded_time(tmp_path: Path) -> None:
    """It may be stopped; the kernel keeps few connections for it."""
    clients: list[socket.socket] = []
    with listen_privately(tmp_path / "control"):
        with pytest.raises(TimeoutError):
            while True:
                clients.append(connect(tmp_path / "control", 0.05))
        for client in clients:
            client.close()
    assert clients
