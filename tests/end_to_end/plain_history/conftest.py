"""One server with a past, and two people in a room without."""

from collections.abc import Iterator

import pytest

from end_to_end.plain_past import (
    CAPS,
    CONFIG,
    EAST,
    PAST,
    leave,
    write,
)
from harness import Client, Server, fresh


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with a past."""
    directory = tmp_path_factory.mktemp("server")
    write(directory, PAST)
    with Server(directory, config=CONFIG, environment=EAST) as server:
        yield server
        server.end_well()


@pytest.fixture
def room() -> str:
    """One without a past."""
    return fresh("room")


@pytest.fixture
def ann(server: Server, room: str) -> Iterator[Client]:
    """An IRC client in the room, and its operator."""
    with server.join(fresh("ann"), f"#{room}", caps=CAPS) as client:
        yield client
        leave(client)


@pytest.fixture
def pat(server: Server, ann: Client, room: str) -> Iterator[Client]:
    """A person in the room."""
    with server.person(fresh("pat"), room) as client:
        yield client
        leave(client)
