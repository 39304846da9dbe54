"""How full the server is whose worst lines are measured."""

from dataclasses import dataclass

from chatroom.store.tokens import MOST


@dataclass(frozen=True, slots=True)
class Size:
    """How full. `members` are in each of the `crowds`; `tagged` messages have 4 KB of tags.
    An account has so many `tokens`."""

    members: int = 900
    crowds: int = 5
    rooms: int = 1000
    bans: int = 100
    server_bans: int = 10_000
    messages: int = 3000
    tagged: int = 500
    tokens: int = MOST
    seconds: float = 2.0
    repetitions: int = 15
    most_bytes: int = 100_000


FULL = Size()
SMOKE = Size(
    members=12,
    crowds=2,
    rooms=20,
    bans=3,
    server_bans=20,
    messages=30,
    tagged=5,
    tokens=2,
    seconds=0.0,
    repetitions=1,
    most_bytes=200,
)
