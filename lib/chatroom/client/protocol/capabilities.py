"""The capabilities that the client uses, and those of the server (IRCv3 capability negotiation)."""

from chatroom.client.limits import LIMITS
from chatroom.client.protocol.batches import MULTILINE
from chatroom.client.protocol.login import CAPABILITY as SASL
from chatroom.wire.capabilities import REACTIONS, SEARCH_BY_MSGID, WAITING

_PAGES = frozenset({"batch", "message-tags", "server-time"})

READ_MARKER = "draft/read-marker"

REGISTRATION = "draft/account-registration"

WANTED: dict[str, frozenset[str]] = {
    "batch": frozenset(),
    REACTIONS: _PAGES,
    WAITING: _PAGES | {"draft/chathistory"},
    SEARCH_BY_MSGID: _PAGES | {"soju.im/search"},
    REGISTRATION: frozenset(),
    "draft/channel-rename": frozenset(),
    "draft/chathistory": _PAGES,
    "draft/message-redaction": frozenset({"message-tags"}),
    READ_MARKER: frozenset({"server-time"}),
    MULTILINE: frozenset({"batch", "message-tags"}),
    "echo-message": frozenset({"batch", "labeled-response", "message-tags"}),
    "labeled-response": frozenset({"batch"}),
    "message-tags": frozenset(),
    "multi-prefix": frozenset(),
    "server-time": frozenset(),
    "setname": frozenset(),
    "soju.im/search": _PAGES,
    "standard-replies": frozenset(),
}
"""The capabilities that we use, each with the other capabilities that it needs.

The user's own lines are shown when they are typed. Their echoes bring the msgids, and are
recognised by their labels; without labels, an echo would be shown as a second line.
"""


class Capabilities:
    """The capabilities that a server has `offered`, with their `values`, and those `agreed` on."""

    def __init__(self) -> None:
        self.agreed: set[str] = set()
        self.values: dict[str, str] = {}
        self.offered: set[str] = set()

    def heard(self, subcommand: str, words: str) -> set[str]:
        """Process the list of a CAP message. Returns the listed capabilities that we know; others
        are not remembered."""
        pairs = (word.partition("=") for word in words.split())
        values = {name: value for name, _, value in pairs if name in WANTED or name == SASL}
        listed = set(values)
        if subcommand in ("LS", "NEW"):
            longest = LIMITS.capability_value
            self.values |= {key: each for key, each in values.items() if len(each) <= longest}
            self.offered |= listed
        elif subcommand == "ACK":
            self.agreed |= listed
        elif subcommand == "DEL":
            self.agreed -= listed
            self.offered -= listed
        return listed

    def wanted(self) -> list[str]:
        """The capabilities to request: those that we use, and that work with this server."""
        return [name for name in WANTED if WANTED[name] | {name} <= self.offered]
