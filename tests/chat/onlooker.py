"""A client that knows of the chat only what its lines say: who is in its rooms, with which rank.

It reads lines as any IRC client does, and asks for a room's modes on entering. So what it believes
shows whether all that a client needs to know was told, and nothing else.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from chatroom.wire.message import Message, parse

RANK_OF = dict(zip("~&@%+", "qaohv", strict=True))
_PREFIXES = re.compile(r"([~&@%+]*)([^!]+)")
WORDS = re.compile(r"\bw\d+w\b")
"""What people say here: no two say the same."""


@dataclass
class Seen:
    """A member, as far as this client knows. `account` and `about`, a value of the metadata, are
    None where nobody has told."""

    ranks: set[str] = field(default_factory=set)
    account: str | None = None
    about: str | None = None


@dataclass
class SeenRoom:
    members: dict[str, Seen] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    was_auditorium: bool = False
    """Where not everybody sees who comes and goes (mode u)."""
    about: str | None = None


class Onlooker:
    """`heard` are the words that arrived; `refusals` the lines since the last look that refuse."""

    def __init__(self) -> None:
        self.nick = ""
        self.account = ""
        self.rooms: dict[str, SeenRoom] = {}
        self.heard: list[str] = []
        self.lines: list[str] = []
        self.closed = False
        self._synchronising: list[str] = []

    def read(self, lines: Iterable[str]) -> Iterator[str]:
        """Take lines in. Yields what the client asks in turn."""
        for line in lines:
            self.lines.append(line)
            self.heard += WORDS.findall(line)
            message = parse(line)
            assert message is not None
            entered = self._read(message)
            if entered:
                yield f"MODE {entered}"

    def _read(self, message: Message) -> str | None:
        handle = getattr(self, f"_on_{message.command.lower()}", None)
        if handle is not None:
            entered: str | None = handle(message.source.partition("!")[0], *message.params)
            return entered
        return None

    def _on_001(self, _server: str, nick: str, _text: str) -> None:
        self.nick = nick

    def _on_900(self, _server: str, _nick: str, _mask: str, account: str, _text: str) -> None:
        self._on_account(self.nick, account)
        self.account = account

    def _on_901(self, _server: str, _nick: str, _mask: str, _text: str) -> None:
        self._on_account(self.nick, "*")
        self.account = ""

    def _on_join(self, who: str, room: str, account: str = "", _name: str = "") -> str | None:
        known = account.replace("*", "") if account else None
        if who == self.nick:
            self.rooms[room] = SeenRoom({who: Seen(account=known)})
            return room
        known_there = who in self.rooms[room].members
        assert not known_there or self.rooms[room].was_auditorium, f"{who} is in {room} already"
        self.rooms[room].members[who] = Seen(account=known)
        return None

    def _on_353(self, _server: str, _nick: str, _symbol: str, room: str, names: str) -> None:
        for name in names.split():
            symbols, nick = _PREFIXES.findall(name)[0]
            ranks = {RANK_OF[symbol] for symbol in symbols}
            self.rooms[room].members.setdefault(nick, Seen()).ranks = ranks

    def _on_324(self, _server: str, _nick: str, room: str, flags: str, *_params: str) -> None:
        self.rooms[room].flags = set(flags[1:])
        self.rooms[room].was_auditorium |= "u" in flags

    def _on_batch(self, _server: str, reference: str, kind: str = "", room: str = "") -> None:
        """What a room's metadata do not have is not set (metadata-3, "Client considerations")."""
        if reference.startswith("+"):
            self._synchronising.append(room if kind == "metadata" else "")
        elif (ended := self._synchronising.pop()) in self.rooms:
            there = self.rooms[ended]
            there.about = there.about or ""
            for one in there.members.values():
                one.about = one.about or ""

    def _on_761(
        self, _server: str, _nick: str, of: str, _key: str, _visibility: str, value: str
    ) -> None:
        self._told_about(of, value)

    def _on_766(self, _server: str, _nick: str, of: str, _key: str, _text: str) -> None:
        self._told_about(of, "")

    def _told_about(self, of: str, value: str) -> None:
        if of in self.rooms:
            self.rooms[of].about = value
        for room in self.rooms.values():
            if of in room.members:
                room.members[of].about = value

    def _on_part(self, who: str, room: str, _why: str = "") -> None:
        self._left(who, room)

    def _on_rename(self, _by: str, room: str, to: str, _why: str) -> None:
        self.rooms[to] = self.rooms.pop(room)

    def _on_kick(self, _by: str, room: str, who: str, _why: str) -> None:
        self._left(who, room)

    def _left(self, who: str, room: str) -> None:
        if who == self.nick:
            del self.rooms[room]
        elif not self.rooms[room].was_auditorium:
            del self.rooms[room].members[who]
        else:
            self.rooms[room].members.pop(who, None)

    def _on_quit(self, who: str, _why: str) -> None:
        rooms = [room for room in self.rooms.values() if who in room.members]
        may_be_hidden = any(room.was_auditorium for room in self.rooms.values())
        assert rooms or may_be_hidden, f"{who}, whom it does not see, quits"
        for room in rooms:
            del room.members[who]

    def _on_nick(self, who: str, nick: str) -> None:
        if who == self.nick:
            self.nick = nick
        for room in self.rooms.values():
            if who in room.members:
                renamed = {nick if one == who else one: seen for one, seen in room.members.items()}
                room.members = renamed

    def _on_account(self, who: str, account: str) -> None:
        for room in self.rooms.values():
            if who in room.members:
                room.members[who].account = account.replace("*", "")

    def _on_mode(self, _by: str, target: str, changes: str, *params: str) -> None:
        room, rest, adding = self.rooms.get(target), list(params), True
        if room is None:
            return
        for letter in changes:
            if letter in "+-":
                adding = letter == "+"
            elif letter in "qaohv":
                nick = rest.pop(0)
                if nick in room.members:  # else it is an account whose owner is not here
                    ranks = room.members[nick].ranks
                    (ranks.add if adding else ranks.discard)(letter)
            elif letter == "b":
                rest.pop(0)
            else:
                if letter == "f" and adding:
                    rest.pop(0)
                (room.flags.add if adding else room.flags.discard)(letter)
                room.was_auditorium |= letter == "u"
