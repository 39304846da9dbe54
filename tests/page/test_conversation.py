"""Two browsers, the terminal client and netcat in one room, through a whole conversation."""

import re

from end_to_end.test_client_terminal import enter as at_terminal
from harness import Server
from page.conftest import Enter, expect, say

NEWEST = ".spoken >> nth=-1"


def test_all_talk_in_one_room(enter: Enter, server: Server) -> None:
    ann = enter("webann", "hall")
    cy = enter("webcy", "hall", viewport={"width": 390, "height": 780}, has_touch=True)
    bob = server.person("netbob", "hall")
    with at_terminal(server, "termdot", "hall") as dot:
        say(ann, "hello *all*")
        bob.read_until(r"<webann> hello \*all\*")
        dot.see("<webann> hello all")
        expect(cy.locator(f"{NEWEST} >> .bold")).to_have_text("all")
        bob.send("from `netcat`")
        expect(cy.locator(f"{NEWEST} >> code")).to_have_text("netcat")
        dot.see("<netbob> from .?netcat").say("and from a _terminal_")
        expect(ann.locator(NEWEST)).to_contain_text("and from a terminal")
        ann.locator(".spoken", has_text="from netcat").hover()
        ann.click(".tools [aria-label=Reply]")
        ann.fill("textarea", "a block:\n```\nlet x = 1;\n```")
        ann.press("textarea", "Enter")
        expect(cy.locator(f"{NEWEST} >> pre")).to_have_text("let x = 1;")
        expect(cy.locator(f"{NEWEST} >> .quote")).to_contain_text(re.compile("netbob.*from netcat"))
        bob.read_until("let x = 1;")
        dot.see("let x = 1;")
    expect(ann.locator(".row.event").last).to_contain_text("termdot")
    bob.close()
