"""What is taken from a server (client/limits.py): the samples that once ended the client, froze it
or filled its memory, each with its right value. No socket, no terminal."""

import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from itertools import islice
from typing import ClassVar, TypeVar

import pytest

from chatroom.client import limits
from chatroom.client.history.cursor import HistoryCursor
from chatroom.client.history.follower import Follower, Start
from chatroom.client.history.receipts import UNCONFIRMED, Receipts
from chatroom.client.library.driver import ConnectOptions, Driver
from chatroom.client.library.paging import Pages
from chatroom.client.limits import LIMITS, TOO_MUCH, Allowance, ServerLimits
from chatroom.client.protocol.events import (
    Answer,
    Event,
    Exceeded,
    Gone,
    HistoryPage,
    RoomEntered,
    RoomsListed,
    Said,
    TakenBack,
    Unreadable,
    WhoisTold,
    WhoListed,
)
from chatroom.client.protocol.gate import admitted
from chatroom.client.protocol.session import Session
from chatroom.client.ui.chat import SHOWN_AT_ONCE
from chatroom.client.ui.composer import NAMELESS
from chatroom.client.ui.presence import Typists
from chatroom.net.addresses import parse_address
from chatroom.wire.message import Message
from chatroom.wire.reference import format_time
from client.visitor import ALL, ENTERING, ISUPPORT, Visit, batch, entered, line

E = TypeVar("E", bound=Event)

LATE = "-- The server did not send the history in time. The lines that arrived meanwhile follow."
PART = "A message was too long and is shown only in part."


def session() -> Session:
    """One that is in #general."""
    made = Session("al", "Al")
    made.open()
    made.register("alice")
    made.receive(f":s CAP * LS :{ALL}\n:s CAP * ACK :{ALL}\n".encode())
    made.receive(f":s 001 alice :Hi\n:s 005 alice {ISUPPORT} :are\n:s 422 alice :-\n".encode())
    made.receive(ENTERING.format("#general").encode())
    made.take_output()
    return made


def told(made: Session, lines: Iterable[str]) -> list[Event]:
    return made.receive("".join(f"{each}\n" for each in lines).encode())


def exceeded(events: Iterable[object]) -> list[str]:
    return [event.limit for event in events if isinstance(event, Exceeded)]


# The table


def test_every_row_says_why() -> None:
    """Those that are told are told in a sentence; those that end the connection always are."""
    for row in fields(ServerLimits):
        assert row.metadata["why"] and getattr(LIMITS, row.name) > 0
        text = limits.told(row.name)
        assert re.fullmatch(r"([A-Z][^{}]+\.)?", text), text
        assert text or not limits.ends(row.name)
    assert TOO_MUCH.format("names") == limits.told("names_bytes")


def test_an_allowance() -> None:
    allowance = Allowance(10)
    assert [allowance.takes(6), allowance.takes(5), allowance.takes(4)] == [True, False, True]
    allowance.give_back(4)
    assert allowance.takes(4)


# Parameters and numbers


@pytest.mark.parametrize("hundred", range(10))
def test_every_numeric_with_0_to_20_parameters(hundred: int) -> None:
    """378 and 379 without any ended the client."""
    visit = entered()
    for numeric in range(100 * hundred, 100 * hundred + 100):
        made = (f":s {numeric:03} {' '.join(['x'] * count)}" for count in range(21))
        visit.hear("".join(f"{each}\n" for each in made))
    visit.hear(":bob!b@h PRIVMSG #general :still here\n")
    assert visit.shown()[-1].endswith("<bob> still here")


def test_378_and_379_without_parameters() -> None:
    visit = entered()
    visit.hear(":s 378\n:s 379\n")
    assert visit.shown() == ["-- ", "-- "]
    visit.hear(":s 378 alice bob :is connecting from *@h 192.0.2.1\n")
    visit.hear(":s 379 alice bob :has modes +i\n")
    assert visit.shown() == ["-- bob is connecting from h (192.0.2.1).", "-- bob has modes +i."]


def test_room_types_with_a_line_break() -> None:
    """CHANTYPES=\\x0A would be put before the name of a room that is joined."""
    visit = Visit(joined=False)
    visit.hear(":s 005 alice CHANTYPES=\\x0A :are\n")
    assert visit.chat.context.session.state.isupport["CHANTYPES"] == ""
    visit.hear(ENTERING.format("#general"))
    assert visit.types("/join den") == "JOIN #den"


@pytest.mark.parametrize("types", ["\\x0A", "", "&"])
def test_a_room_that_we_are_in_stays_one(types: str) -> None:
    """Else what is said in it would be a private message, which `tail` does not print."""
    made = session()
    events = told(made, [f":s 005 alice CHANTYPES={types} :are", ":b!b@h PRIVMSG #general :hi"])
    assert [event.room for event in events if isinstance(event, Said)] == ["#general"]


@pytest.mark.parametrize("digits", ["9" * 9, "9" * 400, "9" * 4301])
def test_absurd_numbers(digits: str) -> None:
    """Python's int() refuses more than 4,300 digits; such a limit is as if there were none."""
    visit = Visit()
    for name in ("CHATHISTORY", "NICKLEN", "MODES", "LINELEN", "MAXLIST", "TARGMAX"):
        visit.hear(f":s 005 alice {name}={digits} :are\n")
    visit.hear(f":s CAP alice NEW :draft/multiline=max-bytes={digits},max-lines={digits}\n")
    visit.hear(f":s 322 alice #a {digits} :topic\n:s 317 alice bob {digits} {digits} :idle\n")
    visit.hear(f":s 323 alice :End\n@time={digits};msgid={digits} :b!b@h PRIVMSG #general :x\n")
    visit.sent()
    said = visit.chat.context.session.say_lines("#general", ["a", "b"])
    assert (said is None) is (len(digits) > 9)  # a billion bytes may be; more is no limit at all
    visit.chat.typed("/history")
    assert visit.sent()[-1] == "CHATHISTORY LATEST #general * 20"


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "x", "1" * 90, "a\\nb"]
)
def test_absurd_times(time: str) -> None:
    """They are shown somehow, and asked for in a line that a server takes."""
    visit = entered([line(1).replace("time=", f"time={time};x=").replace("msgid=", "y=")])
    assert len(visit.shown()) == 0
    visit.hear(f"@time={time} :bob!b@h PRIVMSG #general :hello\n")
    assert visit.shown()[-1].endswith("<bob> hello")
    visit.chat.typed("/history more")
    (asked,) = visit.sent()
    assert asked.startswith("CHATHISTORY ") and len(asked) < 300


# References that would break a line


@pytest.mark.parametrize("msgid", ["a\\nb", "a\\rb", "a\\sb", "m" * 600, "é" * 150, "\x1b[31m"])
def test_impossible_msgids(msgid: str) -> None:
    """They are dropped: the line cannot be answered, and everything else goes on."""
    visit = entered([f"@msgid={msgid};time=2026-11-20T12:00:01.000Z :b!b@h PRIVMSG #general :1\n"])
    visit.hear(f"@msgid={msgid} :bob!b@h PRIVMSG #general :hello\n")
    (said,) = [kept.said for kept in visit.chat.display.buffers.all[0].kept][-1:]
    assert "msgid" not in said.tags
    visit.chat.typed("/reply yes")
    assert visit.shown()[-1] == f"-- {NAMELESS}"
    visit.chat.typed("/history more")
    assert visit.sent() == ["CHATHISTORY BEFORE #general timestamp=2026-11-20T12:00:01.000Z 20"]


def test_a_page_of_impossible_msgids_is_followed_by_time() -> None:
    """What `tail` asks for next is a line, too."""
    follower, made = Follower(Start(lines=3)), Session("al", "Al")
    follower.attach(made)
    told_by = session()
    follower.attach(told_by)
    for event in told(told_by, [":alice!a@h JOIN #b", ":s 366 alice #b :End"]):
        list(follower.take(event))
    page = batch([f"@msgid={'m' * 600};time=2026-11-20T12:00:01.000Z :b!b@h PRIVMSG #b :1\n"],
                 "chathistory #b")  # fmt: skip
    for event in told(told_by, page.splitlines()):
        list(follower.take(event))
    sent = told_by.take_output().decode().splitlines()
    assert sent[-2] == "CHATHISTORY BEFORE #b timestamp=2026-11-20T12:00:01.001Z 2"


def test_a_multiline_batch_of_pings() -> None:
    """Its joined text has line breaks, which an answer could not have: only what is said counts."""
    made = session()
    lines = [":s BATCH +m draft/multiline #general", "@batch=m PING :a", "@batch=m PING :b"]
    said = ["@batch=m :bob!b@h PRIVMSG #general :one", "@batch=m :bob!b@h PRIVMSG #general :two"]
    events = told(made, [*lines, *said, ":s BATCH -m"])
    assert [event.text for event in events if isinstance(event, Said)] == ["one\ntwo"]
    assert made.take_output() == b""


@pytest.mark.parametrize("name", ["#" + "x" * 250, "#a\x1b[31m", "#a b", "#\u0085"])
def test_impossible_names_are_left_out(name: str) -> None:
    """A name that was cut would be another's, and one with a space could not be sent back."""
    made = session()
    events = told(made, [f":alice!a@h JOIN :{name}", f":bob!b@h PRIVMSG :{name} x"])
    assert exceeded(events) == ["name"]
    assert [*made.state.rooms] == ["#general"]
    assert exceeded(told(made, [f":{'n' * 300}!u@h JOIN #general"])) == ["source"]
    assert len(made.state.rooms["#general"].members) == 2


def test_our_own_name_stays_possible() -> None:
    """NICK to nothing, or to something absurd, is no news."""
    made = session()
    told(made, [":alice!a@h NICK :", f":alice!a@h NICK {'n' * 300}", f":s 396 alice {'h' * 600}"])
    assert made.state.nick == "alice"
    assert made.state.userhost == "a@h"
    assert not made.state.is_own("")


def test_before_the_welcome_nobody_joins() -> None:
    """In the wrong order, what happens in rooms means nothing."""
    made = Session("al", "Al")
    made.register("alice")
    lines = [":alice!a@h JOIN #a", ":bob!b@h JOIN #a", ":s 366 alice #a :End", ":b!b@h PART #a"]
    assert [e for e in told(made, lines) if isinstance(e, RoomEntered)] == []
    assert made.state.rooms == {}


def test_the_casemapping_does_not_change_under_way() -> None:
    """Names that are compared in two ways would be lost or mixed up."""
    made = session()
    told(made, [":s 005 alice CASEMAPPING=rfc1459 -CASEMAPPING UTF8MAPPING=rfc8265 :are"])
    assert made.state.isupport["CASEMAPPING"] == "ascii"
    assert "UTF8MAPPING" not in made.state.isupport


# Without end


def test_batches_without_end() -> None:
    """1.5 GB in 25 s, once. Nothing sensible is lost, so the connection ends."""
    made = session()
    opened = [f":s BATCH +{number} chathistory #a" for number in range(LIMITS.open_batches + 1)]
    told(made, opened[:-1])
    assert not made.broken
    told(made, opened[-1:])
    assert made.broken == limits.told("open_batches")
    assert told(made, [":bob!b@h PRIVMSG #general :hello"]) == []


def test_batches_that_only_group_are_forgotten() -> None:
    """They collect nothing: the oldest goes."""
    made = session()
    told(made, [f":s BATCH +{number} netsplit a b" for number in range(LIMITS.open_batches * 3)])
    assert not made.broken
    assert exceeded(told(made, ["@batch=0 :bob!b@h PRIVMSG #general :hello"])) == []


def test_batches_inside_of_each_other() -> None:
    made = session()
    deep = LIMITS.batch_depth
    told(made, [":s BATCH +0 chathistory #a"])
    told(made, [f"@batch={n} :s BATCH +{n + 1} chathistory #a" for n in range(deep - 1)])
    assert not made.broken
    told(made, [f"@batch={deep - 1} :s BATCH +x chathistory #a"])
    assert made.broken == limits.told("batch_depth")


def test_a_page_without_end() -> None:
    """What is too much is not shown as if it were said now; it is left out, and told once."""
    made = session()
    events = told(made, [":s BATCH +r chathistory #general"])
    for number in range(LIMITS.batch_lines + 10):
        events += told(made, [f"@batch=r :b!b@h PRIVMSG #general :{number}"])
    events += told(made, [":s BATCH -r"])
    assert len(exceeded(events)) == 1
    (page,) = [event for event in events if isinstance(event, HistoryPage)]
    assert len(page.lines) <= LIMITS.batch_lines
    assert [event for event in events if isinstance(event, Said)] == []


def test_a_multiline_message_without_end() -> None:
    """80 MB, once: what is shown is as long as it may be, and the person knows."""
    visit = entered()
    visit.hear(":s BATCH +m draft/multiline #general\n")
    piece = f"@batch=m;draft/multiline-concat :bob!b@h PRIVMSG #general :{'x' * 400}\n"
    for _ in range(100):
        visit.hear(piece * 10)
    visit.hear(":s BATCH -m\n")
    (kept,) = [kept.said.text for kept in visit.chat.display.buffers.all[0].kept][-1:]
    assert LIMITS.multiline_bytes - 400 <= len(kept) <= LIMITS.multiline_bytes
    assert [each for each in visit.shown() if PART in each] == [f"-- {PART}"]


def test_a_multiline_message_of_short_lines_without_end() -> None:
    """Lines are counted as well as bytes."""
    visit = entered()
    visit.hear(":s BATCH +m draft/multiline #general\n")
    visit.hear("@batch=m :bob!b@h PRIVMSG #general :x\n" * (LIMITS.multiline_lines + 10))
    visit.hear(":s BATCH -m\n")
    kept = visit.chat.display.buffers.all[0].kept[-1]
    assert kept.said.text.count("\n") == LIMITS.multiline_lines - 1
    assert [each for each in visit.shown() if PART in each] == [f"-- {PART}"]


def test_long_values_are_left_out() -> None:
    """Of capabilities and tokens: a part of one would mean something else."""
    made = session()
    long = "9" * (LIMITS.isupport_value + 1)
    told(
        made,
        [f":s CAP alice NEW :draft/multiline=max-bytes={long}", f":s 005 alice LONG={long} :a"],
    )
    assert all(len(each) <= LIMITS.capability_value for each in made._capabilities.values.values())
    assert all(len(each) <= LIMITS.isupport_value for each in made.state.isupport.values())


def test_people_who_type_without_end() -> None:
    """Of more than a window could tell, nothing is remembered."""
    typists = Typists()
    for number in range(LIMITS.typists * 2):
        typists.told("#a", f"n{number}", "active", 100.0)
    assert len(typists.here("#a", 100.0)) == LIMITS.typists


def test_rooms_asked_for_without_end() -> None:
    """A server that answers none of it; a script may ask for ever new ones."""
    talk = entered().chat.display
    for number in range(LIMITS.rooms + 10):
        talk.sent("JOIN", [f"#r{number}"])
    assert len(talk._entering) == LIMITS.rooms


class _Pages:
    """A history whose pages have no end: of messages that are gone, or of ever new ones."""

    page_limit = 50
    rooms: ClassVar = ["#a"]

    def __init__(self, line: Callable[[int], Said | Gone]) -> None:
        self.asked = 0
        self._line = line

    def offers(self, _capability: str) -> bool:
        return True

    def join(self, room: str) -> None:
        raise AssertionError(f"{room} need not be entered")

    def ask(self, answer: type[E], _command: str, *_params: str) -> E:
        self.asked += 1
        first = self.asked * self.page_limit
        lines = tuple(self._line(number) for number in range(first, first + self.page_limit))
        page = HistoryPage("#a", lines)
        assert isinstance(page, answer)
        return page


def _gone(number: int) -> Gone:
    return Gone("#a", {"time": format_time(number)})


def _said(number: int) -> Said:
    return Said("#a", "bob", "", "x", tags={"time": format_time(number), "msgid": f"m{number}"})


def test_a_history_without_a_message() -> None:
    """It always has another page; at last nobody asks for it."""
    history = _Pages(_gone)
    assert list(Pages(history, "#a").after(HistoryCursor())) == []
    assert history.asked == LIMITS.fruitless_pages


def test_a_history_without_end_is_read_in_bounded_memory() -> None:
    """What came lately is recognised, and no more."""
    pages = Pages(_Pages(_said), "#a")
    for _ in islice(pages.after(HistoryCursor()), LIMITS.remembered * 2):
        assert len(pages._seen) <= LIMITS.remembered


def test_capabilities_and_tokens_without_end() -> None:
    """CAP NEW and 005: 600 MB, once. Of capabilities, those that we use are remembered."""
    made = session()
    events: list[Event] = []
    for number in range(LIMITS.isupport_tokens * 3):
        new = f":s CAP alice NEW :x{number}=y draft/multiline=max-bytes={number}"
        events += told(made, [new, f":s 005 alice T{number}={number} :are"])
    assert exceeded(events) == ["isupport_tokens"]
    assert len(made.state.isupport) == LIMITS.isupport_tokens
    assert made.state.isupport["T0"] == "0"
    assert not any("x1" in held for held in vars(made).values() if isinstance(held, dict | set))


@pytest.mark.parametrize(
    ("row", "end", "event", "limit"),
    [
        (":s 322 alice #r{0} 5 :" + "t" * 3000, ":s 323 alice :End", RoomsListed, "list_bytes"),
        (":s 352 alice #g u h s n{0} H :0 " + "r" * 3000, ":s 315 alice #g :End", WhoListed,
         "who_bytes"),
        (":s 320 alice bob :{0} " + "x" * 3000, ":s 318 alice bob :End", WhoisTold, "whois_bytes"),
    ],
)  # fmt: skip
def test_lists_without_end(row: str, end: str, event: type[Event], limit: str) -> None:
    """They are told as far as they were taken, and the next one begins anew."""
    made = session()
    told(made, [":s 311 alice bob u h * :Bob"])
    events: list[Event] = []
    for number in range(6_000):
        events += told(made, [row.format(number)])
        if events:
            break
    assert exceeded(events) == [limit]
    assert len([each for each in told(made, [end]) if isinstance(each, event)]) == 1
    assert exceeded(told(made, [":s 311 alice bob u h * :Bob", row.format(1), end])) == []
    told(made, [":s 318 alice bob :End"])
    assert made.state._answers.used == made.state._used["whois"].used == 0


def test_members_without_end() -> None:
    """Of NAMES and of JOINs; whoever leaves makes room, and leaving the room makes all of it.

    Long names, so that few are too many; of short ones 20,000 are taken (below).
    """
    made = session()
    used = made.state._used["member"]
    before = used.used
    number, long = 0, "n" * 190
    while not exceeded(told(made, [f":{long}{number}!u@h JOIN #general"])):
        number += 1
    assert 5_000 < number < 20_000
    assert used.used <= LIMITS.member_bytes
    told(made, [f":{long}{each}!u@h QUIT" for each in range(number)])
    assert used.used == before
    told(made, [":alice!a@h PART #general"])
    assert used.used == 0


def test_names_of_other_rooms_without_end() -> None:
    """Each new room cost as much as all before it, once."""
    made, many = session(), " ".join(f"a{number}" for number in range(100))
    events = told(made, (f":s 353 alice = #r{number} :{many}" for number in range(2_000)))
    assert exceeded(events) == ["names_bytes"] * LIMITS.told_again
    assert len(made.state.names) < 2_000


def test_rooms_without_end() -> None:
    """What is too much is left out, told once, and the conversation goes on."""
    made = session()
    events = told(made, (f":alice!a@h JOIN #r{number}" for number in range(LIMITS.rooms + 50)))
    assert exceeded(events) == ["rooms"]
    assert len(made.state.rooms) == LIMITS.rooms
    assert not made.broken
    assert [type(event) for event in told(made, [":b!b@h PRIVMSG #general :x"])] == [Said]


def test_a_bouncer_with_900_rooms() -> None:
    """CHANLIMIT=#:250 on four networks: each room has its members, topic and conversation."""
    made = session()
    for number in range(900):
        name, topic = f"#room{number}", f":s 332 alice #room{number} :{'t' * 390}"
        names = f":s 353 alice = {name} :alice @bob carol"
        events = told(made, [f":alice!a@h JOIN {name}", topic, names, f":s 366 alice {name} :End"])
        assert [type(event) for event in events] == [RoomEntered]
    assert len(made.state.rooms) == 901
    assert LIMITS.conversations > LIMITS.rooms


def test_topics_without_end() -> None:
    """16 KB of a line, with one emoji in it, take 64 KB; those of all rooms have a limit."""
    made = session()
    events: list[Event] = []
    for number in range(200):
        lines = [f":alice!a@h JOIN #r{number}", f":s 332 alice #r{number} :{'t' * 8000}👩"]
        events += told(made, lines)
    assert exceeded(events) == ["topic_bytes"] * LIMITS.told_again
    assert sum(4 * len(room.topic) for room in made.state.rooms.values()) <= LIMITS.topic_bytes
    told(made, (f":alice!a@h PART #r{number}" for number in range(200)))
    assert made.state._used["topic"].used == 0


@pytest.mark.parametrize("length", [40, 120])
def test_a_list_of_20_000_rooms_is_whole(length: int) -> None:
    """As large networks have them; 4 MB cut it to 11,330 of them."""
    made = session()
    rows = (f":s 322 alice #room{number} 5 :{'t' * length}" for number in range(20_000))
    (listed,) = told(made, [*rows, ":s 323 alice :End"])
    assert isinstance(listed, RoomsListed)
    assert len(listed.rows) == 20_000


def _names(room: str, many: int) -> list[str]:
    words = [f"{room[1:]}{number:05}!~user@some.host.example" for number in range(many)]
    rows = (" ".join(words[at : at + 10]) for at in range(0, many, 10))
    lines = [f":s 353 alice = {room} :{row}" for row in rows]
    return [f":alice!a@h JOIN {room}", *lines, f":s 366 alice {room} :End"]


def test_rooms_of_thousands_are_known_as_a_whole() -> None:
    """A room of 12,000, then four of 2,000; a member is weighed as a name or as a member."""
    made = session()
    for room, many in (("#large", 12_000), *((f"#r{number}", 2_000) for number in range(4))):
        events = told(made, _names(room, many))
        assert [type(event) for event in events] == [RoomEntered]
        assert len(made.state.rooms[room].members) == many
        assert made.state._answers.used == 0
    again = _names("#large", 12_000)[1:]
    assert exceeded(told(made, again)) == []


def test_the_limit_of_members_is_told_for_each_room() -> None:
    """A room that is shown as empty is not empty; and the sentences come to an end."""
    made = session()
    told(made, _names("#large", 20_000))
    assert exceeded(told(made, _names("#more", 10_000))) == ["member_bytes"]
    (limit,) = (e for e in told(made, _names("#third", 3_000)) if isinstance(e, Exceeded))
    assert limit.text == (
        "The server sent more members of #third than this client accepts; the rest was left out."
    )
    many = [each for number in range(40) for each in _names(f"#x{number}", 50)]
    assert len(exceeded(told(made, many))) == LIMITS.told_again - 2


def test_the_limit_of_a_list_is_told_for_each_list() -> None:
    """The second that is cut would else look whole. An answer without end keeps nobody's room."""
    made = session()
    rows = [f":s 322 alice #room{number} 5 :{'t' * 4000}" for number in range(2_500)]
    for _ in range(2):
        assert exceeded(told(made, [*rows, ":s 323 alice :End"])) == ["list_bytes"]
    told(made, _names("#large", 40_000)[1:-1])
    used = made.state._answers.used
    assert exceeded(told(made, [*_names("#next", 1_000)])) == []
    assert made.state._answers.used == used > 0
    assert told(made, [":s 366 alice #large :End"])
    assert made.state._answers.used == 0


def test_a_welcome_without_end() -> None:
    """A script would wait for ever."""
    made = Session("al", "Al")
    made.register("alice")
    told(made, (f":s 372 alice :- {number}" for number in range(LIMITS.welcome)))
    assert not made.broken
    told(made, [":s 372 alice :-"])
    assert made.broken == limits.told("welcome")


def test_unreadable_lines_without_end() -> None:
    """Three bytes made a line of seventy; the first few are shown."""
    made = session()
    events = told(made, [":x"] * 1000)
    assert len([event for event in events if isinstance(event, Unreadable)]) == LIMITS.unreadable
    assert exceeded(events) == ["unreadable"]


@pytest.mark.slow
def test_private_talks_without_end() -> None:
    """All kept lines together take so much and no more; the oldest of the largest talk go."""
    visit = entered()
    short = [f":n{number}!u@h PRIVMSG alice :{number}\n" for number in range(1600)]
    long = [
        f":n{number * 3 + 300}!u@h PRIVMSG alice :{number} {'x' * 12_000}\n"
        for number in range(400)
    ]
    for lines, together in ((short, 100), (long, 20)):
        for start in range(0, len(lines), together):
            visit.hear("".join(lines[start : start + together]))
    talks = visit.chat.display.buffers.all
    assert len(talks) == LIMITS.conversations
    assert sum(talk.size for talk in talks) <= LIMITS.kept_bytes
    assert sum(len(talk.kept) for talk in talks) > 200


# Waiting for what never comes


def test_a_history_that_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was said meanwhile is shown, with a sentence, and then everything goes on as it was."""
    visit = Visit()
    monkeypatch.setattr(visit, "sent", list)  # the PING stays unanswered
    numbers = range(LIMITS.held_events + 1)
    visit.hear("".join(f":bob!b@h PRIVMSG #general :{number}\n" for number in numbers))
    shown = visit.shown()
    assert [each for each in shown if each.startswith("-- The server")] == [LATE]
    assert shown[-1].endswith(f"<bob> {LIMITS.held_events}")
    assert len([each for each in shown if "<bob>" in each]) == LIMITS.held_events + 1
    visit.hear(":bob!b@h PRIVMSG #general :now\n")
    assert visit.shown()[-1].endswith("<bob> now")


def test_keys_are_handled_while_what_was_held_back_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Thousands of lines take seconds, for which Ctrl-C would wait."""
    visit, shown = Visit(), list[object]()
    chat = visit.chat
    monkeypatch.setattr(visit, "sent", list)
    monkeypatch.setattr(chat.display, "show", shown.append)
    numbers = range(LIMITS.held_events + 1)
    lines = "".join(f":bob!b@h PRIVMSG #general :{number}\n" for number in numbers)
    for event in chat.context.session.receive(lines.encode()):
        chat.event(event)
    while chat.behind:
        before = len(shown)
        chat.show_more()
        assert len(shown) - before <= SHOWN_AT_ONCE
    assert before > LIMITS.held_events - SHOWN_AT_ONCE


def test_tail_whose_history_never_comes() -> None:
    """1 GB, once. Each message is told once, and in order."""
    made, follower = session(), Follower(Start(lines=5))
    follower.attach(made)
    heard: list[Event] = []
    lines = [":alice!a@h JOIN #b", ":s 366 alice #b :End"]
    lines += [f"@msgid=m{n} :bob!b@h PRIVMSG #b :{n}" for n in range(LIMITS.held_events + 5)]
    for event in told(made, lines):
        heard += follower.take(event)
    texts = [event.text for event in heard if isinstance(event, Said)]
    assert texts == [str(n) for n in range(LIMITS.held_events + 5)]
    assert exceeded(heard) == ["held_bytes"]
    assert not follower.catching_up


def test_rooms_that_we_are_not_in_hold_nothing_back() -> None:
    """Of them no page is asked for, so nothing may wait for one."""
    made, follower = session(), Follower(Start(lines=5))
    follower.attach(made)
    heard: list[Event] = []
    for event in told(made, (f"@msgid=m{n} :b!b@h PRIVMSG #r{n} :x" for n in range(1000))):
        heard += follower.take(event)
    assert len(heard) == 1000
    assert not follower._engine.markers._markers


def test_events_that_nobody_takes() -> None:
    """A program that only sends does not fill its memory; what is missing is told."""
    wishes = ConnectOptions(parse_address("127.0.0.1:1"), "alice", "al")
    visit = Driver(wishes)
    visit.connected()
    visit.received(f":s 001 alice :Hi\n:s 005 alice {ISUPPORT} :are\n:s 422 alice :-\n".encode())
    numbers = range(LIMITS.untaken_events + 100)
    visit.received("".join(f":b!b@h PRIVMSG alice :{number}\n" for number in numbers).encode())
    assert len(visit.told) <= LIMITS.untaken_events + 1
    assert exceeded(visit.told) == ["untaken_bytes"]
    visit.told.clear()
    visit.received(b":bob!b@h PRIVMSG alice :again\n")
    assert len(visit.told) == 1
    visit.hang_up()


def test_labels_that_are_never_answered() -> None:
    """`send` ends with a sentence, however many lines it has yet to say."""
    made = session()
    receipts = Receipts(made.state.fold)
    receipts.attach(made)
    for number in range(LIMITS.unanswered + 1):
        receipts.said(made.say("#general", str(number)))
    assert receipts.refusals == [UNCONFIRMED]


def test_parameters_and_tags_without_end() -> None:
    """Those behind the limits are left out."""
    most = LIMITS.params + 5
    taken, _ = admitted(Message("353", tuple(map(str, range(most)))))
    assert taken.params == tuple(map(str, range(LIMITS.params)))
    tags = {f"t{number}": "" for number in range(LIMITS.tags + 5)}
    taken, _ = admitted(Message("PRIVMSG", ("#a", "b"), tags=tags))
    assert list(taken.tags) == [f"t{number}" for number in range(LIMITS.tags)]


def test_redactions_and_answers_still_pass() -> None:
    """What is ordinary is taken as ever."""
    made = session()
    events = told(made, ["@msgid=m1;time=2026-11-20T12:00:00.000Z :b!b@h REDACT #general m0 :oops",
                         ":s 391 alice s :noon"])  # fmt: skip
    assert [type(event) for event in events] == [TakenBack, Answer]
