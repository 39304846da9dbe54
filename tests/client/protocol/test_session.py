"""The session: bytes in, events and bytes out, however the bytes are cut."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.client.protocol import events
from chatroom.client.protocol.events import Event, Member
from chatroom.client.protocol.handlers import HANDLERS
from chatroom.client.protocol.session import WINDOW_LINES, Session
from chatroom.client.view.numerics import refusal_text
from chatroom.wire.message import MAX_BODY, ProtocolError, decode

Feeder = Callable[[bytes], Iterator[bytes]]


def whole(data: bytes) -> Iterator[bytes]:
    yield data


def split_in_two(data: bytes) -> Iterator[bytes]:
    yield data[: len(data) // 2]
    yield data[len(data) // 2 :]


def byte_by_byte(data: bytes) -> Iterator[bytes]:
    for index in range(len(data)):
        yield data[index : index + 1]


@pytest.fixture(params=[whole, split_in_two, byte_by_byte])
def feeder(request: pytest.FixtureRequest) -> Feeder:
    feeder: Feeder = request.param
    return feeder


def feed(session: Session, feeder: Feeder, *lines: str) -> list[Event]:
    data = "".join(f"{line}\r\n" for line in lines).encode()
    return [event for piece in feeder(data) for event in session.receive(piece)]


def hear(session: Session, *lines: str) -> list[Event]:
    return feed(session, whole, *lines)


WELCOME = (
    ":s 001 alice :Welcome",
    ":s 005 alice CASEMAPPING=ascii CHANTYPES=# PREFIX=(ov)@+ CHANMODES=b,k,l,imnst :are supported",
    ":s 251 alice :There are 3 users",
    ":s 372 alice :- Be kind",
    ":s 376 alice :End of MOTD",
)
TIME = {"time": "2024-01-01T12:00:00.000Z"}
ENTERING = (
    ":alice!al@example.org JOIN #general",
    ":s 332 alice #general :Tea",
    ":s 353 alice = #general :@+bob alice +carol!c@host",
    ":s 366 alice #general :End",
)


def registered(*lines: str) -> Session:
    session = Session("al", "Alice")
    session.open()
    session.register("alice")
    hear(session, *WELCOME, *lines)
    session.take_output()
    return session


def test_registration_asks_for_what_the_server_offers(feeder: Feeder) -> None:
    """IRCv3 capability negotiation: LS 302 in several lines, REQ, END; values after = are cut."""
    session = Session("al", "Alice", "secret")
    session.open()
    session.register("alice")
    assert session.take_output() == (
        b"CAP LS 302\r\nPASS secret\r\nNICK alice\r\nUSER al 0 * :Alice\r\n"
    )
    feed(session, feeder, ":s CAP * LS * :multi-prefix sasl=PLAIN", ":s CAP * LS :server-time")
    assert session.take_output() == b"CAP REQ :multi-prefix server-time\r\n"
    feed(session, feeder, ":s CAP * ACK :multi-prefix server-time")
    assert session.take_output() == b"CAP END\r\n"


@pytest.mark.parametrize("answer", ["LS :sasl", "NAK :server-time"])
def test_without_capabilities_registration_goes_on(answer: str) -> None:
    """A server that has none of them, or does not want to, still gets CAP END."""
    session = Session("al", "Alice")
    assert hear(session, f":s CAP * {answer}") == []
    assert session.take_output() == b"CAP END\r\n"


@pytest.mark.parametrize("line", [":s 421 * CAP :Unknown command", ":s 451 CAP :Not registered"])
def test_a_server_that_knows_no_capabilities(line: str) -> None:
    """RFC 1459 servers refuse CAP; nobody needs to hear of it."""
    assert hear(Session("al", "Alice"), line) == []


def test_the_welcome_is_told_as_events(feeder: Feeder) -> None:
    """001 names us, 372 is the MOTD, 376 says that ISUPPORT is known (Modern IRC)."""
    session = Session("al", "Alice")
    session.register("alice")
    assert feed(session, feeder, *WELCOME) == [
        events.Registered("alice"),
        events.MotdLine("Be kind"),
        events.Ready(),
    ]
    assert session.state.isupport["CHANTYPES"] == "#"
    assert hear(session, ":s 376 alice :End of MOTD") == []


def test_the_server_may_shorten_the_nickname() -> None:
    """Modern IRC, RPL_WELCOME: its first parameter is the nickname that we have."""
    session = Session("al", "Alice")
    session.register("alice-in-wonderland")
    hear(session, ":s 001 alice-in- :Welcome")
    assert session.state.is_own("ALICE-IN-")


@pytest.mark.parametrize("code", ["431", "432", "433", "436", "437"])
def test_nickname_refused(code: str, feeder: Feeder) -> None:
    """Before registration these ask for another NICK; USER has been said already."""
    session = Session("al", "Alice")
    session.register("bob")
    session.take_output()
    (event,) = feed(session, feeder, f":s {code} * bob :No")
    assert isinstance(event, events.NickRefused)
    session.register("robert")
    assert session.take_output() == b"NICK robert\r\n"


def test_nickname_refused_later_is_a_refusal() -> None:
    """433 for a NICK in the middle of a chat changes nothing."""
    (event,) = hear(session := registered(), ":s 433 alice bob :Nickname is already in use")
    assert isinstance(event, events.Refusal)
    assert session.state.is_own("alice")


def test_an_invalid_mode_is_a_refusal() -> None:
    """696, beyond the 400s and 500s of the other refusals: it is shown as a sentence."""
    (event,) = hear(registered(), ":s 696 alice #g k * :A key has 1 to 32 characters")
    assert isinstance(event, events.Refusal)
    assert (
        refusal_text(event.message) == "Mode k of g was not changed: a key has 1 to 32 characters."
    )


def test_a_ping_is_answered_with_its_words(feeder: Feeder) -> None:
    """Modern IRC, PING: PONG gives back what came."""
    session = registered()
    assert feed(session, feeder, "PING :a b") == []
    assert session.take_output() == b"PONG :a b\r\n"


def test_entering_a_room(feeder: Feeder) -> None:
    """JOIN, 332, 353 (with prefixes, with user and host), 366: then the room is known."""
    session = registered()
    others = (Member("bob", "ov"), Member("carol", "v"))
    assert feed(session, feeder, *ENTERING) == [events.RoomEntered("#general", others, "Tea")]
    assert session.state.userhost == "al@example.org"


def members(session: Session) -> set[tuple[str, str]]:
    room = session.state.room("#GENERAL")
    assert room
    return {(member.nick, member.modes) for member in room.members.values()}


def test_members_come_and_go() -> None:
    """JOIN, PART, QUIT, KICK and NICK of others; names are folded as CASEMAPPING says."""
    session = registered(*ENTERING)
    assert hear(session, ":dave!d@h JOIN #General") == [events.Joined("#general", "dave")]
    assert hear(session, ":DAVE!d@h NICK david") == [events.Renamed("DAVE", "david", False)]
    assert ("david", "") in members(session)
    assert hear(session, ":david!d@h PART #general :bye") == [
        events.Left("#general", "david", "bye", False)
    ]
    assert hear(session, ":Bob!b@h QUIT :Quit: off") == [events.Left("", "Bob", "Quit: off", False)]
    assert hear(session, ":alice!al@h KICK #general carol :out") == [
        events.Kicked("#general", "carol", "alice", "out", False)
    ]
    assert members(session) == {("alice", "")}
    assert hear(session, ":stranger!s@h QUIT :who?") == []


def test_names_are_folded_as_the_server_says() -> None:
    """UTF8MAPPING=rfc8265 beside CASEMAPPING=ascii: É is é, and [] is not {}."""
    session = Session("al", "Al")
    session.register("alice")
    token = "CASEMAPPING=ascii UTF8MAPPING=rfc8265"
    hear(session, *(line.replace("CASEMAPPING=ascii", token) for line in WELCOME), *ENTERING)
    hear(session, ":Émile!e@h JOIN #general", ":n[1]!n@h JOIN #general", ":n{1}!n@h JOIN #general")
    assert len(members(session)) == 6
    assert hear(session, ":émile!e@h PART #GENERAL :bye")
    assert len(members(session)) == 5


def test_modes_follow_the_servers_types() -> None:
    """ISUPPORT CHANMODES and PREFIX tell which letter takes a parameter."""
    session = registered(*ENTERING)
    (event,) = hear(session, ":bob!b@h MODE #general +o-v+lk alice carol 5 key")
    assert isinstance(event, events.ModesChanged)
    assert [change.param for change in event.changes] == ["alice", "carol", "5", "key"]
    assert members(session) == {("alice", "o"), ("bob", "ov"), ("carol", "")}
    hear(session, ":bob!b@h MODE #general -o bob")
    assert ("bob", "v") in members(session)


def test_own_leaving_forgets_the_room() -> None:
    """Our own PART and KICK."""
    session = registered(*ENTERING)
    assert hear(session, ":alice!a@h PART #general") == [events.Left("#general", "alice", "", True)]
    assert session.state.rooms == {}
    hear(session, *ENTERING)
    assert hear(session, ":bob!b@h KICK #general Alice :shoo") == [
        events.Kicked("#general", "Alice", "bob", "shoo", True)
    ]
    assert session.state.rooms == {}


def test_own_new_name() -> None:
    """Our own NICK."""
    session = registered(*ENTERING)
    assert hear(session, ":alice!a@h NICK alicia") == [events.Renamed("alice", "alicia", True)]
    assert session.state.is_own("Alicia")


def test_names_list_rooms_and_topic_asked_later(feeder: Feeder) -> None:
    """NAMES, LIST and TOPIC as answers."""
    session = registered(*ENTERING)
    assert feed(session, feeder, *ENTERING[1:]) == [
        events.TopicTold("#general", "Tea"),
        events.NamesListed(
            "#general", (Member("bob", "ov"), Member("alice"), Member("carol", "v"))
        ),
    ]
    rows = (events.RoomRow("#a", 3, "T"), events.RoomRow("#b", 0))
    lines = [":s 322 alice #a 3 :T", ":s 322 alice #b many", ":s 322 alice * 9 :", ":s 323 alice :"]
    assert feed(session, feeder, *lines) == [events.RoomsListed(rows)]


def test_whom_a_message_is_for(feeder: Feeder) -> None:
    """PRIVMSG and NOTICE: to a room, to its operators (STATUSMSG), to us, from a server."""
    session = registered(*ENTERING)
    said = feed(
        session,
        feeder,
        "@time=2024-01-01T12:00:00.000Z :bob!b@h PRIVMSG #GENERAL :hi",
        ":bob!b@h NOTICE @#general :ops",
        ":bob!b@h PRIVMSG Alice psst",
        ":s NOTICE alice :maintenance",
    )
    assert said == [
        events.Said("#general", "bob", "", "hi", tags=TIME, source="bob!b@h"),
        events.Said(
            "#general",
            "bob",
            "",
            "ops",
            notice=True,
            source="bob!b@h",
            audience="operators and above",
        ),
        events.Said("", "bob", "", "psst", source="bob!b@h"),
        events.Said("", "s", "", "maintenance", notice=True, server=True, source="s"),
    ]


def test_what_is_no_message_does_no_harm(feeder: Feeder) -> None:
    """Other servers relay what is no UTF-8, and worse."""
    session = registered(*ENTERING)
    data = b":bob!b@h PRIVMSG #general :caf\xe9\r\n@tag\r\n" + b"x" * 99999 + b"\r\n:s PING\0\r\n"
    found = [event for piece in feeder(data) for event in session.receive(piece)]
    assert found[0] == events.Said("#general", "bob", "", "caf\ufffd", source="bob!b@h")
    assert [type(event) for event in found[1:]] == [events.Unreadable, events.Unreadable]


@given(st.lists(st.binary(max_size=200)))
def test_random_bytes(pieces: list[bytes]) -> None:
    """Whatever a server sends, the session raises nothing."""
    session = registered(*ENTERING)
    for piece in pieces:
        session.receive(piece)
    session.take_output()


NUMERICS = ["001", "005", "301", "319", "322", "323", "332", "353", "366", "372", "376", "396"]
REFUSALS = ["433", "464", "FAIL", "ERROR"]
WORDS = ["#general", "alice", "bob", "", ":", "+o-v", "=", "*", "LS", "\x01", "İ"]
SOURCES = ["", ":bob!b@h ", ":alice!a@h "]
COMMANDS = [*NUMERICS, *REFUSALS, *HANDLERS, "CAP", "PING", "PONG", "SETNAME", "900"]
ODD_LINES = st.tuples(*map(st.sampled_from, (SOURCES, COMMANDS, WORDS, WORDS)))


@given(st.lists(ODD_LINES))
def test_random_messages(lines: list[tuple[str, str, str, str]]) -> None:
    """Every command with missing and odd parameters."""
    session = registered(*ENTERING)
    for source, command, first, second in lines:
        hear(session, f"{source}{command} {first} {second}")


def test_a_barrier_after_every_window() -> None:
    """Whoever floods is hung up on: after some lines the server must have dealt with them."""
    session = registered(*ENTERING)
    for number in range(WINDOW_LINES):
        assert not session.window_full
        session.say("#general", str(number))
    assert session.window_full
    assert not session.idle
    ping = session.take_output().splitlines()[-1]
    assert ping.startswith(b"PING ")
    assert hear(session, ":s PONG s :something else") == []
    assert hear(session, f":s PONG s {ping.split()[1].decode()}") == [events.Settled()]
    assert session.idle
    assert not session.window_full


@given(
    st.text(
        st.characters(
            exclude_characters="\r\n\0\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f",
            exclude_categories=["Cs"],
        ),
        max_size=2000,
    )
)
def test_long_messages_lose_nothing(text: str) -> None:
    """Modern IRC, "Message Format": 512 bytes for the relayed line, our source included.

    Codes of formatting are repeated in each piece: see tests/text/test_pieces.py.
    """
    session = registered(*ENTERING)
    shown = session.say("#general", text)
    assert shown.text == text
    lines = session.take_output().split(b"\r\n")
    source = b":alice!al@example.org "
    said = [line for line in lines if line.startswith(b"PRIVMSG")]
    assert all(len(source + line) <= MAX_BODY - 2 for line in said)
    messages = [decode(line) for line in said]
    assert "".join(message.params[1] for message in messages if message) == text


def test_actions_are_split_as_actions() -> None:
    """CTCP ACTION: each piece is one."""
    session = registered(*ENTERING)
    session.say("#general", "waves " * 200, action=True)
    messages = [decode(line) for line in session.take_output().splitlines()]
    texts = [message.params[1] for message in messages if message and message.command == "PRIVMSG"]
    assert len(texts) > 2
    assert all(text.startswith("\x01ACTION ") and text.endswith("\x01") for text in texts)


def test_raw_lines() -> None:
    """/raw: as it is, but never more than one line of 512 bytes."""
    session = registered()
    session.send_raw("mode #general +m")
    assert session.take_output() == b"MODE #general +m\r\n"
    with pytest.raises(ProtocolError):
        session.send_raw("PRIVMSG #general :" + "x" * 600)
    with pytest.raises(ProtocolError):
        session.send_raw(":nobody")


def test_lines_are_taken_until_it_is_enough() -> None:
    """One at least, each with all that it tells, readable or not; the others wait."""
    session = Session("al", "Al")
    session.feed(b":x\r\n" * 3 + b"PING :x\r\n" * 2)
    asked: list[bool] = []

    def enough() -> bool:
        asked.append(True)
        return len(asked) > 1

    assert len(list(session.events(None, enough))) == 2
    assert len(asked) == 2
    assert session.waiting
    assert len(list(session.events(1, lambda: True))) == 1
    assert session.waiting
    list(session.events())
    assert not session.waiting
    assert session.take_output() == b"PONG x\r\n" * 2


def test_a_real_name() -> None:
    """setname: we are told of our own only."""
    session = Session("al", "Al")
    session.receive(b":s 001 al :Hi\n")
    told = session.receive(b":al!a@h SETNAME :Al B\n:bob!b@h SETNAME :Bob B\n")
    assert list(told) == [events.RealnameChanged("Al B")]
