"""The page in Chromium, with a real server behind it: what a guest does in a conversation."""

import re
from pathlib import Path
from typing import Any

import pytest

from harness import Server, fresh
from page.conftest import Enter, expect, say

NEWEST = ".spoken >> nth=-1"


def entry(page: Any, room: str) -> Any:
    return page.locator(f'.side [data-room="{room}"]')


def test_a_guest_gives_a_name_chooses_a_room_and_talks(enter: Enter, server: Server) -> None:
    bob = server.join("bob", "#garden")
    bob.ask("TOPIC #garden :Roses", "PRIVMSG #garden :said before")
    ann = enter("ann")
    card = ann.locator(".card", has_text="garden")
    expect(card).to_contain_text("1 person")
    card.click()
    expect(ann.locator(".topic")).to_have_text("Roses")
    expect(ann.locator(NEWEST)).to_contain_text("said before")
    expect(ann.locator(".row.day")).to_have_text("Today")
    expect(ann.locator(".who-am-i")).to_have_text("annGuest")
    expect(ann.locator(".people .entry")).to_have_text([re.compile("bob"), re.compile("ann")])
    expect(ann.locator(".people h3")).to_have_text(["Operators1", "People1"])
    say(ann, "hello *there* https://a.example/")
    assert bob.wait("PRIVMSG").params == ("#garden", "hello \x02there\x02 https://a.example/")
    expect(ann.locator(f"{NEWEST} >> .bold")).to_have_text("there")
    expect(ann.locator(f"{NEWEST} >> a")).to_have_attribute("rel", re.compile("noopener"))
    expect(ann.locator(".sending")).to_have_count(0)


@pytest.mark.parametrize("address", ["%00", "a%0Ab", "@", "@%00", "@:x", "lost/%0D%0A"])
def test_an_address_that_names_nothing_is_ignored(enter: Enter, address: str) -> None:
    """An exception stopped the page before it knew the person's own name."""
    page = enter("stray", "lost")
    page.evaluate("(address) => { location.hash = address }", address)
    page.reload()
    expect(page.locator(".who-am-i")).to_contain_text("stray")
    expect(page.locator(".topbar h1")).to_contain_text("lost")


def test_a_name_in_use_is_refused_in_words(enter: Enter, server: Server) -> None:
    kept = server.join("taken")
    page = enter("taken")
    expect(page.locator(".error")).to_contain_text("already in use")
    page.fill("#nick", fresh("free"))
    page.keyboard.press("Enter")
    expect(page.locator(".browse")).to_be_visible()
    kept.close()


def test_unread_and_mentions_are_counted_until_the_room_is_seen(
    enter: Enter, server: Server
) -> None:
    bob = server.join("bert", "#first", "#second")
    ann = enter("anna", "first")
    ann.evaluate("() => { location.hash = '#second' }")
    expect(ann.locator(".topbar h1")).to_contain_text("second")
    bob.ask("PRIVMSG #first :one", "PRIVMSG #first :two", "PRIVMSG #first :\x01ACTION waves\x01")
    expect(entry(ann, "#first").locator(".badge")).to_have_text("3")
    bob.ask("PRIVMSG #first :anna: look", "PRIVMSG anna :psst")
    expect(entry(ann, "#first").locator(".badge.mentions")).to_have_text("1")
    expect(entry(ann, "bert").locator(".badge.mentions")).to_have_text("1")
    assert ann.title().startswith("(2) ")
    ann.keyboard.press("Alt+a")
    ann.keyboard.press("Alt+a")
    expect(ann.locator(".side .badge")).to_have_count(0)
    expect(ann.locator(".row.mention")).to_contain_text("anna: look")
    ann.click("[aria-label='About this room']")
    expect(ann.locator("dialog")).to_be_visible()
    ann.go_back()
    expect(ann.locator(".topbar h1")).to_have_text("bert")
    expect(ann.locator("dialog")).to_have_count(0)  # it was about the other room
    bob.close()


def test_replies_reactions_and_deletions_reach_everybody(enter: Enter, server: Server) -> None:
    ann, cy = enter("anne", "marks"), enter("cyd", "marks")
    say(ann, "an idea")
    cy.locator(NEWEST).hover()
    cy.click(".tools [aria-label=Reply]")
    say(cy, "a good one")
    expect(ann.locator(".quote")).to_contain_text("an idea")
    ann.locator(NEWEST).hover()
    ann.click(".tools [aria-label=React]")
    ann.click(".picker:popover-open button >> nth=0")
    expect(cy.locator(".reaction")).to_have_attribute("aria-label", re.compile("anne"))
    cy.click(".reaction")
    expect(ann.locator(".reaction .number")).to_have_text("2")
    expect(ann.locator(".reaction")).to_have_attribute("aria-pressed", "true")
    cy.type("textarea", "hm")
    expect(ann.locator(".typing")).to_have_text("cyd is typing …")
    cy.fill("textarea", "")
    expect(ann.locator(".typing")).to_have_text("")
    ann.locator(".spoken >> nth=0").hover()
    ann.click(".tools [aria-label=Delete]")
    ann.click("dialog .primary")
    expect(cy.locator(".redacted")).to_have_text("Message deleted")
    expect(cy.locator(".quote")).to_contain_text("Message deleted")


def test_a_long_history_is_paged_both_ways_with_few_rows(enter: Enter, server: Server) -> None:
    bob = server.join("ben", "#long")
    bob.ask(*(f"PRIVMSG #long :line {number}" for number in range(1000)))
    ann = enter("annie", "long")
    expect(ann.locator(NEWEST)).to_contain_text("line 999")
    seen = ann.evaluate(
        """async () => {
          const scroller = document.querySelector(".scroller");
          const first = () => document.querySelector(".spoken .text").textContent;
          let most = 0;
          while (first() !== "line 0") {
            scroller.scrollTop = 0;
            await new Promise(requestAnimationFrame);
            most = Math.max(most, document.querySelectorAll(".row").length);
          }
          return most;
        }"""
    )
    assert 300 < seen <= 500
    place = ann.evaluate("document.querySelector('.scroller').scrollTop")
    bob.ask("PRIVMSG #long :said meanwhile")
    expect(ann.locator(".jump")).to_contain_text("1 new message")
    assert ann.evaluate("document.querySelector('.scroller').scrollTop") == place
    ann.click(".jump")
    expect(ann.locator(NEWEST)).to_contain_text("said meanwhile")
    expect(ann.locator(".jump")).to_be_hidden()
    # A link to a message opens it in its context; from there the pages lead back to now.
    ann.click("[aria-label=Search]")
    ann.fill("dialog input[type=search]", '"line 500"')
    ann.keyboard.press("Enter")
    ann.click(".hit")
    expect(ann.locator(".row:focus")).to_contain_text("line 500")
    ann.evaluate(
        """async () => {
          const scroller = document.querySelector(".scroller");
          while (![...document.querySelectorAll(".text")].at(-1).textContent.endsWith("meanwhile")) {
            scroller.scrollTop = scroller.scrollHeight;
            await new Promise(requestAnimationFrame);
          }
        }"""
    )
    texts = [text for text in ann.locator(".spoken .text").all_inner_texts() if "line" in text]
    assert texts == [f"line {number}" for number in range(1000 - len(texts), 1000)]


def test_after_a_crash_of_the_server_no_line_is_missing_or_doubled(
    browser: Any, tmp_path: Path
) -> None:
    with Server(tmp_path / "one") as server:
        page = browser.new_context().new_page()
        page.goto(f"http://127.0.0.1:{server.port}/#home")
        page.fill("#nick", "ann")
        page.keyboard.press("Enter")
        expect(page.locator(".topbar h1")).to_contain_text("home")
        say(page, "before")
        expect(page.locator(".spoken:not(.sending)")).to_have_count(1)
        page.fill("textarea", "a draft")
        port = server.port
        server.process.kill()
        server.process.wait()
    expect(page.locator(".connection-bar")).to_be_visible()
    say(page, "unsent")
    expect(page.locator(".unsent")).to_contain_text("Not sent")
    expect(page.locator(".failed .who")).to_have_text("ann")
    with Server(tmp_path / "one", "--listen", f"127.0.0.1:{port}", listen=False) as again:
        again.port = port
        bob = again.join("bob", "#home")
        bob.ask("PRIVMSG #home :meanwhile")
        page.evaluate("() => dispatchEvent(new Event('online'))")
        expect(page.locator(".connection-bar")).to_be_hidden()
        page.click("text=Send again")
        assert bob.wait("PRIVMSG").params[1] == "unsent"
        expect(page.locator(".spoken .text")).to_have_text(["before", "meanwhile", "unsent"])
        page.context.close()


HOSTILE = [
    "\u202eright to left",
    "Z" + "\u0353\u036b\u0314" * 40,
    "w" * 300,
    "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "http://" + "a" * 250 + ".example/",
    "\x0301,01hidden\x03 \x0308,07x\x0f \x02\x1d\x1f\x1e\x11\x16all",
    "javascript:alert(1)",
    "```",
]


def test_hostile_texts_stay_in_order(enter: Enter, server: Server) -> None:
    evil = server.join("evil", "#mire")
    evil.ask(f"TOPIC #mire :\u202e{'long' * 80}", *(f"PRIVMSG #mire :{each}" for each in HOSTILE))
    phone = enter("phone", "mire", viewport={"width": 360, "height": 740}, has_touch=True)
    expect(phone.locator(".spoken .text")).to_have_count(len(HOSTILE))
    assert phone.locator(".spoken img, .spoken script").count() == 0
    assert phone.locator(".spoken a").count() == 1
    assert not phone.evaluate(
        """() => [".scroller", ".topbar", ".main"].some((each) => {
          const node = document.querySelector(each);
          return node.scrollWidth > node.clientWidth;
        }) || document.documentElement.scrollWidth > innerWidth"""
    )
    phone.click(".spoiler")
    expect(phone.locator(".spoiler-shown")).to_have_text("hidden")
    expect(phone.locator(".topbar .dot")).to_be_hidden()
    evil.send("PRIVMSG phone :psst")
    expect(phone.locator(".topbar .dot")).to_have_text("1")
    phone.click("[aria-label='Rooms, 1 mention']")
    entry(phone, "evil").click()
    expect(phone.locator(".topbar h1")).to_have_text("evil")
    expect(phone.locator(".side")).to_be_hidden()
    phone.locator(".spoken").first.hover()
    expect(phone.locator(".tools")).to_be_visible()
    small = phone.evaluate(
        """() => [...document.querySelectorAll(".topbar button, .composer button, .tools button")]
          .filter((each) => each.offsetParent && !each.matches(".topic"))
          .filter((each) => Math.min(each.offsetWidth, each.offsetHeight) < 44).map((each) => each.ariaLabel)"""
    )
    assert small == [], "targets of a finger have 44 pixels"


def test_the_keyboard_is_enough(enter: Enter, server: Server) -> None:
    bob = server.join("bruno", "#keys")
    bob.ask("PRIVMSG #keys :first", "PRIVMSG #keys :second")
    page = enter("key")
    expect(page.locator(".card").first).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("keys")
    page.keyboard.press("Enter")
    expect(page.locator(".spoken")).to_have_count(2)
    expect(page.locator("textarea")).to_be_focused()
    page.keyboard.type("bru")
    page.keyboard.press("Tab")
    expect(page.locator("textarea")).to_have_value("bruno: ")
    page.keyboard.type("hi")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("you")
    page.keyboard.press("Enter")
    assert bob.wait("PRIVMSG").params[1] == "bruno: hi"
    assert page.locator(".rows [tabindex='0']").count() == 1, "the log is one tab stop"
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    expect(page.locator("article:focus")).to_contain_text(re.compile("first|second"))
    page.keyboard.press("r")
    expect(page.locator(".answering")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".answering")).to_be_hidden()
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("?")
    expect(page.locator("dialog h2")).to_have_text("Keys and commands")
    page.keyboard.press("Escape")
    expect(page.locator("article:focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("textarea")).to_be_focused()


def test_the_focus_returns_to_a_message_that_was_drawn_anew(enter: Enter, server: Server) -> None:
    """Such as an own one that the server confirms while a dialog is open."""
    page = enter("focus", "redrawn")
    say(page, "mine")
    expect(page.locator(".spoken")).to_have_count(1)
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("article:focus")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.locator("dialog h2")).to_be_visible()
    page.locator("article").last.evaluate("(row) => row.replaceWith(row.cloneNode(true))")
    page.keyboard.press("Escape")
    expect(page.locator("article:focus")).to_have_count(1)


def test_screen_readers_get_new_lines_only(enter: Enter, server: Server) -> None:
    bob = server.join("bea", "#heard")
    bob.ask("PRIVMSG #heard :long ago")
    page = enter("ear", "heard")
    expect(page.locator(NEWEST)).to_contain_text("long ago")
    bob.ask(*(f"PRIVMSG #heard :new {number}" for number in range(9)))
    polite = page.locator("[aria-live=polite]")
    expect(polite).to_contain_text("bea: new 8")
    assert "long ago" not in polite.inner_text()
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "off")
    expect(page.locator(NEWEST)).to_have_attribute("aria-label", re.compile("bea.*new 8"))
    for role in ("main", "navigation", "complementary"):
        expect(page.get_by_role(role)).to_have_count(1)


def test_many_lines_are_one_message(enter: Enter) -> None:
    page = enter("pat", "paste")
    say(page, "\n".join(map(str, range(9))))
    expect(page.locator(".spoken .text")).to_have_text([re.compile("0.*8", re.DOTALL)])
    # More than the server takes as one message. `fill` would bring line after line.
    page.locator("textarea").evaluate(
        "(node, text) => { node.value = text; node.dispatchEvent(new InputEvent('input', { bubbles: true })) }",
        "\n".join(map(str, range(999))),
    )
    page.press("textarea", "Enter")
    expect(page.locator("dialog h2")).to_have_text("Send 999 messages?")
    page.keyboard.press("Escape")
    expect(page.locator("textarea")).to_have_value(re.compile("^0\n1"))
    expect(page.locator(".spoken")).to_have_count(1)


def test_drafts_and_the_room_survive_a_reload(enter: Enter) -> None:
    page = enter("dora", "desk")
    page.fill("textarea", "half a thou")
    page.reload()
    expect(page.locator(".topbar h1")).to_contain_text("desk")
    expect(page.locator("textarea")).to_have_value("half a thou")


def test_an_account_registers_logs_in_and_agrees_on_what_is_read(
    enter: Enter, server: Server
) -> None:
    first = enter("lee", "lobby", way="register", password="correct horse")
    second = enter("lee", "lobby", way="login", password="correct horse")
    for page in (first, second):
        expect(page.locator(".who-am-i small")).to_have_text("Logged in")
    bob = server.join("brit", "#lobby", "#side")
    second.evaluate("() => { location.hash = '#side' }")
    expect(second.locator(".topbar h1")).to_contain_text("side")
    bob.ask("PRIVMSG #lobby :news")
    expect(second.locator(".side .badge")).to_have_text("1")
    first.bring_to_front()
    first.evaluate("() => dispatchEvent(new Event('focus'))")
    expect(second.locator(".side .badge")).to_have_count(0)
    third = enter("lee", "lobby", way="login", password="wrong")
    expect(third.locator(".error")).to_contain_text("password is wrong")
