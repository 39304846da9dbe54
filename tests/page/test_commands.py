"""The page's slash commands: one table for the page and the terminal client."""

import runpy
from typing import Any

import pytest

from harness import ROOT

SCRIPT = ROOT / "scripts" / "page_commands.py"


def test_the_table_is_that_of_the_terminal_client() -> None:
    made = runpy.run_path(str(SCRIPT))
    assert made["TABLE"].read_text() == made["table"](), "run: make man"


def test_each_handler_has_a_row(run: Any) -> None:
    body = 'const { UNKNOWN, COMMANDS } = await import("/ui/commands.js"); return [UNKNOWN, COMMANDS.length]'
    unknown, count = run(body)
    assert unknown == [] and count > 30


RUN = """
const { runCommand } = await import("/ui/commands.js");
const did = [];
const record = (name) => (...what) => did.push([name, ...what.map((each) => each?.name ?? each ?? null)]);
const session = { isupport: new Map([["EXTBAN", ",am"]]), send: record("send"), channel: () => null };
const chat = { fold: (name) => name.toLowerCase(), channel: () => null };
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
        ("/oper boss", "", [["account", "oper", "boss"]]),
        ("/kick bob", "bob", "This is a private conversation with bob. Choose a room first."),
        ("/me waves", "", "You are not in a room. Type /join ROOM."),
        ("/kick", "#x", "Usage: /kick NICK [REASON]"),
        ("/paste on", "#x", "/paste works in the terminal client only."),
        ("/nonsense", "#x", "There is no command /nonsense; /help lists the commands. To send the line as it is, begin it with //."),
    ],
)  # fmt: skip
def test_a_line_becomes_an_action(run: Any, line: str, room: str, done: Any) -> None:
    found = run(RUN, {"line": line, "room": room})
    assert found == done


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        (":tada: well done :+1:!", "🎉 well done 👍!"),
        ("10:30:00 a:x:b `:x:` :nosuch:", "10:30:00 a:x:b `:x:` :nosuch:"),
    ],
)
def test_names_of_emoji_become_emoji(run: Any, text: str, sent: str) -> None:
    assert (
        run('const { withEmoji } = await import("/ui/emoji.js"); return withEmoji(it)', text)
        == sent
    )


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
