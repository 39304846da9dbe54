"""What the targets of tests/fuzz have in common: how input is spoilt, cut and shown."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

SHOWN = 2000
"""Bytes of an input that a failure shows; the seed makes all of it again."""


@contextmanager
def showing(data: object) -> Iterator[None]:
    """Whatever is raised inside shows this input."""
    try:
        yield
    except Exception as error:
        error.add_note(f"input: {repr(data)[:SHOWN]}")
        raise


def spoilt(random: Random, data: bytes, words: Sequence[bytes] = (b"\0", b"\xff")) -> bytes:
    """The bytes with a few changes: some lost, doubled, moved, of another value, or out of
    `words`."""
    spoiling = bytearray(data)
    for _ in range(random.randrange(1, 5)):
        at = random.randrange(len(spoiling) + 1)
        end = at + random.randrange(1, 9)
        dice = random.randrange(6)
        if dice == 0:
            spoiling[at:at] = random.choice(words)
        elif dice == 1:
            del spoiling[at:end]
        elif dice == 2 and at:
            spoiling[at - 1] ^= 1 << random.randrange(8)
        elif dice == 3:
            spoiling[at:at] = spoiling[at:end] * random.randrange(1, 40)
        elif dice == 4:
            spoiling[at:end] = random.choice(words)
        else:
            spoiling[at:] = random.randbytes(random.randrange(12))
    return bytes(spoiling)


def pieces(random: Random, data: bytes) -> Iterator[bytes]:
    """The bytes cut somewhere: whole, byte by byte, or anyhow."""
    longest = random.choice((1, 7, 100, len(data) or 1))
    at = 0
    while at < len(data):
        size = random.randint(1, longest)
        yield data[at : at + size]
        at += size


def text(random: Random, longest: int = 30) -> str:
    """Any characters but surrogates: mostly printable ASCII, some of anywhere."""
    return "".join(
        chr(random.randrange(0x20, 0x7F))
        if random.random() < 0.7
        else chr(random.choice((random.randrange(0xD800), random.randrange(0xE000, 0x110000))))
        for _ in range(random.randrange(longest))
    )
