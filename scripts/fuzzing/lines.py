"""Lines for a server: valid ones with chosen arguments, mutations of them, and garbage.

All depends on the `Random` alone, and costs little: a line has to be made faster than it is served.
"""

from collections.abc import Callable, Sequence
from random import Random

from chatroom.chat.commands.table import COMMANDS
from chatroom.server.doors.plain.commands import PLAIN_COMMANDS

ENDS = (b"\r\n", b"\r\n", b"\r\n", b"\n", b"\n", b"\r", b"\r\0", b"\r\n\r\n", b"\n\r")

NICKS = (
    "alice", "Alice", "bob", "carol", "ЁЖИК", "ёжик", "カ・ナ", "ﬀ", "Ｗｉｄｅ", "שלום", "a\u0301",
    "You", "you", "x" * 30, "x" * 31, "é" * 30, "[]{}", "9", "-a", "*", "0", "@", "nobody", "۱۲",
    "・" * 20,
)  # fmt: skip
ROOMS = (
    "#a", "#A", "#b", "#ß", "#ss", "##c", "#Ёлка", "#ёлка", "#general", "#closed", "#" + "r" * 49,
    "#" + "r" * 50, "#a:b", "#a,b", "#", "@#a", "+#a", "@+#b", "#・カ", "#a\u0301", "&a", "#*",
    "#0",
)  # fmt: skip
MASKS = (
    "*", "*!*@*", "a*!*@*", "*@127.0.0.1", "?lice", "*a?c*d?*", "*?*?*?*z", "!", "@", "*!~*@*",
    "m:bob", "m:", "m:m:x!*@*", "m:*?*?*a",
    "ЁЖ*", "a!b@c", "*" * 40, "?" * 60, "\\*", "**!**@**", "$a:b", "*.local",
)  # fmt: skip
TEXTS = (
    "hello", "", " ", ":", "::", "\x01ACTION waves\x01", "\x01VERSION\x01", "\x01", "a" * 400,
    "é" * 200, "😀" * 90, "\x02bold\x0304,05red\x0f", "茶" * 130, "http://example.org/",
    "tea for two", "\u202e", "x y z " * 20, "%s%n{}", "\x1b[31m", "\t", "\x7f", "a\u0300" * 60,
    "\ufeff", "\u2028", "/help", "hellp\bo", "x\x15y \x17z\x7f", "\U0001f1e9\U0001f1ea\b",
)  # fmt: skip
MODES = (
    "+b", "-b", "b", "+o", "-o", "+v", "-v", "+k", "-k", "+l", "-l", "+i", "-i", "+m-m", "+s", "-s",
    "+t", "-nt", "+beI", "+imnst", "-imnst", "+ooo", "+bbb-eee", "e", "I", "+I", "+x", "+", "-", "",
    "+W", "-W", "+cCS", "-CS-c", "+q", "-h", "+a-a", "+k-k+l-l", "+b-b+b", "é", "+B", "-B", "+l-kv",
    "+f", "-f", "+fi", "+U", "-U", "+mU", "+P", "-P", "+Rsw", "-sw",
)  # fmt: skip
NUMBERS = (
    "0", "1", "2", "10", "500", "-1", "99999999999999999999", "٣", "1e3", "0x1", "", "+5",
    "9" * 300,
)  # fmt: skip
SPANS = ("0", "-", "1", "2s", "1d12h", "9w", "2x", "", "99999999999w", "٣m", "1s" * 40)
ADDRESSES = (
    "192.0.2.1", "192.0.2.0/24", "10.0.0.0/33", "2001:db8::/32", "::1", "0::1", "::ffff:1.2.3.4",
    "1.2.3", "::/0", "0.0.0.0/0", "unix", "1.2.3.4/", "fe80::1%eth0/64", "9" * 40, "alice", "",
)  # fmt: skip
REFERENCES = (
    "*", "timestamp=2020-01-01T00:00:00.000Z", "timestamp=2099-01-01T00:00:00.000Z", "timestamp=",
    "timestamp=9999-12-31T23:59:59.999Z", "timestamp=0001-01-01T00:00:00.000Z", "msgid=", "msgid=x",
    "msgid=%msgid", "msgid=%msgid", "timestamp=2026-02-30T00:00:00.000Z", "id=5", "=",
    "timestamp=1969-12-31T23:59:59.999Z", "timestamp=2026-11-20T15:00:15Z",
)  # fmt: skip
SUBCOMMANDS = ("LATEST", "BEFORE", "AFTER", "AROUND", "BETWEEN", "TARGETS", "latest", "NONE", "")
CAPABILITIES = (
    "batch", "cap-notify", "draft/chathistory", "draft/event-playback", "draft/message-redaction",
    "echo-message", "labeled-response", "message-tags", "multi-prefix", "server-time",
    "soju.im/search", "standard-replies", "userhost-in-names", "account-tag", "account-notify",
    "extended-join", "sasl", "sasl", "draft/account-registration", "-batch", "-message-tags",
    "-cap-notify", "-echo-message", "-labeled-response", "sasl", "-", "--batch", "batch=1",
    "", "draft/multiline", "draft/multiline batch", "draft/extended-isupport", "draft/oper-tag",
    "chghost", "draft/whoami", "draft/metadata-3", "draft/metadata-2",
)  # fmt: skip
SEARCHES = (
    "text=tea", "text=x", r"text=\"x\sy\"", 'text="x\\sy"', "text=te*", "from=alice", "in=#a",
    "in=a", "after=2020-01-01T00:00:00.000Z", "before=2099-01-01T00:00:00.000Z", "limit=5",
    "limit=0", "limit=x", "text=", "text=+", "text=a\\:b", "text=from:bob",
    "text=after:2026-11-20", "text=NEAR(a\\sb)", "=", "text=AND", "text=a-b", "text=😀", "text=茶",
    'text="', "after=x", "before=", "text=in:a",
)  # fmt: skip
TAGS = (
    "+draft/react=x", "+draft/reply=%msgid", "label=1", "label=", "+a", "+a=b\\sc\\:\\\\",
    "time=x", "+typing=active", "msgid=x", "batch=x", "+a=" + "b" * 300, "+é=é",
    "batch=x;draft/multiline-concat",
    "label=" + "x" * 70, "+", "=", "+draft/unreact=x", "account=root", "+a=\\",
    "+draft/persist", "+typing;+react=x",
)  # fmt: skip
TOKENS = ("x", "", ":", "a b", "x" * 400, "chatroom.local", "*.local", "nobody.example")

SASL = (
    "PLAIN", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256", "EXTERNAL", "plain", "*", "+", "+", "=",
    "AHgAbG9uZ2Vub3VnaA==", "eAB4AGxvbmdlbm91Z2g=", "bixhPSxuPXgscj1hYmM=", "biwsbj14LHI9YWJj",
    "Yz1iaXdzLHI9YWJjLHA9eA==", "bixu", "A" * 400, "A" * 401, "A" * 399, "é", "AA=A", "////",
)  # fmt: skip
WHOX = (
    "%",
    "o%na",
    "%na",
    "%tcuihsnfdlaor,152",
    "%tn,",
    "%é",
    "o",
    "%" + "a" * 300,
    "%t,9999",
    "%%,,",
)

BATCHES = ("+x", "-x", "+x", "-x", "+", "-", "x", "+é", "draft/multiline", "draft/multiline")
METADATA = ("GET", "LIST", "SET", "SET", "SET", "CLEAR", "SUB", "SUB", "UNSUB", "SUBS", "SYNC", "x")
KEYS = (
    "url", "url", "avatar", "display-name", "a/b.c_d", "URL", "$url", "é", "", ":", "a b",
    "k" * 64, "k" * 65, "k" * 300, "*",
)  # fmt: skip
KINDS: dict[str, Sequence[str]] = {
    "batch": BATCHES, "monitor": ("+", "+", "-", "C", "L", "S", "x"),
    "nick": NICKS, "room": ROOMS, "mask": MASKS, "text": TEXTS, "modes": MODES,
    "number": NUMBERS, "reference": REFERENCES, "subcommand": SUBCOMMANDS, "token": TOKENS,
    "key": KEYS, "metadata": METADATA,
    "sasl": SASL, "span": SPANS, "whox": WHOX, "address": ADDRESSES,
}  # fmt: skip

GRAMMAR: dict[str, tuple[str, ...]] = {
    "CHANSERV": ("text",), "CS": ("text",), "IDENTIFY": ("token", "text"),
    "NICKSERV": ("text",), "NS": ("text",),
    "ADMIN": ("token",), "AUDIT": ("number",), "GLOBAL": ("text",), "REHASH": (),
    "SAJOIN": ("nick", "room"), "SAMODE": ("room", "modes", "argument", "argument"),
    "WALLOPS": ("text",), "AUTHENTICATE": ("sasl",), "AWAY": ("text",), "CAP": ("cap",),
    "BATCH": ("batch", "batch", "target"), "TOKEN": ("token", "token"),
    "CHATHISTORY": ("subcommand", "room", "reference", "reference", "number"),
    "DLINE": ("span", "address", "text"), "ERROR": ("text",), "HELP": ("command",),
    "HELPOP": ("command",),    "INFO": ("token",), "INVITE": ("nick", "room"),
    "ISON": ("nick", "nick", "nick"), "JOIN": ("rooms", "token"),
    "KICK": ("room", "nicks", "text"), "KNOCK": ("room", "text"), "KILL": ("nick", "text"),
    "KLINE": ("span", "mask", "text"), "UNDLINE": ("address",), "UNKLINE": ("mask",),
    "ISUPPORT": (), "LINKS": (), "LIST": ("list",), "LUSERS": (), "MAP": (),
    "MARKREAD": ("target", "reference"),
    "METADATA": ("target", "metadata", "key", "argument"), "MONITOR": ("monitor", "nicks"),
    "MODE": ("target", "modes", "argument", "argument", "argument"), "MOTD": ("token",),
    "NAMES": ("rooms",), "NICK": ("nick",), "NOTICE": ("targets", "text"),
    "OPER": ("nick", "text"), "PART": ("rooms", "text"), "PASS": ("token",),
    "PING": ("token",), "PONG": ("token",),
    "PRIVMSG": ("targets", "text"), "QUIT": ("text",), "REDACT": ("room", "msgid", "text"),
    "REDACTALL": ("room", "nick", "text"), "RENAME": ("room", "room", "text"),
    "REGISTER": ("token", "token", "text"),
    "SEARCH": ("searches",), "SETNAME": ("text",), "STATS": ("letter", "token"),
    "TAGMSG": ("targets",), "TBAN": ("room", "span", "mask", "text"),
    "TIME": ("token",), "TOPIC": ("room", "text"), "USER": ("nick", "number", "token", "text"),
    "USERHOST": ("nick", "nick"), "VERIFY": ("nick", "token"), "VERSION": ("token",),
    "WEBIRC": ("token", "token", "token", "address", "text"), "WHO": ("target", "whox"),
    "WHOIS": ("token", "nicks"), "WHOWAS": ("nick", "number"),
}  # fmt: skip
"""The kinds of each command's parameters. A command without a row here gets texts."""

RARE = {"QUIT": 0.02, "SEARCH": 0.03, "LIST": 0.3, "CHATHISTORY": 0.3, "REDACT": 0.3,
        "VERSION": 0.2, "HELP": 0.3, "NAMES": 0.5, "USER": 0.3, "PASS": 0.3, "WEBIRC": 0.1,
        "WHO": 0.4, "REGISTER": 0.2}  # fmt: skip
COMMON = {
    "PRIVMSG": 8.0,
    "AUTHENTICATE": 2.0,
    "JOIN": 3.0,
    "MODE": 4.0,
    "NICK": 2.0,
    "TAGMSG": 2.0,
    "PART": 1.5,
}
"""How often a command is chosen, as a multiple of the others."""

_LIST_WORDS = (">0", "<5", "C>0", "T<60", "!*a*", "*a*", "#a", ">x", "C", "T>" + "9" * 40, "")
_CAP_WORDS = (
    "LS",
    "LS 302",
    "LIST",
    "END",
    "REQ",
    "REQ",
    "REQ",
    "REQ",
    "ACK",
    "ls 301",
    "LS x",
    "",
)


class LineMaker:
    """Makes lines out of a `Random`. `msgids` are those that were seen, which some lines name."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._choice = random.choice
        self.msgids: list[str] = ["x"]
        self._commands = list(COMMANDS)
        weights = [COMMON.get(name, RARE.get(name, 1.0)) for name in self._commands]
        self._deck = [*self._commands, *random.choices(self._commands, weights, k=4096)]
        self._words = list(PLAIN_COMMANDS)
        self._composed: dict[str, Callable[[], str]] = {
            "rooms": lambda: self._several(ROOMS),
            "nicks": lambda: self._several(NICKS),
            "targets": lambda: self._several(ROOMS if random.random() < 0.7 else NICKS),
            "target": lambda: self._choice(self._choice((ROOMS, NICKS, MASKS))),
            "argument": lambda: self._choice(self._choice((NICKS, MASKS, NUMBERS))),
            "list": lambda: ",".join(random.choices(_LIST_WORDS, k=random.randrange(4))),
            "searches": lambda: ";".join(random.choices(SEARCHES, k=random.randrange(1, 4))),
            "cap": self._cap,
            "command": lambda: self._choice(self._commands),
            "msgid": lambda: self._choice(self.msgids),
            "letter": lambda: self._choice("uldkomx"),
        }

    def irc(self) -> bytes:
        """For the IRC door: valid, mutated or garbage."""
        dice = self._random.random()
        if dice < 0.75:
            return self._message().encode(errors="replace")
        return self._mutated(self._message().encode()) if dice < 0.95 else self._garbage()

    def plain(self) -> bytes:
        """For the plain door."""
        dice = self._random.random()
        if dice < 0.75:
            return self._words_of_a_person().encode()
        if dice < 0.9:
            return self._mutated(self._words_of_a_person().encode())
        return self._telnet() if dice < 0.95 else self._garbage()

    def any(self) -> bytes:
        """For a connection that has not said who it is."""
        return self._choice((self.irc, self.plain, self._garbage))()

    def end(self) -> bytes:
        """Of a line."""
        return self._choice(ENDS)

    def _message(self) -> str:
        random, choice = self._random, self._choice
        command = choice(self._deck)
        dice = random.random()
        words = [self._word(kind) for kind in GRAMMAR.get(command, ("text", "text"))]
        if dice < 0.15 and words:
            words = words[: random.randrange(len(words))]
        elif dice < 0.18:
            words += random.choices(TEXTS, k=3)
        if words and (dice < 0.6 or " " in words[-1]):
            words[-1] = ":" + words[-1]
        text = " ".join((command if dice < 0.9 else command.lower(), *words))
        if random.random() < 0.15:
            text = (
                "@"
                + self._filled(";".join(random.choices(TAGS, k=random.randrange(1, 4))))
                + " "
                + text
            )
        return text

    def _word(self, kind: str) -> str:
        composed = self._composed.get(kind)
        if composed is not None:
            return composed()
        word = self._choice(KINDS[kind])
        return self._filled(word) if kind == "reference" else word

    def _filled(self, word: str) -> str:
        return word.replace("%msgid", self._choice(self.msgids)) if "%msgid" in word else word

    def _several(self, words: Sequence[str]) -> str:
        dice = self._random.random()
        if dice < 0.8:
            return self._choice(words)
        return ",".join(self._random.choices(words, k=2 if dice < 0.95 else 12))

    def _cap(self) -> str:
        word = self._choice(_CAP_WORDS)
        if word != "REQ":
            return word
        return "REQ :" + " ".join(
            self._random.choices(CAPABILITIES, k=self._random.randrange(1, 4))
        )

    def _words_of_a_person(self) -> str:
        dice = self._random.random()
        choice = self._choice
        if dice < 0.3:
            return choice(TEXTS)
        if dice < 0.4:
            return choice(choice((NICKS, ROOMS)))
        if dice < 0.41:
            return choice(("exit", "/quit", "a password"))
        name = choice(self._words)
        if name == "quit":
            name = "who"
        rest = choice(choice((NICKS, ROOMS, TEXTS, NUMBERS, ("more", "", "x:y", 'in:a "b c" te*'))))
        more = choice(TEXTS) if dice < 0.6 else ""
        return f"/{name} {rest} {more}"

    def _telnet(self) -> bytes:
        random = self._random
        return b"".join(
            b"\xff" + bytes(random.choices((0xF0, 0xF6, 0xFA, 0xFB, 0xFD, 0xFE, 0xFF, 1, 13), k=2))
            for _ in range(random.randrange(1, 6))
        )

    def _mutated(self, line: bytes) -> bytes:
        random = self._random
        data = bytearray(line)
        for _ in range(random.randrange(1, 4)):
            at = random.randrange(len(data) + 1)
            dice = random.randrange(6)
            if dice == 0:
                data[at:at] = random.randbytes(random.randrange(1, 4))
            elif dice == 1:
                del data[at : at + random.randrange(1, 8)]
            elif dice == 2 and data:
                data[at - 1] = random.randrange(256)
            elif dice == 3:
                data[at:at] = data[: random.randrange(60)] * random.randrange(1, 4)
            elif dice == 4:
                data[at:at] = self._choice(
                    (b" ", b"  ", b":", b",", b"\0", b"\r", b"\n", b"@", b";")
                )
            else:
                data[at:] = self._choice(TEXTS).encode()
        return bytes(data)

    def _garbage(self) -> bytes:
        random = self._random
        dice = random.random()
        if dice < 0.5:
            return random.randbytes(random.randrange(40))
        if dice < 0.9:
            return "".join(
                chr(random.randrange(0x20, 0x3000)) for _ in range(random.randrange(20))
            ).encode()
        if dice < 0.98:
            return b"@" + b"a" * random.randrange(4000, 4200) + b" PING x"
        return b"x" * random.randrange(500, 9000)
