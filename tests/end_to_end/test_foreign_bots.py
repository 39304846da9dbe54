"""What stands between people and the server, or speaks for them: ii, which is files; Limnoria, a
bot; and ZNC, a bouncer with two clients behind it. All are in one room, whose past has a command.

What is not installed is skipped.
"""

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from end_to_end.foreign import free_port, installed
from harness import PATIENCE, Client, Server, wait_until

pytestmark = pytest.mark.foreign

CONFIG = "[limits]\nflood_rate = 0\n[accounts]\nrounds = 1000\n"
PASSWORD = "correct-horse"
NOBODY = 65534
"""ZNC makes root wait for half a minute."""

LONG = " ".join(f"wört{number:03}" for number in range(54))
"""With the source in front it is too long for one line, but not without."""

Child = subprocess.Popen[bytes]

LIMNORIA = """supybot.nick: limno
supybot.networks: home
supybot.networks.home.servers: 127.0.0.1:{port}
supybot.networks.home.ssl: False
supybot.networks.home.channels: #tea
supybot.networks.home.sasl.username: limno
supybot.networks.home.sasl.password: {password}
supybot.protocols.irc.throttleTime: 0.0
supybot.reply.whenAddressedBy.chars: !
supybot.plugins: Misc Owner Utilities
supybot.plugins.Misc: True
supybot.plugins.Owner: True
supybot.plugins.Utilities: True
"""

ZNC = """Version = 1.8.2
<Listener l>
  Host = 127.0.0.1
  Port = {own}
  IPv4 = true
  IPv6 = false
  SSL = false
</Listener>
ConnectDelay = 1
ServerThrottle = 1
<User zed>
  Nick = zed
  AltNick = zed_
  Ident = zed
  RealName = Zed
  AutoClearChanBuffer = false
  <Network home>
    FloodRate = 100
    FloodBurst = 100
    LoadModule = sasl
    LoadModule = simple_away -notimer
    Server = 127.0.0.1 {port}
    <Chan #tea>
    </Chan>
  </Network>
  Pass = sha256#{hash}#{salt}#
</User>
"""
SASL = f"username zed\npassword {PASSWORD}\nmechanisms PLAIN\nrequire_auth yes\n"


def _start(command: list[str], directory: Path, as_nobody: bool = False) -> Child:
    nothing = subprocess.DEVNULL
    return subprocess.Popen(
        command,
        cwd=directory,
        stdin=nothing,
        stdout=nothing,
        stderr=nothing,
        user=NOBODY if as_nobody else None,
        extra_groups=[] if as_nobody else None,
    )


def ii(directory: Path, port: int, _own: int) -> Child:
    """It keeps a directory for each room, with the files `in` and `out`."""
    where = ["-i", str(directory), "-s", "127.0.0.1", "-p", str(port), "-n", "iivan"]
    child = _start([installed("ii"), *where], directory)
    wait_until((directory / "127.0.0.1" / "in").exists)
    put(directory / "127.0.0.1" / "in", "/j #tea")
    return child


def put(file: Path, text: str) -> None:
    """A line for a fifo that somebody reads."""
    with file.open("w") as pipe:
        pipe.write(f"{text}\n")


def limnoria(directory: Path, port: int, _own: int) -> Child:
    """It logs in by SASL, and says that it is a bot (mode B) before it joins."""
    (directory / "limno.conf").write_text(LIMNORIA.format(port=port, password=PASSWORD))
    return _start([installed("supybot"), "--allow-root", "limno.conf"], directory)


def znc(directory: Path, port: int, own: int) -> Child:
    """It logs in by SASL, and listens on the port `own`."""
    salt = "pepper"
    digest = hashlib.sha256(f"secret{salt}".encode()).hexdigest()
    config = directory / "configs" / "znc.conf"
    registry = directory / "users" / "zed" / "networks" / "home" / "moddata" / "sasl" / ".registry"
    for file in (config, registry):
        file.parent.mkdir(parents=True)
    config.write_text(ZNC.format(own=own, port=port, hash=digest, salt=salt))
    registry.write_text(SASL)
    is_root = os.getuid() == 0
    if is_root:
        for path in (directory, *directory.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    return _start([installed("znc"), "-f", "-d", str(directory)], directory, is_root)


Start = Callable[[Path, int, int], Child]

PROGRAMS: dict[str, tuple[str, Start]] = {
    "iivan": ("ii", ii),
    "limno": ("supybot", limnoria),
    "zed": ("znc", znc),
}
"""A nickname -> the program, and how it is started."""


class Party:
    """The programs that are installed, in the room #tea, and bob, who has been there before."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.server = stack.enter_context(Server(directory, config=CONFIG))
        self.directory = directory
        self.stack = stack
        self.own = free_port()
        self.bob = self.server.join("bob", "#tea")
        self.homes: dict[str, Path] = {}
        here = {name: row for name, row in PROGRAMS.items() if installed(row[0])}
        for name in here.keys() - {"iivan"}:  # who cannot log in
            with self.server.join(name) as visitor:
                visitor.send(f"REGISTER {name} * {PASSWORD}").wait("REGISTER", "SUCCESS")
                visitor.send("QUIT").end()
        self.bob.ask("PRIVMSG #tea :!echo yesterday")
        for name, (_, start) in here.items():
            home = Path(tempfile.mkdtemp())  # below /tmp itself, so that ZNC may enter it
            self.homes[name] = home
            stack.callback(shutil.rmtree, home, ignore_errors=True)
            self._run(name, start)
        assert {self.bob.wait("JOIN", "#tea").nick for _ in here} == here.keys()

    def _run(self, name: str, start: Start) -> None:
        child = start(self.homes[name], self.server.port, self.own)
        self.stack.callback(child.wait, PATIENCE)
        self.stack.callback(child.kill)

    def die_and_rise(self) -> None:
        """The server is killed, and starts again on the same port."""
        port = self.server.port
        self.server.stop(signal.SIGKILL)
        address = f"127.0.0.1:{port}"
        self.server = self.stack.enter_context(
            Server(self.directory, "--listen", address, config=CONFIG, listen=False)
        )
        self.server.port = port

    def behind(self, capabilities: str = "") -> Client:
        """A client of the bouncer."""
        client = Client(socket.create_connection(("127.0.0.1", self.own), PATIENCE))
        self.stack.callback(client.close)
        if capabilities:
            client.send(f"CAP REQ :{capabilities}", "CAP END")
        client.send("PASS zed/home:secret", "NICK zed", "USER zed 0 * :zed")
        client.wait("422")
        return client


@pytest.fixture(scope="module")
def party() -> Iterator[Party]:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        party = Party(directory, stack)
        yield party
        party.server.end_well()


def marked(name: str) -> pytest.MarkDecorator:
    """Skips a test where this person's program is missing."""
    program, _ = PROGRAMS[name]
    return pytest.mark.skipif(not installed(program), reason=f"{program} is not installed")


@marked("iivan")
def test_files(party: Party) -> None:
    """ii: the past stands with what the server says, and not with what is said in the room."""
    place = party.homes["iivan"] / "127.0.0.1"
    wait_until(lambda: "are live" in (place / "out").read_text())
    assert re.search(r"\[\d\d:\d\d:\d\d\] <bob> !echo yesterday", (place / "out").read_text())
    put(place / "#tea" / "in", "hello from a file")
    assert party.bob.wait("PRIVMSG", "#tea").params[1] == "hello from a file"
    put(place / "#tea" / "in", LONG)
    pieces = [party.bob.wait("PRIVMSG", "#tea").params[1] for _ in range(2)]
    assert "".join(pieces) == LONG
    party.bob.send("PRIVMSG #tea :hello ii", "PRIVMSG iivan :psst")
    wait_until(lambda: "<bob> psst" in text(place / "bob" / "out"))
    shown = text(place / "#tea" / "out")
    assert "<bob> hello ii" in shown
    assert "yesterday" not in shown


def text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


@marked("limno")
def test_a_bot(party: Party) -> None:
    """Limnoria: it is logged in and known as a bot, and answers today's command only."""
    answers = dict(one[::2] for one in party.bob.replies("WHOIS limno") if len(one) == 3)
    assert answers["335"] == "is a bot"
    assert "330" in {one[0] for one in party.bob.replies("WHOIS limno")}
    party.bob.send("PRIVMSG #tea :!echo today")
    message = party.bob.wait("PRIVMSG", "#tea")
    assert (message.nick, message.params[1]) == ("limno", "today")
    assert not any("limno!" in line and "yesterday" in line for line in party.bob.seen)


@marked("zed")
def test_a_bouncer(party: Party) -> None:
    """ZNC: two clients are one user here, and each is shown the past once, with its times; also
    after the server was killed."""
    first = party.behind("server-time batch echo-message")
    past = first.read_until(r"BATCH -")
    (told,) = [line for line in past if "!echo yesterday" in line]
    assert re.match(r"@batch=\w+;time=\d{4}-\d\d-\d\dT[\d:.]+Z :chatroom.local NOTICE #tea ", told)
    second = party.behind()
    party.bob.send("PRIVMSG #tea :for both")
    assert [one.read_until("for both$")[-1][-8:] for one in (first, second)] == ["for both"] * 2
    second.send("PRIVMSG #tea :from the second")
    assert party.bob.wait("PRIVMSG", "#tea", "from the second").nick == "zed"
    first.read_until(":zed!.* PRIVMSG #tea :from the second")
    first.send("AWAY :lunch").wait("306")
    assert party.bob.replies("PRIVMSG zed :psst") == [("301", "zed", "lunch")]
    second.read_until("PRIVMSG zed :psst")
    first.ask()
    party.die_and_rise()
    bob = party.server.join("bob", "#tea")
    bob.send("PRIVMSG #tea :while it was away")
    found = first.read_until("are live.$")
    bob.wait("JOIN", "#tea")
    said = [line for line in found if "NOTICE #tea" in line]
    assert sum("while it was away" in line for line in said) == 1
    assert not any("yesterday" in line for line in said)
