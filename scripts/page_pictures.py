"""Write the pictures of the web page in README.md: docs/page-light.png, -dark.png and -phone.png.

usage: .venv/bin/python scripts/page_pictures.py [DIRECTORY]

Needs the development packages, Debian's `chromium`, and its `fonts-noto-color-emoji`: without that
font emoji are boxes. A server of its own has a made-up conversation on a made-up morning; its clock
and the browser's are set, so that the pictures change only where the page does.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "lib"))

from pictured.chat import Chat, chat  # noqa: E402
from pictured.talk import HOME, ME, NOW, PASSWORD, READ_UNTIL, TOPICS, seconds  # noqa: E402

WIDE = {"viewport": {"width": 1120, "height": 876}}
VIEWS: dict[str, dict[str, Any]] = {
    "light": {**WIDE, "color_scheme": "light"},
    "dark": {**WIDE, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 390, "height": 780},
        "device_scale_factor": 1.5,
        "has_touch": True,
        "is_mobile": True,
        "color_scheme": "light",
    },
}


def main() -> None:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs"
    with chat() as library, browser() as chromium:
        for name, options in VIEWS.items():
            page = visit(chromium, library, **options)
            page.screenshot(path=str(directory / f"page-{name}.png"))
            page.context.close()


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium: that of CHROMIUM in the environment, or of PATH."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


def visit(chromium: Any, library: Chat, **options: Any) -> Any:
    """The page as Maya sees it, who has not yet read the last minutes of this morning."""
    context = chromium.new_context(locale="en-GB", timezone_id="UTC", **options)
    kept = {"read": dict.fromkeys(TOPICS, seconds(READ_UNTIL) * 1000), "rooms": [*TOPICS]}
    for name, value in kept.items():
        context.add_init_script(f"localStorage['chatroom.{name}'] ??= '{json.dumps(value)}'")
    page = context.new_page()
    page.clock.set_fixed_time(seconds(NOW))
    page.goto(f"http://127.0.0.1:{library.port}/{HOME}")
    page.fill("#nick", ME)
    page.check("input[value=login]", force=True)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".topbar h1:has-text('general')")
    page.wait_for_selector(".reaction >> nth=-1")
    library.people["Theo"].ask(f"@+typing=active TAGMSG {HOME}")
    page.wait_for_selector(".typing .nick")
    page.mouse.move(0, 0)
    return page


if __name__ == "__main__":
    main()
