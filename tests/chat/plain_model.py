"""What the chat should do with people, accounts, ranks and rooms, as plainly as can be said.

Written from the documents, not from the code: `test_plain_model.py` compares the two. There are no
events, no indexes and no output here, only people, and the words that each connection should get.
A method either changes the model, or raises `No` with what the refusal has to contain.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

LETTERS = "qaohv"
STANDING = {"q": 6, "a": 5, "o": 4, "h": 3, "v": 2}
GIVEN_BY = {"q": 6, "a": 6, "o": 4, "h": 4, "v": 3}
"""Who gives and takes a rank, and who may kick or ban somebody who has it."""

FLAG_BY = {"s": 4, "U": 4, "u": 4}
"""Who may change a flag: half-operators, if not this."""

OWNS, WAITS = 1, 3
"""The most rooms that count for an account; the most messages of one that wait for another."""

PAUSE, FORMER = 60, 3
"""Seconds between two new names of a room; how many of its former ones lead to it."""

RENAMED = ""
"""The nickname of somebody who has lost theirs: the server chooses one."""


class No(Exception):
    """A refusal; one of its texts is part of the answer."""


@dataclass(eq=False)
class Account:
    name: str
    password: str
    suspended: bool = False
    about: str = ""
    waiting: dict["Account", list[str]] = field(default_factory=dict)


@dataclass(eq=False)
class Client:
    """A connection. `due` are the words that it should get next."""

    person: "Person"
    echoes: bool
    due: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Person:
    """`number` is the order of coming. `invited` has the room's `bans_set` at the time."""

    number: int
    nick: str
    account: Account | None = None
    about_as_guest: str = ""
    clients: list[Client] = field(default_factory=list)
    invited: dict["Room", int] = field(default_factory=dict)

    @property
    def about(self) -> str:
        """What they have said about themselves (METADATA): it belongs to their account."""
        return self.account.about if self.account else self.about_as_guest

    def fits(self, mask: str) -> bool:
        """Whether a ban's mask means this person."""
        kind, _, name = mask.rpartition(":")
        if kind.endswith("a"):
            return self.account is not None and self.account.name.lower() == name
        return f"{self.nick.lower()}!*@*" == name


@dataclass
class Ban:
    """`order` counts a room's bans; `until` is when it ends, in seconds; 0: never."""

    order: int
    until: float


@dataclass(eq=False)
class Room:
    """`bans` are those of masks; `m:` in front of one mutes, `a:` is an account. `offered` are
    owners who have not accepted the room."""

    name: str
    members: dict[Person, set[str]] = field(default_factory=dict)
    flags: set[str] = field(default_factory=lambda: {"n", "t"})
    bans: dict[str, Ban] = field(default_factory=dict)
    bans_set: int = 0
    registered: bool = False
    kept: dict[Account, set[str]] = field(default_factory=dict)
    offered: set[Account] = field(default_factory=set)
    former: list[str] = field(default_factory=list)
    renamed_at: float = -PAUSE
    forward: "Room | None" = None
    was_auditorium: bool = False
    about: str = ""

    def standing(self, person: Person) -> int:
        """0 for strangers, 1 for members, up to 6 for owners."""
        ranks = self.members.get(person)
        return 0 if ranks is None else max(map(STANDING.__getitem__, ranks), default=1)

    def shuts_out(self, person: Person, later_than: int = -1) -> bool:
        """Whether a ban does."""
        masks = (mask for mask, ban in self.bans.items() if ban.order > later_than)
        return any(person.fits(mask) for mask in masks if not mask.startswith("m:"))

    def mutes(self, person: Person) -> bool:
        """Whether a ban that only mutes does."""
        return any(person.fits(mask) for mask in self.bans if mask.startswith("m:"))

    def seen_by(self, person: Person) -> list[Person]:
        """The members whom NAMES shows: in an auditorium (u) those with a rank, and oneself."""
        every = "u" not in self.flags or self.standing(person) > 1
        return [one for one, ranks in self.members.items() if every or ranks or one is person]

    def hidden_from(self, person: Person) -> bool:
        """Whether they may not know of it."""
        return "s" in self.flags and person not in self.members


class Model:
    """All of it."""

    def __init__(self, grace: int) -> None:
        self.grace = grace
        self.now = 0.0
        self.squatters: list[tuple[float, Person, str]] = []
        self.accounts: dict[str, Account] = {}
        self.people: list[Person] = []
        self.rooms: dict[str, Room] = {}
        self.came = 0

    # Who is meant

    def person(self, nick: str) -> Person:
        """Whoever has that nickname now."""
        for one in self.people:
            if one.nick.lower() == nick.lower():
                return one
        raise No(" 401 ")

    def _holder(self, nick: str) -> Person | None:
        return next((one for one in self.people if one.nick.lower() == nick.lower()), None)

    def room(self, person: Person, name: str) -> Room:
        """The room, if they may know of it."""
        room = self.rooms.get(name)
        if room is None or room.hidden_from(person):
            raise No(" 403 ", "No such room")
        return room

    def _inside(self, person: Person, name: str) -> Room:
        room = self.room(person, name)
        if person not in room.members:
            raise No(" 442 ")
        return room

    def formerly(self, name: str) -> Room | None:
        """The room that was called so."""
        return next((room for room in self.rooms.values() if name in room.former), None)

    def users_of(self, account: Account) -> list[Person]:
        """Those who are logged in to it, in the order of coming."""
        users = [one for one in self.people if one.account is account]
        return sorted(users, key=lambda one: one.number)

    # Coming and going

    def come(self, nick: str, echoes: bool, login: tuple[str, str] | None) -> Client:
        """A new connection, which logs in before it is let in. Raises No if it is not; a wrong
        password does not keep it out."""
        self.came += 1
        person = Person(self.came, nick)
        client = Client(person, echoes)
        if login:
            person.account = self._verified(*login, wrong=None)
        other = self._other_self(person, nick)
        if other is not None:
            client.person = other
            other.clients.append(client)
            return client
        person.clients.append(client)
        self.people.append(person)
        self._enforce(person)
        self._tell_waiting(person)
        return client

    def go(self, client: Client) -> None:
        """A connection ends, perhaps the last one of a person."""
        person = client.person
        person.clients.remove(client)
        if person.clients:
            return
        for room in self._rooms_of(person):
            self._leave(person, room)
        self.people.remove(person)

    def _rooms_of(self, person: Person) -> list[Room]:
        return [room for room in self.rooms.values() if person in room.members]

    def rename(self, client: Client, nick: str) -> None:
        """NICK. Who asks for a nickname that their account uses on another connection becomes that
        person."""
        person = client.person
        other = self._other_self(person, nick)
        if other is not None:
            self.go(client)
            client.person = other
            other.clients.append(client)
        elif person.nick != nick:
            person.nick = nick
            self._enforce(person)

    def _other_self(self, person: Person, nick: str) -> Person | None:
        """Whoever has the nickname already, if that is the same person: by their account. Whoever
        else has it gives it up to its owner."""
        owner, holder = self.accounts.get(nick.lower()), self._holder(nick)
        is_own = owner is not None and owner is person.account
        if owner is not None and not is_own and not self.grace:
            raise No(" 433 ")
        if holder is None or holder is person:
            return None
        if not is_own:
            raise No(" 433 ")
        if holder.account is owner:
            return holder
        holder.nick = RENAMED
        return None

    # Accounts

    def _verified(self, name: str, password: str, wrong: str | None = " 904 ") -> Account | None:
        account = self.accounts.get(name.lower())
        usable = account is not None and account.password == password
        if usable and account is not None and not account.suspended:
            return account
        if wrong is None:
            return None
        raise No(" 902 " if usable else wrong)

    def register(self, client: Client, name: str, password: str) -> None:
        """REGISTER."""
        person = client.person
        if person.account is not None:
            raise No("FAIL REGISTER ALREADY_AUTHENTICATED")
        if name.lower() in self.accounts:
            raise No("FAIL REGISTER ACCOUNT_EXISTS")
        if self._holder(name) not in (None, person):
            raise No("FAIL REGISTER BAD_ACCOUNT_NAME")
        self.accounts[name.lower()] = account = Account(name, password)
        self._log_in(client, account)

    def log_in(self, client: Client, name: str, password: str) -> None:
        """SASL, also of somebody who is logged in already."""
        account = self._verified(name, password)
        assert account is not None
        self._log_in(client, account)

    def _log_in(self, client: Client, account: Account) -> None:
        """Other connections end: they have not shown the other account's password."""
        person = client.person
        if person.account is not account:
            for one in [*person.clients]:
                if one is not client:
                    self.go(one)
            self._take_ranks(person)
        person.account = account
        account.about = person.about_as_guest or account.about
        person.about_as_guest = ""
        for room in self._rooms_of(person):
            self._promote(room, person)
        self._enforce(person)
        self._tell_waiting(person)

    def log_out(self, client: Client) -> None:
        """On all connections of the person."""
        self._log_out(client.person)
        self._enforce(client.person)

    def _log_out(self, person: Person) -> None:
        self._take_ranks(person)
        person.account = None

    def _take_ranks(self, person: Person) -> None:
        for room in self._rooms_of(person):
            if person.account in room.kept:
                room.members[person] -= room.kept[person.account]

    def _promote(self, room: Room, person: Person) -> None:
        if person.account in room.kept:
            room.members[person] |= room.kept[person.account]

    def _enforce(self, person: Person) -> None:
        """See that nobody keeps a nickname of somebody else's for long."""
        if not self._is_squatting(person):
            return
        if self.grace:
            self.squatters.append((self.now + self.grace, person, person.nick))
        else:
            person.nick = RENAMED

    def _is_squatting(self, person: Person) -> bool:
        owner = self.accounts.get(person.nick.lower())
        return owner is not None and owner is not person.account

    def set_password(self, client: Client, password: str) -> None:
        """All other connections of the account end."""
        account = client.person.account
        if account is None:
            raise No("Log in first.")
        account.password = password
        self._expel(account, spared=client)

    def _expel(self, account: Account, spared: Client | None = None) -> None:
        for person in self.users_of(account):
            for one in [*person.clients]:
                if one is not spared:
                    self.go(one)

    def suspend(self, account: Account) -> None:
        """The operator does: everybody who uses it is put out."""
        self._expel(account)
        account.suspended = True

    def remove(self, account: Account) -> None:
        """The operator does: rooms without another owner are nobody's."""
        self._expel(account)
        del self.accounts[account.name.lower()]
        for room in [*self.rooms.values()]:
            masks = self._masks_of(account.name)
            room.bans = {mask: ban for mask, ban in room.bans.items() if mask not in masks}
            room.offered.discard(account)
            if room.kept.pop(account, None) and room.registered and not self._owners(room):
                self._drop(room)

    @staticmethod
    def _masks_of(name: str) -> tuple[str, str]:
        return f"a:{name.lower()}", f"m:a:{name.lower()}"

    def call(self, account: Account, name: str) -> None:
        """The operator gives it another name, which nobody else's account has. Ranks and bans
        follow; whoever used the new name as a guest loses it."""
        masks = dict(zip(self._masks_of(account.name), self._masks_of(name), strict=True))
        for room in self.rooms.values():
            room.bans = {masks.get(mask, mask): ban for mask, ban in room.bans.items()}
        del self.accounts[account.name.lower()]
        account.name = name
        self.accounts[name.lower()] = account
        for person in self.people:
            self._enforce(person)

    # Rooms

    def join(self, client: Client, name: str) -> None:
        """JOIN. Who comes first into a room that belongs to nobody is its operator."""
        person = client.person
        room = self.rooms.get(name)
        if room is None and (room := self.formerly(name)) is not None:
            self._lead_on(client, room)
        if room is not None and person in room.members:
            return
        if room is not None:
            room = self._admitting(person, room)
        else:
            room = self.rooms[name] = Room(name)
        is_new = not room.members and not room.registered
        room.members[person] = {"o"} if is_new else set()
        person.invited.pop(room, None)
        self._promote(room, person)

    def _admitting(self, person: Person, room: Room) -> Room:
        """This room, or one to which it leads (mode f) those whom a mode keeps out, not a ban."""
        try:
            self._refuse_at_the_door(person, room)
            return room
        except No as no:
            first = no
        target = room
        for _ in range(5):
            other = target.forward
            if other is None or first.args == (" 474 ",) or self.rooms.get(other.name) is not other:
                break
            if other.hidden_from(person) or person in other.members:
                break
            target = other
            try:
                self._refuse_at_the_door(person, target)
                return target
            except No as no:
                if no.args == (" 474 ",):
                    break
        raise first

    def _refuse_at_the_door(self, person: Person, room: Room) -> None:
        if {"q", "a", "o"} & room.kept.get(person.account or _NOBODY, set()):
            return
        if room in person.invited and not room.shuts_out(person, person.invited[room]):
            return
        if "R" in room.flags and person.account is None:
            raise No(" 477 ")
        if room.shuts_out(person):
            raise No(" 474 ")
        if "i" in room.flags:
            raise No(" 473 ")

    def _lead_on(self, client: Client, room: Room) -> None:
        """To a room that has another name now; clients that know of this are only told it. Nobody
        learns it of a room that they may not know, and may not enter."""
        if room.hidden_from(client.person):
            try:
                self._refuse_at_the_door(client.person, room)
            except No:
                raise No(" 403 ") from None
        if client.echoes:
            raise No("CHANNEL_RENAMED")

    def rename_room(self, client: Client, name: str, to: str) -> None:
        """RENAME, to a name that no room has had, or that this one has or had."""
        room = self._inside(client.person, name)
        if room.standing(client.person) < 5:
            raise No(" 482 ")
        if to == name or self.now < room.renamed_at + PAUSE:
            raise No("FAIL RENAME CANNOT_RENAME")
        if (self.rooms.get(to) or self.formerly(to)) not in (None, room):
            raise No("FAIL RENAME CHANNEL_NAME_IN_USE")
        room.former = [*(one for one in room.former if one not in (name, to)), name][-FORMER:]
        room.renamed_at = self.now
        self.rooms[to] = self.rooms.pop(name)
        room.name = to

    def describe(self, client: Client, name: str, about: str) -> None:
        """METADATA SET, of a room by its operators, or of oneself ("*")."""
        person = client.person
        if name != "*":
            room = self.described(person, name)
            if room.standing(person) < 4:
                raise No("FAIL METADATA KEY_NO_PERMISSION")
            room.about = about
        elif person.account:
            person.account.about = about
        else:
            person.about_as_guest = about

    def described(self, person: Person, name: str) -> Room:
        """The room, if they may know of it."""
        try:
            return self.room(person, name)
        except No:
            raise No("FAIL METADATA INVALID_TARGET") from None

    def about_room(self, person: Person, name: str) -> str:
        """What METADATA GET shows: of a closed room only to its members."""
        room = self.described(person, name)
        inside = person in room.members
        shut = room.flags & {"i", "R", "s"} or room.shuts_out(person)
        return room.about if inside or not shut else ""

    def part(self, client: Client, name: str) -> None:
        """PART."""
        self._leave(client.person, self._inside(client.person, name))

    def _leave(self, person: Person, room: Room) -> None:
        del room.members[person]
        self._end_if_empty(room)

    def _end_if_empty(self, room: Room) -> None:
        if not room.members and not room.registered:
            del self.rooms[room.name]
            for one in self.people:
                one.invited.pop(room, None)

    def kick(self, client: Client, name: str, nick: str) -> None:
        """KICK."""
        by, room = client.person, self._inside(client.person, name)
        if room.standing(by) < 3:
            raise No(" 482 ")
        member = self._member(room, nick)
        self._refuse_against(room, by, member)
        self._leave(member, room)

    def _member(self, room: Room, nick: str) -> Person:
        member = self.person(nick)
        if member not in room.members:
            raise No(" 441 ")
        return member

    @staticmethod
    def _refuse_against(room: Room, by: Person, member: Person) -> None:
        highest = max(room.members[member], key=STANDING.__getitem__, default="")
        if member is not by and highest and room.standing(by) < GIVEN_BY[highest]:
            raise No(" 482 ")

    def invite(self, client: Client, nick: str, name: str) -> None:
        """INVITE."""
        by, guest = client.person, self.person(nick)
        room = self._inside(by, name)
        if guest in room.seen_by(by):
            raise No(" 443 ")
        if "i" in room.flags and room.standing(by) < 3:
            raise No(" 482 ")
        if room.standing(by) >= 3:
            guest.invited[room] = room.bans_set

    def set_flag(self, client: Client, name: str, letter: str, given: bool) -> None:
        """MODE with a letter that has no parameter."""
        room = self.room(client.person, name)
        if room.standing(client.person) < FLAG_BY.get(letter, 3):
            raise No(" 482 ")
        (room.flags.add if given else room.flags.discard)(letter)
        room.was_auditorium |= "u" in room.flags

    def set_forward(self, client: Client, name: str, to: str) -> None:
        """MODE +f: by an operator of both rooms. An empty name ends it."""
        by, room = client.person, self.room(client.person, name)
        if room.standing(by) < 4:
            raise No(" 482 ")
        if not to:
            room.forward = None
            return
        other = self.rooms.get(to)
        if other is None or other is room or other.hidden_from(by):
            raise No(" 696 ")
        if other.standing(by) < 4:
            raise No(" 482 ")
        room.forward = other

    def set_rank(self, client: Client, name: str, letter: str, given: bool, nick: str) -> None:
        """MODE with a rank, for a member, or for an account and whoever is there with it."""
        by, room = client.person, self.room(client.person, name)
        target = self._holder(nick)
        gives_up = target is by and not given
        if room.standing(by) < GIVEN_BY[letter] and not gives_up:
            raise No(" 482 ")
        account = self.accounts.get(nick.lower())
        if target not in room.members and room.registered and account is not None:
            self._keep(room, account, letter, given)
            there = [one for one in room.members if one.account is account]
        else:
            there = [self._member(room, nick)]
            if there[0].account is not None and room.registered:
                self._keep(room, there[0].account, letter, given)
        for member in there:
            (room.members[member].add if given else room.members[member].discard)(letter)

    def _keep(self, room: Room, account: Account, letter: str, given: bool) -> None:
        before = room.kept.get(account, set())
        after = before | {letter} if given else before - {letter}
        if "q" in after - before:
            room.offered.add(account)
        if "q" in before - after:
            others = {*self._owners(room)} - {account}
            if not others or (account not in room.offered and others <= room.offered):
                raise No(" 696 ")
            room.offered.discard(account)
        room.kept[account] = after
        if not after:
            del room.kept[account]

    def _owned_by(self, account: Account) -> int:
        """The rooms that it has registered or accepted."""
        return sum(
            account in self._owners(room) and account not in room.offered
            for room in self.rooms.values()
        )

    @staticmethod
    def _owners(room: Room) -> list[Account]:
        return [account for account, ranks in room.kept.items() if "q" in ranks]

    def ban(self, client: Client, name: str, mask: str, given: bool) -> None:
        """MODE +b or -b, of a nickname's or an account's mask, which may only mute."""
        by, room = client.person, self.room(client.person, name)
        if room.standing(by) < 3:
            raise No(" 482 ")
        if not given:
            room.bans.pop(mask.lower(), None)
        elif mask.lower() not in room.bans:
            self._ban(room, by, mask.lower(), 0)

    def ban_for(self, client: Client, name: str, mask: str, seconds: int) -> None:
        """TBAN, which also changes how long a ban lasts."""
        by, room = client.person, self._inside(client.person, name)
        if room.standing(by) < 3:
            raise No(" 482 ")
        self._ban(room, by, mask.lower(), self.now + seconds)

    def _ban(self, room: Room, by: Person, mask: str, until: float) -> None:
        for member in room.members:
            if member.fits(mask):
                self._refuse_against(room, by, member)
        room.bans_set += 1
        room.bans[mask] = Ban(room.bans_set, until)

    def pass_time(self, seconds: float) -> None:
        """Bans end, and so does the patience with those who use somebody else's nickname."""
        self.now += seconds
        for room in self.rooms.values():
            over = [mask for mask, ban in room.bans.items() if 0 < ban.until <= self.now]
            for mask in over:
                del room.bans[mask]
        due = [one for one in self.squatters if one[0] <= self.now]
        self.squatters = [one for one in self.squatters if one[0] > self.now]
        for _, person, nick in due:
            if person in self.people and person.nick == nick and self._is_squatting(person):
                person.nick = RENAMED

    def register_room(self, client: Client, name: str) -> None:
        """ChanServ REGISTER."""
        person = client.person
        if person.account is None:
            raise No("Log in first")
        room = self.room(person, name)
        if person not in room.members:
            raise No("not in that room")
        if room.registered:
            raise No("already")
        if room.standing(person) < 4:
            raise No("operators and above")
        if self._owned_by(person.account) >= OWNS:
            raise No(f"owns {OWNS} rooms at most")
        room.registered = True
        room.kept[person.account] = {"q"}
        for member in room.members:
            if member.account is person.account:
                room.members[member].add("q")

    def accept_room(self, client: Client, name: str) -> None:
        """ChanServ ACCEPT."""
        person, room = client.person, self.rooms.get(name)
        owns = room is not None and person.account in self._owners(room)
        if room is None or (room.hidden_from(person) and not owns):
            raise No(" 403 ", "No such room")
        if not owns or person.account is None:
            raise No("only after one of its owners")
        if person.account not in room.offered:
            raise No("already")
        if self._owned_by(person.account) >= OWNS:
            raise No(f"owns {OWNS} rooms at most")
        room.offered.remove(person.account)

    def drop_room(self, client: Client, name: str) -> None:
        """ChanServ DROP."""
        person, room = client.person, self.rooms.get(name)
        owns = room is not None and person.account in self._owners(room)
        if room is None or (room.hidden_from(person) and not owns):
            raise No(" 403 ", "No such room")
        if not room.registered:
            raise No("belongs to no account")
        if not owns and room.standing(person) < 6:
            raise No("Only owners")
        self._drop(room)

    def _drop(self, room: Room) -> None:
        room.registered = False
        room.kept.clear()
        room.offered.clear()
        self._end_if_empty(room)

    # What is said

    def say(self, client: Client, target: str, words: str) -> None:
        """PRIVMSG to a room, to somebody who is here, or for somebody who will be."""
        if target.startswith("#"):
            self._say_in(client, target, words)
        else:
            self._say_to(client, target, words)

    def _say_in(self, client: Client, name: str, words: str) -> None:
        person, room = client.person, self.rooms.get(name)
        if room is None or (not self._may_speak(person, room) and room.hidden_from(person)):
            raise No(" 403 ", "No such room")
        listeners = [one for member in room.members for one in member.clients]
        if not self._may_speak(person, room):
            if "U" not in room.flags or person not in room.members:
                raise No(" 404 ")
            heard = [one for one in room.members if room.standing(one) >= 3 or one is person]
            listeners = [one for member in heard for one in member.clients]
        own = [] if person in room.members else person.clients
        self._deliver(client, words, [*listeners, *own])

    @staticmethod
    def _may_speak(person: Person, room: Room) -> bool:
        if room.standing(person) > 1:
            return True
        if "m" in room.flags or ("n" in room.flags and person not in room.members):
            return False
        if "M" in room.flags and person.account is None:
            return False
        return not (room.shuts_out(person) or room.mutes(person))

    def _say_to(self, client: Client, nick: str, words: str) -> None:
        person, to = client.person, self._holder(nick)
        account = self.accounts.get(nick.lower())
        may_leave = account is not None and not account.suspended and person.account is not None
        if to is None and account is not None and may_leave:
            users = self.users_of(account)
            named = [one for one in users if one.nick == account.name]
            to = next(iter(named or users), None)
        if to is not None:
            for one in to.clients:
                one.due.append(words)
            self._deliver(client, words, [] if to is person else person.clients)
            return
        if account is None or not may_leave:
            raise No(" 401 ")
        assert person.account is not None
        waiting = account.waiting.get(person.account, [])
        if len(waiting) >= WAITS:
            raise No("FAIL PRIVMSG TOO_MANY_WAITING")
        account.waiting[person.account] = [*waiting, words]
        self._deliver(client, words, person.clients)

    @staticmethod
    def _deliver(by: Client, words: str, listeners: Iterable[Client]) -> None:
        """To all of these, and to the author's connection only if it wants echoes."""
        for one in listeners:
            if one is not by:
                one.due.append(words)
        if by.echoes:
            by.due.append(words)

    def _tell_waiting(self, person: Person) -> None:
        if person.account is None:
            return
        waiting, person.account.waiting = person.account.waiting, {}
        for words in waiting.values():
            for client in person.clients:
                client.due += words


_NOBODY = Account("", "")
