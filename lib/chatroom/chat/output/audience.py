"""Who hears something: peers, grouped by the variant in which they get it.

An audience does not change while something waits for it (see `fanout`): whoever comes or goes then
makes another one, so that what waits is still for those who were there when it was said. All of
this is done by dicts as a whole, because thousands may hear the same.
"""

from collections.abc import Iterable, Sequence

from chatroom.chat.ports import Encoder, Peer, Recipient
from chatroom.chat.state.fanout_port import Audience

OwnAudience = dict[Encoder, dict[Peer, None]]
"""One that its owner, a room, changes while nothing waits for it."""


def audience_of(sessions: Iterable[Recipient], skip: Recipient | None = None) -> OwnAudience:
    """Of these sessions without `skip`, in their order."""
    audience: OwnAudience = {}
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


def copied(audience: Audience) -> OwnAudience:
    """The same ones, in dicts of their own."""
    return {variant: dict(peers) for variant, peers in audience.items()}


def include(audience: OwnAudience, variant: Encoder, peer: Peer) -> None:
    """Put one more into it."""
    audience.setdefault(variant, {})[peer] = None


def exclude(audience: OwnAudience, variant: Encoder, peer: Peer) -> None:
    """Take one out who was in it under that variant."""
    peers = audience[variant]
    del peers[peer]
    if not peers:
        del audience[variant]


def size(audience: Audience) -> int:
    """How many they are."""
    return sum(map(len, audience.values()))
