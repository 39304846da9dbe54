"""What a request to say something says: plain text as curl sends it, or JSON."""

import json
import re
from dataclasses import dataclass

from chatroom.server.web.request import Request
from chatroom.server.web.response import Refused, text
from chatroom.text.display import ACTION
from chatroom.wire.formatting import unformatted
from chatroom.wire.multiline import Piece, composed

MOST_LINES = 50
"""Lines of one request."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_JSON = ("application/json", "text/json")
_NEITHER = ("multipart/",)

PLAIN, IRC, ME = "plain", "irc", "action"
FORMATS = (PLAIN, IRC, ME)


@dataclass(frozen=True, slots=True)
class Said:
    """`lines` have no line breaks; the first and the last are not blank. `command` is PRIVMSG or
    NOTICE."""

    lines: tuple[str, ...]
    command: str = "PRIVMSG"
    reply_to: str = ""

    def messages(self, most_lines: int, most_bytes: int) -> list[tuple[str, int]]:
        """The messages that say it, each with the number of its lines. Several lines are one
        message (`composed`) as far as the limits of a message permit; actions have one line each.
        """
        if self.lines[0].startswith(ACTION):
            return [(line, 1) for line in self.lines if line]
        groups: list[list[Piece]] = []
        size = 0
        for line in self.lines:
            size += 1 + len(line.encode())
            if not groups or len(groups[-1]) == most_lines or size - 1 > most_bytes:
                groups.append([])
                size = 1 + len(line.encode())
            groups[-1].append(Piece(line))
        return [(composed(group), len(group)) for group in groups if any(p.text for p in group)]


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
    if unknown := set(values) - {"text", "reply_to", "notice", "format"}:
        raise Refused(text(400, f"The JSON has an unknown key: {sorted(unknown)[0]!r}."))
    said, reply_to = values.get("text"), values.get("reply_to", "")
    notice, form = values.get("notice", False), values.get("format", PLAIN)
    if not isinstance(said, str) or not isinstance(reply_to, str) or not isinstance(notice, bool):
        raise Refused(text(400, "text and reply_to are strings, notice is true or false."))
    if form not in FORMATS:
        raise Refused(text(400, f"format is one of {', '.join(FORMATS)}."))
    if len(reply_to) > 100 or not reply_to.isprintable() or " " in reply_to:
        raise Refused(text(400, "reply_to is no msgid."))
    return Said(lines_of(said, form), "NOTICE" if notice else "PRIVMSG", reply_to)


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
