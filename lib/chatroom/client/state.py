"""What a session knows of the server and of its rooms: changed by `handlers`, read by everyone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from chatroom.client.events import Member, RoomRow, WhoRow
from chatroom.wire.isupport import mode_types
from chatroom.wire.message import MAX_BODY, Message
from chatroom.wire.modes import ModeTypes
from chatroom.wire.names import CASEMAPPINGS, ROOM_PREFIX

_UNKNOWN_USERHOST = "u" * 11 + "@" + "h" * 63
"""As long as a server will make it, until our own JOIN tells (Modern IRC, "HOSTLEN")."""


@dataclass
class Room:
    """A room that we are in. `members` are by folded nickname."""

    name: str
    topic: str = ""
    entered: bool = False
    members: dict[str, Member] = field(default_factory=dict)


class State:
    """Our nickname, the server's ISUPPORT tokens, and the rooms that we are in."""

    def __init__(self) -> None:
        self.nick = ""
        self.userhost = _UNKNOWN_USERHOST
        self.registered = False
        self.ready = False
        self.isupport: dict[str, str] = {}
        self.modes: ModeTypes = mode_types({})
        self.rooms: dict[str, Room] = {}
        self.names: dict[str, list[Member]] = {}
        self.list_rows: list[RoomRow] = []
        self.who_rows: list[WhoRow] = []
        self.whois: dict[str, list[Message]] = {}

    @property
    def fold(self) -> Callable[[str], str]:
        """The server's casemapping; RFC 1459's where it names none that we know."""
        name = self.isupport.get("CASEMAPPING", "")
        return CASEMAPPINGS.get(name, CASEMAPPINGS["rfc1459"])

    def learn(self, tokens: dict[str, str]) -> None:
        """Take in the tokens of a 005 line; `-NAME` takes one back."""
        for name, value in tokens.items():
            if name.startswith("-"):
                self.isupport.pop(name.removeprefix("-"), None)
            else:
                self.isupport[name] = value
        self.modes = mode_types(self.isupport)
        self.rooms = {self.fold(room.name): room for room in self.rooms.values()}

    def is_own(self, nick: str) -> bool:
        """Whether that is our nickname."""
        return self.fold(nick) == self.fold(self.nick)

    def is_room(self, target: str) -> bool:
        """Whether that names a room (ISUPPORT CHANTYPES) rather than a person."""
        return target[:1] in self._room_types and bool(target)

    @property
    def _room_types(self) -> str:
        return self.isupport.get("CHANTYPES", "#&")

    def room_meant(self, name: str) -> str:
        """The room that a person means by a bare name."""
        if self.is_room(name):
            return name
        types = self._room_types
        return (ROOM_PREFIX if ROOM_PREFIX in types or not types else types[0]) + name

    def room(self, name: str) -> Room | None:
        """The room of that name, if we are in it."""
        return self.rooms.get(self.fold(name))

    def enter(self, name: str) -> None:
        """We are in that room now."""
        self.rooms[self.fold(name)] = Room(name)

    def leave(self, name: str) -> None:
        """We are in that room no more."""
        self.rooms.pop(self.fold(name), None)

    def called(self, name: str) -> str:
        """The room's name in the one spelling that events use."""
        room = self.room(name)
        return room.name if room else name

    def add_member(self, name: str, member: Member) -> None:
        """Somebody is in a room of ours now."""
        if room := self.room(name):
            room.members[self.fold(member.nick)] = member

    def remove_member(self, nick: str, rooms: Iterable[Room]) -> bool:
        """Somebody is in these rooms no more; whether it was so in any."""
        key = self.fold(nick)
        gone = [room.members.pop(key, None) for room in rooms]
        return any(member is not None for member in gone)

    def rename(self, old: str, new: str) -> None:
        """Somebody has another nickname now, in all rooms."""
        if self.is_own(old):
            self.nick = new
        for room in self.rooms.values():
            member = room.members.pop(self.fold(old), None)
            if member:
                room.members[self.fold(new)] = member._replace(nick=new)

    def member(self, word: str) -> Member:
        """One word of a 353 reply: prefixes, nickname, perhaps user and host."""
        symbols = self.modes.prefix_symbols
        name = word.lstrip(symbols) if symbols else word
        held = word[: len(word) - len(name)]
        letters = dict(zip(symbols, self.modes.prefix_letters, strict=False))
        modes = "".join(letters.get(symbol, "") for symbol in held)
        return Member(name.partition("!")[0], modes)

    def change_member(self, room: Room, adding: bool, letter: str, nick: str) -> None:
        """A prefix mode was given to somebody, or taken away."""
        key = self.fold(nick)
        member = room.members.get(key)
        if member is None:
            return
        held = set(member.modes) - {letter} | ({letter} if adding else set())
        modes = "".join(each for each in self.modes.prefix_letters if each in held)
        room.members[key] = member._replace(modes=modes)

    def relays(self, tag: str) -> bool:
        """Whether the server relays a client tag, named without `+` (ISUPPORT CLIENTTAGDENY)."""
        denied = self.isupport.get("CLIENTTAGDENY", "").split(",")
        return tag not in denied and not ("*" in denied and f"-{tag}" not in denied)

    def room_for_text(self, command: str, target: str) -> int:
        """Bytes of text that fit when the server relays them (Modern IRC, "Message Format").

        What others get is `:nick!user@host COMMAND target :text`, CR LF included.
        """
        around = f":{self.nick}!{self.userhost} {command} {target} :\r\n"
        return MAX_BODY - len(around.encode())
