"""Files in the terminal client, with a real server: sent, shown, saved, stopped, gone on with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from end_to_end.terminal import Terminal
from end_to_end.test_files import PASSWORD, add_alice
from harness import Server

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Alice has an account there."""
    add_alice(tmp_path / "server")
    with Server(tmp_path / "server") as server:
        yield server


def terminal(server: Server, directory: Path, nick: str) -> Terminal:
    directory.mkdir(exist_ok=True)
    where = ["127.0.0.1", str(server.port), "--room", "general", "--nick", nick]
    return Terminal(*where, columns=150, directory=directory, environment={"HOME": str(directory)})


def test_a_picture(server: Server, tmp_path: Path) -> None:
    """Alice sends it, bob saves it twice; a guest may not send one."""
    with (
        terminal(server, tmp_path / "alice", "alice") as alice,
        terminal(server, tmp_path / "bob", "bob") as bob,
    ):
        alice.see("The password of alice").say(PASSWORD).see("Welcome to room general!")
        bob.see("Welcome to room general!")
        (tmp_path / "alice" / "my cat.png").write_bytes(PICTURE)
        alice.keys("/send my\t").stands("general> /send my\\ cat.png |").say("look!")
        bob.see("look! my cat.png .102 KB. http://")
        bob.see("File 1: my cat.png, 102 KB, image/png")
        bob.say("/get 1").see("Saved as .*my cat.png")
        bob.say("/get").see("Saved as .*my cat .1..png")
        assert (tmp_path / "bob" / "my cat.png").read_bytes() == PICTURE
        assert (tmp_path / "bob" / "my cat (1).png").read_bytes() == PICTURE
        bob.say("/send my\\ cat.png").see("was not sent: only people who are logged in")
