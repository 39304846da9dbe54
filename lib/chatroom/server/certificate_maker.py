"""Makes the server's own certificate. It is self-signed, so people check its fingerprint.

ECDSA with P-256, because a handshake with RSA takes four times as long. The `openssl` program makes
it, or the package `cryptography` if only that is installed; the standard library cannot.
"""

import ipaddress
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chatroom.net.own_addresses import own_addresses

DAYS = 3650
"""How long it is valid: long, because people who pin it have to compare the fingerprint of each new
one."""

_OPENSSL_SECONDS = 30

_NO_TOOL = (
    "making a certificate needs the openssl program, or the Python package cryptography; install"
    " one of them, or make the files elsewhere and set tls.certificate and tls.key"
)

_CONFIG = """\
[req]
distinguished_name = subject
prompt = no
x509_extensions = extensions
[subject]
CN = {name}
[extensions]
subjectAltName = {alternatives}
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
"""


class CannotMake(Exception):
    """No certificate could be made. `str()` says why and what to do."""


def names_of_this_machine(server: str) -> list[str]:
    """The names and addresses by which clients may know this machine; `server` is server.name."""
    host = socket.gethostname()
    names = (server, host, host.partition(".")[0], "localhost")
    return list(dict.fromkeys(name for name in names if _is_name(name))) + own_addresses()


def _is_name(text: str) -> bool:
    return bool(text) and text.isascii() and all(c.isalnum() or c in "-." for c in text)


def make_certificate(file: Path, names: Sequence[str]) -> None:
    """Write a new certificate for these names and addresses, and its key, to one PEM file that only
    its owner can read. It appears complete or not at all. Raises CannotMake."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".certificate-", dir=file.parent) as directory:
            new = Path(directory) / "new.pem"
            pem = _by_openssl(Path(directory), names) or _by_cryptography(names)
            new.touch(mode=0o600)
            new.write_bytes(pem)
            os.replace(new, file)  # noqa: PTH105  `Path.replace` says less in a traceback
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CannotMake(f"cannot write {file}: {reason}") from error


def _by_openssl(directory: Path, names: Sequence[str]) -> bytes:
    """The key and the certificate in PEM; b"" if there is no such program. Raises CannotMake."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return b""
    config, key, certificate = (directory / name for name in ("openssl.cnf", "key", "certificate"))
    config.write_text(_CONFIG.format(name=names[0], alternatives=", ".join(_tagged(names))))
    _run(openssl, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(key))
    request = ("req", "-new", "-x509", "-sha256", "-days", str(DAYS), "-config", str(config))
    _run(openssl, *request, "-key", str(key), "-out", str(certificate))
    return key.read_bytes() + certificate.read_bytes()


def _tagged(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        yield f"IP:{name}" if _is_address(name) else f"DNS:{name}"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _run(*command: str) -> None:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_OPENSSL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotMake(f"{command[0]} has not ended in {_OPENSSL_SECONDS} seconds") from None
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise CannotMake(f"{command[0]} {command[1]} failed: {' '.join(last)}")


def _by_cryptography(names: Sequence[str]) -> bytes:
    """Make it by the package, whose import takes a tenth of a second. Raises CannotMake."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
    except ImportError:
        raise CannotMake(_NO_TOOL) from None
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    alternatives = [
        x509.IPAddress(ipaddress.ip_address(each)) if _is_address(each) else x509.DNSName(each)
        for each in names
    ]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public: bytes = certificate.public_bytes(serialization.Encoding.PEM)
    return bytes(private) + public
