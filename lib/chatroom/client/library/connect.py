"""`from chatroom.client import connect`: the library for programs that talk (docs/library.md)."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from chatroom.client.connection.nicknames import user_name
from chatroom.client.connection.servers import DEFAULT_ADDRESS, server_address
from chatroom.client.connection.trust import trust_for
from chatroom.client.credentials import Credentials
from chatroom.client.history.follower import Start
from chatroom.client.library.conversation import Conversation
from chatroom.client.library.driver import ConnectOptions, Driver
from chatroom.client.library.errors import ConnectError
from chatroom.net.addresses import Address, AddressError
from chatroom.text.fingerprints import BadFingerprint, parse_fingerprint


def connect(
    server: str | Address = DEFAULT_ADDRESS,
    *,
    nick: str = "",
    rooms: Sequence[str] = (),
    password: str = "",
    reconnect: bool = False,
    start: Start = Start(),  # noqa: B008  an immutable value
    keys: Mapping[str, str] = MappingProxyType({}),
    tls: bool | None = None,
    fingerprint: str = "",
    account: str = "",
    account_password: str = "",
) -> Conversation:
    """Connect to a server, enter `rooms`, and return the conversation; use it in a `with`.

    `server` is HOST, HOST:PORT, [v6]:PORT or unix:PATH. Without a `nick` it is the user's name; one
    that is taken gets a number. With `reconnect` the client connects again until the server
    answers, takes its nickname back as soon as that is free, and returns the missed messages if the
    server keeps a history. `start` says with which part of that history the rooms begin. `keys` has
    the keys of rooms that need one.

    `tls` is whether to use TLS, by default to every other machine. The certificate has to be one
    for which the system vouches, or which the terminal client knows; with `fingerprint` (SHA-256)
    only that one is accepted. `account` and `account_password` log in, where the server can check a
    password without seeing it (SCRAM); files are uploaded with them. Raises ConnectError.
    """
    try:
        address = server_address(server) if isinstance(server, str) else server
        by_hand = parse_fingerprint(fingerprint) if fingerprint else ""
    except (AddressError, BadFingerprint) as error:
        raise ConnectError(str(error)) from None
    if by_hand and tls is False:
        raise ConnectError("A fingerprint is of no use without TLS.")
    user = user_name()
    trust = trust_for(address, tls, by_hand)
    login = Credentials(account, account_password) if account and account_password else None
    visit = Driver(
        ConnectOptions(
            address, nick or user, user, rooms, password, reconnect, start, keys, trust, login
        )
    )
    try:
        visit.call()
    except BaseException:
        visit.hang_up()
        raise
    return Conversation(visit)
