"""Nicknames and rooms that are valid here, for names that may not be.

Each person keeps one nickname: another one whose name becomes the same gets a number.
"""

import hashlib
import re

from chatroom.wire.names import InvalidName, fold, nickname, room_name

LONGEST_NICKNAME = 30
LONGEST_ROOM = 50
"""As the server's limits are by default."""

_UNFIT = re.compile(r"[^\w\[\]{}\\|^`-]+")
"""What no nickname and no room needs to have; \\w are the letters and digits of all scripts."""

_UNFIT_ROOM = re.compile(r"[^\w.+&~'()=-]+")


class Names:
    """The names of one import."""

    def __init__(self) -> None:
        self._nicknames: dict[str, str] = {}
        self._taken: dict[str, str] = {}
        self._rooms: dict[str, str] = {}
        self.changed: dict[str, str] = {}
        """Names there -> names here, where they differ."""

    def nickname(self, name: str, identity: str = "") -> str:
        """The nickname of a person; `identity` is what they are told apart by, if names are not
        enough."""
        known = self._nicknames.get(identity or name)
        if known is not None:
            return known
        wanted = _valid_nickname(name)
        chosen = self._free(wanted, identity) if identity else wanted
        self._nicknames[identity or name] = chosen
        if chosen != name:
            self.changed[name] = chosen
        return chosen

    def _free(self, wanted: str, identity: str) -> str:
        chosen, number = wanted, 1
        while self._taken.setdefault(fold(chosen), identity) != identity:
            number += 1
            end = f"-{number}"
            chosen = wanted[: LONGEST_NICKNAME - len(end)] + end
        return chosen

    def room(self, name: str) -> str:
        """The wire name of a room; `name` is what it is called there, with or without `#`."""
        known = self._rooms.get(name)
        if known is None:
            known = self._rooms[name] = _valid_room(name)
            if known.removeprefix("#") != name.removeprefix("#"):
                self.changed[name] = known
        return known


def _valid_nickname(name: str) -> str:
    fit = _UNFIT.sub("_", name[: 4 * LONGEST_NICKNAME]).strip("_")[:LONGEST_NICKNAME]
    for text in (name, fit, fit.lstrip("-"), f"{fit}-imported" if fit else ""):
        try:
            return nickname(text, LONGEST_NICKNAME)
        except InvalidName:
            pass
    return f"someone-{_digest(name)}"


def _valid_room(name: str) -> str:
    rest = name.removeprefix("#")
    fit = _UNFIT_ROOM.sub("_", rest[: 4 * LONGEST_ROOM])[: LONGEST_ROOM - 1]
    for text in (rest, fit):
        try:
            return room_name(f"#{text}", LONGEST_ROOM)
        except InvalidName:
            pass
    return f"#room-{_digest(name)}"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode(errors="replace")).hexdigest()[:8]
