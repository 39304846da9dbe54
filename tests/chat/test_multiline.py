"""Messages of several lines, which clients send as batches (IRCv3 draft/multiline)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.memory_history import MemoryHistory
from chat.people import BareWorld, a_world, arrive, heard, say
from chat.stored_history import StoredHistory
from chatroom.chat.client_batches import SECONDS
from chatroom.chat.limits import Limits
from chatroom.chat.session import Session
from chatroom.wire.multiline import MULTILINE

ABLE = frozenset({MULTILINE, "batch"})
ASKS = ABLE | {"message-tags", "server-time", "draft/chathistory", "echo-message"}
LABELS = ABLE | {"message-tags", "labeled-response", "echo-message"}
LIMITS = Limits(multiline_lines=4, multiline_bytes=40)


@pytest.fixture
def world() -> BareWorld:
    return a_world(LIMITS)


@pytest.fixture
def bob(world: BareWorld) -> Session:
    """Hears what is said in #a, in batches."""
    return enter(world, "bob", ABLE)


@pytest.fixture
def alice(world: BareWorld, bob: Session) -> Session:
    session = enter(world, "alice", ABLE)
    heard(bob)
    return session


def enter(world: BareWorld, nick: str, capabilities: frozenset[str]) -> Session:
    session = arrive(world, nick, capabilities)
    say(session, "JOIN #a")
    heard(session)
    return session


def batch(*lines: str, target: str = "#a", command: str = "PRIVMSG", head: str = "") -> list[str]:
    """The lines of a client for a message; `~` in front of one continues the line before."""
    inside = [
        f"@batch=1{';draft/multiline-concat' * line.startswith('~')} {command} {target}"
        f" :{line.removeprefix('~')}"
        for line in lines
    ]
    return [f"{head}BATCH +1 draft/multiline {target}", *inside, "BATCH -1"]


def told(session: Session) -> list[str]:
    """What a session hears, without sources and references."""
    lines = [re.sub(r":\S+!\S+ ", "", line) for line in heard(session)]
    return [re.sub(r"lines-[a-z0-9-]+", "R", line) for line in lines]


def refused(session: Session) -> str:
    """The one FAIL that a session gets: code and context."""
    (line,) = heard(session)
    head, _, text = line.removeprefix(":chatroom.local FAIL BATCH ").partition(" :")
    assert text
    return head


def test_one_message_in_a_batch_for_those_who_know_it(
    world: BareWorld, alice: Session, bob: Session
) -> None:
    """draft/multiline, "Examples": the composition is kept, and blank lines are."""
    old = enter(world, "old", frozenset())
    heard(alice), heard(bob)
    say(alice, *batch("hello", "", "how is ", "~everyone?"))
    assert told(bob) == [
        "BATCH +R draft/multiline #a",
        "@batch=R PRIVMSG #a :hello",
        "@batch=R PRIVMSG #a :",
        "@batch=R PRIVMSG #a :how is ",
        "@batch=R;draft/multiline-concat PRIVMSG #a :everyone?",
        "BATCH -R",
    ]
    assert told(old) == [f"PRIVMSG #a :{line}" for line in ("hello", "how is ", "everyone?")]
    assert heard(alice) == []


def test_a_notice_and_a_private_message(alice: Session, bob: Session) -> None:
    say(alice, *batch("one", "two", target="bob", command="NOTICE"))
    assert told(bob)[1:3] == ["@batch=R NOTICE bob :one", "@batch=R NOTICE bob :two"]


def test_a_batch_of_one_line_is_an_ordinary_message(alice: Session, bob: Session) -> None:
    say(alice, *batch("hello"))
    assert told(bob) == ["PRIVMSG #a :hello"]


def test_the_label_and_the_tags_belong_to_the_beginning(world: BareWorld, bob: Session) -> None:
    """labeled-response: only the opening of the echo has the label, and no ACK comes before."""
    carol = enter(world, "carol", LABELS)
    bob.agree_on(ABLE | {"message-tags"})
    heard(bob)
    say(carol, *batch("one", "two", head="@label=x;+reply=m1;account=root "))
    opening, *inside, _end = told(carol)
    tags = opening.split()[0].removeprefix("@").split(";")
    assert {"label=x", "+reply=m1"} <= set(tags)
    assert "account=root" not in tags
    assert inside == ["@batch=R PRIVMSG #a :one", "@batch=R PRIVMSG #a :two"]
    assert "+reply=m1" in heard(bob)[0]


def test_a_refusal_has_the_label(world: BareWorld, bob: Session) -> None:
    carol = enter(world, "carol", LABELS)
    say(carol, *batch(" ", "two", target="#nowhere", head="@label=x "))
    assert heard(carol) == ["@label=x :chatroom.local 403 carol #nowhere :No such room"]
    say(carol, *batch("", head="@label=y "))
    assert heard(carol)[0].startswith("@label=y :chatroom.local FAIL BATCH MULTILINE_INVALID :")


def test_no_blank_lines_for_those_who_do_not_know_it(world: BareWorld, alice: Session) -> None:
    """draft/multiline, "Fallback": the first line that is sent has the msgid and the client's tags,
    and no other has them; what may be there more than once is on each."""
    old = enter(world, "old", frozenset({"message-tags", "server-time"}))
    alice.agree_on(ABLE | {"message-tags"})
    say(alice, *batch("", "one", "", "two", head="@+reply=m1 "))
    first, second = heard(old)
    assert first.endswith(" PRIVMSG #a :one")
    assert second.endswith(" PRIVMSG #a :two")
    for tag in ("msgid=", "+reply=m1"):
        assert tag in first.split(" ")[0]
        assert tag not in second
    assert "time=" in first.split(" ")[0]
    assert "time=" in second.split(" ")[0]


def test_an_echo_without_the_capability_is_labelled_once(world: BareWorld, bob: Session) -> None:
    """labeled-response: also where the author's own lines come back, the opening has the label."""
    carol = enter(world, "carol", LABELS)
    heard(bob)
    say(carol, *batch("one", "two", head="@label=x "))
    assert "".join(heard(carol)).count("label=x") == 1


@pytest.mark.parametrize(
    "line", ["@label=x;batch=9 PRIVMSG #a :one", "@label=x BATCH -9"], ids=["a line", "an end"]
)
def test_what_belongs_to_no_batch_is_refused_with_its_label(world: BareWorld, line: str) -> None:
    """labeled-response: whoever labels a line waits for an answer with the label."""
    carol = enter(world, "carol", LABELS)
    say(carol, line)
    assert [one.split(" :")[0] for one in heard(carol)] == ["@label=x"]


@pytest.mark.parametrize(
    ("reference", "shown"),
    [("", "*"), ("a_b", "a_b"), ("é", "é"), (":x", "x"), ("a.b", "a.b"), ("a" * 65, "a" * 64)],
)
def test_an_invalid_reference(alice: Session, bob: Session, reference: str, shown: str) -> None:
    """client-batch, "Errors": "all past and future messages in this batch will be ignored"."""
    inside = f"@batch={reference} PRIVMSG #a :x"
    say(alice, f"BATCH +{reference} draft/multiline #a", inside, f"BATCH -{reference}")
    assert refused(alice) == f"INVALID_REFTAG {shown}"
    assert heard(bob) == []


def test_an_unknown_type_is_ignored_as_a_whole(alice: Session, bob: Session) -> None:
    """UNKNOWN_TYPE, also without a type; what follows the end is an ordinary line again."""
    for kind, shown in (("netsplit a b", "netsplit"), ("", "*")):
        say(alice, f"BATCH +7 {kind}".rstrip(), "@batch=7 PRIVMSG #a :x", "@batch=7 JOIN #b")
        assert refused(alice) == f"UNKNOWN_TYPE 7 {shown}"
        say(alice, "BATCH -7")
        assert heard(alice) == heard(bob) == []
        say(alice, "PRIVMSG #a :y")
        assert told(bob) == ["PRIVMSG #a :y"]


FAULTS = {
    "the type": (["BATCH +1 example/other #a", "@batch=1 PRIVMSG #a :x", "BATCH -1"],
                 "UNKNOWN_TYPE 1 example/other"),
    "a reference": (["BATCH +a_b draft/multiline #a", "@batch=a_b PRIVMSG #a :x", "BATCH -a_b"],
                    "INVALID_REFTAG a_b"),
    "no target": (["BATCH +1 draft/multiline", "@batch=1 PRIVMSG #a :x", "BATCH -1"],
                  "MULTILINE_INVALID"),
    "two targets": (batch("x", "y", target="#a,bob"), "MULTILINE_INVALID"),
    "another target": ([*batch("x")[:2], "@batch=1 PRIVMSG bob :y", "BATCH -1"],
                       "MULTILINE_INVALID_TARGET #a bob"),
    "too many lines": (batch(*"abcde"), "MULTILINE_MAX_LINES 4"),
    "too many bytes": (batch("é" * 20, "x"), "MULTILINE_MAX_BYTES 40"),
    "blank lines only": (batch("", ""), "MULTILINE_INVALID"),
    "nothing": (batch(), "MULTILINE_INVALID"),
    "a blank line that continues": (batch("x", "~"), "MULTILINE_INVALID"),
    "both commands": ([*batch("x")[:2], "@batch=1 NOTICE #a :y", "BATCH -1"], "MULTILINE_INVALID"),
    "another command": ([*batch("x")[:2], "@batch=1 JOIN #b", "BATCH -1"], "MULTILINE_INVALID"),
    "no text": ([*batch("x")[:2], "@batch=1 PRIVMSG #a", "BATCH -1"], "MULTILINE_INVALID"),
    "further tags": ([*batch("x")[:2], "@batch=1;+reply=2 PRIVMSG #a :y", "BATCH -1"],
                     "MULTILINE_INVALID"),
    "a query of a program": (batch("x", "\x01VERSION\x01"), "MULTILINE_INVALID"),
    "a batch in it": ([*batch("x")[:2], "@batch=1 BATCH +2 draft/multiline #a",
                       "@batch=2 PRIVMSG #a :x", "BATCH -2"], "MULTILINE_INVALID"),
    "another end": ([*batch("x")[:2], "BATCH -2", "BATCH -1"], "MULTILINE_INVALID"),
    "an end alone": (["BATCH -2"], "MULTILINE_INVALID"),
    "a line alone": (["@batch=9 PRIVMSG #a :x"], "MULTILINE_INVALID"),
    "a service": (batch("HELP", "x", target="NickServ"), "MULTILINE_INVALID"),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_fault_makes_all_of_it_void(
    alice: Session, bob: Session, lines: list[str], expected: str
) -> None:
    """One FAIL, whatever follows in the batch; the next message is taken."""
    say(alice, *lines)
    if expected == "MULTILINE_INVALID" and "+2" in "".join(lines):
        assert heard(alice)
        say(alice, "BATCH -1")
        heard(alice)
    else:
        assert refused(alice) == expected
    assert heard(bob) == []
    say(alice, *batch("x", "y"))
    assert len(heard(bob)) == 4
    assert heard(alice) == []


def test_limits_are_met_exactly(alice: Session, bob: Session) -> None:
    """Each line feed is a byte; a continued line has none."""
    say(alice, *batch("é" * 19, "x"), *batch("é" * 19, "~xy"), *batch(*"abcd"))
    assert len([line for line in heard(bob) if "BATCH +" in line]) == 3
    assert heard(alice) == []


def test_something_else_among_the_lines(alice: Session, bob: Session) -> None:
    """client-batch: the batch is void, but nothing else is lost; PONG is no harm."""
    first, *rest = batch("x", "y")
    say(alice, first, "PRIVMSG #a :else", *rest)
    assert refused(alice) == "MULTILINE_INVALID"
    assert told(bob) == ["PRIVMSG #a :else"]
    say(alice, first, "PONG x", "PING y", *rest)
    assert len(heard(alice)) == 1
    assert len(heard(bob)) == 4


def test_a_batch_that_stays_open(world: BareWorld, alice: Session, bob: Session) -> None:
    """client-batch: TIMEOUT."""
    first, *rest = batch("x", "y")
    say(alice, first)
    world.set_time(world.now, world.clock + SECONDS + 1)
    say(alice, *rest)
    assert refused(alice) == "TIMEOUT 1"
    assert heard(bob) == []


def test_a_batch_whose_end_comes_too_late(world: BareWorld, alice: Session, bob: Session) -> None:
    """Even if all lines have come in time; up to then it is no matter how slowly they come."""
    *lines, end = batch("x", "y")
    say(alice, *lines)
    world.set_time(world.now, world.clock + SECONDS + 1)
    say(alice, end)
    assert refused(alice) == "TIMEOUT 1"
    assert heard(bob) == []
    say(alice, *lines)
    world.set_time(world.now, world.clock + SECONDS)
    say(alice, end)
    assert len(heard(bob)) == 4


def test_without_the_capability_batches_are_unknown(world: BareWorld, bob: Session) -> None:
    """And the text is not lost."""
    old = enter(world, "old", frozenset({"batch"}))
    heard(bob)
    say(old, *batch("x", "y"))
    assert [line.split()[1] for line in heard(old)] == ["421", "421"]
    assert told(bob) == ["PRIVMSG #a :x", "PRIVMSG #a :y"]
    assert old.batch is None


def test_the_rules_of_the_room_hold(alice: Session, bob: Session) -> None:
    """Rights, slow mode, colours, passwords: as for a message of one line."""
    say(bob, "MODE #a +m")
    heard(alice)
    say(alice, *batch("x", "y"))
    assert heard(alice)[0].split()[1] == "404"
    say(bob, "MODE #a -m+W 60")
    say(alice, *batch("x", "y"))
    heard(alice)
    heard(bob)
    say(alice, *batch("x", "y"))
    assert heard(bob) == []
    assert len(heard(alice)) == 1
    say(bob, "MODE #a -W", "MODE #a +S")
    heard(alice)
    heard(bob)
    say(alice, *batch("\x0304red", "\x03", "~5five"))
    assert told(bob)[1:3] == ["@batch=R PRIVMSG #a :red", "@batch=R PRIVMSG #a :five"]
    say(alice, *batch("hi", "/msg NickServ identify abc"))
    assert "LOOKS_LIKE_PASSWORD" in heard(alice)[0]
    assert heard(bob) == []


def test_long_lines_are_split_for_others(world: BareWorld) -> None:
    """Each fits with its source in front, between words where possible."""
    world = a_world()
    bob, alice = enter(world, "bob", ABLE), enter(world, "alice", ABLE)
    heard(bob)
    text = "word " * 190
    say(alice, *batch(text.strip(), "end"))
    lines = heard(bob)
    assert all(len(line.partition(" :alice")[2]) < 510 for line in lines)
    assert [line for line in lines if "concat" in line]
    said = "".join(line.rpartition("#a :")[2] for line in lines[1:-2])
    assert said == text.strip()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[BareWorld]:
    """A world with a history on disk, of which each visitor is shown two lines."""
    log = StoredHistory(tmp_path)
    yield a_world(log=log, replay=2)
    log.close()


@pytest.mark.parametrize("committed", [True, False])
def test_the_history_has_one_message(kept: BareWorld, committed: bool) -> None:
    """One row of a page, as it was said: from the journal and from the database."""
    alice = enter(kept, "alice", ASKS)
    say(alice, "PRIVMSG #a :before", *batch("one ", "~1", "two"), "PRIVMSG #a :after")
    echo = heard(alice)
    if committed:
        kept.log.commit()  # type: ignore[attr-defined]
    say(alice, "CHATHISTORY LATEST #a * 2")
    page = heard(alice)
    assert [re.sub(r"@batch=b\d+;", "@", line) for line in page[1:-1]] == echo[1:]


def test_it_is_deleted_as_one() -> None:
    """By its msgid, which the first line has for those who get lines of their own."""
    world = a_world(log=MemoryHistory())
    alice = enter(world, "alice", ASKS | {"draft/message-redaction"})
    old = enter(world, "old", frozenset({"message-tags"}))
    say(alice, *batch("one", "two"))
    first, second = heard(old)
    msgid = first.split()[0].removeprefix("@msgid=")
    assert "msgid" not in second
    heard(alice)
    say(alice, f"REDACT #a {msgid}")
    heard(alice)
    say(alice, "CHATHISTORY LATEST #a * 2")
    assert [line.split()[2] for line in heard(alice)[1:-1]] == ["REDACT"]


def test_those_who_enter_are_shown_it(kept: BareWorld) -> None:
    """In a batch within the batch, or as notices for each line."""
    alice = enter(kept, "alice", ABLE)
    say(alice, *batch("one", "", "two"))
    able = arrive(kept, "able", ABLE | {"server-time"})
    say(able, "JOIN #a")
    page = [line for line in told(able) if "PRIVMSG" in line]
    assert [line.rpartition(":")[2] for line in page] == ["one", "", "two"]
    assert all(line.startswith("@batch=R PRIVMSG") for line in page)
    old = arrive(kept, "old")
    say(old, "JOIN #a")
    notices = [line for line in heard(old) if " NOTICE " in line]
    assert [line.split()[-1] for line in notices][1:3] == ["one", "two"]


def test_the_limits_are_told(world: BareWorld) -> None:
    """draft/multiline, "Capabilities": REQUIRED."""
    session = arrive(world, "carol")
    say(session, "CAP LS 302")
    assert "draft/multiline=max-bytes=40,max-lines=4" in " ".join(heard(session)).split()
