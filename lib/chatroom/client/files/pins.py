"""The certificates that a person trusts: one line for each host and port, with the fingerprint.

    chat.example.org:8080 A4:30:...

A fingerprint is the SHA-256 of the certificate. People see it as OpenSSL prints it; in the program
it is 64 hexadecimal digits in lower case. Only the owner can read the file. A file that cannot be
read or understood is an error, never a reason to trust. Catches what the system refuses.
"""

import fcntl
import ipaddress
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from chatroom.client.files.replacing import replace
from chatroom.client.files.xdg import NO_HOME, state_directory
from chatroom.net.addresses import Address, AddressError, parse_address
from chatroom.text.display import visible
from chatroom.text.fingerprints import BadFingerprint, parse_fingerprint

FILE_NAME = "known_servers"

HEAD = """\
# Servers whose certificates chatroom-client trusts, one in each line: HOST:PORT and the SHA-256
# fingerprint of its certificate. `chatroom-client forget HOST:PORT` removes a line.
"""

LOCK_SECONDS = 2.0
"""How long another client may take to write the file: it takes milliseconds, unless it was stopped
in the middle."""

_LOCK_PAUSE = 0.01


class PinsError(Exception):
    """The file cannot be read or understood; `str()` says why, in a sentence."""


class CannotKeep(PinsError):
    """The file is as it should be, but cannot be written; `str()` says why, in a sentence."""


def with_colons(fingerprint: str) -> str:
    """The form in which people compare fingerprints: `A4:30:...`."""
    return ":".join(re.findall("..", fingerprint.upper()))


def server_key(address: Address) -> str:
    """How the file calls a server: different spellings of a host are the same server."""
    return visible(str(address._replace(host=_same_host(address.host))))


def _same_host(host: str) -> str:
    host = host.lower().rstrip(".")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


class Pins:
    """The file, read anew each time: another client may have changed it. `path` is None where there
    is no place for it."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def find(self, address: Address) -> str:
        """The fingerprint that is trusted there; "" for none. Raises PinsError."""
        return self._read().get(server_key(address), "")

    def keep(self, address: Address, fingerprint: str, replacing: bool = False) -> None:
        """Trust it from now on; one that is already there stays, unless `replacing`.

        Raises PinsError, and CannotKeep.
        """
        server = server_key(address)
        try:  # a line that could not be read again would make the whole file useless
            parse_address(server)
        except AddressError as error:
            raise CannotKeep(f"{server} cannot be remembered: {error}.") from None
        with self._changing() as pins:
            if replacing or server not in pins:
                pins[server] = fingerprint

    def forget(self, address: Address, every_port: bool = False) -> list[str]:
        """Trust nothing there any more. Returns the servers that were known. Raises PinsError, and
        CannotKeep."""
        wanted = server_key(address)
        with self._changing() as pins:
            gone = [each for each in pins if each == wanted]
            if every_port:
                gone = [each for each in pins if _at_port(each, address.port) == wanted]
            for each in gone:
                del pins[each]
        return gone

    @contextmanager
    def _changing(self) -> Iterator[dict[str, str]]:
        """The contents of the file, to be changed while no other client changes it."""
        if self._path is None:
            raise CannotKeep(f"Nothing can be remembered: {NO_HOME}.")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _locked(self._path.with_name(f"{FILE_NAME}.lock")):
                pins = self._read()
                before = dict(pins)
                yield pins
                if pins != before:
                    self._write(pins)
        except OSError as error:
            raise CannotKeep(f"Cannot write {self._path}: {_reason(error)}.") from None

    def _write(self, pins: Mapping[str, str]) -> None:
        """Comments stay. So does a file that is a link."""
        assert self._path is not None
        comments = [line for line in self._lines() if _is_comment(line)] or [HEAD.rstrip("\n")]
        rows = [f"{server} {with_colons(pins[server])}" for server in sorted(pins)]
        replace(self._path.resolve(), "".join(f"{line}\n" for line in comments + rows))

    def _read(self) -> dict[str, str]:
        pins: dict[str, str] = {}
        for number, line in enumerate(self._lines(), 1):
            if _is_comment(line):
                continue
            server, fingerprint = self._row(number, line)
            if server in pins:
                raise self._damaged(number, f"{server} is there already")
            pins[server] = fingerprint
        return pins

    def _row(self, number: int, line: str) -> tuple[str, str]:
        server, _, fingerprint = line.strip().rpartition(" ")
        if not server:
            raise self._damaged(number, "expected HOST:PORT and a fingerprint")
        try:
            return server_key(parse_address(server.strip())), parse_fingerprint(fingerprint)
        except (AddressError, BadFingerprint) as error:
            raise self._damaged(number, str(error)) from None

    def _damaged(self, number: int, why: str) -> PinsError:
        return PinsError(
            f"{self._path}, line {number}: {visible(why)}. Correct this line, or delete it."
        )

    def _lines(self) -> list[str]:
        if self._path is None:
            return []
        try:
            return self._path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
        except FileNotFoundError:
            return []
        except UnicodeDecodeError:
            raise PinsError(f"{self._path}: this file is not UTF-8 text.") from None
        except OSError as error:
            raise PinsError(f"Cannot read {self._path}: {_reason(error)}.") from None


def known_servers_file() -> Pins:
    """The person's own; it need not exist."""
    state = state_directory()
    return Pins(state and state / FILE_NAME)


def _is_comment(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _at_port(server: str, port: int) -> str:
    """The key of the server's host at another port."""
    return server_key(parse_address(server)._replace(port=port))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of the file. It is a file of its own, because the other one is replaced. Raises
    OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + LOCK_SECONDS
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if time.monotonic() >= until:
                raise TimeoutError("another client is writing it")
            time.sleep(_LOCK_PAUSE)
        yield
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
