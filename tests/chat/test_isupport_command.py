"""ISUPPORT at any time, as a batch (IRCv3 draft/extended-isupport), and what changes meanwhile."""

from collections import deque

import pytest

from chat.people import Peer, a_world, arrive, heard, say
from chatroom.chat.commands.isupport import Tokens
from chatroom.chat.connections import attach
from chatroom.chat.limits import Limits
from chatroom.chat.settings import Settings
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import LimitsChanged

BOTH = frozenset({"batch", "draft/extended-isupport"})


def tokens_in(lines: list[str]) -> list[str]:
    """The tokens of the lines that are 005."""
    return [
        word
        for line in lines
        if " 005 " in line
        for word in line.partition(" 005 ")[2].partition(" :")[0].split()[1:]
    ]


def test_it_is_asked_for() -> None:
    """ "ISUPPORT command": the full list, as after registration."""
    world = a_world()
    session = attach(world, Peer(), "192.0.2.1")
    say(session, "NICK alice", "USER alice 0 * :alice")
    welcome = tokens_in(heard(session))
    assert "NETWORK=Chatroom" in welcome
    say(session, "ISUPPORT")
    lines = heard(session)
    assert tokens_in(lines) == welcome
    assert all(" 005 " in line for line in lines)


def test_before_registration_with_the_capability_only() -> None:
    """ "draft/extended-isupport capability": accepted before CAP END, and before a nickname."""
    session = attach(a_world(), Peer(), "192.0.2.1")
    say(session, "ISUPPORT")
    assert [line.split()[1] for line in heard(session)] == ["451"]
    say(session, "CAP REQ :draft/extended-isupport", "ISUPPORT")
    lines = heard(session)[1:]
    assert lines
    assert all(line.startswith(":chatroom.local 005 * ") for line in lines)


@pytest.mark.parametrize("order", [sorted(BOTH), sorted(BOTH, reverse=True)])
def test_all_of_them_come_in_a_batch(order: list[str]) -> None:
    """ "draft/isupport batch": whatever asks for them, in whatever order the two were enabled."""
    session = attach(a_world(), Peer(), "192.0.2.1")
    say(session, "CAP LS 302", *(f"CAP REQ {name}" for name in order))
    say(session, "NICK alice", "USER alice 0 * :alice")
    heard(session)
    for request in ("ISUPPORT", "CAP END", "VERSION"):
        say(session, request)
        lines = [line for line in heard(session) if " 005 " in line or " BATCH " in line]
        first, *inside, last = lines
        reference = first.split()[2].removeprefix("+")
        assert first == f":chatroom.local BATCH +{reference} draft/isupport"
        assert last == f":chatroom.local BATCH -{reference}"
        assert inside
        assert all(f"@batch={reference} :chatroom.local 005 " in line for line in inside)


def test_with_a_label() -> None:
    """labeled-response: an existing batch gets the label."""
    session = arrive(a_world(), "alice", BOTH | {"labeled-response", "message-tags"})
    say(session, "@label=x ISUPPORT")
    first, *_ = heard(session)
    assert first.startswith("@label=x :chatroom.local BATCH +")
    assert first.endswith(" draft/isupport")


def test_an_icon_and_denied_tags() -> None:
    """network-icon; message-tags, "RPL_ISUPPORT Tokens"."""
    settings = Settings(icon="https://x.example/i.png?a", client_tag_deny="*,-reply")
    session = arrive(a_world(settings=settings), "alice")
    say(session, "ISUPPORT")
    tokens = tokens_in(heard(session))
    assert {"draft/ICON=https://x.example/i.png?a", "CLIENTTAGDENY=*,-reply,-draft/reply"} <= set(
        tokens
    )
    plain = arrive(a_world(), "alice")
    say(plain, "ISUPPORT")
    assert "ICON" not in "".join(names := tokens_in(heard(plain)))
    assert not [name for name in names if name.startswith("CLIENTTAGDENY")]


def test_changes_are_sent_to_everybody_who_has_the_tokens() -> None:
    """ "Sending a change": the new values, and -NAME for what is gone; in a batch where agreed."""
    world = a_world(settings=Settings(icon="https://x.example/i.png"))
    plain, modern = arrive(world, "plain"), arrive(world, "modern", BOTH)
    early, prose = attach(world, Peer(), "192.0.2.1"), arrive(world, "prose")
    prose.shows_rooms_itself = True
    before = Tokens(world)
    world.set_settings(Settings())
    apply(world, LimitsChanged(Limits(nickname=20)))
    deque(before.announce(), 0)
    changed = ":chatroom.local 005 {} NICKLEN=20 -draft/ICON :are supported by this server"
    assert heard(plain) == [changed.format("plain")]
    opening, line, closing = heard(modern)
    assert opening.endswith(" draft/isupport")
    assert line.endswith(changed.format("modern"))
    assert " BATCH -" in closing
    assert heard(early) == heard(prose) == []
    deque(Tokens(world).announce(), 0)
    assert heard(plain) == []
