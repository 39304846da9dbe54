"""Completes words in a conversation: commands and their arguments, people, rooms, emoji, files.

Sans I/O.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from chatroom.client.config.settings import SETTINGS, Kind
from chatroom.client.errors import CommandError
from chatroom.client.ui.commands.help import ALL, GROUPS
from chatroom.client.ui.commands.table import COMMANDS, find
from chatroom.client.ui.context import Context
from chatroom.client.ui.display import Display
from chatroom.client.ui.entries import begins_command
from chatroom.client.ui.markup import emoji_codes
from chatroom.client.ui.ports import Completion
from chatroom.text.display import visible
from chatroom.wire.names import bare

PATHS = ("/", "./", "../", "~/")
"""The beginnings of a file's path. At the beginning of a line, a slash begins a command first."""

_PATH_ARGUMENT = re.compile(
    r"""/(?:send|get\s+\d+)\s+("[^"]*|'[^']*|(?:[^\s\\"']|\\.)(?:[^\s\\]|\\.)*|)\Z""", re.IGNORECASE
)
"""A line that ends in the path of /send or /get."""

TERMS = ("from:", "in:", "with:", "after:", "before:")
"""The beginnings of special words of /search."""

MOST_EMOJI = 60
SHORTEST_EMOJI = 2
"""The least characters of `:s` for which emoji are offered."""


class ChatCompleter:
    """Finds candidates for the word before the cursor, the most likely first."""

    def __init__(self, context: Context, display: Display) -> None:
        self._context = context
        self._display = display
        self._taken: dict[str, Callable[[list[str]], Iterable[str]]] = {
            "ACCOUNT": lambda _words: self._own_names(),
            "COMMAND": lambda _words: (*COMMANDS, *GROUPS, ALL),
            "NAME": lambda _words: self._conversations(),
            "NICK": lambda _words: self._people(),
            "ROOM": lambda _words: self._rooms(),
            "SETTING": lambda _words: SETTINGS,
            "VALUE": self._values,
            "on": lambda _words: ("on", "off"),
        }

    def complete(self, text: str, cursor: int) -> Completion:
        """Candidates for the word that ends at character `cursor` of `text`; perhaps none."""
        before = text[:cursor]
        if self._context.asking:
            return Completion(0, tuple(self._answers(before)))
        start = before.rfind(" ") + 1
        word = before[start:]
        if path := _PATH_ARGUMENT.match(before):
            return Completion(path.start(1), tuple(self._quoted_files(path[1])))
        if word.startswith(PATHS) and (start or not begins_command(word)):
            found = self._files(word)
        elif start == 0 and begins_command(word):
            found = iter(list(self._command(word)) or list(self._files(word)))
        elif begins_command(before):
            found = self._argument(before[1:start], word)
        elif word.startswith(":") and len(word) >= SHORTEST_EMOJI:
            found = self._emoji(word)
        elif word.startswith("@"):
            found = self._after("@", word, self._people(), " ")
        elif word.startswith("#"):
            found = self._beginning(word, self._room_names())
        else:
            found = self._beginning(word, self._people(), " " if start else ": ")
        return Completion(start, tuple(found))

    def _answers(self, typed: str) -> Iterator[str]:
        """Answers to the question for a room, the only one whose answers can be known."""
        choosing = self._context.session.state.ready and not self._display.here
        return self._beginning(typed, self._rooms() if choosing else ())

    def _command(self, word: str) -> Iterator[str]:
        return self._beginning(word, (f"/{name}" for name in COMMANDS))

    def _argument(self, before: str, word: str) -> Iterator[str]:
        """Arguments of the command according to its usage; in its text, people and emoji."""
        name, *words = before.split()
        try:
            command = find(name.lower())
            usage = command.usage.replace("[", "").replace("]", "").split()
        except CommandError:
            command, usage = None, []
        if command and command.name == "search":
            return self._terms(word)
        if command and command.name == "unignore":
            return self._beginning(word, self._context.settings.words("ignore"))
        taken = usage[len(words)] if len(words) < len(usage) else "TEXT"
        if word.startswith(":") and len(word) >= SHORTEST_EMOJI:
            return self._emoji(word)
        if word.startswith("@"):
            return self._after("@", word, self._people(), " ")
        for kind in taken.split("|"):
            if kind in self._taken:
                return self._beginning(word, self._taken[kind](words))
        return self._beginning(word, self._people())

    def _terms(self, word: str) -> Iterator[str]:
        """Words of /search; other words can be anything."""
        kind, colon, _ = word.partition(":")
        if not colon:
            return self._beginning(word, TERMS, "") if word else iter(())
        names = {"from": self._speakers, "with": self._speakers, "in": self._rooms}.get(
            kind.lower()
        )
        return self._after(f"{kind}:", word, names(), " ") if names else iter(())

    def _speakers(self) -> Iterator[str]:
        """The people whose messages can be searched: others, and ourselves."""
        yield from self._people()
        yield self._context.session.state.nick

    def _after(self, sign: str, word: str, names: Iterable[str], behind: str) -> Iterator[str]:
        """Names after a sign that stays."""
        found = self._beginning(word.removeprefix(sign), names, behind)
        return (f"{sign}{name}" for name in found)

    def _beginning(self, word: str, names: Iterable[str], behind: str = " ") -> Iterator[str]:
        fold = self._context.session.state.fold
        begun = fold(word)
        seen = set()
        for name in names:
            shown = visible(name) == name  # else it would stand in the input line as it came
            if shown and fold(name).startswith(begun) and fold(name) not in seen:
                seen.add(fold(name))
                yield name + behind

    # Candidates

    def _people(self) -> Iterator[str]:
        """The people who spoke here last, then the other members."""
        state, display = self._context.session.state, self._display
        room = state.room(display.here)
        current = display.buffers.current
        members = room.members if room else {}
        for line in reversed(current.kept if current else ()):
            here = not room or state.fold(line.said.sender) in members
            if here and not state.is_own(line.said.sender):
                yield line.said.sender
        if current and not room:
            yield current.name
        others = (member.nick for member in members.values() if not state.is_own(member.nick))
        yield from sorted(others, key=str.casefold)

    def _own_names(self) -> Iterator[str]:
        """Our account, and our nickname, which mostly is the name of one."""
        state = self._context.session.state
        yield from filter(None, (state.account, state.nick))

    def _room_names(self) -> Iterator[str]:
        """The rooms that we are in, then the others that the server has listed."""
        yield from (room.name for room in self._context.session.state.rooms.values())
        yield from self._display.rooms_told

    def _rooms(self) -> Iterator[str]:
        yield from map(bare, self._room_names())

    def _conversations(self) -> Iterator[str]:
        yield from (bare(each.name) for each in self._display.buffers.all)

    def _values(self, words: list[str]) -> tuple[str, ...]:
        row = SETTINGS.get(words[0])
        return row.values if row and row.kind is Kind.CHOICE else ()

    def _files(self, word: str) -> Iterator[str]:
        for path in self._context.services.paths(word):
            yield path if path.endswith("/") else f"{path} "

    def _quoted_files(self, word: str) -> Iterator[str]:
        """Files for a command, as it reads them: in the quotes that were begun, or with a backslash
        before each space."""
        quote = word[:1] if word[:1] in ("'", '"') else ""
        typed = word[1:] if quote else re.sub(r"\\(.)", r"\1", word)
        for path in self._context.services.paths(typed):
            written = path if quote else re.sub(r"([\s\\\"'])", r"\\\1", path)
            yield f"{quote}{written}" + ("" if path.endswith("/") else f"{quote} ")

    def _emoji(self, word: str) -> Iterator[str]:
        name = word[1:].lower()
        names = sorted((each for each in emoji_codes() if each.startswith(name)), key=_shortest)
        yield from (f":{each}: " for each in names[:MOST_EMOJI])


def _shortest(name: str) -> tuple[int, str]:
    return len(name), name
