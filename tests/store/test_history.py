"""What is kept, how it is named, and what stays true when the disk fails."""

from contextlib import closing
from pathlib import Path

import pytest

from chatroom.store import past, writer
from chatroom.store.database import StoreError
from chatroom.store.history import History
from chatroom.store.rows import COMMANDS, as_sent
from chatroom.store.search import SearchIndex
from chatroom.wire.message import Message
from chatroom.wire.reference import Point, format_time, just_after, just_before, with_tags
from store.talk import ALICE, BOB, NOW, ask, keeping, said, say, stranger, texts

NOW_MS = round(NOW * 1000)
TIME = "2027-01-15T08:00:00.000Z"


def numbers(directory: Path) -> list[int]:
    return [number for (number,) in ask(directory, "SELECT id FROM message ORDER BY id")]


# Recording


def test_a_message_gets_its_time_and_its_msgid(history: History) -> None:
    stamped = history.record("#general", said("hello"), NOW)
    assert stamped.tags["time"] == TIME
    assert stamped.tags.keys() == {"time", "msgid"}
    assert stamped._replace(tags={}) == said("hello")
    assert history.select("#general", 10, COMMANDS) == [stamped]
    history.commit()
    assert history.select("#general", 10, COMMANDS) == [stamped]


MESSAGES = [
    Message("PRIVMSG", ("#general", "hello"), ALICE),
    Message("NOTICE", ("#general", ""), ALICE),
    Message("PRIVMSG", ("#GENERAL", "not as the room is written"), ALICE),
    Message("PRIVMSG", ("#general", "tagged"), ALICE, {"+draft/reply": "1-a", "+x": 'a"; \\ü'}),
    Message("TAGMSG", ("#general",), ALICE, {"+draft/react": "👍"}),
    Message("JOIN", ("#general",), BOB),
    Message("PART", ("#general", "bye"), BOB),
    Message("QUIT", ("gone",), BOB),
    Message("QUIT", (), BOB),
    Message("KICK", ("#general", "bob", "enough"), ALICE),
    Message("NICK", ("bobby",), BOB),
    Message("TOPIC", ("#general", "Über 日本語 👩‍👩‍👧"), ALICE),
    Message("MODE", ("#general", "+ov", "alice", "bob"), ALICE),
    Message("PRIVMSG", ("#general", "\x01ACTION waves\x01"), "chatroom.local"),
]


@pytest.mark.parametrize("written", [False, True])
def test_every_kind_of_message_comes_back_as_it_was(history: History, written: bool) -> None:
    stamped = [history.record("#general", message, NOW) for message in MESSAGES]
    assert [{**message.tags} for message in MESSAGES[3:5]] == [
        {key: value for key, value in message.tags.items() if key not in ("time", "msgid")}
        for message in stamped[3:5]
    ]
    if written:
        history.commit()
    assert history.select("#general", 100, COMMANDS) == [as_sent(message) for message in stamped]


def test_only_the_wanted_commands(history: History) -> None:
    for message in MESSAGES:
        history.record("#general", message, NOW)
    for commands in (["PRIVMSG"], ["PRIVMSG", "NOTICE"], ["MODE"], ["REDACT"]):
        waiting = history.select("#general", 100, commands)
        assert {message.command for message in waiting} <= set(commands)
        assert len(waiting) == sum(message.command in commands for message in MESSAGES)
    history.commit()
    assert len(history.select("#general", 100, ["QUIT"])) == 2


def test_tags_of_the_server_are_not_kept_twice(history: History) -> None:
    forged = said("hello")._replace(tags={"time": "1999-01-01T00:00:00.000Z", "msgid": "mine"})
    stamped = history.record("#general", forged, NOW)
    history.commit()
    assert stamped.tags["time"] == TIME
    assert history.select("#general", 1, COMMANDS) == [stamped]


def test_small_steps_back_are_waited_for(tmp_path: Path) -> None:
    """As time servers make them: times do not fall."""
    history = History(tmp_path, "process")
    times = [history.record("#general", said("x"), NOW - back).tags["time"] for back in (0, 1, 0.5)]
    assert times == [TIME] * 3
    history.close()


def test_the_room_is_found_in_every_spelling(history: History) -> None:
    say(history, "one", room="#Ärger")
    history.record("#ärger", said("two"), NOW)
    history.record("#A\u0308RGER", said("three"), NOW)
    for room in ("#Ärger", "#äRGER", "#A\u0308rger"):
        assert texts(history, room) == ["one", "two", "three"]
    assert texts(history, "#arger") == []


# Numbers


def test_msgids_are_unique(tmp_path: Path) -> None:
    """Over restarts, deletions of the newest, what is passed on without being kept, and what was
    shown but never reached the disk."""
    seen: list[str] = []
    for day in range(0, 90, 30):
        history, index = History(tmp_path, "process"), SearchIndex(tmp_path)
        seen += say(history, "a", "b", "c", at=NOW + day * 86400)
        seen += [history.stamp(said("private"), NOW).tags["msgid"] for _ in range(3)]
        keeping(tmp_path, index, 1, 0).run(NOW + (day + 10) * 86400)
        assert numbers(tmp_path) == []
        seen += [history.record("#general", said("lost"), NOW).tags["msgid"] for _ in range(3)]
        index.close()
        history.close()  # what waits is the caller's to commit
    assert len(seen) == len(set(seen)) == 27


def test_a_msgid_names_its_message_only(history: History) -> None:
    (msgid,) = say(history, "hello")
    digits, _, suffix = msgid.partition("-")
    assert history.point("#general", msgid) == Point(NOW_MS, history.number_of(msgid))
    strange = [
        f"0{msgid}", msgid.upper(), f"{digits}-000000", f"{digits}-", digits, "-", "", suffix,
        f"-{suffix}", f"z{'z' * 11}-{suffix}", f"{'z' * 13}-{suffix}", f"{'z' * 400}-{suffix}",
        f"０-{suffix}", f"+1-{suffix}", f"1_0-{suffix}", f"é-{suffix}", "\ud7ff", "x' OR 1 --",
    ]  # fmt: skip
    assert [name for name in strange if history.point("#general", name)] == []
    assert [name for name in strange if history.author("#general", name)] == []


def test_a_message_is_in_its_room_only(history: History) -> None:
    (msgid,) = say(history, "hello")
    waiting = history.record("#general", said("wait"), NOW).tags["msgid"]
    for name in (msgid, waiting):
        assert history.point("#GENERAL", name)
        assert history.point("#other", name) is None
    assert history.author("#other", msgid) is None


def test_the_msgid_of_what_is_not_kept_leads_nowhere(history: History) -> None:
    say(history, "hello")
    passing = history.stamp(said("typing"), NOW).tags["msgid"]
    assert history.number_of(passing) == 0


def test_a_foreign_msgid(history: History, tmp_path: Path) -> None:
    """An imported message keeps the msgid under which it is known elsewhere."""
    say(history, "one", "two")
    (number,) = numbers(tmp_path)[:1]
    ask(tmp_path, "UPDATE message SET more = ? WHERE id = ?", '{"msgid": "Zz-Far!away"}', number)
    ask(tmp_path, "INSERT INTO foreign_msgid VALUES ('Zz-Far!away', ?)", number)
    imported, own = history.select("#general", 10, COMMANDS)
    assert imported.tags["msgid"] == "Zz-Far!away"
    assert own.tags["msgid"] != "Zz-Far!away"
    assert history.point("#general", "Zz-Far!away") == Point(NOW_MS, number)
    assert history.author("#general", "Zz-Far!away") == ALICE
    history.redact_row(
        "#general", "Zz-Far!away", Message("REDACT", ("#general", "Zz-Far!away"), BOB)
    )
    assert texts(history) == ["Zz-Far!away", "two"]


# Selecting


def test_pages_between_two_points(history: History) -> None:
    """Between two points, both excluded; of too many the newest or the oldest."""
    ids = say(history, *"abcde")
    for letter in "fg":
        ids.append(history.record("#general", said(letter), NOW + 1).tags["msgid"])
    points = [history.point("#general", msgid) for msgid in ids]
    assert texts(history, limit=3) == ["e", "f", "g"]
    assert texts(history, limit=3, newest=False) == ["a", "b", "c"]
    assert texts(history, limit=6, newest=False) == [*"abcdef"]
    assert texts(history, before=points[1]) == ["a"]
    assert texts(history, before=points[6], limit=2) == ["e", "f"]
    assert texts(history, after=points[4]) == ["f", "g"]
    assert texts(history, after=points[5]) == ["g"]
    assert texts(history, after=points[0], before=points[3]) == ["b", "c"]
    assert texts(history, after=points[3], before=points[0]) == []
    assert texts(history, after=just_after(NOW_MS)) == ["f", "g"]
    assert texts(history, before=just_before(NOW_MS + 1000)) == [*"abcde"]
    assert texts(history, after=just_before(NOW_MS), before=just_after(NOW_MS)) == [*"abcde"]
    assert texts(history, "#nowhere") == []


# Writing fails


@pytest.mark.parametrize("newest", [True, False])
def test_a_page_costs_the_same_however_much_waits(
    history: History, newest: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of messages may wait to be written, while a worker writes to the database."""
    waiting = [history.record("#general", said(str(n)), NOW) for n in range(3000)]
    ids = [message.tags["msgid"] for message in waiting]
    tagged: list[str] = []

    def noted(message: Message, time: str, msgid: str) -> Message:
        tagged.append(msgid)
        return with_tags(message, time, msgid)

    monkeypatch.setattr(past, "with_tags", noted)
    page = next(history.pages("#general", 50, ("PRIVMSG",), newest=newest))
    assert len(page) == 10
    after = history.point("#general", ids[99])
    found = texts(history, after=after, limit=3, newest=newest)
    assert found == (["2997", "2998", "2999"] if newest else ["100", "101", "102"])
    assert 0 < len(tagged) < 200


def test_of_a_commit_that_fails_in_the_middle_nothing_is_left(
    history: History, tmp_path: Path
) -> None:
    """Many rows are one statement, and an error may come when some of them are in."""
    taken = history.position + 61
    room, sender = history._writer.room_id("#general"), history._writer.sender_id(ALICE)
    values = (taken, room, 1, sender, 0, "here", None)
    ask(tmp_path, "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", *values)
    for number in range(100):
        history.record("#general", said(str(number)), NOW)
    with pytest.raises(StoreError, match="UNIQUE"):
        history.commit()
    assert ask(tmp_path, "SELECT text FROM message") == [("here",)]
    ask(tmp_path, "DELETE FROM message WHERE id = ?", taken)
    history.commit()
    assert ask(tmp_path, "SELECT count(*) FROM message") == [(100,)]


def test_a_commit_that_fails_keeps_everything(history: History, tmp_path: Path) -> None:
    """It can be read meanwhile, and is written later, once, in order, new names and all."""
    say(history, "before")
    with stranger(tmp_path, "BEGIN EXCLUSIVE"):
        for number in range(3):
            room, source = f"#room{number % 2}", f"new{number}!u@h"
            history.record(room, said(str(number), room, source), NOW + number)
            history.save_room(room, {"topic": str(number)})
            with pytest.raises(StoreError, match=r"^Cannot write the history: database is locked$"):
                history.commit()
        assert history.pending == 5
        assert texts(history, "#room0") == ["0", "2"]
        assert texts(history) == ["before"]
    history.commit()
    assert history.pending == 0
    rows = ask(
        tmp_path,
        "SELECT room.name, source, text FROM message JOIN room ON room.id = message.room"
        " JOIN sender ON sender.id = sender ORDER BY message.id",
    )
    assert rows == [
        ("#general", ALICE, "before"),
        ("#room0", "new0!u@h", "0"),
        ("#room1", "new1!u@h", "1"),
        ("#room0", "new2!u@h", "2"),
    ]
    assert {name: state["topic"] for name, state in history.saved_rooms().items()} == {
        "#room0": "2", "#room1": "1"
    }  # fmt: skip
    history.commit()
    assert len(numbers(tmp_path)) == 4


def test_names_made_in_vain_are_made_again(history: History, tmp_path: Path) -> None:
    """The ids that a rolled-back transaction gave belong to others afterwards."""
    (msgid,) = say(history, "hello")
    ask(tmp_path, "CREATE TRIGGER no BEFORE UPDATE ON message BEGIN SELECT raise(FAIL, 'no'); END")
    ask(tmp_path, "CREATE TRIGGER nor BEFORE INSERT ON message BEGIN SELECT raise(FAIL, 'no'); END")
    with pytest.raises(StoreError, match=r"no$"):
        history.redact_row("#general", msgid, Message("REDACT", ("#general", msgid), "carol!c@h"))
    history.record("#carols", said("hi", "#carols", "dave!d@h"), NOW)
    with pytest.raises(StoreError, match=r"no$"):
        history.commit()
    ask(tmp_path, "DROP TRIGGER no")
    ask(tmp_path, "DROP TRIGGER nor")
    say(history, "I am Erin", room="#erins", source="erin!e@h")
    say(history, "I am Carol", room="#carols", source="carol!c@h")
    sources = {
        message.params[1]: message.source
        for room in ("#general", "#carols", "#erins")
        for message in history.select(room, 10, COMMANDS)
    }
    assert sources == {
        "hello": ALICE, "hi": "dave!d@h", "I am Erin": "erin!e@h", "I am Carol": "carol!c@h"
    }  # fmt: skip


def test_more_names_than_are_remembered(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "CACHED_NAMES", 3)
    sources = [f"n{number % 7}!u@h" for number in range(50)]
    for number, source in enumerate(sources):
        room = f"#room{number % 5}"
        history.record(room, said(str(number), room, source), NOW)
        if number % 4 == 0:
            history.commit()
    history.commit()
    kept = [
        message for room in range(5) for message in history.select(f"#room{room}", 50, COMMANDS)
    ]
    assert sorted((int(message.params[1]), message.source) for message in kept) == list(
        enumerate(sources)
    )
    assert all(int(message.params[1]) % 5 == int(message.params[0][-1]) for message in kept)


# Redaction


def test_a_redaction_stands_where_the_message_stood(history: History, tmp_path: Path) -> None:
    ids = say(history, "one", "oh no", "three")
    waiting = history.record("#general", said("four"), NOW).tags["msgid"]
    redaction = Message("REDACT", ("#general", ids[1], "typo"), BOB)
    number, _, source, text = history.redact_row("#general", ids[1], redaction)
    assert (number, source, text) == (history.number_of(ids[1]), ALICE, "oh no")
    shown = history.select("#general", 10, COMMANDS)
    assert [message.command for message in shown] == ["PRIVMSG", "REDACT", "PRIVMSG", "PRIVMSG"]
    assert [message.tags["msgid"] for message in shown] == [*ids, waiting]
    assert (shown[1].params, shown[1].source) == (("#general", ids[1], "typo"), BOB)
    assert texts(history)[0::2] == ["one", "three"]
    assert history.select("#general", 10, ["PRIVMSG", "NOTICE"]) == [shown[0], *shown[2:]]
    assert not any("oh no" in str(row) for row in ask(tmp_path, "SELECT * FROM message"))
    assert history.author("#general", ids[1]) is None  # once is enough


def test_whose_message_it_is(history: History) -> None:
    """What waits can be redacted too; events cannot."""
    waiting = history.record("#general", said("mine", source=BOB), NOW).tags["msgid"]
    joined = history.record("#general", Message("JOIN", ("#general",), BOB), NOW).tags["msgid"]
    assert history.author("#general", waiting) == BOB
    assert history.author("#general", joined) is None


# Rooms


@pytest.mark.parametrize("written", [False, True])
def test_a_seal(history: History, written: bool) -> None:
    """Nobody reads what was said before, whatever they ask for; what comes after they read."""
    ids = say(history, "secret", room="#Den")
    history.record("#Den", said("waits", "#Den"), NOW)
    say(history, "open")
    history.seal("#Den", NOW)
    assert history.sealing == {"#den"}
    if written:
        history.commit()
        assert history.sealing == set()
    history.record("#den", said("after", "#den"), NOW)
    point = Point(NOW_MS - 1, 0)
    for room in ("#Den", "#den", "#DEN"):
        assert texts(history, room) == ["after"]
        assert texts(history, room, after=point) == ["after"]
        assert texts(history, room, before=just_after(NOW_MS)) == []
        assert [history.point(room, msgid) for msgid in ids] == [None]  # as if it never was
    assert texts(history) == ["open"]
    (after,) = history.select("#den", 1, COMMANDS)
    assert history.point("#den", after.tags["msgid"]) == Point(NOW_MS + 1, history.position)


def test_a_boundary(history: History) -> None:
    """Between what was said and what will be, also within a millisecond and for a wrong clock."""
    for now in (NOW, NOW, NOW - 3600, NOW + 1):
        say(history, "before", at=now)
        boundary = history.boundary(now)
        say(history, "after", at=now)
        assert texts(history, before=just_before(boundary))[-1] == "before"
        assert texts(history, after=just_before(boundary)) == ["after"]


def test_a_seal_up_to_a_boundary(history: History) -> None:
    """An earlier one takes none of a seal away."""
    say(history, "secret")
    opened = history.boundary(NOW)
    say(history, "open")
    history.seal_before("#general", opened)
    assert texts(history) == ["open"]
    history.seal("#general", NOW)
    history.seal_before("#general", opened)
    assert texts(history) == []
    history.commit()
    history.seal_before("#general", opened)
    assert texts(history) == []


def test_a_seal_holds_when_the_clock_was_set_back(tmp_path: Path) -> None:
    """Also over a restart."""
    history = History(tmp_path, "process")
    say(history, "secret", room="#den")
    history.seal("#den", NOW - 3600)
    say(history, "after", room="#den", at=NOW - 3600)
    assert texts(history, "#den") == ["after"]
    history.seal("#den", NOW - 3600)
    history.commit()
    history.close()
    history = History(tmp_path, "process")
    say(history, "at last", room="#den", at=NOW - 3600)
    assert texts(history, "#den") == ["at last"]
    history.close()


def test_saved_rooms(tmp_path: Path) -> None:
    """They keep the name they are shown under; the latest state counts, and none is none."""
    history = History(tmp_path, "process")
    history.save_room("#Über", {"topic": "alt"})
    history.save_room("#general", {"topic": "old"})
    history.save_room("#gone", {"topic": "x"})
    history.commit()
    history.save_room("#General", {"topic": "new", "lists": {"b": [["*!*@spam", "al", 1]]}})
    history.save_room("#gone", {})
    history.save_room("#Über", {"topic": "neu", "key": ""})
    say(history, "hello", room="#quiet")
    history.close()
    history = History(tmp_path, "process")
    assert history.saved_rooms() == {
        "#Über": {"topic": "neu", "key": ""},
        "#general": {"topic": "new", "lists": {"b": [["*!*@spam", "al", 1]]}},
    }
    history.close()


def test_two_lives_of_which_nothing_is_kept(tmp_path: Path) -> None:
    """What was shown while the disk took nothing has a msgid that no later message gets."""
    given = set()
    for _ in range(3):
        history = History(tmp_path, "process")
        given.add(history.record("#general", said("x"), NOW).tags["msgid"])
    assert len(given) == 3


def test_a_redaction_has_the_time_of_its_place(tmp_path: Path) -> None:
    """Not that of the act, which a client may have seen last: then it asks for what is later, and
    must not be taken back to the place of the message."""
    with closing(History(tmp_path, "process")) as history:
        (msgid,) = say(history, "gone", at=NOW)
        say(history, "one", at=NOW + 1)
        act = history.stamp(Message("REDACT", ("#general", msgid), ALICE), NOW + 60)
        history.redact_row("#general", msgid, act)
        say(history, "two", at=NOW + 90)
    with closing(History(tmp_path, "process")) as history:
        redaction = history.select("#general", 9, COMMANDS)[0]
        assert redaction.tags["msgid"] == act.tags["msgid"]
        assert redaction.tags["time"] == format_time(round(NOW * 1000))
        seen_last = history.span("#general", round((NOW + 60) * 1000))[1]
        assert texts(history, after=seen_last, newest=False) == ["two"]
