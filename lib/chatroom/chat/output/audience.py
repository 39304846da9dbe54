"""Audiences: the peers who get the same messages, grouped by variant.

An audience must not change while messages to it are queued (see `fanout`), because these are for
the people who were there when they were said. When somebody enters or leaves meanwhile, the room
gets a changed copy. Audiences are handled as whole dicts, not peer by peer, because they may have
thousands of peers.
"""

from collections.abc import Iterable, Mapping

from chatroom.chat.ports import Encoder, Peer, Recipient
from chatroom.chat.state.fanout_port import Audience

OwnAudience = dict[Encoder, dict[Peer, None]]
"""An audience that its owner, the fan-out, may change while no message to it is queued."""


def audience_of(sessions: Iterable[Recipient], skip: Recipient | None = None) -> OwnAudience:
    """The audience of these sessions without `skip`, in their order."""
    audience: OwnAudience = {}
    for session in sessions:
        if session is not skip:
            audience.setdefault(session.variant, {})[session.peer] = None
    return audience


def united(audiences: Iterable[Audience]) -> OwnAudience:
    """The union of the audiences.

    Somebody may quit fifty rooms of a thousand people, so nothing here is done for each of them in
    Python; and sets are twice as fast as dicts, which keep the order.
    """
    groups: dict[Encoder, list[Mapping[Peer, None]]] = {}
    for audience in audiences:
        for variant, peers in audience.items():
            groups.setdefault(variant, []).append(peers)
    union: OwnAudience = {}
    for variant, (first, *others) in groups.items():
        union[variant] = dict(first)
        if others:
            union[variant].update(dict.fromkeys(set[Peer]().union(*others)))
    return union


def copied(audience: Audience) -> OwnAudience:
    """A copy that can be changed."""
    return {variant: dict(peers) for variant, peers in audience.items()}


def include(audience: OwnAudience, variant: Encoder, peer: Peer) -> None:
    """Add a peer to the audience."""
    audience.setdefault(variant, {})[peer] = None


def exclude(audience: OwnAudience, variant: Encoder, peer: Peer) -> None:
    """Remove a peer that is in the audience under that variant."""
    peers = audience[variant]
    del peers[peer]
    if not peers:
        del audience[variant]


def size(audience: Audience) -> int:
    """The number of peers."""
    return sum(map(len, audience.values()))
