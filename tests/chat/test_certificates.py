"""NickServ CERT: certificates that log in to an account (SASL EXTERNAL)."""

from chat.people import heard, say
from chat.test_accounts import ask, come_in, keeper_of, newcomer, scene
from chatroom.chat.commands.certificates import REMOVED
from chatroom.chat.ports import Transport
from chatroom.chat.session import Session

MINE, OTHER = "ab" * 32, "cd" * 32
SHOWN = Transport(True, "TLSv1.3", MINE)


def cert(session: Session, words: str = "") -> list[str]:
    """What NickServ says."""
    lines = ask(session, f"PRIVMSG NickServ :CERT {words}")
    assert all(line.startswith(":NickServ!") for line in lines)
    return [line.split(" :", 1)[1] for line in lines]


def test_a_certificate_is_added_listed_and_removed() -> None:
    world = scene("alice")
    alice = come_in(world, "alice")
    assert cert(alice) == ["No certificate logs in to alice."]
    assert cert(alice, "ADD")[0].startswith("Only the certificate that your connection shows")
    assert cert(alice, "DEL") == ["Your connection shows no certificate."]
    alice.transport = SHOWN
    assert cert(alice, "ADD") == [f"The certificate {MINE} logs in to alice from now on."]
    written = ":".join(OTHER[at : at + 2] for at in range(0, 64, 2)).upper()
    assert cert(alice, f"add SHA256:{written}")[0].startswith("Only the certificate that your")
    keeper_of(alice).owners[OTHER] = "alice"  # the operator can
    assert cert(alice, "LIST") == [
        "These certificates log in to alice (2 of at most 10):",
        f"{MINE} (of this connection)",
        OTHER,
    ]
    again = newcomer(world)
    again.transport = SHOWN
    assert " 903 " in ask(again, "AUTHENTICATE EXTERNAL", "AUTHENTICATE +")[-1]
    assert cert(alice, f"DEL {OTHER}") == [
        f"The certificate {OTHER} does not log in to alice any more."
    ]
    assert cert(alice, f"DEL {OTHER}") == [
        "The certificate was not removed: it does not log in to your account."
    ]
    assert cert(alice, "ADD nonsense")[0].startswith(
        "That is not a fingerprint: expected a SHA-256"
    )
    assert cert(alice, "SHOW")[0].startswith("Usage: CERT ADD")


def test_a_certificate_may_be_named_that_the_connection_shows() -> None:
    alice = come_in(scene("alice"), "alice")
    alice.transport = SHOWN
    assert cert(alice, f"ADD {MINE.upper()}") == [
        f"The certificate {MINE} logs in to alice from now on."
    ]


def test_nobody_gets_that_of_another() -> None:
    world = scene("alice", "bob")
    keeper_of(come_in(world, "alice")).owners[MINE] = "alice"
    bob = come_in(world, "bob")
    bob.transport = SHOWN
    assert cert(bob, "ADD") == [
        "The certificate was not added: it logs in to another account; log in with it, and remove"
        " it there."
    ]
    assert cert(bob, f"DEL {MINE}")[0].startswith("The certificate was not removed")
    assert keeper_of(bob).owners == {MINE: "alice"}
    guest = newcomer(world)
    say(guest, "NICK guest", "USER g 0 * :g", "CAP END")
    heard(guest)
    assert cert(guest, "ADD") == ["Log in first."]


def test_whoever_shows_a_removed_certificate_is_put_out() -> None:
    """It may have been stolen. The connection that removes it stays."""
    world = scene("alice")
    ended: list[tuple[object, str]] = []
    world.on_expelled = lambda session, why: ended.append((session, why))
    alice = come_in(world, "alice")
    alice.transport = SHOWN
    thief, phone = come_in(world, "alice", "al2"), come_in(world, "alice", "al3")
    thief.transport, phone.transport = SHOWN, Transport(True, "TLSv1.3", OTHER)
    cert(alice, "ADD")
    cert(alice, "DEL")
    assert ended == [(thief, REMOVED)]
