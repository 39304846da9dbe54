"""Commands that ask a service such as NickServ, and its answers, which are shown as answers.

A service answers by NOTICE. Its other messages are shown like anybody else's.
"""

from collections.abc import Callable
from typing import NamedTuple

from chatroom.client.protocol.events import Said
from chatroom.client.ui.context import Context
from chatroom.client.view.lines import info_line
from chatroom.client.view.rich import plain
from chatroom.text.display import visible

Heard = Callable[[str], str]
"""Takes the answer and returns the text to show; "" for nothing."""


class _Asked(NamedTuple):
    service: str
    heard: Heard


class ServiceAnswers:
    """`ask` a service; `hears` returns whether a notice is the answer."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._asked: list[_Asked] = []

    def ask(self, service: str, text: str, heard: Heard = visible) -> None:
        """Send a request to a service. Raises NotConnected and LineTooLong."""
        self._context.session.send("PRIVMSG", service, text)
        self._asked.append(_Asked(self._context.fold(service), heard))

    def lost(self) -> None:
        """Forget the open requests, because the connection is lost."""
        self._asked.clear()

    def hears(self, said: Said) -> bool:
        """Whether a notice answers what a service was asked for; if so, it is shown."""
        sender = self._context.fold(said.sender) if self._asked else ""
        for asked in self._asked:
            if asked.service == sender:
                self._asked.remove(asked)
                if text := asked.heard(plain(said.text)):
                    self._context.screen.show(info_line(text))
                return True
        return False
