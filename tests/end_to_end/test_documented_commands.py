"""Every command that README.md and docs/ tell people to type works as it is written.

They run in a directory like a checkout, beside a server with a room, an account, a token, a hook
and a file, whose names take the place of the pages' placeholders.
"""

import argparse
import os
import re
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

import bench
import crash
import fuzz
import upgrade
import warm
from chatroom.client.ui.commands import table as client
from chatroom.server.doors.plain import commands as plain
from chatroom.server.web.routes import ROUTES
from end_to_end.documented import (
    HOW,
    PAGES,
    Elsewhere,
    Follows,
    How,
    Parses,
    Runs,
    Talks,
    commands_of,
    documented,
    how,
    shortened,
    slash_commands_of,
)
from harness import CLIENT, PATIENCE, ROOT, SERVER, Client, Server

PASSWORD = "correct horse battery"
CONFIG = """\
[rooms]
permanent = ["general", "ops"]
[limits]
flood_rate = 0
"""

COMMANDS = {each.command: each.page for each in documented()}
"""Each command once, and a page that has it."""


def _of(*kinds: type[How]) -> list[str]:
    return [each for each in COMMANDS if _has_row(each) and isinstance(how(each), kinds)]


def _has_row(command: str) -> bool:
    try:
        how(command)
    except KeyError:
        return False
    return True


class Scene:
    """A server, and a directory in which people type commands."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.data = directory / "server" / "data"
        self.home = directory / "home"
        self.place = directory / "checkout"
        self.apart = directory / "apart"
        for each in (self.home / ".config" / "chatroom", self.place, self.data.parent):
            each.mkdir(parents=True)
        (self.data.parent / "chatroom.toml").write_text(CONFIG)
        self.environment = self._environment()
        self.run("python3 chatroom_server.py certificate")
        self.server = Server(directory / "server", config=CONFIG)
        self.port = self.server.port
        self._write_files()
        self.spent = True
        self.bob: Client = self.server.join("bob", "#general", "#ops")
        self.bob.ask("PRIVMSG #general :who brings the tea?", "PRIVMSG #ops :deploy the tea")

    def _environment(self) -> dict[str, str]:
        """The programs that people type are those of this checkout."""
        programs = self.directory / "bin"
        programs.mkdir()
        for name in ("server", "client"):
            script = ROOT / f"chatroom_{name}.py"
            (self.place / script.name).symlink_to(script)
            _program(programs / f"chatroom-{name}", f'exec "{sys.executable}" "{script}" "$@"')
        _program(programs / "python3", f'exec "{sys.executable}" "$@"')
        return {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_STATE_HOME": str(self.home / ".state"),
            "CHATROOM_CONFIG": str(self.directory / "server" / "chatroom.toml"),
            "STATE_DIRECTORY": str(self.data),
            "CHATROOM_LISTEN": "127.0.0.1:0",
            "TERM": "xterm",
            "NO_COLOR": "1",
        }

    def _write_files(self) -> None:
        (self.home / ".curlrc").write_text("insecure\nsilent\nshow-error\nfail\n")
        (self.home / "password").write_text(f"{PASSWORD}\n")
        (self.home / ".config" / "chatroom" / "client.toml").write_text(
            f'default = "here"\noffer = false\n[profiles.here]\naddress = "127.0.0.1:{self.port}"\n'
            f'account = "alice"\naccount_password_file = "{self.home / "password"}"\n'
        )
        (self.place / "hosts_port.csv").write_text(f"host,port,name\n127.0.0.1,{self.port},Local\n")
        (self.place / "report.pdf").write_bytes(b"%PDF-1.4 a report")
        (self.place / "build.log").write_text("built\n")

    def renew(self) -> None:
        """Make alice's account, token, hook and file, if a command has used them up."""
        if not self.spent:
            return
        self.spent = False
        for name in ("alice", "alicia"):
            self.run(f"chatroom-server account remove {name}", fails=True)
        self.run("chatroom-server account add alice", typed=f"{PASSWORD}\n")
        self.token = self._printed("chatroom-server account add-token alice all", r"(chatroom_\S+)")
        person = self.server.person("hooker")
        person.send("/login alice", PASSWORD).read_until("(?i)logged in")
        person.send("/token hook grafana ops")
        hook = re.search(r"/hooks/(\S+)", person.read_until("/hooks/")[-1])
        assert hook
        self.hook = hook[1]
        person.send("exit").end()
        where = f"https://127.0.0.1:{self.port}/files"
        (self.place / "report.pdf").write_bytes(b"%PDF-1.4 a report")
        command = f"curl -u alice:{PASSWORD!r} -F file=@report.pdf {where}"
        self.file = self._printed(command, r"/files/(\S+)/report.pdf")

    def _printed(self, command: str, pattern: str) -> str:
        found = re.search(pattern, printed := self.run(command))
        assert found, printed
        return found[1]

    def filled(self, command: str) -> str:
        """The command with this scene's names in place of the placeholders."""
        self.renew()
        for pattern, name in (
            (r"(https?)://(192\.0\.2\.7|HOST):8080", f"http://127.0.0.1:{self.port}"),
            (r"(?:127\.0\.0\.1|192\.0\.2\.7)([: ])8080", rf"127.0.0.1\g<1>{self.port}"),
            (r":808[01]\b", "127.0.0.1:0"),
            (r"-u alice ", f"-u alice:'{PASSWORD}' "),
            (r"alice:PASSWORD", f"alice:'{PASSWORD}'"),
            (r"\bTOKEN\b", self.token),
            (r"\bHOOK\b", self.hook),
            (r"/files/(ID|pJ3X\w+)/", f"/files/{self.file}/"),
            (r"\bDATA\b", str(self.data)),
            (r"/srv/chatroom", str(self.directory / "srv")),
            (r"/etc/chatroom.toml", str(self.directory / "etc.toml")),
            (r"A4:30:\.\.\.", ":".join(["A4"] * 32)),
        ):
            command = re.sub(pattern, name, command)
        return command

    def run(self, command: str, typed: str = "", fails: bool = False, apart: bool = False) -> str:
        """What it prints. It has to end well, unless it may fail."""
        done = warm.run(
            _without_shell(command) or ["sh", "-c", command],
            input=typed,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            cwd=self.place,
            env=self.environment | ({"STATE_DIRECTORY": str(self.apart)} if apart else {}),
        )
        printed = f"{done.stdout}{done.stderr}"
        assert fails or done.returncode == 0, f"{command}\n{printed}"
        assert "Traceback" not in printed, printed
        return printed

    def follow(self, command: str) -> None:
        """Start it, and have bob say something until it shows that."""
        child = self._spawn(command, self.place)
        end = time.monotonic() + PATIENCE
        try:
            while child.expect(["are you there", pexpect.TIMEOUT], timeout=0.2):
                assert time.monotonic() < end, child.before
                self.bob.ask("PRIVMSG #ops :are you there?")
        finally:
            child.close(force=True)

    def talk(self, command: str, shows: str) -> None:
        """Run it in a terminal until it shows that pattern."""
        child = self._spawn(command, ROOT if command.startswith("make") else self.place)
        try:
            child.expect(shows)
        finally:
            child.sendintr()
            child.close(force=True)

    def _spawn(self, command: str, place: Path) -> "pexpect.spawn[str]":
        return warm.Spawn(
            "sh",
            ["-c", command],
            cwd=str(place),
            env=self.environment | {"STATE_DIRECTORY": str(self.apart)},
            encoding="utf-8",
            timeout=PATIENCE,
        )

    def end(self) -> None:
        """Stop the server."""
        self.bob.close()
        self.server.end_well()


_PROGRAMS = {
    "chatroom-server": [sys.executable, str(SERVER)],
    "chatroom-client": [sys.executable, str(CLIENT)],
}


def _without_shell(command: str) -> list[str]:
    """The words of a command of our own programs, where that is all; else none. It starts much
    quicker so."""
    words = command.replace("python3 chatroom_", "chatroom-").replace(".py ", " ", 1)
    program, *rest = shlex.split(words)
    if program not in _PROGRAMS or re.search(r"[|<>;&]", command):
        return []
    return [*_PROGRAMS[program], *rest]


def _program(path: Path, command: str) -> None:
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(0o755)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    made = Scene(tmp_path_factory.mktemp("documented"))
    yield made
    made.end()


def test_that_each_command_has_a_row() -> None:
    missing = [
        f"{page.name}: {command}" for command, page in COMMANDS.items() if not _has_row(command)
    ]
    assert missing == []


def test_that_each_row_has_a_command() -> None:
    commands = [*COMMANDS, *map(shortened, COMMANDS)]
    unused = [row for row, _ in HOW if not any(re.fullmatch(row, each) for each in commands)]
    assert unused == []


@pytest.mark.docs
@pytest.mark.parametrize("command", _of(Runs))
def test_that_it_runs(scene: Scene, command: str) -> None:
    row = how(command)
    assert isinstance(row, Runs)
    whole = scene.filled(command)
    program = whole.split(" ")[0]
    if not shutil.which(program, path=scene.environment["PATH"]):
        pytest.skip(f"{program} is not installed")
    if row.before:
        scene.run(row.before, fails=True)
    printed = scene.run(whole, row.typed, apart=row.apart)
    if row.after:
        scene.run(row.after)
    scene.spent = scene.spent or row.spends
    assert re.search(row.shows, printed), printed


@pytest.mark.docs
@pytest.mark.parametrize("command", _of(Follows))
def test_that_it_follows(scene: Scene, command: str) -> None:
    if " | jq" in command and not shutil.which("jq"):
        pytest.skip("jq is not installed")
    scene.follow(scene.filled(command))


@pytest.mark.docs
@pytest.mark.parametrize("command", _of(Talks))
def test_that_it_talks(scene: Scene, command: str) -> None:
    row, program = how(command), command.split(" ")[0]
    assert isinstance(row, Talks)
    if not shutil.which(program, path=scene.environment["PATH"]):
        pytest.skip(f"{program} is not installed")
    if row.before:
        scene.run(scene.filled(row.before))
    scene.talk(scene.filled(command), row.shows)


PARSERS: dict[str, Callable[[], argparse.ArgumentParser]] = {
    "scripts/bench.py": bench.parser,
    "scripts/crash.py": crash.parser,
    "scripts/fuzz.py": fuzz.parser,
    "scripts/upgrade.py": upgrade.parser,
}


@pytest.mark.parametrize("command", _of(Parses))
def test_that_its_arguments_are_accepted(command: str) -> None:
    program, *arguments = shlex.split(re.sub(r"\bN$", "10", command))
    PARSERS[program]().parse_args(arguments)


def test_that_files_of_the_checkout_exist() -> None:
    """Those that commands name which are not run here, such as units to install."""
    named = {file for each in COMMANDS for file in re.findall(r"(?:deploy|scripts)/\S+", each)}
    assert "deploy/chatroom.service" in named
    assert [each for each in sorted(named) if not (ROOT / each).exists()] == []


@pytest.mark.parametrize("text", ("    make \\\n      run-server", "Say `make\nrun-server` now."))
def test_that_commands_of_two_lines_are_found(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    assert list(commands_of(page)) == ["make run-server"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_that_slash_commands_exist(page: Path) -> None:
    """In the terminal client or at the plain door. Routes of HTTP look alike."""
    routes = {route.path.split("/")[1] for route in ROUTES}
    others = {"network", "quote", "server"}  # commands of irssi and other IRC clients
    other = {"command", "data", "tmp", "version"}  # any command; paths; one of another client
    known = {*client.COMMANDS, *client.ALIASES, *plain.PLAIN_COMMANDS, *plain.ALIASES}
    assert slash_commands_of(page) - known - routes - others - other == set()


def test_that_targets_of_make_exist() -> None:
    """Also of those that are not run here."""
    makefile = (ROOT / "Makefile").read_text()
    named = {each.split(" ")[1] for each in COMMANDS if re.match(r"make [a-z-]+", each)}
    assert [each for each in sorted(named) if f"\n{each}:" not in makefile] == []


def test_that_reasons_name_tests_that_exist() -> None:
    """What is tried elsewhere is tried there."""
    for _, row in HOW:
        if isinstance(row, Elsewhere):
            for path in re.findall(r"tests/\S+\.py|\.ci/run", row.why):
                assert (ROOT / path).exists(), path
