"""What a message costs, in counts that no machine changes: encodings and commits.

However many hear it, a message is encoded once for all who get the same bytes; however much a tick
heard, it commits once. What it costs in system calls stands in end_to_end/test_hot_path.py.
"""

from collections import Counter

import pytest

from chatroom.store.history import History
from chatroom.wire.capabilities import Variant
from harness import Client

from .conftest import House

MEMBERS, BURST = 20, 10


def counted(monkeypatch: pytest.MonkeyPatch, kind: type, method: str, counts: Counter[str]) -> None:
    """Count the calls of a method."""
    call = getattr(kind, method)

    def counting(*arguments: object) -> object:
        counts[method] += 1
        return call(*arguments)

    monkeypatch.setattr(kind, method, counting)


def crowd(house: House, capabilities: str = "") -> list[Client]:
    """Members of one room, half of whom agreed on these capabilities."""
    clients = [house.join(f"m{number}") for number in range(MEMBERS)]
    for number, client in enumerate(clients):
        if capabilities and number % 2:
            client.send(f"CAP REQ :{capabilities}")
        client.send("JOIN #room")
        house.settle(client)
    for client in clients:
        house.settle(client)
    return clients


@pytest.mark.parametrize(("capabilities", "variants"), [("", 1), ("message-tags server-time", 2)])
def test_a_message_is_encoded_once_for_all_who_see_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch, capabilities: str, variants: int
) -> None:
    """However many they are; and all that one tick heard is committed at once."""
    house.server.open_history()
    author, *_others = crowd(house, capabilities)
    counts: Counter[str] = Counter()
    counted(monkeypatch, Variant, "encode", counts)
    counted(monkeypatch, History, "commit", counts)
    author.send(*(f"PRIVMSG #room :{number}" for number in range(BURST)))
    house.tick()
    assert counts == {"encode": BURST * variants, "commit": 1}
