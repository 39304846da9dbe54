"""What a broken or hostile server may say: lines without end, the same for the same seed."""

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

_T = TypeVar("_T")

ROOMS = ("#general", "#b", "#{|}", "&local", "#名", "#" + "x" * 190, "##", "#")
NICKS = ("alice", "bob", "carol", "al[]ce", "You", "ＢＯＢ", "yօu", "n" * 60, "*", "alice_")
COMMANDS = (
    "PRIVMSG", "NOTICE", "TAGMSG", "JOIN", "PART", "QUIT", "NICK", "KICK", "MODE", "TOPIC",
    "INVITE", "REDACT", "PING", "PONG", "CAP", "BATCH", "FAIL", "WARN", "NOTE", "ERROR", "ACK",
    "WALLOPS", "AWAY", "ACCOUNT", "CHGHOST", "SETNAME", "MARKREAD", "AUTHENTICATE", "XYZZY",
)  # fmt: skip
_NUMERICS = (
    "001 002 003 004 005 221 301 305 306 307 311 312 313 314 315 317 318 319 320 321 322 323 324"
    " 329 330 331 332 333 335 338 341 346 347 348 349 351 352 353 364 366 367 368 369 371 372 374"
    " 375 376 378 379 391 396 401 403 404 417 421 422 431 432 433 436 437 442 461 464 465 471 473"
    " 474 475 482 671 704 705 706 730 731 761 766 900 903 904"
)
_CAPABILITIES = (
    "batch draft/chathistory draft/message-redaction draft/multiline echo-message labeled-response"
    " message-tags multi-prefix server-time soju.im/search standard-replies sasl tls away-notify"
)
KNOWN_NUMERICS = tuple(_NUMERICS.split())
CAPABILITIES = tuple(_CAPABILITIES.split())
NASTY = (
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b31m", "\x1bP+q\x1b\\", "\x07", "\x08" * 5,
    "\x0c\x0b", "\x7f", "\u202eevil", "\u2066x", "\u200b", "\ufeff", "\u2028", "\x85",
    "\x01PING 1\x01",
    "\x01ACTION waves\x01", "\x01ACTION", "\x01", "\x02\x1d\x1f\x1e\x11\x16\x0f", "\x0399,99x",
    "\x0312,4y", "\x04ff00ff,00ff00z", "\x1b]8;;http://a.example/\x07link\x1b]8;;\x07",
    "\x1b]8;;" * 9, "e\u0301\u0302\u0303" * 9, "👩‍👩‍👧‍👦",
    "🏴\U000e0067\U000e0062\U000e007f", "\t", "\u00a0",
    "عربي", "\U0010ffff", "\ud7ff", "ﷺ" * 20, "a" * 450, "w w " * 100,
    "https://x.example/" + "y" * 300,
    "{0} {text} %s", "\\", ";", "=", ",", "", ":", "::", "*", "@", "!", "-", "+", "0",
)  # fmt: skip
NUMBERS = ("0", "-1", "1", "50", "9" * 9, "9" * 11, "9" * 400, "9" * 5000, "1e99", "٣", "0x10", "")
TIMES = (
    "2026-11-20T12:00:00.000Z", "2026-11-20T12:00:60.000Z", "0001-01-01T00:00:00.000Z",
    "9999-12-31T23:59:59.999Z", "2026-11-20T12:00:00+99:99", "2026-11-20", "Z", "", "12:00",
    "2026-13-99T99:99:99.999Z", "0000-00-00T00:00:00Z", "+10000-01-01T00:00:00Z", "9" * 300,
    "20261120T120000Z", "2026-W47-5T12:00:00Z",
)  # fmt: skip
TOKENS = (
    "CHANTYPES", "PREFIX", "CHANMODES", "CASEMAPPING", "CHATHISTORY", "MSGREFTYPES", "NICKLEN",
    "CLIENTTAGDENY", "BOT", "NETWORK", "STATUSMSG", "LINELEN", "MODES", "MAXLIST", "TARGMAX",
    "UTF8MAPPING", "-CHANTYPES", "-PREFIX", "-CASEMAPPING", "-UTF8MAPPING", "",
)  # fmt: skip
VALUES = (
    "#", "#&", "", "\\x0A", "\\x20", "\\x00", "\\x1b[31m", "a", "(ov)@+", "(ov",
    "ov)@+", "()", "(o)#",
    "(" + "q" * 200 + ")" + "!" * 200, "b,k,l,imnst", ",,,", "ascii", "rfc1459",
    "rfc8265", "rfc7613",
    "nonsense", "msgid", "timestamp", "msgid,timestamp", ",", "nothing", "*",
    "*,-typing", "x" * 490,
)  # fmt: skip


class Hostile:
    """Makes lines; `random` decides on all of them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._kinds: tuple[Callable[[], str], ...] = (
            self.message,
            self.message,
            self.spoken,
            self.spoken,
            self.numeric,
            self.numeric,
            self.batch,
            self.isupport,
            self.capability,
            self.garbage,
        )

    def line(self) -> bytes:
        """The next one, with its end."""
        text = self.random.choice(self._kinds)()
        data = text.encode(errors="replace").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
        if self.random.random() < 0.02:
            data = data[: self.random.randrange(len(data) + 1)]
        if self.random.random() < 0.02:
            at = self.random.randrange(len(data) + 1)
            data = data[:at] + self.random.randbytes(self.random.randrange(8)) + data[at:]
        return data + self.random.choice((b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\0"))

    # Kinds of lines

    def message(self) -> str:
        """Any command with any parameters."""
        return self._built(self._pick(COMMANDS), self._params(6))

    def spoken(self) -> str:
        """What makes sense: somebody says or does something in a room."""
        command = self._pick(COMMANDS[:13])
        room, nick = self._pick(ROOMS), self._pick(NICKS)
        words = {
            "JOIN": [room],
            "QUIT": [self.text()],
            "NICK": [self._pick(NICKS)],
            "KICK": [room, self._pick(NICKS), self.text()],
            "MODE": [room, self._pick(("+o", "-o+v", "+k", "+bl-i", "")), self._pick(NICKS)],
            "INVITE": [self._pick(NICKS), room],
            "REDACT": [room, self._msgid(), self.text()],
            "TAGMSG": [room],
            "PING": [self.text()],
        }.get(command, [self._pick((room, nick, "@" + room)), self.text()])
        return self._built(command, words, source=f"{nick}!u@h")

    def numeric(self) -> str:
        """Any numeric with 0 to 20 parameters."""
        known = self.random.random() < 0.8
        code = self._pick(KNOWN_NUMERICS) if known else f"{self.random.randrange(1000):03}"
        return self._built(code, self._params(20))

    def batch(self) -> str:
        """The beginning or end of one, nested or not, perhaps of one that never was."""
        kinds = ("chathistory", "draft/multiline", "search", "soju.im/search", "netsplit", "")
        reference = self._pick(("r1", "r2", "r3", "r4", str(self.random.randrange(300))))
        if self.random.random() < 0.6:
            return self._built("BATCH", [f"-{reference}"])
        return self._built("BATCH", [f"+{reference}", self._pick(kinds), self._pick(ROOMS)])

    def isupport(self) -> str:
        """005 with absurd tokens."""
        values = (*VALUES, *NUMBERS)
        tokens = [f"{self._pick(TOKENS)}={self._pick(values)}" for _ in range(3)]
        if self.random.random() < 0.3:
            tokens.append(f"T{self.random.randrange(10_000)}={self.text()}")
        return self._built("005", ["alice", *tokens, "are supported"])

    def capability(self) -> str:
        """CAP in any order, with absurd values."""
        names = [self._pick(CAPABILITIES) for _ in range(self.random.randrange(5))]
        number = self._pick(NUMBERS)
        names.append(f"draft/multiline=max-bytes={number},max-lines={self._pick(NUMBERS)}")
        names.append(f"x{self.random.randrange(10_000)}={self.text()}")
        command = self._pick(("LS", "LS", "ACK", "NAK", "NEW", "DEL", "LIST", ""))
        more = ["*"] if self.random.random() < 0.3 else []
        return self._built("CAP", ["alice", command, *more, " ".join(names)])

    def garbage(self) -> str:
        """Anything at all, mostly short, sometimes too long."""
        random = self.random.random()
        if random < 0.01:
            return "x" * self.random.randrange(10_000, 40_000)
        if random < 0.2:
            return self._pick(
                ("", " ", ":", ":a", "@", "@ ", "@a", "@a :b", "  PING", ": :", "@;;= x")
            )
        return self.random.randbytes(self.random.randrange(80)).decode("latin-1")

    # Their parts

    def text(self) -> str:
        """Words and what a terminal might obey."""
        pieces = [self._pick((*NASTY, "hello", "alice", "alice: tea?")) for _ in range(3)]
        return " ".join(pieces[: self.random.randrange(4)])

    def _params(self, most: int) -> list[str]:
        kinds = (ROOMS, NICKS, NICKS, NUMBERS, NASTY, ("alice",), ("*",), ("=",), ("+nt",))
        return [self._pick(self._pick(kinds)) for _ in range(self.random.randrange(most + 1))]

    def _built(self, command: str, params: list[str], source: str | None = None) -> str:
        if source is None:
            sources = ("s", "s", "bob!b@h", "alice!a@h", "", "\x1b[31m!x@y", "a" * 600, self.text())
            source = self._pick(sources)
        head = f":{source} {command}" if source else command
        tags = self._tags() if self.random.random() < 0.4 else ""
        middle = [word.replace(" ", "_").lstrip(":") or "*" for word in params[:-1]]
        if params and self.random.random() < 0.8:
            return f"{tags}{' '.join([head, *middle])} :{params[-1]}"
        return f"{tags}{' '.join([head, *params])}"

    def _tags(self) -> str:
        values: dict[str, Callable[[], str]] = {
            "msgid": self._msgid,
            "time": lambda: self._pick(TIMES),
            "batch": lambda: self._pick(("r1", "r2", "r3", "r4", "x")),
            "label": lambda: f"said-{self.random.randrange(20)}",
            "+typing": lambda: self._pick(("active", "paused", "done", "x")),
            "+draft/react": self.text,
            "+draft/unreact": self.text,
            "+draft/reply": self._msgid,
            "draft/multiline-concat": str,
            "account": self.text,
        }
        chosen = self.random.sample([*values], self.random.randrange(5))
        tags = ";".join(f"{key}={_escaped(values[key]())}" for key in chosen)
        if self.random.random() < 0.02:
            tags += ";" + ";".join(f"t{number}" for number in range(self.random.randrange(2000)))
        return f"@{tags} "

    def _msgid(self) -> str:
        odd = ("a\nb", "a b", "m" * 600, "", "\x1b[31m", "é" * 150, "9" * 200)
        return self._pick(odd) if self.random.random() < 0.1 else f"m{self.random.randrange(500)}"

    def _pick(self, choices: Sequence[_T]) -> _T:
        return choices[self.random.randrange(len(choices))]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace(" ", "\\s").replace(";", "\\:")
