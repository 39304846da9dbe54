"""SEARCH on the wire (soju.im/search)."""

from collections.abc import Iterator

import pytest

from chatroom.wire.message import MAX_SERVER_TAGS, Message, decode
from harness import Client, Server

CAPS = "batch server-time message-tags echo-message soju.im/search"
MOST = 100


def say(client: Client, room: str, text: str, command: str = "PRIVMSG") -> Message:
    """The echo of a message that has its millisecond for itself."""
    (echo,) = client.ask(f"{command} {room} :{text}")
    while client.ask(f"TAGMSG {room}")[0].tags["time"] == echo.tags["time"]:
        pass
    return echo


@pytest.fixture(scope="module")
def talk(server: Server) -> dict[str, Message]:
    """Said by Alice and Bob in #tea and #cake, each text once."""
    alice = server.join("alice", "#tea,#cake", caps=CAPS)
    bob = server.join("bob", "#tea,#cake", caps=CAPS)
    bob.ask()
    echoes = []
    for client, room, text, command in (
        (alice, "#tea", "green tea is ready", "PRIVMSG"),
        (bob, "#tea", "Ready, and so is the cake", "NOTICE"),
        (alice, "#cake", "cake; with = signs \\ and tea", "PRIVMSG"),
        (bob, "#cake", "\x01ACTION eats the cake\x01", "PRIVMSG"),
        (alice, "#tea", "今天天气很好", "PRIVMSG"),
    ):
        client.ask()
        echoes.append(say(client, room, text, command))
    alice.ask("TOPIC #tea :ready for a topic")
    for client in (alice, bob):
        client.send("QUIT :ready to go").end()
    return {echo.params[1]: echo for echo in echoes}


@pytest.fixture
def carol(server: Server, talk: dict[str, Message]) -> Iterator[Client]:
    """Searches."""
    with server.join("carol", caps=CAPS) as client:
        yield client
        client.send("QUIT").end()


def answer(client: Client, attributes: str) -> list[Message]:
    """The whole answer of a SEARCH, however late."""
    lines = client.send(f"SEARCH {attributes}").read_until(" BATCH -| FAIL SEARCH ")
    return [m for line in lines if (m := decode(line.encode(), MAX_SERVER_TAGS))]


GREEN, READY, SIGNS, EATS, WEATHER = range(5)
ALL = [GREEN, READY, SIGNS, EATS, WEATHER]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("text=ready", [GREEN, READY]),
        ("text=READY\\stea", [GREEN]),
        ('text="so\\sis\\sthe\\scake"', [READY]),
        ("text=gre*", [GREEN]),
        ("text=天气", [WEATHER]),
        ("text=eats", [EATS]),
        ("text=nothing", []),
        ("text=cake;in=#tea", [READY]),
        ("text=cake;from=alice", [SIGNS]),
        ("text=cake;from=ALICE;in=#Cake", [SIGNS]),
        ("text=ready\\sfrom:bob", [READY]),
        ("text=cake\\sin:tea", [READY]),
        ("from=bob", [READY, EATS]),
        ("in=#cake", [SIGNS, EATS]),
        ("in=#void", []),
        ("in=@#tea", []),
        ("from=nobody", []),
        ("after={1}", [READY, SIGNS, EATS, WEATHER]),
        ("before={1}", [GREEN, READY]),
        ("after={1};before={3}", [READY, SIGNS, EATS]),
        ("after={1};before={1}", [READY]),
        ("after={3};before={1}", []),
        ("before=2010-01-01T00:00:00.000Z;in=#tea", []),
        ("from=alice;after={0};before={4};in=#tea;text=tea", [GREEN]),
        ("from=bob;limit=1", [EATS]),
        ("in=#tea;limit=2", [READY, WEATHER]),
        ("in=#tea;limit=5000", [GREEN, READY, WEATHER]),
        ("limit=1;before={3}", [EATS]),
        ("from=bob;colour=red", [READY, EATS]),  # not an attribute of ours
        ("from=bob;text=;limit=", [READY, EATS]),
        ("before=9999-12-31T23:59:59.999Z;after=0001-01-01T00:00:00.000Z", ALL),
    ],
)
def test_attributes(
    carol: Client, talk: dict[str, Message], attributes: str, expected: list[int]
) -> None:
    """search, "Standard search attributes": all must match; `after` and `before` include their
    time; PRIVMSG and NOTICE only, in ascending order."""
    said = list(talk.values())
    for number, message in enumerate(said):
        attributes = attributes.replace(f"{{{number}}}", message.tags["time"])
    _start, *found, _end = answer(carol, attributes)
    assert [said.index(untagged(m)) for m in found] == expected


def untagged(message: Message) -> Message:
    """As it was before it was in a batch."""
    return message._replace(tags={k: v for k, v in message.tags.items() if k != "batch"})


def test_the_batch(carol: Client, talk: dict[str, Message]) -> None:
    """search, "SEARCH Command": a batch, an empty one too; "Returned message notes": time and
    msgid as originally sent."""
    start, found, end = answer(carol, "text=green")
    reference = start.params[0][1:]
    assert (start.command, start.params) == ("BATCH", (f"+{reference}", "soju.im/search"))
    assert (end.command, end.params) == ("BATCH", (f"-{reference}",))
    assert found.tags["batch"] == reference
    assert untagged(found) == talk["green tea is ready"]
    assert [m.command for m in answer(carol, "text=nothing")] == ["BATCH", "BATCH"]


@pytest.mark.parametrize(
    ("caps", "tags"),
    [("", set()), ("server-time", {"time"}), ("message-tags", {"msgid"})],
)
@pytest.mark.usefixtures("talk")
def test_without_the_related_capabilities(server: Server, caps: str, tags: set[str]) -> None:
    """search, "Implementation": limited functionality is there without them."""
    with server.join("dan", caps=f"soju.im/search {caps}") as dan:
        line = dan.send("SEARCH text=green").read_until("green")[-1]
        found = decode(line.encode(), MAX_SERVER_TAGS)
        assert found is not None
        assert found.tags.keys() == tags
        assert found.params == ("#tea", "green tea is ready")
        dan.send("QUIT").end()


@pytest.mark.parametrize(
    ("attributes", "wrong"),
    [
        ('text="&', "text"),
        ("text=!!!", "text"),
        ("text=from:", "text"),
        ("text=before:soon", "text"),
        ("text=after:9999-12-31", "text"),
        ("text=" + "\\s".join("abcdefghijklmnopqrstuvwxyz"), "text"),
        ("limit=3", "text"),
        (";;;", "text"),
        ("text=a;limit=0", "limit"),
        ("text=a;limit=-1", "limit"),
        ("text=a;limit=x", "limit"),
        ("text=a;limit=1_0", "limit"),
        ("text=a;before=soon", "before"),
        ("text=a;before=msgid=", "before"),
        ("text=a;before=msgid=nothing", "before"),
        ("text=a;before=msgid=1-nothing", "before"),
        ("text=a;before=soon,msgid=1-nothing", "before"),
        ("text=a;after=2026-11-20", "after"),
        ("text=a;after=2026-11-31T00:00:00.000Z", "after"),
    ],
)
def test_refusals(carol: Client, attributes: str, wrong: str) -> None:
    """search, "Errors and Warnings": FAIL SEARCH INVALID_PARAMS [invalid_parameters]."""
    (reply,) = answer(carol, attributes)
    assert reply.params[:-1] == ("SEARCH", "INVALID_PARAMS", wrong)
    assert reply.params[-1].startswith("Invalid parameters: ")


def test_private_talk_of_guests_is_not_kept(carol: Client) -> None:
    (reply,) = answer(carol, "in=carol")
    assert reply.params == ("SEARCH", "INVALID_PARAMS", "in", "You cannot search there")


def test_no_attributes(carol: Client) -> None:
    """Modern IRC, ERR_NEEDMOREPARAMS (461)."""
    assert [m.command for m in carol.ask("SEARCH")] == ["461"]


def test_no_more_than_so_many(server: Server) -> None:
    """search, "Standard search attributes": the server MAY return less than the limit. Without
    `after` the newest are found."""
    with server.join("eve", "#many", caps=CAPS) as eve:
        eve.ask(*(f"PRIVMSG #many :number {n}" for n in range(MOST + 5)))
        for limit in ("", ";limit=1000"):
            found = answer(eve, f"in=#many;text=number{limit}")[1:-1]
            assert [m.params[1] for m in found] == [f"number {n}" for n in range(5, MOST + 5)]
        eve.send("QUIT").end()


def test_private_talk_is_never_found(server: Server) -> None:
    """Nothing private is stored for people without an account."""
    with server.join("fay", "#snug", caps=CAPS) as fay:
        fay.ask("PRIVMSG fay :confidential", "PRIVMSG @#snug :confidential")
        fay.ask("PRIVMSG #snug :not confidential at all")
        found = answer(fay, "text=confidential")[1:-1]
        assert [m.params for m in found] == [("#snug", "not confidential at all")]
        fay.send("QUIT").end()
