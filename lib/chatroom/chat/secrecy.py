"""Whether a session may send a secret: a password, a token, a new account's details.

Clear text is for talking. Everybody on the network can read it, so secrets are accepted only over
TLS and from this machine, unless `tls.required` is "never".
"""

from typing import Protocol

from chatroom.chat.session import Session
from chatroom.chat.settings import ALWAYS, NEVER, TlsSettings

ONLY_TLS = (
    "Passwords are accepted here only over TLS, because others could read them on the way:"
    " connect to the same port with TLS"
)
NO_TLS = (
    "Passwords are accepted here only over TLS, and this server has no certificate yet."
    " Its operator can set tls.certificate"
)
EVERYTHING = "This server talks only over TLS: connect to the same port with TLS"


class Policy(Protocol):
    """What the functions need to know: the settings, and whether there is a certificate. The world
    has it."""

    @property
    def tls(self) -> TlsSettings: ...
    @property
    def has_tls(self) -> bool: ...


def why_no_secret(policy: Policy, session: Session) -> str:
    """Why this session may not hand over a secret, in one sentence that says how it can be done
    instead; "" if it may. The sentence has no full stop, as IRC's texts have none."""
    if session.secure or policy.tls.required == NEVER:
        return ""
    return ONLY_TLS if policy.has_tls else NO_TLS


def why_no_talk(policy: Policy, session: Session) -> str:
    """Why this session may do nothing at all (`tls.required` is "always"); "" if it may."""
    if session.secure or policy.tls.required != ALWAYS:
        return ""
    return EVERYTHING
