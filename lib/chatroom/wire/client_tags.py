"""Client-only tags: which of them a server relays (IRCv3 message-tags, "RPL_ISUPPORT Tokens").

CLIENTTAGDENY=typing,react      all but +typing and +react
CLIENTTAGDENY=*,-reply          +reply only

Tags that have been ratified have two names. To deny one is to deny the other, or people would
still see who is typing.
"""

import re
from collections.abc import Mapping

CLIENT_ONLY = "+"
"""The prefix of tags that a server relays for clients."""

REACT, UNREACT, REPLY = ((f"+{name}", f"+draft/{name}") for name in ("react", "unreact", "reply"))
"""The names of tags, as ratified and as in the drafts before (client-tags react, reply): clients
send either."""

_REACTIONS = frozenset(REACT + UNREACT)

_RATIFIED = ("channel-context", "persist", "react", "reply", "typing", "unreact")
_DRAFTS = {name: f"draft/{name}" for name in _RATIFIED}
_OTHER_NAMES = {**_DRAFTS, **{draft: name for name, draft in _DRAFTS.items()}}

_NAME = re.compile(r"-?[A-Za-z0-9./-]+")


def is_reaction(tags: Mapping[str, str]) -> bool:
    """Whether a message with these tags adds a reaction, or takes one back."""
    return not _REACTIONS.isdisjoint(tags)


class ClientTags:
    """The tags that are relayed, by a value of CLIENTTAGDENY; "" allows all. `value` has each tag
    with both of its names."""

    __slots__ = ("_exceptions", "denies", "value")

    def __init__(self, value: str = "") -> None:
        words = _with_other_names(value.split(",")) if value else []
        self.value = ",".join(words)
        self.denies = bool(words)
        self._exceptions = {f"+{word.removeprefix('-')}" for word in words if word != "*"}

    @staticmethod
    def fault(value: str) -> str:
        """What is wrong with a value; "" if nothing is."""
        if not value:
            return ""
        first, *others = value.split(",")
        names = others if first == "*" else [first, *others]
        for name in names:
            if not _NAME.fullmatch(name):
                return f"expected names of tags without their +, found {name[:40]!r}"
            if name.startswith("-") is not (first == "*"):
                return 'expected names with a - after "*", and without one otherwise'
        return ""

    def relayed(self, tags: Mapping[str, str]) -> dict[str, str]:
        """The client-only tags among these that are relayed, unchanged."""
        own = {key: value for key, value in tags.items() if key[:1] == CLIENT_ONLY}
        if not self.denies:
            return own
        exempt = self.value.startswith("*")
        return {key: value for key, value in own.items() if (key in self._exceptions) is exempt}


def _with_other_names(words: list[str]) -> list[str]:
    """The words of CLIENTTAGDENY, and those of the same tags by their other names."""
    named: dict[str, None] = {}
    for word in words:
        named[word] = None
        name = word.removeprefix("-")
        if name in _OTHER_NAMES:
            named[word.removesuffix(name) + _OTHER_NAMES[name]] = None
    return list(named)
