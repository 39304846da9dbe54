"""Whose connections end with a password, and which logins a change overtakes."""

import base64

from chat.people import BareWorld, say
from chat.test_accounts import (
    PASSWORD,
    ask,
    codes,
    come_in,
    keeper_of,
    log_in,
    newcomer,
    scene,
)
from chatroom.chat.ports import Recipient
from chatroom.chat.session import Session
from chatroom.wire.sasl import prepared
from chatroom.wire.scram import derive
from wire import scram_client


def expelled(world: BareWorld) -> list[Recipient]:
    """Filled with the sessions whose connections end."""
    ended: list[Recipient] = []
    world.on_expelled = lambda session, _why: ended.append(session)
    return ended


def test_a_new_password_ends_the_account_s_other_connections() -> None:
    """Those of the same user, too: somebody who knew the old password may be one of them."""
    world = scene("alice", "bob")
    ended = expelled(world)
    owner, other = come_in(world, "alice"), come_in(world, "alice", "elsewhere")
    shared = newcomer(world)
    say(shared, "NICK alice", "USER u 0 * :u")
    log_in(shared, "alice")
    ask(shared, "CAP END")
    assert shared.user is owner.user
    come_in(world, "bob")
    told = ask(owner, "PRIVMSG NickServ :SET PASSWORD another-word")
    assert told[-1].endswith("Your password was changed.")
    assert len(ended) == 2
    assert ended[0] is shared
    assert ended[1] is other


def scram_up_to_the_proof(world: BareWorld) -> tuple[Session, str]:
    """A session, and the line with its proof."""
    session = newcomer(world)
    first = scram_client.first("alice", "fyko")
    told = ask(
        session, "AUTHENTICATE SCRAM-SHA-256", f"AUTHENTICATE {base64.b64encode(first).decode()}"
    )
    answer = scram_client.answer(first, base64.b64decode(told[1].split()[-1]), prepared(PASSWORD))
    return session, f"AUTHENTICATE {base64.b64encode(answer.message).decode()}"


def test_scram_with_a_password_that_is_changed_meanwhile() -> None:
    """Also if the server has acknowledged the proof, and waits only for the empty last message."""
    world = scene("alice")
    session, proof = scram_up_to_the_proof(world)
    assert codes(ask(session, proof)) == ["AUTHENTICATE"]
    keeper_of(session).keys["alice"] = derive(prepared("another word"), b"salt", 1)
    assert codes(ask(session, "AUTHENTICATE +")) == ["904"]
    assert not session.user.account


def test_proofs_that_come_together_are_slowed_too() -> None:
    """Those of many connections, which all began before the first of them failed."""
    world = scene("alice")
    session, proof = scram_up_to_the_proof(world)
    keeper_of(session).refused_seconds = 7.4
    assert "try again in 7 seconds" in ask(session, proof)[0]


def test_logging_out_ends_the_connection_where_an_account_is_required() -> None:
    world = scene("alice", required=True)
    ended = expelled(world)
    owner = come_in(world, "alice")
    shared = newcomer(world)
    say(shared, "NICK alice", "USER u 0 * :u")
    log_in(shared, "alice")
    ask(shared, "CAP END")
    ask(shared, "PRIVMSG NickServ :LOGOUT")
    assert "need an account" in shared.closing
    assert len(ended) == 1
    assert ended[0] is owner
