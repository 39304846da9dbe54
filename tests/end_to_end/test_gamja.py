"""gamja, a web client of somebody else, unbuilt in Chromium, against our WebSocket.

CHATROOM_GAMJA names a folder with its sources, and `npm install --production` done in it.
"""

import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness import PATIENCE, Server

CHROMIUM = Path("/usr/bin/chromium")
SOURCES = Path(os.environ.get("CHATROOM_GAMJA", "-"))
LINES = 300

pytestmark = [
    pytest.mark.foreign,
    pytest.mark.slow,
    pytest.mark.skipif(not SOURCES.is_dir(), reason="CHATROOM_GAMJA names no folder with gamja"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    """Where its files are served."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(SOURCES)))
    threading.Thread(target=http.serve_forever).start()
    yield f"http://127.0.0.1:{http.server_address[1]}"
    http.shutdown()
    http.server_close()


def test_it_joins_talks_and_pages_back(tmp_path: Path, site: str) -> None:
    """To the first line that was ever said, and at the address that it takes by itself."""
    api = pytest.importorskip("playwright.sync_api")
    config = f'[limits]\nflood_rate = 0\n[web]\norigins = ["{site}"]\n'
    with Server(tmp_path, config=config) as server, api.sync_playwright() as playwright:
        bob = server.join("bob", "#general")
        bob.ask(*(f"PRIVMSG #general :line {number}." for number in range(LINES)))
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox"], timeout=PATIENCE * 1000
        )
        page = browser.new_page()
        socket = f"ws://127.0.0.1:{server.port}/socket"
        page.goto(f"{site}/?server={socket}&channels=%23general&nick=gam")
        page.click("form button")
        page.wait_for_selector(f"text=line {LINES - 1}.")
        page.fill("#composer input", "hello from gamja")
        page.keyboard.press("Enter")
        bob.wait("PRIVMSG", "#general", "hello from gamja")
        bob.send("PRIVMSG #general :hello gamja")
        page.wait_for_selector("text=hello gamja")
        page.wait_for_function(
            """() => {
                document.querySelector("#buffer").scrollTop = 0;
                return document.body.innerText.includes("line 0.");
            }"""
        )
        browser.close()
