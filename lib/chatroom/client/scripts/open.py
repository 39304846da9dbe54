"""Connects a subcommand to its server."""

from argparse import Namespace
from collections.abc import Sequence

from chatroom.client.config.profiles import config_file, read_config
from chatroom.client.config.startup import Options, completed, credentials, password
from chatroom.client.connection.servers import known_servers, server_address
from chatroom.client.history.follower import Start
from chatroom.client.library.connect import connect
from chatroom.client.library.conversation import Conversation
from chatroom.client.library.errors import PasswordWanted

PASSWORD_PLACES = "See --password-file, and password_file in client.toml."


def open_conversation(
    arguments: Namespace,
    rooms: Sequence[str] = (),
    reconnect: bool = False,
    start: Start = Start(),  # noqa: B008  an immutable value
) -> Conversation:
    """Connect as the options and client.toml say. A person who sends files logs in to the account.

    Raises ConnectError, AddressError, HostsError, ConfigError and PasswordError.
    """
    given = Options(
        address=server_address(arguments.server) if arguments.server else None,
        nick=arguments.nick or "",
        password_file=arguments.password_file,
        hosts=arguments.hosts,
        profile=arguments.profile or "",
        tls=arguments.tls,
        fingerprint=arguments.fingerprint or "",
        account=getattr(arguments, "account", None) or "",
        account_password_file=getattr(arguments, "account_password_file", None),
    )
    options = completed(given, read_config(config_file()))
    login = credentials(options) if getattr(arguments, "file", None) else None
    try:
        return connect(
            options.address or known_servers(options.hosts)[0].address,
            nick=options.nick,
            rooms=rooms,
            password=password(options),
            reconnect=reconnect,
            start=start,
            tls=options.tls,
            fingerprint=options.fingerprint,
            account=login.account if login else "",
            account_password=login.password if login else "",
        )
    except PasswordWanted as error:
        raise PasswordWanted(f"{error} {PASSWORD_PLACES}") from None
