"""Which masks of `rooms.operators` are warned of, and whom they fit."""

import pytest

from chat.people import Peer, a_world, say
from chatroom.chat.connections import attach
from chatroom.chat.named_operators import name_operators
from chatroom.chat.permanent_rooms import open_rooms
from chatroom.server.config.operator_masks import free_for_all, unknown_owners

TAKES = "anyone who takes that nickname{}: a nickname proves nothing; name a host"
ALL = "everybody{}; name a host"
HERE = " on this machine or comes through a proxy on it"


@pytest.mark.parametrize(
    ("mask", "whom"),
    [
        ("alice!*@192.0.2.7", ""),
        ("*!*@192.0.2.*", ""),
        ("*!*@2001:db8::7", ""),
        ("alice!*@12?.0.0.2", ""),  # not what `peer_host` says of those who are here
        ("alice!*@*", TAKES.format("")),
        ("alice!~alice@*", TAKES.format("")),
        ("al*!*@?*", TAKES.format("")),
        ("*!*@*", ALL.format("")),
        ("*!root@**", ALL.format("")),
        ("alice!*@127.0.0.1", TAKES.format(HERE)),
        ("alice!*@127.3.2.1", TAKES.format(HERE)),
        ("alice!*@1*", TAKES.format(HERE)),
        ("alice!*@::1", TAKES.format(HERE)),
        ("alice!*@[::1]", TAKES.format(HERE)),
        ("alice!*@UNIX", TAKES.format(HERE)),
        ("*!*@127.0.0.1", ALL.format(HERE)),
        ("?*!*@0::?", ALL.format(HERE)),
    ],
)
def test_a_mask_that_a_stranger_fits(mask: str, whom: str) -> None:
    expected = [f"rooms.operators: den: '{mask}' makes operators of {whom}"] if whom else []
    assert list(free_for_all({"den": [mask]})) == expected


@pytest.mark.parametrize(
    ("mask", "host"),
    [
        ("ALICE!*@192.0.2.7", "192.0.2.7"),
        ("\uff41lice!*@192.0.2.7", "192.0.2.7"),
        ("alice!~Al@192.0.2.?", "192.0.2.7"),
        ("alice!*@::1", "0::1"),
        ("alice!*@2001:DB8:0::7", "2001:db8::7"),
        ("alice!*@Unix", "unix"),
    ],
)
def test_whom_a_mask_fits(mask: str, host: str) -> None:
    """In whatever case, width or form it was written."""
    world = a_world()
    open_rooms(world, ["#den"], {})
    name_operators(world, {"den": [mask]})
    alice, other = attach(world, Peer(), host), attach(world, Peer(), "198.51.100.1")
    say(alice, "NICK Alice", "USER al 0 * :Alice", "JOIN #den")
    assert world.rooms["#den"].is_operator(alice.user)
    say(alice, "NICK bob", "PART #den", "JOIN #den")
    assert not world.rooms["#den"].is_operator(alice.user)
    say(other, "NICK alice", "USER al 0 * :Alice", "JOIN #den")
    assert not world.rooms["#den"].is_operator(other.user)


def test_an_owner_that_is_no_account() -> None:
    """In whatever case."""
    owners = {"general": ("Teacher", "nobody"), "den": ()}
    assert list(unknown_owners(owners, {"teacher"})) == [
        "rooms.owners: general: there is no account nobody; `account add` makes it"
    ]
