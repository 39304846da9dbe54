"""What holds for every test: where the client keeps its files, and how hypothesis works here.

Few examples, and no clock, so that a slow machine fails nothing.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from chatroom.net.ring import Ring

LONG = {
    f"test_{name}.py"
    for name in (
        *("foreign_scripts_ngircd", "foreign_scripts_inspircd", "foreign_scripts_labels"),
        *("foreign_clients", "bench_talk", "history_restart", "rights", "tools", "full_disk"),
        *("no_tmp", "limits", "crash", "client_limits", "scripts_ask"),
    )
}
"""Files of more than ten seconds, most of which are spent waiting."""

pytest.register_assert_rewrite("rights_table")
settings.register_profile("chatroom", max_examples=100, deadline=None)
settings.load_profile("chatroom")


@pytest.fixture(scope="session", autouse=True)
def nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Configuration and state of every client process, so that nobody's own are read."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
        patch.setenv("XDG_STATE_HOME", str(home / "state"))
        yield home


@pytest.fixture
def ring() -> Iterator[Ring]:
    """io_uring, where the system has it and allows it."""
    try:
        made = Ring()
    except OSError as error:
        pytest.skip(f"io_uring cannot be used here: {error.strerror or error}")
    yield made
    made.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that nobody waits for them in the end."""
    items.sort(key=lambda item: item.path.name not in LONG)
