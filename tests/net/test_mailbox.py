"""Messages to a running process, by a socket in its directory."""

from pathlib import Path

import pytest

from chatroom.net.loop import Loop
from chatroom.net.mailbox import LONGEST, PER_TURN, Mailbox, send


def turn(loop: Loop) -> None:
    for ready, mask in loop.select(0):
        ready(mask)


def test_messages_arrive_whole_and_in_order(tmp_path: Path) -> None:
    """Also in a directory whose path is longer than a socket's address; a bounded number a turn."""
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    path, loop, heard = deep / "control", Loop(), list[bytes]()
    assert not send(path, b"too early")
    path.write_text("left by another process")
    mailbox = Mailbox(loop, path, heard.append)
    assert path.stat().st_mode & 0o777 == 0o600
    for number in range(3):
        assert send(path, b"%d" % number)
    turn(loop)
    assert heard == [b"0", b"1", b"2"]
    assert send(path, b"x" * LONGEST)
    turn(loop)
    assert heard[3] == b"x" * LONGEST
    mailbox.close()
    assert not path.exists()
    assert not send(path, b"too late")
    loop.close()


def test_a_process_that_does_not_read_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be stopped; its socket takes few messages."""
    monkeypatch.setattr("chatroom.net.mailbox.PATIENCE", 0.01)
    loop = Loop()
    mailbox = Mailbox(loop, tmp_path / "control", lambda _message: None)
    with pytest.raises(OSError, match="timed out"):
        for _ in range(100_000):
            send(tmp_path / "control", b"x" * LONGEST)
    mailbox.close()
    loop.close()


def test_nobody_fills_a_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatroom.net.mailbox.PER_TURN", 2)
    loop, heard = Loop(), list[bytes]()
    mailbox = Mailbox(loop, tmp_path / "control", heard.append)
    for _ in range(3):
        send(tmp_path / "control", b"x")
    turn(loop)
    assert len(heard) == 2 < PER_TURN
    turn(loop)
    assert len(heard) == 3
    mailbox.close()
    loop.close()
