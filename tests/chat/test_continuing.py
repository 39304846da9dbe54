"""A chat goes on in another world, as if nothing had happened (`chat.continuing`)."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from chat.conversation import FIXED, Step, a_new_world, play
from chat.moved import move
from chat.people import arrive, begin, heard, say
from chat.test_determinism import EXAMPLES, STEPS
from chatroom.chat.continuing import take
from chatroom.chat.login import Login, restored_login
from chatroom.chat.ports import Transport
from chatroom.wire.sasl import CHUNK
from chatroom.wire.scram import ClientExchange, ServerExchange, client_first, derive
from chatroom.wire.tokens import API, Token


@settings(max_examples=EXAMPLES)
@given(STEPS, st.sets(st.integers(0, 30), max_size=3))
def test_nobody_notices(steps: list[Step], moves: set[int]) -> None:
    """Everybody gets the same bytes, the events are the same, and so is the world in the end."""
    stayed, moved = play(steps), play(steps, moves)
    assert moved.sent == stayed.sent
    assert moved.events == stayed.events
    assert moved.world.digest == stayed.world.digest


def test_nobody_notices_wherever_it_happens() -> None:
    """In a conversation with all that can happen, again and again."""
    stayed = play(FIXED)
    for begin_at in range(3):
        moved = play(FIXED, range(begin_at, len(FIXED), 7))
        assert moved.sent == stayed.sent
        assert moved.world.digest == stayed.world.digest


def test_what_a_client_was_doing() -> None:
    """A message of several lines that is not complete goes on, and so does its label."""
    world = a_new_world()
    wanted = frozenset({"batch", "draft/multiline", "echo-message", "labeled-response"})
    alice = arrive(world, "alice", wanted)
    say(alice, "JOIN #den", "@label=7 BATCH +1 draft/multiline #den", "@batch=1 PRIVMSG #den :one")
    heard(alice)
    other = a_new_world()
    (alice,) = move(world, other, [alice])
    say(alice, "@batch=1 PRIVMSG #den :two", "BATCH -1")
    first, *lines, _ = heard(alice)
    assert first.startswith("@label=7 :alice!~alice@192.0.2.1 BATCH +")
    assert [line.rpartition(" ")[2] for line in lines] == [":one", ":two"]


def test_what_a_session_is() -> None:
    """Also what only few of them have."""
    world = a_new_world()
    alice = arrive(world, "alice")
    alice.transport = Transport(True, "TLSv1.3", "ab" * 32)
    alice.key = Token(3, 5, API, "bot", ("#den",), "read", 1.0, 2.0, "192.0.2.7", "agent")
    alice.password, alice.claimed, alice.wanted = "secret", "bob", "carol"
    alice.offered, alice.put_out, alice.taken = 4, True, 9
    other = a_new_world()
    (moved,) = move(world, other, [alice])
    assert moved.snapshot() == alice.snapshot()
    assert moved.transport == alice.transport
    assert moved.key == alice.key


def test_an_answer_is_under_way() -> None:
    """Nothing that a function would have to go on with is in the values."""
    world = a_new_world()
    alice = arrive(world, "alice")
    assert not alice.is_under_way
    begin(alice, "JOIN " + ",".join(f"#room{number}" for number in range(20)))
    assert alice.is_under_way


def test_values_are_few() -> None:
    """An attribute with its usual value is left out, so that it may also be one that an older
    version does not have."""
    world = a_new_world()
    alice = arrive(world, "alice", frozenset({"echo-message"}))
    values = json.loads(json.dumps(take(world, [alice])))
    assert values["sessions"][0].keys() == {
        "user", "allowance", "capabilities", "host", "transport",
    }  # fmt: skip


def test_a_login_between_two_messages() -> None:
    """SCRAM's exchange goes on, and part of a message, too."""
    keys = derive(b"sesame", b"salt of sixteen!", 1)
    client = ClientExchange("alice", b"sesame", "nonce")
    login = Login("SCRAM-SHA-256")
    login.account = "alice"
    login.exchange = ServerExchange(client_first(client.first), keys, "ours")
    login.chunks.add("x" * CHUNK)
    last = client.answer(login.exchange.challenge)
    restored = restored_login(json.loads(json.dumps(login.snapshot())))
    assert restored.exchange is not None
    assert client.accepts(restored.exchange.finish(last) or b"")
    assert restored.snapshot() == login.snapshot()
    assert restored.chunks.snapshot() == ["x" * CHUNK]
