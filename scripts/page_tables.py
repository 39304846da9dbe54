"""Tables of pages that are made from the code, each between its two marks:

<!-- begin NAME -->
<!-- end NAME -->
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

MARKED = re.compile(
    r"(?P<begin>^<!-- begin (?P<name>[\w-]+) -->\n)(?P<rows>.*?)(?P<end>^<!-- end (?P=name) -->\n)",
    re.DOTALL | re.MULTILINE,
)

Rows = Iterable[Sequence[str]]
"""The head of a table, and then its rows."""


def with_tables(page: str, tables: Mapping[str, Callable[[], Rows]]) -> str:
    """The page with its tables as they should be."""

    def table(marked: re.Match[str]) -> str:
        rows = "".join(f"{line}\n" for line in _lines(tables[marked["name"]]()))
        return marked["begin"] + rows + marked["end"]

    return MARKED.sub(table, page)


def names_in(page: str) -> set[str]:
    """The names of the tables that a page has marks for."""
    return {found["name"] for found in MARKED.finditer(page)}


def code(text: str) -> str:
    """As code, also in a table, where a bar begins a cell."""
    return f"`{cell(text)}`"


def cell(text: str) -> str:
    """Text in a table."""
    return text.replace("|", r"\|")


def _lines(rows: Rows) -> Iterable[str]:
    head, *others = rows
    for row in (head, ["---"] * len(head), *others):
        yield f"| {' | '.join(row)} |"
