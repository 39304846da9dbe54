"""The worst lines at the plain door: its questions, what people say there, and its commands."""

from collections.abc import Iterator

from benchmarks.worst.making import Case, always, crafted, made, named
from benchmarks.worst.stage import CROWD, PASSWORD
from benchmarks.worst.words import CRAFTED, dots, nickname
from chatroom.server.doors.door import LINE_BYTES
from chatroom.text.operator_words import OPERATOR_WORDS

PLAIN_BYTES = LINE_BYTES - 20
"""Of a line at the plain door, with some room for a command in front."""

PASSWORD_QUESTION = "password question"
NICKNAME_QUESTION = "nickname question"
ROOM_QUESTION = "room question"
TALK = "talk"

QUESTIONS = {
    "password": (PASSWORD_QUESTION,),
    "nickname": (NICKNAME_QUESTION,),
    "room": (ROOM_QUESTION,),
    "talk": (TALK,),
    "proof": ("/login",),
    "login": ("/login",),
    "new password": ("/register",),
    "new password again": ("/register",),
    "operator": ("/oper",),
}
"""Each kind of question of the plain door, whose answer is a line, and the rows that measure it. A
password is checked by a worker, so all that ask for one have the same worst line."""


def at_the_plain_door() -> Iterator[Case]:
    yield from _questions()
    yield from _plain_talk()
    yield from _plain_commands()
    yield from _plain_searches()


def _questions() -> Iterator[Case]:
    size = PLAIN_BYTES
    question = "nickname:\r\n$|Welcome|Goodbye"
    yield Case(PASSWORD_QUESTION, "a wrong password of 4.5 KB", always("x" * size), "caller",
               until="Type it:|Goodbye", fresh=True)  # fmt: skip
    yield Case(PASSWORD_QUESTION, "the password", always(PASSWORD), "caller",
               until="nickname:", fresh=True)  # fmt: skip
    yield from crafted(NICKNAME_QUESTION, "{}", size, "namer", question, True)
    yield Case(NICKNAME_QUESTION, "a nickname of 4.5 KB", always("x" * size), "namer",
               until=question, fresh=True)  # fmt: skip
    yield Case(NICKNAME_QUESTION, "a nickname, and 1,000 rooms are shown",
               lambda s: nickname(0x2000_0000 + s.number), "namer", until=r"Choose a room \[",
               fresh=True)  # fmt: skip
    yield from crafted(ROOM_QUESTION, "{}", size, "entrant")
    yield Case(ROOM_QUESTION, "the crowd", always(CROWD), "entrant", fresh=True)
    yield Case(ROOM_QUESTION, "a name of 4.5 KB", always("x" * size), "entrant")


def _plain_talk() -> Iterator[Case]:
    size = PLAIN_BYTES
    for kind, make in CRAFTED.items():
        yield Case(TALK, f"4.5 KB of {kind}", made(make, size), "person")
    yield Case(TALK, "4.5 KB of letters", always("x" * size), "person")
    yield Case(TALK, "4.5 KB of emoji", always("😀" * (size // 4)), "person")
    yield Case(TALK, "4.5 KB of joined emoji", always("👩\u200d" * (size // 7)), "person")
    yield Case(TALK, "4.5 KB of words", always("x " * (size // 2)), "person")
    yield Case(TALK, "4.5 KB of control characters", always("\x01\x02" * (size // 2)), "person")
    for title, keys in (
        ("letters", "a\b"),
        ("accents", "e\u0301\b"),
        ("emoji", "😀\b"),
        ("words", "a \x17"),
    ):
        text = keys * (size // len(keys.encode())) + "x"
        yield Case(TALK, f"4.5 KB of {title} that are erased", always(text), "person")
    yield Case(
        TALK, "4.5 KB of letters, one of them erased", always("x" * size + "\b日\b"), "person"
    )
    yield Case(TALK, "4.5 KB of words, and erased",
               always("x " * (size // 3) + "\x17" * (size // 3)), "person")  # fmt: skip
    yield Case(TALK, "4.5 KB of emoji, and erased", always("👍🏽" * (size // 9) + "\b" * 500),
               "person")  # fmt: skip
    yield Case(TALK, "4.5 KB of flags, and erased", always("🇩🇪" * (size // 9) + "\b" * 500),
               "person")  # fmt: skip
    yield Case(TALK, "4.5 KB that are no UTF-8", always(b"\xfe" * size), "person")
    yield Case(TALK, "4.5 KB of an unknown command", always("/" + "x" * size), "person")
    yield Case(TALK, "4.5 KB much like a command", always("/" + "history" * (size // 7)), "person")
    yield Case(TALK, "a command of 4.5 KB of crafted letters",
               lambda s: "/" + dots(s.size(size - 10), s.number), "person")  # fmt: skip


def _plain_commands() -> Iterator[Case]:
    size = PLAIN_BYTES
    yield Case("/help", "/help", always("/help"), "person")
    yield Case("/rooms", "/rooms", always("/rooms"), "person")
    for row in ("/kick", "/ban", "/unban", "/mute", "/unmute", "/mode", "/redact"):
        yield from crafted(row, row + " {}", PLAIN_BYTES, "person")
        yield named(row, row + " {}", PLAIN_BYTES, actor="person")
    yield Case("/redact", "/redact all from nobody", always("/redact all from nobody"), "person")
    for row in ("/bans", "/invites"):
        yield Case(row, row, always(row), "person")
    for rank in ("op", "voice", "halfop", "admin", "owner"):
        for row in (f"/{rank}", f"/de{rank}"):
            yield from crafted(row, row + " {}", PLAIN_BYTES, "person")
            yield named(row, row + " {}", PLAIN_BYTES, actor="person")
    yield Case("/topic", "/topic TEXT", lambda s: f"/topic {'茶' * 1000}{s.number}", "person")
    yield Case("/topic", "/topic", always("/topic"), "person")
    yield Case("/who", "/who", always("/who"), "person")
    yield from _with_crafted_words()
    for kind, make in CRAFTED.items():  # which ends at the question for the password
        yield Case("/oper", f"/oper ..., {size - 20} bytes of {kind}",
                   made(make, size - 20, "/oper {}"), "person",
                   until="The password of the operator",
                   after=(("person", always("")),))  # fmt: skip
    yield from _with_arguments()
    yield from _plain_tokens()


_FORMS = (
    ("/who", "/who {}"),
    ("/join", "/join {}"),
    ("/nick", "/nick {}"),
    ("/msg", "/msg {} a"),
    ("/me", "/me {}"),
    ("/history", "/history {}"),
    ("/help", "/help {}"),
    ("/reply", "/reply {} a"),
    ("/react", "/react {} +1"),
    ("/invite", "/invite {}"),
    ("/knock", "/knock {}"),
    ("/knock", "/knock a {}"),
    ("/away", "/away {}"),
    ("/back", "/back {}"),
    ("/ignore", "/ignore {}"),
    ("/unignore", "/unignore {}"),
    ("/set", "/set {}"),
    ("/register-room", "/register-room {}"),
    ("/accept-room", "/accept-room {}"),
    ("/drop-room", "/drop-room {}"),
    ("/rename-room", "/rename-room {}"),
    ("/audit", "/audit {}"),
    *((f"/{word.name}", f"/{word.name} {{}} a") for word in OPERATOR_WORDS),
    ("/leave", "/leave {}"),
    ("/quit", "/quit {}"),
)
"""Each command that takes any words, and where they stand in it."""


def _with_crafted_words() -> Iterator[Case]:
    for name, form in _FORMS:
        leaving = name in ("/leave", "/quit")
        end = {"/quit": "Goodbye", "/leave": r"Choose a room \["}.get(name, "")
        yield from crafted(name, form, PLAIN_BYTES - 20, "person", end, leaving)


def _with_arguments() -> Iterator[Case]:
    size = PLAIN_BYTES
    yield Case("/join", "/join of another crowd", lambda s: f"/join {s.crowds[-1]}", "person",
               after=(("person", always(f"/join {CROWD}")),))  # fmt: skip
    yield Case("/nick", "/nick", lambda s: f"/nick {nickname(0x3000_0000 + s.number)}", "person")
    yield Case("/msg", "/msg with 4.5 KB of text",
               lambda s: f"/msg {s.people[0]} {'x' * (size - 150)}", "person")  # fmt: skip
    yield Case("/msg", "/msg with 4.5 KB of words",
               lambda s: f"/msg {s.people[0]} {'x ' * (size // 2 - 80)}", "person")  # fmt: skip
    yield Case("/me", "/me with 4.5 KB of text", always("/me " + "x" * (size - 10)), "person")
    yield Case("/reply", "/reply with 4.5 KB of text",
               always("/reply " + "x" * (size - 10)), "person")  # fmt: skip
    yield Case("/reply", "/reply with 4.5 KB of words",
               always("/reply " + "x " * (size // 2 - 5)), "person")  # fmt: skip
    yield Case("/react", "/react", always("/react +1"), "person")
    yield Case("/history", "/history 500", always("/history 500"), "person")
    yield Case("/history", "/history more", always("/history more"), "person",
               before=(("person", always("/history 500")),))  # fmt: skip
    yield Case("/history", "/history of 4.5 KB of digits", always("/history " + "9" * (size - 20)),
               "person")  # fmt: skip


def _plain_tokens() -> Iterator[Case]:
    who = "plain holder"
    yield Case("/token", "/token list of all there may be", always("/token list"), who)
    for form in ("{}", "create {}", "create a {}", "hook a general {}", "revoke {}"):
        yield from crafted("/token", f"/token {form}", PLAIN_BYTES - 30, who)
    yield named("/token", "/token create a {}", PLAIN_BYTES, between=",", actor=who)


def _plain_searches() -> Iterator[Case]:
    size = PLAIN_BYTES
    for title, text in (
        ("20 words", "x y z " * 6),
        ("phrases of 4.5 KB", '"x y z x y z" ' * 300),
        ("one phrase of 4.5 KB", '"' + "x y z " * 700 + '"'),
        ("19 phrases of 200 bytes", ('"' + "x y z " * 33 + '" ') * 19),
        ("1,000 names of rooms", "in:x " * 800),
        ("1,000 quotation marks", '"' * 4001),
        ("4.5 KB of symbols", "+" * (size - 20)),
        ("dots", "x in:" + dots(size - 60)),
        ("digits", "x in:" + digits_line(size - 60)),
    ):
        yield Case("/search", f"/search for {title}", always(f"/search {text}"), "person")


def digits_line(size: int) -> str:
    """The same digits over and over."""
    return "۰" * (size // 2)
