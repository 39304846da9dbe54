"""The IRCv3 capabilities that the server offers, and the message variants that they require."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from chatroom.wire.message import Message, encode_body, encode_tags
from chatroom.wire.metadata import FORMER_METADATA, METADATA
from chatroom.wire.multiline import LINES, MULTILINE, encode_apart, encode_batch


class Capability(NamedTuple):
    """One row: the name, whether it changes the bytes of a relayed message, its purpose, and
    whether it needs a history, or accounts."""

    name: str
    changes_bytes: bool
    purpose: str
    needs_history: bool = False
    needs_accounts: bool = False


REACTIONS = "chatroom/reactions"
"""Our own capability. Without it or draft/event-playback, a page of the history may contain only
messages (chathistory, "CHATHISTORY Command")."""

SEARCH_BY_MSGID = "chatroom/search-msgid"
"""Our own capability: `before` of a SEARCH may name a message. If the server's clock was set back,
pages that are requested by time alone may leave out messages, or repeat them."""

WAITING = "chatroom/waiting"
"""Our own capability: private messages that have waited for somebody come by themselves in a batch,
also with draft/chathistory."""

DRAFT_NO_NAMES, SOJU_NO_NAMES = "draft/no-implicit-names", "soju.im/no-implicit-names"
NO_NAMES = frozenset({"no-implicit-names", DRAFT_NO_NAMES, SOJU_NO_NAMES})
"""With one of these, a client gets no NAMES without asking (no-implicit-names)."""

DRAFT_EXTENDED_MONITOR = "draft/extended-monitor"
EXTENDED_MONITOR = frozenset({"extended-monitor", DRAFT_EXTENDED_MONITOR})
"""With one of these, a client also hears what changes about those whom it watches."""

CHGHOST = "chghost"

EXTENDED_ISUPPORT = "draft/extended-isupport"

OPER_TAG = "draft/oper-tag"
OPER = "draft/oper"
"""The tag of messages from an operator of the server. It has no value: the name by which somebody
becomes one (OPER) is half of a password."""

WHOAMI = "draft/whoami"
"""Once after RPL_ISUPPORT, the client gets a SETNAME of its own, whose source is how others see it
(ircv3-specifications #603)."""

CAPABILITIES = {
    row.name: row
    for row in (
        Capability("account-notify", False, "who logs in and out", needs_accounts=True),
        Capability("account-tag", True, "the sender's account, as a tag", needs_accounts=True),
        Capability("away-notify", False, "who goes away and comes back"),
        Capability("batch", False, "replies that belong together, as one"),
        Capability("cap-notify", False, "CAP NEW and CAP DEL; implied by CAP LS 302"),
        Capability(CHGHOST, False, "who comes from another address, without QUIT and JOIN"),
        Capability(REACTIONS, False, "reactions among the lines of the history", True),
        Capability(SEARCH_BY_MSGID, False, "further pages of a search begin at a message", True),
        Capability(WAITING, False, "private messages that waited come by themselves", True),
        Capability(
            "draft/account-registration", False, "the REGISTER command", needs_accounts=True
        ),
        Capability(
            "draft/authtoken", False, "TOKEN: short-lived tokens for HTTP", needs_accounts=True
        ),
        Capability("draft/channel-rename", False, "RENAME: a room gets another name"),
        Capability("draft/chathistory", False, "the client asks for history itself", True),
        Capability(
            "draft/event-playback", False, "joins, leaves and the like in the history", True
        ),
        Capability(EXTENDED_ISUPPORT, False, "ISUPPORT: the tokens at any time, as a batch"),
        Capability(DRAFT_EXTENDED_MONITOR, False, "the former name of extended-monitor"),
        Capability("draft/message-redaction", False, "messages that are taken back", True),
        Capability(FORMER_METADATA, False, "the former name of draft/metadata-3"),
        Capability(METADATA, False, "METADATA: display names and the like, of people and rooms"),
        Capability(DRAFT_NO_NAMES, False, "a former name of no-implicit-names"),
        Capability(OPER_TAG, True, "which messages are from operators of the server, as a tag"),
        Capability("draft/pre-away", False, "AWAY before registration; unused connections"),
        Capability(MULTILINE, True, "messages of several lines"),
        Capability(
            "draft/read-marker",
            False,
            "how far the user has read, on all devices",
            needs_accounts=True,
        ),
        Capability(WHOAMI, False, "how others see the client: its own nick!user@host"),
        Capability("echo-message", False, "one's own messages come back"),
        Capability("extended-join", True, "account and real name in JOIN", needs_accounts=True),
        Capability(
            "extended-monitor",
            False,
            "AWAY, ACCOUNT, CHGHOST and SETNAME of those whom MONITOR watches",
        ),
        Capability("invite-notify", False, "who is invited to one's rooms"),
        Capability("labeled-response", False, "which reply belongs to which command"),
        Capability("message-tags", True, "client-only tags and TAGMSG"),
        Capability("multi-prefix", False, "all of a member's prefixes in NAMES and WHO"),
        Capability("no-implicit-names", False, "no NAMES by itself on entering a room"),
        Capability("sasl", False, "logging in to an account", needs_accounts=True),
        Capability("server-time", True, "when a message was said, as a tag"),
        Capability("setname", False, "who changes their real name"),
        Capability(SOJU_NO_NAMES, False, "a former name of no-implicit-names"),
        Capability("soju.im/search", False, "searching the history", True),
        Capability("standard-replies", False, "FAIL, WARN and NOTE"),
        Capability("userhost-in-names", False, "nick!user@host in NAMES"),
        Capability(
            "znc.in/self-message", False, "what one says on another connection may come back"
        ),
    )
}

Capabilities = frozenset[str]

CAP_302 = 302
"""The version of CAP LS from which on a client accepts values, long lists in several lines, and
cap-notify."""


_REPLY_TAGS = frozenset({"batch", "label"})
"""These tags occur only in replies, and only for clients that enabled them."""


class Variant:
    """The form of a message for all recipients that enabled the same tags.

    There is one object for each combination, so that recipients can be grouped by identity and a
    message is serialised once for each group.
    """

    __slots__ = (
        "account_tag",
        "extended_join",
        "message_tags",
        "multiline",
        "oper_tag",
        "plain",
        "server_time",
        "whole",
    )

    def __init__(
        self,
        message_tags: bool,
        server_time: bool,
        account_tag: bool,
        extended_join: bool,
        oper_tag: bool,
        multiline: bool,
    ) -> None:
        self.message_tags = message_tags
        self.server_time = server_time
        self.account_tag = account_tag
        self.extended_join = extended_join
        self.oper_tag = oper_tag
        self.multiline = multiline
        self.plain = not (message_tags or server_time or account_tag or oper_tag)
        self.whole = message_tags and server_time

    def admits(self, tag: str) -> bool:
        """Whether recipients of this variant get a tag of that name."""
        if tag == "time":
            return self.server_time
        if tag == "account":
            return self.account_tag
        if tag == OPER:
            return self.oper_tag
        return self.message_tags or tag in _REPLY_TAGS

    def encode(self, message: Message, body: bytes = b"") -> bytes:
        """The line for a recipient of this variant; b"" for a TAGMSG that it could not read.

        `body` is the result of `encode_body`, if already known for a relayed message of one line,
        which is never a reply. A message of several lines becomes several lines.
        """
        if message.command == "TAGMSG" and not self.message_tags:
            return b""
        if message.command == "JOIN" and not self.extended_join:
            message, body = message._replace(params=message.params[:1]), b""
        if body and self.plain:
            return body
        if not body and LINES in message.tags:
            return self._encode_lines(message)
        body = body or encode_body(message)
        tags = message.tags
        if not tags or (self.plain and _REPLY_TAGS.isdisjoint(tags)):
            return body
        if (
            not self.whole
            or ("account" in tags and not self.account_tag)
            or (OPER in tags and not self.oper_tag)
        ):
            tags = {key: value for key, value in tags.items() if self.admits(key)}
        return encode_tags(tags) + body

    def _encode_lines(self, message: Message) -> bytes:
        tags = {
            key: value for key, value in message.tags.items() if key != LINES and self.admits(key)
        }
        return (encode_batch if self.multiline else encode_apart)(message, tags)


_TAGS_OF_FEW = frozenset({"account", OPER, LINES})


def is_alike(message: Message) -> bool:
    """Whether all variants that are `whole` make the same line of this message."""
    return message.command != "JOIN" and _TAGS_OF_FEW.isdisjoint(message.tags)


_BYTES_DEPEND_ON = (
    "message-tags", "server-time", "account-tag", "extended-join", OPER_TAG, MULTILINE,
)  # fmt: skip

_VARIANTS = {
    enabled: Variant(*enabled) for enabled in product((False, True), repeat=len(_BYTES_DEPEND_ON))
}


@lru_cache(maxsize=256)
def capability_set(names: Capabilities) -> Capabilities:
    """The shared object for this set: ten thousand clients with the same capabilities share it.

    Sets contain only names from `CAPABILITIES`, so 256 of them take at most 0.7 MB.
    """
    return names


NO_CAPABILITIES = capability_set(frozenset())


def variant_of(capabilities: Capabilities) -> Variant:
    """The variant for recipients with these capabilities."""
    *others, multiline = (name in capabilities for name in _BYTES_DEPEND_ON)
    return _VARIANTS[(*others, multiline and "batch" in capabilities)]


def old_names_first(names: Iterable[str]) -> list[str]:
    """The names in order, with those that have a slash (drafts and vendor capabilities) last.

    Nothing tells a client older than CAP LS 302 that another line follows, and some take the first
    line for the whole list. They are older than most capabilities with a slash.
    """
    return sorted(names, key=lambda name: ("/" in name, name))


def in_lines(words: Iterable[str], room: int) -> list[str]:
    """Join words by spaces into lines of at most `room` bytes; returns at least one line.

    A longer word gets a line of its own.
    """
    data = " ".join(words).encode()
    lines = []
    begin = 0
    while len(data) - begin > room:
        end = data.rfind(b" ", begin, begin + room + 1)
        if end < 0:
            end = data.find(b" ", begin)
        if end < 0:
            break
        lines.append(data[begin:end].decode())
        begin = end + 1
    return [*lines, data[begin:].decode()]
