"""What an event says holds when it is applied, whatever has happened since it was made."""

import pytest

from chat.memory_history import MemoryHistory
from chat.people import NOW, a_world, arrive, begin, heard, say
from chatroom.chat.commands.redaction import REDACTION_PATIENCE
from chatroom.chat.output.answers import finish
from chatroom.chat.output.playback import MESSAGES_PER_STEP
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Event, NickChanged, RoomModeChange, RoomModesChanged, Said
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.modes import ModeChange
from chatroom.wire.reference import HistoryBusy, HistoryError

ALL = frozenset({"batch", "server-time", "message-tags", "draft/chathistory"})


class Full(MemoryHistory):
    """A history that takes nothing while it is full."""

    full = False

    def record(self, room: str, message: Message, now: float, account: str = "") -> Message:
        if self.full:
            raise HistoryError("full")
        return super().record(room, message, now, account)


def test_a_rank_is_the_user_s_and_not_the_nickname_s() -> None:
    """Nicknames may change hands between deciding and applying."""
    world = a_world()
    op, bob, eve = (arrive(world, nick) for nick in ("op", "bob", "eve"))
    for person in (op, bob, eve):
        say(person, "JOIN #den")
    change = RoomModeChange(ModeChange(True, "o", "bob"), bob.user.id)
    event = RoomModesChanged(op.user.id, "#den", (change,), NOW)
    apply(world, NickChanged(bob.user.id, "robert", 0, NOW))
    apply(world, NickChanged(eve.user.id, "bob", 0, NOW))
    apply(world, event)
    room = world.rooms["#den"]
    assert room.is_operator(bob.user)
    assert not room.is_operator(eve.user)


def test_an_event_has_its_own_time() -> None:
    world = a_world()
    ann, bob = arrive(world, "ann"), arrive(world, "bob", frozenset({"server-time"}))
    for person in (ann, bob):
        say(person, "JOIN #den")
    heard(bob)
    world.set_time(NOW + 5000, 5000)
    message = Message("PRIVMSG", ("#den", "hi"), ann.user.source)
    apply(world, Said(ann.user.id, "#den", "", message, NOW + 100))
    assert ann.user.spoke_at == NOW + 100
    assert heard(bob)[0].startswith("@time=2023-11-14T22:15:00.000Z ")


def test_the_position_is_that_of_then() -> None:
    """A log that was full kept less than the log of another world to which the same happens."""
    log, events = Full(), list[Event]()
    world = a_world(log=log)
    world.on_event = events.append
    ann = arrive(world, "ann")
    say(ann, "JOIN #den", "PRIVMSG #den :one")
    log.full = True
    bob = arrive(world, "bob")
    say(bob, "JOIN #den", "JOIN #den2", "NICK bobby")
    log.full = False
    say(bob, "PRIVMSG #den :two", "JOIN #den3", "NICK bob")
    other = a_world(log=MemoryHistory())
    for event in events:
        apply(other, event)
    assert other.snapshot() == world.snapshot()


def test_the_password_is_in_no_snapshot() -> None:
    world = a_world()
    assert "password" not in str(world.snapshot())


def test_an_away_notice_comes_before_the_echo() -> None:
    world = a_world()
    ann, bob = arrive(world, "ann", frozenset({"echo-message"})), arrive(world, "bob")
    say(bob, "AWAY :tea")
    say(ann, "PRIVMSG bob :hi")
    assert [line.split()[1] for line in heard(ann)] == ["301", "PRIVMSG"]


def test_an_invitation_to_a_permanent_room_outlives_its_members() -> None:
    """Only those to rooms that are no more are forgotten."""
    world = a_world()
    op, guest = arrive(world, "op"), arrive(world, "guest")
    say(op, "JOIN #hall")
    world.rooms["#hall"].permanent = True
    say(op, "MODE #hall +i", "INVITE guest #hall", "PART #hall", "JOIN #n", "INVITE guest #n")
    say(guest, "JOIN #hall")
    assert guest.user in world.rooms["#hall"].members


@pytest.mark.parametrize("line", ["CHATHISTORY LATEST #den * 50", "JOIN #den"])
def test_who_is_removed_gets_no_more_of_a_history(line: str) -> None:
    """Not even of a page that was read before."""
    world: World = a_world(log=MemoryHistory(), replay=50)
    op = arrive(world, "op")
    said = 3 * MESSAGES_PER_STEP
    say(op, "JOIN #den", *(f"PRIVMSG #den :{number}" for number in range(said)))
    capabilities = ALL - {"draft/chathistory"} if line.startswith("JOIN") else ALL
    bob = arrive(world, "bob", capabilities)
    if not line.startswith("JOIN"):
        say(bob, "JOIN #den")
    say(op, "MODE #den +s")
    heard(bob)
    begin(bob, line)
    shown = heard(bob)
    while not any("PRIVMSG" in one for one in shown):
        assert bob.answer is not None
        bob.answer.advance()
        shown += heard(bob)
    say(op, "KICK #den bob")
    finish(bob)
    rest = heard(bob)
    assert not [one for one in rest if " PRIVMSG " in one]
    assert "BATCH -" in rest[-1]


class Busy(MemoryHistory):
    """A history whose lock a worker has, for so many tries."""

    tries = 0

    def redact(self, room: str, msgid: str, redaction: Message) -> None:
        self.tries -= 1
        if self.tries >= 0:
            raise HistoryBusy("a worker is writing")
        super().redact(room, msgid, redaction)


def test_a_redaction_waits_for_a_worker() -> None:
    """It is refused only if that takes too long; rights are checked at each try."""
    log = Busy()
    world = a_world(log=log)
    bob = arrive(world, "bob", frozenset({"draft/message-redaction", "echo-message"}))
    say(bob, "JOIN #den", "PRIVMSG #den :oops")
    msgid = log.last_msgid
    log.tries = 3
    heard(bob)
    begin(bob, f"REDACT #den {msgid}")
    assert heard(bob) == []
    finish(bob)
    assert heard(bob) == [f":bob!~bob@192.0.2.1 REDACT #den {msgid}"]
    say(bob, "PRIVMSG #den :again")
    log.tries = 10**6
    heard(bob)
    begin(bob, f"REDACT #den {log.last_msgid}")
    world.set_time(NOW + REDACTION_PATIENCE + 1, REDACTION_PATIENCE + 1)
    finish(bob)
    assert "HISTORY_UNAVAILABLE" in heard(bob)[-1]
    begin(bob, f"REDACT #den {log.last_msgid}")
    say(bob, "PART #den")
    finish(bob)
    assert "INVALID_TARGET" in heard(bob)[-1]
