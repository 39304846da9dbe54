"""A server whose clock is set, and the people who talk there, each over a socket."""

import multiprocessing
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from pictured.talk import ME, OTHERS, PASSWORD, TALK, TOPICS, Said, seconds

CAPABILITIES = "message-tags echo-message batch draft/multiline draft/account-registration"


CONFIG = """
[server]
network = "Library"
[limits]
flood_rate = 0
per_address = 0
[rooms.operators]
general = ["Amina!*@127.0.0.1"]
"""


def serve(arguments: list[str], clock: "Synchronized[float]") -> None:
    """Runs the server in this process; its wall clock is `clock`."""
    time.time = lambda: clock.value
    from chatroom.server.main import main  # after the clock has been replaced

    main(arguments)


class Person:
    """A member of every room, with an IRC connection."""

    def __init__(self, port: int, nick: str) -> None:
        self.nick = nick
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._file = self._socket.makefile("r", encoding="utf-8", newline="\r\n")
        self.ask("CAP LS 302", f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        for capability in CAPABILITIES.split():
            self._socket.sendall(f"CAP REQ {capability}\r\n".encode())
        self.ask("CAP END")
        self.ask(*(f"JOIN {room}" for room in TOPICS))

    def ask(self, *lines: str) -> list[str]:
        """Sends the lines. Returns what comes until they have been carried out."""
        data = "".join(f"{line}\r\n" for line in (*lines, "PING done"))
        self._socket.sendall(data.encode())
        answers = []
        for line in self._file:
            answers.append(line.rstrip("\r\n"))
            if "PONG" in line and line.rstrip().endswith("done"):
                return answers
        raise ConnectionError(f"the server has closed the connection: {answers}")

    def say(self, said: Said, ids: dict[str, str]) -> str:
        """Says it, and returns its msgid. `ids`: text -> msgid of what was said before."""
        answered = [msgid for text, msgid in ids.items() if said.answers and said.answers in text]
        tags = f"@+reply={answered[-1]} " if answered else ""
        lines = said.text.split("\n")
        command = f"PRIVMSG {said.room} :"
        if len(lines) == 1:
            answers = self.ask(f"{tags}{command}{said.text}")
        else:
            batch = (f"@batch=m {command}{line}" for line in lines)
            answers = self.ask(f"{tags}BATCH +m draft/multiline {said.room}", *batch, "BATCH -m")
        echo = next(line for line in answers if f":{self.nick}!" in line and "msgid=" in line)
        return echo.split("msgid=")[1].split(";")[0].split(" ")[0]


class Chat:
    """The server's port, and the people."""

    def __init__(self, port: int, clock: "Synchronized[float]") -> None:
        self.port = port
        self.people = {nick: Person(port, nick) for nick in (*OTHERS, ME)}
        people = self.people
        for nick in (ME, "Theo"):  # private messages are kept between accounts only
            answers = people[nick].ask(f"REGISTER * * :{PASSWORD}")
            while not any("SUCCESS" in line for line in answers):
                answers = people[nick].ask()
        people["deploy"].ask("MODE deploy +B")
        people[OTHERS[0]].ask(*(f"TOPIC {room} :{topic}" for room, topic in TOPICS.items()))
        ids: dict[str, str] = {}
        for said in TALK:
            clock.value = seconds(said.when)
            ids[said.text] = people[said.nick].say(said, ids)
            for emoji, nicks in said.reactions.items():
                react = f"@+draft/react={emoji};+reply={ids[said.text]} TAGMSG {said.room}"
                for nick in nicks.split():
                    people[nick].ask(react)


@contextmanager
def chat() -> Iterator[Chat]:
    """The server runs as long as the context."""
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as directory, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.close()
        config = Path(directory) / "chatroom.toml"
        config.write_text(CONFIG)
        arguments = ["-c", str(config), "--data", directory, "--listen", f"127.0.0.1:{port}"]
        clock = context.Value("d", seconds(TALK[0].when))
        process = context.Process(target=serve, args=(arguments, clock))
        process.start()
        try:
            wait_for(port)
            yield Chat(port, clock)
        finally:
            process.terminate()
            process.join()


def wait_for(port: int) -> None:
    """Returns when the server listens."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the server does not start")
