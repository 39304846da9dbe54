"""Logging in while a connection begins: SASL with SCRAM-SHA-256, from the client's side."""

import base64

import pytest

from chatroom.client.credentials import Credentials
from chatroom.client.protocol.events import Event, Refusal
from chatroom.client.protocol.login import IMPOSTOR
from chatroom.client.protocol.session import Session
from chatroom.wire.sasl import SaslError, encoded
from chatroom.wire.scram import ClientExchange, ServerExchange, client_first, derive

KEYS = derive("pässwörd".encode(), b"salt", 3)


DEFAULT = Credentials("alice", "pässwörd")


def begun(
    capabilities: str = "sasl=PLAIN,SCRAM-SHA-256",
    credentials: Credentials = DEFAULT,
) -> Session:
    session = Session("al", "al", credentials=credentials)
    session.open()
    session.register("alice")
    hear(session, f":s CAP * LS :batch {capabilities}")
    return session


def hear(session: Session, *lines: str) -> list[Event]:
    return session.receive("".join(f"{line}\r\n" for line in lines).encode())


def sent(session: Session) -> list[str]:
    return session.take_output().decode().split("\r\n")[:-1]


def challenged(session: Session) -> ServerExchange:
    """The login up to the client's last message."""
    hear(session, ":s CAP * ACK :batch sasl")
    assert sent(session)[-1] == "AUTHENTICATE SCRAM-SHA-256"
    hear(session, "AUTHENTICATE +")
    (line,) = sent(session)
    first = client_first(base64.b64decode(line.split()[1]))
    assert first.account == "alice"
    exchange = ServerExchange(first, KEYS, "more")
    hear(session, f"AUTHENTICATE {encoded(exchange.challenge)}")
    return exchange


def test_a_login_before_the_welcome() -> None:
    """CAP END only when it has ended; the password is never sent."""
    session = begun()
    exchange = challenged(session)
    (line,) = sent(session)
    signature = exchange.finish(base64.b64decode(line.split()[1]))
    assert signature is not None
    hear(session, f"AUTHENTICATE {encoded(signature)}")
    assert sent(session) == ["AUTHENTICATE +"]
    hear(session, ":s 900 * *!*@h alice :in", ":s 903 * :done")
    assert sent(session) == ["CAP END"]


def test_a_refused_login_is_shown_and_goes_on() -> None:
    session = begun()
    challenged(session)
    sent(session)
    (event,) = hear(session, ":s 904 * :SASL authentication failed: wrong")
    assert isinstance(event, Refusal)
    assert sent(session) == ["CAP END"]


def test_a_server_that_does_not_know_the_account_is_left() -> None:
    """RFC 5802 section 5: its signature proves that it does."""
    session = begun()
    challenged(session)
    sent(session)
    hear(session, f"AUTHENTICATE {encoded(b'v=' + encoded(bytes(32)).encode())}")
    assert sent(session) == ["AUTHENTICATE *"]
    assert session.broken == IMPOSTOR


@pytest.mark.parametrize("offered", ["", "sasl=PLAIN", "sasl=EXTERNAL,SCRAM-SHA-1"])
def test_without_the_mechanism_nothing_is_sent(offered: str) -> None:
    session = begun(offered)
    assert "sasl" not in sent(session)[-1]
    hear(session, ":s CAP * ACK :batch")
    assert sent(session) == ["CAP END"]


def test_without_an_account_sasl_is_not_asked_for() -> None:
    session = Session("al", "al")
    hear(session, ":s CAP * LS :batch sasl")
    assert sent(session) == ["CAP REQ batch"]


@pytest.mark.parametrize(
    "challenge",
    [
        b"", b"r=abc,s=c2FsdA==,i=3", b"r=xyz,s=c2FsdA==,i=3", b"r=abcd,s=!,i=3",
        b"r=abcd,s=c2FsdA==,i=0", b"r=abcd,s=c2FsdA==,i=99999999", b"r=abcd,s=c2FsdA==,i=x",
        b"m=x,r=abcd,s=c2FsdA==,i=3", b"\xff",
    ],
)  # fmt: skip
def test_a_hostile_challenge(challenge: bytes) -> None:
    """It costs nothing, however many rounds it asks for."""
    with pytest.raises(SaslError):
        ClientExchange("alice", b"pw", "abc").answer(challenge)


def test_credentials_do_not_show_themselves() -> None:
    assert "pässwörd" not in repr(Credentials("alice", "pässwörd"))


@pytest.mark.parametrize("account", ["alice", ""])
def test_a_certificate_instead_of_a_password(account: str) -> None:
    """EXTERNAL, if the server offers it: it knows whose the certificate is."""
    session = begun("sasl=PLAIN,EXTERNAL", Credentials(account, ""))
    hear(session, ":s CAP * ACK :batch sasl", "AUTHENTICATE +")
    word = base64.b64encode(account.encode()).decode() or "+"
    assert sent(session)[-2:] == ["AUTHENTICATE EXTERNAL", f"AUTHENTICATE {word}"]
    session = begun("sasl=PLAIN,SCRAM-SHA-256", Credentials(account, ""))
    assert not [line for line in sent(session) if "sasl" in line]
