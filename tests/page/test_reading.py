"""What the page shows of what others say: texts, quotes, reactions, links to messages, searches."""

import re
from collections.abc import Iterator

import pytest

from harness import Client, Server
from page.conftest import Enter, Evaluate, expect, say

NEWEST = ".spoken >> nth=-1"
HIDDEN = "it is \x0301,01a dinosaur\x03"


@pytest.fixture(scope="module")
def bob(server: Server) -> Iterator[Client]:
    """Somebody who talks with an IRC client."""
    with server.join("readbob", "#read", caps="message-tags echo-message") as client:
        yield client


def said(client: Client, text: str, tags: str = "", room: str = "#read") -> str:
    """Says it, and returns its msgid."""
    (echo,) = [
        each for each in client.ask(f"{tags}PRIVMSG {room} :{text}") if each.params[-1] == text
    ]
    return str(echo.tags["msgid"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see `a*b`, and `c`", "see |<a*b>|, and |<c>"),
        ("`http://x.example` is no link", "<http://x.example>| is no link"),
        ("it`s and that`s", "it`s and that`s"),
        ("so:\n```js\nif (`x`) {}\n```\nok", "so:|[if (`x`) {}]|ok"),
        ("``` open", "``` open"),
        ("\x02bold `code`\x02", "bold |<code>"),
    ],
)
def test_code_is_shown_as_code(run: Evaluate, text: str, shown: str) -> None:
    body = """
    const { textNodes } = await import("/ui/rows.js");
    const around = { code: (text) => `<${text}>`, pre: (text) => `[${text}]` };
    return textNodes(it).map((node) => (around[node.localName] ?? String)(node.textContent)).join("|");
    """
    assert run(body, text) == shown


def test_what_is_hidden_stays_hidden_in_quotes_and_aloud(enter: Enter, bob: Client) -> None:
    page = enter("reader", "read")
    msgid = said(bob, HIDDEN)
    expect(page.locator(NEWEST)).to_have_attribute("aria-label", re.compile(r"it is \(spoiler\)$"))
    expect(page.locator("[aria-live=polite]")).to_contain_text("readbob: it is (spoiler)")
    said(bob, "really", f"@+reply={msgid} ")
    expect(page.locator(".quoted")).to_have_text("it is (spoiler)")
    expect(page.locator(NEWEST)).to_have_attribute(
        "aria-label", re.compile("reply to .readbob.: really")
    )
    bob.ask(f"@+draft/react=🎉;+reply={msgid} TAGMSG #read")
    expect(page.get_by_role("button", name="🎉: readbob")).to_have_attribute("title", "readbob")
    page.click(".reaction")
    expect(page.get_by_role("button", name="🎉: readbob, You")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.click(".reaction")
    expect(page.get_by_role("button", name="🎉: readbob", exact=True)).to_be_visible()
    page.click(".quote")
    expect(page.locator(".row:focus .spoiler")).to_be_visible()


def test_each_paragraph_has_its_own_direction_and_colours_their_ground(
    enter: Enter, bob: Client
) -> None:
    page = enter("rtl", "read", color_scheme="dark")
    said(bob, "صباح الخير abc")
    expect(page.locator(f"{NEWEST} >> .text")).to_contain_text("abc")
    side = """(node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      const [text, box] = [range.getBoundingClientRect(), node.getBoundingClientRect()];
      return Math.abs(text.right - box.right) < 2 && text.left - box.left > 40;
    }"""
    assert page.locator(f"{NEWEST} >> .text").evaluate(side), "begins at the right"
    said(bob, "\x0399,08on yellow")
    expect(page.locator(".back-8")).to_have_css("color", "rgb(27, 28, 34)")


def test_a_link_to_a_message_opens_it_in_a_fresh_tab(enter: Enter, server: Server) -> None:
    caps = "message-tags echo-message"
    bea = server.join("farah", "#far", caps=caps)
    ids = [said(bea, f"number {number}", room="#far") for number in range(200)]
    page = enter("linked", "")
    page.goto(f"http://127.0.0.1:{server.port}/#far/{ids[3]}")
    expect(page.locator(".row:focus")).to_contain_text("number 3")
    expect(page.locator(".spoken .text", has_text=re.compile("number [24]$"))).to_have_count(2)
    expect(page.locator(".jump")).to_be_visible()
    assert page.locator(".spoken", has_text="number 199").count() == 0
    page.goto(f"http://127.0.0.1:{server.port}/#far/nonsense")
    expect(page.locator(".note")).to_contain_text("does not exist")


def test_a_search_has_filters_dates_and_leads_to_the_message(enter: Enter, bob: Client) -> None:
    said(bob, "the needle")
    page = enter("seeker", "read")
    say(page, "/search needle from:readbob in:read after:2020-01-01")
    expect(page.locator(".hit")).to_have_text([re.compile("the needle")])
    expect(page.locator(".hit mark")).to_have_text(["needle"])
    words = page.locator("dialog input[type=search]")
    for typed, answer in {
        "needle from:nobody": "Nothing was found.",
        "needle before:2020-01-01": "Nothing was found.",
        "needle before:yesterday": "yesterday is not a date such as 2026-11-20 or 2026-11-20T15:00.",
    }.items():
        words.fill(typed)
        words.press("Enter")
        expect(page.locator("dialog [role=status]")).to_have_text(answer)
    words.fill("needle")
    page.fill("dialog input[type=date] >> nth=1", "2020-01-01")
    words.press("Enter")
    expect(page.locator("dialog [role=status]")).to_have_text("Nothing was found.")
    page.fill("dialog input[type=date] >> nth=1", "2999-01-01")
    words.press("Enter")
    page.click(".hit")
    expect(page.locator(".row:focus")).to_contain_text("the needle")


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("The Needle, needles and 1needle", "needle", ["Needle", "needle"]),
        ("disk was full; disk full", '"disk full" was', ["was", "disk full"]),
        ("begin beginning", "begin*", ["begin", "begin"]),
        ("a+b (c)", "a+b ( *", ["a+b"]),
        ("Über über", "über", ["Über", "über"]),
        ("text", "", []),
    ],
)
def test_what_a_search_has_found_is_marked(
    run: Evaluate, text: str, words: str, found: list[str]
) -> None:
    body = 'const { foundIn } = await import("/protocol/chathistory.js"); return foundIn(...it)'
    parts = run(body, [text, words])
    assert parts[1::2] == found and "".join(parts) == text


def test_comings_and_goings_are_folded(enter: Enter, server: Server) -> None:
    page = enter("watcher", "fold")
    expect(page.locator("textarea")).to_be_focused()
    people = [server.join(f"guest{number}", "#fold") for number in range(4)]
    for each in people[:3]:
        each.ask("PART #fold")
    fold = page.locator(".comings")
    expect(fold).to_have_count(1)
    expect(fold.locator("summary")).to_have_text("4 came, 3 left")
    fold.locator("summary").click()
    expect(fold.locator("li")).to_have_count(7)
