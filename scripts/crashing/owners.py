"""People with accounts, for `crash.py`: they register, change passwords, own rooms, hand these over
and drop them, give ranks, ban, and write to each other and to people who are not there.

Each has one request under way, and notes in the `Ledger` what it was told. After the server was
killed and started again, `Owners.enter` asks it for all of that.
"""

import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable

from crashing.ledger import Ledger
from crashing.person import Person, Step

NAMES = [f"owner{number}" for number in range(6)]
ABSENT = ["absent0", "absent1"]
"""They only come when nobody else is there, for what has waited."""

NEWCOMERS = 6
"""In each life of the server, to register an account."""

SOON = 3.0
"""Seconds until what has waited was told, also on a busy machine."""

_TEXT = re.compile(r"\btext-\d+\b")
_RANK = re.compile(r"(\w+) has the ranks? (\w+)\.")
_UNACCEPTED = re.compile(r"(\w+) has not accepted the room yet\.")
_BELONGS = re.compile(r"belongs to ([\w ]+),")
NOBODY: frozenset[str] = frozenset()


class Newcomer(Person):
    """Somebody who registers an account, once."""

    def __init__(self, port: int, nick: str, ledger: Ledger) -> None:
        super().__init__(port, nick)
        self.ledger = ledger

    def write(self, life: int, rng: random.Random) -> None:
        if not self.sent and rng.random() < 0.05:
            self.sent = 1
            step = Step(f"REGISTER * * pass-{self.nick}", ("password", self.nick),
                        f"pass-{self.nick}", "")  # fmt: skip
            self._ask_for(self.ledger, step)

    def heard(self, line: str) -> None:
        if "REGISTER SUCCESS" in line:
            self.ledger.confirm(("password", self.nick))


class Owner(Person):
    """Somebody who has an account for long, and `rooms` as long as they are theirs to change.
    `accepted`: other owners who have certainly accepted a room."""

    def __init__(
        self,
        port: int,
        nick: str,
        ledger: Ledger,
        password: str,
        rooms: list[str],
        accepted: dict[str, set[str]],
    ) -> None:
        super().__init__(port, nick, password, "draft/chathistory")
        self.ledger = ledger
        self.rooms = rooms
        self.accepted = accepted
        self._count = 0
        self._under_way: Step | None = None

    def write(self, life: int, rng: random.Random) -> None:
        if self._under_way is None and self.sent < sys.maxsize:
            make = rng.choice(_STEPS)
            self._count += 1
            number = life * 100_000 + NAMES.index(self.nick) * 10_000 + self._count
            self._under_way = make(self, number, rng)
            if self._under_way is not None:
                self._ask_for(self.ledger, self._under_way)

    def heard(self, line: str) -> None:
        for text in _TEXT.findall(line) if " PRIVMSG " in line else ():
            self.ledger.confirm(("said", text))
        step = self._under_way
        if step is None or step.done not in line:
            return
        self._under_way = None
        self.ledger.confirm(step.key)
        if step.key[0] == "owners":
            self._note_owners(str(step.key[1]))

    def _note_owners(self, room: str) -> None:
        """A room that is nobody's has no ranks, but its bans as long as somebody is there; one that
        is others' is theirs to change, later."""
        owners = self.ledger.now(("owners", room), NOBODY)
        if not owners:
            _forget(self.ledger, "rank", room)
        elif self.nick not in owners:
            self.rooms.remove(room)


def _forget(ledger: Ledger, kind: str, room: str) -> None:
    for facts in (ledger.told, ledger.asked):
        for key in [key for key in facts if key[:2] == (kind, room)]:
            del facts[key]


# What they ask for


def _password(owner: Owner, number: int, _rng: random.Random) -> Step:
    word = f"password-{number}"
    line = f"PRIVMSG NickServ :SET PASSWORD {word}"
    return Step(line, ("password", owner.nick), word, "Your password was changed")


def _own(owner: Owner, _number: int, rng: random.Random) -> Step | None:
    """Register the room, or drop it now and then."""
    if not owner.rooms:
        return None
    room = rng.choice(owner.rooms)
    key = ("owners", room)
    if not owner.ledger.now(key):
        line = f"PRIVMSG ChanServ :REGISTER {room}"
        return Step(line, key, frozenset({owner.nick}), "belongs to your account now")
    if rng.random() < 0.2:
        owner.accepted[room].clear()
        return Step(f"PRIVMSG ChanServ :DROP {room}", key, NOBODY, "belongs to nobody any more")
    return None


def _hand_over(owner: Owner, _number: int, rng: random.Random) -> Step | None:
    """Make somebody else an owner too, or no longer; or leave the room to those who accepted it."""
    room = _registered(owner, rng)
    if room is None:
        return None
    owners = owner.ledger.now(("owners", room))
    who = rng.choice([name for name in NAMES if name != owner.nick])
    sign = "-" if who in owners else "+"
    if owner.accepted[room] & owners and rng.random() < 0.3:
        sign, who = "-", owner.nick
    if sign == "-":
        owner.accepted[room].discard(who)
    then = owners - {who} if sign == "-" else owners | {who}
    words = f"MODE {room} {sign}q {who}"
    return Step(words, ("owners", room), then, words)


def _rank(owner: Owner, _number: int, rng: random.Random) -> Step | None:
    room = _registered(owner, rng)
    if room is None:
        return None
    who, letter = rng.choice(ABSENT), rng.choice("hv")
    ranks = owner.ledger.now(("rank", room, who), NOBODY)
    sign = "-" if letter in ranks else "+"
    then = ranks - {letter} if sign == "-" else ranks | {letter}
    words = f"MODE {room} {sign}{letter} {who}"
    return Step(words, ("rank", room, who), then, words)


def _ban(owner: Owner, number: int, rng: random.Random) -> Step | None:
    room = _registered(owner, rng)
    if room is None:
        return None
    bans = owner.ledger.now(("bans", room), NOBODY)
    if len(bans) > 5:
        mask = min(bans)
        words = f"MODE {room} -b {mask}"
        return Step(words, ("bans", room), bans - {mask}, words)
    mask = rng.choice((f"n{number}!*@*", f"a:{rng.choice(ABSENT)}", f"m:a:{rng.choice(NAMES)}"))
    if mask in bans or mask.endswith(owner.nick):
        return None
    words = f"MODE {room} +b {mask}"
    return Step(words, ("bans", room), bans | {mask}, words)


def _registered(owner: Owner, rng: random.Random) -> str | None:
    rooms = [room for room in owner.rooms if owner.ledger.now(("owners", room))]
    return rng.choice(rooms) if rooms else None


def _write_to(owner: Owner, number: int, rng: random.Random) -> Step:
    """To somebody who is there, or for somebody who is not."""
    others = [name for name in (*NAMES, *ABSENT) if name != owner.nick]
    who, text = rng.choice(others), f"text-{number}"
    return Step(f"PRIVMSG {who} :{text}", ("said", text), (owner.nick, who), f":{text}")


_STEPS: list[Callable[[Owner, int, random.Random], Step | None]] = [
    *(_password, _own, _own, _hand_over, _hand_over, _rank, _ban, _ban),
    *(_write_to, _write_to, _write_to),
]


# After the server was killed


class Owners:
    """All of them, life after life."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._rooms = {name: [f"#of-{name}"] for name in NAMES}
        self._accepted: dict[str, set[str]] = {f"#of-{name}": set() for name in NAMES}

    def begin(self, port: int) -> None:
        """They register, before anything is killed."""
        for name in [*NAMES, *ABSENT]:
            person = Newcomer(port, name, self.ledger)
            self.ledger.ask(("password", name), f"pass-{name}")
            person.send(f"REGISTER * * pass-{name}")
            person.wait_for("REGISTER SUCCESS")
            self.ledger.confirm(("password", name))
            person.sock.close()

    def enter(self, port: int, life: int) -> list[Person]:
        """They come back, and look whether all that they were told is true."""
        self._check_newcomers(port)
        owners = [self._come_back(port, name) for name in NAMES]
        for owner in owners:
            self._check_rooms(owner, owners)
        self._check_messages(port, owners)
        nicks = (f"new{life}-{number}" for number in range(NEWCOMERS))
        return [*owners, *(Newcomer(port, nick, self.ledger) for nick in nicks)]

    def look(self, port: int) -> None:
        """The same, and they leave again."""
        for one in self.enter(port, 0):
            one.sock.close()

    def _logged_in(self, port: int, name: str, capabilities: str = "") -> Person | None:
        """By the password that was told last, or else the one that was asked for since. None if
        there is no such account, or nobody was told that there is."""
        for password in self.ledger.possible(("password", name)):
            if password is None:
                continue
            person = Person(port, name, password, capabilities)
            if person.logged_in:
                self.ledger.check(("password", name), password)
                return person
            person.sock.close()
        return None

    def _check_newcomers(self, port: int) -> None:
        """They are asked once, in the life after."""
        keys = [key for key in {**self.ledger.told, **self.ledger.asked} if key[0] == "password"]
        for name in sorted(str(key[1]) for key in keys if str(key[1]).startswith("new")):
            person = self._logged_in(port, name)
            if person is None:
                self.ledger.check(("password", name), None)
            else:
                person.sock.close()
            self.ledger.told.pop(("password", name), None)

    def _come_back(self, port: int, name: str) -> Owner:
        person = self._logged_in(port, name)
        if person is None:
            raise RuntimeError(f"{name} cannot log in with the password that was told last")
        person.sock.close()
        password = self.ledger.now(("password", name))
        owner = Owner(port, name, self.ledger, password, self._rooms[name], self._accepted)
        owner.ask()
        return owner

    def _check_rooms(self, owner: Owner, all_owners: list[Owner]) -> None:
        for room in [*owner.rooms]:
            said = owner.ask(f"JOIN {room}", f"PRIVMSG ChanServ :INFO {room}", f"MODE {room} b")
            owners = _owners(said)
            self.ledger.check(("owners", room), owners, NOBODY)
            if not owners:
                _forget(self.ledger, "rank", room)
                _forget(self.ledger, "bans", room)
                continue
            self._check_ranks(room, said)
            bans = {line.split()[4] for line in said if " 367 " in line}
            self.ledger.check(("bans", room), frozenset(bans), NOBODY)
            self._check_accepted(room, owner, [one for one in all_owners if one.nick in owners])
            if owner.nick not in owners:
                self._give(room, owner, next(one for one in all_owners if one.nick in owners))

    def _check_accepted(self, room: str, asker: Owner, owners: list[Owner]) -> None:
        """Whoever was told that they have accepted the room has; now all others do, too."""
        said = asker.ask(f"PRIVMSG ChanServ :INFO {room}")
        unaccepted = {name for line in said for name in _UNACCEPTED.findall(line)}
        for name in unaccepted & self._accepted[room]:
            self.ledger.broken.append(f"{name} has not accepted {room} any more")
        for one in owners:
            one.ask(f"PRIVMSG ChanServ :ACCEPT {room}")
        self._accepted[room] = {one.nick for one in owners}

    def _check_ranks(self, room: str, said: list[str]) -> None:
        ranks = {name: frozenset(ranks) for line in said for name, ranks in _RANK.findall(line)}
        for name in ABSENT:
            self.ledger.check(("rank", room, name), ranks.get(name, NOBODY), NOBODY)

    @staticmethod
    def _give(room: str, owner: Owner, other: Owner) -> None:
        owner.rooms.remove(room)
        other.rooms.append(room)
        other.ask(f"JOIN {room}")

    def _check_messages(self, port: int, owners: list[Owner]) -> None:
        """Each is in the conversation once; and those who were not there are told of theirs."""
        for owner in owners:
            partners = (name for name in (*NAMES, *ABSENT) if name != owner.nick)
            lines = owner.ask(*(f"CHATHISTORY LATEST {name} * 500" for name in partners))
            self._compare(lines, by=owner.nick)
        for name in ABSENT:
            person = self._logged_in(port, name)
            if person is None:
                raise RuntimeError(f"{name} cannot log in with the password that was told last")
            self._compare(self._waited(person), to=name)
            person.sock.close()
        for facts in (self.ledger.told, self.ledger.asked):
            for key in [key for key in facts if key[0] == "said"]:
                del facts[key]

    def _waited(self, person: Person) -> list[str]:
        """What waited for somebody: it is told in the background, step by step."""
        keys = [key for key in self.ledger.told if key[0] == "said"]
        texts = {str(key[1]) for key in keys if self.ledger.told[key][1] == person.nick}
        lines: list[str] = []
        end = time.monotonic() + SOON
        while time.monotonic() < end:
            lines += person.ask()
            if texts <= {text for line in lines for text in _TEXT.findall(line)}:
                break
        return lines + person.ask()

    def _compare(self, lines: list[str], by: str = "", to: str = "") -> None:
        """Whether these lines have all messages of somebody, or for somebody, each once."""
        found = Counter(text for line in lines for text in _TEXT.findall(line))
        for key, value in {**self.ledger.asked, **self.ledger.told}.items():
            author, whom = value if key[0] == "said" else ("", "")
            if not author or (by or author) != author or (to or whom) != whom:
                continue
            times = found[str(key[1])]
            if times > 1 or (not times and key in self.ledger.told):
                shown = f"waited for {to}" if to else "is in the history"
                self.ledger.broken.append(f"{key[1]}, {author} to {whom}, {shown} {times} times")


def _owners(said: list[str]) -> frozenset[str]:
    """The accounts to which a room belongs, as ChanServ says."""
    found = next((match for line in said if (match := _BELONGS.search(line))), None)
    if found is None:
        raise RuntimeError(f"ChanServ says nothing: {said}")
    return frozenset() if found[1] == "nobody" else frozenset(found[1].split(" and "))
