"""SCRAM-SHA-256 (RFC 5802, RFC 7677): the server's side against a client of its own making."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.wire.sasl import SaslError, encoded, prepared
from chatroom.wire.scram import (
    Keys,
    ServerExchange,
    client_first,
    decoy,
    decoy_rounds,
    derive,
    keys_from_text,
)
from examples import examples
from wire import scram_client

# RFC 7677 section 3
FIRST = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
CHALLENGE = b"r=rOprNGfwEbeRWgbNEkqO" + NONCE.encode() + b",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
LAST = (
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO" + NONCE.encode() + b","
    b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
)
VERIFIER = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
SALT = bytes.fromhex("5b6d99689d12358eeca04b141236fa81")

PASSWORDS = st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=40)
ACCOUNTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


def exchange(first: bytes = FIRST, keys: Keys | None = None) -> ServerExchange:
    return ServerExchange(client_first(first), keys or derive(b"pencil", SALT, 4096), NONCE)


def test_keys_as_text() -> None:
    """They come back as they were; anything else is refused."""
    keys = derive(b"pencil", b"0123456789abcdef", 4096)
    assert keys_from_text(keys.text) == keys
    assert "," not in keys.text
    for wrong in ("", "pencil", keys.text[:-1], keys.text.replace("$", ":"), keys.text + " "):
        with pytest.raises(ValueError, match="hash"):
            keys_from_text(wrong)


def test_the_rfc_s_conversation() -> None:
    """RFC 7677 section 3."""
    one = exchange()
    assert one.challenge == CHALLENGE
    assert one.finish(LAST) == VERIFIER


@settings(max_examples=examples(60))
@given(ACCOUNTS, PASSWORDS, st.binary(min_size=1, max_size=32), st.integers(1, 5))
def test_a_client_of_its_own_making_gets_in(
    account: str, password: str, salt: bytes, rounds: int
) -> None:
    """With any name, password, salt and number of rounds; and it can verify the server."""
    first = scram_client.first(account, "fyko+d2lbbFgONRv9qkxdawL")
    read = client_first(first)
    assert read.account == account
    one = ServerExchange(read, derive(prepared(password), salt, rounds), NONCE)
    said = scram_client.answer(first, one.challenge, prepared(password))
    assert one.finish(said.message) == said.verifier


@settings(max_examples=examples(60))
@given(PASSWORDS, PASSWORDS)
def test_a_wrong_password_does_not(right: str, wrong: str) -> None:
    keys = derive(prepared(right), SALT, 2)
    one = exchange(keys=keys)
    said = scram_client.answer(FIRST, one.challenge, prepared(wrong))
    assert (one.finish(said.message) is not None) == (prepared(right) == prepared(wrong))
    assert keys.accept(prepared(wrong)) == (prepared(right) == prepared(wrong))


def test_the_keys_verify_a_password_too() -> None:
    keys = derive(b"pencil", SALT, 4096)
    assert keys.accept(b"pencil")
    assert not keys.accept(b"Pencil")


def test_nobody_has_the_password_of_a_decoy() -> None:
    """It is the same each time, so that it does not tell a name without an account."""
    keys = decoy(b"secret", "nobody", 4096)
    assert (keys.salt, keys.stored) == (decoy(b"secret", "nobody", 4096).salt, keys.stored)
    assert keys.salt != decoy(b"secret", "nobodi", 4096).salt != decoy(b"other", "nobodi", 1).salt
    assert len(keys.salt) == 16
    one = exchange(keys=keys)
    said = scram_client.answer(FIRST, one.challenge, b"pencil")
    assert one.finish(said.message) is None


def test_keys_do_not_show_themselves() -> None:
    assert "stored" not in repr(derive(b"pencil", SALT, 1))


@pytest.mark.parametrize(
    "message",
    [
        b"", b"n", b"n,,", b"n,,n=user", b"n,,r=abc,n=user", b"n,,n=,r=abc", b"n,,n=user,r=",
        b"p=tls-unique,,n=user,r=abc", b"x,,n=user,r=abc", b"n,user,n=user,r=abc",
        b"n,,m=ext,n=user,r=abc", b"n,,n=us=er,r=abc", b"n,,n=us=2cer,r=abc", b"n,,n=user,r=a bc",
        b"n,,n=user,r=" + b"a" * 257, b"n,,n=us\0er,r=abc", b"n,,n=\xff,r=abc", b"\xff",
    ],
)  # fmt: skip
def test_what_is_no_first_message(message: bytes) -> None:
    """RFC 5802 section 7; p= asks for channel binding, which is not offered."""
    with pytest.raises(SaslError):
        client_first(message)


def test_who_saw_no_offer_of_channel_binding_may_say_so() -> None:
    """RFC 5802 section 6: `y` is fine, because the server really offers none."""
    first = b"y,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    one = exchange(first)
    said = scram_client.answer(first, one.challenge, b"pencil")
    assert said.message.startswith(b"c=eSws,")
    assert one.finish(said.message) == said.verifier


def test_a_header_that_was_changed_on_the_way() -> None:
    """The channel binding data repeats it (RFC 5802 section 5.1, "c:")."""
    said = scram_client.answer(b"y,,n=user,r=rOprNGfwEbeRWgbNEkqO", CHALLENGE, b"pencil")
    with pytest.raises(SaslError):
        exchange().finish(said.message)


def test_names_and_identities_are_unescaped() -> None:
    read = client_first(b"n,a=an=2Cn=3D,n=b=3D2Cob,r=abc")
    assert (read.acting_as, read.account, read.header) == ("an,n=", "b=2Cob", "n,a=an=2Cn=3D,")


@pytest.mark.parametrize(
    "message",
    [
        b"", b"c=biws", LAST.partition(b",p=")[0], LAST.replace(b"biws", b"eSws"),
        LAST.replace(b"k0,", b"k1,"), LAST.replace(b"p=dHzb", b"p=!!!!"),
        LAST.replace(b"p=dHzb", b"p="), LAST + b"\0", b"\xff" + LAST,
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO,p=" + encoded(bytes(32)).encode(),
    ],
)  # fmt: skip
def test_what_is_no_last_message(message: bytes) -> None:
    with pytest.raises(SaslError):
        exchange().finish(message)


@settings(max_examples=examples(100))
@given(st.binary(max_size=200))
def test_bytes_from_a_peer_cause_nothing_else(message: bytes) -> None:
    """A SaslError, or a name; at the end, never the server's signature."""
    for call in (lambda: client_first(message), lambda: exchange(keys=KEYS).finish(message)):
        try:
            assert call() is not None
        except SaslError:
            continue


KEYS = derive(b"pencil", SALT, 1)


def test_decoys_have_the_rounds_of_accounts() -> None:
    """As many of them have each figure as accounts have. Where an old one disappears because people
    change their passwords, decoys change as accounts do: never back."""
    names = [f"name{number}" for number in range(1000)]
    before = [4096] * len(names)
    for old in (40, 30, 20, 10, 0):
        now = [decoy_rounds(b"secret", one, {4096: old, 2048: 40 - old}, 2048) for one in names]
        assert abs(now.count(4096) - 1000 * old / 40) < 50
        assert all(was == rounds or rounds == 2048 for was, rounds in zip(before, now, strict=True))
        before = now
    assert decoy_rounds(b"secret", "name", {}, 2048) == 2048
