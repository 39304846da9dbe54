"""Where a subcommand finds its server."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from chatroom.client.conversation import Conversation
from chatroom.client.failures import ConnectError
from chatroom.client.follower import Start
from chatroom.client.library import connect
from chatroom.client.servers import known_servers, server_address


def open_conversation(
    arguments: Namespace,
    rooms: Sequence[str] = (),
    reconnect: bool = False,
    start: Start = Start(),  # noqa: B008  an immutable value
) -> Conversation:
    """As the options say. Raises ConnectError, AddressError and HostsError."""
    if arguments.server:
        address = server_address(arguments.server)
    else:
        address = known_servers(arguments.hosts)[0].address
    return connect(
        address,
        nick=arguments.nick or "",
        rooms=rooms,
        password=_password(arguments.password_file),
        reconnect=reconnect,
        start=start,
    )


def _password(path: Path | None) -> str:
    """The file's first line."""
    if path is None:
        return ""
    try:
        first, *_ = path.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
    except OSError as error:
        raise ConnectError(f"{path}: {error.strerror}") from None
    return first
