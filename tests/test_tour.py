"""docs/tour.md: its excerpts and pictures are those of the code as it is today.

`make man` writes them anew.
"""

import re

import pytest

import tour
from chatroom.server.server import Server


def test_its_excerpts() -> None:
    page = tour.PAGE.read_text(encoding="utf-8")
    assert tour.with_excerpts(page) == page, "out of date: make man"


def test_that_an_excerpt_follows_the_code() -> None:
    """A method is shown without the indentation that it has in its class."""
    mark = "<!-- begin code lib/chatroom/server/server.py Server.tick -->\n<!-- end code -->\n"
    lines = tour.with_excerpts(mark).splitlines()
    assert lines[1:3] == ["```python", "def tick(self) -> None:"]
    assert lines[-2:] == ["```", "<!-- end code -->"]


def test_that_an_excerpt_of_nothing_fails() -> None:
    with pytest.raises(KeyError):
        tour.excerpt("lib/chatroom/server/server.py", "Server.tock")


@pytest.mark.parametrize("name", tour.DRAWN)
def test_its_pictures(name: str) -> None:
    drawn = (tour.PICTURES / name).read_text(encoding="utf-8")
    assert tour.DRAWN[name]() == drawn, "out of date: make man"


def test_that_the_picture_of_the_tick_has_all_of_its_steps() -> None:
    assert Server.tick.__doc__
    steps = tour.calls_of_tick()
    assert steps.index("commit") < steps.index("flush") < steps.index("reap")
    assert set(steps) == tour.STEPS.keys()


def test_that_the_files_on_the_way_of_a_message_exist() -> None:
    """The picture itself comes from a run of the server, so it may differ in small things."""
    drawn = (tour.PICTURES / "way.svg").read_text(encoding="utf-8")
    files = re.findall(r">([\w/]+\.py)<", drawn)
    assert len(files) > 15
    assert [file for file in files if not (tour.LIB / file).exists()] == []
