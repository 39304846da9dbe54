"""A browser connects in advance and says nothing: a greeting would spoil its next answer."""

import pytest

from chatroom.server.doors import greeter
from chatroom.server.doors.greeter import Greeter
from chatroom.server.web.browsers import KEPT, MOST, Browsers
from server.conftest import House
from web_client import HOST, WebClient

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"


def test_a_browser_is_remembered_for_a_while_and_a_program_is_not() -> None:
    browsers = Browsers()
    browsers.note(HOST, "curl/8.5", 0)
    assert not browsers.were_at(HOST, 1)
    browsers.note(HOST, BROWSER, 1)
    assert browsers.were_at(HOST, KEPT)
    assert not browsers.were_at(HOST, KEPT + 1)


def test_the_addresses_of_the_latest_are_kept() -> None:
    browsers = Browsers()
    for number in (0, *range(1, MOST), 0, MOST):  # the second is now the oldest
        browsers.note(str(number), BROWSER, 0)
    assert [browsers.were_at(str(number), 0) for number in (0, 1, 2, MOST)] == [
        True,
        False,
        True,
        True,
    ]


@pytest.fixture
def visited(house: House, web: WebClient, monkeypatch: pytest.MonkeyPatch) -> House:
    """A browser has been here; the silence of others is short, and that of browsers endless."""
    assert web.ask("GET", "/icon.svg", USER_AGENT=BROWSER).status == 200
    monkeypatch.setattr(greeter, "SILENCE", 0.0)
    monkeypatch.setattr(greeter, "SILENCE_OF_BROWSERS", 1e6)
    return house


def test_no_greeting_comes_before_the_answer(visited: House) -> None:
    ahead = WebClient(visited.connect().sock, visited.tick)
    ann = visited.join("ann")  # which needs ticks
    assert ann.seen
    assert ahead.ask("GET", "/icon.svg").status == 200


def test_a_person_where_a_browser_has_been_presses_enter(visited: House) -> None:
    person = visited.connect()
    (undecided,) = (each for each in visited.server.doors.values() if isinstance(each, Greeter))
    person.send("")
    visited.until(lambda: undecided.greeted)
    assert person.line() == "Welcome to Chatroom. Choose a nickname:"
