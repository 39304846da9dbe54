"""Every numeric that the server sends is seen by people: by an IRC client as bytes, at the plain
door and in our own client as text. Where one is not shown, a table says why.

A new row of `wire.numerics` takes part by itself.
"""

from string import Formatter

from chatroom.server.doors.plain.words import SILENT, own_words
from chatroom.wire.message import Message, parse
from chatroom.wire.numerics import NUMERICS, Kind, Numeric
from client.visitor import Visit

from .conftest import House, session_of

EXAMPLES = {
    **dict.fromkeys(("nick", "nicks", "account", "field"), "bob"),
    **dict.fromkeys(("room", "target", "subject"), "#den"),
    **dict.fromkeys(("host", "address"), "192.0.2.1"),
    **dict.fromkeys(("since", "time"), "1000000000"),
    **dict.fromkeys(("count", "most", "seconds", "idle", "queued", "open"), "3"),
    **dict.fromkeys(("command", "subcommand", "mechanisms", "file", "version"), "word"),
    "*": "*",
    "Channel": "Channel",
    "flags": "H",
    "key": "color",
    "letter": "k",
    "mask": "*!*@192.0.2.1",
    "modes": "+nt",
    "parameter": "a,b",
    "room-modes": "imnst",
    "server": "irc.example",
    "setter": "bob",
    "source": "bob!~b@192.0.2.1",
    "symbol": "=",
    "token": "CASEMAPPING=ascii",
    "user": "~b",
    "user-modes": "B",
    "visibility": "*",
    "who": "bob[~b@192.0.2.1]",
    "with-parameter": "b",
}
"""A parameter's name -> what it may be."""

ENDS = ("318 alice bob :End", "323 alice :End", "315 alice #den :End", "366 alice #den :End")
"""Our client shows some lines when the answer is complete."""

NOT_SHOWN_BY_THE_CLIENT = {
    "001": "the client says that it is connected when it knows the server",
    "005": "the client learns from it",
    "329": "when a room was made is of no use in a conversation",
    "333": "the topic alone is shown on entering",
    "396": "the client learns from it how long its lines may be",
    "903": "the client says that it is logged in when 900 names the account",
    "422": "without a message of the day there is nothing to show",
}
"""Besides the frames of what it shows."""


def params_of(row: Numeric) -> tuple[str, ...]:
    """Those that the row names. One that may be missing is there if it is the first."""
    words = row.params.split()
    return tuple(
        EXAMPLES[word.strip("[].")] for at, word in enumerate(words) if at == 0 or word[0] != "["
    )


def fill_of(row: Numeric) -> tuple[object, ...]:
    return tuple(3 for _, field, _, _ in Formatter().parse(row.text) if field is not None)


def told(house: House, nick: str) -> None:
    """Send every numeric to this visitor, with a mark in front of each."""
    session = session_of(house, nick)
    for row in NUMERICS.values():
        session.tell("NOTE", "TEST", "MARK", f"mark {row.code}.")
        session.reply(row, *params_of(row), fill=fill_of(row))
    session.tell("NOTE", "TEST", "MARK", "mark end.")


def by_code(text: str) -> dict[str, str]:
    """What follows each mark, up to the next."""
    pieces = [piece.partition("\r\n") for piece in text.split("mark ")[1:-1]]
    return {code.removesuffix("."): shown for code, _, shown in pieces}


def test_at_the_irc_door(house: House) -> None:
    """All of them, as the bytes of one line that says all that was meant."""
    alice = house.join("alice")
    alice.seen.clear()
    told(house, "alice")
    house.settle(alice)
    shown = by_code("\r\n".join(alice.seen))
    for row in NUMERICS.values():
        first, *_ = shown[row.code].split("\r\n")
        message = parse(first)
        text = (row.text.format(*fill_of(row)),) if row.text else ()
        assert message
        assert message.command == row.code
        assert message.params == ("alice", *params_of(row), *text)


def test_at_the_plain_door(house: House) -> None:
    """All but the silent ones, in words."""
    carol = house.connect().send("carol", "den")
    house.until(lambda: house.server.world.find("carol"))
    told(house, "carol")
    house.tick()
    carol.send("exit")
    house.until(lambda: house.server.world.find("carol") is None)
    shown = by_code("\r\n".join(carol.read_until("Goodbye")))
    assert shown.keys() == {row.code for row in NUMERICS.values()}
    assert {code for code, words in shown.items() if not words} == SILENT.keys()
    assert not any("{" in words for words in shown.values())


def shown_by_the_client(visit: Visit, *lines: str) -> list[str]:
    visit.hear("".join(f":irc.example {line}\n" for line in lines))
    return visit.shown()


def test_in_our_client() -> None:
    """All but those that frame an answer, and those with a reason."""
    visit = Visit()
    visit.shown()
    for row in NUMERICS.values():
        text: tuple[str, ...] = (row.text.format(*fill_of(row)),) if row.text else ()
        *middle, last = (row.code, "alice", *params_of(row), *text)
        alone = shown_by_the_client(visit, *ENDS)
        shown = shown_by_the_client(visit, f"{' '.join(middle)} :{last}", *ENDS)
        if row.kind is Kind.FRAME:
            assert not text or text[0] not in "".join(shown)
        else:
            assert (shown == alone) is (row.code in NOT_SHOWN_BY_THE_CLIENT), row


def test_an_unknown_numeric_is_shown_everywhere() -> None:
    """Such as that of a command that only other servers have."""
    asks = Message("760", ("bob", "#den", "alice!~a@host", "has asked for an invite"))
    words = own_words(asks, "bob")
    assert "has asked for an invite" in words
    line = "760 alice #den bob!b@host :has asked for an invite"
    assert "has asked for an invite" in shown_by_the_client(Visit(), line)[-1]
