"""How far a history has been read, as CHATHISTORY is told (IRCv3 chathistory, "MSGREFTYPES")."""

from collections.abc import Sequence
from typing import NamedTuple, Self

from chatroom.client.events import Gone, Said
from chatroom.client.protocol.session import Session
from chatroom.wire.isupport import number
from chatroom.wire.reference import format_time, parse_time

PAGE_LINES = 100
"""Asked for at once, where the server names no limit of its own."""

THE_BEGINNING = format_time(0)


class HistoryCursor(NamedTuple):
    """A message: its msgid and its time, as the server wrote them; "" where it did not.

    Without both it is the beginning. A message that was taken back, or is forgotten, is no
    reference any more, but its time is one.
    """

    msgid: str = ""
    time: str = ""

    @classmethod
    def line(cls, line: Said | Gone) -> Self:
        """That message. A time that cannot be read is none."""
        msgid = line.tags.get("msgid", "") if isinstance(line, Said) else ""
        time = line.tags.get("time", "")
        return cls(msgid, time if _is_time(time) else "")

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

    def reference(self, kinds: Sequence[str], shift: int = 0) -> str:
        """The place in the first of these ways (ISUPPORT MSGREFTYPES) that it has; "" for none.

        A timestamp is shifted by so many milliseconds: several messages may have the same.
        """
        values = {"msgid": self.msgid, "timestamp": self.time and self._shifted(shift)}
        return next((f"{kind}={values[kind]}" for kind in kinds if values.get(kind)), "")

    def _shifted(self, milliseconds: int) -> str:
        try:
            return format_time(max(0, parse_time(self.time) + milliseconds))
        except (ValueError, OverflowError):
            return format_time(0)


NOWHERE = HistoryCursor()


def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except (ValueError, OverflowError):
        return False
    return True


def reference_kinds(session: Session) -> list[str]:
    """How the server lets one name a message, the best way first (ISUPPORT MSGREFTYPES)."""
    return (session.state.isupport.get("MSGREFTYPES") or "msgid,timestamp").split(",")


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
