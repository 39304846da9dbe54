"""Who may read what: rooms behind a closed door, and what was said behind one that has faded.

tests/rights_table.py has the cases one by one; test_rights.py here plays some of them.
"""

from collections.abc import Iterator
from itertools import count

import pytest

from chatroom.wire.message import MAX_SERVER_TAGS, Message, decode
from harness import Client, Server

CAPS = "batch server-time message-tags draft/chathistory soju.im/search"

_numbers = count(1)


@pytest.fixture
def word() -> str:
    """Said in one room, and nowhere else."""
    return f"word{next(_numbers)}"


@pytest.fixture
def op(server: Server, word: str) -> Iterator[Client]:
    """Has said the word in a room of that name."""
    with server.join("op", f"#{word}", caps=CAPS) as client:
        client.ask(f"PRIVMSG #{word} :{word}")
        yield client
        client.send("QUIT").end()


@pytest.fixture
def ann(server: Server, op: Client) -> Iterator[Client]:
    """Is in no room."""
    with server.join("ann", caps=CAPS) as client:
        yield client
        client.send("QUIT").end()


def texts(messages: list[Message]) -> list[str]:
    return [m.params[1] for m in messages if m.command == "PRIVMSG"]


def history(client: Client, word: str) -> list[str] | str:
    """What was said, or the code of the refusal."""
    client.ask()
    replies = client.ask(f"CHATHISTORY LATEST #{word} * 9")
    return replies[0].params[1] if replies[0].command == "FAIL" else texts(replies)


def searched(client: Client, attributes: str) -> list[str] | str:
    """What is found, or the code of the refusal."""
    client.ask()
    lines = client.send(f"SEARCH {attributes}").read_until(" BATCH -| FAIL SEARCH")
    replies = [m for line in lines if (m := decode(line.encode(), MAX_SERVER_TAGS))]
    return replies[0].params[1] if replies[0].command == "FAIL" else texts(replies)


def readable(client: Client, word: str) -> bool:
    """Whether every way shows what was said there; none or all of them.

    Where none does, that is refused, or there is nothing, as in a room that never was.
    """
    ways = [
        history(client, word),
        searched(client, f"text={word}"),
        searched(client, f"text={word}\\sin:{word}"),
        searched(client, f"in=#{word}"),
    ]
    if ways == [[word]] * 4:
        return True
    refused = ["INVALID_TARGET", [], "INVALID_PARAMS", "INVALID_PARAMS"]
    as_if_not_there = ["INVALID_TARGET", [], [], []]
    assert ways in ([[]] * 4, as_if_not_there, refused)
    return False


@pytest.mark.parametrize(
    ("closing", "opening"),
    [
        ("+k sesame", "-k *"),
        ("+i", "-i"),
        ("+s", "-s"),
        ("+b ann!*@*", "-b ann!*@*"),
        ("+b *!*@127.0.0.1", "+e ann!*@*"),
    ],
)
def test_a_closed_door(op: Client, ann: Client, word: str, closing: str, opening: str) -> None:
    """Who is not in and may not enter reads nothing, and again when the modes allow it; members
    read always. chathistory, "Errors and Warnings": INVALID_TARGET."""
    assert readable(ann, word)
    op.ask(f"MODE #{word} {closing}")
    assert not readable(ann, word)
    assert readable(op, word)
    op.ask(f"MODE #{word} {opening}")
    assert readable(ann, word)


@pytest.mark.parametrize("mode", ["+m", "+n", "+t", "+l 1"])
def test_modes_that_hide_nothing(op: Client, ann: Client, word: str, mode: str) -> None:
    """Who may come in, sooner or later, may read."""
    op.ask(f"MODE #{word} {mode}")
    assert readable(ann, word)


def test_members_of_a_closed_room(op: Client, ann: Client, word: str) -> None:
    """The right comes with entering, by key or invitation, and goes with leaving."""
    op.ask(f"MODE #{word} +iks sesame")
    assert not readable(ann, word)
    op.ask(f"INVITE ann #{word}", f"MODE #{word} +I ann!*@*")
    assert not readable(ann, word)
    ann.ask(f"JOIN #{word}")
    assert readable(ann, word)
    op.ask(f"KICK #{word} ann")
    assert not readable(ann, word)
    op.ask(f"MODE #{word} -i")
    ann.ask(f"JOIN #{word} sesame")
    assert readable(ann, word)
    op.ask(f"MODE #{word} +b ann!*@*")
    assert readable(ann, word)
    ann.ask(f"PART #{word}")
    assert not readable(ann, word)


def test_targets_are_rooms_that_one_is_in(op: Client, ann: Client, word: str) -> None:
    """chathistory, "TARGETS": "channels the user has visible history in"."""
    request = "CHATHISTORY TARGETS timestamp=2001-01-01T00:00:00.000Z"
    request += " timestamp=2101-01-01T00:00:00.000Z 99"
    assert word not in str(ann.ask(request))
    ann.ask(f"JOIN #{word}")
    assert [m.params[1] for m in ann.ask(request)[1:-1]] == [f"#{word}"]
    op.ask(f"KICK #{word} ann", f"MODE #{word} +i")
    ann.ask()
    assert word not in str(ann.ask(request))


def test_operators_talk_is_in_no_history(op: Client, ann: Client, word: str) -> None:
    """ISUPPORT STATUSMSG: what is said to some is not read by others, nor searched."""
    op.ask(f"PRIVMSG @#{word} :{word} among us", f"PRIVMSG +#{word} :{word} among voices")
    for client in (op, ann):
        assert readable(client, word)
        (reply,) = client.ask(f"CHATHISTORY LATEST @#{word} * 9")
        assert reply.params[1] == "INVALID_TARGET"
        assert searched(client, f"in=@#{word}") == []


def test_what_is_hidden_takes_no_place_in_an_answer(op: Client, ann: Client, word: str) -> None:
    """search, `limit`: an upper bound on what is returned, not on what is looked at."""
    op.ask(f"JOIN #{word}-b", f"MODE #{word}-b +i", f"PRIVMSG #{word}-b :{word} hidden")
    assert searched(op, f"text={word};limit=1") == [f"{word} hidden"]
    assert searched(ann, f"text={word};limit=1") == [word]


# Rooms that have faded


def fade(op: Client, word: str) -> None:
    op.ask(f"PART #{word}")


def test_an_open_room_keeps_its_history(server: Server, op: Client, ann: Client, word: str) -> None:
    """Rooms fade with their last visitor; their history stays."""
    fade(op, word)
    assert f"#{word}" not in [m.params[1] for m in ann.ask("LIST") if m.command == "322"]
    assert readable(ann, word)
    ann.ask(f"JOIN #{word}")
    assert readable(ann, word)


@pytest.mark.parametrize("mode", ["+k sesame", "+i", "+s"])
def test_a_closed_room_is_sealed(
    server: Server, op: Client, ann: Client, word: str, mode: str
) -> None:
    """What was said behind a closed door is not for later comers, be they the same people."""
    op.ask(f"MODE #{word} {mode}", f"PRIVMSG #{word} :{word} inside")
    assert history(op, word) == [word, f"{word} inside"]
    fade(op, word)
    with server.join("bea", f"#{word}") as bea:  # who has no chathistory has a replay
        assert not [m for m in bea.ask() if m.command == "PRIVMSG"]
        ann.ask(f"JOIN #{word}")
        bea.ask(f"PRIVMSG #{word} :{word} anew")
        op.ask(f"JOIN #{word}")
        for client in (op, ann):
            assert history(client, word) == [f"{word} anew"]
            assert searched(client, f"text={word}") == [f"{word} anew"]
            assert searched(client, f"in=#{word}") == [f"{word} anew"]
            older = client.ask(f"CHATHISTORY BEFORE #{word} timestamp=2101-01-01T00:00:00.000Z 9")
            assert texts(older) == [f"{word} anew"]
            after = client.ask(f"CHATHISTORY AFTER #{word} timestamp=2001-01-01T00:00:00.000Z 9")
            assert texts(after) == [f"{word} anew"]
        bea.send("QUIT").end()


def test_a_seal_is_not_broken_by_a_msgid(
    server: Server, op: Client, ann: Client, word: str
) -> None:
    """Who knows what was said by its msgid reads it no more than others."""
    said = op.ask(f"CHATHISTORY LATEST #{word} * 1")[1].tags["msgid"]
    op.ask(f"MODE #{word} +i", f"PRIVMSG #{word} :inside")
    fade(op, word)
    for subcommand in ("AROUND", "AFTER", "BEFORE", "LATEST"):
        replies = ann.ask(f"CHATHISTORY {subcommand} #{word} msgid={said} 9")
        assert texts(replies) == []
    assert ann.ask(f"REDACT #{word} {said}")[0].params[1] == "INVALID_TARGET"


def test_a_room_opened_before_it_fades(server: Server, op: Client, ann: Client, word: str) -> None:
    """What was said in the open is for all; what was said in between is for nobody."""
    op.ask(f"MODE #{word} +i", f"PRIVMSG #{word} :{word} inside", f"MODE #{word} -i")
    assert readable(ann, word)
    op.ask(f"PRIVMSG #{word} :{word} since")
    fade(op, word)
    assert history(ann, word) == [word, f"{word} since"]
    assert sorted(searched(ann, f"text={word}")) == [word, f"{word} since"]


def test_a_secret_room_is_as_none(op: Client, ann: Client, word: str) -> None:
    """Nothing tells outsiders that there is one, nor how its name is written (mode s)."""
    op.ask(f"MODE #{word} +s", f"PRIVMSG #{word} :{word} again")
    msgid = op.ask(f"CHATHISTORY LATEST #{word} * 1")[1].tags["msgid"]
    for line in (
        "CHATHISTORY LATEST #{} * 9",
        f"CHATHISTORY AROUND #{{}} msgid={msgid} 9",
        f"CHATHISTORY AFTER #{{}} msgid={msgid} 9",
        f"REDACT #{{}} {msgid}",
        "MODE #{}",
        "MODE #{} b",
        "MODE #{} +i",
        "TOPIC #{}",
        "NAMES #{}",
        "INVITE op #{}",
    ):
        there, none = (
            [(m.command, *m.params[m.command == "BATCH" :]) for m in ann.ask(line.format(name))]
            for name in (word.upper(), f"NO{word.upper()}")
        )
        assert str(there) == str(none).replace(f"NO{word.upper()}", word.upper())
    assert searched(ann, f"text={word};in=#{word}") == []


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_pages_over_a_gap(op: Client, ann: Client, word: str, length: int) -> None:
    """A page has as many lines as there are, on whichever side of what one may not read."""
    op.ask(*(f"PRIVMSG #{word} :before {number}" for number in range(3)))
    op.ask(f"MODE #{word} +i", f"PRIVMSG #{word} :inside", f"MODE #{word} -i")
    op.ask(*(f"PRIVMSG #{word} :after {number}" for number in range(3)))
    every = [word, *(f"before {n}" for n in range(3)), *(f"after {n}" for n in range(3))]
    for pages, begin, key in (("BEFORE", "2101", 0), ("AFTER", "2001", -1)):
        seen: list[str] = []
        reference = f"timestamp={begin}-01-01T00:00:00.000Z"
        while page := [
            m
            for m in ann.ask(f"CHATHISTORY {pages} #{word} {reference} {length}")
            if m.command == "PRIVMSG"
        ]:
            reference = f"msgid={page[key].tags['msgid']}"
            seen = [*texts(page), *seen] if key == 0 else [*seen, *texts(page)]
        assert seen == every
    assert len(texts(op.ask(f"CHATHISTORY LATEST #{word} * 99"))) == len(every) + 1
