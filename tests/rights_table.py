"""Who may read and redact what was said in a room: a table of cases, for a world and for a server.

A case is a list of steps, each a visitor's nickname and what they send, and what is true then of
those who are named: whether they read the one line that was said, and what a REDACT of it brings
them. `#den` is the room. `SAY` says the line. `RESTART` ends the server and starts it again.
"""

from typing import NamedTuple, Protocol

from chatroom.wire.message import Message

CAPABILITIES = (
    "batch echo-message message-tags server-time draft/chathistory draft/message-redaction"
    " soju.im/search"
)

RESTART = "RESTART"

HALL = "#hall"
"""A permanent room."""


class Stage(Protocol):
    """Where a case is played."""

    room: str

    def ask(self, nick: str, line: str) -> list[Message]:
        """What comes back for a line; whoever is not there comes in first."""
        ...

    def search(self, nick: str, attributes: str) -> list[Message]:
        """What comes back for a SEARCH."""
        ...

    def restart(self) -> None:
        """End with everybody, and begin again."""
        ...


class Case(NamedTuple):
    """`then` names visitors, and for each whether they read the line, and their REDACT's fate."""

    steps: str
    then: dict[str, tuple[bool, str]]


MINE, FORBIDDEN, UNKNOWN, OUTSIDE = "REDACT", "REDACT_FORBIDDEN", "UNKNOWN_MSGID", "INVALID_TARGET"

READS, IN_CHARGE = (True, FORBIDDEN), (True, MINE)
"""A member who reads it."""

NOT = (False, UNKNOWN)
"""A member who does not."""

OUT_READS, OUT = (True, OUTSIDE), (False, OUTSIDE)
"""Somebody who is no member."""

_CLOSED = "op JOIN #den; bob JOIN #den; op MODE #den {on}; op SAY"
_OPENED = f"{_CLOSED}; op MODE #den {{off}}"
_BETWEEN = "op JOIN #den; op MODE #den {on}; op MODE #den {off}; op SAY; op MODE #den {on}"
_LET_IN = "op JOIN #den; op MODE #den {on}; op SAY; op INVITE bob #den; bob JOIN #den"

_ALL_DOORS = {
    "said inside": Case(_CLOSED, {"op": IN_CHARGE, "bob": READS, "eve": OUT}),
    "then opened": Case(_OPENED, {"op": IN_CHARGE, "bob": READS, "eve": OUT}),
    "then opened, who joins": Case(f"{_OPENED}; eve JOIN #den", {"bob": READS, "eve": NOT}),
    "then opened, who rejoins": Case(f"{_OPENED}; bob PART #den; bob JOIN #den", {"bob": NOT}),
    "then opened, who reconnects": Case(f"{_OPENED}; bob QUIT; bob JOIN #den", {"bob": NOT}),
    "then opened, who is kicked": Case(f"{_OPENED}; op KICK #den bob", {"bob": OUT}),
    "let in later": Case(_LET_IN, {"bob": READS}),
    "let in later, then opened": Case(f"{_LET_IN}; op MODE #den {{off}}", {"bob": READS}),
    "opened, closed again, let in": Case(
        f"{_OPENED}; op MODE #den {{on}}; op INVITE eve #den; eve JOIN #den", {"eve": NOT}
    ),
    "only invited": Case(f"{_CLOSED}; op INVITE eve #den", {"eve": OUT}),
    "one of two doors opened": Case(
        "op JOIN #den; op MODE #den +ik z; op MODE #den {on}; op SAY; op MODE #den {off}"
        "; op INVITE bob #den; bob JOIN #den",
        {"op": IN_CHARGE, "bob": NOT},
    ),
    "another door closed": Case(
        "op JOIN #den; op MODE #den {on}; op SAY; op MODE #den +m-m+isk z; op INVITE bob #den"
        "; bob JOIN #den",
        {"bob": READS},
    ),
    "opened and closed in one line": Case(
        f"{_CLOSED}; op MODE #den +isk-isk+l z z 9; eve JOIN #den", {"bob": READS, "eve": NOT}
    ),
    "said before": Case("op JOIN #den; op SAY; op MODE #den {on}", {"op": IN_CHARGE, "eve": OUT}),
    "said before, then opened": Case(
        "op JOIN #den; op SAY; op MODE #den {on}; op MODE #den {off}; bob JOIN #den",
        {"bob": READS, "eve": OUT_READS},
    ),
    "said afterwards": Case(
        "op JOIN #den; op MODE #den {on}; op MODE #den {off}; op SAY; bob JOIN #den",
        {"bob": READS, "eve": OUT_READS},
    ),
    "said between two closings": Case(
        f"{_BETWEEN}; op MODE #den {{off}}; bob JOIN #den",
        {"op": IN_CHARGE, "bob": READS, "eve": OUT_READS},
    ),
    "said between two closings, closed": Case(
        f"{_BETWEEN}; op INVITE bob #den; bob JOIN #den z",
        {"op": IN_CHARGE, "bob": READS, "eve": OUT},
    ),
    "said between two closings, faded open": Case(
        f"{_BETWEEN}; op MODE #den {{off}}; op PART #den", {"eve": OUT_READS}
    ),
    "said between two closings, faded open, made anew": Case(
        f"{_BETWEEN}; op MODE #den {{off}}; op PART #den; bob JOIN #den",
        {"bob": READS, "eve": OUT_READS},
    ),
    "said between two closings, faded closed": Case(
        f"{_BETWEEN}; op PART #den; bob JOIN #den", {"bob": NOT, "eve": OUT}
    ),
    "said between two closings, restarted": Case(
        f"{_BETWEEN}; op MODE #den {{off}}; {RESTART}; {RESTART}; bob JOIN #den",
        {"bob": READS, "eve": OUT_READS},
    ),
    "said between two closings, opened by halves": Case(
        f"{_BETWEEN}; op MODE #den +isk z; op MODE #den -is; op MODE #den -k z; bob JOIN #den",
        {"bob": READS, "eve": OUT_READS},
    ),
    "said before, faded open": Case(
        "op JOIN #den; op SAY; op MODE #den {on}; op MODE #den {off}; op PART #den; bob JOIN #den",
        {"bob": READS, "eve": OUT_READS},
    ),
    "opened, made anew, closed and opened again": Case(
        f"{_OPENED}; op PART #den; bob PART #den; eve JOIN #den; eve MODE #den {{on}}"
        "; eve MODE #den {off}; bob JOIN #den",
        {"eve": NOT, "bob": NOT, "zoe": OUT},
    ),
    "opened, made anew, faded, restarted": Case(
        f"{_OPENED}; op PART #den; bob PART #den; eve JOIN #den; eve PART #den; {RESTART}"
        "; eve JOIN #den",
        {"eve": NOT, "bob": OUT},
    ),
    "said by halves": Case(
        "op JOIN #den; op MODE #den +isk z; op MODE #den {off}; op SAY; op MODE #den -isk z"
        "; bob JOIN #den",
        {"op": IN_CHARGE, "bob": NOT, "eve": OUT},
    ),
    "opened twice": Case(
        f"{_OPENED}; op MODE #den {{on}}; op MODE #den {{off}}; eve JOIN #den",
        {"bob": READS, "eve": NOT},
    ),
    "faded closed": Case(f"{_CLOSED}; op QUIT; bob QUIT", {"op": OUT, "eve": OUT}),
    "faded closed, made anew": Case(f"{_CLOSED}; op QUIT; bob QUIT; eve JOIN #den", {"eve": NOT}),
    "faded open": Case(f"{_OPENED}; op PART #den; bob PART #den", {"op": OUT, "eve": OUT}),
    "faded open, made anew": Case(
        f"{_OPENED}; op PART #den; bob PART #den; op JOIN #den; bob JOIN #den",
        {"op": NOT, "bob": NOT},
    ),
    "restarted closed": Case(f"{_CLOSED}; {RESTART}; op JOIN #den", {"op": NOT, "eve": OUT}),
    "restarted open": Case(f"{_OPENED}; {RESTART}; op JOIN #den", {"op": NOT, "eve": OUT}),
    "faded open, restarted": Case(f"{_OPENED}; op QUIT; bob QUIT; {RESTART}", {"eve": OUT}),
    "said before, opened, restarted": Case(
        f"op JOIN #hall; op SAY; op MODE #hall {{on}}; op MODE #hall {{off}}; {RESTART}; bob JOIN"
        " #hall",
        {"bob": READS, "eve": OUT_READS},
    ),
    "permanent, opened, restarted": Case(
        f"op JOIN #hall; op MODE #hall {{on}}; op SAY; op MODE #hall {{off}}; {RESTART}; {RESTART}"
        "; op JOIN #hall",
        {"op": NOT, "eve": OUT},
    ),
    "permanent, restarted closed, opened": Case(
        "op JOIN #hall; op MODE #hall {on}; op MODE #hall +I op!*@*; op SAY; op QUIT"
        f"; {RESTART}; op JOIN #hall z; bob JOIN #hall; op MODE #hall {{off}}",
        {"op": IN_CHARGE, "eve": OUT},
    ),
}

_DOORS = {"invited only": ("+i", "-i"), "key": ("+k z", "-k z"), "secret": ("+s", "-s")}

_BANNED = "op JOIN #den; op MODE #den +b eve!*@*; op SAY"
_FADED = f"{_BANNED}; op PART #den"

_BANS = {
    "banned": Case(_BANNED, {"eve": OUT, "bob": OUT_READS}),
    "banned, invited": Case(f"{_BANNED}; op INVITE eve #den", {"eve": OUT}),
    "banned while inside": Case(
        "op JOIN #den; eve JOIN #den; op MODE #den +b eve!*@*; op SAY", {"eve": READS}
    ),
    "banned when it was said, pardoned": Case(
        f"{_BANNED}; op MODE #den -b eve!*@*", {"eve": OUT_READS}
    ),
    "banned later": Case("op JOIN #den; op SAY; op MODE #den +b eve!*@*", {"eve": OUT}),
    "banned, faded": Case(_FADED, {"eve": OUT, "bob": OUT_READS}),
    "banned, made anew by them": Case(f"{_FADED}; eve JOIN #den", {"eve": NOT, "bob": OUT_READS}),
    "banned, made anew by them, faded again": Case(
        f"{_FADED}; eve JOIN #den; eve MODE #den -b eve!*@*; eve PART #den; eve JOIN #den",
        {"eve": NOT, "bob": OUT_READS},
    ),
    "banned, made anew, excepted by themselves": Case(
        f"{_FADED}; eve JOIN #den; eve MODE #den +be zoe!*@* eve!*@*; eve PART #den",
        {"eve": OUT, "zoe": OUT, "bob": OUT_READS},
    ),
    "banned, made anew by another": Case(
        f"{_FADED}; bob JOIN #den; eve JOIN #den", {"bob": READS, "eve": NOT}
    ),
    "banned, excepted, faded": Case(
        "op JOIN #den; op MODE #den +be *!*@* eve!*@*; op SAY; op PART #den",
        {"eve": OUT_READS, "bob": OUT},
    ),
    "banned, faded, restarted": Case(f"{_FADED}; {RESTART}", {"eve": OUT, "bob": OUT_READS}),
    "banned, restarted twice": Case(
        f"{_BANNED}; {RESTART}; {RESTART}", {"eve": OUT, "bob": OUT_READS}
    ),
    "banned, restarted, made anew by them": Case(
        f"{_BANNED}; {RESTART}; eve JOIN #den; {RESTART}; eve JOIN #den",
        {"eve": NOT, "bob": OUT_READS},
    ),
    "pardoned, faded": Case(
        f"{_BANNED}; op MODE #den -b eve!*@*; op PART #den", {"eve": OUT_READS}
    ),
    "permanent, banned, restarted": Case(
        f"op JOIN #hall; op MODE #hall +b eve!*@*; op SAY; {RESTART}; bob JOIN #hall",
        {"eve": OUT, "bob": READS},
    ),
    "banned, said between two closings, faded, made anew": Case(
        "op JOIN #den; op MODE #den +b eve!*@*; op MODE #den +i; op MODE #den -i; op SAY"
        "; op MODE #den +i; op MODE #den -i; op PART #den; bob JOIN #den; eve JOIN #den",
        {"bob": READS, "eve": NOT, "zoe": OUT_READS},
    ),
    "banned and closed, faded": Case(
        "op JOIN #den; op MODE #den +ib eve!*@*; op SAY; op MODE #den -i; op PART #den"
        "; bob JOIN #den",
        {"eve": OUT, "bob": NOT},
    ),
}

_CLOSED_TO_BOB = "op JOIN #den; op MODE #den +i; op SAY; "

_INVITATIONS = {
    "invited, then banned": Case(
        f"{_CLOSED_TO_BOB}op INVITE bob #den; op MODE #den +b bob!*@*; bob JOIN #den",
        {"bob": OUT},
    ),
    "banned, then invited": Case(
        f"{_CLOSED_TO_BOB}op MODE #den +b bob!*@*; op INVITE bob #den; bob JOIN #den",
        {"bob": READS},
    ),
    "banned, invited, somebody else banned": Case(
        f"{_CLOSED_TO_BOB}op MODE #den +b bob!*@*; op INVITE bob #den; op MODE #den +b eve!*@*"
        "; bob JOIN #den",
        {"bob": READS},
    ),
    "banned, invited, banned once more": Case(
        f"{_CLOSED_TO_BOB}op MODE #den +b bob!*@*; op INVITE bob #den; op MODE #den -b bob!*@*"
        "; op MODE #den +b bob!*@*; bob JOIN #den",
        {"bob": OUT},
    ),
    "invited, banned, excepted": Case(
        f"{_CLOSED_TO_BOB}op INVITE bob #den; op MODE #den +be *!*@* bob!*@*; bob JOIN #den",
        {"bob": READS},
    ),
    "invited, banned, invited again": Case(
        f"{_CLOSED_TO_BOB}op INVITE bob #den; op MODE #den +b bob!*@*; op INVITE bob #den"
        "; bob JOIN #den",
        {"bob": READS},
    ),
    "invited, banned in an open room": Case(
        "op JOIN #den; op SAY; op INVITE bob #den; op MODE #den +b bob!*@*; bob JOIN #den",
        {"bob": OUT},
    ),
    "an invitation opens the door once": Case(
        f"{_CLOSED_TO_BOB}op INVITE bob #den; bob JOIN #den; bob PART #den; bob JOIN #den",
        {"bob": OUT},
    ),
    "on the list of invite exceptions": Case(
        f"{_CLOSED_TO_BOB}op MODE #den +I bob!*@*", {"bob": OUT}
    ),
    "on that list, and inside": Case(
        f"{_CLOSED_TO_BOB}op MODE #den +I bob!*@*; bob JOIN #den", {"bob": READS}
    ),
}

_AUTHORS = {
    "by its author": Case("op JOIN #den; bob JOIN #den; bob SAY", {"bob": IN_CHARGE}),
    "by an operator": Case("op JOIN #den; bob JOIN #den; bob SAY", {"op": IN_CHARGE}),
    "by another": Case("op JOIN #den; bob JOIN #den; op SAY", {"bob": READS}),
    "under another nickname": Case(
        "op JOIN #den; bob JOIN #den; bob SAY; bob NICK rob; bob NICK robert", {"bob": IN_CHARGE}
    ),
    "by who takes the nickname from afar": Case(
        "op JOIN #den; bob JOIN #den; mal JOIN #den; bob SAY; bob QUIT; mal NICK bob",
        {"mal": READS},
    ),
    "by who takes a nickname that was left": Case(
        "op JOIN #den; bob JOIN #den; mal JOIN #den; bob SAY; bob NICK rob; mal NICK bob",
        {"mal": READS, "bob": IN_CHARGE},
    ),
    "by who had the nickname before": Case(
        "op JOIN #den; bob JOIN #den; mal JOIN #den; bob NICK rob; mal NICK bob; mal SAY",
        {"bob": READS, "mal": IN_CHARGE},
    ),
    "by who had it before, and has it again": Case(
        "op JOIN #den; bob JOIN #den; mal JOIN #den; bob NICK rob; mal NICK bob; mal SAY"
        "; mal NICK mal; bob NICK bob",
        {"bob": READS, "mal": IN_CHARGE},
    ),
    "after a reconnect": Case(
        "op JOIN #den; bob JOIN #den; bob SAY; bob QUIT; bob JOIN #den", {"bob": READS}
    ),
    "after a restart": Case(f"bob JOIN #den; bob SAY; {RESTART}; bob JOIN #den", {"bob": READS}),
    "after leaving and coming": Case(
        "op JOIN #den; bob JOIN #den; bob SAY; bob PART #den; bob JOIN #den", {"bob": IN_CHARGE}
    ),
    "by the first to enter later": Case(
        "op JOIN #den; op SAY; op QUIT; bob JOIN #den", {"bob": READS}
    ),
    "own, behind a door that has opened": Case(
        "op JOIN #den; bob JOIN #den; op MODE #den +i; bob SAY; op MODE #den -i; bob PART #den"
        "; bob JOIN #den",
        {"bob": NOT},
    ),
}

CASES = {
    **{
        f"{name}: {door}": case._replace(steps=case.steps.format(on=on, off=off))
        for name, case in _ALL_DOORS.items()
        for door, (on, off) in _DOORS.items()
    },
    **_BANS,
    **_INVITATIONS,
    **_AUTHORS,
}


def play(stage: Stage, case: Case) -> None:
    """Take the steps, and see that it is so."""
    msgid = ""
    for step in case.steps.split("; "):
        nick, _, line = step.replace("#den", stage.room).partition(" ")
        if nick == RESTART:
            stage.restart()
        elif line == "SAY":
            room = HALL if HALL in case.steps else stage.room
            echo = stage.ask(nick, f"PRIVMSG {room} :{_word(stage)}")[-1]
            assert echo.command == "PRIVMSG"
            msgid = echo.tags["msgid"]
        else:
            if line.startswith("INVITE"):
                stage.ask(line.split()[1], "PING x")  # is there, to be invited
            stage.ask(nick, line)
    room = HALL if HALL in case.steps else stage.room
    for nick, (reads, _) in case.then.items():
        assert (nick, may_read(stage, nick, room, msgid)) == (nick, reads)
    for nick, (_, fate) in sorted(case.then.items(), key=lambda one: one[1][1] == MINE):
        stage.ask(nick, "PING x")
        (reply,) = stage.ask(nick, f"REDACT {room} {msgid}")
        outcome = reply.params[1] if reply.command == "FAIL" else reply.command
        assert (nick, outcome) == (nick, fate)


def _word(stage: Stage) -> str:
    """Said in no other room."""
    return f"secret{stage.room.removeprefix('#')}"


def may_read(stage: Stage, nick: str, room: str, msgid: str) -> bool:
    """Whether every way shows the line; none, or all of them."""
    stage.ask(nick, "PING x")
    first, last = "timestamp=2001-01-01T00:00:00.000Z", "timestamp=2101-01-01T00:00:00.000Z"
    pages = (f"LATEST {room} *", f"BEFORE {room} {last}", f"AFTER {room} {first}",
             f"AROUND {room} msgid={msgid}", f"BETWEEN {room} {first} {last}",
             f"BETWEEN {room} {last} {first}")  # fmt: skip
    answers = [stage.ask(nick, f"CHATHISTORY {page} 9") for page in pages]
    answers += [
        stage.search(nick, f"text={_word(stage)}"),
        stage.search(nick, f"text={_word(stage)}\\sin:{room}"),
        stage.search(nick, f"text={_word(stage)};limit=1"),
    ]
    shown = [[m.params[1] for m in answer if m.command == "PRIVMSG"] for answer in answers]
    reads = shown[0] == [_word(stage)]
    assert shown == [[_word(stage)] if reads else []] * len(answers)
    targets = stage.ask(nick, f"CHATHISTORY TARGETS {first} {last} 9")
    if room in [m.params[1] for m in targets if m.command == "CHATHISTORY"]:
        assert reads
    stranger = stage.ask(nick, f"CHATHISTORY AROUND {room} msgid={msgid}x 9")
    if not reads:  # nothing tells that there is such a message
        assert [m.params[:3] for m in answers[3]] == [m.params[:3] for m in stranger]
    return reads
