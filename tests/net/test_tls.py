"""TLS without a socket: whatever way the bytes are cut, the same plaintext comes out."""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.net.tls import TlsError, TlsLayer, fingerprint
from chatroom.net.tls_context import client_context, server_contexts
from examples import examples
from tls_ends import CLIENT, CONTEXTS, OTHER, SERVER, der, ends, feed, shake_hands, trusting

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def established(client: ssl.SSLContext | None = None) -> tuple[TlsLayer, TlsLayer]:
    """A client and a server after their handshake."""
    both = ends(client)
    shake_hands(*both)
    return both


def of_version(version: ssl.TLSVersion, context: ssl.SSLContext) -> ssl.SSLContext:
    """The context, for this version alone."""
    context.maximum_version = version
    return context


# The handshake


@pytest.mark.parametrize("step", [1, 2, 1000, 1 << 20])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_handshake_in_pieces_of_any_size(version: ssl.TLSVersion, step: int) -> None:
    """Each end knows when it is done, and what was agreed on."""
    client, server = ends(of_version(version, trusting()))
    assert not (client.established or server.established)
    assert (server.version, server.cipher, server.alpn, server.fingerprint) == ("", "", "", "")
    shake_hands(client, server, step)
    assert client.established
    assert server.established
    assert server.version == client.version == version.name.replace("v1_", "v1.")
    assert server.cipher == client.cipher != ""
    assert server.alpn == client.alpn == "irc"


def test_the_client_sees_whom_it_speaks_to() -> None:
    """The fingerprint is SHA-256 of the certificate in DER, as everybody else shows it."""
    client, server = established()
    assert client.certificate == der(SERVER)
    assert client.fingerprint == fingerprint(der(SERVER))
    assert len(client.fingerprint) == 64
    assert server.fingerprint == ""


@pytest.mark.parametrize("version", VERSIONS)
def test_any_client_certificate_is_taken_and_its_key_proved(version: ssl.TLSVersion) -> None:
    """Nobody vouches for most of them: the fingerprint is what the server recognises."""
    context = client_context(verify=False, certificate=CLIENT)
    client, server = established(of_version(version, context))
    assert server.certificate == der(CLIENT)
    server.write(b"hello")
    assert client.feed(server.take()) == b"hello"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_without_a_certificate_costs_no_context(
    version: ssl.TLSVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making one takes as long as half a handshake, and most clients have no certificate."""
    context = of_version(version, client_context(verify=False))
    monkeypatch.delattr(ssl, "SSLContext")
    _, server = established(context)
    assert server.certificate == b""


@pytest.mark.parametrize("version", VERSIONS)
def test_nobody_shows_a_certificate_of_somebody_else(version: ssl.TLSVersion) -> None:
    """What proves the key is signed with another one here."""
    client, server = ends(of_version(version, client_context(verify=False, certificate=CLIENT)))
    forged = _forged(client, server, version)
    with pytest.raises(TlsError):
        server.feed(forged)
    assert not server.established


def _forged(client: TlsLayer, server: TlsLayer, version: ssl.TLSVersion) -> bytes:
    """The last flight of the client, with the certificate replaced on its way (TLS 1.2), or with a
    byte changed (TLS 1.3, where it is encrypted)."""
    client.feed(b"")
    server.feed(client.take())
    client.feed(server.take())
    flight = client.take()
    if version is ssl.TLSVersion.TLSv1_2:
        ours, theirs = der(CLIENT), der(OTHER)
        assert ours in flight
        changed = flight.replace(ours[-20:-10], theirs[-20:-10])
        assert changed != flight
        return changed
    return flight[:100] + bytes([flight[100] ^ 1]) + flight[101:]


def test_a_browser_is_not_asked_for_a_certificate() -> None:
    """It would ask its person."""
    context = client_context(verify=False, certificate=CLIENT)
    context.set_alpn_protocols(["h2", "http/1.1"])
    client = TlsLayer(context, "localhost")
    client.feed(b"")
    hello = client.take()
    server = TlsLayer(CONTEXTS.for_hello(hello))
    server.feed(hello)
    client.feed(server.take())
    server.feed(client.take())
    assert server.established
    assert server.alpn == "http/1.1"
    assert server.certificate == b""
    assert CONTEXTS.for_hello(b"\x16\x03\x01") is CONTEXTS.asking


@pytest.mark.parametrize(
    ("context", "why"),
    [
        (trusting, ""),
        (client_context, "the certificate cannot be verified: self-signed certificate"),
    ],
)
def test_a_client_that_verifies(context: Callable[[], ssl.SSLContext], why: str) -> None:
    """It trusts only what the system's store, or the caller, vouches for."""
    client, server = ends(context())
    if not why:
        shake_hands(client, server)
        assert client.established
        return
    with pytest.raises(TlsError, match=why) as caught:
        shake_hands(client, server)
    assert caught.value.reason == "CERTIFICATE_VERIFY_FAILED"
    with pytest.raises(TlsError, match="the other side"):  # the alert
        server.feed(client.take())


def test_a_client_that_verifies_wants_the_name_too() -> None:
    """A trusted certificate for another host is not enough."""
    client = TlsLayer(trusting(), "elsewhere.example")
    with pytest.raises(TlsError, match="mismatch"):
        shake_hands(client, TlsLayer(CONTEXTS.asking))


def test_tls_1_0_is_refused_with_an_alert() -> None:
    """Its hello is answered with the alert protocol_version (70), and a sentence for the log."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    client = TlsLayer(context, "localhost")
    client.feed(b"")
    hello = _as_tls_1_0(client.take())
    server = TlsLayer(CONTEXTS.plain)
    with pytest.raises(TlsError, match="the two sides have no TLS version in common"):
        server.feed(hello)
    assert server.take() == b"\x15\x03\x01\x00\x02\x02\x46"


def _as_tls_1_0(hello: bytes) -> bytes:
    """A ClientHello without the extension supported_versions, and with version 1.0."""
    changed = hello.replace(b"\x00\x2b", b"\x7f\x2b", 1)
    assert changed != hello
    return changed[:9] + b"\x03\x01" + changed[11:]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "speaks HTTP"),
        (b"NICK alice\r\nUSER a 0 * a\r\n", "does not speak TLS"),
        (b"\x16\x03\x01\x00\x05hello", "TLS|message|length|record"),
        (bytes(100), "TLS|version|record"),
    ],
)
def test_what_is_not_tls_is_one_error(words: bytes, why: str) -> None:
    """With a sentence. The layer is of no use afterwards, and says so again."""
    for step in (1, len(words)):
        server = TlsLayer(CONTEXTS.plain)
        with pytest.raises(TlsError, match=why):
            feed(server, words, step)
        assert not server.established
    with pytest.raises(TlsError):
        server.feed(b"more")


@settings(max_examples=examples(60), deadline=None)
@given(junk=st.binary(max_size=300), after=st.booleans(), step=st.integers(1, 300))
def test_junk_is_tls_error_or_nothing(junk: bytes, after: bool, step: int) -> None:
    """Before and after the handshake; no other exception comes out."""
    _, server = established() if after else ends()
    try:
        assert feed(server, junk, step) == b""
    except TlsError as error:
        assert str(error)
    assert len(server.take()) < 200


# Plaintext


@settings(max_examples=examples(60), deadline=None)
@given(
    lines=st.lists(st.binary(max_size=400), max_size=20),
    step=st.integers(1, 900),
    together=st.booleans(),
)
def test_any_lines_arrive_in_any_pieces(lines: list[bytes], step: int, together: bool) -> None:
    """One record with many lines, or a record for each line, cut anywhere; in both directions."""
    for sender, receiver in (established(), reversed(established())):
        for line in [b"".join(lines)] if together else lines:
            sender.write(line)
        assert feed(receiver, sender.take(), step) == b"".join(lines)


def test_many_lines_in_one_record_come_out_at_once() -> None:
    """And nothing stays in the layer: the socket would be silent, and nobody would look."""
    client, server = established()
    client.write(b"PING :x\r\n" * 300)
    assert server.feed(client.take()) == b"PING :x\r\n" * 300
    for _ in range(300):
        client.write(b"PING :y\r\n")
    assert server.feed(client.take()) == b"PING :y\r\n" * 300
    assert server.feed(b"") == b""


def test_more_than_a_record_holds() -> None:
    """It is cut into records, and comes out whole."""
    client, server = established()
    much = bytes(range(256)) * 1000
    server.write(much)
    sent = server.take()
    assert len(much) < len(sent) < 1.01 * len(much)
    assert feed(client, sent, 8192) == much
    server.write(memoryview(much)[5:])
    assert feed(client, server.take(), 5000) == much[5:]
    server.write(b"")
    assert server.take() == b""


def test_what_came_with_the_handshake_is_not_lost() -> None:
    """A client may send its first line with the last bytes of its handshake."""
    client, server = ends()
    client.feed(b"")
    server.feed(client.take())
    client.feed(server.take())
    client.write(b"NICK alice\r\n")
    assert server.feed(client.take()) == b"NICK alice\r\n"


# The end


def test_a_close_is_told_from_a_cut() -> None:
    """Only the former sets `ended`; the other direction still works."""
    client, server = established()
    client.write(b"last words")
    client.close()
    assert not server.ended
    assert server.feed(client.take()) == b"last words"
    assert server.ended
    server.write(b"goodbye")
    server.close()
    assert client.feed(server.take()) == b"goodbye"
    assert client.ended


def test_what_comes_after_a_close_is_ignored() -> None:
    """Whatever it is: the other side has said that nothing follows."""
    client, server = established()
    client.write(b"before")
    before = client.take()
    client.write(b"after")
    after = client.take()
    client.close()
    assert server.feed(before + after + client.take() + b"junk" * 100) == b"beforeafter"
    assert server.feed(b"more junk") == b""
    assert server.ended


def test_closing_before_the_handshake_is_harmless() -> None:
    """There is nothing to close yet."""
    client, server = ends()
    server.close()
    client.feed(b"")
    client.close()
    assert server.take() == b""


def test_a_changed_byte_is_an_error_and_the_lines_before_it_are_not_lost() -> None:
    """Each record is authenticated."""
    client, server = established()
    client.write(b"hello")
    sent = client.take()
    client.write(b"world")
    changed = bytearray(client.take())
    changed[-1] ^= 1
    with pytest.raises(TlsError) as caught:
        server.feed(sent + changed)
    assert caught.value.plaintext == b"hello"
    assert server.take()  # an alert


# Files


def test_certificate_files_that_do_not_fit(tmp_path: Path) -> None:
    """Each is an OSError when the server reads them, not a surprise in a handshake. An encrypted
    key does not make OpenSSL ask at the terminal."""
    with pytest.raises(ssl.SSLError):
        server_contexts(SERVER, OTHER)
    with pytest.raises(FileNotFoundError):
        server_contexts(SERVER, str(tmp_path / "missing"))
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(ssl.SSLError):
        server_contexts(str(empty), str(empty))
