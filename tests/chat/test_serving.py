"""What operators of the server do besides banning: REHASH, WALLOPS, GLOBAL, SAMODE, SAJOIN, AUDIT,
and that all of it is in the audit log."""

import pytest

from chat.memory_history import MemoryHistory
from chat.people import BareWorld, Peer, a_world, arrive, heard, say, world_of
from chatroom.chat.ports import LOCAL
from chatroom.chat.privileges import PRIVILEGES
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import (
    AccountAdded,
    LoggedIn,
    OperatorMade,
    OperatorUnmade,
    RoomRegistered,
)

WHO = "boss!~boss@192.0.2.1"


class Audit:
    """An audit log in memory."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str, str]] = []

    def note(self, _at: float, who: str, name: str, what: str) -> None:
        self.entries.append((who, name, what))

    def recent(self, count: int) -> list[str]:
        return [what for _, _, what in self.entries[-count:]]


def scene(*privileges: str) -> tuple[BareWorld, Session]:
    world = a_world(log=MemoryHistory())
    world.audit = Audit()
    boss = arrive(world, "boss")
    make(boss, *(privileges or PRIVILEGES))
    return world, boss


def make(session: Session, *privileges: str) -> None:
    world = world_of(session)
    event = OperatorMade(session.user.id, "root", "helper", privileges, False, world.now)
    apply(world, event)
    heard(session)


def ask(session: Session, *lines: str) -> list[str]:
    say(session, *lines)
    return heard(session)


def did(world: BareWorld) -> list[str]:
    assert isinstance(world.audit, Audit)
    return [what for _, _, what in world.audit.entries]


def test_everything_is_noted() -> None:
    """With who did it; what was refused is not, because nothing was done."""
    world, boss = scene()
    say(
        boss, "KILL nobody", "KLINE 2h eve!*@* :spam", "STATS k", "WALLOPS :a b", "AUDIT 3", "WHO *"
    )
    apply(world, OperatorUnmade(boss.user.id, world.now))
    assert isinstance(world.audit, Audit)
    assert {(who, name) for who, name, _ in world.audit.entries} == {(WHO, "root")}
    assert did(world) == [
        "became an operator, class helper",
        "KLINE 2h eve!*@* spam",
        "STATS k",
        "WALLOPS a b",
        "AUDIT 3",
        "is no longer an operator",
    ]


@pytest.mark.parametrize(
    "line",
    ["KILL boss", "KLINE x!*@*", "DLINE 10.0.0.0/8", "STATS d", "STATS o", "REHASH", "GLOBAL :x",
     "WALLOPS :x", "SAMODE #a +m", "SAJOIN #a", "AUDIT"],
)  # fmt: skip
def test_a_class_without_the_privilege(line: str) -> None:
    world, boss = scene("no such privilege")
    (said,) = ask(boss, line)[:1]
    assert said.startswith(":chatroom.local 481 boss :Your class helper of operators may not ")
    assert did(world) == ["became an operator, class helper"]


def test_wallops() -> None:
    """To operators, and to those who have set user mode w ("WALLOPS message")."""
    world, boss = scene()
    other, bob, willa = (arrive(world, nick) for nick in ("other", "bob", "willa"))
    make(other)
    say(willa, "MODE willa +w")
    heard(willa)
    line = f":{WHO} WALLOPS :look out"
    assert ask(boss, "WALLOPS :look out") == [line]
    assert heard(other) == heard(willa) == [line]
    assert heard(bob) == []
    say(willa, "MODE willa -w")
    heard(willa)
    say(boss, "WALLOPS :look out")
    assert heard(willa) == []


def test_global() -> None:
    """To everybody, the sender too."""
    world, boss = scene()
    people = [arrive(world, f"p{n}") for n in range(45)]
    assert ask(boss, "GLOBAL :tea at 5") == [f":{WHO} NOTICE boss :[To everybody] tea at 5"]
    for number, person in enumerate(people):
        assert heard(person) == [f":{WHO} NOTICE p{number} :[To everybody] tea at 5"]
    assert ask(boss, f"GLOBAL :{'é' * 200}")[0].split()[1:4] == ["FAIL", "GLOBAL", "TOO_LONG"]


def test_samode_takes_over_a_room_that_nobody_leads() -> None:
    """A secret one, without a rank or being in it; everybody there sees who did it."""
    world, boss = scene()
    bob, carol = arrive(world, "bob"), arrive(world, "carol")
    say(bob, "JOIN #den", "MODE #den +s-t")
    say(carol, "JOIN #den")
    say(bob, "PART #den")
    heard(carol)
    line = f":{WHO} MODE #den +qt carol"
    assert ask(boss, "SAMODE #den +qtb carol") == [line]
    assert heard(carol) == [line]
    assert ask(boss, "SAMODE #nowhere +m")[0].split()[1] == "403"
    assert ask(boss, "SAMODE #den +o bob")[0].split()[1] == "441"
    assert ask(boss, "SAMODE #den +x")[0].split()[1] == "472"


def test_samode_is_noted_also_if_a_letter_is_unknown() -> None:
    world, boss = scene()
    bob = arrive(world, "bob")
    say(bob, "JOIN #den")
    said = ask(boss, "SAMODE #den +XmXY")
    assert [line.split()[1:4] for line in said[1:]] == [["472", "boss", "X"], ["472", "boss", "Y"]]
    assert heard(bob)[-1] == f":{WHO} MODE #den +m"
    assert did(world)[-1] == "SAMODE #den +XmXY"


def test_samode_bans_whom_nobody_there_may_ban() -> None:
    world, boss = scene()
    bob = arrive(world, "bob")
    say(bob, "JOIN #den")
    line = f":{WHO} MODE #den +b *!*@192.0.2.1"
    assert ask(boss, "SAMODE #den +b *!*@192.0.2.1") == [line]
    assert heard(bob)[-1] == line


def test_sajoin() -> None:
    """Whatever keeps others out; also somebody else."""
    world, boss = scene()
    owner, bob = arrive(world, "owner"), arrive(world, "bob")
    say(owner, "JOIN #den", "MODE #den +iks key", "MODE #den +b *!*@192.0.2.1")
    heard(owner)
    said = ask(boss, "SAJOIN #den")
    assert said[0] == f":{WHO} JOIN :#den"
    assert [line.split()[1] for line in said[1:]] == ["353", "366"]
    assert heard(owner) == [f":{WHO} JOIN :#den"]
    ask(boss, "SAJOIN bob #DEN")
    assert ":bob!~bob@192.0.2.1 JOIN :#den" in heard(bob)
    assert ask(boss, "SAJOIN bob #den")[0].split()[1] == "443"
    assert ask(boss, "SAJOIN #nowhere")[0].split()[1] == "403"
    bob.shows_rooms_itself = True
    assert "ONE_ROOM_ONLY" in ask(boss, "SAJOIN bob #den")[0]


def test_sajoin_gives_the_ranks_that_are_due() -> None:
    """Who has a rank gets it on entering, by whatever way."""
    world, boss = scene()
    bob = arrive(world, "bob")
    apply(world, AccountAdded("bob"))
    apply(world, LoggedIn(bob.user.id, "bob", world.now))
    say(bob, "JOIN #den")
    apply(world, RoomRegistered("#den", "bob", world.now))
    say(bob, "PART #den")
    ask(boss, "SAJOIN bob #den")
    assert ":chatroom.local MODE #den +q bob" in heard(bob)


def test_sajoin_lets_nobody_in_who_is_not_secure() -> None:
    """Mode z promises the members that nothing they say travels in the clear."""
    _, boss = scene()
    owner, bob = arrive(world_of(boss), "owner"), arrive(world_of(boss), "bob")
    owner.transport = LOCAL
    say(owner, "JOIN #den", "MODE #den +z")
    assert ask(boss, "SAJOIN bob #den")[0].split()[1] == "489"
    bob.transport = LOCAL
    assert ask(boss, "SAJOIN bob #den") == []
    assert ":bob!~bob@192.0.2.1 JOIN :#den" in heard(bob)


def test_rehash() -> None:
    world, boss = scene()
    asked: list[object] = []
    world.on_rehash = asked.append
    assert ask(boss, "REHASH") == [":chatroom.local 382 boss chatroom.toml :Rehashing"]
    assert asked == [boss]


def test_audit() -> None:
    world, boss = scene()
    say(boss, *(f"WALLOPS :{number}" for number in range(60)))
    heard(boss)
    assert ask(boss, "AUDIT 2") == [
        ":chatroom.local NOTE AUDIT ENTRY :WALLOPS 58",
        ":chatroom.local NOTE AUDIT ENTRY :WALLOPS 59",
    ]
    assert len(ask(boss, "AUDIT")) == 10
    assert len(ask(boss, "AUDIT 9999")) == 50
    assert did(world)[-1] == "AUDIT 9999"
    assert isinstance(world.audit, Audit)
    world.audit.entries.clear()
    assert "EMPTY" in ask(boss, "AUDIT x")[0]


def test_stats_o() -> None:
    world, boss = scene()
    del world
    assert (
        ask(boss, "STATS o")[0] == ":chatroom.local 243 boss O 192.0.2.1 * boss :root, class helper"
    )


def test_stats_m() -> None:
    """How often each command was carried out; what was refused before is not counted."""
    world, boss = scene()
    guest = arrive(world, "guest")
    say(guest, "JOIN #a", "PRIVMSG #a :one", "PRIVMSG #a :two", "KICK", "NONSENSE")
    say(boss, "STATS m")
    lines = [line.split(" ")[3:] for line in heard(boss) if " 212 " in line]
    counts = dict(lines)
    assert (counts["PRIVMSG"], counts["JOIN"]) == ("2", "1")
    assert not {"KICK", "NONSENSE"} & counts.keys()
    assert lines == sorted(lines)


def test_stats_l() -> None:
    """The connections of people: what waits to be sent, and for how long they have been there."""
    world, boss = scene()
    world.set_time(world.now + 60, world.clock + 60)
    guest = arrive(world, "guest")
    assert isinstance(guest.peer, Peer)
    guest.peer.backlog = 512
    world.set_time(world.now + 5, world.clock + 5)
    say(boss, "STATS l")
    lines = [line for line in heard(boss) if " 211 " in line]
    assert lines == [
        ":chatroom.local 211 boss boss[~boss@192.0.2.1] 0 * * * * 65",
        ":chatroom.local 211 boss guest[~guest@192.0.2.1] 512 * * * * 5",
    ]
    assert did(world)[-1] == "STATS l"
