"""Settings that may make strangers operators. The server warns about them, but accepts them.

`free_for_all` finds masks in `rooms.operators` that a stranger can match by taking a nickname.

Until there are accounts a nickname proves nothing, and a user name never does, so the mask has to
name a host that distinguishes people. `*` does not, and neither does a host that everybody on this
machine has.
"""

from collections.abc import Container, Iterable, Iterator, Mapping

from chatroom.net.addresses import LOCAL_HOSTS, is_local
from chatroom.wire.names import fold, fold_mask, full_mask, matches


def free_for_all(operators: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Yields a warning for each mask whose host does not distinguish people."""
    for room, masks in operators.items():
        for mask in masks:
            if why := _whom(mask):
                yield f"rooms.operators: {room}: '{mask}' makes operators of {why}"


def unknown_owners(owners: Mapping[str, Iterable[str]], known: Container[str]) -> Iterator[str]:
    """Yields a warning for each owner of a room (`rooms.owners`) that is no account. `known` are
    the folded names of all accounts."""
    for room, accounts in owners.items():
        for name in accounts:
            if fold(name) not in known:
                yield f"rooms.owners: {room}: there is no account {name}; `account add` makes it"


def _whom(mask: str) -> str:
    """The people whom such a mask makes operators, in words; "" if its host distinguishes
    people."""
    nick, _, rest = fold_mask(full_mask(mask)).partition("!")
    host = rest.rpartition("@")[2]
    if not (is_local(host) or any(matches(host, each) for each in LOCAL_HOSTS)):
        return ""
    everywhere = not host.strip("*?")
    where = "" if everywhere else " on this machine or comes through a proxy on it"
    if nick.strip("*?"):
        return f"anyone who takes that nickname{where}: a nickname proves nothing; name a host"
    return f"everybody{where}; name a host"
