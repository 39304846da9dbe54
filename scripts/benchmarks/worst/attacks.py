"""What twenty strangers can do to fifty people who chat: a row for each attack.

All depends on two numbers, of the connection and of the line, so that nothing repeats itself.
"""

from collections.abc import Callable

from benchmarks.worst.attack import Attack, Payload
from benchmarks.worst.web_attacks import WEB_ATTACKS
from benchmarks.worst.words import BODY, digits, dots, marks, masks, short_names

BANNED, PAST, TAGGED = "#banned", "#past", "#tagged"


def _line(*words: str) -> bytes:
    return " ".join(words).encode() + b"\r\n"


def _always(*words: str) -> Payload:
    line = _line(*words)
    return lambda _one, _number: line


def register(one: int) -> bytes:
    """An IRC client, with a name that is hard to tell from a mask."""
    return (
        b"CAP REQ :message-tags batch echo-message soju.im/search draft/chathistory\r\n"
        + _line(f"NICK {'a' * 20}{one}")
        + _line(f"USER {'a' * 17} 0 * :{'a' * 150}")
        + b"CAP END\r\n"
    )


def _in(*rooms: str) -> Callable[[int], bytes]:
    return lambda one: register(one) + b"".join(_line("JOIN", room) for room in rooms)


def _owner(one: int) -> bytes:
    return register(one) + _line("JOIN", f"#own{one}")


def _person(one: int) -> bytes:
    """At the plain door, in a room."""
    return f"hello\r\nperson{one}\r\n{PAST}\r\n".encode()


def _ringing(one: int) -> bytes:
    """The same, with the bell on: each line is looked through for the name."""
    return _person(one) + b"/set bell on\r\n"


def _guest(_one: int) -> bytes:
    return b"hello\r\n"


def _subscribed(one: int) -> bytes:
    """Subscribed to all keys of metadata that the others change, in their room."""
    keys = " ".join(f"k{at}" for at in range(20))
    return _in(PAST)(one) + _line("CAP REQ draft/metadata-3") + _line("METADATA * SUB", keys)


TAGS = b"@" + b";".join(b"+%x=" % at for at in range(1000))
TAGS = TAGS[: TAGS.rindex(b";", 0, 4080)] + b" "

ATTACKS = (
    Attack("nickname answers of dots", lambda one, n: dots(4490, n).encode() + b"\r\n", _guest),
    Attack("nickname answers of digits", lambda one, n: digits(4490, n).encode() + b"\r\n", _guest),
    Attack("NICK of dots, unregistered", lambda one, n: _line("NICK", dots(490, one + n)),
           lambda _one: b"CAP LS 302\r\n"),
    Attack("NICK of dots", lambda one, n: _line("NICK", dots(490, one + n)), register),
    Attack("NICK that changes", lambda one, n: _line("NICK", f"x{one}y{n}"), _in(PAST)),
    Attack("PRIVMSG to crafted names", lambda one, n: _line("PRIVMSG", marks(480, n), ":a"),
           register),
    Attack("ISON of new names", lambda one, n: _line("ISON", short_names(490, one * 99 + n)),
           register),
    Attack("NAMES of new rooms",
           lambda one, n: _line("NAMES", short_names(490, one * 99 + n, "#", ",")), register),
    Attack("MODE +m-m+m-m", lambda one, n: _line("MODE", f"#own{one}", "+m-m" * 118), _owner),
    Attack("MODE b of a full list", _always("MODE", BANNED, "b"), register),
    Attack("WHO *", _always("WHO *"), register),
    Attack("WHO *?*?...zz", _always("WHO", masks(BODY - 10)["any"]), register),
    Attack("WHO *a?b*a?b...", _always("WHO", masks(BODY - 10)["absent"]), register),
    Attack("LIST", _always("LIST"), register),
    Attack("LIST of masks", _always("LIST", ",".join(["!" + masks(50)["absent"]] * 8)), register),
    Attack("PRIVMSG under 100 bans", _always("PRIVMSG", BANNED, ":hello"), _in(BANNED)),
    Attack("PRIVMSG, 64 lines at once", lambda one, n: _line("PRIVMSG", PAST, ":hello") * 64,
           _in(PAST)),
    Attack("TAGMSG with 4 KB of tags", lambda one, n: TAGS + _line("TAGMSG", PAST), _in(PAST)),
    Attack("PRIVMSG with 4 KB of tags", lambda one, n: TAGS + _line("PRIVMSG", PAST, ":a"),
           _in(PAST)),
    Attack("JOIN and PART", lambda one, n: _line("JOIN", PAST) + _line("PART", PAST), register),
    Attack("JOIN of new rooms",
           lambda one, n: _line("JOIN", ",".join(f"#{one}x{n}x{at}" for at in range(25)))
           + b"JOIN 0\r\n", register),
    Attack("SEARCH", _always(r'SEARCH text="x\sy\sz"'), register),
    Attack("SEARCH for nine phrases", _always("SEARCH text=" + r"\s".join([r'"x\sy\sz\sx"'] * 9)),
           register),
    Attack("CHATHISTORY of 500", _always("CHATHISTORY LATEST", PAST, "* 500"), register),
    Attack("CHATHISTORY of 500, unread", _always("CHATHISTORY LATEST", TAGGED, "* 500"), register,
           reads=False),
    Attack("METADATA SET, all subscribed",
           lambda one, n: _line("METADATA * SET", f"k{n % 20}", f":{n}" + "x" * 250), _subscribed),
    Attack("METADATA CLEAR, all subscribed",
           lambda one, n: b"".join(_line("METADATA * SET", f"k{at}", f":{n}") for at in range(20))
           + _line("METADATA * CLEAR"), _subscribed),
    Attack("METADATA SYNC", _always("METADATA *ALL SYNC"), _subscribed),
    Attack("MONITOR of new names", lambda one, n: _line("MONITOR C")
           + _line("MONITOR +", short_names(450, one * 99 + n).replace(" ", ",")), register),
    Attack("MARKREAD of new rooms", lambda one, n: _line(
        "MARKREAD", f"#{one}x{n}", "timestamp=2020-01-01T00:00:00.000Z"), register),
    Attack("AWAY and back", lambda one, n: _line("AWAY", f":{n}" + "x" * 190) + _line("AWAY"),
           _in(PAST)),
    Attack("SETNAME", lambda one, n: _line("SETNAME", f":{n}" + "x" * 140), _in(PAST)),
    Attack("a message of 100 lines", lambda one, n: _line("BATCH +1 draft/multiline", PAST)
           + _line("@batch=1 PRIVMSG", PAST, ":hello") * 100 + b"BATCH -1\r\n",
           lambda one: _in(PAST)(one) + _line("CAP REQ draft/multiline")),
    Attack("CAP LS and REQ", lambda one, n: _line("CAP REQ :batch") + _line("CAP REQ :-batch"),
           register),
    Attack("CAP LS, unregistered", _always("CAP LS 302"), lambda _one: b"CAP LS 302\r\n"),
    Attack("passwords", lambda one, n: _line("PASS", f"x{n}") + _line("NICK", f"p{one}x{n}")
           + b"USER a 0 * :a\r\n", lines_each=1),
    Attack("4.5 KB of talk", lambda one, n: b"x" * 4500 + b"\r\n", _person),
    Attack("talk full of a name, bells on", lambda one, n: b"person1" * 60 + b"\r\n", _ringing),
    Attack("talk of control codes, bells on", lambda one, n: b"\x02\x1d\x1f\x1e" * 105 + b"\r\n",
           _ringing),
    Attack("talk of codes and letters, bells on", lambda one, n: b"\x02x" * 210 + b"\r\n",
           _ringing),
    Attack("/msg with 4.5 KB", lambda one, n: b"/msg m1 " + b"x" * 4400 + b"\r\n", _person),
    Attack("/history 500", lambda one, n: b"/history 500\r\n", _person),
    Attack("/search", lambda one, n: b'/search "x y z" te* from:bob\r\n', _person),
    Attack("/who of dots", lambda one, n: f"/who {dots(4480, n)}\r\n".encode(), _person),
    Attack("unknown commands of 4.5 KB", lambda one, n: b"/" + b"history" * 640 + b"\r\n", _person),
    Attack("telnet FF F6", lambda one, n: b"\xff\xf6" * 8000, _guest),
    Attack("telnet FF FD", lambda one, n: b"\xff\xfd\x01" * 5000, _guest),
    Attack("blank lines", lambda one, n: b"\r\n" * 8000, register),
    Attack("unknown commands", lambda one, n: b"X\r\n" * 64, register),
    Attack("invalid UTF-8", lambda one, n: b"\xfe\xff\r\n" * 64, register),
    Attack("no line end", lambda one, n: b"x" * 16000, register),
    Attack("connections that come and go", lambda one, n: b"\r\n", lines_each=1),
    Attack("registering again and again",
           lambda one, n: _line(f"NICK r{one}x{n}") + b"USER a 0 * :a\r\n" + _line("WHO *") * 10,
           lines_each=1),
    Attack("a fresh allowance each time",
           lambda one, n: _line(f"NICK f{one}x{n}") + b"USER a 0 * :a\r\n"
           + _line("WHO", masks(400)["absent"]) * 9, lines_each=1),
    *WEB_ATTACKS,
)  # fmt: skip
