"""Who may do what in a room: every command, from each standing, under each mode that matters.

A row is a line, the room's modes, and what becomes of the line when it is sent by a stranger, a
member, somebody with a voice, a half-operator, an operator, an admin, an owner, and a stranger who
is an operator of the server. A dot stands for success; else it is the numeric, or the code of FAIL
(`SHORT` has its full name). In the line, SELF is the actor, and Mona, Vera, Hal, Opal, Ada and
Owen stand so themselves; MINE and THEIRS are msgids.
"""

import re

import pytest

from chat.memory_history import MemoryHistory
from chat.people import a_world, arrive, heard, say
from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.ports import LOCAL
from chatroom.chat.privileges import PRIVILEGES
from chatroom.chat.rights import MODES, RANKS, RIGHTS, STRANGER, Standing, may
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import OperatorMade, RanksGiven
from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.wire.message import MAX_SERVER_TAGS, Message, decode
from chatroom.wire.numerics import NUMERICS, Kind

NAMES = {"Mona": "", "Vera": "v", "Hal": "h", "Opal": "o", "Ada": "a", "Owen": "q"}

ROLES = {
    "stranger": "",
    "member": "",
    "voice": "v",
    "half": "h",
    "op": "o",
    "admin": "a",
    "owner": "q",
    "server": "",
}
OUTSIDE = ("stranger", "server")
MODE_LINES = {
    "W": "+W 99",
    "b": "+b SELF",
    "k": "+k sesame",
    "l": "+l 1",
    "q": "+b m:SELF",  # on some servers the mode of those who are quiet
}
"""The letter in a row -> how its mode is set, where it takes a parameter."""

CAPABILITIES = frozenset(
    [
        "batch",
        "draft/chathistory",
        "draft/message-redaction",
        "echo-message",
        "message-tags",
        "server-time",
    ]
)

ALL, MEMBERS = ". . . . . . . .", "442 . . . . . . 442"
OPERATORS = "481 481 481 481 481 481 481 ."
"""Everybody, everybody inside, and operators of the server, whatever others are in a room."""

TABLE = f"""
JOIN #den                       nt    {ALL}
JOIN #den                       ntk   475 . . . . . . 475
JOIN #den                       nti   473 . . . . . . 473
JOIN #den                       nts   {ALL}
JOIN #den                       ntl   471 . . . . . . 471
JOIN #den                       ntb   474 . . . . . . 474
PART #den                       nt    {MEMBERS}
PART #den                       nts   403 . . . . . . 442
TOPIC #den                      nt    {ALL}
TOPIC #den                      nts   403 . . . . . . .
TOPIC #den :tea                 nt    442 482 482 . . . . 442
TOPIC #den :tea                 n     {MEMBERS}
TOPIC #den :tea                 nm    {MEMBERS}
TOPIC #den :tea                 nts   403 482 482 . . . . 442
NAMES #den                      nt    {ALL}
NAMES #den                      nts   {ALL}
WHO #den                        nt    {ALL}
LIST #den                       nt    {ALL}
WHOIS Vera                      nts   {ALL}
METADATA #den LIST              nt    {ALL}
METADATA #den GET url           nti   {ALL}
METADATA #den SYNC              nts   TARGET . . . . . . .
METADATA #den SET url :x        nt    KEY KEY KEY KEY . . . KEY
METADATA #den SET url           nt    KEY KEY KEY KEY . . . KEY
METADATA #den CLEAR             nt    KEY KEY KEY KEY . . . KEY
METADATA #den SET url :x        nts   TARGET KEY KEY KEY . . . KEY
METADATA Mona SET url :x        nt    KEY KEY KEY KEY KEY KEY KEY KEY
METADATA SELF SET url :x        nt    {ALL}
INVITE guest #den               nt    {MEMBERS}
INVITE guest #den               nti   442 482 482 . . . . 442
INVITE guest #den               nts   403 . . . . . . 442
KNOCK #den                      nt    713 714 714 714 714 714 714 713
KNOCK #den                      nti   . 714 714 714 714 714 714 .
KNOCK #den :please              ntk   . 714 714 714 714 714 714 .
KNOCK #den                      ntl   . 714 714 714 714 714 714 .
KNOCK #den                      ntR   . 714 714 714 714 714 714 .
KNOCK #den                      ntb   404 714 714 714 714 714 714 404
KNOCK #den                      ntz   489 714 714 714 714 714 714 489
KNOCK #den                      ntsi  403 714 714 714 714 714 714 .
KICK #den Mona                  nt    442 482 482 . . . . 442
KICK #den Vera                  nt    442 482 482 . . . . 442
KICK #den Hal                   nt    442 482 482 482 . . . 442
KICK #den Opal                  nt    442 482 482 482 . . . 442
KICK #den Ada                   nt    442 482 482 482 482 482 . 442
KICK #den Owen                  nt    442 482 482 482 482 482 . 442
KICK #den SELF                  nt    442 482 482 . . . . 442
KICK #den nobody                nt    442 482 482 401 401 401 401 442
KICK #den Mona                  nts   403 482 482 . . . . 442
MODE #den                       nt    {ALL}
MODE #den                       nts   403 . . . . . . .
MODE #den b                     nt    {MEMBERS}
MODE #den e                     nt    442 482 482 482 . . . 442
MODE #den I                     nt    442 482 482 482 . . . 442
MODE #den +m                    nt    482 482 482 . . . . 482
MODE #den +n                    t     482 482 482 . . . . 482
MODE #den +t                    n     482 482 482 . . . . 482
MODE #den +i                    nt    482 482 482 . . . . 482
MODE #den +C                    nt    482 482 482 . . . . 482
MODE #den +c                    nt    482 482 482 . . . . 482
MODE #den +S                    nt    482 482 482 . . . . 482
MODE #den +M                    nt    482 482 482 . . . . 482
MODE #den +R                    nt    482 482 482 . . . . 482
PRIVMSG #den :hello             ntM   404 404 . . . . . 404
MODE #den +U                    nt    482 482 482 482 . . . 482
MODE #den +u                    nt    482 482 482 482 . . . 482
NAMES #den                      ntu   {ALL}
WHO #den                        ntu   {ALL}
MODE #den +P                    nt    482 482 482 482 482 482 481 482
SAMODE #den +P                  nt    {OPERATORS}
MODE #den +f #none              nt    482 482 482 482 696 696 696 482
MODE #den +f #den               nt    482 482 482 482 696 696 696 482
PRIVMSG #den :hello             ntmU  404 . . . . . . 404
PRIVMSG #den :hello             ntbU  404 . . . . . . 404
PRIVMSG #den :hello             ntU   404 . . . . . . 404
TAGMSG #den                     ntmU  404 404 . . . . . 404
MODE #den +z                    nt    482 482 482 . . . . 482
JOIN #den                       ntz   489 . . . . . . 489
JOIN #den                       ntR   477 . . . . . . 477
MODE #den +W 9                  nt    482 482 482 . . . . 482
MODE #den -W                    ntW   482 482 482 . . . . 482
MODE #den +b m:eve              nt    482 482 482 . . . . 482
TBAN #den 2h Mona               nt    442 482 482 . . . . 442
TBAN #den 2h Hal                nt    442 482 482 482 . . . 442
TBAN #den 2h m:Opal             nt    442 482 482 482 . . . 442
TBAN #den 0 Ada                 nt    442 482 482 482 482 482 . 442
TBAN #den 0 guest               nt    442 482 482 . . . . 442
TBAN #den 2h *!*@192.0.2.9      nt    442 482 482 . . . . 442
TBAN #den 2h nobody             nt    442 482 482 401 401 401 401 442
TBAN #den - SELF                nt    442 482 482 NO_BAN NO_BAN NO_BAN NO_BAN 442
TBAN #den - SELF                ntb   442 482 482 . . . . 442
TBAN #den x Mona nt 442 482 482 NO_TIME NO_TIME NO_TIME NO_TIME 442
MODE #den +k key                nt    482 482 482 . . . . 482
MODE #den +l 9                  nt    482 482 482 . . . . 482
MODE #den +s                    nt    482 482 482 482 . . . 482
MODE #den -s                    nts   403 482 482 482 . . . 482
MODE #den +b eve                nt    482 482 482 . . . . 482
MODE #den +e eve                nt    482 482 482 482 . . . 482
MODE #den +I eve                nt    482 482 482 482 . . . 482
MODE #den +v Mona               nt    482 482 482 . . . . 482
MODE #den +h Mona               nt    482 482 482 482 . . . 482
MODE #den +o Mona               nt    482 482 482 482 . . . 482
MODE #den +a Mona               nt    482 482 482 482 482 482 . 482
MODE #den +q Mona               nt    482 482 482 482 482 482 . 482
MODE #den -v Vera               nt    482 482 482 . . . . 482
MODE #den -h Hal                nt    482 482 482 482 . . . 482
MODE #den -o Opal               nt    482 482 482 482 . . . 482
MODE #den -a Ada                nt    482 482 482 482 482 482 . 482
MODE #den -q Owen               nt    482 482 482 482 482 482 . 482
MODE #den -v SELF               nt    441 - . - - - - 441
MODE #den -h SELF               nt    441 - - . - - - 441
MODE #den -o SELF               nt    441 - - - . - - 441
MODE #den -a SELF               nt    441 - - - - . - 441
MODE #den -q SELF               nt    441 - - - - - . 441
MODE #den +o SELF               nt    482 482 482 482 - . . 482
MODE #den +x                    nt    472 472 472 472 472 472 472 472
PRIVMSG #den :hi                nt    404 . . . . . . 404
PRIVMSG #den :hi                t     {ALL}
PRIVMSG #den :hi                ntm   404 404 . . . . . 404
PRIVMSG #den :hi                tm    404 404 . . . . . 404
PRIVMSG #den :hi                ntM   404 404 . . . . . 404
PRIVMSG #den :hi                nts   403 . . . . . . 404
PRIVMSG #den :hi                ntb   404 404 . . . . . 404
PRIVMSG #den :hi                tb    404 404 . . . . . 404
PRIVMSG #den :hi                ntq   404 404 . . . . . 404
PRIVMSG #den :hi                ntW   404 404 . . . . . 404
TAGMSG #den                     ntW   404 . . . . . . 404
PRIVMSG #den :\x01VERSION\x01   ntC   404 404 404 404 404 404 404 404
PRIVMSG #den :\x01ACTION a\x01  ntC   404 . . . . . . 404
PRIVMSG #den :\x034red          ntc   404 404 404 404 404 404 404 404
PRIVMSG #den :\x02bold          ntc   404 . . . . . . 404
PRIVMSG #den :\x034red          ntcS  404 . . . . . . 404
NOTICE #den :hi                 ntm   - - . . . . . -
TAGMSG #den                     ntm   404 404 . . . . . 404
PRIVMSG @#den :hi               nt    404 . . . . . . 404
PRIVMSG ~#den :hi               ntm   404 404 . . . . . 404
REDACT #den THEIRS              nt    TARGET FORBIDDEN FORBIDDEN . . . . TARGET
REDACT #den THEIRS              ntms  TARGET FORBIDDEN FORBIDDEN . . . . TARGET
REDACTALL #den boss :spam       nt    442 482 482 . . . . 442
REDACTALL #den boss             nts   403 482 482 . . . . 442
REDACTALL #den nobody           nt    442 482 482 NOTHING NOTHING NOTHING NOTHING 442
RENAME #den #lounge             nt    442 482 482 482 482 . . 442
RENAME #den #lounge             nts   403 482 482 482 482 . . 442
REDACT #den MINE                nt    TARGET . . . . . . TARGET
CHATHISTORY LATEST #den * 9     nt    {ALL}
CHATHISTORY LATEST #den * 9     nti   TARGET . . . . . . TARGET
CHATHISTORY LATEST #den * 9     ntk   TARGET . . . . . . TARGET
CHATHISTORY LATEST #den * 9     nts   TARGET . . . . . . TARGET
CHATHISTORY LATEST #den * 9     ntb   TARGET . . . . . . TARGET
KILL guest :spam                nt    {OPERATORS}
KLINE 2h eve!*@*                nt    {OPERATORS}
DLINE 2h 198.51.100.0/24        nt    {OPERATORS}
UNKLINE eve!*@*                 nt    481 481 481 481 481 481 481 NO_BAN
UNDLINE 198.51.100.7            nt    481 481 481 481 481 481 481 NO_BAN
STATS k                         nt    {OPERATORS}
STATS d                         nt    {OPERATORS}
STATS u                         nt    {ALL}
STATS o                         nt    {OPERATORS}
STATS l                         nt    {OPERATORS}
STATS m                         nt    {OPERATORS}
AUDIT #den                      nt    442 482 482 482 . . . .
AUDIT #den                      nts   403 482 482 482 . . . .
AUDIT                           nt    {OPERATORS}
GLOBAL :tea                     nt    {OPERATORS}
REHASH                          nt    {OPERATORS}
SAJOIN guest #den               ntsk  {OPERATORS}
SAMODE #den +q Mona             nts   {OPERATORS}
WALLOPS :tea                    nt    {OPERATORS}
"""
SHORT = {"TARGET": "INVALID_TARGET", "FORBIDDEN": "REDACT_FORBIDDEN", "NO_BAN": "NO_SUCH_BAN",
         "NO_TIME": "INVALID_TIME", "KEY": "KEY_NO_PERMISSION"}  # fmt: skip
ROWS = [
    [SHORT.get(word, word) for word in line.rsplit(None, 9)] for line in TABLE.strip().splitlines()
]

REFUSALS = {row.code for row in NUMERICS.values() if row.kind is Kind.REFUSAL}

ELSEWHERE = {
    "MARKREAD": "tests/chat/test_markers.py: it makes no difference",
    "SEARCH": "tests/rights_table.py: as CHATHISTORY",
    "BATCH": "tests/chat/test_multiline.py: its lines become a PRIVMSG or NOTICE",
    "CHANSERV": "test_ownership.py, where ChanServ is told the same by PRIVMSG",
    "CS": "as CHANSERV",
}
"""Commands about rooms that other tests try from every standing."""

NOT_ABOUT_ROOMS = {
    "ADMIN", "AUTHENTICATE", "AWAY", "CAP", "ERROR", "HELP", "HELPOP", "IDENTIFY", "INFO", "ISON",
    "ISUPPORT", "LINKS", "LUSERS", "MAP", "MONITOR", "MOTD", "NICK", "NICKSERV", "NS", "OPER",
    "PASS", "PING", "PONG", "QUIT", "REGISTER", "SETNAME", "TIME", "TOKEN", "USER", "USERHOST",
    "VERIFY", "VERSION", "WEBIRC", "WHOWAS",
}  # fmt: skip
"""Commands for which it does not matter how somebody stands in a room."""


class Den:
    """A room with its owner, an actor, the people whom the actor's line names, and modes."""

    def __init__(self, role: str, modes: str, line: str = "") -> None:
        self.log = MemoryHistory()
        self.world = a_world(log=self.log)
        self.people: dict[str, Session] = {}
        self.boss = self._come("boss", "q")
        for name, rank in NAMES.items():
            if name in line:
                self._come(name, rank)
        self._come("guest")
        say(self.boss, "PRIVMSG #den :of the boss")
        self.theirs = self.log.last_msgid
        self.actor = self._come("SELF", None if role in OUTSIDE else ROLES[role])
        self.mine = self.theirs
        if role == "server":
            number, now = self.actor.user.id, self.world.now
            everything = tuple(PRIVILEGES)
            apply(self.world, OperatorMade(number, "root", "all", everything, False, now))
        if role not in OUTSIDE:
            say(self.actor, "PRIVMSG #den :my own")
            self.mine = self.log.last_msgid
        flags = "".join(mode for mode in modes if mode in ROOM_MODES.flags)
        say(self.boss, "MODE #den -nt", f"MODE #den +{flags}")
        for mode, line in MODE_LINES.items():
            if mode in modes:
                say(self.boss, f"MODE #den {line}")
        if "W" in modes:
            say(self.actor, "PRIVMSG #den :the first line is let through")
        for session in self.people.values():
            heard(session)

    def _come(self, nick: str, rank: str | None = None) -> Session:
        session = self.people[nick] = arrive(self.world, nick, CAPABILITIES)
        if rank is not None:
            session.transport = LOCAL  # where mode z lets people in
            say(session, "JOIN #den")
        if rank:
            apply(self.world, RanksGiven("#den", rank, (session.user.id,), self.world.now))
        return session

    def outcome(self, line: str) -> str:
        """What becomes of the line."""
        line = line.replace("MINE", self.mine).replace("THEIRS", self.theirs)
        say(self.actor, line)
        answers = [m for one in heard(self.actor) if (m := decode(one.encode(), MAX_SERVER_TAGS))]
        refusals = [code for message in answers if (code := refusal(message))]
        if refusals:
            return refusals[0]
        others = [heard(one) for one in self.people.values() if one is not self.actor]
        return "." if answers or any(others) else "-"


def refusal(message: Message) -> str:
    """The code of a refusal; "" for anything else."""
    if message.command == "FAIL":
        return message.params[1]
    return message.command if message.command in REFUSALS else ""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row[:2]))
def test_the_table(row: list[str]) -> None:
    line, modes, *wanted = row
    found = []
    for role in ROLES:
        if line.startswith("JOIN") and role not in OUTSIDE:
            found.append(".")  # they are inside already, whatever the modes are now
        else:
            found.append(Den(role, modes, line).outcome(line))
    assert dict(zip(ROLES, found, strict=True)) == dict(zip(ROLES, wanted, strict=True))


def test_every_command_is_there() -> None:
    """A new command has to find its place."""
    tried = {row[0].split()[0] for row in ROWS}
    assert tried | ELSEWHERE.keys() | NOT_ABOUT_ROOMS == COMMANDS.keys()


def test_every_mode_and_rank_is_there() -> None:
    """A new mode has to find out who may change it; and each of them is tried above."""
    letters = set(ROOM_MODES.chanmodes.replace(",", ""))
    assert set(MODES) == letters
    assert "".join(RANKS) == ROOM_MODES.prefix_letters
    tried = {
        letter
        for row in ROWS
        if (found := re.search(r"MODE #den [+-](\w)", row[0]))
        for letter in found[1]
    }
    assert tried >= letters | set(RANKS)


def test_what_outsiders_see() -> None:
    """`Room.visible_to`, `people_seen_by` and `modes_for` do what the first rows of the table
    say."""
    for role in ROLES:
        for modes in ("nt", "ntsk", "ntu"):
            den = Den(role, modes)
            room, user = den.world.rooms["#den"], den.actor.user
            say(den.boss, "MODE boss +i")
            assert room.visible_to(user) == may(room, user, RIGHTS["KNOW"])
            listener = den.people["guest"]
            say(listener, "JOIN #den sesame")
            sees_all = not room.hides(listener.user, user)
            assert sees_all == may(room, user, RIGHTS["SEE_AUDIENCE"])
            sees = room.people_seen_by(user) == len(room.members)
            assert sees == may(room, user, RIGHTS["SEE_INVISIBLE"])
            knows_key = "sesame" in room.modes_for(user)
            assert knows_key == ("k" in modes and may(room, user, RIGHTS["SEE_KEY"]))


def test_standings_are_in_order() -> None:
    assert sorted(Standing) == list(Standing)
    assert min(Standing) is STRANGER
    assert [rank.standing for rank in RANKS.values()] == sorted(Standing, reverse=True)[:5]
    assert all(rank.given_by >= rank.standing for rank in RANKS.values())
