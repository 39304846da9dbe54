"""A server of its own for each conversation, and people who come to it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from demonstration.terminals import Terminal, Watcher


class Stage:
    """A server with an empty history on a free port, for as long as the context lasts.

    The configuration names `operator` as the operator of general.
    """

    def __init__(self, operator: str) -> None:
        self._operator = operator
        self._temporary = tempfile.TemporaryDirectory()
        self._directory = Path(self._temporary.name)
        self._terminals: list[Terminal] = []

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._close()
            raise
        return self

    def _open(self) -> None:
        config = self._directory / "chatroom.toml"
        config.write_text(f'[rooms.operators]\ngeneral = ["{self._operator}!*@127.0.0.1"]\n')
        listen = ("-c", str(config), "--listen", "127.0.0.1:0", "--data", str(self._directory))
        self._server = Terminal("server", self._directory, "chatroom_server.py", *listen)
        self._terminals.append(self._server)
        self.port = self._server.sees(r"listening on 127\.0\.0\.1:(\d+)")
        self._server.sees("Waiting for connections")

    def hosts(self) -> Path:
        """A hosts file that offers this server, and another one, so that there is a choice."""
        file = self._directory / "hosts.csv"
        file.write_text(f"127.0.0.1,{self.port},Demo\n127.0.0.1,1,Another\n")
        return file

    def client(
        self,
        name: str,
        *arguments: str,
        size: tuple[int, int] = (24, 120),
        environment: dict[str, str] | None = None,
        watchers: Sequence[Watcher] = (),
    ) -> Terminal:
        """Somebody with a terminal client that has not run before."""
        state = self._directory / name
        config = state / "chatroom" / "client.toml"
        config.parent.mkdir(parents=True)
        # Nothing of this is for next time, and nobody else's network is asked.
        config.write_text('offer = false\n[settings]\ndiscover = "off"\n')
        command = ("chatroom_client.py", *arguments)
        terminal = Terminal(
            name, state, *command, size=size, environment=environment, watchers=watchers
        )
        self._terminals.append(terminal)
        return terminal

    def stop(self) -> None:
        """The server ends, politely. Raises Missing."""
        self._server.stops()

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        for terminal in self._terminals:
            terminal.close()
        self._temporary.cleanup()
