"""Whom the client trusts: the table of it, and what is said where it does not."""

from itertools import product
from pathlib import Path

import pytest

from chatroom.client.connection.trust import Evidence, Step, Trust, decide, wants_tls
from chatroom.client.files.pins import Pins, PinsError, with_colons
from chatroom.net.addresses import parse_address

HERE = parse_address("chat.example.org:8080")
A, B, C = "a0" * 32, "b1" * 32, "c2" * 32
BAD = "self-signed certificate"


@pytest.mark.parametrize(
    ("address", "said", "by_hand", "wanted"),
    [
        ("chat.example.org:8080", None, "", True),
        ("192.0.2.7:8080", None, "", True),
        ("127.0.0.1:8080", None, "", False),
        ("localhost:8080", None, "", False),
        ("unix:/run/chat", None, "", False),
        ("127.0.0.1:8080", True, "", True),
        ("unix:/run/chat", True, "", True),
        ("chat.example.org:8080", False, "", False),
        ("127.0.0.1:8080", None, A, True),
    ],
)
def test_where_tls_is_spoken(address: str, said: bool | None, by_hand: str, wanted: bool) -> None:
    """To every other machine, unless something else was said."""
    assert wants_tls(parse_address(address), said, by_hand) == wanted


@pytest.mark.parametrize(
    ("by_hand", "pinned", "shown", "distrust", "step"),
    [
        # nothing is known of the server: the system decides first, then a person
        ("", "", "", None, Step.VERIFY),
        ("", "", "", "", Step.CONNECT),
        ("", "", "", BAD, Step.LOOK),
        ("", "", A, BAD, Step.ASK),
        # it was trusted before
        ("", A, "", None, Step.LOOK),
        ("", A, A, None, Step.CONNECT),
        ("", A, B, None, Step.VERIFY),
        ("", A, B, "", Step.CONNECT),
        ("", A, B, BAD, Step.CHANGED),
        # a fingerprint was given: nothing else counts
        (A, "", "", None, Step.LOOK),
        (A, "", A, None, Step.CONNECT),
        (A, "", B, None, Step.WRONG),
        (A, B, "", None, Step.LOOK),
        (A, B, A, BAD, Step.CONNECT),
        (A, B, B, "", Step.WRONG),
        (A, B, C, BAD, Step.WRONG),
    ],
)
def test_the_table(by_hand: str, pinned: str, shown: str, distrust: str | None, step: Step) -> None:
    """What follows from what is known."""
    assert decide(Evidence(by_hand, pinned, shown, distrust)) is step


def test_nobody_is_trusted_without_a_reason() -> None:
    """Whatever is known, a connection needs the right fingerprint, or the system's word."""
    for evidence in map(
        Evidence._make, product(("", A), ("", A, B), ("", A, B, C), (None, "", BAD))
    ):
        expected = evidence.by_hand or evidence.pinned
        reason = expected == evidence.shown != "" or (
            evidence.distrust == "" and not evidence.by_hand
        )
        if decide(evidence) is Step.CONNECT:
            assert reason, evidence


@pytest.mark.parametrize(("by_hand", "pinned"), list(product(("", A), ("", A, B))))
@pytest.mark.parametrize("vouched", [True, False])
@pytest.mark.parametrize("shown", [A, B, C])
def test_two_handshakes_are_enough(
    tmp_path: Path, by_hand: str, pinned: str, vouched: bool, shown: str
) -> None:
    """Each one brings news, so there is an end."""
    pins = Pins(tmp_path / "known_servers")
    if pinned:
        pins.keep(HERE, pinned)
    trust = Trust(HERE, pins, by_hand)
    step, handshakes = trust.begin(), 0
    while step in (Step.VERIFY, Step.LOOK):
        handshakes += 1
        if step is Step.LOOK:
            step = trust.saw(shown)
        else:
            step = trust.verified() if vouched else trust.distrusted(BAD)
    assert handshakes <= 2
    assert handshakes == 1 or not (by_hand or shown == pinned or (vouched and not pinned))


@pytest.fixture
def pins(tmp_path: Path) -> Pins:
    return Pins(tmp_path / "known_servers")


def asked(pins: Pins) -> Trust:
    """Somebody meets the server for the first time."""
    trust = Trust(HERE, pins)
    assert (trust.begin(), trust.distrusted(BAD), trust.saw(A)) == (
        Step.VERIFY,
        Step.LOOK,
        Step.ASK,
    )
    return trust


def test_trust_on_first_use(pins: Pins) -> None:
    """The fingerprint is shown once; from then on it is what is expected."""
    trust = asked(pins)
    question = trust.untrusted(Step.ASK).question
    assert with_colons(A) in question
    assert f"({BAD})" in question
    assert trust.accept() == ""
    assert (trust.begin(), trust.saw(A)) == (Step.LOOK, Step.CONNECT)
    assert (Trust(HERE, pins).begin(), pins.find(HERE)) == (Step.LOOK, A)


def test_nobody_is_there_to_be_asked(pins: Pins) -> None:
    """Then it says how to go on."""
    text = asked(pins).untrusted(Step.ASK).text
    assert "chat.example.org:8080 is not known" in text
    assert with_colons(A) in text
    assert "--fingerprint" in text


def test_a_changed_certificate_is_not_asked_about(pins: Pins) -> None:
    """It says what that means, shows both, and says how to go on."""
    pins.keep(HERE, A)
    trust = Trust(HERE, pins)
    assert (trust.begin(), trust.saw(B), trust.distrusted(BAD)) == (
        Step.LOOK,
        Step.VERIFY,
        Step.CHANGED,
    )
    text, question = trust.untrusted(Step.CHANGED)
    assert question == ""
    for part in (
        "has changed",
        "set up anew",
        "somebody in between",
        f"known certificate is\n  {with_colons(A)}\n",
        f"new one is\n  {with_colons(B)}\n",
        "chatroom-client forget chat.example.org:8080",
    ):
        assert part in text


def test_another_client_was_told_otherwise(pins: Pins) -> None:
    """While the question stood, somebody trusted another certificate: that one holds."""
    trust = asked(pins)
    pins.keep(HERE, B)
    trust.accept()
    assert (trust.begin(), trust.saw(A), trust.distrusted(BAD)) == (
        Step.LOOK,
        Step.VERIFY,
        Step.CHANGED,
    )


def test_a_fingerprint_given_by_hand(pins: Pins) -> None:
    """It is compared, never asked about, and kept, in the place of another one."""
    pins.keep(HERE, B)
    trust = Trust(HERE, pins, A)
    assert (trust.begin(), trust.saw(B)) == (Step.LOOK, Step.WRONG)
    text, question = trust.untrusted(Step.WRONG)
    assert (question, with_colons(A) in text, with_colons(B) in text) == ("", True, True)
    assert pins.find(HERE) == B
    assert (trust.begin(), trust.saw(A), pins.find(HERE)) == (Step.LOOK, Step.CONNECT, A)


def test_what_cannot_be_remembered() -> None:
    """Without a place for the file trust lasts as long as the run; a given one needs no file."""
    nowhere = Pins(None)
    trust = asked(nowhere)
    assert "no home directory" in trust.accept()
    assert (trust.begin(), trust.saw(A)) == (Step.LOOK, Step.CONNECT)
    assert (trust.begin(), trust.saw(B), trust.distrusted(BAD)) == (
        Step.LOOK,
        Step.VERIFY,
        Step.CHANGED,
    )
    given = Trust(HERE, nowhere, A)
    assert (given.begin(), given.saw(A)) == (Step.LOOK, Step.CONNECT)


def test_a_damaged_file_never_means_trust(tmp_path: Path) -> None:
    """Not even where a fingerprint was given: it could not be kept."""
    (tmp_path / "known_servers").write_text("rubbish\n")
    pins = Pins(tmp_path / "known_servers")
    with pytest.raises(PinsError):
        Trust(HERE, pins).begin()
    given = Trust(HERE, pins, A)
    assert given.begin() is Step.LOOK
    with pytest.raises(PinsError):
        given.saw(A)


@pytest.mark.parametrize(
    ("address", "pinned", "before", "port"),
    [
        ("chat.example.org:8080", "", False, True),
        ("chat.example.org:8080", A, True, False),
        ("chat.example.org:6697", "", False, False),
        ("unix:/run/chat", "", False, False),
    ],
)
def test_a_server_without_tls(
    pins: Pins, address: str, pinned: str, before: bool, port: bool
) -> None:
    """How to go on; and that it is strange, where it spoke TLS before."""
    where = parse_address(address)
    if pinned:
        pins.keep(where, pinned)
    trust = Trust(where, pins)
    trust.begin()
    text = trust.no_tls("it answered in clear text")
    assert text.startswith(f"{address} does not speak TLS: it answered in clear text. ")
    assert "try again" in text
    assert "try again" not in trust.no_tls("it refused the handshake")
    assert text.endswith("use --no-tls.") is not before
    assert ("It did before" in text, "6697." in text) == (before, port)


def test_nobody_is_sent_into_clear_text_whose_server_is_known(pins: Pins) -> None:
    """Somebody in between would answer like a server without TLS."""
    trust = Trust(HERE, pins, A)
    trust.begin()
    assert "--no-tls" not in trust.no_tls("it answered in clear text")
