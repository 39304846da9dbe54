"""The settings, one row for each. /set, completion and the file follow from the rows."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple

from chatroom.text.display import visible

LONGEST_NUMBER = 4
"""Digits."""


class Kind(Enum):
    """The kinds of values."""

    CHOICE = auto()
    NUMBER = auto()
    WORDS = auto()


class SettingError(Exception):
    """The setting cannot have this value; `str()` says which values it can have."""


class Setting(NamedTuple):
    """One row.

    `values` are the values of a choice, or the minimum and the maximum of a number. Words are
    separated by spaces, and have commands of their own.
    """

    name: str
    default: str
    meaning: str
    values: tuple[str, ...] = ("on", "off")
    kind: Kind = Kind.CHOICE

    @property
    def expected(self) -> str:
        """The possible values, in words."""
        match self.kind:
            case Kind.CHOICE:
                return ", ".join(self.values[:-1]) + f" or {self.values[-1]}"
            case Kind.NUMBER:
                return f"a number from {self.values[0]} to {self.values[1]}"
        return "words separated by spaces"

    def accepts(self, value: str) -> bool:
        """Whether the setting can have this value."""
        match self.kind:
            case Kind.CHOICE:
                return value in self.values
            case Kind.NUMBER:
                least, most = map(int, self.values)
                number = value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER
                return number and least <= int(value) <= most
        return True


SETTINGS = {
    row.name: row
    for row in (
        Setting(
            "others",
            "show",
            "lines from other conversations: shown, only counted, or hidden until you switch there",
            ("show", "count", "hide"),
        ),
        Setting(
            "joins",
            "fold",
            "people who join and leave: several in one line, a line each, or hidden",
            ("fold", "show", "hide"),
        ),
        Setting("time", "full", "the time before each line", ("full", "short", "off")),
        Setting("typing", "on", "shows others when you are typing, and shows you when they are"),
        Setting("bell", "on", "rings for a private message and for your name"),
        Setting("notify", "off", "shows a desktop notification whenever the bell would ring"),
        Setting("paste", "on", "asks before several pasted lines are sent"),
        Setting("colours", "on", "gives each nickname a colour"),
        Setting("format", "on", "sends *bold*, _under_ and `code` as bold, underlined and code"),
        Setting("emoji", "on", "sends :smile: as an emoji"),
        Setting(
            "replay",
            "20",
            "the number of earlier messages that a room shows when you enter",
            ("0", "500"),
            Kind.NUMBER,
        ),
        Setting(
            "lag",
            "3",
            "shows the lag in the prompt once it reaches this many seconds",
            ("1", "600"),
            Kind.NUMBER,
        ),
        Setting("discover", "on", "looks for servers on this network while you choose one"),
        Setting("log", "off", "writes messages into log files"),
        Setting(
            "ignore",
            "",
            "people whose messages are hidden; /ignore and /unignore change the list",
            (),
            Kind.WORDS,
        ),
        Setting(
            "highlight",
            "",
            "words that ring like your name; /highlight changes the list",
            (),
            Kind.WORDS,
        ),
    )
}


class Settings:
    """The current value of each setting."""

    def __init__(self, saved: Mapping[str, str] | None = None) -> None:
        """Raises SettingError for a saved value that is not possible."""
        self._values = {row.name: row.default for row in SETTINGS.values()}
        for name, value in (saved or {}).items():
            self.set(name, value)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def on(self, name: str) -> bool:
        """Whether the setting is on."""
        return self._values[name] == "on"

    def number(self, name: str) -> int:
        """The value of a setting that is a number."""
        return int(self._values[name])

    def words(self, name: str) -> tuple[str, ...]:
        """The words of a setting that has several."""
        return tuple(self._values[name].split())

    def set(self, name: str, value: str) -> None:
        """Raises SettingError."""
        row = SETTINGS.get(name)
        if row is None:
            raise SettingError(f"There is no setting {visible(name)}; /set lists them.")
        if not row.accepts(value):
            raise SettingError(f"{name} is {row.expected}, not {visible(value)}.")
        self._values[name] = " ".join(value.split())

    def changed(self) -> dict[str, str]:
        """The settings that differ from their defaults, as they are saved."""
        values = self._values.items()
        return {name: value for name, value in values if value != SETTINGS[name].default}
