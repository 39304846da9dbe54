"""Decides whether a TLS server is the right one. Sans I/O, except for the file of pins.

The system's trust store decides first. If nobody vouches for a certificate, the client trusts on
first use, as ssh does: a person compares the fingerprint once, and from then on only that
certificate is accepted. A fingerprint that was given by hand comes before everything else.

`ssl` does not show a certificate that it fails to verify, so one connection either verifies the
certificate or shows it. `begin` decides which one the first handshake does. `distrusted` and `saw`
take its result, and decide how to go on. A known server takes one handshake, another one two.
"""

from enum import Enum, auto
from typing import NamedTuple

from chatroom.client.files.pins import (
    CannotKeep,
    Pins,
    known_servers_file,
    server_key,
    with_colons,
)
from chatroom.net.addresses import Address, is_loopback
from chatroom.text.display import visible

TLS_PORT = 6697
"""The port on which IRC servers usually speak TLS (RFC 7194)."""

OTHER_PORT = f"IRC servers often speak TLS on port {TLS_PORT}."

DID_BEFORE = (
    "It did before: either the server was changed, or somebody in between pretends to be it."
)

SHOULD = "A certificate is expected of it: somebody in between may pretend to be the server."

TRY_AGAIN = "On a slow line the handshake may have come too late: try again."

IN_CLEAR = "To talk in clear text, which others on the network can read, use --no-tls."

ASK_TRUST = "Trust it from now on? /yes or /no: "


def wants_tls(address: Address, tls: bool | None, by_hand: str = "", certificate: str = "") -> bool:
    """Whether to use TLS for this address: as requested, or else for every other machine. A
    fingerprint requests it, and so does a certificate of the client's own."""
    if tls is not None:
        return tls
    return bool(by_hand or certificate) or not is_loopback(address)


class Step(Enum):
    """The next step with a TLS server."""

    VERIFY = auto()  # a handshake in which the system's trust store decides
    LOOK = auto()  # a handshake that accepts everything, to see the certificate
    CONNECT = auto()  # it is the right one
    ASK = auto()  # the server is unknown: ask a person
    CHANGED = auto()  # it has another certificate than before
    WRONG = auto()  # it has another certificate than was given by hand


class Evidence(NamedTuple):
    """What is known about a server.

    Fingerprints that are not known are "". `distrust` is why the system's trust store does not
    vouch for the server: "" if it does, None if it has not been asked.
    """

    by_hand: str = ""
    pinned: str = ""
    shown: str = ""
    distrust: str | None = None


def decide(known: Evidence) -> Step:
    """The next step that follows from this."""
    expected = known.by_hand or known.pinned
    if expected and not known.shown:
        return Step.LOOK
    if expected and known.shown == expected:
        return Step.CONNECT
    if known.by_hand:
        return Step.WRONG
    if known.distrust is None:
        return Step.VERIFY
    if not known.distrust:
        return Step.CONNECT
    if not known.shown:
        return Step.LOOK
    return Step.CHANGED if known.pinned else Step.ASK


class Untrusted(NamedTuple):
    """The client must not talk to the server.

    `text` says why and what to do, and may have several lines. `question` is empty unless a person
    may decide to trust the server; then it says what there is to decide.
    """

    text: str
    question: str = ""


class Trust:
    """What is known about one server, over all connections of a run. All methods may raise
    PinsError."""

    def __init__(self, address: Address, pins: Pins, by_hand: str = "") -> None:
        self._address = address
        self._pins = pins
        self._by_hand = by_hand
        self._accepted = ""
        self.evidence = Evidence(by_hand)

    def again(self) -> "Trust":
        """What decides about one more connection to the same server, beside this one."""
        other = Trust(self._address, self._pins, self._by_hand)
        other._accepted = self._accepted
        return other

    def begin(self) -> Step:
        """Start again, for a new connection."""
        pinned = "" if self._by_hand else self._pins.find(self._address) or self._accepted
        return self._with(Evidence(self._by_hand, pinned))

    def verified(self) -> Step:
        """Note that the system's trust store vouches for the server."""
        return self._with(self.evidence._replace(distrust=""))

    def distrusted(self, why: str) -> Step:
        """Note that it does not, and why."""
        return self._with(self.evidence._replace(distrust=why))

    def saw(self, fingerprint: str) -> Step:
        """Note the certificate of the server, which has proved that it has the key."""
        step = self._with(self.evidence._replace(shown=fingerprint))
        if step is Step.CONNECT and self._by_hand:
            self._keep_by_hand()
        return step

    def accept(self) -> str:
        """Trust the certificate that was shown, because a person said so.

        Returns why this can be remembered only for this run, or "".
        """
        self._accepted = self.evidence.shown
        try:
            self._pins.keep(self._address, self._accepted)
        except CannotKeep as error:
            return str(error)
        return ""

    def _keep_by_hand(self) -> None:
        """Save the pin. If that fails, the client goes on, and asks again the next time."""
        if self._pins.find(self._address) == self._by_hand:
            return
        try:
            self._pins.keep(self._address, self._by_hand, replacing=True)
        except CannotKeep:
            return

    def _with(self, evidence: Evidence) -> Step:
        self.evidence = evidence
        return decide(evidence)

    # In words

    def untrusted(self, step: Step) -> Untrusted:
        """The refusal, if that is the next step."""
        match step:
            case Step.CHANGED:
                return Untrusted(self._changed())
            case Step.WRONG:
                return Untrusted(self._wrong())
            case _:
                return Untrusted(self._unknown(), self._question())

    def _question(self) -> str:
        return (
            f"This is the first connection to {self._name} that uses TLS, and nobody vouches for"
            f" the server's certificate ({self._distrust}).\n"
            f"Its SHA-256 fingerprint is\n  {with_colons(self.evidence.shown)}\n"
            "Compare it with the one that the server's operator tells you."
        )

    def _unknown(self) -> str:
        return (
            f"{self._name} is not known, and nobody vouches for its certificate"
            f" ({self._distrust}). Its SHA-256 fingerprint is\n"
            f"  {with_colons(self.evidence.shown)}\n"
            "If that is the right one, pass it with --fingerprint, or connect once with the"
            " terminal client, which asks."
        )

    def _changed(self) -> str:
        known, now = with_colons(self.evidence.pinned), with_colons(self.evidence.shown)
        return (
            f"The certificate of {self._name} has changed. Either the server was set up anew, or"
            " somebody in between pretends to be the server, and could read and change everything"
            " that you send.\n"
            f"The fingerprint of the known certificate is\n  {known}\nand that of the new one is\n"
            f"  {now}\n"
            "Ask the server's operator for the right fingerprint. If it is the new one, run"
            f" `chatroom-client forget {server_key(self._address)}`, and connect again."
        )

    def _wrong(self) -> str:
        given, now = with_colons(self.evidence.by_hand), with_colons(self.evidence.shown)
        return (
            f"{self._name} has another certificate than you expect. You gave the fingerprint\n"
            f"  {given}\nbut that of the certificate is\n  {now}\n"
            "Either one of them is a mistake, or somebody in between pretends to be the server."
        )

    def no_tls(self, answer: str, certain: bool = True) -> str:
        """The text for a server that does not speak TLS. `answer` is what it did instead, as a part
        of a sentence."""
        does_not = "does not speak TLS" if certain else "does not seem to speak TLS"
        told = f"{self._name} {does_not}: {answer}."
        again = [TRY_AGAIN] if "clear text" in answer else []
        if self.evidence.pinned or self._by_hand:  # then clear text is what an attacker wants
            return " ".join((told, DID_BEFORE if self.evidence.pinned else SHOULD, *again))
        other = [OTHER_PORT] if self._address.port not in (0, TLS_PORT) else []
        return " ".join((told, *other, *again, IN_CLEAR))

    @property
    def _name(self) -> str:
        return visible(str(self._address))

    @property
    def _distrust(self) -> str:
        return visible(self.evidence.distrust or "")


def trust_for(
    address: Address, tls: bool | None, by_hand: str = "", certificate: str = ""
) -> Trust | None:
    """What decides about this server; None if the client talks to it in clear text."""
    if not wants_tls(address, tls, by_hand, certificate):
        return None
    return Trust(address, known_servers_file(), by_hand)
