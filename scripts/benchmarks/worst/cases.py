"""The worst lines of each row: commands of IRC, commands and questions of the plain door.

A new row needs a worst line too; a test looks for it. What a line can be is tried for each kind of
parameter: crafted names for what takes names, masks for what takes masks, many targets, and the
largest answer that can be asked for.
"""

import base64
from collections.abc import Callable, Iterator

from benchmarks.worst.making import Case, Lines, Scene, always, crafted, made, masked, named
from benchmarks.worst.plain_cases import at_the_plain_door
from benchmarks.worst.stage import CROWD, TAGS
from benchmarks.worst.words import BODY, CRAFTED, dots, masks, nickname, short_names
from chatroom.wire.message import MAX_TAGS

FIRST_BYTES = "the first bytes"
TELNET = "telnet"
SEVERAL = "several lines"


def _about() -> Iterator[Case]:
    for row in ("ADMIN", "INFO", "MOTD", "TIME", "VERSION"):
        yield Case(row, row, always(row))
        yield from crafted(row, row + " {}", BODY - 10)
        yield from masked(row, row + " {}", BODY - 10)
    for row in ("ISUPPORT", "LINKS", "LUSERS", "MAP", "HELP", "HELPOP"):
        yield Case(row, row, always(row))
    yield from crafted("HELP", "HELP {}", BODY - 10)
    yield Case("STATS", "STATS u", always("STATS u"))
    yield from crafted("STATS", "STATS u {}", BODY - 10)
    yield from masked("STATS", "STATS u {}", BODY - 10)


def _talking() -> Iterator[Case]:
    text = "a" * 250
    for row in ("PRIVMSG", "NOTICE"):
        yield Case(row, f"{row} to the crowd, under full lists", always(f"{row} {CROWD} :{text}"))
        yield Case(row, f"{row} to 8 rooms", _to_eight_rooms(row, " :" + text[:80]))
        yield Case(row, f"{row} to 4 people", _to_people(row))
        yield from crafted(row, row + " {} :a", BODY - 20)
        yield from crafted(row, row + " #{} :a", BODY - 20)
        yield named(row, row + " {} :a", between=",")
        yield named(row, row + " {} :a", 60, between=",")
        yield Case(row, f"{row} with 4 KB of tags", always(_tags() + f"{row} {CROWD} :a".encode()))
        yield Case(row, f"{row} @+ ranks, 400 of them", always(f"{row} {'@+' * 200}{CROWD} :a"))
    yield Case("PRIVMSG", "PRIVMSG after CAP REQ", always(f"PRIVMSG {CROWD} :a"),
               before=(("mallory", always("CAP REQ :-multi-prefix")),
                       ("mallory", always("CAP REQ :multi-prefix"))))  # fmt: skip
    yield Case("PRIVMSG", "PRIVMSG to the crowd by an outsider", always(f"PRIVMSG {CROWD} :a"),
               "outsider")  # fmt: skip
    yield Case(
        "PRIVMSG", "PRIVMSG with a label", always(b"@label=a " + f"PRIVMSG {CROWD} :a".encode())
    )
    for what, word in (
        ("letters", "a"), ("marks", "\u0301"), ("words", "a "), ("codes", "\x02\x1d\x1f"),
    ):  # fmt: skip
        longest = (word * 4500).encode()[:4500].decode(errors="ignore")
        yield Case("PRIVMSG", f"PRIVMSG of 4.5 KB of {what}, which is split",
                   always(f"PRIVMSG {CROWD} :{longest}"))  # fmt: skip
    yield Case("TAGMSG", "TAGMSG with 4 KB of tags", always(_tags() + f"TAGMSG {CROWD}".encode()))
    yield Case("TAGMSG", "TAGMSG with 4 KB of escapes",
               always(_tags(rb"\s\:\\") + f"TAGMSG {CROWD}".encode()))  # fmt: skip
    yield Case("TAGMSG", "TAGMSG with one tag of 4 KB",
               always(b"@+a=" + b"b" * 4080 + f" TAGMSG {CROWD}".encode()))  # fmt: skip
    yield Case("TAGMSG", "TAGMSG with 1,000 tags",
               always(b"@" + b";".join(b"+%x" % at for at in range(800))[:4000]
                       + f" TAGMSG {CROWD}".encode()))  # fmt: skip
    yield Case("TAGMSG", "TAGMSG with as many tags as there may be",
               always(b"@" + b";".join(b"+%x" % at for at in range(MAX_TAGS))
                       + f" TAGMSG {CROWD}".encode()))  # fmt: skip
    yield Case("TAGMSG", "TAGMSG to 8 rooms with 4 KB of tags",
               lambda s: _tags() + str(_to_eight_rooms("TAGMSG", "")(s)).encode())  # fmt: skip
    yield from crafted("TAGMSG", "TAGMSG {}", BODY - 10)
    yield Case("SETNAME", "SETNAME", lambda s: f"SETNAME :{'茶' * 140}{s.number}")
    lines = (f"@batch=x PRIVMSG {CROWD} :{'a' * 70}\r\n" * 100).encode()
    yield Case("BATCH", "BATCH of 100 lines",
               always(f"BATCH +x draft/multiline {CROWD}\r\n".encode() + lines + b"BATCH -x"),
               before=(("mallory", always("CAP REQ :batch draft/multiline")),))  # fmt: skip
    yield Case("AWAY", "AWAY", lambda s: f"AWAY :{'茶' * 160}{s.number}")


def _to_eight_rooms(command: str, rest: str) -> Lines:
    return lambda scene: f"{command} {','.join([*scene.crowds, *scene.rooms[:3]])}{rest}"


def _to_people(command: str) -> Lines:
    return lambda scene: f"{command} {','.join(scene.some_people(4))} :hello"


def _tags(value: bytes = b"") -> bytes:
    """Almost 4,090 bytes of client-only tags that are all passed on, as many as there may be."""
    size = 4090 // MAX_TAGS - len(b"+99=;")
    several = (
        b"+%d=%s" % (at, (value or b"a") * (size // len(value or b"a"))) for at in range(MAX_TAGS)
    )
    return b"@" + b";".join(several) + b" "


def _coming() -> Iterator[Case]:
    everything = " ".join(["batch", "-batch"] * 36)
    yield Case("CAP", "CAP LS 302", always("CAP LS 302"))
    yield Case("CAP", "CAP REQ of 70 names", always(f"CAP REQ :{everything} batch"))
    yield Case("CAP", "CAP REQ of unknown names",
               lambda s: f"CAP REQ :{short_names(480, s.number)}")  # fmt: skip
    yield Case("CAP", "CAP LIST", always("CAP LIST"))
    yield Case("CAP", "CAP of an unknown kind", always("CAP " + "x" * 480))
    yield Case("CAP", "CAP LS, number of 500 digits", always("CAP LS " + "9" * 490))
    yield from crafted("NICK", "NICK {}", BODY - 10)
    yield from crafted("NICK", "NICK {}", BODY - 10, "guest")
    yield Case("NICK", "NICK in fifty rooms", lambda s: f"NICK {_nick(s.number)}")
    for kind, make in CRAFTED.items():
        yield Case("NICK", f"NICK in fifty rooms, 30 characters of {kind}",
                   made(make, 120, "NICK {}", 30))  # fmt: skip
    yield Case(
        "NICK", "NICK of an unregistered client", lambda s: f"NICK {_nick(s.number)}", "guest"
    )
    yield Case("USER", "USER again", always("USER " + "a" * 200 + " 0 * :" + "a" * 250))
    yield Case("USER", "USER, and the welcome",
               always("USER " + "茶" * 100 + " 0 * :" + "茶" * 60), "guest",
               before=(("guest", lambda s: f"NICK {_nick(s.number)}"),),
               fresh=True)  # fmt: skip
    yield Case("PASS", "PASS", lambda s: f"PASS :{'茶' * 160}{s.number}", "guest", fresh=True)
    yield Case("WEBIRC", "WEBIRC, too late", always("WEBIRC " + "a " * 240), "guest",
               until="ERROR", fresh=True)  # fmt: skip
    yield Case("PASS", "PASS again", always("PASS :" + "a" * 490))
    yield Case("PING", "PING", always("PING :" + "a" * 490))
    yield Case("PING", "PING with a label", always("@label=" + "a" * 4000 + " PING :" + "a" * 490))
    yield Case("PONG", "PONG", always("PONG :" + "a" * 490))
    yield Case("ERROR", "ERROR", always("ERROR :" + "a" * 490))
    yield Case("QUIT", "QUIT out of fifty rooms", always("QUIT :" + "茶" * 160), until="ERROR",
               fresh=True)  # fmt: skip


def _nick(number: int) -> str:
    return nickname(0x1000_0000 + number)


def _rooms() -> Iterator[Case]:
    crowds = ",".join
    yield Case("JOIN", "JOIN of the crowds", lambda s: "JOIN " + crowds(s.crowds), "outsider",
               after=(("outsider", always("JOIN 0")),))  # fmt: skip
    yield Case("JOIN", "JOIN of the crowds, all capabilities", lambda s: "JOIN " + crowds(s.crowds),
               before=(("mallory", lambda s: "PART " + crowds(s.crowds)),))  # fmt: skip
    yield Case("JOIN", f"JOIN {TAGS}, whose past has 4 KB of tags each", always(f"JOIN {TAGS}"),
               "outsider", before=(("outsider", always("CAP REQ :message-tags")),),
               after=(("outsider", always(f"PART {TAGS}")),))  # fmt: skip
    yield Case("JOIN", "JOIN of 25 new rooms", lambda s: "JOIN " + crowds(
        f"#{s.number:02x}{at:02x}" for at in range(25)), "outsider",
        after=(("outsider", always("JOIN 0")),))  # fmt: skip
    yield Case("JOIN", "JOIN of 25 new rooms with keys", lambda s: "JOIN " + crowds(
        f"#é{s.number:02x}{at:02x}" for at in range(25)) + " " + crowds("k" * 5 for _ in range(25)),
        "outsider", after=(("outsider", always("JOIN 0")),))  # fmt: skip
    yield Case("JOIN", "JOIN under full lists, invited by the last", always(f"JOIN {CROWD}"),
               "outsider", before=(("owner", always(f"MODE {CROWD} +i")),),
               after=(("outsider", always(f"PART {CROWD}")),
                      ("owner", always(f"MODE {CROWD} -i"))))  # fmt: skip
    yield from crafted("JOIN", "JOIN #{}", BODY - 10)
    yield named("JOIN", "JOIN {}", 400, "#*", ",")
    yield Case(
        "JOIN",
        "JOIN of 25 names that cannot be",
        lambda s: (
            "JOIN " + crowds(f"#・{chr(0x4E00 + s.number * 25 + at)}・*・" for at in range(25))
        ),
    )
    yield Case("JOIN", "JOIN of 250 names", always("JOIN " + "#," * 240))
    yield Case("PART", "PART of the crowds",
               lambda s: f"PART {crowds(s.crowds)} :{'茶' * 100}", "outsider",
               before=(("outsider", lambda s: "JOIN " + crowds(s.crowds)),))  # fmt: skip
    yield Case("PART", "JOIN 0 out of fifty rooms", always("JOIN 0"), fresh=True)
    yield from crafted("PART", "PART #{}", BODY - 10)
    yield named("PART", "PART {}", 100, "#", ",")
    yield Case("TOPIC", "TOPIC of the crowd", lambda s: f"TOPIC {CROWD} :{'茶' * 80}{s.number}",
               "owner")  # fmt: skip
    yield Case("TOPIC", "TOPIC too long", lambda s: f"TOPIC {CROWD} :{'茶' * 150}", "owner")
    yield from crafted("TOPIC", "TOPIC #{} :a", BODY - 20)
    yield Case("NAMES", "NAMES of the crowds", lambda s: "NAMES " + crowds(s.crowds))
    yield Case("NAMES", "NAMES", always("NAMES"))
    yield Case("NAMES", "NAMES of the crowd 60 times over",
               lambda s: "NAMES " + crowds(_variants(CROWD, 60)))  # fmt: skip
    yield from crafted("NAMES", "NAMES #{}", BODY - 10)
    yield named("NAMES", "NAMES {}", BODY, "#", ",")
    yield Case("INVITE", "INVITE, the list", always("INVITE"))
    yield Case("INVITE", "INVITE", lambda s: f"INVITE {s.people[-1 - s.number]} {CROWD}", "owner")
    yield from crafted("INVITE", "INVITE {} #a", BODY - 20)
    yield Case("KNOCK", "KNOCK at the crowd", always(f"KNOCK {CROWD} :{'a' * 400}"), "outsider")
    yield from crafted("KNOCK", "KNOCK #{} :a", BODY - 20)
    yield Case("KICK", "KICK of 8", lambda s: f"KICK #own {','.join(['founder'] * 8)} :{'a' * 300}",
               "founder", after=(("founder", always("JOIN #own")),))  # fmt: skip
    yield Case("KICK", "KICK of one out of the crowd",
               always(f"KICK {CROWD} {'a' * 30} :{'a' * 300}"),
               "owner", before=(("mallory", always(f"JOIN {CROWD}")),),
               after=(("mallory", always(f"JOIN {CROWD}")),))  # fmt: skip
    yield from crafted("KICK", "KICK #own {}", BODY - 20, "founder")
    yield named("KICK", "KICK #own {}", 60, between=",", actor="founder")


def _variants(name: str, count: int) -> list[str]:
    """The name in so many kinds of upper and lower case."""
    letters = name[1:]
    return [
        "#" + "".join(one.upper() if at >> bit & 1 else one for bit, one in enumerate(letters))
        for at in range(count)
    ]


def _modes() -> Iterator[Case]:
    own = "MODE #own "
    flags = "+m-m" * 118
    yield Case("MODE", "MODE of flags on and off", always(own + flags), "founder")
    yield Case("MODE", "MODE of flags in the crowd", always(f"MODE {CROWD} {flags}"), "owner")
    yield Case("MODE", "MODE of all flags on and off", always(own + "+mis-mis" * 60), "founder")
    yield Case("MODE", "MODE of keys", always(own + "+k-k" * 40 + " k" * 60), "founder")
    yield Case("MODE", "MODE of limits", always(own + "+l-l" * 40 + " 9" * 60), "founder")
    yield Case("MODE", "MODE of numbers of 400 digits", always(own + "+l " + "9" * 400), "founder")
    yield Case("MODE", "MODE of unknown letters", always(own + _letters(480)), "founder")
    yield Case("MODE", "MODE +bbb... shows a list", always(f"MODE {CROWD} " + "b" * 480))
    yield Case("MODE", "MODE beI shows all lists", always(f"MODE {CROWD} beI"))
    yield Case("MODE", "MODE +ooo... of nobody", always(own + "+" + "o" * 480), "founder")
    yield Case("MODE", "MODE +o-o of oneself", always(
        own + "+v-v+v-v+v-v+v-v+v-v+v-v " + "founder " * 12), "founder")  # fmt: skip
    yield Case("MODE", "MODE +v of twelve in the crowd", lambda s: f"MODE {CROWD} +{'v' * 4} "
               + " ".join(s.some_people(4)), "owner")  # fmt: skip
    yield Case("MODE", "MODE +o, many new names",
               lambda s: own + f"+{'o' * 120} {short_names(300, s.number)}", "founder")  # fmt: skip
    yield Case("MODE", "MODE +b, many new masks",
               lambda s: own + f"+{'b' * 120} {short_names(300, s.number)}", "founder",
               after=(("founder",
                       lambda s: own + f"-{'b' * 12} {short_names(60, s.number)}"),))  # fmt: skip
    yield Case("MODE", "MODE -b, many new masks",
               lambda s: own + f"-{'b' * 120} {short_names(300, s.number)}", "founder")  # fmt: skip
    yield Case(
        "MODE", "MODE of rooms to lead to", always(own + "+f" * 60 + f" {CROWD}" * 24), "founder"
    )
    yield Case("MODE", "MODE of slow mode", always(own + "+W-W" * 40 + " 9" * 60), "founder")
    yield Case(
        "TBAN",
        "TBAN of one out of the crowd",
        lambda s: f"TBAN {CROWD} 2h {s.some_people(1)[0]}",
        "owner",
    )
    yield Case("TBAN", "TBAN that lifts nothing", always(f"TBAN {CROWD} - nobodyatall"), "owner")
    yield Case(
        "TBAN",
        "TBAN again and again",
        lambda s: f"TBAN #own {s.number + 99} m:x!*@* :{'a' * 300}",
        "founder",
    )
    yield from crafted("TBAN", "TBAN #own 2h {}", BODY - 30, "founder")
    yield from crafted("TBAN", "TBAN #own - {}", BODY - 30, "founder")
    yield from crafted("TBAN", "TBAN #own {} x!*@*", BODY - 30, "founder")
    yield from masked("TBAN", "TBAN #own 2h {}", BODY - 30, "founder")
    yield from crafted("MODE", "MODE {}", BODY - 10)
    yield from crafted("MODE", "MODE #{}", BODY - 10)
    yield from crafted("MODE", "MODE #own +b {}", BODY - 30, "founder")
    yield from crafted("MODE", "MODE #own +o {}", BODY - 30, "founder")
    yield Case("MODE", "MODE of oneself", always("MODE founder " + "+i-i+B-B" * 55), "founder")
    yield Case("MODE", "MODE of oneself, unknown letters", always("MODE founder " + _letters(480)),
               "founder")  # fmt: skip


def _letters(size: int) -> str:
    return "".join(chr(0x4E00 + at) for at in range(size // 3))


def _to_services() -> Iterator[Case]:
    for row in ("NICKSERV", "NS", "CHANSERV", "CS"):
        yield Case(row, f"{row} HELP", always(row))
    yield from crafted("NS", "NS INFO {}", BODY - 20)
    yield from crafted("NICKSERV", "NICKSERV REGAIN {} a", BODY - 30)
    yield Case("NS", "NS TOKEN LIST of all there may be", always("NS TOKEN LIST"), "holder")
    for words in ("SERVICELIST", "GENERATE FILEHOST", "VALIDATE a"):
        yield Case("TOKEN", f"TOKEN {words}", always(f"TOKEN {words}"), "holder")
    yield from crafted("TOKEN", "TOKEN {}", BODY - 20, "holder")
    yield from crafted("TOKEN", "TOKEN GENERATE {}", BODY - 20, "holder")
    yield from crafted("IDENTIFY", "IDENTIFY {} a", BODY - 20)
    yield from crafted("CS", "CS INFO #{}", BODY - 20)
    yield from crafted("CHANSERV", "CHANSERV OP {0} {0}", BODY // 2 - 20)


def _operating() -> Iterator[Case]:
    yield Case("OPER", "OPER of nobody", always("OPER nobody " + "a" * 400))
    yield from crafted("OPER", "OPER {} a", BODY - 20)
    yield from crafted("OPER", "OPER nobody :{}", BODY - 20)
    yield Case("KILL", "KILL of oneself in the crowds", always(f"KILL warden :{'a' * 300}"),
               "operator", before=(("operator", lambda s: "JOIN " + ",".join(s.crowds)),),
               until="ERROR", fresh=True)  # fmt: skip
    yield from crafted("KILL", "KILL {} :a", BODY - 20, "operator")
    yield Case("AUDIT", "AUDIT of 50", always("AUDIT 50"), "operator")
    yield Case("AUDIT", "AUDIT, number of 400 digits", always("AUDIT " + "9" * 400), "operator")
    yield Case("GLOBAL", "GLOBAL to everybody", always(f"GLOBAL :{'a' * 400}"), "operator")
    yield Case("WALLOPS", "WALLOPS", always(f"WALLOPS :{'a' * 400}"), "operator")
    yield Case("REHASH", "REHASH by a stranger", always("REHASH"))
    yield Case("SAMODE", "SAMODE of the crowd", always(f"SAMODE {CROWD} {'+m-m' * 110}"),
               "operator")  # fmt: skip
    yield from crafted("SAMODE", "SAMODE #own +b {}", BODY - 30, "operator")
    yield from crafted("SAMODE", "SAMODE #{} +m", BODY - 30, "operator")
    yield Case("SAJOIN", "SAJOIN of the crowd", always(f"SAJOIN {CROWD}"), "operator",
               after=(("operator", always(f"PART {CROWD}")),))  # fmt: skip
    yield from crafted("SAJOIN", "SAJOIN {} #own", BODY - 30, "operator")
    for row in ("KLINE", "DLINE"):
        target = "x{}!*@*" if row == "KLINE" else "10.{}.0.0/16"
        yield Case(row, f"{row} that fits nobody", _line_with(f"{row} 2h {target} :{'a' * 300}"),
                   "operator", after=(("operator", _line_with(f"UN{row} {target}")),))  # fmt: skip
        yield from crafted(row, row + " 2h {} :a", BODY - 30, "operator")
        yield from crafted(f"UN{row}", f"UN{row} {{}}", BODY - 20, "operator")
        yield Case("STATS", f"STATS of 10,000 bans ({row})", always(f"STATS {row[0].lower()}"),
                   "operator")  # fmt: skip
    for letter in "lm":
        yield Case("STATS", f"STATS {letter}", always(f"STATS {letter}"), "operator")
    yield from masked("KLINE", "KLINE 2h zz!{}@*", 100, "operator")
    yield from masked("UNKLINE", "UNKLINE {}", BODY - 30, "operator")
    yield Case("UNKLINE", "UNKLINE of somebody", lambda s: f"UNKLINE {s.people[-1]}", "operator")
    yield Case("UNDLINE", "UNDLINE of none", always("UNDLINE 10.0.0.0/8"), "operator")
    yield Case("USER", "USER, and ten thousand bans", always("USER a 0 * :a"), "guest",
               before=(("guest", lambda s: f"NICK {_nick(s.number)}"),), fresh=True)  # fmt: skip


def _metadata() -> Iterator[Case]:
    row, keys = "METADATA", " ".join(f"{number:x}" for number in range(20))
    forget = tuple(("mallory", always(f"CAP REQ :{name}"))
                   for name in ("batch draft/metadata-3", "-draft/metadata-3"))  # fmt: skip
    subscribe = (*forget, ("mallory", always(f"METADATA * SUB {keys}")))
    yield Case(row, "METADATA SET in fifty rooms",
               lambda s: f"METADATA * SET 1 :{'a' * 290}{s.number}")  # fmt: skip
    yield Case(row, "METADATA SET of a room",
               lambda s: f"METADATA {CROWD} SET 1 :{'a' * 290}{s.number}", "owner")  # fmt: skip
    yield Case(row, "METADATA CLEAR of 20 keys", always("METADATA * CLEAR"), before=tuple(
        ("mallory", always(f"METADATA * SET {number:x} :{'a' * 300}")) for number in range(20)
    ))  # fmt: skip
    yield Case(row, "METADATA LIST", always("METADATA * LIST"))
    yield Case(row, "METADATA GET of 200 keys",
               lambda s: f"METADATA {CROWD} GET {short_names(s.size(470), s.number)}")  # fmt: skip
    yield Case(row, "METADATA SUB of 90 keys",
               lambda s: f"METADATA * SUB {' '.join(f'{s.number}{n:x}' for n in range(90))}",
               before=forget)  # fmt: skip
    yield Case(row, "METADATA UNSUB of 200 keys",
               lambda s: f"METADATA * UNSUB {short_names(s.size(470), s.number)}")  # fmt: skip
    yield Case(row, "METADATA SUBS", always("METADATA * SUBS"), before=subscribe)
    yield Case(row, "METADATA SYNC of the crowd", always(f"METADATA {CROWD} SYNC"),
               before=subscribe)  # fmt: skip
    yield Case(row, "METADATA SYNC of all", always("METADATA *ALL SYNC"), before=subscribe)
    yield from crafted(row, "METADATA {} LIST", BODY - 20)
    yield from crafted(row, "METADATA #{} LIST", BODY - 20)
    yield from crafted(row, "METADATA * {}", BODY - 20)
    yield from crafted(row, "METADATA * GET {}", BODY - 20)
    yield from crafted(row, "METADATA * SET a {}", BODY - 20)


def _line_with(form: str) -> Lines:
    return lambda scene: form.format(scene.number)


def _people() -> Iterator[Case]:
    yield Case("WHO", "WHO *", always("WHO *"))
    yield Case("WHO", "WHO", always("WHO"))
    yield Case("WHO", "WHO of the operators", always("WHO * o"))
    yield Case("WHO", "WHO of the crowd", always(f"WHO {CROWD}"))
    yield from masked("WHO", "WHO {}", BODY - 10)
    yield from masked("WHO", "WHO {}", 120)
    yield from masked("WHO", "WHO {}", 20)
    yield Case("WHO", "WHO of all by their host", always("WHO *2001*"))
    yield from crafted("WHO", "WHO {}", BODY - 10)
    yield from crafted("WHO", "WHO #{}", BODY - 10)
    yield Case("WHOIS", "WHOIS of 8 people", lambda s: "WHOIS " + ",".join(s.some_people(5)))
    yield Case("WHOIS", "WHOIS of who is in fifty rooms",
               lambda s: "WHOIS " + ",".join(_cases("a" * 30, 8)))  # fmt: skip
    yield from crafted("WHOIS", "WHOIS {}", BODY - 10)
    yield from masked("WHOIS", "WHOIS {} a", BODY - 20)
    yield named("WHOIS", "WHOIS {}", 40, between=",")
    yield Case("WHOIS", "WHOIS of 8 with a mask for the server",
               lambda s: f"WHOIS {masks(400)['absent']} a,b,c,d,e,f,g,h")  # fmt: skip
    yield Case("MARKREAD", "MARKREAD of another room each time",
               lambda s: f"MARKREAD #r{s.number} timestamp=2023-11-14T22:13:20.000Z")  # fmt: skip
    yield from crafted("MARKREAD", "MARKREAD {} timestamp=2023-11-14T22:13:20.000Z", BODY - 60)
    yield from _metadata()
    yield Case("WHOWAS", "WHOWAS of nobody", lambda s: f"WHOWAS nobody{s.number}")
    yield Case("WHOWAS", "WHOWAS of one who went a thousand times", always("WHOWAS revenant"),
               before=(("outsider", always(b"\r\n".join(
                   b"NICK revenant\r\nNICK revenant%d" % at for at in range(20)))),))  # fmt: skip
    yield from crafted("WHOWAS", "WHOWAS {}", BODY - 10)
    yield Case("WHOWAS", "WHOWAS of all", always("WHOWAS *"))
    yield from masked("WHOWAS", "WHOWAS {}", BODY - 10)
    yield Case("WHOWAS", "WHOWAS, number of 400 digits", always("WHOWAS a " + "9" * 400))
    yield Case("USERHOST", "USERHOST of 5", lambda s: "USERHOST " + " ".join(s.some_people(5)))
    yield from crafted("USERHOST", "USERHOST {}", BODY - 20)
    names = ",".join(f"b{number:02}" for number in range(100))
    yield Case("MONITOR", "MONITOR of 100 names",
               lambda s: f"MONITOR C\r\nMONITOR + {names}")  # fmt: skip
    yield Case("MONITOR", "MONITOR of 200 masks", always("MONITOR + " + "*," * 240))
    yield Case("ISON", "ISON of people", lambda s: "ISON " + " ".join(s.some_people(6)))
    yield from crafted("ISON", "ISON {}", BODY - 10)
    yield named("ISON", "ISON {}")
    yield Case("ISON", "ISON of one 60 times over",
               always("ISON :" + " ".join(_cases("owner", 80))))  # fmt: skip


def _cases(name: str, count: int) -> list[str]:
    return [one[1:] for one in _variants("#" + name, count)]


def _directory() -> Iterator[Case]:
    yield Case("LIST", "LIST", always("LIST"))
    yield from masked("LIST", "LIST {}", BODY - 10)
    yield from masked("LIST", "LIST !{}", BODY - 10)
    for kind, mask in masks(55).items():
        yield Case("LIST", f"LIST of 8 masks, {kind}",
                   always("LIST " + ",".join(f"#{at}{mask}" for at in range(8))))  # fmt: skip
        yield Case("LIST", f"LIST of 8 negated masks, {kind}",
                   always("LIST " + ",".join(f"!{at}{mask}" for at in range(8))))  # fmt: skip
        yield Case("LIST", f"LIST of 8 masks with a star, {kind}",
                   always("LIST " + ",".join(f"*{at}{mask}" for at in range(8))))  # fmt: skip
    yield Case("LIST", "LIST of 8 conditions",
               always("LIST >0,<9999,C>0,T>0,C<99999,T<99999,>0,!*x*"))  # fmt: skip
    yield Case("LIST", "LIST of numbers of 400 digits", always("LIST >" + "9" * 400))
    yield from crafted("LIST", "LIST {}", BODY - 10)
    yield named("LIST", "LIST {}", 40, between=",")


def _past() -> Iterator[Case]:
    full = "CHATHISTORY "
    early, late = "timestamp=2020-01-01T00:00:00.000Z", "timestamp=2099-01-01T00:00:00.000Z"
    for line in (
        f"LATEST {CROWD} * 500",
        f"LATEST {TAGS} * 500",
        f"BEFORE {CROWD} {late} 500",
        f"AFTER {CROWD} {early} 500",
        f"AROUND {CROWD} {late} 500",
        f"BETWEEN {CROWD} {early} {late} 500",
        f"BETWEEN {CROWD} {late} {early} 500",
        f"TARGETS {early} {late} 500",
        f"LATEST {CROWD} msgid={'a' * 300} 500",
        f"BETWEEN {CROWD} msgid={'a' * 200} msgid={'b' * 200} 500",
        f"LATEST {CROWD} timestamp={'2' * 400} 500",
        f"LATEST {CROWD} * {'9' * 400}",
    ):
        shown = line if len(line) < 90 else line[:60] + "..."
        yield Case("CHATHISTORY", full + shown, always(full + line))
    yield Case("CHATHISTORY", "CHATHISTORY LATEST with a label",
               always(f"@label=a CHATHISTORY LATEST {CROWD} * 500"))  # fmt: skip
    yield from crafted("CHATHISTORY", "CHATHISTORY LATEST #{} * 500", BODY - 40)
    done = "BATCH -|FAIL SEARCH"
    for title, text in (
        ("a common word", "text=x"),
        ("20 beginnings", "text=" + r"\s".join(["x*", "y*", "z*", "a*"] * 5)),
        ("phrases", "text=" + r"\s".join(['"x\\sy\\sz\\sx\\sy\\sz"'] * 9)),
        ("a phrase of 200 words", 'text="' + r"x\sy\sz\s" * 50 + '"'),
        ("in the crowd", f"in={CROWD};text=z*"),
        ("of an author", "from=" + dots(300)),
        ("between times", "after=2020-01-01T00:00:00.000Z;before=2099-01-01T00:00:00.000Z;text=x"),
    ):
        yield Case("SEARCH", f"SEARCH for {title}", always(f"SEARCH {text}"), until=done)
    yield from crafted("SEARCH", "SEARCH text={}", BODY - 20, until=done)
    yield from crafted("SEARCH", "SEARCH in={};text=x", BODY - 40, until=done)
    yield Case("SEARCH", "SEARCH of 120 attributes",
               always("SEARCH " + ";".join(f"a{at}=" for at in range(100))),
               until=done)  # fmt: skip
    yield Case("SEARCH", "SEARCH text=a and a quotation mark left open",
               always("SEARCH text=" + '"a\\s' * 100 + '"'), until=done)  # fmt: skip
    yield Case(
        "REDACT", "REDACT of an unknown message", lambda s: f"REDACT {CROWD} {'a' * 400}{s.number}"
    )
    yield from crafted("REDACT", "REDACT #{} a", BODY - 20)
    yield Case("REDACTALL", "REDACTALL of nobody", always(f"REDACTALL {CROWD} nobody"), "owner")
    yield Case("REDACTALL", "REDACTALL of who said all", always(f"REDACTALL {CROWD} owner"),
               "owner", before=(("owner", always(f"PRIVMSG {CROWD} :{'a' * 200}")),))  # fmt: skip
    yield from crafted("REDACTALL", f"REDACTALL {CROWD} {{}}", BODY - 20, "owner")
    yield from crafted("REDACT", f"REDACT {CROWD} {{}}", BODY - 20)
    yield from crafted("RENAME", "RENAME #{} #other", BODY - 20)
    yield from crafted("RENAME", f"RENAME {CROWD} #{{}}", BODY - 20, "owner")


def _accounts() -> Iterator[Case]:
    begin, give_up = always("AUTHENTICATE PLAIN"), always("AUTHENTICATE *")
    scram = always("AUTHENTICATE SCRAM-SHA-256")
    yield Case("AUTHENTICATE", "AUTHENTICATE PLAIN", begin, after=(("mallory", give_up),))
    yield Case("AUTHENTICATE", "a chunk of 400", always("AUTHENTICATE " + "A" * 400),
               before=(("mallory", begin),), after=(("mallory", give_up),))  # fmt: skip
    for kind, make in CRAFTED.items():
        yield Case("AUTHENTICATE", f"SCRAM for a name of {kind}", _scram(make),
                   before=(("mallory", scram),), after=(("mallory", give_up),))  # fmt: skip
        yield Case("REGISTER", f"REGISTER of a name of {kind}",
                   made(make, BODY - 60, "REGISTER {} * password"))  # fmt: skip
        yield Case("REGISTER", f"REGISTER with a password of {kind}",
                   made(make, 290, "REGISTER a,b * :{}"))  # fmt: skip
    yield from crafted("VERIFY", "VERIFY {} 1", BODY - 20)
    yield Case("/login", "/login with a name", always("/login a"), "person",
               until="The password of a:", after=(("person", always("")),))  # fmt: skip
    yield Case("/register", "/register and no password", always("/register"), "person",
               until="A new password", after=(("person", always("")),))  # fmt: skip
    yield Case("/nickserv", "/nickserv", always("/nickserv"), "person")
    for row in ("/logout", "/password"):
        yield Case(row, row, always(row), "person")
    yield Case("WHO", "WHO of the crowd, all fields",
               always(f"WHO {CROWD} %tcuihsnfdlaor,152"))  # fmt: skip


def _scram(make: Callable[[int, int], str]) -> Lines:
    def line(scene: Scene) -> str:
        first = f"n,,n={make(200, scene.number)},r=abcdef".encode()
        return f"AUTHENTICATE {base64.b64encode(first[:299]).decode()}"

    return line


def _requests() -> Iterator[tuple[str, bytes, str]]:
    """Requests of HTTP with a lot in their heads, and the status of the answer."""
    host = b"Host: localhost\r\n"
    get = b"GET / HTTP/1.1\r\n" + host
    end = b"Connection: close\r\n\r\n"
    headers = b"".join(b"H-%d: %b\r\n" % (number, b"x" * 300) for number in range(45))
    yield "HTTP, 46 headers in 16 KB", get + headers + end, "200"
    yield "HTTP, 15 KB of spaces in a header", get + b"A: a" + b" " * 15_000 + b"b\r\n" + end, "200"
    path = b"/%C3%A4" * 15 + b"%41" * 600
    yield "HTTP, a path of escapes", b"GET " + path + b" HTTP/1.1\r\n" + host + end, "404"
    pages = b"GET / HTTP/1.1\r\n" + host + b"\r\n"
    yield "HTTP, 20 requests at once", pages * 19 + get + end, "close"
    chunks = b"POST / HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\n"
    yield "HTTP, 8 KB of chunks of a byte", chunks + b"1\r\nx\r\n" * 1300, "405"


def _bytes() -> Iterator[Case]:
    yield Case(TELNET, "FF F6 (are you there?) 8,000 times", always(b"\xff\xf6" * 8000), "person")
    yield Case(TELNET, "FF FD (do) 5,000 times", always(b"\xff\xfd\x01" * 5000), "person")
    yield Case(TELNET, "FF FF 8,000 times", always(b"\xff\xff" * 8000), "person")
    yield Case(TELNET, "subnegotiations", always(b"\xff\xfa\x01\xff\xf0" * 3000), "person")
    yield Case(SEVERAL, "16 KB of blank lines", always(b"\r\n" * 8000))
    yield Case(SEVERAL, "16 KB of blank lines at the plain door", always(b"\n" * 16000), "person")
    yield Case(SEVERAL, "64 unknown commands", always(b"\r\n".join([b"X"] * 64)))
    yield Case(SEVERAL, "64 messages to the crowd",
               always(b"\r\n".join([f"PRIVMSG {CROWD} :{'a' * 250}".encode()] * 60)))  # fmt: skip
    yield Case(SEVERAL, "64 PINGs", always(b"\r\n".join([b"PING :x"] * 64)))
    yield Case(SEVERAL, "4 lines of tags only", always(b"\r\n".join([_tags()] * 4)))
    yield Case(SEVERAL, "16 KB that are no UTF-8", always(b"\xfe\r\n" * 5000))
    yield Case(SEVERAL, "16 KB without a line end", always(b"x" * 16000))
    yield Case(SEVERAL, "30 crafted nicknames at once",
               lambda s: "\r\n".join("NICK " + dots(BODY - 10, at) for at in range(30)),
               "guest")  # fmt: skip
    yield Case(FIRST_BYTES, "a connection that says HTTP",
               always("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
               "stranger", until="200", fresh=True)  # fmt: skip
    for title, request, status in _requests():
        yield Case(FIRST_BYTES, title, always(request), "stranger", until=status, fresh=True)
    yield Case(FIRST_BYTES, "a connection that says WEBIRC", always("WEBIRC " + "a " * 2000),
               "stranger", until="ERROR", fresh=True)  # fmt: skip
    yield Case(FIRST_BYTES, "a connection that says TLS", always(b"\x16\x03\x01" + b"\x00" * 500),
               "stranger", until="ERROR", fresh=True)  # fmt: skip
    yield Case(FIRST_BYTES, "1,000 bytes of no kind", always("x" * 1500), "stranger",
               until="password", fresh=True)  # fmt: skip


CASES: tuple[Case, ...] = (
    *_about(), *_talking(), *_coming(), *_rooms(), *_modes(), *_to_services(),
    *_operating(), *_people(), *_directory(), *_past(), *at_the_plain_door(), *_bytes(),
    *_accounts(),
)  # fmt: skip
