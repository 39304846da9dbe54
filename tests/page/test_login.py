"""Staying logged in, and who is sent away: by a password once, then by the browser's cookie."""

import re
from typing import Any

from harness import Server, wait_until
from page.conftest import Enter, expect, say


def is_logged_in(page: Any) -> None:
    expect(page.locator(".who-am-i small")).to_have_text("Logged in")


def test_a_browser_stays_logged_in_until_it_is_logged_out(enter: Enter, server: Server) -> None:
    first = enter("mia", "hearth", way="register", password="correct horse")
    is_logged_in(first)
    wait_until(
        lambda: first.evaluate("fetch('session').then((it) => it.json()).then((it) => it.account)")
    )
    first.reload()
    expect(first.locator(".topbar h1")).to_contain_text("hearth")
    is_logged_in(first)
    second = enter("guest", "hearth")
    say(second, "/login mia")
    second.fill("dialog input[type=password]", "wrong")
    second.keyboard.press("Enter")
    expect(second.locator("dialog .error")).to_contain_text("password is wrong")
    second.fill("dialog input[type=password]", "correct horse")
    second.keyboard.press("Enter")
    is_logged_in(second)
    wait_until(
        lambda: second.evaluate("fetch('session').then((it) => it.json()).then((it) => it.account)")
    )
    second.reload()
    is_logged_in(second)
    first.click("[aria-label=Settings]")
    first.click("summary:has-text('Browsers and tokens')")
    others = first.locator("dialog .rows-of button")
    expect(first.locator("dialog .rows-of li")).to_have_count(2)
    others.click()
    expect(second.locator(".welcome .error")).to_contain_text("revoked")
    second.reload()
    expect(second.locator("#nick")).to_be_visible()
    expect(first.locator("dialog .rows-of li")).to_have_count(1)
    first.get_by_label("New token").fill("deploy")
    first.locator("dialog").get_by_label("Rooms").fill("hearth, ops")
    first.click("text=Make a token")
    token = first.locator("dialog input[readonly]")
    expect(token).to_have_value(re.compile("^chatroom_"))
    expect(first.locator("dialog p")).to_contain_text("deploy (read and write, hearth, ops)")
    first.keyboard.press("Escape")
    expect(first.locator(".side [data-room=NickServ]")).to_have_count(0)
    say(first, "/token list")
    expect(first.locator("dialog .rows-of li")).to_have_count(2)
    first.click("dialog >> text=Revoke")
    first.click("dialog >> text='Log out'")
    expect(first.locator("#nick")).to_be_visible()
    assert first.context.cookies() == []
    assert first.evaluate("localStorage.getItem('chatroom.rooms')") is None


def test_who_is_sent_away_comes_back_only_by_choice(enter: Enter, server: Server) -> None:
    boss = server.join("judge", "#gate")
    boss.ask("OPER root sesame-street")
    page = enter("noisy", "gate")
    boss.ask("KILL noisy :too loud")
    bar = page.locator(".connection-bar")
    expect(bar).to_contain_text("too loud")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(bar).to_contain_text("too loud")
    bar.locator("button").click()
    expect(bar).to_be_hidden()
    expect(page.locator(".people .entry")).to_have_count(2)
    boss.close()


def test_a_banned_address_is_told_why(enter: Enter) -> None:
    """A refused WebSocket has no words; those of a page of the server are shown instead."""
    page = enter("barred", "gate2")
    page.context.route(
        "**/session", lambda route: route.fulfill(status=403, body="You are banned: too loud\n")
    )
    page.context.route_web_socket("**/irc", lambda socket: socket.close())
    say(page, "/reconnect")
    expect(page.locator(".connection-bar")).to_contain_text(
        "Disconnected: You are banned: too loud"
    )
