"""CAP LS and LIST for old clients: one line, however little it holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.people import Peer, a_world, heard, say, world_of
from chat.stored_history import StoredHistory
from chatroom.chat.connections import attach
from chatroom.chat.session import Session
from chatroom.chat.settings import Settings
from chatroom.wire.capabilities import CAPABILITIES
from chatroom.wire.message import MAX_BODY
from chatroom.wire.metadata import FORMER_METADATA

GOTHIC = "\U00010330"
"""A letter of four bytes."""


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Session]:
    """With a name of 88 bytes, on a server with a name of 63, so that the list has little room."""
    log = StoredHistory(tmp_path)
    settings = Settings(name=f"{'s' * 59}.lan")
    world = a_world(None, log, 20, settings)
    session = attach(world, Peer(), "192.0.2.1")
    say(session, f"NICK {GOTHIC * 22}")
    assert session.user.nick
    yield session
    log.close()


def words(lines: list[str]) -> list[str]:
    return " ".join(line.partition(" :")[2] for line in lines).split()


def offered_to(session: Session) -> set[str]:
    return {name for name in CAPABILITIES if world_of(session).offers(name)}


@pytest.mark.parametrize("version", ["", " 301"])
def test_old_clients_get_all_of_it_too(newcomer: Session, version: str) -> None:
    """Without `*`, which they do not know ("Multiline replies"); each line is a list of its own. A
    client that reads only the first line misses drafts."""
    say(newcomer, f"CAP LS{version}")
    lines = heard(newcomer)
    assert len(lines) > 1
    assert all(len(line.encode()) <= MAX_BODY - 2 for line in lines)
    assert all(line.partition(" :")[0].endswith(" LS") for line in lines)
    assert set(words(lines)) == offered_to(newcomer)
    has_slash = ["/" in word for word in words(lines)]
    assert has_slash == sorted(has_slash)
    wanted = offered_to(newcomer) - {FORMER_METADATA}  # nobody may have both
    for name in wanted:
        say(newcomer, f"CAP REQ {name}")
    heard(newcomer)
    say(newcomer, "CAP LIST")
    assert set(words(heard(newcomer))) == wanted


def test_several_lines_for_the_others(newcomer: Session) -> None:
    say(newcomer, "CAP LS 302")
    *others, last = heard(newcomer)
    assert others
    assert all(" LS * :" in line for line in others)
    assert " LS :" in last
    listed = {name.partition("=")[0] for name in words([*others, last])}
    assert listed == offered_to(newcomer)


def test_a_lower_version_later_gets_no_values(newcomer: Session) -> None:
    """ "CAP LS Version": the reply is consistent with the request, the higher version stays."""
    say(newcomer, "CAP LS 302")
    heard(newcomer)
    say(newcomer, "CAP LS")
    lines = heard(newcomer)
    assert not [line for line in lines if " LS * :" in line]
    assert set(words(lines)) == offered_to(newcomer)
    say(newcomer, "CAP REQ :-cap-notify")
    assert " NAK " in heard(newcomer)[0]
    say(newcomer, "CAP LS 307")
    assert "draft/multiline=max-bytes=8192,max-lines=100" in words(heard(newcomer))
