"""Where URLs lead, which a server or a stranger has chosen."""

import pytest

from chatroom.client.errors import TransferError
from chatroom.client.transfer.places import Home, is_own, name_in, place_of
from chatroom.net.addresses import Address

CHAT = Home(Address("chat.example.org", 8080), tls=True)
CLEAR = Home(Address("192.0.2.7", 8080), tls=False)
HERE = Home(Address("127.0.0.1", 8080), tls=False)
SOCKET = Home(Address("", 0, "/run/chat.sock"), tls=False)
ID = "x" * 22


@pytest.mark.parametrize(
    ("home", "url"),
    [
        (CHAT, "https://chat.example.org:8080/files"),
        (CHAT, "https://CHAT.example.org.:8080/files"),
        (CHAT, "http://chat.example.org:8080/files"),  # TLS all the same, as for the chat
        (CHAT, "https://192.0.2.7:8080/files"),  # how the server was reached, behind the name
        (CHAT, "https://[2001:db8::1]:8080/files"),
        (CHAT, "https://localhost:8080/files"),
        (SOCKET, "https://chat.example.org/files"),
    ],
)
def test_home(home: Home, url: str) -> None:
    """The request goes where the chat goes, with the trust of the chat."""
    place = place_of(url, home)
    assert (place.address, place.tls, place.is_home, place.is_foreign) == (*home, True, False)
    assert place.target == "/files"
    assert place.host == url.split("/")[2]


def test_home_in_clear() -> None:
    """A password goes over TLS if the server has it."""
    assert place_of("http://192.0.2.7:8080/files", CLEAR).tls is False
    assert place_of("https://192.0.2.7:8080/files", CLEAR).tls is True
    assert not place_of("http://192.0.2.7:8080/files", CLEAR).is_private
    assert place_of("http://127.0.0.1:8080/files", HERE).is_private


def test_elsewhere() -> None:
    """Another port of the same host is not foreign; other hosts are, whatever they look like."""
    assert place_of("https://chat.example.org/files", CHAT) == (
        Address("chat.example.org", 443), True, "chat.example.org", "/files", False, False,
    )  # fmt: skip
    for host in ("evil.example", "chat.example.org.evil.example", "192.0.2.7", "127.0.0.1:8081"):
        assert place_of(f"https://{host}/files", CHAT).is_foreign, host
    with pytest.raises(TransferError, match="clear text"):
        place_of("http://evil.example/files", CHAT)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/files",
        "ftp://chat.example.org/files",
        "file:///etc/passwd",
        "https://",
        "https://chat.example.org:99999/",
        "https://chat.example.org:0/",
        "https://chat.example.org:x/",
        "https://chat.example.org@evil.example/",
        "https://ch\nat.example.org/",
        "https://chat example.org/",
        "https://[::1/",
        "https://chat.example.org/" + "a" * 3000,
    ],
)
def test_no_url(url: str) -> None:
    with pytest.raises(TransferError, match=r"not the address of a file"):
        place_of(url, CHAT)


def test_target() -> None:
    """Nothing in it can end the line of the request."""
    assert place_of("https://h/a b\u00e4%20?q=\u00e4", CHAT).target == "/a%20b%C3%A4%20?q=%C3%A4"
    assert place_of("https://h", CHAT).target == "/"
    assert name_in("https://h/files/x/my%20cat%2F..%2Fup.png") == "my cat/../up.png"


def test_own() -> None:
    """Files on the host of the chat, and where the server keeps them."""
    uploads = "https://files.example.org/chat/files"
    assert is_own(f"https://chat.example.org:8080/files/{ID}/a", CHAT, "")
    assert is_own(f"{uploads}/{ID}/a", CHAT, uploads)
    assert not is_own(f"{uploads}/{ID}/a", CHAT, "")
    assert not is_own(f"https://files.example.org/chat/filesx/{ID}/a", CHAT, uploads)
