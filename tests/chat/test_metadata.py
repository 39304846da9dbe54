"""METADATA, clause by clause (IRCv3 draft/metadata-3): looking, setting, and who may what."""

import pytest

from chat.metadata_people import ask, begin, come, in_batch, newcomer, values
from chat.people import first_step, heard, say
from chatroom.chat.limits import Limits
from chatroom.chat.ports import LOCAL
from chatroom.chat.privileges import PRIVILEGES
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import OperatorMade
from chatroom.wire.message import MAX_BODY
from chatroom.wire.metadata import FORMER_METADATA, METADATA


def enter(*people: Session, room: str = "#room") -> None:
    """They enter a room; the first one is its operator."""
    for one in people:
        say(one, f"JOIN {room}")
    for one in people:
        heard(one)


# The capability


def test_the_value_of_the_capability() -> None:
    """The limits; `before-connect` has no value. The former name has the same."""
    offered = " ".join(ask(newcomer(begin(), ""), "CAP LS 302")).split(" ")
    tokens = "before-connect,max-subs=50,max-keys=20,max-key-bytes=64,max-value-bytes=300"
    assert f"{METADATA}={tokens}" in offered
    assert f"{FORMER_METADATA}={tokens}" in offered


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        ("batch draft/metadata-3", "draft/metadata-2", "NAK"),
        ("draft/metadata-2", "batch draft/metadata-3", "NAK"),
        ("batch", "draft/metadata-2 draft/metadata-3", "NAK"),
        ("batch draft/metadata-2", "-draft/metadata-2 draft/metadata-3", "ACK"),
        ("draft/metadata-3", "batch", "ACK"),
        ("draft/metadata-3", "-draft/metadata-3", "ACK"),
    ],
)
def test_no_client_has_both(first: str, second: str, answer: str) -> None:
    """ "Clients MUST NOT request more than one of …" The order of `batch` does not matter."""
    session = newcomer(begin(), "")
    ask(session, f"CAP REQ :{first}")
    (line,) = ask(session, f"CAP REQ :{second}")
    assert line.split(" ")[2] == answer


# The command


@pytest.mark.parametrize(
    ("line", "named", "why"),
    [
        ("METADATA", "*", "Not enough parameters"),
        ("METADATA *", "*", "Not enough parameters"),
        ("METADATA * :", "*", "Not enough parameters"),
        ("METADATA * GET", "GET", "Not enough parameters"),
        ("METADATA * SET", "SET", "Not enough parameters"),
        ("METADATA * SUB", "SUB", "Not enough parameters"),
        ("METADATA * UNSUB", "UNSUB", "Not enough parameters"),
        ("METADATA * SNEEZE", "SNEEZE", 'Unknown subcommand "SNEEZE"'),
        ("METADATA * :: hi!", "*", 'Unknown subcommand ": hi!"'),
        ("METADATA * SET url two words", "SET", "Too many parameters"),
        *((f"METADATA * {word} url", word, "Too many parameters")
          for word in ("LIST", "CLEAR", "SUBS", "SYNC")),
    ],
)  # fmt: skip
def test_invalid_parameters(line: str, named: str, why: str) -> None:
    """`<Command>` is the subcommand, or an asterisk if it is none that could be sent."""
    alice = come(begin(), "alice")
    assert ask(alice, line) == [f"FAIL METADATA INVALID_PARAMS {named} {why}"]


def test_subcommands_in_any_case() -> None:
    alice = come(begin(), "alice")
    assert ask(alice, "metadata * set url x") == ["761 alice alice url * x"]


@pytest.mark.parametrize(
    "subcommand", ["GET url", "LIST", "SET url x", "CLEAR", "SUB url", "UNSUB url", "SUBS", "SYNC"]
)
@pytest.mark.parametrize("target", ["nobody", "#nowhere", "$a:user", "*ALL", "#", "a!b@c"])
def test_an_invalid_target(target: str, subcommand: str) -> None:
    """Nothing else is sent, and no batch. `*ALL` is a target of SYNC alone."""
    if (target, subcommand) != ("*ALL", "SYNC"):
        refusal = [f"FAIL METADATA INVALID_TARGET {target} Invalid metadata target"]
        assert ask(come(begin(), "alice"), f"METADATA {target} {subcommand}") == refusal


# GET and LIST


def test_get_answers_for_each_key_in_order() -> None:
    """761, 766, or WARN INVALID_KEY."""
    world = begin()
    alice, bob = come(world, "alice"), come(world, "bob")
    ask(alice, "METADATA * SET url :http://example.org/ a", "METADATA * SET avatar x")
    answer = ask(bob, "METADATA ALICE GET avatar $url nothing url")
    assert in_batch(answer, "alice") == [
        "761 bob alice avatar * x",
        "WARN METADATA INVALID_KEY $url Invalid key",
        "766 bob alice nothing Key not set",
        "761 bob alice url * http://example.org/ a",
    ]


@pytest.mark.parametrize("key", ["URL", "$url", "é", "a:b", "k" * 65, "a=b", "url,avatar"])
def test_invalid_keys(key: str) -> None:
    """ "Key names are restricted to the ranges a-z, 0-9, and _./-", and to `max-key-bytes`."""
    alice = come(begin(), "alice")
    fault = f"METADATA INVALID_KEY {key} Invalid key"
    assert ask(alice, f"METADATA * SET {key} x") == [f"FAIL {fault}"]
    assert in_batch(ask(alice, f"METADATA * GET {key}"), "alice") == [f"WARN {fault}"]
    for subcommand in ("SUB", "UNSUB"):
        assert ask(alice, f"METADATA * {subcommand} {key}") == [f"WARN {fault}"]


@pytest.mark.parametrize("key", ["a", "0", "a-b_c.d/e", "k" * 64, "_", "example.org/x"])
def test_valid_keys(key: str) -> None:
    alice = come(begin(), "alice")
    assert ask(alice, f"METADATA * SET {key} x") == [f"761 alice alice {key} * x"]


def test_list_shows_all_that_is_set() -> None:
    world = begin()
    alice, bob = come(world, "alice"), come(world, "bob")
    assert ask(bob, "METADATA alice LIST") == ["BATCH + metadata alice", "BATCH -"]
    ask(alice, "METADATA * SET url x", "METADATA * SET avatar y")
    assert in_batch(ask(bob, "METADATA alice LIST"), "alice") == [
        "761 bob alice url * x",
        "761 bob alice avatar * y",
    ]


def test_without_batches_the_lines_come_one_by_one() -> None:
    world = begin()
    alice, bob = come(world, "alice"), come(world, "bob", METADATA)
    ask(alice, "METADATA * SET url x")
    assert ask(bob, "METADATA alice LIST") == ["761 bob alice url * x"]


def test_a_labelled_answer_is_one_batch() -> None:
    """It is the batch of metadata itself that has the label."""
    alice = come(begin(), "alice", "batch labeled-response draft/metadata-3")
    say(alice, "@label=1 METADATA * GET url")
    first, _, _ = heard(alice)
    assert first.startswith("@label=1 :chatroom.local BATCH +")
    assert first.endswith(" metadata alice")


# SET and CLEAR


def test_set_is_answered_with_the_new_value() -> None:
    """Also the same again; an empty value, or none, removes the key, also one that is not set."""
    alice = come(begin(), "alice")
    for _ in range(2):
        assert ask(alice, "METADATA * SET url :a b") == ["761 alice alice url * a b"]
    assert ask(alice, "METADATA alice SET url é") == ["761 alice alice url * é"]
    for line in ("SET url", "SET url :", "SET url", "SET never"):
        key = line.split(" ")[1]
        assert ask(alice, f"METADATA * {line}") == [f"766 alice alice {key} Key not set"]
    assert values(alice, "*") == {}


def test_a_value_is_as_long_as_a_line_can_hold() -> None:
    """At most `max-value-bytes`; and no name of the person who is told makes the line too long."""
    alice = come(begin(), "alice")
    assert ask(alice, f"METADATA * SET url {'x' * 300}") == [f"761 alice alice url * {'x' * 300}"]
    for value in ("x" * 301, "é" * 151, "💜" * 120):
        assert ask(alice, f"METADATA * SET url :{value}") == [
            "FAIL METADATA INVALID_VALUE url The value is too long"
        ]
    assert values(alice, "*") == {"url": "x" * 300}


def test_no_value_is_cut() -> None:
    """With the longest of keys and of limits, people with the longest nickname see all of it."""
    world = begin(limits=Limits(metadata_value=400, metadata_key=128))
    alice, other = come(world, "alice"), come(world, "b" * 30)
    ask(alice, f"NICK {'a' * 30}")
    key = "k" * 60
    longest = next(
        size for size in range(400, 0, -1)
        if "761" in ask(alice, f"METADATA * SET {key} {'x' * size}")[0]
    )  # fmt: skip
    ask(alice, f"METADATA * SET {key}", "NICK al")
    assert "761" in ask(alice, f"METADATA * SET {key} {'x' * longest}")[0]
    assert "INVALID_VALUE" in ask(alice, f"METADATA * SET {key} {'x' * (longest + 1)}")[0]
    ask(alice, f"NICK {'a' * 30}")
    say(other, f"METADATA {'a' * 30} LIST")
    line = max(heard(other), key=len)
    assert len(line.partition(" ")[2]) + 2 == MAX_BODY


def test_at_most_so_many_keys() -> None:
    """A key that is set can still be changed. Rooms have as many."""
    alice = come(begin(limits=Limits(metadata_keys=2)), "alice")
    enter(alice)
    for target, name in (("*", "alice"), ("#room", "#room")):
        ask(alice, *(f"METADATA {target} SET key{number} x" for number in range(2)))
        refusal = f"FAIL METADATA LIMIT_REACHED SET {name} 2 Too many keys"
        assert ask(alice, f"METADATA {target} SET key2 x") == [refusal]
        assert ask(alice, f"METADATA {target} SET key1 y")[0].startswith("761")
        ask(alice, f"METADATA {target} SET key0")
        assert ask(alice, f"METADATA {target} SET key2 x")[0].startswith("761")


def test_none_where_there_may_be_none() -> None:
    alice = come(begin(limits=Limits(metadata_keys=0)), "alice")
    refusal = "FAIL METADATA LIMIT_REACHED SET alice 0 Too many keys"
    assert ask(alice, "METADATA * SET url x") == [refusal]


def test_people_change_only_their_own() -> None:
    """Not even operators of the server change others'. The key is checked first."""
    world = begin()
    alice, bob = come(world, "alice"), come(world, "bob")
    enter(alice, bob)
    everything = tuple(PRIVILEGES)
    apply(world, OperatorMade(bob.user.id, "root", "all", everything, False, world.now))
    heard(bob)
    ask(alice, "METADATA * SET url x")
    why = "You may only change your own metadata"
    assert ask(bob, "METADATA Alice SET url y") == [
        f"FAIL METADATA KEY_NO_PERMISSION alice url {why}"
    ]
    assert ask(bob, "METADATA alice CLEAR") == [f"FAIL METADATA KEY_NO_PERMISSION alice * {why}"]
    assert ask(bob, "METADATA alice SET $url y") == [
        "FAIL METADATA INVALID_KEY $url Invalid key"
    ]  # fmt: skip
    assert values(alice, "*") == {"url": "x"}


def test_operators_change_the_room_s() -> None:
    """All standings are in test_authorisation.py."""
    world = begin()
    alice, bob, carol = (come(world, nick) for nick in ("alice", "bob", "carol"))
    enter(alice, bob)
    assert ask(alice, "METADATA #ROOM SET url x") == ["761 alice #room url * x"]
    why = "Only operators and above may change the room's metadata"
    for one in (bob, carol):
        for line, key in (("SET url y", "url"), ("SET url", "url"), ("CLEAR", "*")):
            assert ask(one, f"METADATA #room {line}") == [
                f"FAIL METADATA KEY_NO_PERMISSION #room {key} {why}"
            ]
    assert values(bob, "#room") == {"url": "x"}


def test_clear_removes_all() -> None:
    """One 766 for each; if there is nothing, the batch is empty."""
    alice = come(begin(), "alice")
    enter(alice)
    for target, name in (("*", "alice"), ("#room", "#room")):
        ask(alice, *(f"METADATA {target} SET {key} x" for key in ("url", "avatar")))
        assert in_batch(ask(alice, f"METADATA {target} CLEAR"), name) == [
            f"766 alice {name} url Key not set",
            f"766 alice {name} avatar Key not set",
        ]
        assert values(alice, target) == {}
        assert in_batch(ask(alice, f"METADATA {target} CLEAR"), name) == []


# Who may look


CLOSED = ("+i", "+k sesame", "+R", "+z")


@pytest.mark.parametrize("mode", CLOSED)
def test_a_closed_room_s_are_for_its_members(mode: str) -> None:
    """To others it looks as if nothing was set, on every way."""
    world = begin()
    alice, bob, carol = (come(world, nick, subscribe="url") for nick in ("alice", "bob", "carol"))
    alice.transport = bob.transport = LOCAL
    enter(alice, bob)
    ask(alice, "METADATA #room SET url x", f"MODE #room {mode}")
    heard(bob)
    assert values(bob, "#room") == {"url": "x"}
    assert in_batch(ask(carol, "METADATA #room GET url"), "#room") == [
        "766 carol #room url Key not set"
    ]
    for line in ("METADATA #room LIST", "METADATA #room SYNC"):
        assert in_batch(ask(carol, line), "#room") == []
    assert in_batch(ask(carol, "METADATA *ALL SYNC"), "*ALL") == []


def test_those_who_are_banned_see_as_little() -> None:
    world = begin()
    alice, bob = come(world, "alice"), come(world, "bob")
    enter(alice)
    ask(alice, "METADATA #room SET url x")
    assert values(bob, "#room") == {"url": "x"}
    ask(alice, "MODE #room +b bob!*@*")
    assert values(bob, "#room") == {}


SUBCOMMANDS = ("GET url", "LIST", "SET url y", "SET url", "SET $ y", "CLEAR", "SUB url", "SYNC")


@pytest.mark.parametrize("subcommand", SUBCOMMANDS)
def test_nothing_tells_whether_a_hidden_room_exists(subcommand: str) -> None:
    """It is answered like a room that does not exist."""
    world = begin()
    alice, bob = come(world, "alice"), come(world, "bob")
    enter(alice)
    ask(alice, "METADATA #room SET url x", "MODE #room +s")
    hidden, missing = (ask(bob, f"METADATA {name} {subcommand}") for name in ("#room", "#moor"))
    assert [line.replace("#moor", "#room") for line in missing] == hidden
    assert hidden == ["FAIL METADATA INVALID_TARGET #room Invalid metadata target"]


def test_sync_by_an_outsider_names_no_members() -> None:
    """Who is in an open room may be invisible to them."""
    world = begin()
    alice, bob = come(world, "alice", subscribe="url"), come(world, "bob", subscribe="url")
    enter(alice)
    ask(alice, "METADATA #room SET url x", "METADATA * SET url y")
    outside, room = ask(bob, "METADATA #room SYNC"), "761 bob #room url * x"
    assert in_batch(outside, "#room") == [room]
    enter(bob)
    member = ask(bob, "METADATA #room SYNC")
    assert in_batch(member, "#room") == [room, "761 bob alice url * y"]


def test_somebody_who_has_left_sees_nothing_further() -> None:
    """An answer is interrupted when its reader is removed from the closed room."""
    world = begin(limits=Limits(metadata_keys=60))
    alice, bob = come(world, "alice"), come(world, "bob")
    enter(alice, bob)
    ask(alice, *(f"METADATA #room SET key{number} x" for number in range(60)), "MODE #room +i")
    heard(bob)
    first_step(bob, "METADATA #room LIST")
    say(alice, "KICK #room bob")
    assert bob.answer is not None
    while bob.answer.advance():
        pass
    assert len([line for line in heard(bob) if " 761 " in line]) < 60


def test_whois_shows_them_to_clients_that_know_them() -> None:
    """760, "RPL_WHOISKEYVALUE"."""
    world = begin()
    alice, bob, old = come(world, "alice"), come(world, "bob"), come(world, "old", "batch")
    ask(alice, "METADATA * SET url x")
    assert "760 bob alice url * x" in ask(bob, "WHOIS alice")
    assert not [line for line in ask(old, "WHOIS alice") if line.startswith("760")]


# Limits


def test_the_limits_are_those_that_are_told() -> None:
    limits = Limits(
        metadata_keys=3, metadata_key=4, metadata_value=5, metadata_subscriptions=2
    )  # fmt: skip
    world = begin(limits=limits)
    offered = " ".join(ask(newcomer(world, ""), "CAP LS 302"))
    tokens = "max-subs=2,max-keys=3,max-key-bytes=4,max-value-bytes=5"
    assert f"{METADATA}=before-connect,{tokens} " in offered + " "
    alice = come(world, "alice")
    assert ask(alice, "METADATA * SET five5 x") == ["FAIL METADATA INVALID_KEY five5 Invalid key"]
    assert "INVALID_VALUE" in ask(alice, "METADATA * SET four sixsix")[0]
