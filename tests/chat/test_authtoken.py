"""TOKEN (draft/authtoken, ircv3-specifications #602): what lists the services, and what is refused.
What a token is good for is in tests/server/web/test_tokens.py."""

from collections import deque

import pytest

from chat.memory_keeper import MemoryKeeper
from chat.people import BareWorld, Peer, a_world, arrive, heard, say
from chatroom.chat.commands.authtoken import announce_services
from chatroom.chat.connections import attach

CAPABILITY = frozenset({"draft/authtoken", "batch"})
HERE = "https://chat.example.org"


@pytest.fixture
def world() -> BareWorld:
    """Reached under an address, and with a place for files."""
    world = a_world()
    world.keeper = MemoryKeeper()
    world.own_url = lambda _session, path: HERE + path
    world.filehost = lambda _session: f"{HERE}/files"
    return world


def listed(lines: list[str]) -> list[str]:
    """The services in a batch of these lines."""
    first, *services, last = [line for line in lines if "BATCH" in line or " TOKEN " in line]
    reference = first.split()[2].removeprefix("+")
    assert first == f":chatroom.local BATCH +{reference} draft/authtoken * *"
    assert last == f":chatroom.local BATCH -{reference}"
    head = f"@batch={reference} :chatroom.local TOKEN SERVICE "
    assert all(line.startswith(head) for line in services)
    return [line.removeprefix(head) for line in services]


SERVICES = [
    f"SESSION {HERE}/session :browsers that stay logged in",
    f"FILEHOST {HERE}/files uploads",
]


def test_the_list(world: BareWorld) -> None:
    """ "SERVICELIST subcommand"; any client may ask."""
    session = arrive(world, "alice", frozenset({"batch"}))
    say(session, "TOKEN servicelist")
    assert listed(heard(session)) == SERVICES
    world.filehost = lambda _session: ""
    say(session, "TOKEN SERVICELIST")
    assert listed(heard(session)) == SERVICES[:1]
    world.own_url = lambda _session, _path: ""
    say(session, "TOKEN SERVICELIST")
    assert heard(session) == [":chatroom.local NOTE TOKEN NO_SERVICES :There are no services here"]


def test_the_list_comes_with_the_welcome(world: BareWorld) -> None:
    """ "Capability": after ISUPPORT and before LUSERS; and ISUPPORT says that there is TOKEN."""
    session = attach(world, Peer(), "192.0.2.1")
    session.agree_on(CAPABILITY)
    say(session, "NICK alice", "USER alice 0 * :alice")
    lines = heard(session)
    codes = [line.split()[1] for line in lines if not line.startswith("@")]
    assert codes[codes.index("BATCH") - 1] == "005"
    assert codes[codes.index("251") - 1] == "BATCH"
    assert listed(lines) == SERVICES
    assert [line for line in lines if " 005 " in line and " draft/AUTHTOKEN " in line]
    plain = attach(world, Peer(), "192.0.2.1")
    say(plain, "NICK bob", "USER bob 0 * :bob")
    assert not [line for line in heard(plain) if " TOKEN " in line]


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("TOKEN", "461 alice TOKEN"),
        ("TOKEN WHAT", "FAIL TOKEN UNKNOWN_COMMAND WHAT :No such subcommand TOKEN WHAT"),
        ("TOKEN GENERATE", "FAIL TOKEN UNKNOWN_SERVICE * :"),
        ("TOKEN GENERATE example.com/QDB", "FAIL TOKEN UNKNOWN_SERVICE example.com/QDB :"),
        ("TOKEN GENERATE FILEHOST #den", "FAIL TOKEN INVALID_SCOPE #den :"),
        ("TOKEN GENERATE session", "FAIL TOKEN NO_PERMISSIONS * :"),  # in the clear
        ("TOKEN VALIDATE FILEHOST https://x :secret", "FAIL TOKEN NO_PERMISSIONS FILEHOST :"),
    ],
)
def test_refusals(world: BareWorld, line: str, refused: str) -> None:
    """ "Standard replies"."""
    session = arrive(world, "alice")
    say(session, line)
    (reply,) = heard(session)
    assert reply.startswith(f":chatroom.local {refused}")


def test_before_registration(world: BareWorld) -> None:
    """ "VALIDATE subcommand": usable then; here it is refused to everybody."""
    session = attach(world, Peer(), "192.0.2.1")
    say(session, "TOKEN VALIDATE FILEHOST https://x :secret", "TOKEN SERVICELIST")
    validate, others = heard(session)
    assert validate.startswith(":chatroom.local FAIL TOKEN NO_PERMISSIONS FILEHOST :")
    assert " 451 " in others


def test_changes(world: BareWorld) -> None:
    """ "Capability": NEW with the URL, or DEL."""
    session, plain = arrive(world, "alice", CAPABILITY), arrive(world, "bob")
    world.filehost = lambda _session: ""
    deque(announce_services(world), 0)
    assert heard(session) == [
        f":chatroom.local TOKEN NEW SESSION {HERE}/session",
        ":chatroom.local TOKEN DEL FILEHOST",
    ]
    assert heard(plain) == []
