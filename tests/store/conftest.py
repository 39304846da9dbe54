"""A history in a directory of its own, and how hypothesis works here: no clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from chatroom.store.history import History
from examples import examples
from store.talk import Searched

settings.register_profile(
    "store",
    settings.get_profile("chatroom"),
    max_examples=examples(30),
    stateful_step_count=30,
)
settings.load_profile("store")


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    history = History(tmp_path, "process")
    yield history
    history.close()


@pytest.fixture
def index(tmp_path: Path, history: History) -> Iterator[Searched]:
    index = Searched(tmp_path)
    yield index
    index.close()
