"""What is never kept: passwords, and the keys of rooms."""

from pathlib import Path

import pytest

from chatroom.client.files.chat_log import Logbook
from chatroom.client.files.privacy import memorable


@pytest.mark.parametrize(
    "line",
    [
        " hush",
        "/oper me secret",
        "/PASS x",
        "/raw PASS x",
        "/msg NickServ identify x",
        "/query NickServ identify x",
        "identify x",
        "GHOST alice x",
        "/cs identify #den secret",
        "/id secret",
        "/passwd secret",
        "/notice nickserv identify secret",
        "/mgs NickServ identify secret",
        "//msg NickServ identify secret",
        "msg nickserv identify secret",
        "nickserv: identify secret",
        "/msg Q auth alice secret",
        "/set irc.server.home.password secret",
        "/connect chat.example 6697 secret",
    ],
)
def test_secrets_are_not_remembered(line: str) -> None:
    """Nor what begins with a space, as in a shell."""
    assert memorable(line) == ""


@pytest.mark.parametrize(
    "line", ["hello", "/operate", "/msg bob hi", "my /pass", "identity", "/join a,b"]
)
def test_other_lines_are(line: str) -> None:
    """Everything else."""
    assert memorable(line) == line


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("/join priv key123", "/join priv"),
        ("/JOIN priv  key123 more", "/JOIN priv"),
        ("/mode +k key123", "/mode +k"),
        ("/mode priv +nk key123", "/mode priv +nk"),
        ("/mode +o bob", "/mode +o bob"),
    ],
)
def test_a_key_is_left_out(line: str, kept: str) -> None:
    """The rest is remembered."""
    assert memorable(line) == kept


def test_talks_with_services_are_not_logged(tmp_path: Path) -> None:
    """Others are, in a file each."""
    for name in ("NickServ", "nickserv@services", "bob", "#serv"):
        Logbook(tmp_path, "s").write(name, "identify x")
    assert {path.name for path in tmp_path.glob("*/*")} == {"bob.log", "#serv.log"}
