"""Lines that are carried out although they are not UTF-8 (IRCv3 utf8-only, labeled-response)."""

import pytest

from .conftest import House


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"PART #den :caf\xe9", ["WARN", "PART"]),
        (b"PART #den,#pub :caf\xe9", ["WARN", "PART", "PART"]),
        (b"PART #none :caf\xe9", ["WARN", "403"]),
    ],
)
def test_the_warning_is_a_part_of_the_answer(house: House, line: bytes, answer: list[str]) -> None:
    """With the label: everything that a labelled line causes is in one batch."""
    client = house.connect()
    client.send("CAP REQ :batch labeled-response standard-replies", "CAP END")
    client.send("NICK alice", "USER alice 0 * :alice", "JOIN #den,#pub")
    house.settle(client)
    client.seen.clear()
    client.send(b"@label=x " + line)
    house.settle(client)
    opening, *inside, closing = client.seen[:-1]
    assert opening.startswith("@label=x ")
    reference = opening.split()[3].removeprefix("+")
    assert closing.endswith(f"BATCH -{reference}")
    assert [one.split()[2] for one in inside] == answer
    assert all(one.startswith(f"@batch={reference} ") for one in inside)


def test_who_does_not_know_standard_replies_gets_no_warning(house: House) -> None:
    """utf8-only: WARN is for clients with the capability."""
    client = house.join("alice", "#den")
    client.seen.clear()
    client.send(b"PART #den :caf\xe9")
    house.settle(client)
    assert [line.split()[1] for line in client.seen] == ["PART", "PONG"]
