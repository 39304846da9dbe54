"""The page's text field: keys, completion, drafts, unsent lines; and of what one is notified."""

from typing import Any

import pytest

from harness import Server, wait_until
from page.conftest import Enter, Evaluate, expect, say

COMPLETE = """
const { complete } = await import("/ui/completion.js");
const commands = [{ name: "join", usage: "ROOM [KEY]" }, { name: "me", usage: "TEXT" }];
const sources = { names: ["gerd"], emoji: () => [], rooms: ["games", "general"], commands };
return complete(it, it.length, sources, null, 1)?.text ?? null;
"""


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("see #gen", "see #general "),
        ("#ga", "#games "),
        ("/jo", "/join "),
        ("/join ge", "/join general "),
        ("/me ge", "/me gerd "),
        ("a /jo", None),
        ("#", None),
    ],
)
def test_tab_completes_rooms_and_commands(run: Evaluate, typed: str, completed: str | None) -> None:
    assert run(COMPLETE, typed) == completed


def test_arrow_keys_go_through_what_was_sent(enter: Enter) -> None:
    page = enter("writer", "write")
    field = page.locator("textarea")
    for text in ("one", "*two*"):
        say(page, text)
    expect(page.locator(".spoken:not(.sending)")).to_have_count(2)
    for key, value in (("ArrowUp", "*two*"), ("ArrowUp", "one"), ("ArrowUp", "one")):
        field.press(key)
        expect(field).to_have_value(value)
    field.press("ArrowDown")
    expect(field).to_have_value("*two*")
    field.press("End")
    field.type("!")
    field.press("ArrowUp")
    expect(field).to_have_value("*two*!")
    field.fill("")
    page.reload()
    expect(page.locator(".spoken")).to_have_count(2)
    field.press("ArrowUp")
    expect(field).to_have_value("two")


def test_a_reply_and_a_draft_stay_with_their_room(enter: Enter, server: Server) -> None:
    page = enter("drafter", "desk1")
    say(page, "first")
    expect(page.locator(".spoken:not(.sending)")).to_have_count(1)
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("r")
    page.keyboard.type("half")
    say_in(page, "#desk2")
    expect(page.locator(".answering")).to_be_hidden()
    expect(page.locator("textarea")).to_have_value("")
    page.go_back()
    expect(page.locator("textarea")).to_have_value("half")
    expect(page.locator(".answering")).to_contain_text("first")


def say_in(page: Any, room: str) -> None:
    page.evaluate("(room) => { location.hash = room }", room)
    expect(page.locator(".topbar h1")).to_contain_text(room[1:])


def test_unsent_lines_survive_a_reload(enter: Enter, server: Server) -> None:
    page = enter("lossy", "lossy")
    bob = server.join("witness", "#lossy")
    page.evaluate(
        "() => { sessionStorage['chatroom.unsent'] = JSON.stringify({ '#lossy': [{ nick: 'lossy', text: 'kept', kind: 'message', replyTo: '', time: Date.now() }] }) }"
    )
    page.reload()
    expect(page.locator(".unsent")).to_contain_text("Not sent")
    page.click("text=Send again")
    assert bob.wait("PRIVMSG").params[1] == "kept"
    expect(page.locator(".unsent")).to_have_count(0)
    page.reload()
    expect(page.locator(".spoken .text")).to_have_text(["kept"])


def test_each_room_says_of_what_it_notifies(enter: Enter, server: Server) -> None:
    page = enter("notified", "loud")
    page.evaluate("""() => {
      localStorage["chatroom.settings"] = JSON.stringify({ notify: true });
      window.shown = [];
      // The browser's own are nothing that a test can see, and the headless shell has none.
      window.Notification = class {
        static permission = "granted";
        constructor(title, options) {
          window.shown.push(`${title}: ${options.body}`);
        }
      };
    }""")
    bob = server.join("bello", "#loud", "#side")
    say_in(page, "#side")

    def notified_of(level: str) -> Any:
        say_in(page, "#loud")
        page.click("[aria-label='About this room']")
        page.select_option("dialog select", level)
        page.keyboard.press("Escape")
        say_in(page, "#side")
        page.evaluate("() => { window.shown.length = 0 }")
        bob.ask(
            f"PRIVMSG #loud :{level}", f"PRIVMSG #loud :notified: {level}", "PRIVMSG notified :end"
        )
        wait_until(lambda: page.evaluate("() => window.shown.some((each) => each.endsWith('end'))"))
        return page.evaluate("() => window.shown.slice(0, -1)")

    assert notified_of("mentions") == ["bello in loud: notified: mentions"]
    assert notified_of("all") == ["bello in loud: all", "bello in loud: notified: all"]
    assert notified_of("nothing") == []
    expect(page.locator('.side [data-room="#loud"]')).to_have_attribute(
        "aria-label", "loud, 2 unread messages, 1 mention, muted"
    )
