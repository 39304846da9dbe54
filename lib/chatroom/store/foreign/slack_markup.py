"""Slack's markup as plain text.

<@U123> <@U123|bob>        @bob
<#C1|general>              #general
<https://x.org|a text>     a text (https://x.org)
<!here> <!subteam^S1|@ops> @here, @ops
&amp; &lt; &gt;            & < >
"""

import re
from collections.abc import Callable

_SPECIAL = re.compile(r"<([@#!][^<>|\s]+|[a-zA-Z][a-zA-Z0-9+.-]*:[^<>|\s]+)(?:\|([^<>]*))?>")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile("|".join(_ENTITIES))


def as_text(marked: str, name_of: Callable[[str], str]) -> str:
    """The text; `name_of` says what a person is called, by the number that Slack has given them."""
    return _ENTITY.sub(
        lambda match: _ENTITIES[match[0]],
        _SPECIAL.sub(lambda match: _special(match[1], match[2] or "", name_of), marked),
    )


def _special(target: str, label: str, name_of: Callable[[str], str]) -> str:
    kind, rest = target[0], target[1:]
    if kind == "@":
        return f"@{name_of(rest)}"
    if kind == "#":
        return f"#{label.removeprefix('#') or rest}"
    if kind == "!":
        return label or f"@{rest.partition('^')[0]}"
    address = target.removeprefix("mailto:")
    return address if label in ("", address, target) else f"{label} ({address})"
