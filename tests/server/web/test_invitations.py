"""Links that lead to the server and into a room, and their QR codes."""

from pathlib import Path

import pytest

from chatroom.server.web import invitations
from server.conftest import House
from web_client import WebClient


@pytest.mark.parametrize(
    ("query", "link"),
    [
        ("", "/"),
        ("?room=general", "/#general"),
        ("?room=%23general", "/#general"),
        ("?room=a%2Fb%20%C3%A9%23", "/#a%2Fb%20%C3%A9%23"),
    ],
)
def test_a_link_leads_into_a_room(web: WebClient, query: str, link: str) -> None:
    assert web.ask("GET", f"/invite{query}").text == f"http://127.0.0.1{link}"


def test_what_is_no_room_is_refused(web: WebClient) -> None:
    reply = web.ask("GET", f"/invite?room={'x' * 65}")
    assert (reply.status, reply.text) == (400, "A room's name has at most 64 characters.")
    assert web.ask("GET", "/invite.svg?room=%ff").status == 400


def test_the_link_has_the_public_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "_drawn", lambda url: url.encode())
    house = House(tmp_path, limits='[web]\nurl = "https://chat.example"')
    reply = WebClient(house.connect().sock, house.tick).ask("GET", "/invite.svg?room=ops")
    assert reply.headers["content-type"] == "image/svg+xml"
    assert reply.body == b"https://chat.example/#ops"
    house.server.end()


def test_the_code_is_a_picture_without_scripts() -> None:
    drawn = invitations._drawn("https://chat.example/#general")
    assert drawn.startswith(b"<svg xmlns=") and b"<path" in drawn
