"""A word as long as a line is cut before it is looked at, and before an answer repeats it."""

import pytest

from chatroom.server.doors.plain.commands import PLAIN_COMMANDS
from harness import Client

from .conftest import House

LONGEST_ANSWER = 1400
"""Bytes: what an answer repeats, each character written out, and a sentence around it."""

TELL = {"me", "topic", "away", "leave", "quit"}
"""What follows these is a text, which others are told in full."""


def answer_to(house: House, client: Client, line: str) -> str:
    """All that the door says to this line, and to a password that it may ask for."""
    client.send(line, *[""] * line.startswith("/oper"), "/set bell")
    client.sock.setblocking(False)
    data = b""
    while b"\nThe bell is" not in b"\n" + data:
        house.tick()
        try:
            data += client.sock.recv(1 << 20)
        except BlockingIOError:
            continue
    return (b"\n" + data).partition(b"\nThe bell is")[0].decode()


@pytest.mark.parametrize("character", ["\x02", "\u2028", "\ufdfa", "\u0301", "☃"])
def test_an_answer_repeats_little_of_a_long_word(house: House, character: str) -> None:
    bob = house.join("bob", "#general")
    alice = house.connect().send("alice", "")
    house.until(lambda: len(house.server.world.rooms["#general"].members) == 2)
    house.settle(bob.send("PRIVMSG #general :tea?"))
    word = character * (4500 // len(character.encode()))
    for name in sorted(PLAIN_COMMANDS.keys() - TELL):
        for line in (f"/{name} {word}", f"/{name} {word} {word[:100]}", f"/{name} {word} x"):
            answer = answer_to(house, alice, line)
            assert len(answer.encode()) <= LONGEST_ANSWER, (name, answer[:200])
