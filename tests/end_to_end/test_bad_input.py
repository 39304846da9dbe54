"""Bad input never harms: it gets its error, costs bounded memory and time, and nobody else notices.

In every test here two bystanders talk with each other before and after, and see nothing else.
"""

import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatroom.chat.commands.table import COMMANDS
from examples import examples
from harness import Client, Server

MEGABYTE = 1 << 20
GREETING = "Welcome to Chatroom. Choose a nickname:"
QUIET = "[limits]\nflood_rate = 0\nper_address = 0\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server"), config=QUIET) as server:
        yield server
        server.end_well()


class Bystanders:
    """Two who sit in a room of their own, one at each door."""

    def __init__(self, server: Server) -> None:
        self.irc = server.join("ida", "#bench")
        self.person = server.person("paul", "bench")
        self.irc.wait("JOIN", "#bench")

    def talk(self) -> None:
        """Both ways; and nothing else has reached them."""
        assert self.irc.ask("PRIVMSG #bench :a word") == []
        assert [line[11:] for line in self.person.hear("another")] == ["<ida> a word"]
        (message,) = self.irc.ask()
        assert message.params == ("#bench", "another")


@pytest.fixture(scope="module")
def pair(server: Server) -> Bystanders:
    """Here for the whole module, whatever happens around them."""
    return Bystanders(server)


@pytest.fixture(autouse=True)
def bystanders(pair: Bystanders) -> Iterator[Bystanders]:
    """They talk before and after each test."""
    pair.talk()
    yield pair
    pair.talk()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """Someone at the IRC door who is about to misbehave."""
    with server.join("mallory") as client:
        yield client


def replies(client: Client, *lines: str | bytes) -> list[tuple[str, ...]]:
    return [(m.command, *m.params) for m in client.ask(*lines)]


def too_long(what: str) -> tuple[str, ...]:
    return ("417", "mallory", f"Input line was too long: your {what}")


def tags_too_long(what: str) -> tuple[str, ...]:
    return ("417", "mallory", f"Input line was too long: the tags of your {what} too long")


TAGS = b"@+a=" + b"x" * 4091 + b" "


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        (b"PING :" + b"x" * 504, [("PONG", "chatroom.local", "x" * 473)]),
        (b"PING :" + b"x" * 505, [too_long("PING is 1 byte too long and was not carried out")]),
        (
            b"PRIVMSG mallory :" + b"x" * 5000,
            [too_long("message to mallory is 411 bytes too long and was not sent")],
        ),
        (
            b"PING :" + b"x" * 100_000,
            [too_long("PING is 99496 bytes too long and was not carried out")],
        ),
        (
            b"TOPIC #den :" + b"x" * 600,
            [too_long("topic for #den is 102 bytes too long and was not set")],
        ),
        (
            b"KICK #den bob :" + b"x" * 600,
            [too_long("KICK is 105 bytes too long and was not carried out")],
        ),
        (b"x" * 600, [too_long("line is 90 bytes too long and was not carried out")]),
        (b"@" + b"a;" * 100 + b" PING :a", [too_long("PING has more than 100 tags")]),
        (b"@" + b"a" * 6000, [tags_too_long("line are 1905 bytes")]),
        (TAGS + b"PING :tagged", [("PONG", "chatroom.local", "tagged")]),
        (TAGS[:-1] + b"x PING :tagged", [tags_too_long("PING are 1 byte")]),
        (
            TAGS + b"PING :" + b"x" * 505,
            [too_long("PING is 1 byte too long and was not carried out")],
        ),
        (b"PRIVMSG mallory :\xff\xfe", [("FAIL", "PRIVMSG", "INVALID_UTF8")]),
        (b"\xc3\x28", [("FAIL", "*", "INVALID_UTF8")]),
        (b"\xff" * 20, [("FAIL", "*", "INVALID_UTF8")]),
        (b"PRIVMSG mallory :a\0b", [("FAIL", "PRIVMSG", "INVALID_MESSAGE")]),
        (b"\0", [("FAIL", "*", "INVALID_MESSAGE")]),
        (b"@tag", [("FAIL", "*", "INVALID_MESSAGE")]),
        (b":source", [("FAIL", "*", "INVALID_MESSAGE")]),
        (b"XYZZY", [("421", "mallory", "XYZZY")]),
        (b"001 mallory :hi", [("421", "mallory", "001")]),
        ("ÉCHO".encode(), [("421", "mallory", "ÉCHO")]),
        (b"X" * 500, [("421", "mallory")]),
        (b"", []),
        (b"    ", []),
        (b"\r\r\n\n\r", []),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_line_that_cannot_be(client: Client, line: bytes, answers: list[tuple[str, ...]]) -> None:
    found = replies(client, line)
    assert [words[: len(answer)] for words, answer in zip(found, answers, strict=True)] == answers


NEEDS_MORE = [row.name for row in COMMANDS.values() if row.minimum and not row.early]


@pytest.mark.parametrize("command", NEEDS_MORE)
def test_missing_parameters(client: Client, command: str) -> None:
    assert replies(client, command) == [("461", "mallory", command, "Not enough parameters")]


def test_before_registration_the_same_errors(server: Server) -> None:
    with server.connect() as client:
        found = client.send("CAP LIST", "JOIN #bench", b"PING :" + b"x" * 600, b"NICK \xff").ask()
        assert [m.command for m in found] == ["CAP", "451", "417", "FAIL"]


# Floods


def flood(client: Client, data: bytes, times: int) -> None:
    for _ in range(times):
        client.sock.sendall(data)


@pytest.mark.parametrize(
    "start", [b"", b"PRIVMSG #bench :", b"person\nbench2\n", b"\xff\xfa", b"@a="]
)
def test_a_flood_without_a_line_end(server: Server, bystanders: Bystanders, start: bytes) -> None:
    """It is thrown away as it comes: memory stays where it was."""
    with server.connect() as client:
        before = server.memory()
        client.sock.sendall(start)
        for _ in range(8):
            flood(client, b"x" * MEGABYTE, 2)
            bystanders.talk()
        assert server.memory() - before < 4 * MEGABYTE


def test_a_flood_of_an_irc_client_without_a_line_end(client: Client, server: Server) -> None:
    before = server.memory()
    flood(client, b"x" * MEGABYTE, 16)
    assert replies(client, "") == [
        too_long(f"line is {16 * MEGABYTE + 2 - 512} bytes too long and was not carried out")
    ]
    assert server.memory() - before < 4 * MEGABYTE


def test_many_lines_at_once(client: Client, bystanders: Bystanders) -> None:
    """Each has its turn: the bystanders are answered long before the last of 10,000 lines."""
    client.send(*[f"PING :{number}" for number in range(10_000)])
    bystanders.talk()
    last = client.read_until("PONG chatroom.local :?9999$")
    assert len(last) == 10_000


def test_many_empty_lines(client: Client, bystanders: Bystanders) -> None:
    flood(client, b"\r\n" * 50_000, 1)
    bystanders.talk()
    assert replies(client) == []


def test_many_lines_of_a_person(server: Server, bystanders: Bystanders) -> None:
    with server.person("chatty", "monologue") as person:
        person.send(*[f"/topic {number}" for number in range(3000)])
        bystanders.talk()
        assert len(person.hear()) == 3000


def test_half_a_line_and_silence(server: Server, client: Client, bystanders: Bystanders) -> None:
    client.sock.sendall(b"PRIVMSG #bench :half a")
    with server.connect() as other:
        other.sock.sendall(b"NI")
        bystanders.talk()
    client.close()
    server.wait_for("mallory has left")


def test_a_half_line_is_not_carried_out_at_the_end(
    server: Server, client: Client, bystanders: Bystanders
) -> None:
    """In the protocol a line ends with its line end; it might have been cut anywhere."""
    client.ask("JOIN #bench", "MODE mallory +i")
    bystanders.irc.wait("JOIN")
    client.sock.sendall(b"PRIVMSG #bench :half a")
    client.sock.shutdown(socket.SHUT_WR)
    client.end()
    assert bystanders.irc.wait("QUIT").params == ("Connection closed",)
    bystanders.person.hear()


# Programs at the wrong door

HELLO = bytes.fromhex("16030100c5010000c10303") + bytes(range(200))


@pytest.mark.parametrize("size", [1, 5, len(HELLO)])
def test_a_tls_greeting_without_a_certificate(server: Server, size: int) -> None:
    """An alert (handshake_failure) that TLS programs understand, then the end."""
    with server.connect() as client:
        client.sock.sendall(HELLO[:size])
        assert client.sock.recv(100) == b"\x15\x03\x03\x00\x02\x02\x28"
        assert client.sock.recv(100) == b""


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"HEAD / HTTP/1.0\r\n\r\n", 200),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_an_http_greeting(server: Server, request_: bytes, status: int) -> None:
    with server.connect() as client:
        client.sock.sendall(request_)
        assert client.end()[0].startswith(f"HTTP/1.1 {status} ")


def post(path: bytes) -> bytes:
    """What any web page can send, as text/plain, without asking for leave."""
    irc = b"NICK web\r\nUSER web 0 * :web\r\nJOIN #bench\r\nPRIVMSG #bench :hi\r\n"
    body = irc + b"web\r\nbench\r\nhi\r\n"
    head = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n" % path
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


REFUSALS = ("HTTP/1.1 400 ", "HTTP/1.1 405 ", "HTTP/1.1 414 ")


@pytest.mark.parametrize("path", [b"/", b"/" + b"x" * 9000, b"/?\xff"], ids=len)
@pytest.mark.parametrize("cut", [0, 1, 3, 6, 20])
def test_a_web_page_cannot_speak(
    server: Server, bystanders: Bystanders, path: bytes, cut: int
) -> None:
    """The body never reaches a parser."""
    with server.connect() as client:
        client.sock.sendall(post(path)[:cut])
        client.sock.sendall(post(path)[cut:])
        assert client.end()[0].startswith(REFUSALS)
        assert sum(line.startswith("HTTP/") for line in client.seen) == 1
    assert bystanders.irc.ask("WHOIS web")[0].command == "401"


@pytest.mark.parametrize("data", [post(b"/"), HELLO], ids=["POST", "TLS"])
def test_a_greeting_of_ours_changes_nothing(server: Server, data: bytes) -> None:
    with server.connect() as client:
        assert client.line() == GREETING
        client.sock.sendall(data)
        end = client.end()[1:2]
        assert end == ([] if data is HELLO else ["HTTP/1.1 405 Method Not Allowed"])  # or an alert


# Going away


def test_what_stands_behind_quit_is_not_carried_out(client: Client, bystanders: Bystanders) -> None:
    client.ask("JOIN #bench")
    bystanders.irc.wait("JOIN")
    client.send("QUIT :bye", "PRIVMSG #bench :a ghost", "NICK ghost", *["PING x"] * 5000)
    client.read_until(r"^ERROR :Closing link: 127\.0\.0\.1 \(Quit: bye\)")
    assert client.sock.recv(1) == b""  # a reset could overtake the last words
    assert [(m.command, m.params) for m in bystanders.irc.ask()] == [("QUIT", ("Quit: bye",))]
    bystanders.person.hear()


def reset(client: Client) -> None:
    """Close with RST instead of FIN."""
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


ANSWERED = (b"GET / HTTP/1.1\r\n\r\n", HELLO, b"resetter\nnook\nhi")
"""Who says this is refused at once, or has come in at once."""


@pytest.mark.parametrize("said", [b"", b"N", b"NICK resetter\r\n", *ANSWERED], ids=repr)
def test_a_reset_connection(server: Server, bystanders: Bystanders, said: bytes) -> None:
    """It is gone at once, and nobody else is."""
    until_unknown(bystanders, "0")  # the tests before have left
    client = server.connect()
    client.sock.sendall(said)
    until_unknown(bystanders, *("01" if said in ANSWERED else "1"))
    reset(client)
    until_unknown(bystanders, "0")
    bystanders.talk()


def until_unknown(bystanders: Bystanders, *wanted: str) -> None:
    """Until so many connections have not said who they are (LUSERS)."""
    while True:
        counts = [row[2] for row in replies(bystanders.irc, "LUSERS") if row[0] == "253"]
        if counts[0] in wanted:
            return


def test_a_member_whose_connection_is_reset(
    server: Server, client: Client, bystanders: Bystanders
) -> None:
    client.ask("JOIN #bench")
    bystanders.irc.wait("JOIN")
    reset(client)
    (reason,) = bystanders.irc.wait("QUIT").params
    assert reason in ("Connection reset by peer", "Connection closed")
    bystanders.person.hear()
    with server.join("mallory") as again:  # the nickname is free
        assert replies(again, "ISON mallory")[0][-1].strip() == "mallory"


def test_many_come_and_go(server: Server, bystanders: Bystanders) -> None:
    before = server.memory()
    for number in range(300):
        client = server.connect()
        if number % 3:
            client.send(f"NICK n{number}", "USER u 0 * :r", "JOIN #hall")
        if number % 2:
            reset(client)
        else:
            client.close()
        if number % 100 == 0:
            bystanders.talk()
    assert server.memory() - before < 4 * MEGABYTE


# Random bytes

WORDS = [
    *(name.encode() for name in COMMANDS),
    *(b"#bench", b"#x", b"ida", b"paul", b"*", b"0", b":", b"@a=b", b"+b", b"-ovk", b"!@", b"302"),
    *(
        b"LS",
        b"REQ",
        b"END",
        b"message-tags",
        b"\x01ACTION",
        b"\xff\xfd\x06",
        b"\0",
        b"\x1b[",
        b"/",
    ),
    *(b"/msg", b"/join", b"/who", b"//", "é".encode(), "👍".encode(), b"\xe2\x80", b",", b"a,b"),
]
LINES = st.lists(
    st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=12)), max_size=7).map(b" ".join),
    max_size=12,
).map(b"\r\n".join)
NOISE = st.one_of(LINES, st.binary(max_size=300))
MODEST = settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
HARMLESS = (b"#bench", b"ida", b"paul", b"BENCH", b"QUIT", b"WEBIRC")


def harmless(noise: bytes) -> bytes:
    """Without what would be meant for the bystanders, or end the test early."""
    for word in HARMLESS:
        noise = noise.replace(word, b"#hall")
    return noise


@MODEST
@given(NOISE)
def test_random_bytes_at_the_front_door(server: Server, noise: bytes) -> None:
    with server.connect() as client:
        client.sock.sendall(harmless(noise))
        client.sock.shutdown(socket.SHUT_WR)
        while client.sock.recv(65536):
            pass


@MODEST
@given(NOISE)
def test_random_bytes_at_the_irc_door(server: Server, noise: bytes) -> None:
    with server.join("fuzz") as client:
        found = client.ask(harmless(noise), "")
        assert all(m.command.isalnum() for m in found)
        client.send("QUIT").end()


@MODEST
@given(NOISE)
def test_random_bytes_at_the_plain_door(server: Server, noise: bytes) -> None:
    with server.person("fuzzy", "hall") as client:
        client.sock.sendall(harmless(noise) + b"\n/leave\n/leave\nexit\n")
        data = b""
        while received := client.sock.recv(65536):
            data += received
    assert b"Goodbye!" in data
    text = data.replace(b"\xff\xfc", b"").replace(b"\xff\xfe", b"")
    assert b"\x1b" not in text
