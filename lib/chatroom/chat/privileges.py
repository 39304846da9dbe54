"""What operators of the server may do: one row for each privilege.

A class in the configuration is a name for some of them; the class `all` has every one.

They give no rights in rooms: to act in a room, operators use SAMODE and SAJOIN, which everybody in
the room sees, and which the audit log records.
"""

from chatroom.chat.refusals import Refused
from chatroom.chat.settings import OperatorSettings
from chatroom.chat.state.model import User
from chatroom.wire.names import fold
from chatroom.wire.numerics import ERR_NOPRIVILEGES

SEE = "see"

KILL, BAN, REHASH, ANNOUNCE = "kill", "ban", "rehash", "announce"
ROOMS, AUDIT, FILES = "rooms", "audit", "files"

PRIVILEGES = {
    KILL: "disconnect people from the server (KILL)",
    BAN: "ban people from the server (KLINE, DLINE), and list the bans (STATS k, STATS d)",
    REHASH: "have the configuration read again (REHASH)",
    ANNOUNCE: "tell all operators, or everybody, something (WALLOPS, GLOBAL)",
    ROOMS: "act in any room (SAMODE, SAJOIN)",
    AUDIT: "read what operators did (AUDIT)",
    FILES: "remove the files of others",
    SEE: "see secret rooms and invisible people",
}
"""A privilege -> what it allows, in words."""

ALL = "all"
"""The class of operators for whom the configuration names no other."""


def require_privilege(user: User, privilege: str) -> None:
    """Raises Refused (481) for somebody without this privilege."""
    if user.operator is None:
        raise Refused(ERR_NOPRIVILEGES, fill=("Only operators of the server may do that",))
    if not user.has(privilege):
        why = f"Your class {user.operator.kind} of operators may not {PRIVILEGES[privilege]}"
        raise Refused(ERR_NOPRIVILEGES, fill=(why,))


def class_of(settings: OperatorSettings, name: str) -> tuple[str, tuple[str, ...]]:
    """The class of an account or of a name for OPER, and its privileges."""
    classes = {fold(one): kind for one, kind in settings.class_of.items()}
    kind = classes.get(fold(name), ALL)
    return kind, tuple(settings.classes.get(kind, PRIVILEGES if kind == ALL else ()))
