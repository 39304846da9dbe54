"""What becomes of capabilities while clients are connected (capability-negotiation, "CAP NEW" and
"CAP DEL")."""

from collections import deque
from collections.abc import Callable

import pytest

from chat.memory_keeper import MemoryKeeper
from chat.people import BareWorld, Peer, a_world, heard, say
from chatroom.chat.commands.capabilities import Offers
from chatroom.chat.connections import attach
from chatroom.chat.limits import Limits
from chatroom.chat.ports import LOCAL, Transport
from chatroom.chat.session import Session
from chatroom.chat.settings import ALWAYS, NEVER, SECRETS, AccountSettings, TlsSettings
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import LimitsChanged


@pytest.fixture
def world() -> BareWorld:
    world = a_world()
    world.keeper = MemoryKeeper()
    world.set_tls(TlsSettings(required=NEVER), True)
    return world


def come(world: BareWorld, *lines: str, transport: Transport | None = None) -> Session:
    session = attach(world, Peer(), "192.0.2.1", transport or LOCAL)
    say(session, *lines)
    heard(session)
    return session


def change(world: BareWorld, action: Callable[[], None]) -> None:
    offers = Offers(world)
    action()
    deque(offers.announce(), 0)


def test_a_value_that_changes(world: BareWorld) -> None:
    """ "The CAP NEW subcommand": with values for 302; clients without values miss nothing."""
    alice = come(world, "CAP LS 302", "NICK alice", "USER a 0 * :a", "CAP END")
    early = come(world, "CAP LS 302")
    old, unaware = come(world, "CAP REQ :cap-notify"), come(world, "CAP LS")
    change(world, lambda: apply(world, LimitsChanged(Limits(multiline_lines=7))))
    new = ":chatroom.local CAP {} NEW :draft/multiline=max-bytes=8192,max-lines=7"
    assert heard(alice) == [new.format("alice")]
    assert heard(early) == [new.format("*")]
    assert heard(old) == heard(unaware) == []


def test_gone_and_back(world: BareWorld) -> None:
    """ "The CAP DEL subcommand": cancelled by the server; for clients with cap-notify."""
    name = "draft/account-registration"
    modern = come(world, "CAP LS 302", f"CAP REQ :{name} batch")
    old, unaware = come(world, f"CAP REQ :cap-notify {name}"), come(world, f"CAP REQ {name}")
    change(world, lambda: world.set_account_settings(AccountSettings(registration=False)))
    gone = f":chatroom.local CAP * DEL :{name}"
    assert [heard(one) for one in (modern, old, unaware)] == [[gone], [gone], []]
    assert modern.capabilities == {"batch", "cap-notify"}
    assert old.capabilities == {"cap-notify"}
    say(modern, f"CAP REQ {name}")
    assert " NAK " in heard(modern)[0]
    change(world, lambda: world.set_account_settings(AccountSettings(custom_names=False)))
    new = f":chatroom.local CAP * NEW :{name}"
    assert heard(modern) == [f"{new}=before-connect"]
    assert heard(old) == [new]


def test_each_gets_what_is_true_for_it(world: BareWorld) -> None:
    """What is offered in the clear is another thing than what is offered over TLS."""
    safe = come(world, "CAP LS 302")
    clear = come(world, "CAP LS 302", transport=Transport())
    change(world, lambda: world.set_tls(TlsSettings(required=SECRETS), True))
    assert heard(safe) == []
    (line,) = heard(clear)
    assert line.endswith(" DEL :draft/account-registration draft/authtoken sasl")
    change(world, lambda: world.set_tls(TlsSettings(required=NEVER), True))
    (line,) = heard(clear)
    assert " NEW :" in line
    assert " sasl=PLAIN,SCRAM-SHA-256" in line


def test_that_an_account_is_needed(world: BareWorld) -> None:
    """soju.im/account-required: it informs, and cannot be requested."""
    session = come(world, "CAP LS 302")
    change(world, lambda: world.set_account_settings(AccountSettings(required=True)))
    assert heard(session) == [":chatroom.local CAP * NEW :soju.im/account-required"]
    say(session, "CAP LS 302")
    assert " soju.im/account-required" in "".join(heard(session))
    say(session, "CAP REQ :batch soju.im/account-required")
    assert heard(session) == [":chatroom.local CAP * NAK :batch soju.im/account-required"]
    change(world, lambda: world.set_account_settings(AccountSettings()))
    assert heard(session) == [":chatroom.local CAP * DEL :soju.im/account-required"]


def test_nothing_is_said_where_nothing_changes(world: BareWorld) -> None:
    alice = come(world, "CAP LS 302")
    change(world, lambda: apply(world, LimitsChanged(Limits(topic=9))))
    change(world, lambda: world.set_tls(TlsSettings(required=ALWAYS), True))
    assert heard(alice) == []
