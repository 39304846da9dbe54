"""Client-only tags that the operator denies (message-tags, "RPL_ISUPPORT Tokens"), and the tag of
operators (draft/oper-tag)."""

import pytest

from chat.memory_history import MemoryHistory
from chat.people import a_world, arrive, heard, say
from chatroom.chat.session import Session
from chatroom.chat.settings import Settings
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import OperatorMade
from chatroom.wire.message import Message, decode

TAGS = frozenset({"message-tags"})


def messages(session: Session) -> list[Message]:
    return [message for line in heard(session) if (message := decode(line.encode()))]


@pytest.mark.parametrize(
    ("denied", "relayed"),
    [
        ("", "+a +reply +typing"),
        ("typing,x/y", "+a +reply"),
        ("a,reply,typing", ""),
        ("*", ""),
        ("*,-reply", "+reply"),
        ("*,-reply,-a", "+a +reply"),
    ],
)
@pytest.mark.parametrize("target", ["#den", "bob"])
def test_denied_tags_are_removed_and_the_message_stays(
    denied: str, relayed: str, target: str
) -> None:
    """Blocking tags does not block the message; a TAGMSG that says nothing else is ignored."""
    world = a_world(settings=Settings(client_tag_deny=denied))
    alice, bob = arrive(world, "alice", TAGS), arrive(world, "bob", TAGS)
    say(alice, "JOIN #den")
    say(bob, "JOIN #den")
    heard(alice), heard(bob)
    tags = "@+a=1;+typing=active;+reply=2"
    say(alice, f"{tags} PRIVMSG {target} :hi", f"{tags} NOTICE {target} :hi")
    say(alice, f"{tags} TAGMSG {target}")
    told = messages(bob)
    assert [one.command for one in told] == ["PRIVMSG", "NOTICE", *(["TAGMSG"] if relayed else [])]
    for one in told:
        assert sorted(key for key in one.tags if key.startswith("+")) == relayed.split()
    assert heard(alice) == []


@pytest.mark.parametrize(
    ("denied", "shown"),
    [
        ("typing", "typing,draft/typing"),
        ("a,draft/react,react", "a,draft/react,react"),
        ("*,-reply", "*,-reply,-draft/reply"),
        ("*,-a,-draft/typing", "*,-a,-draft/typing,-typing"),
    ],
)
def test_both_names_of_a_tag_are_denied(denied: str, shown: str) -> None:
    """With +typing, +draft/typing goes too, or people would still see who is typing; and clients
    are told so."""
    world = a_world(settings=Settings(client_tag_deny=denied))
    alice, bob = arrive(world, "alice", TAGS), arrive(world, "bob", TAGS)
    say(alice, "ISUPPORT")
    assert any(f" CLIENTTAGDENY={shown} " in line for line in heard(alice))
    names = ("a", "typing", "draft/typing", "react", "draft/react", "reply", "draft/reply")
    say(alice, "".join(f";+{name}=1" for name in names).replace(";", "@", 1) + " NOTICE bob :hi")
    (told,) = messages(bob)
    listed = {f"+{word.removeprefix('-')}" for word in shown.split(",")}
    is_relayed = shown.startswith("*")
    assert {f"+{name}" for name in names if (f"+{name}" in listed) is is_relayed} == {
        key for key in told.tags if key.startswith("+")
    }


def test_the_room_that_a_private_message_is_about_is_passed_on() -> None:
    """client-tags, channel-context: by either name, whatever the server knows of the room."""
    world = a_world()
    alice, bob = arrive(world, "alice", TAGS), arrive(world, "bob", TAGS)
    tags = {"+channel-context": "#den", "+draft/channel-context": "#den"}
    say(alice, f"@{';'.join(f'{key}={value}' for key, value in tags.items())} NOTICE bob :hi")
    (told,) = messages(bob)
    assert told.tags.items() >= tags.items()


def test_the_longest_list_of_denied_tags_fits_into_a_line() -> None:
    """Of 200 characters in the configuration, with the other names of all tags that have two."""
    names = "-channel-context,-persist,-react,-reply,-typing,-unreact"
    denied = f"*,{names},-{'x' * (196 - len(names))}"
    assert len(denied) == 200
    world = a_world(settings=Settings(client_tag_deny=denied, name=f"{'s' * 59}.lan"))
    alice = arrive(world, "\u0e01" * 30)
    say(alice, "ISUPPORT")
    assert any(line.endswith(" :are supported by this server") and "unreact" in line
               for line in heard(alice))  # fmt: skip


def test_a_denied_tagmsg_is_acknowledged() -> None:
    """labeled-response: an answer comes to whatever has a label."""
    world = a_world(settings=Settings(client_tag_deny="typing"))
    alice = arrive(world, "alice", TAGS | {"batch", "labeled-response", "echo-message"})
    say(alice, "JOIN #den")
    heard(alice)
    say(alice, "@label=x;+typing=active TAGMSG #den")
    assert heard(alice) == ["@label=x :chatroom.local ACK"]


def test_operators_are_marked() -> None:
    """draft/oper-tag: on all that they send, for those who agreed on it; nobody learns the name."""
    world = a_world(log=MemoryHistory())
    boss, knows = arrive(world, "boss"), arrive(world, "knows", frozenset({"draft/oper-tag"}))
    plain = arrive(world, "plain", TAGS | {"server-time"})
    for session in (boss, knows, plain):
        say(session, "JOIN #den")
    apply(world, OperatorMade(boss.user.id, "secret-name", "all", (), False, world.now), boss)
    for session in (boss, knows, plain):
        heard(session)
    lines = ["PRIVMSG #den :hi", "NOTICE #den hi", "TOPIC #den :new", "MODE #den +m", "NICK boss2",
             "PRIVMSG knows :psst", "PART #den"]  # fmt: skip
    say(boss, *lines)
    told = messages(knows)
    assert [one.tags for one in told] == [{"draft/oper": ""}] * len(lines)
    assert not [one for one in messages(plain) if "draft/oper" in one.tags]
    say(knows, "PRIVMSG #den :I am none")
    assert not [one for one in messages(plain) if "draft/oper" in one.tags]


def test_numerics_on_behalf_of_an_operator_are_marked() -> None:
    """draft/oper-tag: "SHOULD be added to any numeric replies sent on behalf of the user": what
    AWAY and KNOCK send. WHOIS and WHO are answers of the server, and say it in their own way."""
    world = a_world(log=MemoryHistory())
    boss, knows = arrive(world, "boss"), arrive(world, "knows", frozenset({"draft/oper-tag"}))
    plain = arrive(world, "plain", TAGS)
    apply(world, OperatorMade(boss.user.id, "secret-name", "all", (), False, world.now), boss)
    for asker in (knows, plain):
        say(asker, f"JOIN #{asker.user.nick}", f"MODE #{asker.user.nick} +i")
        heard(asker)
    say(boss, "AWAY :tea", "KNOCK #knows", "KNOCK #plain")
    for asker in (knows, plain):
        room = f"#{asker.user.nick}"
        say(asker, "PRIVMSG boss :psst", f"INVITE boss {room}", "WHOIS boss", "WHO boss")
    marked = [one.command for one in messages(knows) if one.tags == {"draft/oper": ""}]
    assert marked == ["710", "301", "301"]
    assert not [one for one in messages(plain) if "draft/oper" in one.tags]
    say(plain, "AWAY :out")
    say(knows, "PRIVMSG plain :psst")
    assert [one.tags for one in messages(knows)] == [{}]
