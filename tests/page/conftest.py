"""A headless Chromium, and the page's files on a web server of the test: enough for the sans-I/O core."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

PAGE = Path(__file__).resolve().parents[2] / "lib" / "chatroom" / "page"
CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)

Evaluate = Callable[..., Any]


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
