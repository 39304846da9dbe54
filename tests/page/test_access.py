"""The page for everybody: what axe-core finds, the accessibility tree, large type, forced colours, less motion."""

from pathlib import Path
from typing import Any

import pytest

from harness import Server
from page.conftest import Enter, expect, say

DIALOGS = {
    "search": ".topbar [aria-label=Search]",
    "about the room": "[aria-label='About this room']",
    "settings": "[aria-label=Settings]",
    "profile": ".people .entry >> nth=0",
    "switcher": ".side header button",
}


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, which a Python package has in it."""
    package = pytest.importorskip(
        "axe_playwright_python", reason="axe-playwright-python is not installed"
    )
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Any, part: str = "html") -> list[str]:
    """What axe-core finds, one line for each node. A look at the whole page takes half a second of
    the processor, so for what has opened look at that alone."""
    found: list[str] = page.evaluate(
        """async (part) => (await axe.run(part, { resultTypes: ["violations"] })).violations
          .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`))""",
        part,
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violations(
    enter: Enter, server: Server, browser: Any, axe: str, scheme: str
) -> None:
    bob = server.join(f"axebob{scheme}", f"#axe{scheme}", caps="message-tags echo-message")
    texts = (
        "hello",
        "`code` \x0304red\x03 \x0301,01hidden\x03 https://a.example/",
        f"axe{scheme}: you",
    )
    *_, echo = bob.ask(*(f"PRIVMSG #axe{scheme} :{each}" for each in texts))[:-1]
    bob.ask(f"@+reply={echo.tags['msgid']};+draft/react=🎉 TAGMSG #axe{scheme}")
    bob.ask(f"@+reply={echo.tags['msgid']} PRIVMSG #axe{scheme} :an answer")
    context = browser.new_context(color_scheme=scheme)
    first = context.new_page()
    first.goto(f"http://127.0.0.1:{server.port}/")
    first.evaluate(axe)
    assert violations(first) == []
    context.close()
    page = enter(f"axe{scheme}", f"axe{scheme}", color_scheme=scheme)
    expect(page.locator(".reaction")).to_be_visible()
    page.evaluate(axe)
    page.locator(".spoken >> nth=-1").hover()
    assert violations(page) == []
    for name, opener in DIALOGS.items() if scheme == "light" else ():
        page.click(opener)
        expect(page.locator("dialog")).to_be_visible()
        assert violations(page, "dialog") == [], name
        page.keyboard.press("Escape")
    if scheme == "dark":
        return  # the same parts in the same colours
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("?")
    assert violations(page, "dialog") == [], "keys"
    page.keyboard.press("Escape")
    page.click(".field [aria-label=Emoji]")
    assert violations(page, ".picker:popover-open") == [], "emoji"
    page.keyboard.press("Escape")
    page.click("[aria-label='Find or create a room']")
    expect(page.locator(".card").first).to_be_visible()
    assert violations(page) == [], "rooms"


def test_the_accessibility_tree_says_what_is_what(enter: Enter, server: Server) -> None:
    page = enter("treeann", "tree")
    say(page, "hello `you`")
    expect(page.locator(".spoken:not(.sending)")).to_have_count(1)
    expect(page.locator("body")).to_match_aria_snapshot("""
      - button "Skip to the text field"
      - navigation "Rooms":
        - button /Go to a room or person/
        - region "Rooms":
          - button "Find or create a room"
          - list:
            - listitem:
              - button "tree"
        - button "Settings"
      - main:
        - heading "tree" [level=1]
        - button "Search"
        - 'button "People: 1 person here" [expanded]'
        - button "About this room"
        - region "Conversation":
          - log "Messages":
            - separator: Today
            - article /treeann.*hello you/
        - form "Write":
          - button "Emoji"
          - textbox "Message"
          - button "Send"
      - complementary "People":
        - heading "1 person" [level=2]
    """)


def test_large_type_forced_colours_and_less_motion(enter: Enter, server: Server) -> None:
    # 1180 pixels at 200 % are 590 for the page.
    options: dict[str, Any] = {
        "viewport": {"width": 590, "height": 380},
        "reduced_motion": "reduce",
    }
    page = enter("large", "large", forced_colors="active", **options)
    say(page, "||secret|| word " * 40)
    expect(page.locator(".spoiler").first).to_be_visible()
    expect(page.locator("textarea")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator(".scroller").evaluate("(node) => node.clientHeight") > 120
    colours = "(node) => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor]"
    text, ground = page.locator(".spoiler").first.evaluate(colours)
    assert text in (ground, "rgba(0, 0, 0, 0)"), "what is hidden stays hidden"
    page.click(".topbar [aria-label^=Rooms]")
    side = page.locator(".side")
    expect(side).to_be_visible()
    assert side.evaluate("(node) => parseFloat(getComputedStyle(node).transitionDuration)") < 0.001
