"""WEBIRC: a gateway says whose connection it passes on (IRCv3, "WebIRC").

    WEBIRC <password> <gateway> <host name> <address> [:<option>[=<value>] ...]

The host name is not used, because nobody looks it up; nor are the ports. A fingerprint of a
certificate from a gateway is not used either: otherwise people with the gateway's password could
log in to any account that has one.
"""

from typing import NamedTuple

from chatroom.wire.message import Message

COMMAND = "WEBIRC"

LONGEST = 4096
"""Bytes of the line. There may be options that nobody has thought of yet."""

_SECURE = "secure"


class BadIntroduction(Exception):
    """The line lacks something. `str()` says what."""


class Introduction(NamedTuple):
    """What a gateway says of a connection: `address` is an IP address as written there. `secure`:
    the person's own connection to the gateway is encrypted."""

    password: str
    gateway: str
    address: str
    secure: bool


def read_introduction(message: Message) -> Introduction:
    """Read the message. Raises BadIntroduction."""
    if len(message.params) < 4 or not message.params[3]:
        raise BadIntroduction("expected a password, a gateway, a host name and an address")
    password, gateway, _host_name, address, *options = message.params
    # an option may have a value one day: `secure=…` means the same (the specification, "Options")
    names = {option.partition("=")[0] for option in " ".join(options).split()}
    return Introduction(password, gateway, address, _SECURE in names)
