"""How a message shows a file: the tag, and the addresses in its text."""

import pytest

from chatroom.wire.attachment import (
    MOST_IN_MESSAGE,
    Attachment,
    as_tag,
    file_ids,
    file_urls,
    from_tag,
)

ID = "AbCdEfGhIjKlMnOpQrSt-_"
URL = f"https://chat.example.org:8080/files/{ID}/report.pdf"


def test_a_tag_says_size_type_and_name() -> None:
    attachment = Attachment(1_234_567, "application/pdf", "my report.pdf")
    assert as_tag(attachment) == "1234567 application/pdf my report.pdf"
    assert from_tag(as_tag(attachment)) == attachment


BAD = ["", "x", "1", "1 text/plain", "1 text/plain ", "-1 a/b c", "1 <b> c", "\u0661 a/b c"]
BAD += ["9" * 16 + " a/b c", "1 a/" + "b" * 61 + " c"]


@pytest.mark.parametrize("value", BAD)
def test_what_is_no_tag(value: str) -> None:
    assert from_tag(value) is None


FOUND: dict[str, list[str]] = {
    f"report.pdf (1.2 MB) {URL}": [ID],
    URL: [ID],
    f"{URL} {URL}": [ID],
    f"<{URL}>": [ID],
    f"http://[::1]:8080/files/{ID}/a": [ID],
    f"/files/{ID}x/a": [],
    f"/files/{ID[1:]}/a": [],
    "no file": [],
}


@pytest.mark.parametrize(("text", "ids"), FOUND.items())
def test_ids_in_a_text(text: str, ids: list[str]) -> None:
    assert file_ids(text) == ids


def test_addresses_in_a_text() -> None:
    assert file_urls(f"see {URL}#x and {URL}?y, or ftp://x/files/{ID}/z") == [URL, URL]
    assert file_urls(f"https://proxy.example/chat/files/{ID}/a%20b") == [
        f"https://proxy.example/chat/files/{ID}/a%20b"
    ]


def test_a_message_names_a_bounded_number() -> None:
    text = " ".join(f"/files/{number:022d}/a" for number in range(1000))
    assert len(file_ids(text)) == MOST_IN_MESSAGE
    assert len(file_urls(" ".join([URL] * 1000))) == MOST_IN_MESSAGE
