"""How far a history has been read, as CHATHISTORY is told (IRCv3 chathistory, "MSGREFTYPES")."""

from typing import NamedTuple, Self

from chatroom.client.events import Gone, Said
from chatroom.client.protocol.session import Session
from chatroom.wire.isupport import number
from chatroom.wire.reference import format_time, parse_time

PAGE_LINES = 100
"""Asked for at once, where the server names no limit of its own."""


class HistoryCursor(NamedTuple):
    """A message: its msgid and its time, as the server wrote them; "" where it did not.

    Without both it is the beginning. A message that was taken back, or is forgotten, is no
    reference any more, but its time is one.
    """

    msgid: str = ""
    time: str = ""

    @classmethod
    def line(cls, line: Said | Gone) -> Self:
        """That message."""
        msgid = line.tags.get("msgid", "") if isinstance(line, Said) else ""
        return cls(msgid, line.tags.get("time", ""))

    @classmethod
    def moment(cls, at: int) -> Self:
        """The first message at that time, in UTC milliseconds."""
        return cls(time=format_time(at))

    @property
    def by_time(self) -> Self:
        """The same place without the msgid."""
        return self._replace(msgid="")

    @property
    def after(self) -> str:
        """What AFTER is told. By time, it gives the messages of that millisecond once more."""
        return f"msgid={self.msgid}" if self.msgid else f"timestamp={self._shifted(-1)}"

    @property
    def before(self) -> str:
        """What BEFORE is told, likewise."""
        return f"msgid={self.msgid}" if self.msgid else f"timestamp={self._shifted(1)}"

    def _shifted(self, milliseconds: int) -> str:
        try:
            return format_time(max(0, parse_time(self.time) + milliseconds))
        except (ValueError, OverflowError):
            return format_time(0)


def is_before(line: Said | Gone, at: int) -> bool:
    """Whether a line shows a time before this one (UTC milliseconds).

    A page that begins at a time may have such lines, said when the server's clock was set back.
    """
    try:
        return parse_time(line.tags.get("time", "")) < at
    except (ValueError, OverflowError):
        return False


def page_limit(session: Session) -> int:
    """Messages that one CHATHISTORY may ask for (ISUPPORT CHATHISTORY; 0 means any number)."""
    return number(session.state.isupport.get("CHATHISTORY", "")) or PAGE_LINES
