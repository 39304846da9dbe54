"""How long metadata last (IRCv3 draft/metadata-3): those of accounts and of rooms, over restarts,
new names and removals; and that nobody is told what could be lost."""

from contextlib import closing
from pathlib import Path

import pytest

from chat.metadata_people import (
    answers,
    ask,
    begin,
    come,
    in_batch,
    metadata_lines,
    settle,
    values,
)
from chat.people import NOW, BareWorld, first_step, hang_up, heard, say
from chat.stored_history import StoredHistory
from chatroom.chat.commands.ownership import register_room
from chatroom.chat.output.durable import PATIENCE
from chatroom.chat.permanent_rooms import open_rooms
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountRemoved, AccountRenamed, AccountSuspended
from chatroom.store.accounts import AccountStore
from chatroom.wire.reference import HistoryError
from chatroom.wire.scram import derive


@pytest.fixture
def world(history: StoredHistory) -> BareWorld:
    return begin(history)


def restarted(history: StoredHistory) -> BareWorld:
    """The next server: it has what is on disk."""
    history.commit()
    world = begin(history)
    open_rooms(world, [], history.saved_rooms())
    return world


def test_an_account_s_survive_a_restart_and_a_new_name(
    history: StoredHistory, world: BareWorld
) -> None:
    alice = come(world, "alice")
    ask(alice, "METADATA * SET url x", "METADATA * SET avatar é", "METADATA * SET url")
    hang_up(alice)
    assert values(come(world, "alice"), "*") == {"avatar": "é"}
    again = restarted(history)
    assert again.metadata.snapshot() == world.metadata.snapshot()
    apply(again, AccountRenamed("alice", "alicia", again.now))
    assert values(come(again, "dora", account="alicia"), "*") == {"avatar": "é"}


def test_the_last_value_leaves_nothing_behind(history: StoredHistory, world: BareWorld) -> None:
    alice = come(world, "alice")
    for last in ("SET url", "CLEAR"):
        ask(alice, "METADATA * SET url x")
        assert history.saved_metadata() == {1: {"url": "x"}}
        ask(alice, f"METADATA * {last}")
        assert history.saved_metadata() == {}


def test_all_that_are_cleared_are_saved_once(history: StoredHistory, world: BareWorld) -> None:
    """Twenty keys cost no twenty states of up to twenty keys."""
    alice = come(world, "alice")
    ask(alice, *(f"METADATA * SET key-{number} x" for number in range(20)))
    before = history.changes
    ask(alice, "METADATA * CLEAR")
    assert history.changes == before + 1


def test_a_guest_s_are_gone_with_them(history: StoredHistory, world: BareWorld) -> None:
    guest = come(world, "guest")
    ask(guest, "METADATA * SET url x")
    assert world.metadata.snapshot()
    hang_up(guest)
    assert world.metadata.snapshot() == []
    assert history.saved_metadata() == {}
    assert values(come(world, "guest"), "*") == {}


def test_they_are_gone_with_the_account(history: StoredHistory, world: BareWorld) -> None:
    """Also those of an account that the next one has the name of."""
    ask(come(world, "alice"), "METADATA * SET url x")
    ask(come(world, "bob"), "METADATA * SET url y")
    apply(world, AccountRemoved("alice", world.now))
    settle(world)
    assert history.saved_metadata() == {2: {"url": "y"}}
    assert world.metadata.snapshot() == [[2, {"url": "y"}]]


def test_they_are_gone_if_no_server_runs(history: StoredHistory, tmp_path: Path) -> None:
    """`account remove` removes them from the database."""
    with closing(AccountStore(tmp_path)) as accounts:
        zoe = accounts.add("zoe", derive(b"secret", b"salt", 1), NOW)
        history.save_metadata(zoe.number, {"url": "x"})
        history.commit()
        assert zoe.number in history.saved_metadata()
        accounts.remove("zoe")
    assert zoe.number not in history.saved_metadata()


def test_those_of_nobody_are_left_alone(history: StoredHistory) -> None:
    """Accounts may be removed by somebody who has only the file of accounts."""
    history.save_metadata(99, {"url": "x"})
    history.commit()
    assert begin(history).metadata.snapshot() == []


def test_suspension_keeps_them(history: StoredHistory, world: BareWorld) -> None:
    alice, bob = come(world, "alice"), come(world, "bob", subscribe="url")
    for one in (alice, bob):
        say(one, "JOIN #room")
    ask(alice, "METADATA * SET url x")
    heard(bob)
    apply(world, AccountSuspended("alice", True, world.now))
    assert metadata_lines(answers(bob)) == ["766 bob alice url Key not set"]
    assert history.saved_metadata() == {1: {"url": "x"}}


# Rooms


def owned(world: BareWorld) -> Session:
    """alice owns #room, in which bob is, too."""
    alice = come(world, "alice", "batch draft/metadata-3 draft/channel-rename")
    say(alice, "JOIN #room")
    register_room(world, alice, "#room")
    ask(alice, "METADATA #room SET url x")
    return alice


def test_a_registered_room_s_last(history: StoredHistory, world: BareWorld) -> None:
    alice = owned(world)
    say(alice, "PART #room")
    assert values(come(world, "bob"), "#room") == {"url": "x"}
    again = restarted(history)
    assert values(come(again, "bob"), "#room") == {"url": "x"}
    ask(alice, "JOIN #room", "METADATA #room CLEAR")
    assert values(come(restarted(history), "bob"), "#room") == {}


@pytest.mark.parametrize("modes", ["nt", "i", "s"])
def test_another_room_s_end_with_it(history: StoredHistory, world: BareWorld, modes: str) -> None:
    """Also those of one whose state is kept because its past is not for everybody."""
    carol = come(world, "carol")
    say(carol, "JOIN #room", f"MODE #room +{modes}")
    ask(carol, "METADATA #room SET url x")
    again = restarted(history)
    dora = come(again, "dora")
    say(dora, "JOIN #room")
    heard(dora)
    assert values(dora, "#room") == {}
    say(carol, "PART #room")
    ask(carol, "JOIN #room")
    assert values(carol, "#room") == {}


def test_a_renamed_room_keeps_them(history: StoredHistory, world: BareWorld) -> None:
    """Clients that do not know RENAME get them as by entering."""
    alice, bob = owned(world), come(world, "bob", subscribe="url")
    say(bob, "JOIN #room")
    heard(bob)
    ask(alice, "RENAME #room #hall")
    assert in_batch(answers(bob), "#hall") == ["761 bob #hall url * x"]
    assert values(alice, "#hall") == {"url": "x"}
    assert values(come(restarted(history), "carol"), "#hall") == {"url": "x"}


# Durable before seen


def test_nobody_is_told_what_could_be_lost(history: StoredHistory, world: BareWorld) -> None:
    """The answer and the news wait for the commit; on a disk that cannot be written it is a
    refusal."""
    alice, bob = come(world, "alice"), come(world, "bob", subscribe="url")
    for one in (alice, bob):
        say(one, "JOIN #room")
        settle(world)
    for one in (alice, bob):
        heard(one)
    first_step(alice, "METADATA * SET url x")
    assert alice.answer is not None
    alice.answer.advance()
    assert heard(alice) == heard(bob) == []
    settle(world)
    assert not alice.answer.advance()
    alice.answer = None
    assert answers(alice) == ["761 alice alice url * x"]
    assert answers(bob) == ["761 bob alice url * x"]

    def fails(_change: int) -> bool:
        raise HistoryError("disk full")

    history.has_written = fails  # type: ignore[assignment,method-assign]
    say(alice, "METADATA * SET url y")
    assert answers(alice) == ["FAIL METADATA INTERNAL_ERROR The metadata could not be saved"]
    assert answers(bob) == []
    assert values(alice, "*") == {"url": "x"}


class Disk:
    """Takes nothing from the tick on in which it is full; a commit of that tick fails."""

    def __init__(self, history: StoredHistory) -> None:
        self._history, self.full = history, False
        self._has_written = history.has_written
        history.has_written = self.has_written  # type: ignore[method-assign]

    def has_written(self, change: int) -> bool:
        written = self._has_written(change)
        if self.full and not written:
            raise HistoryError("disk full")
        return written


def refused_once_applied(disk: Disk, session: Session, line: str) -> list[str]:
    """The answer to a line in whose tick the disk turns out to be full."""
    first_step(session, line)
    assert session.answer is not None
    disk.full = True
    assert not session.answer.advance()
    session.answer = None
    disk.full = False
    return answers(session)


REFUSED = ["FAIL METADATA INTERNAL_ERROR The metadata could not be saved"]


def test_what_was_refused_is_undone(history: StoredHistory, world: BareWorld) -> None:
    """Memory and the disk agree, now and when the disk can be written again."""
    alice, disk = come(world, "alice"), Disk(history)
    say(alice, "JOIN #room")
    register_room(world, alice, "#room")
    ask(alice, "METADATA * SET url x", "METADATA #room SET url r", "METADATA * SET avatar a")
    before = {"url": "x", "avatar": "a"}
    for line in ("SET url y", "SET url", "SET homepage z", "CLEAR"):
        assert refused_once_applied(disk, alice, f"METADATA * {line}") == REFUSED
        assert values(alice, "*") == before
        history.commit()
        assert history.saved_metadata() == {1: before}
    for line in ("SET url y", "SET homepage z", "CLEAR"):
        assert refused_once_applied(disk, alice, f"METADATA #room {line}") == REFUSED
        assert values(alice, "#room") == {"url": "r"}
    heard(alice)
    assert values(come(restarted(history), "alice"), "*") == before


def test_a_change_waits_for_the_one_before(history: StoredHistory, world: BareWorld) -> None:
    """Otherwise a refused value would come back when the second change is undone."""
    alice, phone, disk = come(world, "alice"), come(world, "alice"), Disk(history)
    first_step(alice, "METADATA * SET url x")
    first_step(phone, "METADATA * SET url y")
    disk.full = True
    for one in (alice, phone):
        assert one.answer is not None
        assert not one.answer.advance()
        one.answer = None
        assert answers(one) == REFUSED
    assert values(alice, "*") == {}
    disk.full = False
    first_step(alice, "METADATA * SET url x")
    first_step(phone, "METADATA * SET url y")
    assert world.metadata_of(alice.user) == {"url": "x"}
    assert phone.answer is not None
    settle(world)
    assert phone.answer.advance()  # still
    assert alice.answer is not None
    assert not alice.answer.advance()
    assert phone.answer.advance()
    settle(world)
    assert not phone.answer.advance()
    assert (answers(alice), answers(phone)) == (
        ["761 alice alice url * x"],
        ["761 alice alice url * y"],
    )
    assert history.saved_metadata() == {1: {"url": "y"}}


def test_who_leaves_while_the_disk_is_full_holds_nobody_up(world: BareWorld) -> None:
    """Their answer is dropped, and with it their turn."""
    alice, phone = come(world, "alice"), come(world, "alice")
    first_step(alice, "METADATA * SET url x")
    alice.answer = None
    hang_up(alice)
    assert ask(phone, "METADATA * SET url y") == ["761 alice alice url * y"]


def test_a_disk_that_stays_busy_is_not_waited_for(world: BareWorld) -> None:
    alice = come(world, "alice")
    first_step(alice, "METADATA * SET url x")
    assert alice.answer is not None
    world.set_time(world.now + PATIENCE + 1, world.clock + PATIENCE + 1)
    assert not alice.answer.advance()
    alice.answer = None
    assert " INTERNAL_ERROR " in heard(alice)[0]


def test_a_guest_waits_for_nothing(world: BareWorld) -> None:
    """Theirs are not stored."""
    guest = come(world, "guest")
    first_step(guest, "METADATA * SET url x")
    assert guest.answer is None
    assert answers(guest) == ["761 guest guest url * x"]
