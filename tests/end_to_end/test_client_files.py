"""Files in the terminal client, with a real server: sent, shown, saved, stopped, gone on with."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from end_to_end.scripts import finish, run
from end_to_end.terminal import Terminal
from end_to_end.test_files import PASSWORD, add_alice
from harness import CLIENT, Server

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
    """Alice sends it, bob saves it twice; a guest may not send one. Ctrl-C stops a file, and not
    the client."""
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
        with (tmp_path / "alice" / "big.bin").open("wb") as big:
            big.truncate(50_000_000)
        os.kill(server.process.pid, signal.SIGSTOP)  # so that it is still under way
        alice.say("/send big.bin").see(r"big\.bin \[").press("c").see("you stopped it")
        os.kill(server.process.pid, signal.SIGCONT)
        alice.say("/invite-link").see(f"http://127.0.0.1:{server.port}/#general")
        alice.say("still here")
        bob.see("<alice> still here")
        assert "big.bin" not in bob.glass.everything()


def test_scripts(server: Server, tmp_path: Path) -> None:
    """`send --file` says where the file is, with a tag for cards; `get` saves it."""
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7\n" + PICTURE)
    (tmp_path / "secret").write_text(f"{PASSWORD}\n")
    where = ["--room", "ops", "--file", str(tmp_path / "report.pdf"), "as promised"]
    refused = run(server, "send", *where)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "only people who are logged in with a password can send files" in refused.stderr
    login = ["--account", "alice", "--account-password-file", str(tmp_path / "secret")]
    with server.join("bob", "#ops", caps="message-tags") as bob:
        assert run(server, "send", *login, *where, nick="alice").returncode == 0
        said = bob.wait("PRIVMSG")
        assert said.tags["+chatroom/file"] == "102417 application/pdf report.pdf"
        assert said.params[1].startswith("as promised report.pdf (102 KB) http://127.0.0.1:")
        assert said.source is not None
        assert said.source.startswith("alice!")
    url = said.params[1].rpartition(" ")[2]
    get = [sys.executable, str(CLIENT), "get", url, "-o", str(tmp_path)]
    saved = finish(get)
    assert (saved.returncode, saved.stdout) == (0, f"{tmp_path}/report (1).pdf\n")
    assert (tmp_path / "report (1).pdf").read_bytes() == (tmp_path / "report.pdf").read_bytes()
    gone = finish([*get[:3], f"http://127.0.0.1:{server.port}/files/{'x' * 22}/no.pdf"])
    assert (gone.returncode, gone.stdout) == (1, "")
    assert gone.stderr == "chatroom-client: There is no such file, or not any more.\n"
