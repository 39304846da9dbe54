"""What people's programs send: telnet, line ends, long lines, bytes; what reaches a terminal."""

import re
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from end_to_end.foreign import installed, start
from harness import Client, Server

IAC, SB, SE, WILL, WONT, DO, DONT = b"\xff", b"\xfa", b"\xf0", b"\xfb", b"\xfc", b"\xfd", b"\xfe"
TIMING_MARK, NAWS, AYT = b"\x06", b"\x1f", b"\xf6"

CONFIG = "[limits]\nflood_rate = 0\n[history]\nreplay = 0\n"
"""The tests share a room, and what was said in it is another file's subject."""

Cut = Callable[[bytes], Sequence[bytes]]


@pytest.fixture
def bob(server: Server) -> Iterator[Client]:
    """An IRC client in #den."""
    with server.join("bob", "#den") as client:
        yield client
        client.send("QUIT").end()


def raw(client: Client, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += client.sock.recv(size - len(data))
    return data


def whole(data: bytes) -> Sequence[bytes]:
    return [data]


def halves(data: bytes) -> Sequence[bytes]:
    return [data[: len(data) // 2], data[len(data) // 2 :]]


def single_bytes(data: bytes) -> Sequence[bytes]:
    return [data[index : index + 1] for index in range(len(data))]


CUTS = pytest.mark.parametrize("cut", [whole, halves, single_bytes])
NEGOTIATION = IAC + DO + b"\x03" + IAC + WILL + NAWS + IAC + SB + NAWS + b"\0\x50\0\x18" + IAC + SE
REFUSALS = [IAC + WONT + b"\x03", IAC + DONT + NAWS]


@CUTS
def test_telnet_is_answered_and_taken_out(server: Server, bob: Client, cut: Cut) -> None:
    """RFC 854: what we did not ask for is refused. A timing mark follows Ctrl-C."""
    typed = (
        NEGOTIATION + b"teln" + IAC + DO + TIMING_MARK + b"et\r\0den\r\nhi" + NEGOTIATION + b"\r\n"
    )
    with server.connect() as client:
        for piece in cut(typed):
            client.sock.sendall(piece)
        assert bob.wait("PRIVMSG").params == ("#den", "hi")
        client.sock.sendall(b"exit\r\n")
        data = b""
        while received := client.sock.recv(4096):
            data += received
    answers = re.findall(rb"\xff[\xfc\xfe].", data)
    assert sorted(answers) == sorted([*REFUSALS, *REFUSALS, IAC + WONT + TIMING_MARK])
    words = re.sub(rb"\xff[\xfc\xfe].", b"", data).decode()
    assert words.split("\r\n")[0] == "Welcome to Chatroom. Choose a nickname:"
    assert "Welcome to room den! Here: bob." in words


def test_are_you_there(server: Server) -> None:
    with server.person("ayt", "quiet") as client:
        client.sock.sendall(IAC + AYT)
        assert client.line() == "[Yes]"


def test_the_timing_mark_alone_is_answered(server: Server) -> None:
    with server.person("tm", "quiet") as client:
        client.sock.sendall(IAC + DO + TIMING_MARK)
        assert raw(client, 3) == IAC + WONT + TIMING_MARK


@CUTS
@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\r\0"], ids=repr)
def test_line_ends(server: Server, bob: Client, end: bytes, cut: Cut) -> None:
    """CR, LF, CR LF and telnet's CR NUL; an empty line is one answer, not two."""
    typed = end.join([b"liner", b"den", b"one", b"two", b"exit", b""])
    with server.connect() as client:
        for piece in cut(typed):
            client.sock.sendall(piece)
        assert client.end()[-1] == "Goodbye!"
        assert sum(line.startswith("Choose a room") for line in client.seen) == 1
    seen = [(m.command, m.params[-1]) for m in bob.ask()]
    assert seen == [("JOIN", "#den"), ("PRIVMSG", "one"), ("PRIVMSG", "two"), ("QUIT", "Quit: ")]


# Keys, and what telnet makes of them

EC, EL, IP, BRK, DM = b"\xf7", b"\xf8", b"\xf4", b"\xf3", b"\xf2"


@CUTS
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (b"hellp\bo", "hello"),
        (b"hellp\x7fo", "hello"),
        ("caf\u00e9\u0301\bé".encode(), "café"),
        ("日本\b語".encode(), "日語"),
        (b"oops\x15hello", "hello"),
        (b"good bye\x17morning", "good morning"),
        (b"hellp" + IAC + EC + b"o", "hello"),
        (b"oops" + IAC + EL + b"hello", "hello"),
        (b"/me sinhs\b\b\bghs", "\x01ACTION sighs\x01"),
    ],
    ids=repr,
)
def test_keys_edit_the_line(server: Server, bob: Client, typed: bytes, said: str, cut: Cut) -> None:
    """In character mode the line is edited here: by keys, or by telnet's EC and EL (RFC 854)."""
    with server.connect() as client:
        for piece in cut(b"alivv\b\bce\r\ndenn\b\r\n" + typed + b"\r\nexit\r\n"):
            client.sock.sendall(piece)
        assert client.end()[-1] == "Goodbye!"
    assert bob.wait("JOIN", "#den").nick == "alice"
    assert bob.wait("PRIVMSG").params == ("#den", said)


def test_nothing_is_left_of_what_was_erased(server: Server, bob: Client) -> None:
    with server.person("author", "den") as author:
        assert author.hear("never said\x15", "x\b", "\b\b\x7f") == []
        assert [m.command for m in bob.ask()] == ["JOIN"]


@pytest.mark.parametrize("keys", ["\x03", "\x04", "\x1a", "\x03\x03"])
def test_keys_that_leave_elsewhere(server: Server, bob: Client, keys: str) -> None:
    """Ctrl-C, Ctrl-D and Ctrl-Z in character mode."""
    with server.person("author", "den") as author:
        assert author.hear(keys) == ["Type exit to leave."]
        assert [m.command for m in bob.ask()] == ["JOIN"]


def test_such_keys_are_no_part_of_what_is_typed_next(server: Server, bob: Client) -> None:
    """In line mode telnet sends them with the next line. Colours stay."""
    said = {"\x04hi": "hi", "\x1a\x03ho": "ho", "\x03/me nods": "\x01ACTION nods\x01",
            "\x0304red": "\x0304red", "\x04FF0000red": "\x04FF0000red"}  # fmt: skip
    with server.person("author", "den") as author:
        assert author.hear(*said) == []
        assert [m.params[1] for m in bob.ask() if m.command == "PRIVMSG"] == [*said.values()]
        assert author.send("\x04exit").end()[-1] == "Goodbye!"


@pytest.mark.parametrize("command", [IP, BRK], ids=repr)
def test_an_interrupt_is_answered_and_takes_nothing_away(
    server: Server, bob: Client, command: bytes
) -> None:
    with server.person("author", "den") as author:
        author.sock.sendall(b"hel" + IAC + command + b"lo\r\n")
        assert author.line() == "[Type exit to leave.]"
        assert bob.wait("PRIVMSG").params == ("#den", "hello")


def test_the_synch_loses_no_line(server: Server, bob: Client) -> None:
    """RFC 854: IAC IP, then IAC DM whose DM is urgent data of TCP, as telnet sends after Ctrl-C."""
    with server.person("author", "den") as author:
        author.sock.sendall(b"one\r\ntw" + IAC + IP + IAC)
        author.sock.send(DM, socket.MSG_OOB)
        author.sock.sendall(IAC + DO + TIMING_MARK + b"o\r\n")
        author.sock.send(IAC + DM, socket.MSG_OOB)
        author.sock.sendall(b"three\r\n")
        for said in ("one", "two", "three"):
            assert bob.wait("PRIVMSG").params == ("#den", said)
        seen = b""
        while IAC + WONT + TIMING_MARK not in seen:
            seen += author.sock.recv(4096)
        assert b"[Type exit to leave.]\r\n" in seen
        assert b"not UTF-8" not in seen


def test_a_real_telnet(server: Server, bob: Client, tmp_path: Path) -> None:
    """Ctrl-C in line mode, then keys in character mode, where it edits nothing itself."""
    if not installed("telnet"):
        pytest.skip("telnet is not installed")
    telnet = start(tmp_path, "telnet", "127.0.0.1", str(server.port))
    telnet.expect("Choose a nickname:")
    telnet.send("terry\n")
    telnet.expect("Choose a room")
    telnet.send("den\n")
    telnet.expect("Welcome to room den!")
    telnet.sendintr()
    telnet.expect_exact("[Type exit to leave.]")
    telnet.send("still here\n")
    assert bob.wait("PRIVMSG").params == ("#den", "still here")
    telnet.send("\x1d")
    telnet.expect("telnet> ")
    telnet.send("mode character\n")
    telnet.send("hellp\x7fo\n")
    assert bob.wait("PRIVMSG").params == ("#den", "hello")
    telnet.send("exit\n")
    telnet.expect("Goodbye!")
    telnet.close()


# Long lines and bytes that are no text


@CUTS
def test_a_byte_order_mark_is_no_part_of_a_line(server: Server, bob: Client, cut: Cut) -> None:
    """Files of Windows begin with it, and two that were joined have two."""
    mark = "\ufeff".encode()
    with server.connect() as client:
        for piece in cut(mark + b"marked\r\nden\r\n" + mark + b"hi\r\n" + mark + b"exit\r\n"):
            client.sock.sendall(piece)
        assert client.end()[-1] == "Goodbye!"
    assert bob.wait("JOIN").nick == "marked"
    assert bob.wait("PRIVMSG").params == ("#den", "hi")


def test_a_byte_order_mark_before_irc(server: Server) -> None:
    with server.connect() as client:
        client.sock.sendall("\ufeffNICK marked\r\nUSER m 0 * :m\r\n".encode())
        assert client.wait("001").params[0] == "marked"


@pytest.mark.parametrize("cut", [whole, halves])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_with_a_sentence(server: Server, encoding: str, cut: Cut) -> None:
    """From a pipe of Windows, with its mark or without."""
    with server.connect() as client:
        for piece in cut("alice\r\nden\r\nhi\r\n".encode(encoding)):
            client.sock.sendall(piece)
        assert client.end() == [
            "Your text is in UTF-16, but this server reads UTF-8. The text was ignored."
        ]


@pytest.mark.parametrize("word", ["word", "wörd", "言葉", "👩\u200d💻"])
def test_a_long_line_is_split_and_nothing_is_lost(server: Server, bob: Client, word: str) -> None:
    with server.person("author", "den") as author:
        text = " ".join(f"{word}{number}" for number in range(4000 // len(f"{word}9999 ".encode())))
        assert author.hear(text) == []
        pieces = [m.params[1] for m in bob.ask() if m.command == "PRIVMSG"]
        assert len(pieces) > 5
        assert "".join(pieces) == text


@pytest.mark.parametrize("character", ["x", "é", "界", "👍"])
def test_a_long_word_is_split_between_characters(
    server: Server, bob: Client, character: str
) -> None:
    with server.person("author", "den") as author:
        text = character * (4000 // len(character.encode()))
        assert author.hear(text) == []
        assert "".join(m.params[1] for m in bob.ask() if m.command == "PRIVMSG") == text


def test_no_piece_of_a_long_line_is_empty(server: Server, bob: Client) -> None:
    """A space at which the line was cut may be its last."""
    with server.person("author", "den") as author:
        for length in range(440, 500):
            assert author.hear("x" * length + " ") == []
        bob.ask()


def test_a_line_beyond_all_bounds_is_refused(server: Server, bob: Client) -> None:
    with server.person("author", "den") as author:
        assert author.hear("x" * 5000) == ["That line is 392 bytes too long; it was ignored."]
        assert [m.command for m in bob.ask()] == ["JOIN"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"caf\xe9", "That line is not UTF-8 text; it was ignored."),
        (b"\xed\xa0\x80", "That line is not UTF-8 text; it was ignored."),
        (b"a\0b", "That line contains a NUL byte; it was ignored."),
    ],
    ids=repr,
)
def test_bytes_that_are_no_text(server: Server, bob: Client, line: bytes, answer: str) -> None:
    with server.person("author", "den") as author:
        assert author.hear(line) == [answer]
        assert [m.command for m in bob.ask()] == ["JOIN"]
    with server.connect() as newcomer:
        newcomer.send(b"/" + line)
        assert newcomer.read_until("Choose a nickname")
        assert newcomer.line() == answer


# What reaches a terminal

ESCAPES = "\x1b[2J\x1b]0;title\x07\x9b31m\u202ereversed\x7f\x08"
SHOWN = "^[[2J^[]0;title^G\\u009b31m\\u202ereversed^?^H"


def is_safe(lines: list[str]) -> bool:
    return not set("".join(lines)) & {*map(chr, (*range(32), *range(127, 160))), "\u202e"}


def test_escape_sequences_of_others_are_written_out(server: Server, bob: Client) -> None:
    with server.person("reader", "den") as reader:
        bob.ask(
            f"PRIVMSG #den :{ESCAPES}",
            f"PRIVMSG #den :\x01ACTION {ESCAPES}\x01",
            f"NOTICE #den :{ESCAPES}",
            f"PRIVMSG reader :{ESCAPES}",
            f"TOPIC #den :{ESCAPES}",
            f"AWAY :{ESCAPES}",
            f"PART #den :{ESCAPES}",
        )
        shown = reader.hear()
        assert is_safe(shown)
        assert [line.partition("] ")[2] for line in shown] == [
            f"<bob> {SHOWN}",
            f"* bob {SHOWN}",
            f"-bob- {SHOWN}",
            f"<bob -> You> {SHOWN}",
            f"bob has changed the topic to: {SHOWN}",
            f"bob has left the chat ({SHOWN})",
        ]
        assert is_safe(reader.hear("/topic", "/who bob", "/msg bob hi"))
        assert f"bob is away: {SHOWN}" in reader.seen


def test_escape_sequences_in_reasons_and_real_names(server: Server) -> None:
    with server.connect() as mallory, server.person("reader", "street") as reader:
        mallory.send("NICK mallory", f"USER {ESCAPES} 0 * :{ESCAPES}")
        mallory.wait("422")
        mallory.ask("JOIN #street", f"KICK #street mallory :{ESCAPES}", "JOIN #pit")
        assert is_safe(reader.hear("/who mallory", "/join pit"))
        mallory.ask(f"KICK #pit reader :{ESCAPES}", "INVITE reader #pit")
        assert is_safe(reader.hear())
        assert f"You were kicked from pit by mallory ({SHOWN})" in reader.seen
        mallory.send("JOIN #street", f"QUIT :{ESCAPES}").end()
        assert is_safe(reader.hear("street"))


@pytest.mark.parametrize("room", [f"#a{character}b" for character in "\x1b\x07\x9b\u202e\x7f"])
def test_no_room_or_nickname_holds_an_escape(server: Server, bob: Client, room: str) -> None:
    assert [m.command for m in bob.ask(f"JOIN {room}")] in (["476"], ["403"])
    assert [m.command for m in bob.ask(f"NICK {room[1:]}")] == ["432"]
    with server.connect() as person:
        if "\x7f" not in room:  # which erases a character here
            person.send(room[1:]).read_until("You cannot use that nickname: ")
            person.send("typist", room[1:]).read_until("name for a room: ")
        assert is_safe(person.seen)


def test_what_one_typed_oneself_comes_back_written_out(server: Server) -> None:
    with server.person("typist", "den") as typist:
        shown = typist.hear(
            f"/{ESCAPES}", f"/msg {ESCAPES} hi", f"/who {ESCAPES}", f"/nick {ESCAPES}"
        )
        assert len(shown) == 4
        assert is_safe(shown)
