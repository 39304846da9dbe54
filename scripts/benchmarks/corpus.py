"""A made-up history: rooms, people and words as unevenly used as real ones, the same every time."""

import json
import random
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from chatroom.store.checkpoint import checkpoint
from chatroom.store.database import HISTORY_FILE
from chatroom.store.history import History
from chatroom.store.migrations import MIGRATIONS
from chatroom.wire.message import Message

ROOMS, PEOPLE, WORDS = 100, 2000, 10_000

TEXT = 60
"""Bytes of each message's text."""

BEGIN = 1_700_000_000
"""UTC seconds of the first message; one a minute follows."""

STEP = 60.0

_TICK, _CHECKPOINT = 1000, 50_000

_CONSONANTS, _VOWELS = "bcdfghjklmnprstvz", "aeiou"


class Corpus:
    """Where messages come from. `words`, `rooms` and `people` are ordered, the commonest first.

    `like` another one: with the same names and words, and other messages.
    """

    def __init__(self, seed: int = 1, like: "Corpus | None" = None) -> None:
        self.random = random.Random(seed)
        self.words: list[str] = like.words if like else self._make_words()
        self.rooms = [f"#room{number}" for number in range(ROOMS)]
        self.people = [
            f"{self.words[-number]}{number}!user@192.0.2.{number % 250}"
            for number in range(1, PEOPLE + 1)
        ]
        self._weights = {
            size: list(accumulate(1 / rank for rank in range(1, size + 1)))
            for size in (ROOMS, PEOPLE, WORDS)
        }

    def _make_words(self) -> list[str]:
        words: dict[str, None] = {}
        while len(words) < WORDS:
            syllables = self.random.choice((1, 2, 2, 3, 3, 4))
            words["".join(self._syllable() for _ in range(syllables))] = None
        return list(words)

    def _syllable(self) -> str:
        vowel, end = self.random.choice(_VOWELS), self.random.choice(("", "", "n", "s", "r"))
        return self.random.choice(_CONSONANTS) + vowel + end

    def choose(self, among: list[str], count: int = 1) -> list[str]:
        """By Zipf's law: the second comes half as often as the first, and so on."""
        weights = self._weights[len(among)]
        return self.random.choices(among, cum_weights=weights, k=count)

    def text(self) -> str:
        """Words of exactly TEXT bytes."""
        return " ".join(self.choose(self.words, TEXT // 2))[:TEXT]

    def messages(self, count: int) -> Iterator[Message]:
        """Somebody says something in some room, so many times."""
        for _ in range(count):
            (room,), (source,) = self.choose(self.rooms), self.choose(self.people)
            yield Message("PRIVMSG", (room, self.text()), source)


def prepare(directory: Path, count: int) -> None:
    """A history of so many messages in this directory, unless it is there already."""
    recipe = {"messages": count, "format": len(MIGRATIONS), "schema": "".join(MIGRATIONS)}
    mark = directory / "recipe.json"
    if mark.exists() and json.loads(mark.read_text()) == recipe:
        return
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.iterdir():
        old.unlink()
    _fill(directory, count)
    mark.write_text(json.dumps(recipe))


def _fill(directory: Path, count: int) -> None:
    history = History(directory, "process")
    for number, message in enumerate(Corpus().messages(count), 1):
        history.record(message.params[0], message, BEGIN + number * STEP)
        if number % _TICK == 0:
            history.commit()
        if number % _CHECKPOINT == 0:
            checkpoint(directory)
    history.commit()
    history.close()


def size(directory: Path, name: str = HISTORY_FILE) -> int:
    """Bytes of a database file."""
    return (directory / name).stat().st_size
