"""A real server and the client of the library `websockets`, in the clear and over TLS."""

import ssl
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from chatroom.server.certificate_maker import make_certificate
from chatroom.server.certificates import FILE_NAME
from harness import PATIENCE, Server

ROOM = "#general"
TEXT, BINARY = Subprotocol("text.ircv3.net"), Subprotocol("binary.ircv3.net")


def until(client: ClientConnection, words: str) -> str | bytes:
    """The first message that contains this."""
    while True:
        message = client.recv(PATIENCE)
        if words in (message if isinstance(message, str) else message.decode()):
            return message


def test_one_room_at_all_doors(tmp_path: Path) -> None:
    """WebSocket clients with text and binary messages, an IRC client, and a person with netcat. The
    server says goodbye by 1001."""
    make_certificate(tmp_path / "data" / FILE_NAME, ["localhost"])
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with Server(tmp_path) as server:
        at = f"127.0.0.1:{server.port}/irc"
        page = Origin(f"http://127.0.0.1:{server.port}")
        with (
            connect(f"ws://{at}", subprotocols=[TEXT, BINARY], origin=page) as al,
            connect(f"wss://{at}", subprotocols=[BINARY], ssl=context) as bob,
        ):
            assert (al.subprotocol, bob.subprotocol) == (TEXT, BINARY)
            for client, nick in ((al, "al"), (bob, "bob")):
                for line in (f"NICK {nick}", f"USER {nick} 0 * :x", f"JOIN {ROOM}"):
                    client.send(line if client is al else line.encode())
                until(client, " 366 ")
            assert al.ping().wait(PATIENCE)
            carol = server.join("carol", ROOM)
            dave = server.person("dave")
            al.send(f"PRIVMSG {ROOM} :hellö")
            said = f":al!~al@127.0.0.1 PRIVMSG {ROOM} :hellö"
            assert until(bob, "hell") == said.encode()
            carol.wait("PRIVMSG", ROOM, "hellö")
            dave.read_until("<al> hellö$")
            dave.send("hello from netcat")
            assert isinstance(until(al, "hello from netcat"), str)
            server.end_well()
            for client in (al, bob):
                with pytest.raises(ConnectionClosed) as closed:
                    until(client, "nothing more")
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1001
