"""Makes entries of the history of what happened elsewhere.

A msgid is derived from the message, so a second import of the same thing adds nothing. Where the
other program gives messages an identity, that is it. In logs it is the content; of equal lines of
one moment, the first, the second and so on are different messages.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from chatroom.store.foreign.happened import Happened
from chatroom.store.foreign.names import Names
from chatroom.store.jsonl import Entry
from chatroom.text.splitting import pieces_of
from chatroom.wire.client_tags import REPLY
from chatroom.wire.message import Message
from chatroom.wire.multiline import LINES, Piece, text_of
from chatroom.wire.names import fold
from chatroom.wire.reference import format_time

LONGEST_PIECE = 350
"""Bytes of a text on one line, so that everybody's clients get it whole."""

MOST_LINES, MOST_BYTES = 100, 8000
"""Of one message, as the server's limits are by default. A longer text becomes several."""

_TEXTS = frozenset({"PRIVMSG", "NOTICE"})
_ROOMLESS = frozenset({"QUIT", "NICK"})
_BREAKS = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")
_UNFIT_ADDRESS = re.compile(r"[^\x21-\x7e]+")
_FIT_MSGID = re.compile(r"[A-Za-z0-9_.=+/-]{8,64}")
_PLAIN_SPACE = str.maketrans({"\0": None, "\r": " ", "\n": " "})


class Entries:
    """Makes the entries of one import. `format` is its format's name."""

    def __init__(self, format: str) -> None:
        self._format = format
        self.names = Names()
        self._moment: tuple[str, int] = ("", 0)
        self._alike: Counter[tuple[str, ...]] = Counter()

    def of(self, happened: Happened) -> Iterator[Entry]:
        """The entries of something that happened: mostly one, several for a very long text."""
        happened = _without_surrogates(happened)
        room = self.names.room(happened.room)
        who = self.names.nickname(happened.who, happened.identity)
        address = _UNFIT_ADDRESS.sub("", happened.address)[:200]
        source = f"{who}!{address if '@' in address else f'imported@{self._format}'}"
        key = happened.key or self._content_key(room, happened)
        for number, (params, tags) in enumerate(self._parts(room, happened), 1):
            tags = {
                "time": format_time(happened.at),
                "msgid": self._msgid(room, key if number == 1 else f"{key}/{number}"),
                **tags,
            }
            if happened.parent and number == 1:
                tags[REPLY[1]] = self._msgid(room, happened.parent)
            yield Entry(room, Message(happened.command, params, source, tags))

    def _msgid(self, room: str, key: str) -> str:
        if self._format == "ergo" and _FIT_MSGID.fullmatch(key):
            return key  # it speaks IRCv3, so its replies name them
        whole = f"{fold(room)}\0{key}".encode(errors="replace")
        return f"{hashlib.sha256(whole).hexdigest()[:24]}-{self._format}"

    def _content_key(self, room: str, happened: Happened) -> str:
        """What identifies a line of a log."""
        if self._moment != (room, happened.at):
            self._moment = (room, happened.at)
            self._alike.clear()
        content = (happened.who, happened.command, *happened.others, happened.text)
        self._alike[content] += 1
        return "\0".join((str(happened.at), str(self._alike[content]), *content))

    def _parts(
        self, room: str, happened: Happened
    ) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
        """The parameters and the tags of each message."""
        command, tags = happened.command, dict(happened.tags)
        if command not in _TEXTS:
            yield self._params(room, happened), tags
            return
        for text, lines in _messages(happened.text):
            yield (room, text), tags if lines is None else {**tags, LINES: lines}
            tags = {}

    def _params(self, room: str, happened: Happened) -> tuple[str, ...]:
        """The parameters of an event."""
        command, others, text = happened.command, happened.others, happened.text
        if command == "KICK":
            others = tuple(map(self.names.nickname, others))
        if command == "NICK":
            text = self.names.nickname(text)
        first = () if command in _ROOMLESS else (room,)
        words = (*others, text) if text or command == "TOPIC" else others
        return (*first, *(word.translate(_PLAIN_SPACE) for word in words))


def _without_surrogates(happened: Happened) -> Happened:
    """JSON can have halves of characters, which no text can be written with."""
    fields: dict[str, Any] = happened._asdict()
    texts = {key: value for key, value in fields.items() if isinstance(value, str)}
    if all(map(_is_fit, (*texts.values(), *happened.others, *happened.tags.values()))):
        return happened
    fields |= {key: _fit(value) for key, value in texts.items()}
    fields["others"] = tuple(map(_fit, happened.others))
    fields["tags"] = {key: _fit(value) for key, value in happened.tags.items()}
    return Happened(**fields)


def _is_fit(text: str) -> bool:
    return text.isascii() or _fit(text) == text


def _fit(text: str) -> str:
    return text.encode(errors="replace").decode()


def _messages(text: str) -> Iterator[tuple[str, str | None]]:
    """The texts of the messages, and the value of LINES for those of several lines; none for an
    empty text."""
    if not text.strip():
        return
    pieces: list[Piece] = []
    size = 0
    for piece in _pieces(text):
        length = len(piece.text.encode()) + 1
        if pieces and (len(pieces) == MOST_LINES or size + length > MOST_BYTES):
            yield _composed(pieces)
            pieces, size = [], 0
        pieces.append(piece._replace(continues=piece.continues and bool(pieces)))
        size += length
    if pieces:
        yield _composed(pieces)


def _pieces(text: str) -> Iterator[Piece]:
    for line in _BREAKS.sub("\n", text).strip("\n").split("\n"):
        parts = pieces_of(line, LONGEST_PIECE)
        yield Piece(next(parts, ""))
        yield from (Piece(part, continues=True) for part in parts)


def _composed(pieces: list[Piece]) -> tuple[str, str | None]:
    if len(pieces) == 1:
        return pieces[0].text, None
    return text_of(pieces)
