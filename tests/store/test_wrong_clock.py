"""A clock that was wrong once: order is kept, times come back to the truth, nothing is lost."""

import io
from contextlib import closing
from pathlib import Path

import pytest

from chat import people
from chatroom.store.ages import RELEASED
from chatroom.store.database import HISTORY_FILE, SEARCH_FILE, connect, transaction
from chatroom.store.export import Selection, Snapshot
from chatroom.store.history import History
from chatroom.store.importing import Intake
from chatroom.store.jsonl import entry_line
from chatroom.store.render import text_page
from chatroom.store.retention import Retention
from chatroom.store.sweep import Sweep
from chatroom.store.times import span_of
from chatroom.wire.reference import format_time
from store.talk import NOW, Searched, ask, found, said, say, texts

DAY = 86_400.0
AHEAD = NOW + 400 * DAY
ROOM = "#general"


def time_of(seconds: float) -> str:
    return format_time(round(seconds * 1000))


def times(history: History) -> list[str]:
    return [m.tags["time"] for m in history.select(ROOM, 100, ["PRIVMSG"])]


CLOCKS = {
    "ahead": [NOW, NOW + 1, AHEAD, AHEAD + 1, NOW + 2, NOW + 3, NOW + 4],
    "at the start": [AHEAD, AHEAD + 1, NOW, NOW + 1, NOW + 2],
    "behind": [NOW, NOW + 1, 5.0, 6.0, NOW + 2, NOW + 3],
    "an hour, until it is there again": [NOW, NOW + 3600, NOW + 2, NOW + 3, NOW + 3601, NOW + 3700],
    "twice": [NOW, AHEAD, NOW + 1, AHEAD + 9, NOW + 2, 7.0, NOW + 3],
    "behind, and back": [NOW - 3600, NOW - 1800, NOW - 3500, NOW],
    "a year behind": [NOW, NOW - 400 * DAY, NOW + DAY, NOW + 2 * DAY],
}


@pytest.fixture(params=CLOCKS, ids=str)
def clock(request: pytest.FixtureRequest) -> list[float]:
    return CLOCKS[request.param]


def tell(directory: Path, clock: list[float]) -> list[str]:
    """What is said as the clock goes, half of it before a restart; the texts."""
    told = [str(number) for number in range(len(clock))]
    for begin in (0, len(clock) // 2):
        with closing(History(directory, "process")) as history:
            end = len(clock) // 2 if not begin else len(clock)
            for at, text in list(zip(clock, told, strict=True))[begin:end]:
                history.record(ROOM, said(text), at)
                history.make_durable()
    return told


def test_order_and_times(tmp_path: Path, clock: list[float]) -> None:
    told = tell(tmp_path, clock)
    with closing(History(tmp_path, "process")) as history:
        assert texts(history) == told
        assert times(history) == [time_of(at) for at in clock]


def test_paging_by_times_comes_to_every_message(tmp_path: Path, clock: list[float]) -> None:
    """As clients do that do not know msgids: behind the last that they have, before the first."""
    told = tell(tmp_path, clock)
    with closing(History(tmp_path, "process")) as history:
        forwards: list[str] = []
        time = round(clock[0] * 1000)
        forwards.append(told[0])
        while page := texts(history, limit=1, after=history.span(ROOM, time)[1], newest=False):
            forwards += page
            time = round(clock[int(page[0])] * 1000)
        assert forwards == told
        backwards = [told[-1]]
        time = round(clock[-1] * 1000)
        while page := texts(history, limit=1, before=history.span(ROOM, time)[0]):
            backwards += page
            time = round(clock[int(page[0])] * 1000)
        assert backwards[::-1] == told


def test_after_a_time_nothing_later_is_left_out(tmp_path: Path, clock: list[float]) -> None:
    """A time that no message has: a client was away then, and knows doubles by their msgids."""
    told = tell(tmp_path, clock)
    with closing(History(tmp_path, "process")) as history:
        for time in (between for at in clock for between in (at - 0.5, at + 0.5, at + 200)):
            after = texts(history, after=history.span(ROOM, round(time * 1000))[1], newest=False)
            later = {text for at, text in zip(clock, told, strict=True) if at > time}
            assert later <= set(after)
            assert after == told[len(told) - len(after) :]


def test_a_time_between(tmp_path: Path) -> None:
    tell(tmp_path, CLOCKS["ahead"])
    with closing(History(tmp_path, "process")) as history:
        since = history.span(ROOM, round((NOW + 2.5) * 1000))
        assert texts(history, after=since[1]) == ["2", "3", "4", "5", "6"]
        assert texts(history, before=since[0]) == ["0", "1", "2", "3", "4"]
        long_ago = history.span(ROOM, 0)
        assert texts(history, after=long_ago[1]) == ["0", "1", "2", "3", "4", "5", "6"]
        assert texts(history, before=long_ago[0]) == []


def test_a_time_behind_the_clock_that_was_set_back_gives_no_doubles(tmp_path: Path) -> None:
    tell(tmp_path, CLOCKS["behind"])
    with closing(History(tmp_path, "process")) as history:
        assert texts(history, after=history.span(ROOM, round((NOW + 1.5) * 1000))[1]) == ["4", "5"]


def test_the_closest_time_before_counts_although_it_was_said_earlier(tmp_path: Path) -> None:
    """Also where another room has the only message whose place and time are the same."""
    with closing(History(tmp_path, "process")) as history:
        for room, text, at in ((ROOM, "60", 60), ("#den", "100", 100), (ROOM, "50", 50)):
            history.record(room, said(text), NOW + at)
        history.commit()
        start, _ = history.span(ROOM, round((NOW + 120) * 1000))
        assert texts(history, before=start) == ["60"]


def test_a_time_that_comes_twice(tmp_path: Path) -> None:
    """What was said in between is later than it; messages of one millisecond go together."""
    with closing(History(tmp_path, "process")) as history:
        say(history, "ahead", at=AHEAD)
        say(history, "0", "1", at=NOW)
        say(history, "2", at=NOW + 5)
        say(history, "3", at=NOW)
        for kept in (history.commit, lambda: None):
            kept()
            history.record(ROOM, said("4"), NOW + 7)
            start, end = history.span(ROOM, round(NOW * 1000))
            assert texts(history, before=start) == ["ahead"]
            assert texts(history, after=end)[:3] == ["2", "3", "4"]


def test_catching_up_by_time(tmp_path: Path) -> None:
    """As a client asks: B was said later than the time, and before the clock was set back."""
    clock = CLOCKS["behind, and back"]
    world = people.a_world()
    with closing(History(tmp_path, "process")) as history:
        world.log = history  # type: ignore[assignment]
        asker = people.arrive(world, "asker", frozenset({"batch", "draft/chathistory"}))
        for at, text in zip(clock, "ABCD", strict=True):
            history.record(ROOM, said(text), at)
        for question, answer in (
            ("AFTER {} {a} 20", "BCD"),
            ("LATEST {} {a} 20", "BCD"),
            ("BETWEEN {} {a} {b} 20", "B"),
            ("BETWEEN {} {b} {a} 20", "B"),
            ("BETWEEN {} {a} {d} 20", "BCD"),
            ("AFTER {} {d} 20", ""),
            ("BEFORE {} {a} 20", "ABC"),
        ):
            moments = {
                name: f"timestamp={time_of(at + 200)}"
                for name, at in zip("abcd", clock, strict=True)
            }
            people.say(asker, f"CHATHISTORY {question.format(ROOM, **moments)}")
            lines = [line for line in people.heard(asker) if " PRIVMSG " in line]
            assert "".join(line[-1] for line in lines) == answer, question


def test_search_by_date(tmp_path: Path) -> None:
    with closing(History(tmp_path, "process")) as history, closing(Searched(tmp_path)) as index:
        say(history, "tea then", at=AHEAD)
        say(history, "tea now", at=NOW)
        day = time_of(NOW)[:10]
        assert found(index, f"tea before:{time_of(NOW + DAY)[:10]}") == ["tea now"]
        assert found(index, f"tea after:{day}") == ["tea then"]
        assert found(index, "tea") == ["tea now", "tea then"]


def exported(directory: Path, since: int | None = None) -> list[str]:
    with Snapshot(directory) as snapshot:
        return list(map(entry_line, snapshot.entries(Selection(since=since))))


def test_an_export_is_taken_in_as_it_is(tmp_path: Path, clock: list[float]) -> None:
    (tmp_path / "one").mkdir()
    told = tell(tmp_path / "one", clock)
    lines = exported(tmp_path / "one")
    assert len(exported(tmp_path / "one", since=round(clock[-1] * 1000))) == sum(
        at >= clock[-1] for at in clock
    )
    for directory in (tmp_path / "two", tmp_path / "one"):
        directory.mkdir(exist_ok=True)
        with closing(Intake(directory)) as intake:
            intake.check(io.BytesIO("".join(lines).encode()), lambda _: None)
            added = intake.write(lambda _: None).added
        assert added == (len(told) if directory.name == "two" else 0)
        with closing(History(directory, "process")) as history:
            assert texts(history) == told
            assert times(history) == [time_of(at) for at in clock]
        assert exported(directory) == lines


def test_a_page_has_its_days(tmp_path: Path) -> None:
    tell(tmp_path, CLOCKS["at the start"])
    with Snapshot(tmp_path) as snapshot:
        page = list(text_page(snapshot.entries(Selection()), [ROOM]))
        (summary,) = snapshot.summaries()
    assert [line[-5:-1] for line in page if line.startswith("---")] == [" ---"] * 2
    assert (summary.first, summary.last) == (round(NOW * 1000), round((AHEAD + 1) * 1000))


def test_a_directory_whose_clock_was_kept_in_the_future(tmp_path: Path) -> None:
    """By a version that made all times monotonic."""
    with closing(History(tmp_path, "process")) as history:
        say(history, "0", "1", at=AHEAD)
        assert history.record(ROOM, said("2"), NOW).tags["time"] == time_of(NOW)
        history.commit()
        assert texts(history) == ["0", "1", "2"]


def test_a_seal_holds_and_what_follows_is_read(tmp_path: Path) -> None:
    with closing(History(tmp_path, "process")) as history:
        say(history, "secret", at=AHEAD)
        say(history, "secret too", at=NOW)
        history.seal(ROOM, NOW + 1)
        say(history, "open", at=NOW + 2)
        (message,) = history.select(ROOM, 9, ["PRIVMSG"])
        assert message.params[1] == "open"
        assert history.place(message) > AHEAD * 1000


def test_private_talk_has_the_clock_s_time(tmp_path: Path) -> None:
    with closing(History(tmp_path, "process")) as history:
        say(history, "x", at=AHEAD)
        assert history.stamp(said("x"), NOW).tags["time"] == time_of(NOW)


def test_the_dearest_time(tmp_path: Path) -> None:
    """A room that is made for it: wherever one looks, the clock was behind. Counted in steps of
    SQLite's machine, of which a millisecond has some ten thousand."""
    with closing(History(tmp_path, "process")) as history:
        say(history, "once", at=0.001)
        now = round(AHEAD * 1000)
        rows = [(now - (1 << step) + 1, each) for step in range(45) for each in range(240)]
    insert = "INSERT INTO message VALUES (?, 1, ?, 1, ?, '', NULL, -5)"
    with closing(connect(tmp_path / HISTORY_FILE)) as connection:
        with transaction(connection):
            for number, (at, each) in enumerate(sorted(rows)):
                connection.execute(insert, (10**9 + number, at, (0, 2)[each % 2]))
        steps: list[None] = []
        connection.set_progress_handler(lambda: steps.append(None), 100)
        span_of(connection, 1, [], now)
        assert len(steps) < 100


# Retention


class Rules:
    """30 days, run as a server would while `hours` pass. `confirmed`: the clock is synchronised."""

    def __init__(
        self, directory: Path, boot: str = "", passed: float = 0.0, confirmed: bool = False
    ) -> None:
        self.passed = passed
        self.confirmed = confirmed
        self.index = Searched(directory)
        self.rules = Retention(
            directory, self.index, 30, 0, lambda: self.passed, boot, lambda _now: self.confirmed
        )

    def run(self, now: float, hours: float = 0.0) -> int:
        self.passed += hours * 3600
        return self.rules.run(now)


def a_month(directory: Path) -> History:
    history = History(directory, "process")
    for days in (40, 29, 10, 1, 0):
        say(history, f"{days} days", at=NOW - days * DAY)
    return history


def test_nothing_is_deleted_for_a_clock_that_is_ahead(tmp_path: Path) -> None:
    with closing(a_month(tmp_path)) as history:
        rules = Rules(tmp_path, confirmed=True)
        assert rules.run(NOW) == 1  # the right clock: forty days
        rules.confirmed = False
        for hours in range(20):
            assert rules.run(AHEAD + hours * 3600, hours=1) == 0  # the machine was on
        assert rules.run(NOW + 21 * 3600, hours=1) == 0
        assert rules.rules.doubted == 0
        assert texts(history) == ["29 days", "10 days", "1 days", "0 days"]
        rules.index.close()
        for hours in range(100):  # it is started anew all the time
            restarted = Rules(tmp_path)
            assert restarted.run(AHEAD + hours * 3600) == 0
            assert restarted.run(AHEAD + hours * 3600 + 600, hours=1 / 6) == 0
            restarted.index.close()
        restarted = Rules(tmp_path, confirmed=True)
        assert restarted.run(NOW + 23 * 3600) == 0
        assert restarted.rules.doubted == 0
        assert restarted.run(NOW + 25 * 3600, hours=2) == 0
        assert len(texts(history)) == 4
        assert restarted.run(NOW + 31 * DAY, hours=30 * 24) == 4
        restarted.index.close()


@pytest.mark.parametrize("after", [0.0, 0.9])
def test_a_machine_that_was_off_for_long_deletes_what_is_due(tmp_path: Path, after: float) -> None:
    """As soon as a time service has confirmed the clock, some time after the start."""
    with closing(a_month(tmp_path)) as history:
        rules = Rules(tmp_path, confirmed=True)
        assert rules.run(NOW) == 1
        again = Rules(tmp_path)
        assert again.run(NOW + 60 * DAY) == 0
        assert again.rules.doubted == 60 * DAY * 1000
        assert again.run(NOW + 60 * DAY + after * 3600, hours=after) == 0
        again.confirmed = True
        assert again.run(NOW + 60 * DAY + after * 3600) == 4
        assert again.rules.doubted == 0
        assert texts(history) == []
        rules.index.close()
        again.index.close()


def test_time_off_does_not_count_if_nothing_confirms_the_clock(tmp_path: Path) -> None:
    """Nor later, when it is confirmed. All of it still goes, `keep_days` after that."""
    with closing(a_month(tmp_path)) as history:
        rules = Rules(tmp_path, confirmed=True)
        assert rules.run(NOW) == 1
        again = Rules(tmp_path)
        assert again.run(NOW + 60 * DAY) == 0
        assert again.run(NOW + 60 * DAY + 3600, hours=1) == 0
        assert again.rules.doubted == 0
        again.confirmed = True
        assert again.run(NOW + 60 * DAY + 3600) == 0
        assert again.run(NOW + 89.5 * DAY, hours=29.5 * 24 - 1) == 0
        assert again.run(NOW + 90.1 * DAY, hours=0.6 * 24) == 4
        assert texts(history) == []
        rules.index.close()
        again.index.close()


def test_the_rule_goes_on_after_a_clock_was_ahead(tmp_path: Path) -> None:
    """What was said under it, and then, is deleted when it is old, not 400 days later."""
    with closing(History(tmp_path, "process")) as history:
        say(history, "ahead", at=AHEAD)
        say(history, "first", at=NOW)
        rules = Rules(tmp_path)
        rules.run(NOW)
        say(history, "second", at=NOW + 20 * DAY)
        for days in range(1, 31):
            assert rules.run(NOW + days * DAY, hours=24) == 0
        assert rules.run(NOW + 31 * DAY, hours=24) == 2
        assert texts(history) == ["second"]
        assert rules.run(NOW + 51 * DAY, hours=20 * 24) == 1
        rules.index.close()


@pytest.mark.parametrize("behind", [5.0, NOW - 500 * DAY])
def test_what_was_said_lately_stays_whatever_the_clock_said(tmp_path: Path, behind: float) -> None:
    """The clock was ahead, then far behind: the room's last messages have a time long ago."""
    with closing(History(tmp_path, "process")) as history:
        say(history, "ahead", at=AHEAD)
        say(history, "long ago", at=behind)
        assert Rules(tmp_path).run(NOW) == 0  # the first time ever
        rules = Rules(tmp_path)  # a restart
        rules.run(NOW)
        for days in range(1, 30):
            say(history, f"{days} days", at=behind + days)
            assert rules.run(NOW + days * DAY, hours=24) == 0
        assert rules.run(NOW + 30.1 * DAY, hours=1.1 * 24) == 2
        assert rules.run(NOW + 33.1 * DAY, hours=3 * 24) == 3  # each as old as it is
        assert texts(history)[0] == "4 days"
        assert rules.run(NOW + 90 * DAY, hours=56.9 * 24) == 26
        assert texts(history) == []
        assert len(ask(tmp_path, "SELECT value FROM meta WHERE key = 'ages'")[0][0]) < 2000
        rules.index.close()


def test_what_was_said_while_the_clock_was_behind_is_as_old_as_the_rest(tmp_path: Path) -> None:
    with closing(History(tmp_path, "process")) as history:
        say(history, "before", at=NOW)
        say(history, "in 1970", at=5.0)
        say(history, "after", at=NOW + 1)
        rules = Rules(tmp_path)
        assert rules.run(NOW + 2) == 0
        assert texts(history) == ["before", "in 1970", "after"]
        rules.index.close()


@pytest.mark.parametrize("days", [8, 31, 400])
def test_the_first_run_does_not_trust_a_line_that_is_far_from_the_rest(
    tmp_path: Path, days: int
) -> None:
    """A wrong clock may have dated it, and may still be wrong."""
    ahead = NOW + days * DAY
    with closing(History(tmp_path, "process")) as history:
        say(history, "one", at=NOW - 29 * DAY)
        for before in range(28, -1, -4):
            say(history, f"{before} days", at=NOW - before * DAY)
        say(history, *map(str, range(20)), at=ahead)
        rules = Rules(tmp_path)
        for hours in (0.0, 0.01):
            assert rules.run(ahead, hours) == 0
            assert rules.rules.doubted == (days * DAY - hours * 3600) * 1000
        again = Rules(tmp_path)
        assert again.run(NOW) == 0
        assert again.rules.doubted == 0
        assert len(texts(history)) == 29
        rules.index.close()
        again.index.close()


def test_the_first_run_trusts_messages_without_a_long_pause(tmp_path: Path) -> None:
    with closing(History(tmp_path, "process")) as history:
        for days in range(70, -1, -7):
            say(history, str(days), at=NOW - days * DAY)
        rules = Rules(tmp_path)
        assert rules.run(NOW) == 6
        assert rules.rules.doubted == 0
        assert texts(history) == ["28", "21", "14", "7", "0"]
        rules.index.close()


def test_nothing_is_doubted_where_nothing_is_due(tmp_path: Path) -> None:
    """Such as in a new directory, years after the release."""
    with closing(History(tmp_path, "process")) as history:
        rules = Rules(tmp_path)
        assert rules.run(AHEAD) == 0
        say(history, "new", at=AHEAD)
        assert rules.run(AHEAD) == 0
        assert rules.rules.doubted == 0
        rules.index.close()


def test_a_new_directory_with_a_clock_ahead_is_no_proof(tmp_path: Path) -> None:
    with closing(History(tmp_path, "process")) as history:
        Rules(tmp_path).run(AHEAD)
        say(history, "right", at=NOW)
        assert Rules(tmp_path).run(AHEAD) == 0
        assert texts(history) == ["right"]


@pytest.mark.parametrize("restart", [False, True])
def test_messages_of_a_clock_in_1970_live_as_long_as_others(tmp_path: Path, restart: bool) -> None:
    """Said before the very first run, or after it; then all that they left is gone as well."""
    with closing(History(tmp_path, "process")) as history:
        rules = Rules(tmp_path)
        say(history, "at the start", at=5.0)
        assert rules.run(5.0) == 0
        say(history, "in 1970", room="#den", at=3600.0, source="gone!gone@192.0.2.77")
        assert rules.run(3600.0, hours=1) == 0
        if restart:
            rules.index.close()
            rules = Rules(tmp_path)
        assert rules.run(NOW, hours=1) == 0
        say(history, "right", at=NOW)
        for days in range(1, 30):
            assert rules.run(NOW + days * DAY, hours=24) == 0
            assert rules.rules.doubted == 0
        assert rules.run(NOW + 31.1 * DAY, hours=2.1 * 24) == 3
        assert rules.rules.doubted == 0
        rules.index.update()
        assert Sweep(tmp_path, rules.index).run()
        for name in (HISTORY_FILE, SEARCH_FILE):
            assert b"192.0.2.77" not in (tmp_path / name).read_bytes()
        assert ask(tmp_path, "SELECT name FROM room") == []
        rules.index.close()


def test_a_rule_that_is_new_keeps_what_has_an_impossible_time(tmp_path: Path) -> None:
    """The server has run without a rule before; the clock was in 1970, or at the machine's making.
    Nothing else waits for that, nor does the clock seem wrong."""
    released = RELEASED / 1000
    with closing(History(tmp_path, "process")) as history:
        say(history, "in 1970", at=5.0)
        say(history, "before the release", at=released - 200 * DAY)
        say(history, "now", room="#den", at=NOW)
        rules = Rules(tmp_path)
        assert rules.run(NOW) == 0
        assert rules.rules.doubted == 0
        assert rules.run(NOW + 29.9 * DAY, hours=29.9 * 24) == 0
        assert rules.run(NOW + 30.1 * DAY, hours=0.2 * 24) == 3
        rules.index.close()


def test_what_was_said_before_an_old_message_is_older_still(tmp_path: Path) -> None:
    """The rule is new; long ago the clock was in 1970, and set back. Neither holds up others."""
    with closing(History(tmp_path, "process")) as history:
        say(history, "in 1970", at=5.0)
        say(history, "set right", at=NOW - 60 * DAY)
        say(history, "set back", at=NOW - 90 * DAY)
        for days in range(59, -1, -7):
            say(history, f"{days} days", at=NOW - days * DAY)
        rules = Rules(tmp_path)
        assert rules.run(NOW) == 8
        assert texts(history) == ["24 days", "17 days", "10 days", "3 days"]
        rules.index.close()


def test_imported_messages_have_their_own_time(tmp_path: Path) -> None:
    """Although they have not been here for so long; unless that time is impossible."""
    for name, at in (("in 1970", 5.0), ("old", NOW - 40 * DAY), ("new", NOW - 9 * DAY)):
        (tmp_path / name).mkdir()
        with closing(History(tmp_path / name, "process")) as history:
            say(history, name, room=f"#{name[:2]}", at=at)
    here = tmp_path / "here"
    here.mkdir()
    with closing(History(here, "process")) as history:
        say(history, "first", at=NOW)
    rules = Rules(here)
    rules.run(NOW)
    for name in ("in 1970", "old", "new"):
        with closing(Intake(here)) as intake:
            lines = "".join(exported(tmp_path / name))
            intake.check(io.BytesIO(lines.encode()), lambda _: None)
            intake.write(lambda _: None)
    assert rules.run(NOW + DAY, hours=24) == 1
    with closing(History(here, "process")) as history:
        assert [texts(history, room) for room in ("#in", "#ol", "#ne")] == [
            ["in 1970"],
            [],
            ["new"],
        ]
    assert rules.run(NOW + 22 * DAY, hours=21 * 24) == 1
    assert rules.run(NOW + 32 * DAY, hours=10 * 24) == 2
    rules.index.close()


def test_days_off_count_if_the_clock_is_confirmed(tmp_path: Path) -> None:
    """On a machine that is on for a minute a day."""
    with closing(History(tmp_path, "process")) as history:
        deleted = 0
        for days in range(60):
            say(history, str(days), at=NOW + days * DAY)
            rules = Rules(tmp_path, confirmed=True)
            deleted += rules.run(NOW + days * DAY, hours=1 / 60)
            rules.index.close()
        assert deleted == 29
        assert rules.rules.doubted == 0
        say(history, "ahead", at=NOW + 62 * DAY)
        assert Rules(tmp_path).run(NOW + 62 * DAY) == 0  # nothing confirms that


@pytest.mark.parametrize(("boot", "deleted"), [("a", 4), ("b", 0), ("", 0)])
def test_time_counts_while_the_server_is_off_and_the_machine_is_on(
    tmp_path: Path, boot: str, deleted: int
) -> None:
    with closing(a_month(tmp_path)) as history:
        rules = Rules(tmp_path, "a", 7.0, confirmed=True)
        rules.run(NOW)
        assert len(texts(history)) == 4
        later = Rules(tmp_path, boot, rules.passed + 60 * DAY)
        assert later.run(NOW + 60 * DAY) == deleted
        rules.index.close()
        later.index.close()


def test_a_stretch_with_many_places(tmp_path: Path) -> None:
    """Each time that a door is closed or opened makes a place; what is before is found anyway."""
    with closing(History(tmp_path, "process")) as history:
        say(history, "0", at=NOW)
        say(history, "1", at=AHEAD)
        for number in range(2, 300):
            history.boundary(NOW + number)
            history.record(ROOM, said(str(number)), NOW + number)
        history.commit()
        after = history.span(ROOM, round(AHEAD * 1000))[1]
        assert texts(history, after=after)[0::297] == ["2", "299"]
        assert texts(history, after=history.span(ROOM, round(NOW * 1000))[1])[0] == "1"


def test_an_old_database_gets_the_column(tmp_path: Path) -> None:
    with closing(History(tmp_path, "process")) as history:
        say(history, "x")
    with closing(connect(tmp_path / HISTORY_FILE)) as connection, transaction(connection):
        connection.execute("DROP TABLE said_once")
        connection.execute("DROP TABLE redaction")
        connection.execute("DROP TABLE account_metadata")
        connection.execute("DROP TABLE file")
        connection.execute("DROP TABLE token")
        connection.execute("DROP TABLE read_marker")
        connection.execute("DROP TABLE always_on")
        connection.execute("DROP TABLE account")
        connection.execute("DROP TABLE account_certificate")
        connection.execute("DROP TABLE server_ban")
        connection.execute("DROP INDEX message_reaction")
        connection.execute("DROP INDEX room_lower")
        connection.execute("DROP INDEX room_higher")
        connection.execute("DROP INDEX message_told")
        connection.execute("ALTER TABLE message DROP COLUMN told")
        connection.execute("PRAGMA user_version = 3")
    with closing(History(tmp_path, "process")) as history:
        say(history, "y", at=NOW - DAY)
        assert texts(history) == ["x", "y"]
    assert ask(tmp_path, "SELECT told FROM message ORDER BY id")[0] == (None,)
