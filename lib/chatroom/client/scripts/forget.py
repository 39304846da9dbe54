"""`chatroom-client forget`: a server's certificate is not trusted any more."""

from argparse import Namespace

from chatroom.client.connection.servers import names_port, server_address
from chatroom.client.files.pins import known_servers_file, server_key
from chatroom.client.scripts.shell import complain, say


def run(arguments: Namespace) -> int:
    """The exit status. Raises AddressError and PinsError."""
    address = server_address(arguments.host, arguments.port)
    every_port = not arguments.port and not names_port(arguments.host)
    gone = known_servers_file().forget(address, every_port)
    for server in gone:
        say(f"The certificate of {server} is forgotten.")
    if not gone:
        where = server_key(address)
        complain(f"No certificate of {where.rpartition(':')[0] if every_port else where} is known.")
    return 0 if gone else 1
