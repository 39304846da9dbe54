"""What the tests of the loop's room share."""

from collections.abc import Iterator

import pytest

from chatroom.net.loop import Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    """A loop that gives back its descriptors."""
    one = Loop()
    yield one
    one.close()
