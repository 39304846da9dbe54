"""Keeping a room in order on the page: in sans-I/O, and in a room with others."""

import re
from typing import Any

import pytest

from harness import Server
from page.conftest import Enter, expect, say
from page.test_session import IN_ROOM, SESSION

MODERATION = f"""{SESSION}
const rights = await import("/protocol/moderation.js");
const moderation = await import("/protocol/moderation.js");
feed([":s 005 ann TBAN EXTBAN=,am :are supported"]);
"""
CAN = [*IN_ROOM, ":dan!u@h JOIN #x", ":s MODE #x +h dan"]


def test_who_may_do_what_to_whom_is_as_on_the_server(run: Any) -> None:
    """bob is an owner, ann an operator, dan a half-operator, cy has a voice."""
    body = f"""{MODERATION}
    const channel = session.channel("#x");
    const own = (nick) => rights.standing(session, channel, nick);
    const letters = (nick) => rights.lettersOf(session, channel.members.get(nick));
    return ["bob", "ann", "dan", "cy"].map((one) => [own(one),
      ...["bob", "ann", "dan", "cy"].filter((other) => rights.mayActAgainst(own(one), letters(other)))])
    """
    assert run(body, {"lines": CAN}) == [
        [5, "bob", "ann", "dan", "cy"], [3, "ann", "dan", "cy"], [2, "cy"], [1]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ({"i": False, "k": "", "t": True}, {"i": False, "k": "", "t": True}, []),
        ({"i": False, "k": "", "t": True}, {"i": True, "k": "new", "t": False}, ["-t+ik", "new"]),
        ({"k": "old", "W": "5"}, {"k": "", "W": ""}, ["-kW", "old"]),
        ({"k": "old", "W": "5"}, {"k": "new", "W": "9"}, ["+kW", "new", "9"]),
    ],
)
def test_settings_become_one_change_of_modes(
    run: Any, before: Any, after: Any, change: Any
) -> None:
    body = 'const { modeChange } = await import("/protocol/moderation.js"); return modeChange(it[0], it[1])'
    assert run(body, [before, after]) == change


def test_bans_and_mutes_are_set_and_listed(run: Any) -> None:
    body = f"""{MODERATION}
    const {{ ban, lift, timeAndReason }} = moderation;
    const start = out.length;
    for (const [who, text, isMute] of [["bob", "2h too loud", true], ["*!*@h", "loud", false]]) {{
      const [time, reason] = timeAndReason(text);
      ban(session, "#x", who, {{ time, reason, isMute }});
    }}
    ban(session, "#x", "cy", {{ time: "0" }});
    lift(session, "#x", "bob", true);
    const sent = out.slice(start);
    const asked = moderation.listed(session, "#x", "b");
    const label = out.at(-1).match(/label=(\\w+)/)[1];
    feed([`@label=${{label}} :s BATCH +7 labeled-response`, "@batch=7 :s 367 ann #x m:bob!*@* ann!u@h 5 :for 2 hours",
      "@batch=7 :s 367 ann #x a:cy ann 5", "@batch=7 :s 368 ann #x :End", ":s BATCH -7"]);
    return {{ sent, found: (await asked).map(({{ shown, isMute, by, words }}) => [shown, isMute, by, words]) }};
    """
    caps = [line.replace("ACK :batch", "ACK :batch") for line in CAN]
    found = run(body, {"lines": caps})
    assert found["sent"] == [
        "TBAN #x 2h m:bob :too loud", "TBAN #x 0 *!*@h loud", "TBAN #x 0 cy", "KICK #x cy", "TBAN #x - m:bob"
    ]  # fmt: skip
    assert found["found"] == [
        ["bob", True, "ann", "for 2 hours"], ["account cy", False, "ann", ""]
    ]  # fmt: skip


def test_what_was_asked_quietly_is_told_to_nobody_else(run: Any) -> None:
    body = f"""{MODERATION}
    const start = events.length;
    const asked = moderation.audit(session, "#x");
    const label = out.at(-1).match(/label=(\\w+)/)[1];
    feed([`@label=${{label}} :s NOTE AUDIT ENTRY #x :2026-01-02 03:04:05 ann!u@h (ann) kicked bob`]);
    const refused = moderation.listed(session, "#x", "b").catch((error) => error.message);
    feed([`@label=${{out.at(-1).match(/label=(\\w+)/)[1]}} :s 482 ann #x :No`]);
    return [await asked, await refused, events.slice(start)];
    """
    time = 1767323045000
    assert run(body, {"lines": IN_ROOM}) == [[{"time": time, "text": "ann kicked bob"}], "No", []]


def test_those_in_charge_keep_a_room_in_order(enter: Enter, server: Server) -> None:
    page = enter("chief", "court")
    bob = server.join("bobby", "#court")
    bob.ask("PRIVMSG #court :spam")
    page.click(".people .entry:has-text('bobby')")
    page.check("dialog >> text=Voice")
    assert bob.wait("MODE").params == ("#court", "+v", "bobby")
    page.click("dialog >> text=Ban …")
    page.select_option("dialog select", "1d")
    page.fill("dialog input[type=text]", "enough")
    page.check("text=Also delete")
    page.click("dialog .primary")
    assert bob.wait("KICK").params == ("#court", "bobby", "enough")
    expect(page.locator(".redacted")).to_have_count(1)
    say(page, "/bans")
    entry = page.locator("dialog .rows-of li")
    expect(entry).to_contain_text(re.compile("bobby is banned.*day.*enough"))
    entry.locator("button").click()
    expect(entry).to_have_count(0)
    page.click("summary:has-text('Settings')")
    page.check("text=Only people who are invited")
    page.fill("text=Slow mode", "30")
    page.click("text=Save settings")
    expect(page.locator(".error >> nth=-1")).to_have_text("")
    page.click("summary:has-text('What was done')")
    expect(page.locator("dialog .rows-of li >> nth=0")).to_contain_text(re.compile("^chief .*30"))
    page.keyboard.press("Escape")
    bob.send("JOIN #court")
    assert "invit" in bob.wait("473").params[-1].lower()
    bob.close()


def test_others_see_no_buttons_that_would_be_refused(enter: Enter, server: Server) -> None:
    boss = server.join("boss", "#hall")
    page = enter("plain", "hall")
    page.click(".people .entry:has-text('boss')")
    expect(page.locator("dialog .facts")).to_contain_text("real name")
    expect(page.locator("dialog button:has-text('Ban')")).to_have_count(0)
    page.keyboard.press("Escape")
    page.click("[aria-label='About this room']")
    expect(page.locator("dialog summary")).to_have_text(
        ["Invite people", "Settings", "Bans and mutes", "Name and owners"]
    )
    page.click("dialog summary:has-text('Settings')")
    expect(page.locator("dialog .rows-of")).to_contain_text("may change the topic")
    expect(page.locator("dialog input[type=checkbox]")).to_have_count(0)
    page.click("dialog summary:has-text('Invite')")
    expect(page.locator("dialog input[readonly]")).to_have_value(
        f"http://127.0.0.1:{server.port}/#hall"
    )
    page.locator("dialog .qr").evaluate("(picture) => picture.decode()")
    boss.close()


def test_talks_and_people_show_who_is_there(enter: Enter, server: Server) -> None:
    hal = server.join("hal", "#porch")
    hal.ask("AWAY :at lunch")
    page = enter("ivy", "porch")
    expect(page.locator(".people .entry.away")).to_contain_text("hal")
    say(page, "/query hal")
    dot = page.locator(".side [data-room=hal] .presence")
    expect(dot).to_have_attribute("title", "away")
    hal.ask("AWAY")
    expect(dot).to_have_attribute("title", "online")
    hal.close()
    expect(dot).to_have_attribute("title", "offline")
    iris = server.join("iris")
    iris.ask("PRIVMSG ivy :hello from nowhere")
    expect(page.locator(".side [data-room=iris] .presence")).to_have_attribute("title", "online")
    iris.close()  # in no common room: MONITOR tells it at once, and not after a minute
    expect(page.locator(".side [data-room=iris] .presence")).to_have_attribute("title", "offline")
    page.click("[aria-label='Find or create a room']")
    page.click("text=Invite people to this server")
    expect(page.locator(".browse input[readonly]")).to_have_value(
        f"http://127.0.0.1:{server.port}/"
    )
