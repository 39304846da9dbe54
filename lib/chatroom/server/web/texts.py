"""What a request to say something says: plain text as curl sends it, or JSON."""

import json
import re
from dataclasses import dataclass
from itertools import chain

from chatroom.server.web.request import Request
from chatroom.server.web.response import Refused, text
from chatroom.text.display import ACTION
from chatroom.text.splitting import split_text
from chatroom.wire.formatting import unformatted
from chatroom.wire.multiline import Piece, composed

MOST_LINES = 50
"""Lines of one request."""

ROW_BYTES = 350
"""A longer line is cut for clients that get a message's lines one by one."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_JSON = ("application/json", "text/json")
_NEITHER = ("multipart/",)

PLAIN, IRC, ME = "plain", "irc", "action"
FORMATS = (PLAIN, IRC, ME)


@dataclass(frozen=True, slots=True)
class Said:
    """`lines` have no line breaks; the first and the last are not blank. `command` is PRIVMSG or
    NOTICE. `key` is the room's, for somebody who is not in it."""

    lines: tuple[str, ...]
    command: str = "PRIVMSG"
    reply_to: str = ""
    key: str = ""

    def messages(self, most_lines: int, most_bytes: int) -> list[tuple[str, int]]:
        """The messages that say it, each with the number of lines that it has for clients which
        get them one by one. Several lines are one message (`composed`) as far as the limits of a
        message permit; actions have one line each. The same text has the same messages."""
        if self.lines[0].startswith(ACTION):
            return [(line, 1) for line in self.lines if line]
        groups: list[tuple[list[Piece], int]] = []  # with the number of rows
        size = 0
        for line in chain.from_iterable(_parts(line, most_bytes) for line in self.lines):
            more = 1 + len(line.encode())
            rows = 1 + more // ROW_BYTES
            if not groups or groups[-1][1] + rows > most_lines or size + more - 1 > most_bytes:
                groups.append(([], 0))
                size = 0
            pieces, before = groups[-1]
            groups[-1] = [*pieces, Piece(line)], before + rows
            size += more
        return [
            (composed(pieces), rows)
            for pieces, rows in groups
            if any(piece.text for piece in pieces)
        ]


def _parts(line: str, most_bytes: int) -> list[str]:
    return split_text(line, most_bytes) or [""]


def read_text(request: Request) -> Said:
    """What the body says. curl's `-d` names another content type, and means plain text too. Raises
    Refused."""
    kind = request.header("content-type").partition(";")[0].strip().lower()
    if kind.startswith(_NEITHER):
        raise Refused(text(415, "Send the text itself, or JSON; files go to /files."))
    try:
        words = request.body.decode()
    except UnicodeDecodeError:
        raise Refused(text(400, "The text is not UTF-8.")) from None
    return _from_json(words) if kind in _JSON else Said(lines_of(words))


def _from_json(words: str) -> Said:
    values = as_object(words)
    if unknown := set(values) - {"text", "reply_to", "notice", "format", "key"}:
        raise Refused(text(400, f"The JSON has an unknown key: {sorted(unknown)[0]!r}."))
    said, reply_to = values.get("text"), values.get("reply_to", "")
    notice, form = values.get("notice", False), values.get("format", PLAIN)
    key = values.get("key", "")
    if not (isinstance(said, str) and isinstance(reply_to, str) and isinstance(key, str)):
        raise Refused(text(400, "text, reply_to and key are strings."))
    if not isinstance(notice, bool):
        raise Refused(text(400, "notice is true or false."))
    if form not in FORMATS:
        raise Refused(text(400, f"format is one of {', '.join(FORMATS)}."))
    if len(reply_to) > 100 or not reply_to.isprintable() or " " in reply_to:
        raise Refused(text(400, "reply_to is no msgid."))
    return Said(lines_of(said, form), "NOTICE" if notice else "PRIVMSG", reply_to, key)


def as_object(words: str) -> dict[str, object]:
    """A JSON object. Raises Refused."""
    try:
        values = json.loads(words)
    except (ValueError, RecursionError):
        raise Refused(text(400, "The body is not valid JSON.")) from None
    if not isinstance(values, dict):
        raise Refused(text(400, "The JSON is not an object."))
    return values


def lines_of(words: str, form: str = PLAIN) -> tuple[str, ...]:
    """The lines of a text, without blank ones before and after it. Raises Refused."""
    lines = re.split(r"\r\n|\r|\n", words.encode(errors="replace").decode())
    lines = [_line(line, form) for line in lines]
    said = [number for number, line in enumerate(lines) if line]
    if not said:
        raise Refused(text(400, "There is no text."))
    found = lines[said[0] : said[-1] + 1]
    if len(found) > MOST_LINES:
        raise Refused(text(413, f"The text has more than {MOST_LINES} lines; send it as a file."))
    return tuple(found)


def _line(line: str, form: str) -> str:
    if form == IRC:
        return line.replace("\0", "").replace("\x01", "").rstrip()
    line = _CONTROL.sub("", unformatted(line)).rstrip()
    return f"{ACTION}{line}\x01" if form == ME and line else line
