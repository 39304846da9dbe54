"""Real servers whose clock is wrong, one after the other on one data directory."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import warm
from chatroom.client.library.connect import connect
from chatroom.store.database import HISTORY_FILE
from chatroom.store.history import History
from chatroom.wire.message import MAX_SERVER_TAGS, Message, decode
from harness import ROOT, SERVER, Client, Server, wait_until

CAPS = "batch server-time message-tags echo-message draft/chathistory"
DAYS = 400 * 86_400
CONFIG = "[limits]\nflood_rate = 0\n[history]\nkeep_days = 30\n"
LAUNCHER = str(ROOT / "tests" / "wrong_clock.py")


FOR_EVER = "[limits]\nflood_rate = 0\n"


def shifted(directory: Path, seconds: int, config: str = CONFIG) -> Server:
    prefix = (sys.executable, LAUNCHER, str(seconds))
    return Server(directory, config=config, prefix=prefix)


def say(client: Client, text: str) -> datetime:
    (echo,) = client.ask(f"PRIVMSG #general :{text}")
    return datetime.fromisoformat(echo.tags["time"])


def page(client: Client, *words: str) -> list[str]:
    found = client.ask(f"CHATHISTORY {' '.join(words)}")
    return [m.params[1] for m in found if m.command == "PRIVMSG"]


def latest(client: Client) -> list[Message]:
    found = client.ask("CHATHISTORY LATEST #general * 50")
    return [message for message in found if message.command == "PRIVMSG"]


def tool(directory: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, str(SERVER), "--data", str(directory / "data"), *arguments]
    return warm.run(command, capture_output=True, check=True)


def test_a_clock_that_was_wrong_once(tmp_path: Path) -> None:
    now, hour = datetime.now(UTC), timedelta(hours=1)
    for seconds, text in ((0, "one"), (DAYS, "two"), (0, "three"), (-DAYS, "four"), (0, "five")):
        with shifted(tmp_path, seconds) as server:
            with server.join("alice", "#general", caps=CAPS) as alice:
                at = say(alice, text)
                assert abs(at - now - timedelta(seconds=seconds)) < hour, text
                messages = latest(alice)
            server.end_well()
    assert [message.params[1] for message in messages] == ["one", "two", "three", "four", "five"]
    times = [message.tags["time"] for message in messages]

    file = tmp_path / "everything.jsonl"
    tool(tmp_path, "history", "export", "-o", str(file))
    other = tmp_path / "other"
    tool(other, "history", "import", str(file))
    with shifted(other, 0) as server, server.join("bob", "#general", caps=CAPS) as bob:
        assert [message.tags["time"] for message in latest(bob)] == times
        assert page(bob, "AFTER #general", f"timestamp={times[1]} 1") == ["three"]
        assert page(bob, "AFTER #general", f"timestamp={times[3]} 9") == ["five"]
        assert page(bob, "BEFORE #general", f"timestamp={times[4]} 2") == ["three", "four"]
        assert page(bob, "BEFORE #general", f"timestamp={times[2]} 9") == ["one", "two"]
        assert page(bob, f"AROUND #general timestamp={times[2]} 3") == ["two", "three", "four"]


def test_a_rule_that_is_new_does_not_delete_for_a_clock_that_is_ahead(tmp_path: Path) -> None:
    """Nothing but the message of the wrong clock tells the time."""
    for seconds, texts in ((0, ("one", "two")), (DAYS, ("from the future",))):
        with shifted(tmp_path, seconds, FOR_EVER) as server:
            with server.join("alice", "#general", caps=CAPS) as alice:
                for text in texts:
                    say(alice, text)
            server.end_well()
    with shifted(tmp_path, DAYS) as server:
        server.wait_for(r"The clock is \d+ days ahead")
        server.end_well()
    with shifted(tmp_path, 0) as server, server.join("alice", "#general", caps=CAPS) as alice:
        assert [m.params[1] for m in latest(alice)] == ["one", "two", "from the future"]


def count(directory: Path) -> float:
    """The monotonic clock at the last run of the retention; 0: there was none."""
    with closing(sqlite3.connect(directory / "data" / HISTORY_FILE)) as connection:
        row = connection.execute("SELECT value FROM meta WHERE key = 'ages'").fetchone()
    return float(json.loads(row[0])[1]) if row else 0.0


def wait_for_another(directory: Path, before: float) -> None:
    wait_until(lambda: count(directory) != before)


def test_what_was_said_in_1970_is_kept_when_the_clock_is_right(tmp_path: Path) -> None:
    """The very first start of a machine without a battery for its clock, with `keep_days`."""
    in_1970 = 5 - round(datetime.now(UTC).timestamp())
    for seconds, text in ((in_1970, "one"), (in_1970 + 90, "two"), (0, "three")):
        with shifted(tmp_path, seconds) as server:
            with server.join("alice", "#general", caps=CAPS) as alice:
                before = count(tmp_path)  # the first run is two seconds after the start
                assert (say(alice, text).year == 1970) == (seconds != 0)
                wait_for_another(tmp_path, before)
                messages = latest(alice)
            server.end_well()
    assert [message.params[1] for message in messages] == ["one", "two", "three"]


SEARCHED = [f"number {number}" for number in range(25)]


def search(client: Client, before: str) -> list[Message]:
    """A page of a search, the newest first."""
    lines = client.send(f"SEARCH text=number;limit=4{before}").read_until(" BATCH -| FAIL ")
    found = [m for line in lines if (m := decode(line.encode(), MAX_SERVER_TAGS))]
    tags = ("time", "msgid")
    return [
        message._replace(tags={tag: message.tags[tag] for tag in tags})
        for message in found[::-1]
        if message.command == "PRIVMSG"
    ]


def test_every_page_of_a_search_whatever_the_clock_did(tmp_path: Path) -> None:
    """Each line once, for who asks by msgid; a date that is asked for is one of what is shown."""
    now = datetime.now(UTC).timestamp()
    data = tmp_path / "data"
    data.mkdir(parents=True)
    with closing(History(data, "process")) as history:
        for number, text in enumerate(SEARCHED):
            at = now + (0, DAYS, -DAYS, 7, -now)[number * 3 % 5]
            source = "bob!b@192.0.2.1"
            history.record("#general", Message("PRIVMSG", ("#general", text), source), at)
        history.commit()
    newest_first = SEARCHED[::-1]
    with Server(tmp_path) as server:
        with server.join("alice", "#general", caps=f"{CAPS} soju.im/search") as alice:
            found = search(alice, "")
            while older := search(alice, f";before=msgid={found[-1].tags['msgid']}"):
                found += older
            assert [message.params[1] for message in found] == newest_first
            soon = datetime.fromtimestamp(now + 60, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            some = search(alice, f";before={soon},msgid={found[9].tags['msgid']}")
            assert some == [m for m in found[10:] if m.tags["time"] <= soon][:4]
        with server.person("carol") as carol:
            carol.send("/search number", "/search more", "/search more")
            shown = carol.read_until("Nothing older was found")
            assert [
                line.rpartition("> ")[2] for line in shown if "] general <bob>" in line
            ] == newest_first
        with connect(f"127.0.0.1:{server.port}", nick="dave") as dave:
            assert [line.text for line in dave.search("number", 25)] == SEARCHED
        server.end_well()
