"""A headless Chromium; the page's files on a web server of the test, enough for the sans-I/O core; and a
real server, with people who open the page."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from chatroom.wire.scram import derive
from harness import FLOOD_OFF, PATIENCE, Server

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

PAGE = Path(__file__).resolve().parents[2] / "lib" / "chatroom" / "page"
CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)

Evaluate = Callable[..., Any]
Enter = Callable[..., Any]

expect: Any = playwright.expect
expect.set_options(timeout=PATIENCE * 1000)


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and writes no log."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One for all tests of a worker: its start takes a second."""
    if not CHROMIUM:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def files() -> Iterator[str]:
    """The address at which the page's files are, without a chat behind them."""
    handler = partial(Quiet, directory=str(PAGE))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def run(browser: Any, files: str) -> Iterator[Evaluate]:
    """Runs the body of an async function that may import modules: `run("...", argument)`.

    The page's own files are in /; `it` is the argument, and a value that JSON can hold comes back.
    """
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{files}/icon.svg")
    yield lambda body, it=None: page.evaluate(f"async (it) => {{ {body} }}", it)
    context.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`OPER root sesame-street` makes an operator of it."""
    root = derive(b"sesame-street", b"0123456789abcdef", 10).text
    more = f"[accounts]\nrounds = 10\n[operators]\npasswords = {{ root = '{root}' }}\n"
    with Server(tmp_path_factory.mktemp("page"), config=FLOOD_OFF + more) as started:
        yield started


@pytest.fixture
def enter(browser: Any, server: Server) -> Iterator[Enter]:
    """Opens the page as a guest: `enter("ann", "room")`. An error in its scripts fails the test."""
    contexts = []
    errors: list[str] = []

    def enter(nick: str, room: str = "", way: str = "", password: str = "", **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"http://127.0.0.1:{server.port}/{f'#{room}' if room else ''}")
        page.fill("#nick", nick)
        if way:
            page.check(f"input[value={way}]", force=True)
            page.fill("#password", password)
        page.keyboard.press("Enter")
        if room and password != "wrong":
            expect(page.locator(".topbar h1")).to_contain_text(room)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert not errors


def say(page: Any, text: str) -> None:
    page.fill("textarea", text)
    page.press("textarea", "Enter")
