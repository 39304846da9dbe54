"""The server's certificate: made, read, checked, and read again without dropping anyone."""

import logging
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from chatroom.chat.settings import TlsSettings
from chatroom.net.addresses import parse_address
from chatroom.net.own_addresses import own_addresses
from chatroom.net.tls import with_colons
from chatroom.net.tls_certificate import Certificate, examine
from chatroom.net.tls_context import client_context
from chatroom.server.certificate_maker import CannotMake, make_certificate, names_of_this_machine
from chatroom.server.certificates import (
    FILE_NAME,
    BadCertificate,
    _warnings,
    is_of_this_machine,
    load_certificate,
    promises_tls,
)
from chatroom.server.config.load import ConfigError, check, load
from chatroom.server.config.options import parse_options
from server.conftest import House
from server.test_tls import connect
from tls_ends import OTHER, SERVER, fingerprint_of

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl here")


def own(file: str, directory: Path) -> Path:
    """A copy that only its owner can read."""
    copy = directory / "own.pem"
    shutil.copy(file, copy)
    copy.chmod(0o600)
    return copy


# Making


@needs_openssl
def test_a_made_certificate(tmp_path: Path) -> None:
    """ECDSA, for all names and addresses, readable by its owner alone; nothing else is left."""
    file = tmp_path / "data" / FILE_NAME
    make_certificate(file, ["chat.example.org", "box", "127.0.0.1", "::1"])
    loaded = load_certificate(TlsSettings(), file.parent)
    assert loaded is not None
    assert loaded.certificate.names == ("chat.example.org", "box", "127.0.0.1", "::1")
    assert loaded.certificate.self_signed
    assert not loaded.certificate.trusted
    assert loaded.warnings == ()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [each.name for each in file.parent.iterdir()] == [FILE_NAME]
    assert b"EC PRIVATE KEY" in file.read_bytes()
    text = subprocess.run(
        ["openssl", "x509", "-in", str(file), "-noout", "-fingerprint", "-sha256"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert text.strip().endswith(with_colons(loaded.certificate.fingerprint))


def test_a_certificate_made_by_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no `openssl`."""
    pytest.importorskip("cryptography", reason="the package cryptography is not installed here")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    make_certificate(tmp_path / FILE_NAME, ["chat.example.org", "::1"])
    loaded = load_certificate(TlsSettings(), tmp_path)
    assert loaded is not None
    assert loaded.certificate.names == ("chat.example.org", "::1")


def test_nothing_to_make_it_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says what to install."""
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(CannotMake, match="needs the openssl program, or the Python package"):
        make_certificate(tmp_path / FILE_NAME, ["a.example"])
    assert list(tmp_path.iterdir()) == []


def test_an_openssl_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last line is the reason."""
    program = tmp_path / "openssl"
    program.write_text("#!/bin/sh\necho detail >&2\necho no random numbers >&2\nexit 1\n")
    program.chmod(0o700)
    monkeypatch.setattr(shutil, "which", lambda _name: str(program))
    with pytest.raises(CannotMake, match="ecparam failed: no random numbers"):
        make_certificate(tmp_path / "data" / FILE_NAME, ["a.example"])


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    """The sentence names the file."""
    (tmp_path / "file").touch()
    with pytest.raises(CannotMake, match=r"cannot write .*file/certificate\.pem: "):
        make_certificate(tmp_path / "file" / FILE_NAME, ["a.example"])


def test_names_of_this_machine() -> None:
    """The configured name first, and no name twice."""
    names = names_of_this_machine("chat.example.org")
    assert names[0] == "chat.example.org"
    assert {"localhost", "127.0.0.1", "::1"} <= set(names)
    assert len(names) == len(set(names))
    assert not [each for each in own_addresses() if each.startswith("fe80")]


# Reading


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "tls.certificate: cannot read .*own.pem: no such file or directory"),
        ("", "tls.certificate: .*own.pem: "),
        ("junk", "tls.certificate: .*own.pem: "),
        (Path(SERVER).read_text().partition("-----BEGIN PRIV")[0], "own.pem: "),
        (
            Path(SERVER).read_text().partition("-----BEGIN PRIV")[0]
            + "".join(Path(OTHER).read_text().partition("-----BEGIN PRIV")[1:]),
            "own.pem: the certificate and the key do not belong together",
        ),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, content: str | None, why: str) -> None:
    """One line each, with the file's name."""
    file = tmp_path / "own.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(BadCertificate, match=why) as caught:
        load_certificate(TlsSettings(certificate=str(file)), tmp_path)
    assert "\n" not in str(caught.value)


def test_two_files_that_do_not_fit(tmp_path: Path) -> None:
    """Both are named."""
    with pytest.raises(BadCertificate, match=r"server.pem and .*other.pem: .*do not belong"):
        load_certificate(TlsSettings(certificate=SERVER, key=OTHER), tmp_path)


def test_warnings(tmp_path: Path) -> None:
    """A key that others can read; an end that is near, or over."""
    file = own(SERVER, tmp_path)
    loaded = load_certificate(TlsSettings(certificate=str(file)), tmp_path)
    assert loaded is not None
    assert loaded.warnings == ()
    file.chmod(0o640)
    (warning,) = _warnings(file, file, loaded.certificate)
    assert warning == (
        f"others can use {file}, which contains the key of TLS; run: chmod 600 {file}"
    )
    file.chmod(0o600)
    over = loaded.certificate._replace(expires=0)
    assert list(_warnings(file, file, over)) == [
        f"{file}: the certificate has expired; clients that verify it will refuse it"
    ]


def test_without_a_certificate_there_is_no_tls(tmp_path: Path) -> None:
    """Either because it is not wanted, or because the server has not made one."""
    assert load_certificate(TlsSettings(certificate=""), tmp_path) is None
    assert load_certificate(TlsSettings(), tmp_path) is None


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1:1", True),
        ("127.9.9.9:1", True),
        ("[::1]:1", True),
        ("unix:/x", True),
        (":1", False),
        ("0.0.0.0:1", False),
        ("192.0.2.1:1", False),
        ("[::]:1", False),
    ],
)
def test_which_listeners_need_a_certificate(address: str, local: bool) -> None:
    """Those to which other machines can connect."""
    assert is_of_this_machine(parse_address(address)) is local


# Configuration


def configured(directory: Path, text: str) -> TlsSettings:
    """The section [tls] of a file."""
    (directory / "chatroom.toml").write_text(f"[tls]\n{text}\n")
    options = parse_options(
        ["-c", str(directory / "chatroom.toml"), "--data", str(directory / "data")]
    )
    return load(options).tls


def test_paths_are_relative_to_the_config_file(tmp_path: Path) -> None:
    """As all paths in it."""
    tls = configured(tmp_path, 'certificate = "a/b.pem"\nkey = "/c.pem"')
    assert (tls.certificate, tls.key) == (str(tmp_path / "a/b.pem"), "/c.pem")
    assert configured(tmp_path, "").certificate == "auto"


def test_a_key_without_a_certificate_is_a_fault(tmp_path: Path) -> None:
    """It would be for a certificate that the server makes."""
    with pytest.raises(ConfigError, match=r"tls\.key: this needs tls.certificate"):
        configured(tmp_path, 'key = "/c.pem"')
    (tmp_path / "chatroom.toml").write_text('[tls]\nrequired = "sometimes"\nsts = "yes"\n')
    faults, _ = check(parse_options(["-c", str(tmp_path / "chatroom.toml")]))
    assert len(faults) == 2


# While the server runs


def begin(house: House, file: Path, sts: bool = False, outside: bool = True) -> None:
    """Configure a certificate, and let the server begin with it."""
    config = house.server.config
    tls = TlsSettings(certificate=str(file), sts=sts)
    object.__setattr__(config, "tls", tls)
    address = parse_address("192.0.2.7:8080" if outside else "127.0.0.1:8080")
    house.server.certificates.begin(config, [address])


def reload(house: House) -> None:
    """What SIGHUP does with certificates."""
    house.server.certificates.reload(house.server.config)


def test_a_new_certificate_drops_nobody(house: House, tmp_path: Path) -> None:
    """Whoever comes next sees it; a broken one is one line, and the old one stays."""
    file = own(SERVER, tmp_path)
    begin(house, file)
    alice = connect(house)
    alice.send("NICK alice", "USER a 0 * a")
    house.settle(alice)
    shutil.copy(OTHER, file)
    reload(house)
    assert _shown(house) == fingerprint_of(OTHER)
    file.write_text("broken")
    reload(house)
    assert _shown(house) == fingerprint_of(OTHER)
    assert house.server.world.has_tls
    house.settle(alice)


def _shown(house: House) -> str:
    contexts = house.server.handshakes.contexts
    assert contexts
    return examine(contexts.plain).fingerprint


def test_a_broken_certificate_is_one_line(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It says that nothing has changed."""
    file = own(SERVER, tmp_path)
    begin(house, file)
    file.write_text("broken")
    with caplog.at_level(logging.WARNING, "chatroom"):
        reload(house)
    (line,) = caplog.messages
    assert line.startswith(f"tls.certificate: {file}: ")
    assert line.endswith(". The certificate in use stays.")


@needs_openssl
@pytest.mark.parametrize("outside", [True, False])
def test_a_certificate_is_made_only_if_others_can_connect(
    house: House, outside: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """And its fingerprint is shown, for people to compare."""
    object.__setattr__(house.server.config, "tls", TlsSettings())
    address = parse_address(":8080" if outside else "127.0.0.1:8080")
    with caplog.at_level(logging.INFO, "chatroom"):
        house.server.certificates.begin(house.server.config, [address])
    assert (house.server.config.data / FILE_NAME).exists() is outside
    assert house.server.world.has_tls is outside
    if outside:
        assert f"SHA-256 fingerprint: {with_colons(_shown(house))}" in caplog.messages


def test_a_server_that_cannot_make_one_starts_without(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With a warning: nobody asked for it."""
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    house.server.certificates.begin(house.server.config, [parse_address(":8080")])
    assert not house.server.world.has_tls
    assert caplog.messages[0].startswith("TLS is off: making a certificate needs")


# Strict transport security

A_CERTIFICATE = Certificate("00", (), 0, trusted=False, self_signed=False)


@pytest.mark.parametrize(
    ("sts", "trusted", "self_signed", "promised"),
    [
        (False, True, False, True),
        (False, False, False, False),
        (True, False, False, True),
        (True, False, True, False),
        (False, False, True, False),
    ],
)
def test_when_clients_are_told_to_use_tls_only(
    sts: bool, trusted: bool, self_signed: bool, promised: bool
) -> None:
    """Never with a self-signed certificate: clients would lock themselves out."""
    certificate = A_CERTIFICATE._replace(trusted=trusted, self_signed=self_signed)
    assert promises_tls(TlsSettings(sts=sts), certificate) is promised


def test_a_self_signed_one_with_sts_is_a_warning(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And not advertised."""
    begin(house, own(SERVER, tmp_path), sts=True)
    assert house.server.world.sts_port == 0
    assert [each for each in caplog.messages if each.startswith("tls.sts has no effect")]
    assert client_context().check_hostname
