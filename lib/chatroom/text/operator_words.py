"""What operators of the server type at the plain door and in the terminal client: one row for each
word, with the IRC command that it becomes."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from chatroom.text.times import span

Split = Callable[[str], list[str]]
"""Makes the parameters of the command from what was typed behind the word."""


class OperatorWord(NamedTuple):
    """A row: the arguments, what it does, the IRC command, how many words it needs at least."""

    name: str
    usage: str
    help: str
    command: str
    split: Split
    needs: int = 1
    fits: Callable[[str], bool] = bool
    """Whether these words, of which there are some, can be right."""

    def usage_if_wrong(self, text: str) -> str:
        """`Usage: ...` if there are too few words, or wrong ones; otherwise "".

        The server would name its own command, or ignore the words.
        """
        wrong = len(text.split()) < self.needs or (text and not self.fits(text))
        return f"Usage: /{self.name} {self.usage}" if wrong else ""


def is_count(text: str) -> bool:
    """Whether this is a number of entries of an audit, 1 or more."""
    return text.isascii() and text.isdigit() and len(text) < 5 and int(text) > 0


def _text(text: str) -> list[str]:
    return [text] if text else []


def _one_and_text(text: str) -> list[str]:
    first, _, rest = text.partition(" ")
    return [first, *_text(rest.strip())]


def _ban(text: str) -> list[str]:
    """`bob 2h spam`, or `2h bob spam`: the time comes first for the server."""
    words = text.split(None, 2)
    for at in (0, 1):
        if at < len(words) - (at == 0) and _is_span(words[at]):
            others = [*words[:at], *words[at + 1 :]]
            return [words[at], *others]
    return _one_and_text(text)


def _is_span(word: str) -> bool:
    try:
        span(word)
    except ValueError:
        return False
    return True


def _not_only_a_time(text: str) -> bool:
    return not _is_span(text)


def _is_stats_letter(text: str) -> bool:
    return text in ("k", "d", "o", "u")


OPERATOR_WORDS: Sequence[OperatorWord] = (
    OperatorWord(
        "kill", "NICK [REASON]", "disconnects somebody from the server", "KILL", _one_and_text
    ),
    OperatorWord(
        "kline",
        "NICK|MASK [TIME] [REASON]",
        "bans people from the server (TIME: 2h)",
        "KLINE",
        _ban,
        fits=_not_only_a_time,
    ),
    OperatorWord("unkline", "NICK|MASK", "lifts bans of people", "UNKLINE", _text),
    OperatorWord(
        "dline",
        "NICK|ADDRESS [TIME] [REASON]",
        "bans an address or a network (TIME: 2h)",
        "DLINE",
        _ban,
        fits=_not_only_a_time,
    ),
    OperatorWord("undline", "ADDRESS", "lifts bans of an address or a network", "UNDLINE", _text),
    OperatorWord(
        "wallops", "TEXT", "sends a text to all operators, and to mode w", "WALLOPS", _text
    ),
    OperatorWord("global", "TEXT", "sends a text to everybody", "GLOBAL", _text),
    OperatorWord("rehash", "", "reloads the server's configuration", "REHASH", _text, 0),
    OperatorWord(
        "stats",
        "LETTER",
        "lists bans (k or d), or operators (o)",
        "STATS",
        _text,
        fits=_is_stats_letter,
    ),
    OperatorWord("samode", "ROOM CHANGES", "changes the modes of any room", "SAMODE", str.split, 2),
    OperatorWord(
        "sajoin", "[NICK] ROOM", "enters any room, or makes NICK enter it", "SAJOIN", str.split
    ),
    OperatorWord(
        "server-audit", "[N]", "lists what operators of the server did", "AUDIT", _text, 0, is_count
    ),
)

NAMES_A_ROOM = {"samode": 0, "sajoin": -1}
"""Which of the parameters is a room, which people name without its #."""
