"""SASL's messages, in chunks and spoilt: an error of their own, or what the client meant."""

from random import Random

from chatroom.wire.sasl import (
    CHUNK,
    EMPTY,
    MOST_CHUNKS,
    Chunks,
    SaslError,
    UnfitPassword,
    chunked,
    external_response,
    plain_response,
    prepared,
)
from fuzzing.inputs import showing, spoilt, text

MOST = MOST_CHUNKS * CHUNK // 4 * 3 - 1
WORDS = (b"\0", b"\0\0", b"=", b"+", b"*", b"\xff", b",")


def once(random: Random) -> None:
    """A message, cut into chunks as clients do, and the same chunks spoilt."""
    names = (random.choice(("", text(random))), text(random) or "al", text(random, 300) or "x")
    message = spoilt(random, "\0".join(names).encode(), WORDS)
    with showing(message):
        for read in (plain_response, external_response):
            try:
                read(message)
            except SaslError as error:
                assert names[2] not in str(error) or len(names[2]) < 3
        if len(message) <= MOST:
            assert _put_together(chunked(message)) == message
        _prepare(names[2])
    chunks = [_spoilt_chunk(random, one) for one in chunked(message)] or [EMPTY]
    with showing(chunks):
        try:
            _put_together(random.choices(chunks, k=random.randrange(1, 9)))
        except SaslError as error:
            assert str(error)


def _put_together(chunks: list[str]) -> bytes | None:
    """The last message that they make."""
    putting, found = Chunks(), None
    for chunk in chunks:
        found = putting.add(chunk)
        assert found is None or len(found) <= MOST + 1
    return found


def _spoilt_chunk(random: Random, chunk: str) -> str:
    if random.random() < 0.5:
        return chunk
    return spoilt(random, chunk.encode(), WORDS).decode(errors="replace")


def _prepare(password: str) -> None:
    try:
        ready = prepared(password)
    except UnfitPassword:
        return
    assert prepared(ready.decode()) == ready
