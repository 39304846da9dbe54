"""CHATHISTORY on the wire (IRCv3 draft/chathistory)."""

from collections.abc import Iterator

import pytest

from chatroom.wire.message import Message
from harness import Client, Server

CAPS = "batch server-time message-tags echo-message draft/chathistory"
MOST = 20
CONFIG = f"[limits]\nflood_rate = 0\nchathistory = {MOST}\n"
COUNT = 300
LONG_AGO, FAR_OFF = "timestamp=2001-01-01T00:00:00.000Z", "timestamp=2101-01-01T00:00:00.000Z"


@pytest.fixture(scope="module")
def alice(server: Server) -> Iterator[Client]:
    """Has said m1 to m9 in #talk, each in a millisecond of its own."""
    with server.join("alice", "#talk", caps=CAPS) as client:
        yield client


@pytest.fixture(scope="module")
def talk(alice: Client) -> dict[str, Message]:
    """What was said, by its text, as it came back."""
    return {text: say(alice, "#talk", text) for text in (f"m{n}" for n in range(1, 10))}


@pytest.fixture
def bob(server: Server, talk: dict[str, Message]) -> Iterator[Client]:
    """Reads it."""
    with server.join("bob", "#talk", caps=CAPS) as client:
        yield client
        client.send("QUIT").end()


def say(client: Client, room: str, text: str) -> Message:
    """The echo of a message that has its millisecond for itself."""
    (echo,) = client.ask(f"PRIVMSG {room} :{text}")
    while client.ask(f"TAGMSG {room}")[0].tags["time"] == echo.tags["time"]:
        pass
    return echo


def texts(messages: list[Message]) -> list[str]:
    """What was said."""
    return [m.params[1] for m in messages if m.command in ("PRIVMSG", "NOTICE")]


def asked(client: Client, request: str, talk: dict[str, Message], kinds: str) -> list[Message]:
    """The reply to a request in which `5` in braces stands for a reference to m5."""
    for kind in kinds.split():
        while "{" in request:
            before, _, rest = request.partition("{")
            number, _, after = rest.partition("}")
            tag = "time" if kind == "timestamp" else "msgid"
            request = f"{before}{kind}={talk[f'm{number}'].tags[tag]}{after}"
            if len(kinds.split()) > 1:
                break
    return client.ask(f"CHATHISTORY {request}")


ONE_REFERENCE = {
    "LATEST #talk {5} 100": "m6 m7 m8 m9",
    "LATEST #talk {5} 2": "m8 m9",
    "LATEST #talk {9} 5": "",
    "BEFORE #talk {5} 100": "m1 m2 m3 m4",
    "BEFORE #talk {5} 2": "m3 m4",
    "BEFORE #talk {1} 5": "",
    "AFTER #talk {5} 100": "m6 m7 m8 m9",
    "AFTER #talk {5} 2": "m6 m7",
    "AFTER #talk {9} 5": "",
    "AROUND #talk {5} 1": "m5",
    "AROUND #talk {5} 3": "m4 m5 m6",
    "AROUND #talk {1} 3": "m1 m2 m3",
    "AROUND #talk {9} 4": "m7 m8 m9",
}
TWO_REFERENCES = {
    "BETWEEN #talk {2} {6} 100": "m3 m4 m5",
    "BETWEEN #talk {2} {6} 2": "m3 m4",
    "BETWEEN #talk {6} {2} 100": "m3 m4 m5",
    "BETWEEN #talk {6} {2} 2": "m4 m5",
    "BETWEEN #talk {2} {3} 5": "",
    "BETWEEN #talk {3} {3} 5": "",
}


@pytest.mark.parametrize("kind", ["msgid", "timestamp"])
@pytest.mark.parametrize(("request_", "expected"), ONE_REFERENCE.items())
def test_relative_to_one_message(
    bob: Client, talk: dict[str, Message], request_: str, kind: str, expected: str
) -> None:
    """chathistory, "LATEST", "BEFORE", "AFTER", "AROUND": ascending, without the one named but for
    AROUND."""
    assert texts(asked(bob, request_, talk, kind)) == expected.split()


@pytest.mark.parametrize("kinds", ["msgid", "timestamp", "msgid timestamp", "timestamp msgid"])
@pytest.mark.parametrize(("request_", "expected"), TWO_REFERENCES.items())
def test_between_two_messages(
    bob: Client, talk: dict[str, Message], request_: str, kinds: str, expected: str
) -> None:
    """chathistory, "BETWEEN": counted from the first, ended by the second, both excluded."""
    assert texts(asked(bob, request_, talk, kinds)) == expected.split()


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("LATEST #talk * 3", "m7 m8 m9"),
        ("latest #TALK * 100", "m1 m2 m3 m4 m5 m6 m7 m8 m9"),
        (f"BEFORE #talk {FAR_OFF} 2", "m8 m9"),
        (f"BEFORE #talk {LONG_AGO} 2", ""),
        (f"AFTER #talk {LONG_AGO} 2", "m1 m2"),
        (f"AFTER #talk {FAR_OFF} 2", ""),
        (f"BETWEEN #talk {LONG_AGO} {FAR_OFF} 2", "m1 m2"),
        (f"BETWEEN #talk {FAR_OFF} {LONG_AGO} 2", "m8 m9"),
        ("LATEST #talk timestamp=0001-01-01T00:00:00.000Z 1", "m9"),
        ("LATEST #talk timestamp=9999-12-31T23:59:59.999Z 1", ""),
        ("LATEST #talk timestamp=2012-06-30T23:59:60.419Z 1", "m9"),  # a leap second
    ],
)
def test_relative_to_the_end_and_to_other_times(bob: Client, request_: str, expected: str) -> None:
    """chathistory, "LATEST": `*` restricts nothing. A time need not be a message's."""
    assert texts(bob.ask(f"CHATHISTORY {request_}")) == expected.split()


def test_the_batch(bob: Client, talk: dict[str, Message]) -> None:
    """chathistory, "CHATHISTORY Command": type `chathistory`, one parameter, the canonical target;
    batch, "The BATCH verb"."""
    start, *inside, end = bob.ask("CHATHISTORY LATEST #Talk * 100")
    reference = start.params[0].removeprefix("+")
    assert (start.command, start.params) == ("BATCH", (f"+{reference}", "chathistory", "#talk"))
    assert (end.command, end.params) == ("BATCH", (f"-{reference}",))
    assert "batch" not in {*start.tags, *end.tags}
    expected = [echo._replace(tags={"batch": reference, **echo.tags}) for echo in talk.values()]
    assert inside == expected


def test_an_empty_batch(server: Server, bob: Client) -> None:
    """chathistory, "CHATHISTORY Command": no content is an empty batch. Each has its reference."""
    with server.join("founder", "#nobody-spoke"):
        replies = bob.ask(*["CHATHISTORY LATEST #nobody-spoke * 5"] * 2)
    assert [m.command for m in replies] == ["BATCH"] * 4
    first, first_end, second, second_end = (m.params[0] for m in replies)
    assert first == f"+{first_end[1:]}"
    assert second == f"+{second_end[1:]}"
    assert first != second
    assert replies[0].params[1:] == ("chathistory", "#nobody-spoke")


def test_a_room_that_never_was(server: Server, bob: Client) -> None:
    """chathistory, "Errors and Warnings": INVALID_TARGET, as for one that is secret."""
    with server.join("keeper", "#hidden") as keeper:
        keeper.ask("MODE #hidden +s", "PRIVMSG #hidden :psst")
        for room in ("#nobody-was-here", "#hidden"):
            for line in ("LATEST {} * 5", "BEFORE {} msgid=x 5", "LATEST {} nonsense x"):
                (fail,) = bob.ask(f"CHATHISTORY {line.format(room)}")
                expected = ("CHATHISTORY", "INVALID_TARGET", line.split()[0], room)
                assert (fail.command, fail.params[:4]) == ("FAIL", expected)


@pytest.mark.parametrize(
    ("caps", "tags"),
    [
        ("", set()),
        ("batch", {"batch"}),
        ("server-time", {"time"}),
        ("message-tags", {"msgid"}),
        ("batch server-time", {"batch", "time"}),
        ("batch message-tags", {"batch", "msgid"}),
        ("server-time message-tags", {"time", "msgid"}),
    ],
)
def test_without_the_related_capabilities(
    server: Server, talk: dict[str, Message], caps: str, tags: set[str]
) -> None:
    """chathistory, "Implementation": limited functionality is there for clients without them."""
    with server.join("carol", "#talk", caps=f"draft/chathistory {caps}") as carol:
        replies = carol.ask("CHATHISTORY LATEST #talk * 100")
        assert texts(replies) == list(talk)
        assert [set(m.tags) for m in replies if m.command != "BATCH"] == [tags] * len(talk)
        batches = [m for m in replies if m.command == "BATCH"]
        assert len(batches) == (2 if "batch" in caps else 0)
        carol.send("QUIT").end()


# Limits and pages


def test_what_isupport_says(bob: Client) -> None:
    """chathistory, "ISUPPORT tokens"."""
    tokens = [token for m in bob.ask("VERSION") if m.command == "005" for token in m.params]
    assert f"CHATHISTORY={MOST}" in tokens
    assert "MSGREFTYPES=msgid,timestamp" in tokens


@pytest.fixture(scope="module")
def crowd(server: Server) -> Client:
    """Has said 0 to 299 in #crowd as fast as it goes: many have the same time."""
    client = server.join("crowd", "#crowd", caps=CAPS)
    echoes = client.ask(*(f"PRIVMSG #crowd {n}" for n in range(COUNT)))
    assert texts(echoes) == [str(n) for n in range(COUNT)]
    assert len({echo.tags["msgid"] for echo in echoes}) == COUNT
    assert len({echo.tags["time"] for echo in echoes}) < COUNT  # many share one
    return client


@pytest.mark.parametrize("limit", [str(MOST), str(MOST + 1), "5000", "9" * 30])
def test_no_more_than_isupport_says(crowd: Client, limit: str) -> None:
    """chathistory, "ISUPPORT tokens": the maximum that a client can request."""
    found = texts(crowd.ask(f"CHATHISTORY LATEST #crowd * {limit}"))
    assert found == [str(n) for n in range(COUNT - MOST, COUNT)]


@pytest.mark.parametrize("limit", [1, 7, MOST])
@pytest.mark.parametrize("newer", [False, True])
def test_pages_without_gap_or_double(crowd: Client, limit: int, newer: bool) -> None:
    """chathistory, "Returned message notes": an order that holds for messages of the same time."""
    if newer:
        subcommand, page = "AFTER", crowd.ask(f"CHATHISTORY AFTER #crowd {LONG_AGO} {limit}")
    else:
        subcommand, page = "BEFORE", crowd.ask(f"CHATHISTORY LATEST #crowd * {limit}")
    read: list[str] = []
    while said := [m for m in page if m.command == "PRIVMSG"]:
        by_time = newer and not read  # then all of its last millisecond is in it
        assert len(said) <= limit or (
            by_time and said[limit - 1].tags["time"] == said[-1].tags["time"]
        )
        read = read + texts(said) if newer else texts(said) + read
        last = said[-1 if newer else 0].tags["msgid"]
        page = crowd.ask(f"CHATHISTORY {subcommand} #crowd msgid={last} {limit}")
    assert read == [str(n) for n in range(COUNT)]


def test_between_pages_through_one_millisecond(crowd: Client) -> None:
    """chathistory, "BETWEEN": excludes the two messages named, not others of their time."""
    page = [m for m in crowd.ask("CHATHISTORY LATEST #crowd * 20") if m.command == "PRIVMSG"]
    first, last = page[3], page[9]
    request = f"msgid={first.tags['msgid']} msgid={last.tags['msgid']} 20"
    assert texts(crowd.ask(f"CHATHISTORY BETWEEN #crowd {request}")) == texts(page[4:9])


# Refusals

NOT_KEPT = "Private messages are kept only if both people are logged in"

REFUSALS = {
    "NEAR #talk * 5": ("INVALID_PARAMS", "NEAR", "Unknown command"),
    "LATEST": ("INVALID_PARAMS", "LATEST", "Insufficient parameters"),
    "LATEST #talk *": ("INVALID_PARAMS", "LATEST", "Insufficient parameters"),
    "BETWEEN #talk {2} 5": ("INVALID_PARAMS", "BETWEEN", "Insufficient parameters"),
    f"TARGETS {LONG_AGO} 5": ("INVALID_PARAMS", "TARGETS", "Insufficient parameters"),
    "LATEST #talk * 5 6": ("INVALID_PARAMS", "LATEST", "Too many parameters"),
    "BEFORE #talk {2} {3} 5": ("INVALID_PARAMS", "BEFORE", "Too many parameters"),
    f"TARGETS {LONG_AGO} {FAR_OFF} 5 6": ("INVALID_PARAMS", "TARGETS", "Too many parameters"),
    "LATEST #talk * 0": ("INVALID_PARAMS", "LATEST", "0", "Invalid limit"),
    "LATEST #talk * 000000000000": ("INVALID_PARAMS", "LATEST", "000000000000", "Invalid limit"),
    "LATEST #talk * -1": ("INVALID_PARAMS", "LATEST", "-1", "Invalid limit"),
    "LATEST #talk * five": ("INVALID_PARAMS", "LATEST", "five", "Invalid limit"),
    "LATEST #talk * ٣": ("INVALID_PARAMS", "LATEST", "٣", "Invalid limit"),
    "LATEST #talk * :": ("INVALID_PARAMS", "LATEST", "*", "Invalid limit"),
    "AFTER #talk timestamp=soon 5": ("INVALID_PARAMS", "AFTER", "soon", "Invalid timestamp"),
    "AFTER #talk timestamp= 5": ("INVALID_PARAMS", "AFTER", "*", "Invalid timestamp"),
    "AFTER #talk timestamp=2026-13-01T00:00:00.000Z 5": (
        "INVALID_PARAMS", "AFTER", "2026-13-01T00:00:00.000Z", "Invalid timestamp",
    ),
    "AFTER #talk timestamp=2026-11-20T00:00:00.000 5": (
        "INVALID_PARAMS", "AFTER", "2026-11-20T00:00:00.000", "Invalid timestamp",
    ),
    f"TARGETS soon {FAR_OFF} 5": ("INVALID_PARAMS", "TARGETS", "soon", "Invalid timestamp"),
    f"TARGETS {LONG_AGO} msgid=1 5": ("INVALID_PARAMS", "TARGETS", "msgid=1", "Invalid timestamp"),
    f"TARGETS {LONG_AGO} {FAR_OFF} 0": ("INVALID_PARAMS", "TARGETS", "0", "Invalid limit"),
    "BEFORE #talk * 5": ("INVALID_PARAMS", "BEFORE", "*", "Invalid message reference"),
    "BEFORE #talk 5 5": ("INVALID_PARAMS", "BEFORE", "5", "Invalid message reference"),
    "BEFORE #talk msgid= 5": ("INVALID_PARAMS", "BEFORE", "msgid=", "Invalid message reference"),
    "BEFORE #talk id=5 5": (
        "INVALID_MSGREFTYPE", "BEFORE", "#talk", "id-based history requests are not supported",
    ),
    "BEFORE #talk msgid=nonsense 5": (
        "MESSAGE_ERROR", "BEFORE", "#talk", "nonsense", "There is no such message",
    ),
    "LATEST alice * 5": ("INVALID_TARGET", "LATEST", "alice", NOT_KEPT),
    "LATEST bob * 5": ("INVALID_TARGET", "LATEST", "bob", NOT_KEPT),
    "LATEST nobody * 5": ("INVALID_TARGET", "LATEST", "nobody", NOT_KEPT),
    "LATEST @#talk * 5": ("INVALID_TARGET", "LATEST", "@#talk", "Messages could not be retrieved"),
}  # fmt: skip


@pytest.mark.parametrize(("request_", "expected"), REFUSALS.items())
def test_refusals(
    bob: Client, talk: dict[str, Message], request_: str, expected: tuple[str, ...]
) -> None:
    """chathistory, "Errors and Warnings"; standard-replies, "Message Format"."""
    (reply,) = asked(bob, request_, talk, "msgid")
    assert (reply.command, reply.params) == ("FAIL", ("CHATHISTORY", *expected))
    assert reply.source == "chatroom.local"


def test_no_parameters_at_all(bob: Client) -> None:
    """chathistory, "Errors and Warnings": INVALID_PARAMS."""
    (fail,) = bob.ask("CHATHISTORY")
    assert fail.params[:2] == ("CHATHISTORY", "INVALID_PARAMS")


def test_a_message_of_another_room(bob: Client, crowd: Client) -> None:
    """chathistory, "Errors and Warnings": MESSAGE_ERROR."""
    msgid = crowd.ask("CHATHISTORY LATEST #crowd * 1")[1].tags["msgid"]
    (reply,) = bob.ask(f"CHATHISTORY BEFORE #talk msgid={msgid} 5")
    assert reply.params[:4] == ("CHATHISTORY", "MESSAGE_ERROR", "BEFORE", "#talk")


# TARGETS


@pytest.fixture(scope="module")
def visited(server: Server) -> tuple[Client, dict[str, str]]:
    """Dora, who is in #one to #four and was in #five; and when the latest was said in each."""
    rooms = ("#one", "#two", "#three", "#four", "#five")
    dora = server.join("dora", *rooms, caps=CAPS)
    other = server.join("other", "#six", caps=CAPS)
    say(dora, "#four", "early")
    latest = {room: say(dora, room, "late").tags["time"] for room in rooms}
    say(other, "#six", "late")
    dora.ask("PART #five")
    return dora, latest


@pytest.mark.parametrize(
    ("first", "second", "limit", "expected"),
    [
        (LONG_AGO, FAR_OFF, 10, "#one #two #three #four"),
        (FAR_OFF, LONG_AGO, 10, "#one #two #three #four"),
        (LONG_AGO, FAR_OFF, 2, "#one #two"),
        (FAR_OFF, LONG_AGO, 2, "#three #four"),
        ("#one", "#four", 10, "#two #three"),
        ("#four", "#one", 1, "#three"),
        (LONG_AGO, "#four", 10, "#one #two #three"),  # its earlier message does not count
        (LONG_AGO, "#one", 10, ""),
    ],
)
def test_targets(
    visited: tuple[Client, dict[str, str]], first: str, second: str, limit: int, expected: str
) -> None:
    """chathistory, "TARGETS": as BETWEEN, by the latest message of each target."""
    dora, latest = visited
    times = [f"timestamp={latest[word]}" if word in latest else word for word in (first, second)]
    start, *inside, end = dora.ask(f"CHATHISTORY TARGETS {' '.join(times)} {limit}")
    assert (start.command, start.params[1:]) == ("BATCH", ("draft/chathistory-targets",))
    assert end.params == (f"-{start.params[0][1:]}",)
    assert {m.tags["batch"] for m in inside} <= {start.params[0][1:]}
    assert [(m.command, *m.params) for m in inside] == [
        ("CHATHISTORY", "TARGETS", room, latest[room]) for room in expected.split()
    ]


def test_targets_without_batch(server: Server, visited: tuple[Client, dict[str, str]]) -> None:
    """chathistory, "CHATHISTORY Command": the batch is for those who negotiated it."""
    _, latest = visited
    with server.join("erin", "#two") as erin:
        erin.ask()
        erin.send(f"CHATHISTORY TARGETS {LONG_AGO} {FAR_OFF} 9", "PING :the end")
        assert erin.line() == f":chatroom.local CHATHISTORY TARGETS #two {latest['#two']}"
        erin.send("QUIT").end()


# What is in no room's history


def test_private_messages_are_not_kept(server: Server) -> None:
    """Nothing private is stored for people without an account; and in no room's history."""
    with server.join("ivy", "#in", caps=CAPS) as ivy, server.join("joe", "#in", caps=CAPS) as joe:
        ivy.ask("PRIVMSG joe :private", "PRIVMSG ivy :to myself")
        joe.ask("NOTICE ivy :private too")
        for client in (ivy, joe):
            for nick in ("ivy", "joe"):
                (reply,) = [
                    m
                    for m in client.ask(f"CHATHISTORY LATEST {nick} * 9")
                    if m.source == "chatroom.local"
                ]
                assert reply.params[1:4] == ("INVALID_TARGET", "LATEST", nick)
            assert texts(client.ask("CHATHISTORY LATEST #in * 9")) == []
            assert "ivy" not in str(client.ask(f"CHATHISTORY TARGETS {LONG_AGO} {FAR_OFF} 9"))
        ivy.send("QUIT").end()
        joe.send("QUIT").end()


def test_statusmsg_is_in_no_room(server: Server) -> None:
    """ISUPPORT STATUSMSG: operators' talk is not the room's."""
    with server.join("kim", "#ops", caps=CAPS) as kim:
        kim.ask("PRIVMSG #ops :for all", "PRIVMSG @#ops :for operators", "NOTICE +#ops :for voices")
        assert texts(kim.ask("CHATHISTORY LATEST #ops * 9")) == ["for all"]
        kim.send("QUIT").end()


IS_LAST = {
    "LATEST #talk * 8": False,
    "LATEST #talk * 9": True,
    "LATEST #talk {5} 3": False,
    "LATEST #talk {5} 4": True,
    "BEFORE #talk {5} 3": False,
    "BEFORE #talk {5} 4": True,
    "BEFORE #talk {1} 1": True,
    "AFTER #talk {5} 3": False,
    "AFTER #talk {5} 4": True,
    "BETWEEN #talk {2} {6} 2": False,
    "BETWEEN #talk {2} {6} 3": True,
    "BETWEEN #talk {6} {2} 2": False,
    "AROUND #talk {5} 1": False,
    "AROUND #talk {5} 8": False,
    "AROUND #talk {5} 9": True,
    f"TARGETS {LONG_AGO} {FAR_OFF} 20": True,
}


def test_the_last_page_says_so(bob: Client, talk: dict[str, Message]) -> None:
    """chathistory, "draft/chathistory-end tag": on the first BATCH, if the next page is empty."""
    for request_, is_last in IS_LAST.items():
        start, *inside, _ = asked(bob, request_, talk, " ".join(["msgid"] * request_.count("{")))
        assert ("draft/chathistory-end" in start.tags) is is_last, request_
        assert not any("draft/chathistory-end" in message.tags for message in inside)
