"""The page's slash commands: one table for the page and the terminal client."""

import runpy
from typing import Any

import pytest

from harness import ROOT

SCRIPT = ROOT / "scripts" / "page_commands.py"


def test_the_tables_are_those_of_the_client_and_the_wire() -> None:
    made = runpy.run_path(str(SCRIPT))
    for name, text in made["MODULES"].items():
        assert (made["UI"] / name).read_text() == text(), "run: make man"


RUN = """
const { runCommand } = await import("/ui/commands.js");
const did = [];
const record = (name) => (...what) => did.push([name, ...what.map((each) => each?.name ?? each ?? null)]);
const session = { isupport: new Map([["EXTBAN", ",am"]]), send: record("send"), raw: record("raw"), channel: () => null };
const chat = { fold: (name) => name.toLowerCase(), channel: () => null, saying: { react: (room, line, ...what) => did.push(["react", line.id, ...what]) } };
const others = { chat, act: (does) => does(session) };
const actions = new Proxy({}, { get: (_, name) => others[name] ?? record(name) });
const lines = ["ann", "bob", "me"].map((nick, at) => ({ id: `m${at + 1}`, kind: "message", nick, isOwn: nick === "me" }));
const room = it.room && { name: it.room, title: it.room, isTalk: !it.room.startsWith("#"), history: { lines } };
try { runCommand(it.line, room, actions) } catch (error) { return error.message }
return did;
"""


@pytest.mark.parametrize(
    ("line", "room", "done"),
    [
        ("/join games key", "", [["join", "games", "key"]]),
        ("/JOIN games", "", [["join", "games", None]]),
        ("/part", "#x", [["leave", "#x"]]),
        ("/me waves to all", "#x", [["say", "#x", "waves to all", {"kind": "action"}]]),
        ("/msg bob hi  you", "", [["talk", "bob", "hi  you"]]),
        ("/topic", "#x", [["about"]]),
        ("/topic a b", "#x", [["send", "TOPIC", ["#x", "a b"]]]),
        ("/kick bob go away", "#x", [["send", "KICK", ["#x", "bob", "go away"]]]),
        ("/deop bob", "#x", [["send", "MODE", ["#x", "-o", "bob"]]]),
        ("/mode +k secret", "#x", [["send", "MODE", ["#x", "+k", "secret"]]]),
        ("/ban bob 2h spam", "#x", [["send", "TBAN", ["#x", "2h", "bob", "spam"]]]),
        ("/mute bob spam 2h", "#x", [["send", "TBAN", ["#x", "0", "m:bob", "spam 2h"]]]),
        ("/unmute bob", "#x", [["send", "TBAN", ["#x", "-", "m:bob"]]]),
        ("/audit", "#x", [["about", "audit"]]),
        ("/reply yes", "#x", [["say", "#x", "yes", {"replyTo": "m2"}]]),
        ("/reply 3 yes", "#x", [["say", "#x", "yes", {"replyTo": "m1"}]]),
        ("/reply Ann: yes", "#x", [["say", "#x", "yes", {"replyTo": "m1"}]]),
        ("/reply 4 yes", "#x", "There are only 3 lines to choose from; 1 is the latest."),
        ("/redact", "#x", [["send", "REDACT", ["#x", "m3"]]]),
        ("/redact 2 rude", "#x", [["send", "REDACT", ["#x", "m2", "rude"]]]),
        ("/redact all from ann spam", "#x", [["send", "REDACTALL", ["#x", "ann", "spam"]]]),
        ("/knock games let me in", "", [["send", "KNOCK", ["#games", "let me in"]]]),
        ("/oper boss", "", [["account", "oper", "boss"]]),
        ("/token", "", [["preferences", "tokens"]]),
        ("/token create deploy ops", "", [["service", "NickServ", "TOKEN create deploy ops"]]),
        ("/certificate", "", [["service", "NickServ", "CERT list"]]),
        ("/register-room", "#x", [["service", "ChanServ", "REGISTER #x"]]),
        ("/accept-room y", "#x", [["service", "ChanServ", "ACCEPT #y"]]),
        ("/knock y please", "", [["send", "KNOCK", ["#y", "please"]]]),
        ("/invites", "#x", [["about", "invites"]]),
        ("/invite-link", "#x", [["invite", "#x"]]),
        ("/invite-link y qr", "", [["invite", "y"]]),
        ("/invite-link qr", "", [["invite", ""]]),
        ("/send 'a b.pdf' look", "#x", [["chooseFiles", "b.pdf' look"]]),
        ('/send "a b.pdf" look', "#x", [["chooseFiles", "look"]]),
        ("/mode", "#x", [["about", "settings"]]),
        ("/react tada", "#x", [["react", "m2", "🎉", True]]),
        ("/raw WHO *", "", [["raw", "WHO *"]]),
        ("/kick bob", "bob", "This is a private conversation with bob. Choose a room first."),
        ("/me waves", "", "You are not in a room. Type /join ROOM."),
        ("/kick", "#x", "Usage: /kick NICK [REASON]"),
        ("/get", "#x", "Click a picture to see it large, or the name of a file to download it."),
        ("/nonsense", "#x", "There is no command /nonsense; /help lists the commands. To send the line as it is, begin it with //."),
    ],
)  # fmt: skip
def test_a_line_becomes_an_action(run: Any, line: str, room: str, done: Any) -> None:
    found = run(RUN, {"line": line, "room": room})
    assert found == done


def test_each_row_of_the_table_works_or_says_what_to_do_instead(run: Any) -> None:
    """With as many words as it needs, in a room; a handler does something."""
    table = 'const { TABLE } = await import("/ui/command_table.js"); return TABLE'
    did_nothing = []
    for name, usage, _, needs, _ in run(table):
        words = ["3" if usage == "N" else "word"] * needs
        done = run(RUN, {"line": " ".join((f"/{name}", *words)), "room": "#x"})
        is_sentence = isinstance(done, str) and done.endswith(".") and "Usage" not in done
        if not (is_sentence or (isinstance(done, list) and done)):
            did_nothing.append((name, done))
    assert did_nothing == []


@pytest.mark.parametrize(
    ("text", "presses", "completed"),
    [
        ("an", 1, "ann: "),
        ("an", 2, "Anna: "),
        ("an", 3, "ann: "),
        ("hi @bo", 1, "hi bob "),
        (":tad", 1, ":tada: "),
        ("zz", 1, None),
        ("", 1, None),
    ],
)
def test_tab_completes_names(run: Any, text: str, presses: int, completed: str | None) -> None:
    body = """
    const { complete } = await import("/ui/completion.js");
    const { namesLike } = await import("/ui/emoji.js");
    const sources = { names: ["bob", "Anna", "ann"], emoji: namesLike };
    let found = null;
    for (let press = 0; press < it.presses; press += 1) {
      found = complete(found?.text ?? it.text, found?.at ?? it.text.length, sources, found, 1);
    }
    return found && found.text;
    """
    assert run(body, {"text": text, "presses": presses}) == completed
