"""The server's certificate: found or made at the start, checked, and read again on SIGHUP."""

import ipaddress
import logging
import os
import ssl
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from chatroom.chat.settings import AUTO, TlsSettings
from chatroom.chat.state.world import World
from chatroom.chat.sts import announce_sts
from chatroom.net.addresses import Address
from chatroom.net.tls import TlsError, with_colons
from chatroom.net.tls_certificate import Certificate, examine
from chatroom.net.tls_context import ServerContexts, server_contexts
from chatroom.server.certificate_maker import CannotMake, make_certificate, names_of_this_machine
from chatroom.server.config.load import Config
from chatroom.server.handshakes import Handshakes

log = logging.getLogger("chatroom")

FILE_NAME = "certificate.pem"
"""The certificate with its key that the server makes, in the data directory."""

_SOON = 14 * 86_400
"""A certificate that expires within this many seconds causes a warning."""

_GROUP_OR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class BadCertificate(Exception):
    """The certificate cannot be used. `str()` names the file and says why, in one line."""


class Loaded(NamedTuple):
    """A certificate that is ready for use, and warnings about it."""

    file: Path
    contexts: ServerContexts
    certificate: Certificate
    warnings: tuple[str, ...]


def certificate_file(tls: TlsSettings, data: Path) -> Path | None:
    """The file that should have the certificate; None without TLS."""
    if not tls.certificate:
        return None
    return data / FILE_NAME if tls.certificate == AUTO else Path(tls.certificate)


def load_certificate(tls: TlsSettings, data: Path) -> Loaded | None:
    """Read and check the files. None without TLS, and if the server has not made a certificate yet.

    Raises BadCertificate.
    """
    file = certificate_file(tls, data)
    if file is None or (tls.certificate == AUTO and not os.path.lexists(file)):
        return None
    key = Path(tls.key) if tls.key else file
    try:
        _read(file)
        _read(key)
        contexts = server_contexts(str(file), str(key))
        certificate = examine(contexts.plain)
    except (ssl.SSLError, TlsError, ValueError) as error:
        raise BadCertificate(f"{_named(file, key)}: {_what_is_wrong(error)}") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadCertificate(f"tls.certificate: cannot read {error.filename}: {reason}") from error
    return Loaded(file, contexts, certificate, tuple(_warnings(file, key, certificate)))


def _read(file: Path) -> None:
    """Raises OSError with the file's name, which `ssl` would leave out."""
    with file.open("rb") as opened:
        opened.read(1)


def _named(file: Path, key: Path) -> str:
    return f"tls.certificate: {file}" if key == file else f"tls.certificate: {file} and {key}"


_WRONG = {
    "KEY_VALUES_MISMATCH": "the certificate and the key do not belong together",
    "NO_START_LINE": "there is no PEM text in it",
    "EE_KEY_TOO_SMALL": "the key is too short",
    "BAD_DECRYPT": "the key is encrypted; the server needs one without a passphrase",
    "BAD_PASSWORD_READ": "the key is encrypted; the server needs one without a passphrase",
}


def _what_is_wrong(error: Exception) -> str:
    reason = (getattr(error, "reason", "") or "").replace("_", " ").lower()
    known = _WRONG.get(getattr(error, "reason", None) or "")
    return known or f"no usable certificate with its key ({reason or error})"


def _warnings(file: Path, key: Path, certificate: Certificate) -> Iterator[str]:
    if key.stat().st_mode & _GROUP_OR_OTHERS:
        yield f"others can use {key}, which contains the key of TLS; run: chmod 600 {key}"
    left = certificate.expires - time.time()
    if left <= 0:
        yield f"{file}: the certificate has expired; clients that verify it will refuse it"
    elif left < _SOON:
        yield f"{file}: the certificate expires in {int(left // 86_400)} days"


def last_day(certificate: Certificate) -> str:
    """The date (UTC) until which it is valid."""
    return time.strftime("%Y-%m-%d", time.gmtime(certificate.expires))


class CertificateKeeper:
    """Holds the certificate in use, and gives it to the handshakes and the chat."""

    def __init__(self, world: World, handshakes: Handshakes) -> None:
        self._world = world
        self._handshakes = handshakes
        self._port = 0  # the first that is open to other machines
        self._loaded: Loaded | None = None
        self.certificate: Certificate | None = None
        """The one in use."""

    def load(self, config: Config) -> None:
        """Load the certificate for `begin`, if there is one, which takes some time. Raises
        BadCertificate."""
        self._loaded = load_certificate(config.tls, config.data)

    def begin(self, config: Config, listening: Iterable[Address]) -> None:
        """Load the certificate, unless that was done, or make it if other machines can connect.
        Raises BadCertificate."""
        outside = [each for each in listening if not is_of_this_machine(each)]
        self._port = outside[0].port if outside else 0
        file = certificate_file(config.tls, config.data)
        if outside and file and config.tls.certificate == AUTO and not os.path.lexists(file):
            self._make(file, config)
        if self._loaded is None:
            self.load(config)
        self._use(self._loaded, config)

    def _make(self, file: Path, config: Config) -> None:
        names = names_of_this_machine(config.server.name)
        hosts = (each.address.host for each in config.listen)
        try:
            make_certificate(file, list(dict.fromkeys((*names, *filter(None, hosts)))))
        except CannotMake as error:
            log.warning("TLS is off: %s.", error)
        else:
            log.info("Made a certificate for TLS: %s", file)

    def reload(self, config: Config) -> None:
        """Read the files again. If they cannot be used, keep the certificate in use."""
        try:
            loaded = load_certificate(config.tls, config.data)
        except BadCertificate as error:
            log.error("%s. The certificate in use stays.", error)
            self._world.set_tls(config.tls, self._world.has_tls, self._world.sts_port)
            return
        self._use(loaded, config)

    def _use(self, loaded: Loaded | None, config: Config) -> None:
        before = self._world.sts_port
        self.certificate = loaded.certificate if loaded else None
        self._handshakes.contexts = loaded.contexts if loaded else None
        promises = loaded is not None and promises_tls(config.tls, loaded.certificate)
        self._world.set_tls(config.tls, loaded is not None, self._port if promises else 0)
        announce_sts(self._world, before)
        if loaded:
            for warning in loaded.warnings:
                log.warning("%s", warning)
            if config.tls.sts and not promises:
                log.warning("%s", NOT_FOR_SELF_SIGNED)
            log.info("TLS uses %s, valid until %s.", loaded.file, last_day(loaded.certificate))
            log.info("SHA-256 fingerprint: %s", with_colons(loaded.certificate.fingerprint))


NOT_FOR_SELF_SIGNED = (
    "tls.sts has no effect: the certificate is self-signed, and clients that followed it would not"
    " accept the certificate"
)


def promises_tls(tls: TlsSettings, certificate: Certificate) -> bool:
    """Whether clients are told to use only TLS (IRCv3 sts)."""
    return certificate.trusted or (tls.sts and not certificate.self_signed)


def is_of_this_machine(address: Address) -> bool:
    """Whether only this machine can connect to an address on which we listen."""
    if address.path:
        return True
    try:
        return ipaddress.ip_address(address.host.partition("%")[0]).is_loopback
    except ValueError:
        return address.host == "localhost"
