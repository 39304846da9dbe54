"""`from chatroom.client import connect`: the library for programs that talk (docs/library.md)."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from chatroom.client.connection.nicknames import user_name
from chatroom.client.connection.servers import DEFAULT_ADDRESS, server_address
from chatroom.client.history.follower import Start
from chatroom.client.library.conversation import Conversation
from chatroom.client.library.driver import ConnectOptions, Driver
from chatroom.client.library.errors import ConnectError
from chatroom.net.addresses import Address, AddressError


def connect(
    server: str | Address = DEFAULT_ADDRESS,
    *,
    nick: str = "",
    rooms: Sequence[str] = (),
    password: str = "",
    reconnect: bool = False,
    start: Start = Start(),  # noqa: B008  an immutable value
    keys: Mapping[str, str] = MappingProxyType({}),
) -> Conversation:
    """Connect to a server, enter `rooms`, and return the conversation; use it in a `with`.

    `server` is HOST, HOST:PORT, [v6]:PORT or unix:PATH. Without a `nick` it is the user's name; one
    that is taken gets a number. With `reconnect` a lost server is called again until it answers,
    the nickname is taken back as soon as it is free, and what was missed is told where the server
    keeps a history. `start` says with which part of
    that history the rooms begin. `keys` has the keys of rooms that need one. Raises ConnectError.
    """
    try:
        address = server_address(server) if isinstance(server, str) else server
    except AddressError as error:
        raise ConnectError(str(error)) from None
    user = user_name()
    visit = Driver(
        ConnectOptions(address, nick or user, user, rooms, password, reconnect, start, keys)
    )
    try:
        visit.call()
    except BaseException:
        visit.hang_up()
        raise
    return Conversation(visit)
