"""Other people's IRC clients over TLS: each registers its nickname and a room, mutes somebody, and
comes back after a restart of the server with everything.

catgirl speaks nothing but TLS. What is not installed is skipped.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pexpect
import pytest

from chatroom.store.accounts import AccountStore
from end_to_end.foreign import if_installed, installed, start
from harness import Client, Server, wait_until
from tls_ends import CLIENT, OTHER, SERVER, fingerprint_of

pytestmark = pytest.mark.foreign

PASSWORD = "correct-horse"
CONFIG = f'[limits]\nflood_rate = 0\n[tls]\ncertificate = "{SERVER}"\n'
FINGERPRINT = fingerprint_of(SERVER)
CERTIFICATES = {"kitten": CLIENT, "chatter": OTHER}
"""Of the people who log in by EXTERNAL."""


def catgirl(home: Path, port: int, name: str, how: str) -> list[str]:
    """It takes the certificate of the server, and its password, from the command line."""
    login = {
        "": [],
        "PLAIN": ["-a", f"{name}:{PASSWORD}"],
        "EXTERNAL": ["-e", "-c", CERTIFICATES["kitten"]],
    }[how]
    return ["-h", "127.0.0.1", "-p", str(port), "-n", name, "-t", SERVER, "-j", f"#{name}", *login]


IRSSI = """servers = ({{ address = "127.0.0.1"; port = "{port}"; chatnet = "home"; use_tls = "yes";
  tls_verify = "no"; tls_pinned_cert = "{fingerprint}"; autoconnect = "yes"; }});
chatnets = {{ home = {{ type = "IRC"; {sasl} }}; }};
channels = ({{ name = "#{name}"; chatnet = "home"; autojoin = "yes"; }});
settings = {{ core = {{ user_name = "{name}"; nick = "{name}"; real_name = "{name}"; }};
  "irc/core" = {{ cmd_queue_speed = "1msec"; }}; }};
"""


def irssi(home: Path, port: int, name: str, how: str) -> list[str]:
    """It pins the server's certificate by its fingerprint."""
    home.mkdir()
    sasl = f'sasl_mechanism = "{how}"; sasl_username = "{name}"; sasl_password = "{PASSWORD}";'
    pin = ":".join(FINGERPRINT[at : at + 2] for at in range(0, len(FINGERPRINT), 2)).upper()
    config = IRSSI.format(port=port, fingerprint=pin, name=name, sasl=sasl if how else "")
    (home / "config").write_text(config)
    return ["--home", str(home)]


def weechat(home: Path, port: int, name: str, how: str) -> list[str]:
    """Likewise. Some options had other names before version 4."""
    version, _ = pexpect.run(f"{installed('weechat')} --version").decode().split(".", 1)
    tls, pace = ("ssl", "anti_flood_prio_high") if int(version) < 4 else ("tls", "anti_flood")
    options = {
        f"{tls}_fingerprint": FINGERPRINT,
        "nicks": name,
        "autojoin": f"#{name}",
        pace: "0",
        "sasl_mechanism": how.lower(),
        "sasl_username": name,
        "sasl_password": PASSWORD,
    }
    wanted = {key: value for key, value in options.items() if how or "sasl" not in key}
    if how == "EXTERNAL":
        wanted[f"{tls}_cert"] = CERTIFICATES[name]
    commands = ["/set weechat.look.paste_max_lines -1", f"/server add home 127.0.0.1/{port} -{tls}"]
    commands += [f"/set irc.server.home.{key} {value}" for key, value in wanted.items()]
    commands.append("/connect home")
    return ["--dir", str(home), *(word for one in commands for word in ("-r", one))]


class Program(NamedTuple):
    """A client: what it is called, how it is started, and how it logs in after the restart."""

    program: str
    arguments: Callable[[Path, int, str, str], list[str]]
    how: str


PROGRAMS = {
    "kitty": Program("catgirl", catgirl, "PLAIN"),
    "kitten": Program("catgirl", catgirl, "EXTERNAL"),
    "iris": Program("irssi", irssi, "PLAIN"),
    "chatty": Program("weechat", weechat, "SCRAM-SHA-256"),
    "chatter": Program("weechat", weechat, "EXTERNAL"),
}
"""One person each, by nickname, who is also the name of the room."""


class Story:
    """The people whose programs are installed, and somebody who watches them."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.directory = directory
        self.stack = stack
        self.names = [name for name, row in PROGRAMS.items() if installed(row.program)]

    def run(self, name: str, port: int, how: str) -> pexpect.spawn:
        """Start somebody's client."""
        row = PROGRAMS[name]
        home = self.directory / f"{name}{how}"
        child = start(self.directory, row.program, *row.arguments(home, port, name, how))
        self.stack.callback(child.close, force=True)
        return child

    def begin(self, server: Server) -> None:
        """Everybody registers a nickname and a room, and mutes the mouse."""
        mouse = server.join("mouse")
        children = {name: self.run(name, server.port, "") for name in self.names}
        for name, child in children.items():
            server.wait_for(f"{name} joined {name}")
            child.send(f"/quote PRIVMSG NickServ :REGISTER {PASSWORD}\r")
        for name, child in children.items():
            server.wait_for(f"{name} logged in to the account {name}")
            child.send(f"/quote PRIVMSG ChanServ :REGISTER #{name}\r")
            child.send(f"/quote MODE #{name} +b m:mouse\r")
            child.send("/quote PRIVMSG mouse :done\r")
        done = {mouse.wait("PRIVMSG", "mouse").nick for _ in children}
        assert done == children.keys()
        for child in children.values():
            child.send("/quit\r")
        for name in self.names:
            server.wait_for(f"{name} has left the server")

    def give_certificates(self) -> None:
        """While no server runs."""
        store = AccountStore(self.directory / "server" / "data", "process")
        for name in CERTIFICATES.keys() & set(self.names):
            store.add_certificate(name, fingerprint_of(CERTIFICATES[name]), 0.0, 10)
        store.close()

    def come_back(self, server: Server) -> Client:
        """Everybody logs in. Returns the mouse, who was in all rooms before them."""
        mouse = server.join("mouse", *(f"#{name}" for name in self.names))
        for name in self.names:
            self.run(name, server.port, PROGRAMS[name].how)
        return mouse


@pytest.fixture(scope="module")
def mouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Somebody who sees the others come back after the restart."""
    directory = tmp_path_factory.mktemp("tls")
    with ExitStack() as stack:
        story = Story(directory, stack)
        with Server(directory / "server", config=CONFIG) as server:
            story.begin(server)
            server.end_well()
        story.give_certificates()
        again = stack.enter_context(Server(directory / "server", config=CONFIG))
        yield story.come_back(again)
        again.end_well()


@pytest.mark.parametrize(
    "name", [if_installed(name, row.program) for name, row in PROGRAMS.items()]
)
def test_everything_is_there_after_a_restart(mouse: Client, name: str) -> None:
    """The login, the rank, the mute; and nothing of it in the clear."""
    room = f"#{name}"
    wait_until(lambda: f":chatroom.local MODE {room} +q {name}" in seen(mouse))
    assert any(line.startswith(f":{name}!") and f" JOIN :{room}" in line for line in mouse.seen)
    codes = [one[:3] for one in mouse.replies(f"WHOIS {name}")]
    assert ("330", name, name) in codes
    assert "671" in {one[0] for one in codes}
    refusal = ("404", room, "Cannot send to this room: you are muted here")
    assert mouse.replies(f"PRIVMSG {room} :squeak") == [refusal]


def seen(client: Client) -> list[str]:
    """All lines until now."""
    client.ask()
    return client.seen
