"""`chatroom-client send`: the exit status is 0 only if the server has accepted everything."""

import codecs
import os
import sys
from argparse import Namespace
from collections import deque
from collections.abc import Iterable, Iterator

from chatroom.client.files.encoding import ESCAPING, is_blank, trouble
from chatroom.client.library.conversation import Conversation
from chatroom.client.library.errors import ChatError, ConnectionLost, NoAnswer, Refused
from chatroom.client.scripts.open import open_conversation
from chatroom.client.scripts.progress import ProgressBar
from chatroom.net.loop import READ

HARMLESS_MODES = frozenset("+iklpst")
"""The modes with which everybody can speak in a room (Modern IRC, "Channel Modes"). `n` and `m` are
not among them, nor are the modes of single servers."""

READ_BYTES = 65536
LONGEST_LINE = 65536
"""Characters; a longer line becomes several messages anyway."""


def run(arguments: Namespace) -> int:
    """Run the subcommand. Returns its exit status. Raises ChatError, which says how much was
    sent."""
    text = " ".join(arguments.text)
    if arguments.text and is_blank(text) and not arguments.file:
        raise ChatError("There is nothing to send: the text is empty.")
    with open_conversation(arguments) as chat:
        for room in arguments.room or ():
            if not _takes_from_outside(chat, room):
                chat.join(room)
        try:
            if arguments.file:
                _send_files(chat, arguments, text)
            else:
                _say(chat, arguments, [text] if text else Input(chat).lines())
        except (ConnectionLost, Refused, NotUtf8) as error:
            raise type(error)(f"{error}{_confirmed(chat)}") from None
    return 0


def _confirmed(chat: Conversation) -> str:
    """How much was sent, as a second sentence; "" if nothing was."""
    count = "1 message" if chat.said == 1 else f"{chat.said} messages"
    return f" The server has confirmed {chat.taken} of {count}." if chat.said else ""


def _takes_from_outside(chat: Conversation, room: str) -> bool:
    """Whether one can send without entering the room, which everybody there would see."""
    try:
        modes = chat.modes(room)
    except (NoAnswer, Refused):  # the room does not exist yet, or we may not see it
        return False
    return modes != "" and set(modes) <= HARMLESS_MODES


def _send_files(chat: Conversation, arguments: Namespace, text: str) -> None:
    """A message for each file; the first has the text."""
    for path in arguments.file:
        bar = ProgressBar(path.name)
        try:
            uploaded = chat.upload(str(path), bar.shown)
        finally:
            bar.end()
        for room in arguments.room or ():
            chat.say(room, uploaded.text(text), uploaded.tags)
        for nick in arguments.to or ():
            chat.tell(nick, uploaded.text(text), uploaded.tags)
        text = ""
    chat.wait_taken()


def _say(chat: Conversation, arguments: Namespace, lines: Iterable[str]) -> None:
    for line in lines:
        if is_blank(line):
            continue
        for room in arguments.room or ():
            chat.say(room, line)
        for nick in arguments.to or ():
            chat.tell(nick, line)
        chat.check()
    chat.wait_taken()


class NotUtf8(ChatError):
    """Standard input is not UTF-8."""


class Input:
    """Reads standard input by lines, while the loop runs."""

    def __init__(self, chat: Conversation) -> None:
        self._chat = chat
        if sys.stdin is None:  # as `<&-` leaves it
            raise ChatError("Cannot read standard input: it is closed.")
        self._descriptor = sys.stdin.fileno()
        self._decoder = codecs.getincrementaldecoder("utf-8")(ESCAPING)
        self._number = 0
        self._waiting: deque[str] = deque()
        self._partial = ""
        self._ended = False

    def lines(self) -> Iterator[str]:
        """The lines without their ends. Raises ConnectionLost, and NotUtf8 for a line that is not
        UTF-8."""
        while self._waiting or not self._ended:
            if self._waiting:
                yield self._checked(self._waiting.popleft())
            else:
                self._await()

    def _checked(self, line: str) -> str:
        self._number += 1
        line = line.removeprefix("\ufeff") if self._number == 1 else line
        if wrong := trouble(line):
            self._chat.wait_taken()
            raise NotUtf8(f"Line {self._number} of standard input is {wrong}")
        return line

    def _await(self) -> None:
        """Watch standard input only while there is nothing to send, so that a large file is not
        read ahead."""
        loop = self._chat.loop
        try:
            loop.watch(self._descriptor, READ, lambda _mask: self._read())
        except PermissionError:  # epoll takes no files, nor /dev/null: they are always ready
            self._read()
            return
        try:
            self._chat.turn_until(lambda: bool(self._waiting) or self._ended)
        finally:
            loop.unwatch(self._descriptor)

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, READ_BYTES)
        except OSError as error:
            raise ChatError(f"Cannot read standard input: {error.strerror}") from None
        self._ended = not data
        text = self._partial + self._decoder.decode(data, final=not data)
        *lines, self._partial = text.split("\n")
        if self._ended or len(self._partial) > LONGEST_LINE:
            lines.append(self._partial)
            self._partial = ""
        self._waiting.extend(lines)
