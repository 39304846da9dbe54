"""Bytes to a Message and back (Modern IRC, "Message Format"; IRCv3 message-tags)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.wire import message as wire_message
from chatroom.wire.message import (
    MAX_BODY,
    MAX_CLIENT_TAGS,
    MAX_SERVER_TAGS,
    MAX_TAGS,
    InvalidUtf8,
    LineTooLong,
    Message,
    ProtocolError,
    as_middle,
    decode,
    encode,
    encode_body,
    fits,
    parse,
)

# What the grammar allows: `nospcrlfcl`, `middle`, `trailing` and the tags' keys.
ANY = st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"])
WORD = st.text(st.characters(exclude_characters="\0\r\n ", exclude_categories=["Cs"]), min_size=1)
MIDDLE = WORD.filter(lambda word: not word.startswith(":"))
COMMAND = st.from_regex(r"[A-Z]+|[0-9]{3}", fullmatch=True)
PARAMS = st.one_of(
    st.just(()),
    st.builds(lambda middle, last: (*middle, last), st.lists(MIDDLE, max_size=4), st.text(ANY)),
)
TAG_KEYS = st.from_regex(r"\+?([a-z0-9.-]+/)?[A-Za-z0-9-]+", fullmatch=True)
TAGS = st.dictionaries(TAG_KEYS, st.text(ANY | st.sampled_from("\r\n; \\")), max_size=3)
MESSAGES = st.builds(Message, COMMAND, PARAMS, st.just("") | WORD, TAGS)


@pytest.mark.parametrize(
    ("line", "params"),
    [
        (":irc.example.com CAP * LIST :", ("*", "LIST", "")),
        ("CAP * LS :multi-prefix sasl", ("*", "LS", "multi-prefix sasl")),
        ("CAP REQ :sasl message-tags foo", ("REQ", "sasl message-tags foo")),
        (":dan!d@localhost PRIVMSG #chan :Hey!", ("#chan", "Hey!")),
        (":dan!d@localhost PRIVMSG #chan Hey!", ("#chan", "Hey!")),
        (":dan!d@localhost PRIVMSG #chan ::-)", ("#chan", ":-)")),
    ],
)
def test_the_specifications_examples_of_parameters(line: str, params: tuple[str, ...]) -> None:
    """Modern IRC, "Parameters": a trailing parameter is like any other."""
    message = parse(line)
    assert message is not None
    assert message.params == params


def test_all_parts() -> None:
    """Modern IRC, "Message Format": tags, source, command, parameters."""
    message = decode(b"@id=234AB :dan!d@localhost PRIVMSG #chan :Hey what's up!")
    assert message == Message(
        "PRIVMSG", ("#chan", "Hey what's up!"), "dan!d@localhost", {"id": "234AB"}
    )
    assert message.nick == "dan"


def test_a_servers_name_is_its_nick() -> None:
    """Modern IRC, "Source": a server name, or nickname with user and host."""
    assert Message("PING", source="irc.example.com").nick == "irc.example.com"


def test_a_parameter_that_is_missing_is_the_default() -> None:
    """Parameters by their place."""
    message = Message("JOIN", ("#a",))
    assert (message.param(0), message.param(1), message.param(1, "x")) == ("#a", "", "x")


@pytest.mark.parametrize(
    "line",
    [
        b"@a=1   :src   privmsg   #a   b   :c  d",
        b"@a=1 :src PRIVMSG #a b :c  d",
    ],
)
def test_parts_are_separated_by_one_or_more_spaces(line: bytes) -> None:
    """Modern IRC, "Message Format"; inside a trailing parameter spaces count."""
    assert decode(line) == Message("PRIVMSG", ("#a", "b", "c  d"), "src", {"a": "1"})


def test_only_ascii_space_separates() -> None:
    """Modern IRC, "Message Format": SPACE is %x20; tabs and Unicode's spaces are text."""
    line = "PRIVMSG #a one\ttwo\u00a0three\u3000four\u2028five\x0bsix"
    assert parse(line) == Message(
        "PRIVMSG", ("#a", "one\ttwo\u00a0three\u3000four\u2028five\x0bsix")
    )


def test_more_than_fifteen_parameters() -> None:
    """Modern IRC, "Parameters": they MUST be parsed whatever their number."""
    message = parse("X " + " ".join("abcdefghijklmnopqrst"))
    assert message is not None
    assert len(message.params) == 20


def test_a_command_is_case_insensitive_in_ascii() -> None:
    """Modern IRC, "Command": letters or three digits; ß is neither, and no SS."""
    assert parse("pRivMsg") == Message("PRIVMSG")
    assert parse("paß x") == Message("paß", ("x",))


@pytest.mark.parametrize("line", [b"", b" ", b"    "])
def test_an_empty_line_is_nothing(line: bytes) -> None:
    """Modern IRC, "Compatibility with incorrect software": ignore empty lines."""
    assert decode(line) is None


@pytest.mark.parametrize(
    "line",
    [b"@a=b", b"@a=b ", b"@a @b X", b":src", b"@a :src ", b": :text", b" :text ", b" @a=b X"],
)
def test_a_line_without_a_command(line: bytes) -> None:
    """Modern IRC, "Message Format": only tags and source are optional, and tags come first."""
    with pytest.raises(ProtocolError):
        decode(line)


@pytest.mark.parametrize("byte", [b"\0", b"\r", b"\n"])
def test_bytes_that_no_message_holds(byte: bytes) -> None:
    """Modern IRC, "Parameters": anything except NUL, CR, LF."""
    with pytest.raises(ProtocolError, match="NUL, CR or LF"):
        decode(b"PRIVMSG #a :b" + byte + b"c")


def test_invalid_utf8() -> None:
    """IRCv3 utf8-only, "INVALID_UTF8"; half a character, and one that is a surrogate."""
    for text in (b"\xe2\x82", b"\xff", b"\xed\xa0\x80"):
        with pytest.raises(InvalidUtf8):
            decode(b"PRIVMSG #a :" + text)


def test_the_longest_body() -> None:
    """Modern IRC, "Message Format": 512 bytes with CR LF; 417 for more."""
    start = b"PRIVMSG #a :"
    line = start + b"x" * (MAX_BODY - 2 - len(start))
    assert decode(line) is not None
    with pytest.raises(LineTooLong):
        decode(line + b"x")


@pytest.mark.parametrize("limit", [MAX_CLIENT_TAGS, MAX_SERVER_TAGS])
def test_the_longest_tags(limit: int) -> None:
    """message-tags, "Size limit": `@` and the space included; the body has its own 512 bytes."""
    tags = b"@a=" + b"x" * (limit - 4) + b" "
    body = b"PRIVMSG #a :" + b"y" * (MAX_BODY - 2 - 12)
    assert decode(tags + body, limit) is not None
    with pytest.raises(LineTooLong):
        decode(b"@b" + tags[1:] + body, limit)
    with pytest.raises(LineTooLong):
        decode(tags + body + b"y", limit)


def test_no_more_tags_than_anybody_has_a_use_for() -> None:
    """A thousand tags of four bytes would be the dearest line there is. Text may have any `;`."""
    tags = b";".join(b"+%d" % number for number in range(MAX_TAGS))
    message = decode(b"@" + tags + b" PRIVMSG #a :" + b";" * 200)
    assert message is not None
    assert len(message.tags) == MAX_TAGS
    with pytest.raises(LineTooLong):
        decode(b"@" + tags + b";+x PRIVMSG #a :b")


def test_tags_that_never_end_count_as_body() -> None:
    """message-tags, "Size limit": neither a way around one limit nor around the other."""
    with pytest.raises(LineTooLong):
        decode(b"@" + b"x" * MAX_BODY)


@pytest.mark.parametrize(
    ("params", "line"),
    [
        ((), b"X\r\n"),
        (("a",), b"X a\r\n"),
        (("",), b"X :\r\n"),
        (("a", "b c"), b"X a :b c\r\n"),
        (("a", ":b"), b"X a ::b\r\n"),
        (("a:b", "c:d"), b"X a:b c:d\r\n"),
        (("é",), b"X \xc3\xa9\r\n"),
    ],
)
def test_encoding_parameters(params: tuple[str, ...], line: bytes) -> None:
    """Modern IRC, "Parameters": the last has a colon where it is empty, has spaces or a colon."""
    assert encode(Message("X", params)) == line


@pytest.mark.parametrize(
    "line",
    [
        *("PRIVMSG #a :x", "NOTICE bob :x", "TOPIC #a :x", "QUIT :x", "ERROR :x", "KICK #a bob :x"),
        *("PART #a", "PART #a :x", "CAP * LS :batch", "CAP REQ batch", "CAP END"),
        *("353 alice = #s :@alice", "401 alice bob :x", "005 alice NICKLEN=30 :x"),
        *("324 alice #a +nt", "329 alice #a 5", "MODE #a +b x", "TAGMSG #a", "INVITE bob #a"),
        *("BATCH -b1", "REDACT #a 7", "REDACT #a 7 :x", "FAIL * X :x", "USER bob 0 * :x"),
        *(":bob!b@h JOIN :#a", ":bob!b@h JOIN #a bob :Bob", ":bob!b@h NICK :rob", "PING :x"),
        *(":bob!b@h INVITE al :#a", ":s PONG s :x", ":bob!b@h MODE bob +i", ":bob!b@h PART #a"),
        *(
            "JOIN #a,#b",
            "JOIN #a key",
            "NICK bob",
            ":bob!b@h AWAY :x",
            "PONG x",
            "PONG server x",
            "AWAY :x",
            "WARN A B :x",
            "NOTE A B c :x",
        ),
    ],
)
def test_who_has_a_colon(line: str) -> None:
    """It need not ("Parameters"), but programs look for it: in texts, JOIN, NICK, INVITE, PING."""
    message = parse(line)
    assert message is not None
    assert encode(message) == f"{line}\r\n".encode()


def test_encoding_source_and_tags() -> None:
    """Modern IRC, "Message Format"."""
    message = Message("PRIVMSG", ("#a", "hi you"), "bob!b@h", {"+x": "a b", "y": ""})
    assert encode(message) == b"@+x=a\\sb;y :bob!b@h PRIVMSG #a :hi you\r\n"
    assert encode_body(message) == b":bob!b@h PRIVMSG #a :hi you\r\n"


@pytest.mark.parametrize("text", ["a\nQUIT", "a\rb", "a\0b"])
def test_a_line_break_is_never_encoded(text: str) -> None:
    """One message is one line: what would become two is our own bug."""
    for message in (
        Message("X", (text,)),
        Message("X", (text, "y")),
        Message(text),
        Message("X", (), text),
    ):
        with pytest.raises(ValueError, match="line break"):
            encode(message)


@pytest.mark.parametrize(
    ("middle", "sent"), [("", "*"), ("a b", "a_b"), (":a", "a"), (":", "*"), (": a", "_a")]
)
def test_a_middle_parameter_never_becomes_two(middle: str, sent: str) -> None:
    """Modern IRC, "Parameters": only the final one may be empty, have spaces or begin with `:`."""
    assert encode(Message("X", ("a", middle, "b c"))) == f"X a {sent} :b c\r\n".encode()


@pytest.mark.parametrize("repeated", ["", "a b", ":a", ": :", "\t", "é" * 300])
def test_what_a_peer_sent_can_be_repeated(repeated: str) -> None:
    """`as_middle` makes a middle parameter of anything, and none that fills the line."""
    message = decode(encode(Message("421", ("me", as_middle(repeated), "no"))).rstrip(b"\r\n"))
    assert message is not None
    assert len(message.params) == 3
    assert message.params[2] == "no"


@pytest.mark.parametrize("character", ["x", "é", "€", "😀"])
def test_a_line_that_is_too_long_is_cut_at_a_character(character: str) -> None:
    """Modern IRC, "Compatibility with incorrect software": at the last character that fits."""
    message = Message("PRIVMSG", ("#a", character * MAX_BODY), "bob!b@h")
    line = encode_body(message)
    assert not fits(message)
    assert MAX_BODY - len(character.encode()) < len(line) <= MAX_BODY
    assert line.endswith(character.encode() + b"\r\n")


def test_what_fits_is_not_cut() -> None:
    """To the byte: 510 and CR LF."""
    room = MAX_BODY - 2 - len("PRIVMSG #a :")
    assert fits(Message("PRIVMSG", ("#a", "x" * room)))
    assert len(encode(Message("PRIVMSG", ("#a", "x" * room)))) == MAX_BODY
    assert not fits(Message("PRIVMSG", ("#a", "x" * (room + 1))))


@given(MESSAGES.filter(fits))
def test_round_trip(message: Message) -> None:
    """What is encoded is decoded as the same message."""
    line = encode(message)
    assert line.endswith(b"\r\n")
    assert decode(line[:-2], len(line)) == message


def check_line(line: bytes) -> None:
    """It raises ProtocolError or nothing; what is read can be written."""
    try:
        message = decode(line)
    except ProtocolError:
        return
    if message is not None:
        assert parse(encode(message)[:-2].decode()) == message


@given(st.binary())
def test_any_bytes(line: bytes) -> None:
    """Bytes from a peer raise ProtocolError and nothing else."""
    check_line(line)


@given(st.lists(st.sampled_from([b"@", b":", b" ", b"a", b"=", b";", b"\\", b"\xc3", b"\xa9"])))
def test_any_marks(pieces: list[bytes]) -> None:
    """The same for bytes that mean something."""
    check_line(b"".join(pieces))


def test_strangers_lines_fill_no_memory() -> None:
    """What is remembered of how a line begins is short: they may begin as they like."""
    before = wire_message._split_again.cache_info().currsize
    for number in range(100):
        assert decode(b"X%d %s :x" % (number, b"y" * 100))
        assert decode(b"X%d y y y" % number)
    assert wire_message._split_again.cache_info().currsize == before
