"""Files on the page: sent with a text, shown to others, taken back; and what goes wrong."""

import json
import re
import shutil
import struct
import subprocess
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from end_to_end.terminal import Terminal
from harness import FLOOD_OFF, Server, wait_until
from page.conftest import Enter, expect, say

NEWEST = ".spoken >> nth=-1"
CONFIG = "[accounts]\nrounds = 10\n[files]\nkeep_free = 0\nsize = 1\nquota = 2\n"
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Takes files of one MB from people with an account."""
    with Server(tmp_path_factory.mktemp("page-files"), config=FLOOD_OFF + CONFIG) as started:
        yield started


def png(width: int, height: int, level: int = 6) -> bytes:
    """A white picture, one bit for each pixel: 30,000 x 30,000 have 100 KB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    row = b"\0" + b"\xff" * ((width + 7) // 8)
    packer = zlib.compressobj(level)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def choose(page: Any, *files: tuple[str, str, bytes]) -> None:
    expect(page.get_by_role("button", name="Send files")).to_be_visible()
    rows = [{"name": name, "mimeType": kind, "buffer": data} for name, kind, data in files]
    page.set_input_files("input[type=file]", rows)


BRING = """
([how, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  const init = { bubbles: true, cancelable: true, clipboardData: transfer, dataTransfer: transfer };
  const make = { paste: ClipboardEvent, drop: DragEvent, dragenter: DragEvent }[how];
  document.querySelector(how === "paste" ? "textarea" : ".topbar").dispatchEvent(new make(how, init));
}
"""


FILM = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
  const context = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: "video/webm" });
  const data = new Promise((resolve) => (recorder.ondataavailable = (event) => resolve(event.data)));
  recorder.start();
  for (let frame = 0; frame < 5; frame += 1) {
    context.fillRect(frame, 0, 30, 30);
    await new Promise(requestAnimationFrame);
  }
  recorder.stop();
  return btoa(String.fromCharCode(...new Uint8Array(await (await data).arrayBuffer())));
}"""


PASTE_TEXT = """
(text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const event = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData });
  return document.querySelector("textarea").dispatchEvent(event);
}
"""


def bring(page: Any, how: str, name: str, kind: str, data: bytes) -> None:
    """Paste a file, or drop it on the window."""
    page.evaluate(BRING, [how, name, kind, b64encode(data).decode()])


def test_a_pasted_text_that_would_be_cut_becomes_a_file(enter: Enter) -> None:
    ida = enter("ida", "pastes", way="register", password=PASSWORD)
    expect(ida.get_by_role("button", name="Send files")).to_be_visible()
    assert ida.evaluate(PASTE_TEXT, "x" * 20_000)  # the field takes it
    expect(ida.locator(".upload")).to_have_count(0)
    ida.fill("textarea", "y")
    assert not ida.evaluate(PASTE_TEXT, "x" * 20_000)
    expect(ida.locator(".upload .name")).to_have_text(["text.txt"])
    expect(ida.locator("textarea")).to_have_value("y")
    guest = enter("guestly", "pastes")
    expect(guest.get_by_role("button", name="Send files")).to_be_visible()
    assert not guest.evaluate(PASTE_TEXT, "x" * 20_001)
    expect(guest.get_by_text("That is too long for a message.").first).to_be_visible()
    expect(guest.locator(".upload")).to_have_count(0)


def test_files_are_sent_shown_and_taken_back(enter: Enter, server: Server) -> None:
    ann = enter("ann", "show", way="register", password=PASSWORD)
    raw = server.join("raw", "#show")
    raw.ask("CAP REQ :message-tags")
    guest = enter("guest", "show", color_scheme="dark")
    choose(ann, ("a cat.png", "image/png", png(60, 40)))
    bring(ann, "dragenter", "b.pdf", "application/pdf", b"%PDF-1.7")
    expect(ann.locator(".drop-target")).to_contain_text("show")
    bring(ann, "drop", "b.pdf", "application/pdf", b"%PDF-1.7")
    expect(ann.locator(".drop-target")).to_be_hidden()
    bring(ann, "paste", "c.txt", "text/plain", b"some text")
    bring(ann, "paste", "wide.png", "image/png", png(4000, 100, 0))
    expect(ann.locator(".upload .name")).to_have_text(["a cat.png", "b.pdf", "c.txt", "wide.png"])
    ann.check("text=Smaller: 2048 × 51")
    ann.click("[aria-label='Remove c.txt']")
    say(ann, "*look*")
    said = [raw.wait("PRIVMSG") for _ in range(3)]
    address = r"http://127\.0\.0\.1:\d+/files/[\w-]{22}"
    assert re.fullmatch(
        rf"\x02look\x02 a cat\.png \(\d+ bytes\) {address}/a%20cat\.png", said[0].params[1]
    )
    assert re.fullmatch(rf"b\.pdf \(8 bytes\) {address}/b\.pdf", said[1].params[1])
    assert said[1].tags["+chatroom/file"] == "8 application/pdf b.pdf"
    assert [each.tags.get("+chatroom/image") for each in said] == ["60x40", None, "2048x51"]
    expect(ann.locator(".tray")).to_be_hidden()
    expect(guest.locator(".spoken .text")).to_have_text(["look"])
    expect(guest.locator(".picture img.loaded")).to_have_count(2)
    expect(guest.get_by_role("button", name="a cat.png")).to_have_css("height", "48px")
    with guest.expect_download() as download:
        guest.click("text=b.pdf")
    assert download.value.suggested_filename == "b.pdf"
    # The lightbox holds the focus, and gives it back.
    guest.get_by_role("button", name="a cat.png").click()
    dialog = guest.get_by_role("dialog", name="a cat.png")
    expect(dialog).to_contain_text("1 of 2")
    guest.keyboard.press("ArrowRight")
    expect(guest.get_by_role("dialog", name="wide.png")).to_contain_text("2 of 2")
    guest.keyboard.press("Escape")
    expect(guest.get_by_role("button", name="a cat.png")).to_be_focused()
    # With the message goes its file, also from the lightbox.
    guest.get_by_role("button", name="a cat.png").click()
    path = guest.locator(".picture img >> nth=0").get_attribute("src")
    ann.locator(".spoken >> nth=0").hover()
    ann.click(".tools [aria-label=Delete]")
    ann.click("dialog .primary")
    for page in (ann, guest):
        expect(page.locator(".redacted")).to_have_text("Message deleted")
        expect(page.locator(".picture")).to_have_count(1)
    expect(guest.locator("dialog")).to_have_count(0)
    guest.evaluate("async (path) => { while ((await fetch(path)).ok); }", path)
    choose(ann, ("film.webm", "video/webm", b64decode(ann.evaluate(FILM))))
    ann.press("textarea", "Enter")
    film = guest.locator("video")
    expect(film).to_have_css("aspect-ratio", "64 / 48")
    wait_until(lambda: film.evaluate("(node) => node.readyState >= 2"))  # a first frame
    choose(guest, ("x.txt", "text/plain", b"x"))
    expect(guest.locator(".note.alarm")).to_contain_text("only people with an account")


def test_what_goes_wrong_is_said_and_can_be_tried_again(enter: Enter) -> None:
    ann = enter("anna", "woe", way="register", password=PASSWORD)
    choose(ann, ("large.zip", "application/zip", bytes(1_000_001)))
    expect(ann.locator(".note.alarm")).to_contain_text(
        "large.zip is too large: a file may have 1.0 MB"
    )
    # The quota of the account has room for two.
    names = [f"{name}.bin" for name in "abc"]
    choose(ann, *((name, "", name.encode() * 170_000) for name in names))
    say(ann, "three")
    failed = ann.locator(".upload.failed")
    expect(failed).to_contain_text("more than the 2.0 MB")
    expect(ann.locator(".file-card")).to_have_count(2)
    ann.locator(".spoken", has=ann.locator(".file-card")).last.hover()
    ann.click(".tools [aria-label=Delete]")
    ann.click("dialog .primary")
    expect(ann.locator(".redacted")).to_be_visible()
    while failed.count():  # the file goes a moment after its message
        failed.get_by_role("button", name="Try again").click()
        expect(ann.locator(".upload progress")).to_have_count(0)
    expect(ann.locator(".file-card")).to_have_count(2)
    # Cancelled: the text returns to where it was written.
    ann.context.route("**/files", lambda route: None, times=1)
    choose(ann, ("slow.txt", "text/plain", b"x"))
    say(ann, "by and by")
    ann.click("[aria-label='Cancel slow.txt']")
    expect(ann.locator(".tray")).to_be_hidden()
    expect(ann.locator("textarea")).to_have_value("by and by")
    ann.fill("textarea", "")
    ann.context.route("**/files", lambda route: route.abort(), times=1)
    choose(ann, ("lost.txt", "text/plain", b"x"))
    ann.press("textarea", "Enter")
    expect(failed).to_contain_text("connection was lost")
    failed.get_by_role("button", name="Try again").click()
    expect(ann.locator(".file-card >> nth=-1")).to_contain_text("lost.txt")
    # The server is about to continue in another process: the page tries again by itself.
    busy = {"status": 503, "headers": {"Retry-After": "0"}, "body": "Try again."}
    ann.context.route("**/files", lambda route: route.fulfill(**busy), times=1)
    choose(ann, ("again.txt", "text/plain", b"x"))
    ann.press("textarea", "Enter")
    expect(ann.locator(".file-card >> nth=-1")).to_contain_text("again.txt")


def test_without_a_connection_the_message_of_a_stored_file_waits(
    enter: Enter, server: Server
) -> None:
    ann = enter("annie", "gap", way="register", password=PASSWORD)
    expect(ann.locator(".topbar h1")).to_contain_text("gap")
    held: list[Any] = []
    ann.context.route("**/files", lambda route: held.append(route), times=1)
    choose(ann, ("kept.txt", "text/plain", b"x"))
    with ann.expect_request("**/files"):
        say(ann, "here")
    ann.context.route_web_socket("**/irc", lambda socket: socket.close())
    say(ann, "/reconnect")
    expect(ann.locator(".connection-bar")).to_be_visible()
    held[0].continue_()
    expect(ann.locator(".spoken.failed .file-card")).to_contain_text("kept.txt")
    expect(ann.locator(".unsent")).to_contain_text("Not sent")


def test_hostile_messages_show_nothing_that_they_are_not(enter: Enter, server: Server) -> None:
    ann = enter("anton", "mire", way="register", password=PASSWORD)
    choose(
        ann,
        ("page.png", "image/png", b"<html><script>alert(1)</script>"),
        ("huge.png", "application/octet-stream", png(20_000, 20_000)),
        ("small.png", "image/png", png(40, 30)),
    )
    ann.press("textarea", "Enter")
    expect(ann.locator(".picture img.loaded")).to_have_count(1)
    expect(ann.locator(".file-card")).to_have_text(
        [
            re.compile(r"page\.png.*31 bytes · file"),
            re.compile("20000 × 20000, too large to show"),
        ]
    )
    small = ann.locator(".picture img").get_attribute("src")
    own = f"http://127.0.0.1:{server.port}"
    evil = server.join("evil", "#mire")
    evil.ask("CAP REQ :message-tags")
    asked: list[str] = []
    ann.on("request", lambda request: asked.append(request.url))
    evil.ask(
        f"PRIVMSG #mire :{own}{small}",  # as IRC clients with FILEHOST say it
        f"PRIVMSG #mire :other name http://localhost:1{small}",
        f"PRIVMSG #mire :gone {own}/files/{'b' * 22}/gone.png",
        "@+chatroom/file=9\\simage/png\\se.png PRIVMSG #mire "
        f":e.png (9 bytes) http://evil.example/files/{'a' * 22}/e.png",
        f"@+chatroom/file=9\\svideo/mp4\\s\u202egpj.exe PRIVMSG #mire :{own}{small}",
        "@+chatroom/file=9\\simage/png\\sx;+chatroom/image=999999x1 PRIVMSG #mire "
        f":x (9 bytes) {own}{small}",
    )  # fmt: skip
    expect(ann.locator(".picture img.loaded")).to_have_count(4)
    expect(ann.locator(".file-card", has_text="This file was removed.")).to_have_count(1)
    # What is no film has no first frame, and becomes a card.
    expect(ann.locator(".file-card >> nth=-1")).to_contain_text(re.compile("gpj.exe.*image/png"))
    expect(ann.locator(".spoken .text >> nth=-1")).to_contain_text("http://evil.example/")
    assert ann.locator(".picture >> nth=-1").bounding_box()["height"] == 48
    assert asked and all(url.startswith(own) for url in asked)
    evil.ask(*(f"PRIVMSG #mire :{own}{small}#{number}" for number in range(50)))
    expect(ann.locator(".picture")).to_have_count(54)
    expect(ann.locator(".picture img >> nth=-1")).to_have_class("loaded")


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_a_page_a_terminal_and_curl_in_one_room(
    enter: Enter, server: Server, tmp_path: Path
) -> None:
    """ "Done when" of the web door: whatever one uses, one is in the same room."""
    ann = enter("carla", "general", way="register", password=PASSWORD)
    place = ["127.0.0.1", str(server.port), "--room", "general", "--nick", "tim"]
    home = {"HOME": str(tmp_path)}
    with Terminal(*place, columns=150, directory=tmp_path, environment=home) as tim:
        tim.see("Welcome to room general!")
        say(ann, "hello from the *page*")
        tim.see("hello from the page").say("hello from the terminal")
        expect(ann.locator(".spoken .text >> nth=-1")).to_have_text("hello from the terminal")
        picture = png(300, 200)
        choose(ann, ("a cat.png", "image/png", picture))
        say(ann, "my cat")
        tim.see("my cat a cat.png").see("File 1: a cat.png, .*, image/png")
        tim.say("/get 1").see("Saved as .*a cat.png")
        assert (tmp_path / "a cat.png").read_bytes() == picture
        url = f"http://127.0.0.1:{server.port}/rooms/general"
        command = ["curl", "-sS", "-u", f"carla:{PASSWORD}", "-d", "deploy finished", url]
        said = subprocess.run(command, capture_output=True, check=True, cwd=tmp_path)
        assert json.loads(said.stdout)["msgid"]
        tim.see("deploy finished")
        expect(ann.locator(".spoken .text >> nth=-1")).to_have_text("deploy finished")
