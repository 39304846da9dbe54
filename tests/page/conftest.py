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
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The best first. The shell is Chromium without its windows and toolbars, which take as much of the
processor as the page, although nobody sees them."""
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)

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


ALIKE = {
    "viewport": {"width": 1280, "height": 720},
    "color_scheme": "light",
    "reduced_motion": "no-preference",
    "forced_colors": "none",
}
"""What a tab can change about itself; any other option needs a tab that ends with its test."""


class Tabs:
    """Tabs that tests use one after the other, each with a context of its own.

    A new one takes a second of the processor: a new process that has to load, compile and warm up
    all of the page's modules. In one that has had the page before, they take a quarter of it.
    """

    def __init__(self, browser: Any) -> None:
        self._browser = browser
        self._free: list[Any] = []
        self.errors: list[str] = []
        """What went wrong in the scripts of all of them."""

    def take(self, **options: Any) -> Any:
        if not options.keys() <= ALIKE.keys():
            return self._new(**options)
        page = self._free.pop() if self._free else self._new()
        wanted = {**ALIKE, **options}
        page.set_viewport_size(wanted.pop("viewport"))
        page.emulate_media(**wanted)
        return page

    def _new(self, **options: Any) -> Any:
        page = self._browser.new_context(**options).new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def clear(self, page: Any, address: str) -> bool:
        """Leave the page, and forget what it had stored: at a file of the same server, since a
        browser keeps that for each server, and starts another process for another. Returns
        whether another test can use the tab: a routed WebSocket stays so to its end."""
        if any(each._impl_obj._web_socket_routes for each in (page, page.context)):
            page.context.close()
            return False
        page.unroute_all()
        page.context.unroute_all()
        page.goto(f"{address}/icon.svg")
        page.evaluate("() => { localStorage.clear(); sessionStorage.clear() }")
        page.context.clear_cookies()
        return True

    def put_back(self, page: Any) -> None:
        self._free.append(page)


@pytest.fixture(scope="session")
def tabs(browser: Any) -> Tabs:
    """They end with the browser."""
    return Tabs(browser)


@pytest.fixture
def enter(tabs: Tabs, server: Server) -> Iterator[Enter]:
    """Opens the page as a guest: `enter("ann", "room")`. An error in its scripts fails the test."""
    address = f"http://127.0.0.1:{server.port}"
    shared: list[Any] = []
    own: list[Any] = []
    tabs.errors.clear()

    def enter(nick: str, room: str = "", way: str = "", password: str = "", **options: Any) -> Any:
        page = tabs.take(**options)
        (shared if options.keys() <= ALIKE.keys() else own).append(page)
        page.goto(f"{address}/{f'#{room}' if room else ''}")
        page.fill("#nick", nick)
        if way:
            page.check(f"input[value={way}]", force=True)
            page.fill("#password", password)
        page.keyboard.press("Enter")
        if room and password != "wrong":
            expect(page.locator(".topbar h1")).to_contain_text(room)
        return page

    yield enter
    for page in own:
        page.context.close()
    for page in [page for page in shared if tabs.clear(page, address)]:
        tabs.put_back(page)
    assert not tabs.errors


def say(page: Any, text: str) -> None:
    page.fill("textarea", text)
    page.press("textarea", "Enter")
