"""CAP LS and LIST for old clients: one line, however little it holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.people import Peer, a_world, heard, say, world_of
from chat.stored_history import StoredHistory
from chatroom.chat.connections import attach
from chatroom.chat.limits import Limits
from chatroom.chat.session import Session
from chatroom.chat.settings import Settings
from chatroom.wire.capabilities import CAPABILITIES
from chatroom.wire.message import MAX_BODY

GOTHIC = "\U00010330"
"""A letter of four bytes."""


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Session]:
    """With a name of 256 bytes, on a server with a name of 63, so that the list has little room."""
    log = StoredHistory(tmp_path)
    settings, limits = Settings(name=f"{'s' * 59}.lan"), Limits(nickname=64)
    world = a_world(limits, log, 20, settings)
    session = attach(world, Peer(), "192.0.2.1")
    say(session, f"NICK {GOTHIC * 64}")
    assert session.user.nick
    yield session
    log.close()


@pytest.mark.parametrize("version", ["", " 301"])
def test_one_line_for_old_clients(newcomer: Session, version: str) -> None:
    """They take the first line for all of it; drafts go first ("CAP LS Version 302")."""
    say(newcomer, f"CAP LS{version}")
    (line,) = heard(newcomer)
    assert len(line.encode()) <= MAX_BODY - 2
    head, _, listed = line.partition(" :")
    assert head.endswith(" LS")
    offered = {name for name in CAPABILITIES if world_of(newcomer).offers(name)}
    assert set(listed.split()) < offered
    assert {"batch", "echo-message", "message-tags", "multi-prefix"} <= set(listed.split())


def test_several_lines_for_the_others(newcomer: Session) -> None:
    say(newcomer, "CAP LS 302")
    *others, last = heard(newcomer)
    assert others
    assert all(" LS * :" in line for line in others)
    assert " LS :" in last
    listed = {
        name.partition("=")[0]
        for line in (*others, last)
        for name in line.partition(" :")[2].split()
    }
    assert listed == {name for name in CAPABILITIES if world_of(newcomer).offers(name)}
