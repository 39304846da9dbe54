"""Cloaks: what others see instead of an address (user mode x)."""

import re

from chatroom.net.addresses import network_of
from chatroom.wire.cloaks import cloaks
from chatroom.wire.masks import Mask
from chatroom.wire.names import fold

KEY = bytes(range(32))


def test_an_address_has_one_cloak() -> None:
    cloak_of = cloaks(KEY, network_of)
    assert cloak_of("192.0.2.7") == cloak_of("192.0.2.7")
    assert len({cloak_of(f"192.0.2.{number}") for number in range(256)}) == 256
    for host in ("192.0.2.7", "2001:db8::1", "unix"):
        assert re.fullmatch(r"[a-z2-7]{12}\.[a-z2-7]{12}\.hidden", cloak_of(host))
        assert fold(cloak_of(host)) == cloak_of(host)


def test_another_key_makes_other_cloaks() -> None:
    """Nobody who does not know the key can try all addresses."""
    mine, other = cloaks(KEY, network_of), cloaks(KEY[::-1], network_of)
    assert not set(mine("192.0.2.7").split(".")[:2]) & set(other("192.0.2.7").split(".")[:2])


def test_a_network_can_be_banned() -> None:
    """What one caller controls has the same second part."""
    cloak_of = cloaks(KEY, network_of)
    one, other = cloak_of("2001:db8::1"), cloak_of("2001:db8::2")
    assert one != other
    mask = Mask(f"*!*@*.{one.partition('.')[2]}")
    assert mask.matches(f"a!b@{other}")
    assert not mask.matches(f"a!b@{cloak_of('2001:db8:0:1::1')}")
