"""What most of these files share: a server for each file, and a room for each test."""

from collections.abc import Iterator

import pytest

from harness import FLOOD_OFF, Server, fresh


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """With the file's CONFIG, if it has one. No test of the file met an exception in it."""
    config = getattr(request.module, "CONFIG", FLOOD_OFF)
    with Server(tmp_path_factory.mktemp("server"), config=config) as server:
        yield server
        server.end_well()


@pytest.fixture
def room() -> str:
    """One that no other test uses."""
    return fresh("#room")
