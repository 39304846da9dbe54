"""/search: what is asked, and what is shown of the answers."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.client.protocol.capabilities import WANTED
from chatroom.text.display import local_moment
from chatroom.wire.capabilities import SEARCH_BY_MSGID
from client.visitor import NOON, Visit, batch, entered, line, time_of


def elsewhere() -> Visit:
    """With a server that searches as soju.im/search says, and no more."""
    return entered(capabilities=" ".join(WANTED.keys() - {SEARCH_BY_MSGID}))


def search_batch(numbers: range) -> str:
    return batch([line(number) for number in numbers], "soju.im/search")


@pytest.mark.parametrize(
    ("typed", "attributes"),
    [
        ("green tea*", r"text=green\stea*"),
        ('"green tea" from:bob in:games', r'text="green\stea";from=bob;in=#games'),
        ('"from:bob"', 'text="from:bob"'),
        ("from:bob", "from=bob"),
        ("a;b", r"text=a\:b"),
        ("after:2026-11-20T15:00Z", "after=2026-11-20T15:00:00.000Z"),
        ("before:2026-11-20T15:00Z", "before=2026-11-20T14:59:59.999Z"),
    ],
)
def test_search_attributes(typed: str, attributes: str) -> None:
    """soju.im/search, "Standard search attributes"; its `before` includes the moment."""
    assert entered().types(f"/search {typed}") == f"SEARCH {attributes};limit=10"


def test_searched_days_are_this_places() -> None:
    """As the lines that are shown."""
    asked = entered().types("/search before:2026-11-20")
    before = asked.removeprefix("SEARCH before=").removesuffix(";limit=10")
    assert time_of(before) == "23:59:59"
    assert local_moment({"time": before}, 0.0).day == 19


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ('"&', "-- This cannot be searched: there is nothing to search for in"),
        ("before:noon", "-- This cannot be searched: 'noon' is not a date"),
        ("more", "-- Search for something first."),
        ("x" * 600, "-- This cannot be searched: a search has at most 500 characters"),
        ("é" * 400, "-- That is too long to search for."),  # 800 bytes
    ],
)
def test_searches_that_cannot_be(typed: str, words: str) -> None:
    """Found out here; nothing is sent."""
    visit = entered()
    assert visit.types(f"/search {typed}") == ""
    assert visit.shown()[-1].startswith(words)


def searched(visit: Visit, answer: Callable[[str], list[str]], most: int) -> list[int]:
    """The numbers of the messages that are found page by page, in the order in which they are
    shown. `answer` makes the lines that answer a SEARCH; there are at most `most` pages."""
    asked = visit.types("/search message")
    seen: list[int] = []
    for _ in range(most + 1):
        visit.hear(batch(answer(asked), "soju.im/search"))
        shown = visit.shown()
        seen += [int(each.rpartition(" ")[2]) for each in shown if ". [" in each]
        if shown[-1] != "-- /search more shows older ones.":
            return seen
        asked = visit.types("/search more")
    raise AssertionError("the search has no end")


def searched_elsewhere(kept: list[tuple[int, int]]) -> list[int]:
    """All that a server finds that answers as soju.im/search says: the last of the messages (their
    seconds and numbers) that were not said after the moment asked for."""

    def answer(asked: str) -> list[str]:
        limit = int(asked.rpartition("limit=")[2])
        until = asked.partition("before=")[2].partition(";")[0]
        here = [each for each in kept if not until or NOON.format(each[0]) <= until][-limit:]
        return [line(number, NOON.format(second)) for second, number in here]

    return searched(elsewhere(), answer, len(kept))


def test_search_page_by_page_of_another_server() -> None:
    """The newest first; a further page begins at the last one's moment, and repeats nothing."""
    visit = elsewhere()
    visit.types("/search message")
    visit.hear(search_batch(range(11, 21)))
    shown = visit.shown()
    day = f"{local_moment({'time': NOON.format(20)}, 0.0):%Y-%m-%d}"
    assert shown[0] == f"1. [{day} {time_of(NOON.format(20))}] general <bob> message 20"
    assert shown[9:] == [
        f"10. [{day} {time_of(NOON.format(11))}] general <bob> message 11",
        "-- /search more shows older ones.",
    ]
    assert visit.types("/search more") == (f"SEARCH text=message;before={NOON.format(11)};limit=11")
    visit.hear(search_batch(range(9, 12)))
    assert [each[-2:].strip() for each in visit.shown()] == ["10", "9", "d."]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60))
def test_another_server_s_searches_find_everything_once(seconds: list[int]) -> None:
    """Whatever shares a moment: against a server that answers as soju.im/search says."""
    kept = sorted((second, number) for number, second in enumerate(seconds))
    assert searched_elsewhere(kept) == [number for _, number in reversed(kept)]


def test_search_page_by_page() -> None:
    """A further page begins at the last message; the date that was asked for stays."""
    visit = entered()
    asked = visit.types("/search message before:2026-11-20T15:00Z")
    until = "before=2026-11-20T14:59:59.999Z"
    assert asked == f"SEARCH text=message;{until};limit=10"
    for last in (11, 1):
        visit.hear(search_batch(range(last, last + 10)))
        assert visit.shown()[-1] == "-- /search more shows older ones."
        asked = visit.types("/search more")
        assert asked == f"SEARCH text=message;{until},msgid=m{last};limit=10"
    visit.hear(search_batch(range(0)))
    assert visit.shown() == ["-- Nothing older was found."]
    assert visit.chat.search.line(20).text == "message 1"


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60))
def test_searches_find_everything_once_whatever_the_clock_did(seconds: list[int]) -> None:
    """The server's order is that of its numbers; times may go up and down along it."""

    def answer(asked: str) -> list[str]:
        below = asked.partition("msgid=m")[2].partition(";")[0]
        end = int(below) if below else len(seconds)
        here = range(max(0, end - 10), end)
        return [line(number, NOON.format(seconds[number])) for number in here]

    assert searched(entered(), answer, len(seconds)) == list(range(len(seconds)))[::-1]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60))
def test_searches_repeat_nothing_when_times_fall(seconds: list[int]) -> None:
    """A server's clock was set back, and its order is another: each line once, and an end."""
    seen = searched_elsewhere([(second, number) for number, second in enumerate(seconds)])
    assert len(seen) == len(set(seen))


def test_searches_one_after_the_other() -> None:
    """The next is asked when the last was answered, however it was."""
    visit = entered()
    assert visit.types("/search one").startswith("SEARCH text=one;")
    assert visit.types("/search two") == ""
    visit.hear(":s FAIL SEARCH INVALID_PARAMS in :You cannot search there\n")
    assert visit.sent() == ["SEARCH text=two;limit=10"]
    visit.hear(search_batch(range(1)))
    visit.hear(search_batch(range(1)))
    assert len([each for each in visit.shown() if "message 0" in each]) == 1


def test_a_pipe_waits_for_what_its_search_finds() -> None:
    """The answer may come from a worker, long after the PONG."""
    visit = Visit(person=False)
    visit.sent()
    visit.types("/search tea")
    visit.chat.ended()
    assert visit.sent() == []
    visit.hear(search_batch(range(2)))
    assert visit.sent() == ["QUIT"]
    assert len([each for each in visit.shown() if "message" in each]) == 2
