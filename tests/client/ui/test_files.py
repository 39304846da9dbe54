"""Files in the chat: what /send, /get and /invite-link do, and what is shown of files."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from chatroom.client.errors import TransferError
from chatroom.client.transfer.places import Home
from chatroom.client.transfer.uploaded import NO_FILES, Uploaded
from chatroom.client.ui.commands.files import split_path
from chatroom.client.ui.completion import ChatCompleter
from chatroom.client.ui.ports import Progress, Transfers
from chatroom.client.ui.status_line import Now, shorter, status
from chatroom.client.view.qr_code import qr_code
from chatroom.net.addresses import Address
from chatroom.wire.attachment import Attachment

from .test_chat import Visit, in_room

ID, OTHER_ID = "x" * 22, "y" * 22
HOME = Home(Address("chat.example.org", 8080), tls=True)
URL = f"https://chat.example.org:8080/files/{ID}/cat.png"
CAT = Uploaded(URL, Attachment(1_234_567, "image/png", "cat.png"))
TEXT = f"cat.png (1.2 MB) {URL}"
TAG = r"@+chatroom/file=1234567\simage/png\scat.png "


class Noted(Transfers):
    """Transfers that wait to be done by the test."""

    def __init__(self) -> None:
        super().__init__(HOME)
        self.uploads: list[tuple[str, str, Callable[[Uploaded], None]]] = []
        self.downloads: list[tuple[str, str, Callable[[Path], None]]] = []

    def upload(self, path: str, filehost: str, done: Callable[[Uploaded], None]) -> None:
        if path == "missing":
            raise TransferError("Cannot read missing: no such file or directory.")
        self.uploads.append((path, filehost, done))

    def download(self, url: str, path: str, done: Callable[[Path], None]) -> None:
        self.downloads.append((url, path, done))


def visit(filehost: str = "https://chat.example.org:8080/files") -> tuple[Visit, Noted]:
    alice, noted = in_room(), Noted()
    alice.chat.context.services.transfers = noted
    if filehost:
        alice.server(f":s 005 alice draft/FILEHOST={filehost} :are\n")
    return alice, noted


def test_send() -> None:
    """The message follows when the file is there, to where the command was typed."""
    alice, noted = visit()
    assert alice.types('/send "my cat.png" look :) ') == ""
    ((path, filehost, done),) = noted.uploads
    assert (path, filehost) == ("my cat.png", "https://chat.example.org:8080/files")
    alice.types("/query bob")
    done(CAT)
    alice.settle()
    assert alice.sent == f"PRIVMSG #general :look :) {TEXT}\r\n"
    alice.types("/send missing")
    assert "-- Cannot read missing: no such file or directory." in alice.shown
    assert visit("")[0].types("/send a") == ""


def test_send_nowhere() -> None:
    alice, noted = visit("")
    alice.types("/send a")
    assert NO_FILES in alice.shown
    alice, noted = visit()
    alice.hear(":alice!a@h PART #general\n")
    alice.types("/send a")
    assert "You are not in general." in alice.shown
    assert not noted.uploads


def test_another_host_is_asked_about() -> None:
    """A server cannot direct the password elsewhere."""
    alice, noted = visit("https://evil.example/files")
    alice.types("/send a")
    assert "another host, evil.example, which would get your file and your account" in alice.shown
    alice.types("/no")
    assert not noted.uploads
    alice.types("/send a")
    alice.types("/yes")
    assert [upload[1] for upload in noted.uploads] == ["https://evil.example/files"]
    alice.server(":s 005 alice draft/FILEHOST=http://evil.example/files :are\n")
    alice.types("/send b")
    assert "in clear text" in alice.shown
    assert len(noted.uploads) == 1


def test_get() -> None:
    """Each file has one number; the tag is believed for the first one only, and no other server's
    files have numbers."""
    alice, noted = visit()
    alice.types("/get")
    assert "-- No file has been shown yet." in alice.shown
    alice.server(f"{TAG}:bob!b@h PRIVMSG #general :{TEXT}\n")
    assert "File 1: cat.png, 1.2 MB, image/png\n" in alice.shown
    plain = f"https://192.0.2.7:8080/files/{OTHER_ID}/a%1b%2Fb.txt"
    alice.server(f":bob!b@h PRIVMSG #general :again {URL} and {plain}\n")
    assert re.search(r"File 1: cat\.png\n +File 2: b\.txt\n", alice.shown)
    alice.server(f":bob!b@h PRIVMSG #general :https://evil.example/files/{ID}/a\n")
    assert "File 3" not in alice.shown
    alice.types("/get")
    alice.types("/get 1 my\\ folder/")
    assert [each[:2] for each in noted.downloads] == [(plain, ""), (URL, "my folder/")]
    noted.downloads[0][2](Path("a (1).txt"))
    assert "-- Saved as a (1).txt." in alice.shown
    for wrong in ("/get 3", "/get 0", "/get x"):
        alice.types(wrong)
    assert alice.shown.count("-- There is no file ") == 2
    assert "Usage: /get [N] [PATH]" in alice.shown


def test_hostile_tag() -> None:
    alice, _ = visit()
    tag = "@+chatroom/file=1\\sa/b\\s../\x1b[2J\u202egnp.exe "
    alice.server(f"{tag}:bob!b@h PRIVMSG #general :{URL}\n")
    assert "File 1: [2Jgnp.exe, 1 byte, a/b\n" in alice.shown


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a.png", ("a.png", "")),
        ("a.png look at  this", ("a.png", "look at  this")),
        (r"my\ cat.png look", ("my cat.png", "look")),
        ('"my \\"cat\\".png" look', ('my "cat".png', "look")),
        ("'my \\cat.png' look", ("my \\cat.png", "look")),
        ("'/home/al/my cat.png'", ("/home/al/my cat.png", "")),
        ("'open cat.png", ("'open", "cat.png")),
    ],
)
def test_paths(text: str, parts: tuple[str, str]) -> None:
    assert split_path(text) == parts


def test_completion() -> None:
    """As /send reads it."""
    alice, _ = visit()
    files = ["my cat.png", "my dir/", "me's"]
    alice.chat.context.services.paths = lambda text: [f for f in files if f.startswith(text)]
    completer = ChatCompleter(alice.chat.context, alice.chat.display)

    def completed(line: str) -> list[str]:
        found = completer.complete(line, len(line))
        return [line[: found.start] + each for each in found.candidates]

    assert completed("/send my") == ["/send my\\ cat.png ", "/send my\\ dir/"]
    assert completed("/send my\\ c") == ["/send my\\ cat.png "]
    assert completed('/send "my c') == ['/send "my cat.png" ']
    assert completed("/send me") == ["/send me\\'s "]
    assert completed("/get 12 my\\ d") == ["/get 12 my\\ dir/"]
    assert completed("/send x b") == ["/send x bob "]
    assert len(completed("/send ")) == 3


def test_progress() -> None:
    now = Now("#general", transfer=Progress("holiday.png", 43))
    assert status(now) == "general | holiday… [####......] 43%"
    assert "general | 43%" in list(shorter(now))


def test_invite_link() -> None:
    """By the public address where it is known, otherwise by that of the chat."""
    alice, noted = visit("https://chat.example.org/talk/files")
    alice.types("/invite-link")
    assert alice.shown.endswith("https://chat.example.org/talk/#general\n")
    alice.types("/invite-link tea/cake")
    assert alice.shown.endswith("https://chat.example.org/talk/#tea%2Fcake\n")
    alice, noted = visit("")
    alice.types("/invite-link qr")
    assert "https://chat.example.org:8080/#general\n" in alice.shown
    assert alice.shown.count("█████████") > 5
    noted.home = Home(Address("", 0, "/run/chat"), tls=False)
    alice.types("/invite-link")
    assert "It is not known under which address others reach this server." in alice.shown


def test_qr_code() -> None:
    """A finder pattern within a margin of four modules, and every row of one length."""
    line = qr_code("https://chat.example.org:8080/#general")
    rows = line.text.split("\n")
    assert len({len(row) for row in rows}) == 1
    assert rows[0] == rows[1] == "█" * len(rows[0])
    assert rows[2].startswith("████ ▄▄▄▄▄ █")
    assert [line.text[span.start : span.end] for span in line.spans] == rows
