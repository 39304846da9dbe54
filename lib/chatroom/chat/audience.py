"""Who hears something: peers, grouped by the variant in which they get it.

An audience never changes once it is made. Whoever comes or goes makes another one, so that what
waits for an audience (see `stretch`) is still for those who were there when it was said. All of
this is done by dicts as a whole, because thousands may hear the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatroom.chat.session import Encoder, Peer, Session

Audience = Mapping["Encoder", Mapping["Peer", None]]


def audience_of(sessions: Iterable["Session"], skip: "Session | None" = None) -> Audience:
    """Of these sessions without `skip`, in their order."""
    audience: dict[Encoder, dict[Peer, None]] = {}
    for session in sessions:
        if session is not skip:
            audience.setdefault(session.variant, {})[session.peer] = None
    return audience


def united(audiences: Sequence[Audience]) -> Audience:
    """All who are in any of them; the very one if there is only one."""
    if len(audiences) == 1:
        return audiences[0]
    union: dict[Encoder, dict[Peer, None]] = {}
    for audience in audiences:
        for variant, peers in audience.items():
            known = union.get(variant)
            if known is None:
                union[variant] = dict(peers)
            else:
                known.update(peers)
    return union


def including(audience: Audience, variant: "Encoder", peer: "Peer") -> Audience:
    """With one more."""
    return {**audience, variant: {**audience.get(variant, {}), peer: None}}


def excluding(audience: Audience, variant: "Encoder", peer: "Peer") -> Audience:
    """Without one who was in it under that variant."""
    peers = dict(audience[variant])
    del peers[peer]
    if peers:
        return {**audience, variant: peers}
    return {other: them for other, them in audience.items() if other is not variant}


def size(audience: Audience) -> int:
    """How many they are."""
    return sum(map(len, audience.values()))
