"""SCRAM's messages, spoilt: nobody gets in who does not know the password, at either end."""

from random import Random

from chatroom.wire.sasl import SaslError, decoded
from chatroom.wire.scram import ClientExchange, Keys, ServerExchange, client_first, derive
from fuzzing.inputs import showing, spoilt, text

PASSWORD = b"correct horse"
KEYS = derive(PASSWORD, b"some salt", 1)
WORDS = (b",", b"=", b"=2C", b"n,,", b"y,,", b"p=", b"a=", b"r=", b"i=", b"c=biws", b"\0", b"m=")
MOST_ROUNDS = 1000
"""More would only take time: the client accepts two million."""


def once(random: Random) -> None:
    """A login with the right password, and one with each of its messages spoilt."""
    account, nonce = text(random).replace("\0", "") or "al", f"c{random.getrandbits(64):x}"
    with showing((account, nonce)):
        _log_in(account, nonce)
        _spoil_first(random, account, nonce)
        _spoil_last(random, account, nonce)
        _spoil_challenge(random, account, nonce)


def _exchange(account: str, nonce: str, keys: Keys = KEYS) -> tuple[ClientExchange, ServerExchange]:
    client = ClientExchange(account, PASSWORD, nonce)
    return client, ServerExchange(client_first(client.first), keys, "itsnonce")


def _log_in(account: str, nonce: str) -> None:
    client, server = _exchange(account, nonce)
    signature = server.finish(client.answer(server.challenge))
    assert signature is not None
    assert client.accepts(signature)
    assert client_first(client.first).account == account


def _spoil_first(random: Random, account: str, nonce: str) -> None:
    first = spoilt(random, ClientExchange(account, PASSWORD, nonce).first, WORDS)
    with showing(first):
        try:
            read = client_first(first)
        except SaslError as error:
            assert str(error)
            return
        assert read.account
        assert f"{read.header}{read.bare}".encode() == first


def _spoil_last(random: Random, account: str, nonce: str) -> None:
    client, server = _exchange(account, nonce)
    last = client.answer(server.challenge)
    changed = spoilt(random, last, WORDS)
    with showing(changed):
        try:
            signature = server.finish(changed)
        except SaslError:
            return
        assert signature is None or _proof(changed) == _proof(last)


def _proof(message: bytes) -> tuple[bytes, bytes]:
    """What is signed, and the signature: Base64 can write the same bytes in several ways."""
    unsigned, _, proof = message.rpartition(b",p=")
    return unsigned, decoded(proof.decode())


def _spoil_challenge(random: Random, account: str, nonce: str) -> None:
    client, server = _exchange(account, nonce)
    challenge = spoilt(random, server.challenge, WORDS)
    rounds = challenge.rpartition(b"i=")[2].split(b",")[0]
    if rounds.isdigit() and int(rounds) > MOST_ROUNDS:
        return
    with showing(challenge):
        try:
            last = client.answer(challenge)
        except SaslError:
            return
        signature = server.finish(last) if challenge == server.challenge else None
        assert signature is None or client.accepts(signature)
        assert not client.accepts(spoilt(random, b"v=x", WORDS))
