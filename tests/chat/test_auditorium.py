"""Mode u: people without a rank do not see each other (as on Ergo and InspIRCd), wherever it might
show."""

from collections.abc import Iterator
from typing import Any

import pytest

from chat.memory_history import MemoryHistory
from chat.metadata_people import answers, ask, begin, come, in_batch
from chat.people import BareWorld, a_world, arrive, hang_up, heard, read_now, say
from chat.test_queries import asked, make_operator
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.changes import auditorium
from chatroom.chat.state.events import HostChanged, LoggedIn, RanksGiven
from chatroom.chat.state.model import User

CAPABILITIES = frozenset(
    {"account-notify", "away-notify", "batch", "chghost", "extended-join", "invite-notify",
     "setname"}
)  # fmt: skip
"""All by which others learn something of a member."""


class Hall:
    """An auditorium: op and vera have ranks, ann and ben do not; eve is outside."""

    def __init__(self, modes: str = "+u") -> None:
        self.world: BareWorld = a_world(log=MemoryHistory())
        self.op = self.enter("op")
        say(self.op, f"MODE #hall {modes}")
        self.vera = self.enter("vera")
        apply(self.world, RanksGiven("#hall", "v", (self.vera.user.id,), self.world.now))
        self.ann, self.ben = self.enter("ann"), self.enter("ben")
        self.eve = arrive(self.world, "eve")
        self.quiet()

    def enter(self, nick: str) -> Session:
        session = arrive(self.world, nick, CAPABILITIES)
        say(session, "JOIN #hall")
        return session

    def quiet(self) -> None:
        for one in (self.op, self.vera, self.ann, self.ben, self.eve):
            heard(one)

    def told(self) -> dict[str, list[str]]:
        """The commands that each of those who were told anything was told."""
        people = {"op": self.op, "vera": self.vera, "ann": self.ann, "ben": self.ben}
        lines = {nick: heard(session) for nick, session in people.items()}
        return {nick: [_command(one) for one in told] for nick, told in lines.items() if told}


def _command(line: str) -> str:
    words = line.split()
    return words[2] if words[0].startswith("@") else words[1]


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [
        ("op", "@op +vera ann ben"),
        ("vera", "@op +vera ann ben"),
        ("ann", "@op +vera ann"),
        ("ben", "@op +vera ben"),
        ("eve", "@op +vera"),
    ],
)
def test_names_and_who(viewer: str, seen: str) -> None:
    """Of the room, of all rooms, and of a mask that finds people who are invisible elsewhere."""
    hall = Hall()
    session = getattr(hall, viewer)
    (names,) = [each[-1] for each in asked(session, "NAMES #hall") if each[0] == "353"]
    assert names == seen
    assert ("353", "=", "#hall", seen) in asked(session, "NAMES")
    nicks = [each.lstrip("@+") for each in seen.split()]
    assert [each[5] for each in asked(session, "WHO #hall") if each[0] == "352"] == nicks
    say(hall.ben, "MODE ben +i")
    found = [each for each in asked(session, "WHO b*") if each[0] == "352"]
    assert bool(found) is ("ben" in nicks)


def test_an_operator_of_the_server_sees_all() -> None:
    hall = Hall()
    make_operator(hall.eve)
    assert ("353", "=", "#hall", "@op +vera ann ben") in asked(hall.eve, "NAMES #hall")


def test_whois() -> None:
    """The room is not among those of somebody whom it hides."""
    hall = Hall()

    def rooms(viewer: Session, nick: str) -> list[str]:
        return [each[2] for each in asked(viewer, f"WHOIS {nick}") if each[0] == "319"]

    assert rooms(hall.ann, "ben") == rooms(hall.eve, "ben") == []
    assert rooms(hall.ann, "vera") == ["+#hall"]
    assert rooms(hall.vera, "ben") == rooms(hall.ben, "ben") == ["#hall"]
    assert [each[1] for each in asked(hall.ann, "WHO ben") if each[0] == "352"] == ["*"]


def test_entering_and_leaving() -> None:
    """Only those with a rank, and the person, see it; as the log has it, JOIN has a msgid."""
    hall = Hall()
    cat = hall.enter("cat")
    assert hall.told() == {"op": ["JOIN"], "vera": ["JOIN"]}
    assert heard(cat)[0].split()[1] == "JOIN"
    say(cat, "PART #hall")
    assert hall.told() == {"op": ["PART"], "vera": ["PART"]}
    assert [_command(line) for line in heard(cat)] == ["PART"]
    dan = hall.enter("dan")
    hall.quiet()
    hang_up(dan)
    assert hall.told() == {"op": ["QUIT"], "vera": ["QUIT"]}


def test_who_has_a_rank_is_seen() -> None:
    """Coming in with one, and leaving."""
    hall = Hall()
    say(hall.vera, "PART #hall")
    assert hall.told().keys() == {"op", "vera", "ann", "ben"}
    room = hall.world.rooms["#hall"]
    room.registered = 1.0
    room.keep_rank("account", "o", True)
    cat = arrive(hall.world, "cat")
    apply(hall.world, LoggedIn(cat.user.id, "account", hall.world.now))
    say(cat, "JOIN #hall")
    told = hall.told()
    assert told["ann"] == told["ben"] == ["JOIN", "MODE"]


def test_being_put_out() -> None:
    hall = Hall()
    say(hall.op, "KICK #hall ben :out")
    assert hall.told() == {"op": ["KICK"], "vera": ["KICK"], "ben": ["KICK"]}


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("NICK bill", "NICK"),
        ("AWAY :tea", "AWAY"),
        ("SETNAME :Ben", "SETNAME"),
    ],
)
def test_what_happens_to_a_listener(line: str, command: str) -> None:
    hall = Hall()
    say(hall.ben, line)
    told = hall.told()
    assert told.pop("ben")[-1] in (command, "306")
    assert told == {"op": [command], "vera": [command]}


def test_logging_in() -> None:
    """ACCOUNT, also to oneself."""
    hall = Hall()
    apply(hall.world, LoggedIn(hall.ben.user.id, "ben", hall.world.now))
    assert hall.told() == {"op": ["ACCOUNT"], "vera": ["ACCOUNT"], "ben": ["900", "ACCOUNT"]}


def test_another_host() -> None:
    """CHGHOST, and QUIT and JOIN for clients without it."""
    hall = Hall()
    hall.vera.agree_on(frozenset())
    user, now = hall.ben.user, hall.world.now
    apply(hall.world, HostChanged(user.id, "~ben", "ben.example", hall.world.log.position, now))
    told = hall.told()
    assert (told["op"], told["vera"]) == (["CHGHOST"], ["QUIT", "JOIN"])
    assert "ann" not in told


def test_metadata() -> None:
    """Of a listener, nobody without a rank is told: neither at once nor when they ask."""
    world = begin()
    alice, bob, cat = (come(world, nick, subscribe="url") for nick in ("alice", "bob", "cat"))
    for one in (alice, bob, cat):
        say(one, "JOIN #hall")
    say(alice, "MODE #hall +u")
    for one in (alice, bob, cat):
        heard(one)
    ask(bob, "METADATA * SET url x")
    assert answers(alice) == ["761 alice bob url * x"]
    assert answers(cat) == []
    assert in_batch(ask(cat, "METADATA #hall SYNC"), "#hall") == []
    assert in_batch(ask(alice, "METADATA #hall SYNC"), "#hall") == ["761 alice bob url * x"]


def test_who_shares_another_room_learns_it_there() -> None:
    """Once."""
    hall = Hall()
    say(hall.ann, "JOIN #open")
    say(hall.ben, "JOIN #open")
    say(hall.op, "JOIN #open")
    hall.quiet()
    say(hall.ben, "NICK bill")
    assert hall.told() == {nick: ["NICK"] for nick in ("op", "vera", "ann", "ben")}
    hang_up(hall.ben)
    assert hall.told() == {nick: ["QUIT"] for nick in ("op", "vera", "ann")}


def test_who_watches_a_nickname_hears_of_it() -> None:
    """extended-monitor: once, also if the common room hides the person."""
    hall = Hall()
    for one in (hall.ann, hall.vera):
        one.agree_on(CAPABILITIES | {"extended-monitor"})
        say(one, "MONITOR + ben")
    hall.quiet()
    say(hall.ben, "AWAY :tea")
    told = hall.told()
    assert (told["ann"], told["vera"]) == (["AWAY"], ["AWAY"])


def test_inviting_somebody_who_is_hidden() -> None:
    """It does not say that they are there; it does to those who see them."""
    hall = Hall()
    assert asked(hall.ann, "INVITE ben #hall")[0][0] == "341"
    assert asked(hall.vera, "INVITE ben #hall")[0][0] == "443"


def test_speaking() -> None:
    """What is said is heard by all."""
    hall = Hall()
    say(hall.ben, "PRIVMSG #hall :hello")
    assert hall.told() == {nick: ["PRIVMSG"] for nick in ("op", "vera", "ann")}


# What clients have in their lists of members


def _happened(session: Session) -> list[str]:
    """What a client was told: the commands, and whom JOIN and PART are about."""
    plain = [line.split(" ", 1)[1] if line[0] == "@" else line for line in heard(session)]
    words = [line.split() for line in plain]
    return [
        f"{each[1]} {each[0][1:].split('!')[0]}" if each[1] in ("JOIN", "PART") else each[1]
        for each in words
    ]


def happened(hall: Hall) -> dict[str, list[str]]:
    people = {"op": hall.op, "vera": hall.vera, "ann": hall.ann, "ben": hall.ben}
    return {nick: found for nick, session in people.items() if (found := _happened(session))}


def test_a_rank_shows_a_member() -> None:
    """The others hear of them before they see the rank; and they hear of the others."""
    hall = Hall()
    say(hall.op, "MODE #hall +v ben")
    assert happened(hall) == {
        "op": ["MODE"],
        "vera": ["MODE"],
        "ann": ["JOIN ben", "MODE"],
        "ben": ["MODE", "JOIN ann"],
    }
    assert ("353", "=", "#hall", "@op +vera ann +ben") in asked(hall.ann, "NAMES #hall")
    say(hall.op, "MODE #hall +h ben", "MODE #hall -h ben")  # they have another one
    assert all(set(lines) == {"MODE"} for lines in happened(hall).values())


def test_without_a_rank_a_member_is_hidden() -> None:
    """No client keeps somebody in its list of whom it will not hear that they leave."""
    hall = Hall()
    say(hall.op, "MODE #hall -v vera")
    assert happened(hall) == {
        "op": ["MODE"],
        "vera": ["MODE", "PART ann", "PART ben"],
        "ann": ["MODE", "PART vera"],
        "ben": ["MODE", "PART vera"],
    }
    say(hall.op, "MODE #hall -o op")
    assert happened(hall)["op"] == ["MODE", "PART vera", "PART ann", "PART ben"]


def test_both_in_one_line() -> None:
    hall = Hall()
    say(hall.op, "MODE #hall -v+v vera ben")
    told = happened(hall)
    assert told["ann"] == ["JOIN ben", "MODE", "PART vera"]
    assert told["ben"] == ["MODE", "JOIN ann"]
    assert told["vera"] == ["MODE", "PART ann"]
    say(hall.op, "MODE #hall +v-v+v ann ben vera")
    assert happened(hall)["ann"] == ["JOIN vera", "MODE"]


def test_the_mode_hides_and_shows_all_without_a_rank() -> None:
    hall = Hall("-u")
    say(hall.op, "MODE #hall +u")
    assert happened(hall) == {
        "op": ["MODE"],
        "vera": ["MODE"],
        "ann": ["MODE", "PART ben"],
        "ben": ["MODE", "PART ann"],
    }
    say(hall.ben, "AWAY :tea")
    hall.quiet()
    say(hall.op, "MODE #hall -u")
    told = happened(hall)
    assert (told["ann"], told["ben"]) == (["MODE", "JOIN ben", "AWAY"], ["MODE", "JOIN ann"])
    say(hall.op, "MODE #hall +u-u")
    assert all(lines == ["MODE"] for lines in happened(hall).values())


def test_who_enters_with_a_rank_is_announced_once() -> None:
    """And is sent the names of all, not a JOIN of each."""
    hall = Hall()
    room = hall.world.rooms["#hall"]
    room.registered = 1.0
    room.keep_rank("account", "v", True)
    cat = arrive(hall.world, "cat", CAPABILITIES)
    say(cat, "AWAY :tea")
    apply(hall.world, LoggedIn(cat.user.id, "account", hall.world.now))
    heard(cat)
    say(cat, "JOIN #hall")
    assert happened(hall)["ann"] == ["JOIN cat", "AWAY", "MODE"]
    own = _happened(cat)
    assert own.count("JOIN cat") == 1
    assert not {"JOIN ann", "JOIN ben"} & set(own)


def test_what_happens_between_the_steps() -> None:
    """A client that has not heard of a new name, or that somebody left, is told to forget the old
    one; and who has left hears nothing."""
    hall = Hall("-u")
    steps: list[Iterator[None]] = []
    hall.world.in_steps = steps.append
    cat, dan = hall.enter("cat"), hall.enter("dan")
    hall.quiet()
    say(hall.op, "MODE #hall +u")
    say(hall.ann, "PART #hall")
    say(hall.ben, "NICK bill")
    say(hall.op, "MODE #hall +v cat")
    for one in (*vars(hall).values(), dan, cat):
        if isinstance(one, Session):
            heard(one)
    for each in steps:
        assert list(each) == []
    assert "PART ann" in _happened(dan)
    assert _happened(cat) == ["PART ann", "PART ben", "JOIN bill", "JOIN dan"]
    assert _happened(hall.ann) == []


def test_larger_rooms_have_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines would be as many as the square of the members; those about one member are not."""
    monkeypatch.setattr(auditorium, "MOST", 2)
    hall = Hall("-u")
    hall.enter("cat")
    hall.quiet()
    say(hall.op, "MODE #hall +u")
    assert all(lines == ["MODE"] for lines in happened(hall).values())
    say(hall.op, "MODE #hall -v vera")
    assert happened(hall)["ann"] == ["MODE", "PART vera"]


class Uncounted(dict[User, str]):
    """Members whom nobody goes through."""

    def __iter__(self) -> Iterator[User]:
        raise AssertionError

    def items(self) -> Any:
        raise AssertionError


def test_leaving_many_auditoriums_looks_at_ranks_only() -> None:
    """QUIT out of fifty rooms of a thousand is one step."""
    hall = Hall()
    room = hall.world.rooms["#hall"]
    room.members = Uncounted(room.members)
    hang_up(hall.ben)
    assert hall.told() == {"op": ["QUIT"], "vera": ["QUIT"]}


def test_the_history_does_not_have_the_hidden() -> None:
    """Not even for those who saw them come: the log is one for all."""
    hall = Hall()
    cat = hall.enter("cat")
    say(cat, "NICK carl", "PART #hall")
    hang_up(hall.ben)
    events = read_now(hall.op, "#hall", 50, ["JOIN", "PART", "QUIT", "NICK", "KICK"])
    assert [(one.command, one.nick) for one in events] == [("JOIN", "op")]


def test_without_the_mode_everybody_is_seen() -> None:
    hall = Hall("-u")
    say(hall.ben, "NICK bill")
    assert hall.told().keys() == {"op", "vera", "ann", "ben"}
    assert ("353", "=", "#hall", "@op +vera ann bill") in asked(hall.ann, "NAMES #hall")
