"""The chat against a plain model of users, accounts, ranks and rooms (`plain_model`).

People with several connections come and go, register accounts and rooms, give and take ranks, ban,
talk, and are suspended. After each step three things are compared with the model: the world; what
each client believes, from its lines alone (`onlooker`); and the refusal, if there was one. In the
end the events alone make the same world again.
"""

import json
from base64 import b64encode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chat.memory_history import MemoryHistory
from chat.memory_keeper import MemoryKeeper
from chat.moved import move
from chat.onlooker import Onlooker, SeenRoom
from chat.people import NOW, BareWorld, Peer, a_world, heard, say
from chat.plain_model import OWNS, PAUSE, RENAMED, WAITS, Account, Client, Model, No, Person, Room
from chatroom.chat.connections import attach, depart
from chatroom.chat.expiry import expire
from chatroom.chat.limits import Limits
from chatroom.chat.nicknames import time_is_up
from chatroom.chat.ports import Recipient
from chatroom.chat.session import Session
from chatroom.chat.settings import NEVER, AccountSettings, TlsSettings
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Event
from chatroom.server.account_changes import AccountChange, take_over
from chatroom.store.accounts import StoredAccount
from chatroom.wire.metadata import METADATA
from chatroom.wire.names import fold
from examples import examples

NAMES = ["ann", "Ann", "bob", "cat", "eve", "eve"]
ROOMS = ["#a", "#b"]
PASSWORDS = ["the first one", "the other one"]
KINDS = ["", "a:", "m:", "m:a:"]
FLAGS = "mniRMsUu"

OLD = frozenset({"multi-prefix", "sasl"})
FULL = OLD | {"account-notify", "batch", "echo-message", "extended-join", "server-time"}
FULL |= {"draft/channel-rename", METADATA}
"""Two kinds of clients; both know SASL and see all ranks."""

GRACE = 20
"""Seconds for which a nickname of somebody else's may be used, or for which a ban lasts."""

MOST = 7
"""Connections at a time."""

clients = st.integers(0, MOST - 1)
names = st.sampled_from(NAMES)
people = st.integers(0, MOST + len(NAMES))
"""The nickname of somebody who is here, or any of NAMES: see `Talk.called`."""

rooms = st.sampled_from(["#a", *ROOMS])
passwords = st.sampled_from([*PASSWORDS, ""])
"""An empty one stands for the right one."""

seldom = st.integers(0, 3)
"""What ends much is done only at 0."""


OPERATED: dict[str, Callable[[Model, Account, str], None]] = {
    "suspend": lambda model, account, _to: model.suspend(account),
    "resume": lambda _model, account, _to: setattr(account, "suspended", False),
    "remove": lambda model, account, _to: model.remove(account),
    "rename": lambda model, account, to: model.call(account, to),
}


class OperatedKeeper(MemoryKeeper):
    """Also what the operator's tool changes on disk."""

    def __init__(self) -> None:
        super().__init__()
        self.stored: dict[str, StoredAccount] = {}

    def find(self, name: str) -> StoredAccount | None:
        return self.stored.get(fold(name))

    def is_erased(self, _number: int) -> bool:
        return False


def a_new_world() -> BareWorld:
    """A world in which the limits of the model hold."""
    limits = Limits(rooms_per_account=OWNS, waiting=WAITS, flood_rate=0)
    world = a_world(limits, MemoryHistory())
    world.set_tls(TlsSettings(required=NEVER), False)
    world.keeper = OperatedKeeper()
    return world


@dataclass(eq=False)
class Seat:
    """A connection: the real one, the model's, and what its client believes."""

    session: Session
    client: Client
    sees: Onlooker


class Talk(RuleBasedStateMachine):
    """Each rule does the same to both, and `compare` compares."""

    def __init__(self) -> None:
        super().__init__()
        self.world = a_new_world()
        self.seats: list[Seat] = []
        self.events: list[Event] = []
        self.squatters: list[tuple[float, int, str]] = []
        self.world.on_event = self.events.append
        self.world.on_expelled = self._expel
        self.world.on_squatting = self._squatted
        self.words = self.names_of_rooms = 0

    # Both sides of a step

    @staticmethod
    def _expel(session: Recipient, why: str) -> None:
        session.closing = why

    def _squatted(self, user: int, nick: str) -> None:
        self.squatters.append((self.world.now + self.model.grace, user, nick))

    def seat(self, number: int) -> Seat:
        """One of those who are here; somebody comes if nobody is."""
        if not self.seats:
            self.come(f"new{self.model.came}", True, None)
        return self.seats[number % len(self.seats)]

    def called(self, number: int) -> str:
        """A nickname."""
        here = [seat.client.person.nick for seat in self.seats]
        return [*here, *NAMES][number % len(here + NAMES)]

    def place(self, room: str) -> str:
        """The name that the room has now which was called so."""
        renamed = self.model.formerly(room)
        return renamed.name if renamed else room

    def password(self, account: str, password: str) -> str:
        """The right one if none is given."""
        known = self.model.accounts.get(account.lower())
        return password or (known.password if known else PASSWORDS[0])

    def does(self, number: int, lines: str | list[str], model: Callable[[Client], None]) -> None:
        """Somebody sends lines, of which the model knows what should come."""
        seat = self.seat(number)
        refusal = _refusal(lambda: model(seat.client))
        for line in [lines] if isinstance(lines, str) else lines:
            say(seat.session, line)
            self._deliver()
        self._settle()
        self._check_refusal(seat.sees.lines, refusal)

    def _deliver(self) -> None:
        assert isinstance(self.world.keeper, MemoryKeeper)
        self.world.keeper.deliver()

    @staticmethod
    def _check_refusal(lines: list[str], expected: tuple[str, ...]) -> None:
        if expected:
            assert any(one in line for one in expected for line in lines), (expected, lines)
        else:
            refused = [line for line in lines if _refuses(line)]
            assert not refused, refused

    def _settle(self) -> None:
        """Everybody who has to go goes; everybody reads; whoever was renamed is so in the model."""
        for seat in self.seats:
            if seat.session.closing:
                depart(self.world, seat.session, seat.session.closing)
        self._pass_time(1)
        for seat in self.seats:
            seat.sees.lines.clear()
        for seat in self.seats:
            if not seat.session.closing:
                self._read(seat)
        self.seats = [seat for seat in self.seats if not seat.session.closing]
        for seat in self.seats:
            person = seat.client.person
            if person.nick == RENAMED:
                assert seat.sees.nick.startswith("Guest")
                person.nick = seat.sees.nick

    def _pass_time(self, seconds: int) -> None:
        self.world.set_time(self.world.now + seconds, self.world.clock + seconds)
        self.model.pass_time(seconds)
        while self.world.due_room:
            expire(self.world)
        due = [one for one in self.squatters if one[0] <= self.world.now]
        self.squatters = [one for one in self.squatters if one[0] > self.world.now]
        for _, user, nick in due:
            time_is_up(self.world, user, nick)

    def _read(self, seat: Seat) -> None:
        while questions := [*seat.sees.read(heard(seat.session))]:
            say(seat.session, *questions)

    @invariant()
    def compare(self) -> None:
        """The world, and what each client believes."""
        assert of_world(self.world) == of_model(self.model)
        assert [one.closing for one in self._sessions()] == [""] * len(self.seats)
        for seat in self.seats:
            self._compare_client(seat)

    def _sessions(self) -> list[Session]:
        users = self.world.users.values()
        return [one for user in users for one in user.sessions if isinstance(one, Session)]

    def _compare_client(self, seat: Seat) -> None:
        person, sees = seat.client.person, seat.sees
        assert sees.nick == person.nick
        assert sees.account == (person.account.name if person.account else "")
        mine = {name: room for name, room in self.model.rooms.items() if person in room.members}
        assert sees.rooms.keys() == mine.keys(), sees.lines
        for name, room in mine.items():
            assert sees.rooms[name].flags == room.flags | ({"f"} if room.forward else set())
            if room.was_auditorium:
                continue  # clients do not learn who is there; `look` compares what NAMES says
            believed = {nick: one.ranks for nick, one in sees.rooms[name].members.items()}
            assert believed == {one.nick: ranks for one, ranks in room.members.items()}, name
            self._compare_accounts(seat, room)
            self._compare_metadata(seat, room)
        assert sees.heard == seat.client.due
        sees.heard.clear()
        seat.client.due.clear()

    @staticmethod
    def _compare_accounts(seat: Seat, room: Room) -> None:
        if "account-notify" not in seat.session.capabilities:
            return
        accounts = {one.nick: one.account.name if one.account else "" for one in room.members}
        for nick, seen in seat.sees.rooms[room.name].members.items():
            assert seen.account in (None, accounts[nick]), (room.name, nick)

    @staticmethod
    def _compare_metadata(seat: Seat, room: Room) -> None:
        """What has been told of the room is always known; of a member who came later, the client
        has to ask."""
        if METADATA not in seat.session.capabilities:
            return
        seen = seat.sees.rooms[room.name]
        assert seen.about == room.about
        for one in room.members:
            assert seen.members[one.nick].about in (None, one.about), one.nick
        assert seen.members[seat.client.person.nick].about == seat.client.person.about

    def teardown(self) -> None:
        again = a_new_world()
        for event in self.events:
            at = getattr(event, "at", again.now)
            again.set_time(at, at - NOW)
            apply(again, event)
        assert again.snapshot() == self.world.snapshot()
        assert again.digest == self.world.digest
        plain = json.loads(json.dumps(self.world.snapshot()))
        restored = a_new_world()
        restored.restore(plain)
        assert restored.digest == self.world.digest

    @rule(client=clients, room=rooms)
    def look(self, client: int, room: str) -> None:
        """Who is there, which rooms there are, and who is kept out: as far as one may know."""
        room = self.place(room)
        seat = self.seat(client)
        person = seat.client.person
        known = {one.name for one in self.model.rooms.values() if not one.hidden_from(person)}
        there = self.model.rooms[room] if room in known else Room(room)
        said = [line.split() for line in self._ask(seat, "LIST")]
        assert {words[3] for words in said if words[1] == "322"} == known
        listed = Onlooker()
        listed.rooms[room] = SeenRoom()
        deque(listed.read(self._ask(seat, f"NAMES {room}")), 0)
        believed = {nick: one.ranks for nick, one in listed.rooms[room].members.items()}
        assert believed == {one.nick: there.members[one] for one in there.seen_by(person)}
        bans = [line.split() for line in self._ask(seat, f"MODE {room} b")]
        shown = {words[4].lower() for words in bans if words[1] == "367"}
        assert shown == (set(there.bans) if person in there.members else set())

    @rule(client=clients, room=rooms, nick=people)
    def look_at_metadata(self, client: int, room: str, nick: int) -> None:
        """Those of a room as far as one may see them, and of people."""
        room, seat = self.place(room), self.seat(client)
        people = {one.nick.lower(): one.about for one in self.model.people}
        name = self.called(nick)
        found = self._values(seat, name)
        assert found == [people[name.lower()]] if name.lower() in people else not found
        shown: list[str] = []
        refusal = _refusal(lambda: shown.append(self.model.about_room(seat.client.person, room)))
        found = self._values(seat, room)
        assert found == ([] if refusal else shown)

    def _values(self, seat: Seat, name: str) -> list[str]:
        lines = [line.split() for line in self._ask(seat, f"METADATA {name} GET url")]
        numerics = [words[1:] for words in lines if words[0].startswith(":")]
        numerics += [words[2:] for words in lines if words[0].startswith("@")]
        return [
            words[-1].removeprefix(":") if words[0] == "761" else ""
            for words in numerics
            if words[0] in ("761", "766")
        ]

    @rule(client=clients, room=st.sampled_from(["*", *ROOMS]), removed=st.booleans())
    def describe(self, client: int, room: str, removed: bool) -> None:
        """METADATA SET."""
        name = room if room == "*" else self.place(room)
        self.words += 1
        value = "" if removed else f"v{self.words}"
        line = f"METADATA {name} SET url {value}".rstrip()
        self.does(client, line, lambda one: self.model.describe(one, name, value))

    def _ask(self, seat: Seat, *lines: str) -> list[str]:
        say(seat.session, *lines)
        return heard(seat.session)

    @rule()
    def upgrade(self) -> None:
        """The chat goes on in another world: nobody notices."""
        other = a_new_world()
        moved = move(self.world, other, [seat.session for seat in self.seats])
        self.world = other
        for seat, session in zip(self.seats, moved, strict=True):
            seat.session = session

    # Coming and going

    @initialize(
        grace=st.sampled_from([0, 0, GRACE]),
        ranks=st.lists(st.sampled_from(["", *"qaohv"]), min_size=4, max_size=4),
        flags=st.sets(st.sampled_from(FLAGS), max_size=2),
        bans=st.lists(
            st.tuples(st.sampled_from(KINDS), st.sampled_from([*NAMES, "fay"])), max_size=2
        ),
        invited=st.booleans(),
        renamed=st.booleans(),
    )
    def begin(
        self,
        grace: int,
        ranks: list[str],
        flags: set[str],
        bans: list[tuple[str, str]],
        invited: bool,
        renamed: bool,
    ) -> None:
        """Ann has an account, two connections, and a room with a few members. Eve, who has an
        account too, is not there, and a message waits for her. Bob has another room. Fay is in
        none."""
        self.model = Model(grace)
        self.world.set_account_settings(AccountSettings(grace=grace))
        for nick in ("ann", "eve", "bob", "cat", "dan", "fay"):
            self.come(nick, nick != "cat", None)
        for number in range(3):
            self.register(number, number, "")
        self.come("ann", True, ("ann", PASSWORDS[0]))
        self.leave(1, True)
        for number in range(4):
            self.join(number, "#a")
        self.join(1, "#b")
        self.register_room(1, "#b", 0)
        self._furnish(ranks, flags, bans, invited)
        if renamed:
            self.rename_room(0, "#a", "")

    def _furnish(
        self, ranks: list[str], flags: set[str], bans: list[tuple[str, str]], invited: bool
    ) -> None:
        """Ann does; the bans come last, for no invitation helps against those."""
        self.register_room(0, "#a", 0)
        self._say(0, "eve")
        for letter, nick in zip(ranks, ("bob", "cat", "dan", "eve"), strict=True):
            if letter:
                self._set_rank(0, "#a", letter, True, nick)
        for client in (0, 3):
            self.describe(client, "#a", False)
            self.describe(client, "*", False)
        for letter in flags:
            self.set_flag(0, "#a", letter, True)
        self.look_at_metadata(5, "#a", 0)
        if invited:
            self._invite(0, "#a", "fay")
        for kind, nick in bans:
            self._ban(0, "#a", kind, nick, True)

    @rule(
        nick=names,
        full=st.booleans(),
        account=st.sampled_from(["", "the same", "the same", *NAMES]),
        password=passwords,
    )
    def arrive(self, nick: str, full: bool, account: str, password: str) -> None:
        if len(self.seats) < MOST:
            name = nick if account == "the same" else account
            self.come(nick, full, (name, self.password(name, password)) if name else None)

    def come(self, nick: str, full: bool, login: tuple[str, str] | None) -> None:
        """A connection that leaves again if it cannot have that nickname."""
        session = attach(self.world, Peer(), f"192.0.2.{self.model.came + 1}")
        session.agree_on(FULL if full else OLD)
        session.negotiating = True
        came: list[Client] = []
        refusal = _refusal(lambda: came.append(self.model.come(nick, full, login)))
        lines = _authenticate(*login) if login else []
        subscribe = ["METADATA * SUB url"] if full else []
        for line in [*lines, *subscribe, f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP END"]:
            say(session, line)
            self._deliver()
        if refusal:
            self._check_refusal(heard(session), refusal)
            depart(self.world, session, "gone")
        else:
            self.seats.append(Seat(session, came[0], Onlooker()))
        self._settle()

    @rule(client=clients, says_so=st.booleans())
    def leave(self, client: int, says_so: bool) -> None:
        """By QUIT, or by the network."""
        seat = self.seat(client)
        self.model.go(seat.client)
        if says_so:
            say(seat.session, "QUIT :bye")
            assert seat.session.closing
        else:
            depart(self.world, seat.session, "Connection reset by peer")
            seat.session.closing = "gone"
        self._settle()

    @rule(client=clients, nick=people)
    def nick(self, client: int, nick: int) -> None:
        name = self.called(nick)
        self.does(client, f"NICK {name}", lambda one: self.model.rename(one, name))

    # Accounts

    @rule(client=clients, nick=people, password=passwords)
    def register(self, client: int, nick: int, password: str) -> None:
        name, word = self.called(nick), password or PASSWORDS[0]
        self.does(
            client,
            f"REGISTER {name} * :{word}",
            lambda one: self.model.register(one, name, word),
        )

    @rule(client=clients, name=names, password=passwords)
    def log_in(self, client: int, name: str, password: str) -> None:
        word = self.password(name, password)
        lines = _authenticate(name, word)
        self.does(client, lines, lambda one: self.model.log_in(one, name, word))

    @rule(client=clients, dice=seldom)
    def log_out(self, client: int, dice: int) -> None:
        if not dice:
            self.does(client, "PRIVMSG NickServ LOGOUT", self.model.log_out)

    @rule(client=clients, password=passwords.filter(bool), dice=seldom)
    def set_password(self, client: int, password: str, dice: int) -> None:
        if not dice:
            self.does(
                client,
                f"PRIVMSG NickServ :SET PASSWORD {password}",
                lambda one: self.model.set_password(one, password),
            )

    @rule(name=names, change=st.sampled_from(["suspend", "resume", "remove"]), dice=seldom)
    def operate(self, name: str, change: str, dice: int) -> None:
        if not dice:
            self._operate(name, change, "")

    @rule(name=names, to=st.sampled_from([*NAMES, "gus", "dan"]))
    def rename_account(self, name: str, to: str) -> None:
        if to.lower() not in self.model.accounts:
            self._operate(name, "rename", to)

    def _operate(self, name: str, change: str, to: str) -> None:
        """What `chatroom-server account` does, and the server makes of it."""
        account = self.model.accounts.get(name.lower())
        if account is None:
            return
        assert isinstance(self.world.keeper, OperatedKeeper)
        OPERATED[change](self.model, account, to)
        told = _operate_on_disk(self.world, self.world.keeper, account, name, change, to)
        take_over(self.world, self.world.keeper, told)  # type: ignore[arg-type]
        self._settle()

    # Rooms

    @rule(client=clients, room=rooms)
    def join(self, client: int, room: str) -> None:
        self.does(client, f"JOIN {room}", lambda one: self.model.join(one, room))

    @rule(client=clients, room=rooms, to=st.sampled_from(["", "", *ROOMS]))
    def rename_room(self, client: int, room: str, to: str) -> None:
        """To a name that no room has had, or back, or to that of another."""
        room = self.place(room)
        self.names_of_rooms += 1
        to = to or f"#name{self.names_of_rooms}"
        if to in ROOMS and to not in self.model.rooms and self.model.formerly(to) is None:
            return  # it may have a past, which the model does not know
        line = f"RENAME {room} {to}"
        self.does(client, line, lambda one: self.model.rename_room(one, room, to))

    @rule(client=clients, room=rooms)
    def part(self, client: int, room: str) -> None:
        room = self.place(room)
        self.does(client, f"PART {room}", lambda one: self.model.part(one, room))

    @rule(client=clients, room=rooms, nick=people)
    def kick(self, client: int, room: str, nick: int) -> None:
        room = self.place(room)
        name = self.called(nick)
        self.does(client, f"KICK {room} {name}", lambda one: self.model.kick(one, room, name))

    @rule(client=clients, room=rooms, nick=people)
    def invite(self, client: int, room: str, nick: int) -> None:
        self._invite(client, room, self.called(nick))

    def _invite(self, client: int, room: str, nick: str) -> None:
        room = self.place(room)
        self.does(client, f"INVITE {nick} {room}", lambda one: self.model.invite(one, nick, room))

    @rule(client=clients, room=rooms, letter=st.sampled_from(FLAGS), given=st.booleans())
    def set_flag(self, client: int, room: str, letter: str, given: bool) -> None:
        room = self.place(room)
        self.does(
            client,
            f"MODE {room} {'-+'[given]}{letter}",
            lambda one: self.model.set_flag(one, room, letter, given),
        )

    @rule(client=clients, room=rooms, to=st.sampled_from(["", *ROOMS, *ROOMS]))
    def set_forward(self, client: int, room: str, to: str) -> None:
        room, to = self.place(room), to and self.place(to)
        line = f"MODE {room} +f {to}" if to else f"MODE {room} -f"
        self.does(client, line, lambda one: self.model.set_forward(one, room, to))

    @rule(client=clients, room=rooms, letter=st.sampled_from("qaohv"), given=st.booleans(),
          nick=people)  # fmt: skip
    def set_rank(self, client: int, room: str, letter: str, given: bool, nick: int) -> None:
        self._set_rank(client, room, letter, given, self.called(nick))

    def _set_rank(self, client: int, room: str, letter: str, given: bool, nick: str) -> None:
        room = self.place(room)
        self.does(
            client,
            f"MODE {room} {'-+'[given]}{letter} {nick}",
            lambda one: self.model.set_rank(one, room, letter, given, nick),
        )

    @rule(client=clients, room=rooms, kind=st.sampled_from(KINDS), nick=people, given=st.booleans())
    def ban(self, client: int, room: str, kind: str, nick: int, given: bool) -> None:
        self._ban(client, room, kind, self.called(nick), given)

    def _ban(self, client: int, room: str, kind: str, nick: str, given: bool) -> None:
        room = self.place(room)
        mask = _mask(kind, nick)
        self.does(
            client,
            f"MODE {room} {'-+'[given]}b {mask}",
            lambda one: self.model.ban(one, room, mask, given),
        )

    @rule(client=clients, room=rooms, kind=st.sampled_from(KINDS), nick=people)
    def ban_for(self, client: int, room: str, kind: str, nick: int) -> None:
        room = self.place(room)
        mask = _mask(kind, self.called(nick))
        self.does(
            client,
            f"TBAN {room} {GRACE} {mask}",
            lambda one: self.model.ban_for(one, room, mask, GRACE),
        )

    @rule(seconds=st.sampled_from([1, GRACE, PAUSE]))
    def wait(self, seconds: int) -> None:
        self._pass_time(seconds)
        self._settle()

    @rule(client=clients, room=rooms, dice=seldom)
    def register_room(self, client: int, room: str, dice: int) -> None:
        room = self.place(room)
        if not dice:
            line = f"PRIVMSG ChanServ :REGISTER {room}"
            self.does(client, line, lambda one: self.model.register_room(one, room))

    @rule(client=clients, room=rooms)
    def accept_room(self, client: int, room: str) -> None:
        line = f"PRIVMSG ChanServ :ACCEPT {room}"
        self.does(client, line, lambda one: self.model.accept_room(one, room))

    @rule(client=clients, room=rooms, dice=seldom)
    def drop_room(self, client: int, room: str, dice: int) -> None:
        room = self.place(room)
        if not dice:
            line = f"PRIVMSG ChanServ :DROP {room}"
            self.does(client, line, lambda one: self.model.drop_room(one, room))

    @rule(client=clients, room=rooms)
    def talk(self, client: int, room: str) -> None:
        self._say(client, self.place(room))

    @rule(client=clients, nick=people)
    def whisper(self, client: int, nick: int) -> None:
        self._say(client, self.called(nick))

    def _say(self, client: int, target: str) -> None:
        self.words += 1
        words = f"w{self.words}w"
        line = f"PRIVMSG {target} :{words}"
        self.does(client, line, lambda one: self.model.say(one, target, words))


def _refusal(step: Callable[[], None]) -> tuple[str, ...]:
    """What the answer to a refused step has to contain; nothing if the model did it."""
    try:
        step()
    except No as no:
        return no.args
    return ()


def _mask(kind: str, name: str) -> str:
    return kind + (name if kind.endswith("a:") else f"{name}!*@*")


def _authenticate(name: str, password: str) -> list[str]:
    plain = b64encode(f"\0{name}\0{password}".encode()).decode()
    return ["AUTHENTICATE PLAIN", f"AUTHENTICATE {plain}"]


def _operate_on_disk(
    world: BareWorld, keeper: OperatedKeeper, account: Account, name: str, change: str, to: str
) -> AccountChange:
    """What the tool writes, and what it tells the server."""
    known = world.accounts.find(name)
    assert known is not None
    after = to if change == "rename" else known.name
    keeper.stored.pop(fold(known.name), None)
    keys = keeper.keys.pop(fold(known.name))
    if change != "remove":
        keeper.keys[fold(after)] = keys
        suspended = 1.0 if account.suspended else 0.0
        keeper.stored[fold(after)] = StoredAccount(after, NOW, suspended, number=known.number)
    ends = "put out" if change in ("suspend", "remove") else ""
    return AccountChange(name, after if change == "rename" else name, ends)


def _refuses(line: str) -> bool:
    """Whether a line is a refusal. Services refuse in words, which the model names."""
    words = line.split()
    code = words[1] if words[0].startswith(":") else words[0]
    return code == "FAIL" or (code.isdigit() and code[0] in "459" and code not in _REPLIES)


_REPLIES = {"422", "470", "900", "901", "903"}


def of_world(world: BareWorld) -> dict[str, object]:
    """The world in the model's words."""
    people = [
        (user.id, user.nick, user.account, len(user.sessions), sorted(r.name for r in user.rooms))
        for user in world.users.values()
    ]
    rooms = {
        room.name: (
            {user.nick: set(ranks) for user, ranks in room.members.items()},
            room.flags,
            set(room.lists["b"]),
            bool(room.registered),
            {account: set(ranks) for account, ranks in room.kept.items()},
            room.offered,
            bool(room.forward),
            room.metadata.get("url", ""),
        )
        for room in world.rooms.values()
    }
    accounts = {one.name: one.suspended for one in world.accounts}
    return {"people": sorted(people), "rooms": rooms, "accounts": accounts}


def of_model(model: Model) -> dict[str, object]:
    """The same of the model."""
    people = [
        (one.number, one.nick, _name(one), len(one.clients), _rooms(model, one))
        for one in model.people
    ]
    rooms = {
        room.name: (
            {one.nick: ranks for one, ranks in room.members.items()},
            room.flags,
            set(room.bans),
            room.registered,
            {account.name.lower(): ranks for account, ranks in room.kept.items()},
            {account.name.lower() for account in room.offered},
            room.forward is not None,
            room.about,
        )
        for room in model.rooms.values()
    }
    accounts = {one.name: one.suspended for one in model.accounts.values()}
    return {"people": sorted(people), "rooms": rooms, "accounts": accounts}


def _name(person: Person) -> str:
    return person.account.name if person.account else ""


def _rooms(model: Model, person: Person) -> list[str]:
    return sorted(room.name for room in model.rooms.values() if person in room.members)


TestTalk = Talk.TestCase
TestTalk.settings = settings(max_examples=examples(40), stateful_step_count=50, deadline=None)
