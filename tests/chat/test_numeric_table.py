"""A handler can only send numerics that are rows of the table (`wire.numerics`).

Each line that a test in this folder hears is compared with its row (`people.check_numerics`);
`tests/server/test_plain_numerics.py` shows every row at each door. Here is what the source says.
"""

import ast
import re

import pytest

from chat.people import check_numerics
from chatroom.wire.numerics import NUMERICS
from harness import ROOT

LIBRARY = ROOT / "lib" / "chatroom"
SOURCES = {
    path.relative_to(LIBRARY).as_posix(): path.read_text(encoding="utf-8")
    for package in ("chat", "server")
    for path in sorted((LIBRARY / package).rglob("*.py"))
}
SHOWS_THEM = "server/doors/plain/words.py"
"""Says which numerics a person is not shown."""


def test_no_code_is_written_out() -> None:
    """Neither in the chat nor at a door; the web has ports and status codes."""
    for name, source in SOURCES.items():
        if name == SHOWS_THEM or name.startswith("server/web/"):
            continue
        for node in ast.walk(ast.parse(source)):
            written = node.value if isinstance(node, ast.Constant) else None
            assert not (isinstance(written, str) and re.fullmatch(r"\d{3}", written)), name


def test_rows_are_made_in_one_place() -> None:
    """`Failed` makes a row of its code, which no numeric has."""
    made = [name for name, source in SOURCES.items() if re.search(r"\bNumeric\(", source)]
    assert made == ["chat/refusals.py"]


def test_every_row_is_sent() -> None:
    """A row that no handler sends would promise something."""
    sources = "".join(SOURCES.values())
    names = set(re.findall(r"\b(?:RPL|ERR)_[A-Z0-9]+\b", sources))
    assert names == NUMERICS.keys()


@pytest.mark.parametrize(
    "line",
    [
        ":s 401 alice :No such nick",
        ":s 401 alice bob more :No such nick",
        ":s 311 alice bob ~b host :Bob",
        "@time=x :s 353 alice #den :bob",
    ],
)
def test_what_does_not_fit_is_noticed(line: str) -> None:
    with pytest.raises(AssertionError):
        check_numerics([line])


def test_a_code_without_a_row_is_noticed() -> None:
    with pytest.raises(KeyError):
        check_numerics([":s 399 alice :x"])
