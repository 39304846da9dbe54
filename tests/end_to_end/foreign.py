"""Other people's programs, as they come: each in a terminal of its own, and skipped where it is not
installed. Servers are configured with what is written here, and no more."""

import os
import shutil
import signal
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect
import pytest

from harness import PATIENCE

PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin"))


def installed(program: str) -> str:
    """Where it is, or nothing."""
    return shutil.which(program, path=PATH) or ""


def if_installed(name: str, program: str) -> object:
    """A parameter that is skipped where its program is missing."""
    missing = pytest.mark.skipif(not installed(program), reason=f"{program} is not installed")
    return pytest.param(name, marks=missing, id=name)


def start(directory: Path, program: str, *arguments: str) -> pexpect.spawn:
    """A program in a terminal of its own, which finds an empty home."""
    child = pexpect.spawn(
        installed(program),
        list(arguments),
        cwd=str(directory),
        env={"PATH": PATH, "HOME": str(directory), "TERM": "xterm", "LC_ALL": "C.UTF-8"},
        dimensions=(24, 120),
        encoding="utf-8",
        timeout=PATIENCE,
    )
    child.delaybeforesend = None
    return child


NGIRCD = """[Global]
Name = irc.example.org
Info = Another server
Listen = 127.0.0.1
Ports = {port}
[Limits]
MaxPenaltyTime = {pace}
[Options]
DNS = no
Ident = no
PAM = no
"""

INSPIRCD = """
<server name="irc.example.org" description="Another server" network="Example">
<admin name="Nobody" nick="nobody" email="nobody@example.org">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect allow="*" resolvehostnames="no"{pace}>
<pid file="{directory}/pid">
"""

_CAPABILITIES = "batch ctctags echomessage labeledresponse msgid servertime"
MODULES = '<module name="cap">\n' + "".join(
    f'<module name="ircv3_{name}">\n' for name in _CAPABILITIES.split()
)
"""InspIRCd's capabilities that ours has too."""

UNHURRIED = {
    "ngircd": "0",
    "inspircd": ' fakelag="no" threshold="1000000" commandrate="1000000"'
    ' localmax="100" globalmax="100"',
}
AS_IT_COMES = {"ngircd": "-1", "inspircd": ""}
"""What lets a server take lines as fast as they come, and what lets it slow people down."""

SERVERS = {
    "ngircd": (NGIRCD, ("-n", "-f"), "Now listening on"),
    "inspircd": (INSPIRCD, ("--nofork", "--runasroot", "--config"), "is now running as"),
}


class Foreign:
    """This server, with its configuration and more of it, on 127.0.0.1.

    `slow`: it takes about a line a second, as it does where nobody configured that.
    """

    def __init__(
        self, directory: Path, name: str, more: str = "", port: int = 0, slow: bool = False
    ) -> None:
        text, arguments, sign = SERVERS[name]
        self.port = port or free_port()
        conf = directory / "conf"
        pace = (AS_IT_COMES if slow else UNHURRIED)[name]
        conf.write_text(text.format(port=self.port, directory=directory, pace=pace) + more)
        self._again = (directory, name, more, self.port, slow)
        self._child = start(directory, name, *arguments, str(conf))
        assert self._child.expect([sign, pexpect.EOF]) == 0, self._child.before

    def kill(self) -> None:
        """It has no time for last words."""
        self._end(signal.SIGKILL)

    def anew(self) -> "Foreign":
        """The same, started again after it was killed."""
        return Foreign(*self._again)

    def _end(self, number: int) -> None:
        if not self._child.closed:
            self._child.kill(number)
            self._child.expect(pexpect.EOF)
            self._child.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self._end(signal.SIGTERM)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port
