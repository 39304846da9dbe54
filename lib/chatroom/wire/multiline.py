"""Messages of several lines (IRCv3 draft/multiline): one message here, several lines on the wire.

The text of such a message has its lines with a line feed between them. The tag LINES says that it
is one, and where a line of the wire only continues the line before: the offsets of these places in
the text. So everything that handles messages has one message with one text, and the composition
that the author's client chose can be restored. Clients get the tag never, and can never send it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from chatroom.wire.message import (
    MAX_BODY,
    Message,
    as_middle,
    encode_body,
    encode_tags,
    encode_whole,
)

MULTILINE = "draft/multiline"
"""The capability, and the type of the batch."""

CONCATENATED = "draft/multiline-concat"
"""The tag of a line that continues the one before."""

LINES = "chatroom/lines"

_CONTINUES = "\r"


class Piece(NamedTuple):
    """A line of the wire, and whether it continues the line before."""

    text: str
    continues: bool = False


def composed(pieces: Sequence[Piece]) -> str:
    """The pieces in one string, for `pieces_in`. No line of a client can contain such a string,
    because every one has a line feed in it."""
    first, *others = pieces
    rest = [f"\n{_CONTINUES * piece.continues}{piece.text}" for piece in others]
    return "".join([first.text, *rest])


def pieces_in(text: str) -> list[Piece]:
    """The pieces of a `composed` text."""
    return [
        Piece(part.removeprefix(_CONTINUES), part.startswith(_CONTINUES))
        for part in text.split("\n")
    ]


def lines_in(pieces: Sequence[Piece]) -> list[str]:
    """The lines, each with the pieces that continue it."""
    return text_of(pieces)[0].split("\n")


def text_of(pieces: Sequence[Piece]) -> tuple[str, str]:
    """The text of a message and the value of its tag LINES."""
    text, offsets = "", []
    for at, piece in enumerate(pieces):
        if at and piece.continues:
            offsets.append(str(len(text)))
        elif at:
            text += "\n"
        text += piece.text
    return text, ",".join(offsets)


def pieces_of(message: Message) -> Iterator[Piece]:
    """The pieces of a message that has the tag LINES."""
    text, begin = message.params[-1], 0
    cuts = {int(word) for word in message.tags[LINES].split(",") if word.isdecimal()}
    breaks = {at: 1 for at, character in enumerate(text) if character == "\n"}
    continues = False
    for end in sorted({*breaks, *(cut for cut in cuts if cut < len(text))}):
        if end < begin:
            continue  # a wrong offset, just behind a line feed
        yield Piece(text[begin:end], continues)
        continues = end not in breaks
        begin = end + breaks.get(end, 0)
    yield Piece(text[begin:], continues)


def body_of(message: Message) -> bytes:
    """The line without tags; b"" for a message of several lines. Raises LineTooLong."""
    return b"" if LINES in message.tags else encode_whole(message)


def encode_batch(message: Message, tags: Mapping[str, str]) -> bytes:
    """A message of several lines as a batch whose opening has these tags."""
    command, (target, _), source, own = message
    reference = "lines-" + re.sub("[^A-Za-z0-9-]", "", own.get("msgid", ""))[:64]
    inside = f"@batch={reference} ".encode()
    further = f"@batch={reference};{CONCATENATED} ".encode()
    parts = [encode_tags(tags), _bound(source, f"+{reference}", MULTILINE, as_middle(target))]
    head = _head(command, source, target)
    for piece in _fitting(message, MAX_BODY - 2 - len(head)):
        parts += (further if piece.continues else inside, head, piece.text.encode(), b"\r\n")
    return b"".join([*parts, _bound(source, f"-{reference}")])


def encode_apart(message: Message, tags: Mapping[str, str]) -> bytes:
    """The lines of a message as messages of their own, for clients that do not know such batches:
    no blank ones, and only the first has what there may be once (draft/multiline, "Fallback")."""
    command, (target, _), source, _ = message
    once = encode_tags(tags)
    again = encode_tags(
        {key: value for key, value in tags.items() if key not in _ONCE and key[0] != "+"}
    )
    head = _head(command, source, target)
    parts: list[bytes] = []
    for piece in _fitting(message, MAX_BODY - 2 - len(head)):
        if piece.text:
            parts += (again if parts else once, head, piece.text.encode(), b"\r\n")
    return b"".join(parts)


_ONCE = frozenset({"msgid", "label"})


def _bound(source: str, *params: str) -> bytes:
    return encode_body(Message("BATCH", params, source))


def _head(command: str, source: str, target: str) -> bytes:
    return f":{source} {command} {as_middle(target)} :".encode()


def _fitting(message: Message, room: int) -> Iterator[Piece]:
    """The pieces, cut to `room` bytes: the name of a target may be longer now than at first."""
    for text, continues in pieces_of(message):
        data = text.encode()
        if len(data) <= room:
            yield Piece(text, continues)
            continue
        while data:
            part = data[:room].decode(errors="ignore")
            yield Piece(part, continues)
            data, continues = data[len(part.encode()) :], True
