"""A server as full as its limits allow, and the actors who send it their worst lines."""

import itertools
import re
import selectors
import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path

from benchmarks.house import House, receive
from benchmarks.worst.size import Size
from benchmarks.worst.words import dots, nickname, one_mask
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import MetadataChanged, ServerBansRestored
from chatroom.chat.state.server_bans import BUCKET
from chatroom.wire.metadata import METADATA
from chatroom.wire.sasl import prepared
from chatroom.wire.scram import derive

PASSWORD = "a password"

CROWD, TAGS = "#crowd", "#tags"

MALLORY = "a" * 30
HOLDER = "holder"
ALL_CAPABILITIES = (
    "batch cap-notify draft/chathistory draft/event-playback draft/message-redaction echo-message"
    " labeled-response message-tags multi-prefix server-time soju.im/search standard-replies"
    " userhost-in-names account-notify account-tag extended-join sasl"
)
MASK_BYTES = 85
"""Of a mask in a list: as long as a name is, for a longer one is given up sooner."""

_CONFIG = f"""\
[server]
password = "{PASSWORD}"
motd = '''{"A line of the message of the day that is as long as such lines are. " * 5}
'''
[tls]
required = "never"
[operators]
passwords = {{ root = "{derive(prepared(PASSWORD), b"0123456789abcdef", 10).text}" }}
[web]
url = "https://chat.example.org"
[limits]
flood_rate = 0
outbox = 16777216
idle_ping = 86400
registration = 86400
tries_per_address = 1000
tries_per_account = 1000
"""


ROOMS_EACH = 50


def _bans(count: int) -> Iterator[tuple[str, bool, str, float, float, str]]:
    """A third are of addresses and networks; 200 masks have no part without wildcards."""
    for number in range(count):
        high, low = divmod(number, 256)
        if number % 3 == 0:
            prefix = 24 + number % 9
            target = str(ip_network(f"10.{high}.{low}.0/{prefix}", strict=False))
        elif number < BUCKET:
            target = f"*a{number}*!*a*@2001:*aaa{number}"
        else:
            target = f"*!a{number}@*" if number % 3 == 1 else f"*!*@192.0.{high}.{low}"
        yield target, number % 3 == 0, "root", 0.0, 0.0, "spam"


class Actor:
    """A connection whose lines are measured."""

    def __init__(self, stage: "Stage", sock: socket.socket) -> None:
        self.stage = stage
        self.sock = sock
        self.seen = b""
        self.ended = False

    def send(self, data: bytes) -> None:
        """As it is. The server may have to read in between."""
        view = memoryview(data)
        while view:
            try:
                view = view[self.sock.send(view) :]
            except BlockingIOError:
                self.stage.house.step()
                self.read()
            except ConnectionError:
                self.ended = True
                return

    def read(self) -> None:
        """Take what has come."""
        data = receive(self.sock)
        if data is None:
            self.ended = True
        else:
            self.seen = self.seen[-300:] + data

    def await_(self, pattern: str) -> None:
        """Tick until that has come, or the connection has ended."""
        wanted = re.compile(pattern.encode())

        def has_come() -> bool:
            self.read()
            return self.ended or wanted.search(self.seen) is not None

        self.stage.house.until(has_come)
        self.seen = b""

    def do(self, *lines: str | bytes, settle: bool = True) -> None:
        """Send lines of IRC, and wait until all is answered."""
        raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
        for begin in range(0, len(raw), 50):
            self.send(b"".join(line + b"\r\n" for line in raw[begin : begin + 50]))
            if settle:
                self.send(b"PING :did\r\n")
                self.await_(r"PONG \S+ :?did\r\n$")

    def close(self) -> None:
        """Hang up."""
        self.sock.close()


class Stage:
    """Sets everything up. `actor` gives an actor by name, who is made anew when it has gone."""

    def __init__(self, directory: Path, size: Size, say: Callable[[str], None]) -> None:
        self.size = size
        self.house = House(directory, _CONFIG, self._hosts())
        self._host = ""
        self._numbers = itertools.count()
        self._crowd = selectors.DefaultSelector()
        self._actors: dict[str, Actor] = {}
        say(f"{size.rooms} rooms with {size.bans} bans each")
        self.rooms: list[str] = []
        self._keepers = [self._keep(n) for n in range(-(-size.rooms // ROOMS_EACH))]
        say(f"{size.messages} messages, and {size.tagged} with 4 KB of tags")
        self._talk()
        say(f"{size.crowds} rooms of {size.members}")
        self.crowds = [CROWD, *(f"#crowd{n}" for n in range(1, size.crowds))]
        self.actor("owner")
        for name in ("mallory", "person"):
            self.actor(name)
        self.people: list[str] = []
        for room in self.crowds:
            self._gather(room)
        self._fill_lists()
        apply(self.house.server.world, ServerBansRestored(tuple(_bans(size.server_bans))))
        self.drain()
        self.house.spare_the_loop()

    def end(self) -> None:
        """Give everything back."""
        for actor in (*self._actors.values(), *self._keepers):
            actor.close()
        for key in list(self._crowd.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._crowd.close()
        self.house.end()

    def _hosts(self) -> Iterator[str]:
        """IPv6 addresses as long as they get, each of another network."""
        for number in itertools.count(0x1000):
            yield self._host or f"2001:db8a:{number:x}:aaaa:aaaa:aaaa:aaaa:aaaa"

    # Those who are there

    def _keep(self, number: int) -> Actor:
        """Somebody who founds fifty rooms, with lists and topics."""
        keeper = self._enter(f"keeper{number}")
        mine = range(number * ROOMS_EACH, min(self.size.rooms, (number + 1) * ROOMS_EACH))
        rooms = [_room(at) for at in mine]
        self.rooms += rooms
        lines = [f"JOIN {room}" for room in rooms]
        for room in rooms:
            lines.append(f"TOPIC {room} :{'a' * 200}")
            lines += _list_lines(room, "b", self.size.bans)
        keeper.do(*lines)
        return keeper

    def _talk(self) -> None:
        talker = self._enter("talker", ALL_CAPABILITIES)
        talker.do(f"JOIN {CROWD}", f"JOIN {TAGS}")
        talker.do(*(f"PRIVMSG {CROWD} :{'x y z ' * 60}{at}" for at in range(self.size.messages)))
        tags = f"@+a={'b' * 4000} ".encode()
        talker.do(*(tags + f"PRIVMSG {TAGS} :{at}".encode() for at in range(self.size.tagged)))
        talker.do("PART #crowd")
        self._keepers.append(talker)

    def _gather(self, room: str) -> None:
        """People with the longest of names; half of the real names are in a script with case."""
        names = [nickname(next(self._numbers)) for at in range(self.size.members)]
        self.people += names
        socks = self.house.connect(len(names))
        for begin in range(0, len(names), 100):
            waiting = dict(zip(names[begin : begin + 100], socks[begin : begin + 100], strict=True))
            for at, (name, sock) in enumerate(waiting.items()):
                realname = "Ж" * 150 if at % 2 else "a" * 150
                sock.send(
                    f"PASS :{PASSWORD}\r\nNICK {name}\r\nUSER {'a' * 17} 0 * :{realname}\r\n"
                    f"JOIN {room}\r\nPING :in\r\n".encode()
                )
            ends = dict.fromkeys(waiting.values(), b"")  # an answer may come in two pieces

            def are_in(ends: dict[socket.socket, bytes] = ends) -> bool:
                for sock, end in list(ends.items()):
                    data = end + (receive(sock) or b"")
                    ends[sock] = data[-100:]
                    if re.search(rb" PONG \S+ :?in\r\n", data):
                        del ends[sock]
                return not ends

            self.house.until(are_in)
            self.drain()
        registered = self.house.server.world.registered
        assert registered >= len(self.people), f"only {registered} have registered"
        self._describe(room)
        for sock in socks:
            self._crowd.register(sock, selectors.EVENT_READ)

    def _describe(self, room: str) -> None:
        """The people have metadata, and are told of that of others."""
        world = self.house.server.world
        for user in world.rooms[room].members:
            apply(world, MetadataChanged(user.id, "", dict.fromkeys("012", "a" * 200)))
            for session in user.sessions:
                assert isinstance(session, Session)
                session.agree_on(session.capabilities | {"batch", METADATA})
                world.subscriptions.subscribe(session, "1")

    def _fill_lists(self) -> None:
        """The last ban of the crowd's fits mallory, and so does the last exception."""
        owner = self.actor("owner")
        most = self.size.bans
        for letter in "beI":
            owner.do(*_list_lines(CROWD, letter, most - 1))
            owner.do(f"MODE {CROWD} +{letter} *!*@2001:db8a*")
        owner.do(f"TOPIC {CROWD} :{'茶' * 80}")

    def drain(self) -> set[int]:
        """Read what the crowd was sent. Returns who of them got something."""
        heard: set[int] = set()
        while ready := self._crowd.select(0):
            for key, _ in ready:
                heard.add(key.fd)
                assert isinstance(key.fileobj, socket.socket)
                receive(key.fileobj)
        return heard

    # Those who act

    def actor(self, name: str) -> Actor:
        """Raises KeyError for one that nobody knows."""
        actor = self._actors.get(name)
        if actor is None or actor.ended:
            actor = self._actors[name] = _ACTORS[name](self)
        return actor

    def dismiss(self, name: str) -> None:
        """The next who is asked for by that name is another."""
        actor = self._actors.pop(name, None)
        if actor is not None:
            actor.close()

    def call(self) -> Actor:
        """A connection that has said nothing."""
        return Actor(self, self.house.connect()[0])

    def _enter(self, nick: str, capabilities: str = "", username: str = "") -> Actor:
        """Somebody who has registered."""
        actor = self.call()
        caps = [f"CAP REQ :{capabilities}"] if capabilities else []
        words = [*caps, f"PASS :{PASSWORD}", f"NICK {nick}",
                 f"USER {username or 'a' * 17} 0 * :{'a' * 150}", "CAP END"]  # fmt: skip
        actor.do(*words)
        return actor

    def owner(self) -> Actor:
        """The operator of the crowds, with every capability."""
        owner = self._enter("owner", ALL_CAPABILITIES)
        owner.do(*(f"JOIN {room}" for room in self.crowds))
        return owner

    def mallory(self) -> Actor:
        """A member without voice of fifty rooms, whose name is hard to tell from the masks."""
        mallory = self._enter(MALLORY, ALL_CAPABILITIES)
        rooms = [*self.crowds, TAGS, *self.rooms][:ROOMS_EACH]
        mallory.do(*(f"JOIN {room}" for room in rooms))
        return mallory

    def outsider(self) -> Actor:
        """Registered, and in no room; no capabilities."""
        return self._enter("b" + "a" * 29)

    def holder(self) -> Actor:
        """Logged in to an account with as many tokens as there may be; no capabilities."""
        holder = self._enter(HOLDER)
        holder.send(f"REGISTER * * :{PASSWORD}\r\n".encode())
        holder.await_(" 900 ")
        for number in range(self.size.tokens):
            holder.send(f"NS TOKEN CREATE {number:032} all read\r\n".encode())
            holder.await_("never again")
        return holder

    def founder(self) -> Actor:
        """The operator of an empty room of their own."""
        founder = self._enter("founder", ALL_CAPABILITIES)
        founder.do("JOIN #own", *(f"JOIN #own{at}" for at in range(40)))
        return founder

    def operator(self) -> Actor:
        """An operator of the server."""
        operator = self._enter("warden", ALL_CAPABILITIES)
        operator.send(f"OPER root :{PASSWORD}\r\n".encode())
        operator.await_(" 381 ")
        return operator

    def guest(self) -> Actor:
        """An IRC client that has not registered."""
        guest = self.call()
        guest.do(f"PASS :{PASSWORD}")
        return guest

    def caller(self) -> Actor:
        """At the plain door, asked for the password."""
        caller = self.call()
        caller.send(b"hello\r\n")
        caller.await_("Password|password")
        return caller

    def namer(self) -> Actor:
        """At the plain door, asked for a nickname."""
        namer = self.call()
        namer.send(f"{PASSWORD}\r\n".encode())
        namer.await_("Choose a nickname")
        return namer

    def entrant(self) -> Actor:
        """At the plain door, asked for a room."""
        entrant = self.call()
        entrant.send(f"{PASSWORD}\r\nentrant{next(self._numbers)}\r\n".encode())
        entrant.await_("Choose a room")
        return entrant

    def person(self) -> Actor:
        """At the plain door, in the crowd."""
        person = self.call()
        person.send(f"{PASSWORD}\r\nperson{next(self._numbers)}\r\n{CROWD}\r\n".encode())
        person.await_("exit leaves")
        person.send(b"/join\r\n")
        person.await_("Usage: /join")
        return person

    def plain_holder(self) -> Actor:
        """The same at the plain door, in the crowd."""
        self.actor("holder")
        person = self.person()
        person.send(f"/login {HOLDER}\r\n{PASSWORD}\r\n".encode())
        person.await_("You are logged in as")
        return person


_ACTORS: dict[str, Callable[[Stage], Actor]] = {
    "owner": Stage.owner,
    "mallory": Stage.mallory,
    "outsider": Stage.outsider,
    "founder": Stage.founder,
    "holder": Stage.holder,
    "plain holder": Stage.plain_holder,
    "operator": Stage.operator,
    "guest": Stage.guest,
    "caller": Stage.caller,
    "namer": Stage.namer,
    "entrant": Stage.entrant,
    "person": Stage.person,
    "stranger": Stage.call,
}

PLAIN_ACTORS = frozenset({"caller", "namer", "entrant", "person", "plain holder"})


def _room(number: int) -> str:
    return f"#{dots(100, number)[:40]}{number:09}"


def _list_lines(room: str, letter: str, entries: int) -> list[str]:
    """MODE lines that fill a list, four masks in each."""
    masks = [one_mask(MASK_BYTES, at) for at in range(entries)]
    several = (masks[begin : begin + 3] for begin in range(0, entries, 3))
    return [f"MODE {room} +{letter * len(some)} {' '.join(some)}" for some in several]
