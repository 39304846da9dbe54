"""Worlds whose history is a real one, in a directory of its own."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chat.people import BareWorld
from chat.stored_history import StoredHistory
from chat.test_conversations import world_with
from chat.worlds import SearchedHistory, Worlds


@pytest.fixture
def history(tmp_path: Path) -> Iterator[StoredHistory]:
    """A store of its own."""
    with closing(StoredHistory(tmp_path)) as history:
        yield history


@pytest.fixture
def world(tmp_path: Path) -> Iterator[BareWorld]:
    """One whose people can search, and which has some accounts."""
    with closing(SearchedHistory(tmp_path)) as history:
        yield world_with(history)


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Worlds]:
    """Several with the same history."""
    with closing(Worlds(tmp_path)) as worlds:
        yield worlds
