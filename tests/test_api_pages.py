"""docs/api.md and docs/library.md: their tables are what the code has. `make man` writes them."""

from pathlib import Path

import pytest

import api_page
import page_tables
from chatroom.server.web.routes import ROUTES


@pytest.mark.parametrize("path", api_page.PAGES, ids=lambda path: path.name)
def test_their_tables(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    tables = api_page.PAGES[path]
    assert page_tables.names_in(page) == tables.keys()
    assert page_tables.with_tables(page, tables) == page, "out of date: make man"


def test_that_each_row_says_something() -> None:
    assert [route.path for route in ROUTES if not route.purpose] == []
    for tables in api_page.PAGES.values():
        for table in tables.values():
            assert [row for row in table() if not row[1]] == []
