"""Many connections that end at once leave in pieces."""

from itertools import pairwise

from chatroom.chat.connections import put_out
from chatroom.server.expulsion import AT_ONCE
from harness import Client
from server.conftest import House


def test_many_connections_leave_in_pieces(house: House) -> None:
    """Some in each tick, and everybody is told why."""
    watcher = house.join("watcher", "#general")
    clients = [house.join(f"p{number}", "#general") for number in range(2 * AT_ONCE + 2)]
    world = house.server.world
    room = world.rooms["#general"]
    for number in range(len(clients)):
        user = world.find(f"p{number}")
        assert user is not None
        put_out(world, user, "enough")
    assert len(room.members) == 1 + len(clients) - AT_ONCE
    sizes = [len(room.members)]
    while sizes[-1] > 1:
        house.tick()
        sizes.append(len(room.members))
    assert max(before - after for before, after in pairwise(sizes)) <= AT_ONCE
    house.settle(watcher)
    assert sum(" QUIT " in line for line in watcher.seen) == len(clients)
    assert all(map(_was_told, clients))


def _was_told(client: Client) -> bool:
    return any("enough" in line for line in client.read_until("ERROR"))
