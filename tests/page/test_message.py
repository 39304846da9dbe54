"""The page's Message: lines of IRC with tags, as in tests/wire (Modern IRC, "Message Format")."""

from typing import Any

import pytest

from chatroom.client.ui.markup import with_codes
from client.ui.test_markup import AS_TYPED, MARKED

PARSE = """
const { parse } = await import("/protocol/message.js");
const found = parse(it);
return found && { ...found, tags: Object.fromEntries(found.tags) };
"""

PARSED = [
    ("PING", "PING", [], {}, None),
    ("ping :a b", "PING", ["a b"], {}, None),
    (":a!b@c PRIVMSG #x :", "PRIVMSG", ["#x", ""], {}, "a"),
    (":a!b@c PRIVMSG #x ::) ok", "PRIVMSG", ["#x", ":) ok"], {}, "a"),
    (":irc.example 001 me :Hi", "001", ["me", "Hi"], {}, "irc.example"),
    ("@a=b;c;+d/e=\\:\\s\\\\\\r\\n\\q\\ :n  X  y   z", "X", ["y", "z"],
     {"a": "b", "c": "", "+d/e": "; \\\r\nq"}, "n"),
    ("@__proto__=x;a=1;a=2 X", "X", [], {"a": "2"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("line", "command", "params", "tags", "nick"), PARSED)
def test_a_line_is_parsed(
    run: Any, line: str, command: str, params: list[str], tags: dict[str, str], nick: str | None
) -> None:
    found = run(PARSE, line)
    assert (found["command"], found["params"]) == (command, params)
    assert {name: value for name, value in found["tags"].items() if name in tags} == tags
    assert (found["source"] or {}).get("nick") == nick


@pytest.mark.parametrize("line", ["", "   ", "@a=b", ":only-a-source"])
def test_a_line_without_a_command_is_nothing(run: Any, line: str) -> None:
    assert run(PARSE, line) is None


SERIALISE = """
const { serialise } = await import("/protocol/message.js");
try { return serialise(...it) } catch (error) { return error.name }
"""


@pytest.mark.parametrize(
    ("what", "line"),
    [
        (["PRIVMSG", ["#x", "a b"]], "PRIVMSG #x :a b"),
        (["PRIVMSG", ["#x", ":)"]], "PRIVMSG #x ::)"),
        (["TOPIC", ["#x", ""]], "TOPIC #x :"),
        (["A", ["b"], {"l": "x;y z\\", "m": ""}], "@l=x\\:y\\sz\\\\;m A b"),
        (["PRIVMSG", ["#x", "a\r\nQUIT"]], "RangeError"),
        (["PRIVMSG", ["#x y", "a"]], "RangeError"),
        (["PRIVMSG", ["", "a"]], "RangeError"),
        (["PRIVMSG", [":x", "a"]], "RangeError"),
    ],
)
def test_a_command_becomes_one_line_or_none(run: Any, what: list[Any], line: str) -> None:
    assert run(SERIALISE, what) == line


def test_long_texts_are_split_between_words_and_graphemes(run: Any) -> None:
    body = """
    const { split, bytesIn } = await import("/protocol/speaking.js");
    return it.map(([text, size]) => split(text, size));
    """
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    found = run(
        body,
        [["one two three", 8], ["aaaaaaaaaa", 4], ["", 5], [family * 3, 20], ["\u00e9" * 5, 5]],
    )
    assert found[0] == ["one two", "three"]
    assert found[1] == ["aaaa", "aaaa", "aa"]
    assert found[2] == [""]
    assert found[3] == [family] * 3
    assert found[4] == ["\u00e9\u00e9", "\u00e9\u00e9", "\u00e9"]


FORMATTED = [
    ("plain", ["plain"]),
    ("\x02a\x02b", ["a:bold", "b"]),
    ("\x0304,01red\x03 no", ["red:4/1", " no"]),
    ("\x03041", ["1:4"]),
    ("\x0301,01hidden", ["hidden:spoiler"]),
    ("see https://a.example/x_(y). ok", ["see ", "https://a.example/x_(y):link", ". ok"]),
    ("(https://a.example/x)", ["(", "https://a.example/x:link", ")"]),
    ("https://a.example/\u202egro.knab", ["https://a.example/:link", "\u202egro.knab"]),
    ("javascript:alert(1) data:text/html,x", ["javascript:alert(1) data:text/html,x"]),
    ("\x11https://a.example\x11", ["https://a.example:mono"]),
    ("\x04ff0000hex\x0f", ["hex"]),
    ("\x0355x\x0399y", ["x:9", "y"]),
]


@pytest.mark.parametrize(("text", "shown"), FORMATTED)
def test_formatting_codes_become_runs(run: Any, text: str, shown: list[str]) -> None:
    body = """
    const { runs } = await import("/protocol/formatting.js");
    const kinds = ["spoiler", "link", "bold", "italic", "mono"];
    return runs(it).map((run) => {
      const kind = kinds.find((each) => run[each]);
      const colour = run.fore === null ? "" : run.fore + (run.back === null ? "" : `/${run.back}`);
      return run.text + (kind || colour ? `:${kind ?? colour}` : "");
    });
    """
    assert run(body, text) == shown


MARKS = """
const { fromTyped, marked } = await import("/protocol/formatting.js");
const { withEmoji } = await import("/ui/emoji.js");
"""


def test_marks_are_those_of_the_terminal_client(run: Any) -> None:
    """It has no italics for `_x_`, and underlines instead."""
    typed = [each for each, _ in MARKED] + AS_TYPED
    sent = run(f"{MARKS} return it.map((text) => marked(withEmoji(text)))", typed)
    expected = [with_codes(each).replace("\x1f", "\x1d") for each in typed]
    assert dict(zip(typed, sent, strict=True)) == dict(zip(typed, expected, strict=True))


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("a **bold** word", "a \x02bold\x02 word"),
        ("_soft_ `code *x*` ", "\x1dsoft\x1d \x11code *x*\x11 "),
        ("||secret|| ", "\x0301,01secret\x03 "),
        ("*||both||* a || b", "\x02\x0301,01both\x03\x02 a || b"),
        (r"\**kept** \||this||", "**kept** ||this||"),
        ("*a*\n```\n*b* :x:\n```\n*c* :x:", "\x02a\x02\n```\n*b* :x:\n```\n\x02c\x02 ❌"),
        ("*不*，_是_", "\x02不\x02，\x1d是\x1d"),
        (
            r":tada: 🎉:+1: \:tada: `:x:` 10:30:00 :nosuch:",
            "🎉 🎉👍 :tada: \x11:x:\x11 10:30:00 :nosuch:",
        ),
    ],
)
def test_marks_become_formatting_codes(run: Any, typed: str, sent: str) -> None:
    assert run(f"{MARKS} return fromTyped(it, withEmoji)", typed) == sent


@pytest.mark.parametrize(
    ("text", "name", "is_mentioned"),
    [
        ("hi ann!", "ann", True),
        ("@ann", "ann", True),
        ("planner anna", "ann", False),
        ("ann", "ann", True),
        ("annさん", "ann", True),
        ("ann_ x", "ann", False),
        ("x", "", False),
    ],
)
def test_a_name_is_mentioned_as_a_word(run: Any, text: str, name: str, is_mentioned: bool) -> None:
    body = 'const { mentions } = await import("/protocol/names.js"); return mentions(...it)'
    assert run(body, [text, name]) is is_mentioned
