"""What of a server's text reaches a terminal, and what the work on it costs."""

import json
import re
from collections.abc import Iterable

import pytest

from chatroom.client import limits
from chatroom.client.protocol.events import Exceeded
from chatroom.client.scripts.printing import to_json
from chatroom.client.view import rich as rich_module
from chatroom.client.view.lines import ViewContext
from chatroom.client.view.rich import Rich, rich
from chatroom.client.view.show import show
from client.visitor import entered


def test_json_has_nothing_that_a_terminal_obeys() -> None:
    """JSON leaves C1 and what turns text around as it is; escaped, it reads as the same."""
    text = 'é漢👩\u200d👩 \x9b31m\u202e\x7f\u2028\x1b "\\'
    line = to_json({"text": text})
    assert json.loads(line) == {"text": text}
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202e\u2028]", line)
    assert "é漢👩" in line


def test_completion_offers_no_control_characters() -> None:
    """Its candidates stand under the input line as they are."""
    from chatroom.client.ui.completion import ChatCompleter

    visit = entered()
    visit.hear(":b\u202eb!b@h JOIN #general\n:s 322 alice #\u2066x 5 :t\n:s 323 alice :End\n")
    offered = ChatCompleter(visit.chat.context, visit.chat.display)
    for text in ("b", "#", "/join ", "/query b"):
        assert not re.search(
            "[\u202e\u2066]", "".join(offered.complete(text, len(text)).candidates)
        )


def test_a_line_of_formatting_codes_costs_what_it_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """8,000 codes were put together one by one, copying all before them."""
    copied = 0
    joined = rich_module.joined

    def counted(parts: Iterable[Rich | str]) -> Rich:
        nonlocal copied
        made = joined(parts)
        copied += len(made.spans)
        return made

    monkeypatch.setattr(rich_module, "joined", counted)
    assert len(rich_module.rich("\x02a" * 8000).spans) == 4000
    assert copied <= 3 * 4000


def test_links_that_do_not_end() -> None:
    """Each would have had the rest of the line searched for its end."""
    shown = rich("\x1b]8;;http://a\x07" * 800).text
    assert shown.count("^[]8;;http://a^G") == 800


def test_a_line_that_is_left_out_is_told_to_people() -> None:
    event = Exceeded("name", limits.told("name"))
    line = show(event, ViewContext())
    assert line is not None
    assert line.text == "-- The server sent a line with an invalid name; it was left out."
