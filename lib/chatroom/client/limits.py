"""What is taken from a server: every limit is one row.

A server may be broken or hostile, and whatever it sends must not cost more than a bounded memory:
with the program itself at most 64 MB. Each row says why it is there, and the sentence that the
person reads when a server exceeds it: once for each connection, and where rows of an answer or
members of a room are left out, once for each answer and room. Rows that `end` close the connection,
because the session cannot go on sensibly without what would be dropped.
"""

from dataclasses import dataclass, field, fields
from functools import cache
from typing import NamedTuple

from chatroom.text.display import visible

ANSWER_BYTES = 9_000_000
"""Memory for the rows of LIST, WHO and NAMES until the answer is over. They share it, since a
server gives one such answer at a time. Some 30,000 rooms with topics fit, or 50,000 names."""

TOO_MUCH = "The server sent more {} than this client accepts; the rest was left out."


def limit(default: int, why: str, told: str = "", ends: bool = False) -> int:
    """One row. `told` is a sentence, or completes TOO_MUCH."""
    row: int = field(default=default, metadata={"why": why, "told": told, "ends": ends})
    return row


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Sizes in bytes unless said otherwise; `*_bytes` are memory, estimated by `weight`."""

    # One line
    line: int = limit(
        16_384, "bytes of one line: 8,191 of tags (message-tags) and a LINELEN of up to 8 KB"
    )
    name: int = limit(
        200,
        "bytes of a nickname or room name: two of them fit one line of 512",
        "The server sent a line with an invalid name; it was left out.",
    )
    source: int = limit(
        500,
        "bytes of nick!user@host, so that it fits one line of 512",
        "The server sent a line with an invalid sender; it was left out.",
    )
    msgid: int = limit(
        200,
        "bytes of a msgid: it goes back in REDACT and CHATHISTORY, whose lines hold 512",
        "The server gave a message an invalid msgid; you cannot reply to it or delete it.",
    )
    tag: int = limit(100, "bytes of the tags time, batch and label, which go back to the server")
    tags: int = limit(50, "tags of one message; those behind them are left out")
    params: int = limit(100, "parameters of one message; those behind them are left out")
    unreadable: int = limit(
        10,
        "lines that are not messages and are reported one by one",
        "The server keeps sending unreadable lines; the client stops showing them.",
    )

    # The server itself
    isupport_tokens: int = limit(
        200, "ISUPPORT tokens; common servers send some 40", TOO_MUCH.format("ISUPPORT tokens")
    )
    isupport_value: int = limit(500, "characters of one ISUPPORT token; a line holds no more")
    capability_value: int = limit(500, "characters of a capability's value")
    welcome: int = limit(
        10_000,
        "lines before the welcome is over, the message of the day included",
        "The server's welcome does not end.",
        ends=True,
    )

    # Batches
    open_batches: int = limit(
        100,
        "batches that are open at once",
        "The server opened more batches than this client accepts.",
        ends=True,
    )
    batch_depth: int = limit(
        8, "batches inside of each other", "The server nested its batches too deeply.", ends=True
    )
    batch_lines: int = limit(
        5_000, "lines of one page of history", TOO_MUCH.format("history at once")
    )
    batch_bytes: int = limit(
        4_000_000, "memory for all open batches", TOO_MUCH.format("history at once")
    )
    multiline_lines: int = limit(
        500, "lines of one multiline message", "A message was too long and is shown only in part."
    )
    multiline_bytes: int = limit(
        65_536,
        "bytes of one multiline message; servers allow some 4 to 40 KB",
        "A message was too long and is shown only in part.",
    )

    # Rooms and people
    rooms: int = limit(
        1_000,
        "rooms that we are in: networks allow up to 250 (CHANLIMIT), and bouncers join several",
        "The server put us into more rooms than this client accepts; the rest was left out.",
    )
    topic_bytes: int = limit(
        2_000_000, "memory for the topics of all rooms", TOO_MUCH.format("topics")
    )
    member_bytes: int = limit(
        6_000_000, "memory for the members of all rooms: some 24,000", TOO_MUCH.format("members")
    )
    names_bytes: int = limit(
        ANSWER_BYTES, "memory for the names of NAMES", TOO_MUCH.format("names")
    )
    list_bytes: int = limit(ANSWER_BYTES, "memory for the rooms of LIST", TOO_MUCH.format("rooms"))
    who_bytes: int = limit(ANSWER_BYTES, "memory for the people of WHO", TOO_MUCH.format("people"))
    told_again: int = limit(20, "rooms and answers for which a person is told of the same limit")
    whois_bytes: int = limit(200_000, "memory for WHOIS", TOO_MUCH.format("details about people"))
    conversations: int = limit(1_500, "rooms and private conversations, which strangers can start")
    kept_lines: int = limit(200, "lines kept of one conversation, to be answered or shown later")
    kept_bytes: int = limit(
        4_000_000, "memory for the kept lines of all conversations; the oldest are forgotten"
    )
    typists: int = limit(100, "people who are remembered as typing")

    # Unfinished answers
    held_events: int = limit(
        5_000,
        "events that are held back while a page of history is under way",
        "The server did not send the history in time. The lines that arrived meanwhile follow.",
    )
    held_bytes: int = limit(
        3_000_000,
        "memory for them",
        "The server did not send the history in time. The lines that arrived meanwhile follow.",
    )
    untaken_events: int = limit(
        10_000,
        "events that a program using the library has not taken yet",
        "The program did not take its events in time; some are missing.",
    )
    untaken_bytes: int = limit(
        4_000_000,
        "memory for them",
        "The program did not take its events in time; some are missing.",
    )
    remembered: int = limit(10_000, "messages that are recognised when they come a second time")
    fruitless_pages: int = limit(100, "pages of history in a row without any message to show")
    unanswered: int = limit(
        1_000, "lines of ours that the server has not confirmed, though it answers PINGs"
    )
    output: int = limit(
        1_048_576,
        "bytes that the server has yet to read from us",
        "The server does not read what the client sends.",
        ends=True,
    )

    # The loop
    lines_per_turn: int = limit(
        64, "lines taken in one turn of the loop, before keys and signals are looked at"
    )
    rows_unwritten: int = limit(2_000, "rows for the terminal while it is asked for its cursor")


LIMITS = ServerLimits()


class Excess(NamedTuple):
    """A limit that was exceeded, by its row's name, and where, as far as that matters.

    `room` is the room's name, `answer` a number that each LIST, WHO or NAMES has for itself.
    """

    limit: str
    room: str = ""
    answer: int = 0

    @property
    def sentence(self) -> str:
        """The sentence that the person reads; "" for nothing."""
        text = told(self.limit)
        return text.replace(" than ", f" of {visible(self.room)} than ", 1) if self.room else text


class Exceeds(Exception):
    """Something exceeds a limit, and is left out. `limit` is the row's name."""

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


@cache
def told(name: str) -> str:
    """The sentence for the person when a server exceeds the limit of that name; "" for none."""
    return _metadata(name)["told"]


@cache
def ends(name: str) -> bool:
    """Whether the connection is closed for it."""
    return bool(_metadata(name)["ends"])


def _metadata(name: str) -> dict[str, str]:
    return next(dict(row.metadata) for row in fields(ServerLimits) if row.name == name)


OBJECT_BYTES = 100
"""The approximate size of a small Python object with the references to it, in bytes."""


TEXT_BYTES = 60
"""The approximate size of a string besides its characters, in bytes."""


def weight(*texts: str) -> int:
    """Bytes of memory that a value of these texts takes, about, and rather too many."""
    return OBJECT_BYTES + sum(map(text_weight, texts))


def text_weight(text: str) -> int:
    """Bytes of memory for one text: a character takes 1 byte in ASCII, else as many as the
    widest."""
    return TEXT_BYTES + len(text) * (1 if text.isascii() else 4) if text else 0


class Allowance:
    """Memory that may be used for one purpose, in bytes as `weight` estimates them."""

    __slots__ = ("most", "used")

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0

    def takes(self, size: int) -> bool:
        """Whether there is room for this many more bytes; then they are in use."""
        if self.used + size > self.most:
            return False
        self.used += size
        return True

    def give_back(self, size: int) -> None:
        """These bytes are no longer in use."""
        self.used -= size
