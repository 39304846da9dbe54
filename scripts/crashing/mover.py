"""Somebody who stays in their rooms without a connection, and gives these other names, for
`crash.py`: where they were told that they are, they are after the server was killed.
"""

import random
import re
import sys
from collections.abc import Callable, Iterator

from crashing.ledger import Ledger
from crashing.person import Person, Step

NAME, PASSWORD = "mover", "pass-mover"

_JOINED = re.compile(rf":{NAME}!\S+ JOIN :?(\S+)")


class Mover(Person):
    """Enters a room, registers it, renames it, drops it, leaves; and so on with the next.

    `on_renaming` is called once, when RENAME was sent."""

    def __init__(self, port: int, ledger: Ledger, numbers: Iterator[int]) -> None:
        super().__init__(port, NAME, PASSWORD, "draft/channel-rename")
        self.ledger = ledger
        self.on_renaming: Callable[[], None] = lambda: None
        self._numbers = numbers
        self._steps: list[Step] = []
        self._under_way: Step | None = None

    def write(self, life: int, rng: random.Random) -> None:
        if self._under_way is None and self.sent < sys.maxsize:
            self._steps = self._steps or _steps(next(self._numbers))
            self._under_way = self._steps.pop(0)
            self._ask_for(self.ledger, self._under_way)
            if self._under_way.line.startswith("RENAME"):
                self.on_renaming()
                self.on_renaming = lambda: None

    def heard(self, line: str) -> None:
        step = self._under_way
        if step is not None and step.done in line.replace(" :", " "):
            self._under_way = None
            self.ledger.confirm(step.key)


def _steps(number: int) -> list[Step]:
    before, after = _names(number)
    return [
        Step(f"JOIN {before}", ("place", number), before, f" JOIN {before}"),
        Step(f"PRIVMSG ChanServ :REGISTER {before}", ("owned", number), True, "belongs to your"),
        Step(f"RENAME {before} {after}", ("place", number), after, f" RENAME {before} {after}"),
        Step(f"PRIVMSG ChanServ :DROP {after}", ("owned", number), False, "belongs to nobody"),
        Step(f"PART {after}", ("place", number), "", f" PART {after}"),
    ]


def _names(number: int) -> tuple[str, str]:
    return f"#before{number}", f"#after{number}"


class Movers:
    """The one, life after life."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._numbers = iter(range(1, sys.maxsize))

    def begin(self, port: int) -> None:
        """Has an account, and stays."""
        person = Person(port, NAME)
        person.send(f"REGISTER * * {PASSWORD}")
        person.wait_for("REGISTER SUCCESS")
        person.send("PRIVMSG NickServ :SET ALWAYS-ON ON")
        person.wait_for("Always-on is on")
        person.sock.close()

    def enter(self, port: int) -> Mover:
        """Comes back, looks where that is, and leaves it."""
        mover = Mover(port, self.ledger, self._numbers)
        rooms = {room for line in mover.ask() for room in _JOINED.findall(line)}
        facts = {**self.ledger.told, **self.ledger.asked}
        for number in sorted(int(str(key[1])) for key in facts if key[0] == "place"):
            self._check(mover, number, rooms)
        return mover

    def _check(self, mover: Mover, number: int, rooms: set[str]) -> None:
        there = [name for name in _names(number) if name in rooms]
        if len(there) > 1:
            self.ledger.broken.append(f"{there} are one room")
        self.ledger.check(("place", number), there[0] if there else "", "")
        owned = [name for name in _names(number) if self._is_owned(mover, name)]
        if owned and there and owned != there:
            self.ledger.broken.append(f"{NAME} owns {owned}, and is in {there}")
        self.ledger.check(("owned", number), bool(owned), False)
        mover.ask(*(f"PRIVMSG ChanServ :DROP {name}" for name in _names(number)))
        mover.ask(*(f"PART {name}" for name in _names(number)))
        for kind in ("place", "owned"):
            self.ledger.told.pop((kind, number), None)
            self.ledger.asked.pop((kind, number), None)

    @staticmethod
    def _is_owned(mover: Mover, name: str) -> bool:
        said = mover.ask(f"PRIVMSG ChanServ :INFO {name}")
        return any(f"belongs to {NAME}" in line for line in said)
