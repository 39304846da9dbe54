"""Tags of messages: whatever a value is, it comes back; whatever stands there, it is read."""

from random import Random

from chatroom.wire.message import (
    MAX_TAGS,
    LineTooLong,
    Message,
    ProtocolError,
    decode,
    encode,
    escape_value,
    format_tags,
    parse_tags,
    unescape_value,
)
from fuzzing.inputs import showing, spoilt, text

ROOMY = 1 << 20
WORDS = (b"\\", b"\\:", b"\\s", b"\\\\", b";", b"=", b";;", b"+", b"/", b"\xed\xa0\x80", b"=\\")


def once(random: Random) -> None:
    """Some tags, as they are meant and spoilt."""
    tags = {_key(random): text(random).replace("\0", "") for _ in range(random.randrange(1, 20))}
    with showing(tags):
        for value in tags.values():
            assert unescape_value(escape_value(value)) == value
        assert parse_tags(format_tags(tags)) == tags
        message = Message("PING", ("x",), "", tags)
        assert decode(encode(message)[:-2], ROOMY) == message
    raw = spoilt(random, b"@" + format_tags(tags).encode(), WORDS).replace(b" ", b"")
    with showing(raw):
        _read(raw)


def _key(random: Random) -> str:
    return f"{random.choice(('', '+', 'a.b/'))}{random.choice('abc')}{random.randrange(30)}"


def _read(raw: bytes) -> None:
    try:
        message = decode(raw + b" PING x", ROOMY)
    except LineTooLong:
        assert raw.count(b";") >= MAX_TAGS or not raw.startswith(b"@")
        return
    except ProtocolError:
        return
    assert message is not None
    if raw.startswith(b"@"):
        assert message.command == "PING"
    again = parse_tags(format_tags(message.tags))
    assert again == message.tags
