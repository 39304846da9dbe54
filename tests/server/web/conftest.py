"""A client of the web door of a server in this process."""

import pytest

from server.conftest import House
from web_client import WebClient


@pytest.fixture
def web(house: House) -> WebClient:
    """A connection of which nothing has come yet."""
    return WebClient(house.connect().sock, house.tick)
