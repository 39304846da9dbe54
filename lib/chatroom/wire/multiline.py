"""Messages of several lines (IRCv3 draft/multiline): one message here, several lines on the wire.

The text of such a message has its lines with a line feed between them. The tag LINES says that it
is one, and where a line of the wire only continues the line before: the offsets of these places in
the text. So everything that handles messages has one message with one text, and the composition
that the author's client chose can be restored. Clients get the tag never, and can never send it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
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

KEPT = 8
"""Messages whose lines are kept, because the variants of their recipients share them: at most 80 KB
for each."""

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
    yield from _pieces(message.params[-1], message.tags[LINES])


def _pieces(text: str, offsets: str) -> Iterator[Piece]:
    cuts = sorted({int(word) for word in offsets.split(",") if word.isdecimal()}, reverse=True)
    begin = 0
    for line in text.split("\n"):
        end, continues = begin + len(line), False
        while cuts and cuts[-1] < end:
            cut = cuts.pop()
            if cut >= begin:  # otherwise it is wrong
                yield Piece(text[begin:cut], continues)
                begin, continues = cut, True
        yield Piece(text[begin:end], continues)
        begin = end + 1


def body_of(message: Message) -> bytes:
    """The line without tags; b"" for a message of several lines. Raises LineTooLong."""
    return b"" if LINES in message.tags else encode_whole(message)


def encode_batch(message: Message, tags: Mapping[str, str]) -> bytes:
    """A message of several lines as a batch whose opening has these tags."""
    command, (target, text), source, own = message
    reference = "lines-" + re.sub("[^A-Za-z0-9-]", "", own.get("msgid", ""))[:64]
    target = as_middle(target)
    opening = encode_tags(tags) + _bound(source, f"+{reference}", MULTILINE, target)
    return opening + _inside(_head(command, source, target), text, own[LINES], reference)


@lru_cache(maxsize=KEPT)
def _inside(head: bytes, text: str, offsets: str, reference: str) -> bytes:
    """The lines of the batch, which all recipients share, and its end."""
    first = f"@batch={reference} ".encode()
    further = f"@batch={reference};{CONCATENATED} ".encode()
    parts: list[bytes] = []
    for piece in _fitting(text, offsets, MAX_BODY - 2 - len(head)):
        parts += (further if piece.continues else first, head, piece.text.encode(), b"\r\n")
    source = head[1:].partition(b" ")[0].decode()
    return b"".join([*parts, _bound(source, f"-{reference}")])


def encode_apart(message: Message, tags: Mapping[str, str]) -> bytes:
    """The lines of a message as messages of their own, for clients that do not know such batches:
    no blank ones, and only the first has what there may be once (draft/multiline, "Fallback")."""
    command, (target, text), source, own = message
    again = encode_tags(
        {key: value for key, value in tags.items() if key not in _ONCE and key[0] != "+"}
    )
    lines = _apart(_head(command, source, as_middle(target)), text, own[LINES], again)
    return encode_tags(tags) + lines[len(again) :]


@lru_cache(maxsize=KEPT)
def _apart(head: bytes, text: str, offsets: str, tags: bytes) -> bytes:
    """The lines, all with these tags."""
    parts: list[bytes] = []
    for piece in _fitting(text, offsets, MAX_BODY - 2 - len(head)):
        if piece.text:
            parts += (tags, head, piece.text.encode(), b"\r\n")
    return b"".join(parts)


_ONCE = frozenset({"msgid", "label"})


def _bound(source: str, *params: str) -> bytes:
    return encode_body(Message("BATCH", params, source))


def _head(command: str, source: str, target: str) -> bytes:
    return f":{source} {command} {target} :".encode()


def _fitting(text: str, offsets: str, room: int) -> Iterator[Piece]:
    """The pieces, cut to `room` bytes: the name of a target may be longer now than at first."""
    for piece in _pieces(text, offsets):
        data, continues = piece.text.encode(), piece.continues
        if len(data) <= room:
            yield piece
            continue
        while data:
            part = data[:room].decode(errors="ignore")
            yield Piece(part, continues)
            data, continues = data[len(part.encode()) :], True
