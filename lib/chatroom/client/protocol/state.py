"""What a session knows about the server and its rooms: `handlers` change it, everybody reads it."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from chatroom.client.limits import (
    ANSWER_BYTES,
    LIMITS,
    Allowance,
    Exceeds,
    Excess,
    text_weight,
    weight,
)
from chatroom.client.protocol.events import Member, RoomRow, WhoRow
from chatroom.client.protocol.gate import is_name
from chatroom.wire.isupport import mode_types
from chatroom.wire.message import MAX_BODY, Message
from chatroom.wire.modes import ModeTypes
from chatroom.wire.names import NAME_MAPPINGS, ROOM_PREFIX, folding

_ROOM_TYPES = "#&"
"""The default if the server names none (Modern IRC, "CHANTYPES Parameter")."""

_UNKNOWN_USERHOST = "u" * 11 + "@" + "h" * 63
"""Assumed length of our host until our own JOIN shows it: the longest that servers allow (Modern
IRC, "HOSTLEN")."""

_LONGEST_WORD = 40
"""The most characters of a text that may be a name as a whole."""


@dataclass
class Room:
    """A room that we are in, since `since` by the server's clock ("" if it does not say). `members`
    are by folded nickname."""

    name: str
    since: str = ""
    topic: str = ""
    entered: bool = False
    members: dict[str, Member] = field(default_factory=dict)


class State:
    """Our nickname, the server's ISUPPORT tokens, and the rooms that we are in."""

    def __init__(self) -> None:
        self.nick = ""
        self.account = ""
        """The account that we are logged in to; "" for none."""
        self.userhost = _UNKNOWN_USERHOST
        self.is_operator = False
        """Whether we are an operator of the server."""
        self.registered = False
        self.ready = False
        self.isupport: dict[str, str] = {}
        self.fold: Callable[[str], str] = folding(self.isupport)
        """How the server compares names."""
        self.modes: ModeTypes = mode_types({})
        self.rooms: dict[str, Room] = {}
        self.names: dict[str, list[Member]] = {}
        self.list_rows: list[RoomRow] = []
        self.list_entries = 0  # of the list of a room that is under way
        self.who_rows: list[WhoRow] = []
        self.whois: dict[str, list[Message]] = {}
        self.exceeded: list[Excess] = []
        """The limits that were exceeded; the caller takes them out."""
        self._used = {
            "member": Allowance(LIMITS.member_bytes),
            "topic": Allowance(LIMITS.topic_bytes),
            "whois": Allowance(LIMITS.whois_bytes),
        }
        self._answers = Allowance(ANSWER_BYTES)
        self._answering: dict[tuple[str, str], int] = {}
        """The part of them that each answer uses: by `list`, `who` or `names`, and the folded
        room."""
        self._answered = 0

    # Limits on what a server makes us remember (client/limits.py)

    def takes(self, purpose: str, size: int, room: str = "") -> bool:
        """Whether this many more bytes may be kept for that purpose, such as `member`."""
        taken = self._used[purpose].takes(size)
        if not taken:
            self._exceeds(Excess(f"{purpose}_bytes", room))
        return taken

    def forget(self, purpose: str) -> None:
        """Everything for that purpose was dropped."""
        self._used[purpose].used = 0

    def answer_takes(self, purpose: str, size: int, room: str = "", key: str = "") -> bool:
        """Whether there is memory for a row of an answer: `list` or `who`, or `names` of a room,
        whose folded name is `key`."""
        taken = self._answers.takes(size)
        if taken:
            used = self._answering.get((purpose, key), 0)
            self._answering[purpose, key] = used + size
        else:
            self._exceeds(Excess(f"{purpose}_bytes", room, self._answered))
        return taken

    def answer_ends(self, purpose: str, key: str = "") -> None:
        """The answer is complete, and its rows do not count any more."""
        self._answered += 1
        self._answers.give_back(self._answering.pop((purpose, key), 0))

    def _exceeds(self, excess: Excess) -> None:
        if excess not in self.exceeded[-1:]:  # a room's members are left out by the thousand
            self.exceeded.append(excess)

    def set_topic(self, room: Room, topic: str) -> None:
        """Set the topic of a room."""
        self._used["topic"].give_back(text_weight(room.topic))
        taken = self.takes("topic", text_weight(topic), room.name)
        room.topic = topic if taken else ""

    def fold_text(self, text: str) -> str:
        """Fold a text in which names are searched. PRECIS is made for names: it is too slow for
        long texts, and for a text with a space it would not do more than this function."""
        if text.isascii() or len(text) <= _LONGEST_WORD:
            return self.fold(text)
        lowered = unicodedata.normalize("NFKC", text).lower()
        return unicodedata.normalize("NFKC", lowered)

    def learn(self, tokens: dict[str, str]) -> None:
        """Process the tokens of a 005 line; `-NAME` removes one.

        The way in which names are compared cannot change once there are some.
        """
        for name, value in tokens.items():
            if name.removeprefix("-") in NAME_MAPPINGS and (self.ready or self.rooms):
                continue
            if name.startswith("-"):
                self.isupport.pop(name.removeprefix("-"), None)
            elif name in self.isupport or len(self.isupport) < LIMITS.isupport_tokens:
                self.isupport[name] = value
            else:
                self._exceeds(Excess("isupport_tokens"))
        self.modes = mode_types(self.isupport)
        self.fold = folding(self.isupport)

    def learn_userhost(self, userhost: str) -> None:
        """Set our user and host as others see them, unless they are impossible."""
        if is_name(userhost):
            self.userhost = userhost

    def is_own(self, nick: str) -> bool:
        """Whether it is our nickname."""
        return bool(nick) and self.fold(nick) == self.fold(self.nick)

    def is_room(self, target: str) -> bool:
        """Whether it names a room (ISUPPORT CHANTYPES) and not a person.

        A broken server may change CHANTYPES while we are in rooms, which stay rooms.
        """
        if target[:1] in self.isupport.get("CHANTYPES", _ROOM_TYPES):
            return bool(target)
        return target[0] == ROOM_PREFIX and self.room(target) is not None

    def room_meant(self, name: str) -> str:
        """The room that a person means with a bare name."""
        if self.is_room(name):
            return name
        types = self.isupport.get("CHANTYPES", _ROOM_TYPES)
        return (ROOM_PREFIX if ROOM_PREFIX in types or not types else types[0]) + name

    def rooms_meant(self, names: str) -> str:
        """The rooms that a person means with bare names, separated by commas."""
        return ",".join(map(self.room_meant, filter(None, names.split(","))))

    def room(self, name: str) -> Room | None:
        """The room of that name, if we are in it."""
        return self.rooms.get(self.fold(name))

    def enter(self, name: str, since: str = "") -> None:
        """Note that we have entered a room. Raises Exceeds."""
        self.leave(name)
        if len(self.rooms) >= LIMITS.rooms:
            raise Exceeds("rooms")
        self.rooms[self.fold(name)] = Room(name, since)

    def leave(self, name: str) -> None:
        """Note that we have left a room."""
        room = self.rooms.pop(self.fold(name), None)
        if room:
            self._used["member"].give_back(sum(map(_size, room.members.values())))
            self._used["topic"].give_back(text_weight(room.topic))

    def rename_room(self, old: str, new: str) -> bool:
        """A room of ours has another name. Returns whether there is such a room of ours."""
        room = self.rooms.pop(self.fold(old), None)
        if room is None:
            return False
        self.leave(new)
        room.name = new
        self.rooms[self.fold(new)] = room
        return True

    def called(self, name: str) -> str:
        """The room's name in the spelling that events use."""
        room = self.room(name)
        return room.name if room else name

    def add_member(self, name: str, member: Member) -> None:
        """Add a member to a room of ours."""
        if room := self.room(name):
            self._put(room, member)

    def fill(self, room: Room, members: Iterable[Member]) -> None:
        """Set all members of a room of ours."""
        for key in tuple(room.members):
            self._take(room, key)
        for member in members:
            self._put(room, member)

    def _put(self, room: Room, member: Member) -> None:
        key = self.fold(member.nick)
        self._take(room, key)
        if self.takes("member", _size(member), room.name):
            room.members[key] = member

    def _take(self, room: Room, key: str) -> Member | None:
        member = room.members.pop(key, None)
        if member:
            self._used["member"].give_back(_size(member))
        return member

    def remove_member(self, nick: str, rooms: Iterable[Room]) -> bool:
        """Remove somebody from these rooms. Returns whether they were in one."""
        key = self.fold(nick)
        gone = [self._take(room, key) for room in rooms]
        return any(member is not None for member in gone)

    # The rows of NAMES, until its end

    def name(self, room: str, words: Iterable[str]) -> None:
        """353: some members of a room, with their prefixes."""
        key = self.fold(room)
        told = self.names.get(key)
        if told is None:
            if not self.answer_takes("names", 2 * weight(room), room, key):
                return
            told = self.names[key] = []
        for member in map(self.member, words):
            if is_name(member.nick) and self.answer_takes("names", weight(member.nick), room, key):
                told.append(member)

    def named(self, room: str) -> tuple[Member, ...]:
        """366: all of them. Their memory no longer counts as names, so that `fill` can count it."""
        key = self.fold(room)
        self.answer_ends("names", key)
        return tuple(self.names.pop(key, ()))

    def rename(self, old: str, new: str) -> None:
        """Change somebody's nickname in all rooms."""
        if self.is_own(old):
            self.nick = new
        for room in self.rooms.values():
            member = self._take(room, self.fold(old))
            if member:
                self._put(room, member._replace(nick=new))

    def member(self, word: str) -> Member:
        """One word of a 353 reply: prefixes, nickname, perhaps user and host."""
        symbols = self.modes.prefix_symbols
        name = word.lstrip(symbols) if symbols else word
        held = word[: len(word) - len(name)]
        letters = dict(zip(symbols, self.modes.prefix_letters, strict=False))
        modes = "".join(letters.get(symbol, "") for symbol in held)
        return Member(name.partition("!")[0], modes)

    def change_member(self, room: Room, adding: bool, letter: str, nick: str) -> None:
        """Somebody has got a prefix mode, or lost it."""
        key = self.fold(nick)
        member = room.members.get(key)
        if member is None:
            return
        held = set(member.modes) - {letter} | ({letter} if adding else set())
        modes = "".join(each for each in self.modes.prefix_letters if each in held)
        self._put(room, member._replace(modes=modes))

    def relays(self, tag: str) -> bool:
        """Whether the server relays a client tag, named without `+` (ISUPPORT CLIENTTAGDENY)."""
        denied = self.isupport.get("CLIENTTAGDENY", "").split(",")
        return tag not in denied and not ("*" in denied and f"-{tag}" not in denied)

    def room_for_text(self, command: str, target: str) -> int:
        """The bytes of text that fit when the server relays them (Modern IRC, "Message Format").

        Others get `:nick!user@host COMMAND target :text`, CR LF included.
        """
        around = f":{self.nick}!{self.userhost} {command} {target} :\r\n"
        return MAX_BODY - len(around.encode())


def _size(member: Member) -> int:
    """The approximate memory of a member in bytes, including the folded nickname."""
    return weight(member.nick, member.nick)
