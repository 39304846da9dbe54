"""Whether a session may hand over a secret: a password, a token, a new account's details.

Clear text is for talking. Everybody on the network can read what travels in it, so secrets are
taken only over TLS and from this machine, unless `tls.required` is "never".
"""

from chatroom.chat.session import Session
from chatroom.chat.settings import ALWAYS, NEVER
from chatroom.chat.state.world import World

ONLY_TLS = (
    "Passwords are accepted here only over TLS, because others could read them on the way:"
    " connect to the same port with TLS"
)
NO_TLS = (
    "Passwords are accepted here only over TLS, which this server does not have yet:"
    " whoever runs it has to set tls.certificate"
)
EVERYTHING = "This server talks only over TLS: connect to the same port with TLS"


def why_no_secret(world: World, session: Session) -> str:
    """Why this session may not hand over a secret, in one sentence that says how it can be done
    instead; "" if it may. The sentence has no full stop, as IRC's texts have none."""
    if session.secure or world.tls.required == NEVER:
        return ""
    return ONLY_TLS if world.has_tls else NO_TLS


def why_no_talk(world: World, session: Session) -> str:
    """Why this session may do nothing at all (`tls.required` is "always"); "" if it may."""
    if session.secure or world.tls.required != ALWAYS:
        return ""
    return EVERYTHING
