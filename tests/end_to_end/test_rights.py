"""Who may read and redact what was said: some of the table's cases, before a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatroom.wire.message import MAX_SERVER_TAGS, Message, decode
from harness import Client, Server, fresh
from rights_table import CAPABILITIES, CASES, HALL, RESTART, play

_CONFIG = f"""
[limits]
flood_rate = 0
[rooms]
permanent = ["{HALL}"]
operators = {{ "{HALL}" = ["op!*@*"] }}
"""


class Stage:
    """Clients of a server, all with the same username."""

    def __init__(self, directory: Path) -> None:
        self.room = "#den"
        self._directory = directory
        self._server = Server(directory, config=_CONFIG)
        self._clients: dict[str, Client] = {}

    def _client(self, nick: str) -> Client:
        if nick not in self._clients:
            client = self._clients[nick] = self._server.connect()
            client.send("CAP LS 302", f"CAP REQ :{CAPABILITIES}", f"NICK {nick}")
            client.send("USER user 0 * :user", "CAP END").read_until(r" (376|422) ")
        return self._clients[nick]

    def ask(self, nick: str, line: str) -> list[Message]:
        client = self._client(nick)
        client.ask()
        if line == "QUIT":
            self._clients.pop(nick).send(line).end()
            return []
        return client.ask(line)

    def search(self, nick: str, attributes: str) -> list[Message]:
        client = self._client(nick)
        client.ask()
        lines = client.send(f"SEARCH {attributes}").read_until(" BATCH -| FAIL SEARCH")
        return [m for line in lines if (m := decode(line.encode(), MAX_SERVER_TAGS))]

    def restart(self) -> None:
        self.leave()
        self._server.end_well()
        self._server = Server(self._directory, config=_CONFIG)

    def leave(self) -> None:
        """Everybody goes, and the next case has a room of its own."""
        for nick in list(self._clients):
            self.ask(nick, "QUIT")

    def close(self) -> None:
        self.leave()
        self._server.end_well()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A server for all cases without a restart."""
    stage = Stage(tmp_path_factory.mktemp("lasting"))
    yield stage
    stage.close()


@pytest.fixture
def stage(lasting: Stage) -> Iterator[Stage]:
    lasting.room = f"#{fresh('den')}"
    yield lasting
    lasting.leave()


_DOORS = (": invited only", ": key", ": secret")
_REPEATED = {
    f"{name.removesuffix(_DOORS[0])}{door}"
    for number, name in enumerate(name for name in CASES if name.endswith(_DOORS[0]))
    for each, door in enumerate(_DOORS)
    if each != number % len(_DOORS)
}
"""All but one of the doors of each case."""

_ONCE = {name: case for name, case in CASES.items() if name not in _REPEATED}
_LASTING = [name for name, case in _ONCE.items() if RESTART not in case.steps][::4]
_RESTARTED = [name for name, case in _ONCE.items() if RESTART in case.steps][::3]
"""A sample: tests/chat/test_reading.py plays the whole table, over the same store."""


@pytest.mark.parametrize("name", _LASTING)
def test_the_table(stage: Stage, name: str) -> None:
    play(stage, CASES[name])


@pytest.mark.parametrize("name", _RESTARTED)
def test_over_restarts(tmp_path: Path, name: str) -> None:
    stage = Stage(tmp_path)
    play(stage, CASES[name])
    stage.close()


def test_the_plain_door(lasting: Stage) -> None:
    """What /history and /search show there follows the same rule."""
    room = fresh("den")
    server, name = lasting._server, f"#{room}"
    op = server.join("op", name)
    op.ask(f"PRIVMSG {name} :{room} before", f"MODE {name} +i", f"PRIVMSG {name} :{room} inside")
    op.ask(f"MODE {name} -i", f"PRIVMSG {name} :{room} after")
    with server.person("tess", room) as tess:
        tess.hear()
        shown = [tess.hear("/history 9"), tess.hear("/history 1"), tess.hear("/history more")]
        found = [tess.hear(f"/search {room}"), tess.hear(f"/search {room} in:{room}")]
        said = [[line.split()[-1] for line in page if "<op>" in line] for page in shown + found]
        assert said == [["before", "after"], ["after"], ["before"], *[["after", "before"]] * 2]
        op.ask(f"MODE {name} +s", f"KICK {name} tess")
        assert tess.hear(f"/search in:{room}")[-1] == "Nothing was found."
        assert tess.hear(f"/search in:no{room}")[-1] == "Nothing was found."
        tess.send("exit").end()
    op.send("QUIT").end()
