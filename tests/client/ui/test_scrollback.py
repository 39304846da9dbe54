"""The past of a room: on entering it, with /history, and what else the server says about it."""

import pytest

from chatroom.client.protocol.session import Session
from client.visitor import ALL, ENTERING, NEXT, NOON, Visit, batch, day_of, entered, line, time_of


def test_capabilities_that_need_others() -> None:
    """History is of use only where its pages can be told, and told apart."""
    for offered, answer in (
        (ALL, f"CAP REQ :{ALL}"),
        ("draft/chathistory soju.im/search batch", "CAP REQ batch"),
        ("sasl draft/message-redaction", "CAP END"),
    ):
        session = Session("al", "Al")
        session.receive(f":s CAP * LS :{offered}\n".encode())
        assert session.take_output().decode() == f"{answer}\r\n"


def test_the_last_lines_on_entering() -> None:
    """With a marker above each day; own lines under the name as stored, no state is changed."""
    visit = Visit()
    assert visit.sent()[-1] == "CHATHISTORY LATEST #general * 20"
    visit.shown()
    own = f"@msgid=m2;time={NOON.format(2)} :alice!a@h PRIVMSG #general :mine\n"
    deed = f"@msgid=m5;time={NEXT.format(5)} :bob!b@h PRIVMSG #general :\x01ACTION waves\x01\n"
    asks = f"@msgid=m6;time={NEXT.format(6)} :bob!b@h PRIVMSG #general :\x01VERSION\x01\n"
    gone = f"@time={NEXT.format(7)} :bob!b@h REDACT #general m4 :oops\n"
    strange = ":eve!e@h JOIN #general\n"
    visit.hear(batch([line(1), own, strange, line(3, NEXT), line(4, NEXT), deed, asks, gone]))
    assert visit.shown() == [
        day_of(NOON.format(1)),
        f"[{time_of(NOON.format(1))}] <bob> message 1",
        f"[{time_of(NOON.format(2))}] <alice> mine",
        day_of(NEXT.format(3)),
        f"[{time_of(NEXT.format(3))}] <bob> message 3",
        f"[{time_of(NEXT.format(4))}] (a message was deleted)",
        f"[{time_of(NEXT.format(5))}] * bob waves",
        "--- you are up to date ---",
    ]


def test_a_last_page_says_that_nothing_is_older() -> None:
    """chathistory, "draft/chathistory-end tag": at once, not after one more request."""
    visit = entered([line(3)])
    assert visit.types("/history more").startswith("CHATHISTORY BEFORE #general msgid=m3")
    visit.hear("@draft/chathistory-end " + batch([line(1), line(2)]))
    beginning, _day, *texts = visit.shown()
    assert beginning == "--- nothing older is kept ---"
    assert [each.partition("> ")[2] for each in texts] == ["message 1", "message 2"]


def test_what_is_said_meanwhile_comes_once_and_after() -> None:
    """Live lines wait for the page; what stands in both is shown as live."""
    visit = Visit()
    visit.hear(line(2) + ":carol!c@h JOIN #general\n:carol!c@h PRIVMSG alice psst\n" + line(3))
    visit.shown()
    visit.hear(batch([line(1), line(2)]))
    visit.hear(line(4))
    told = [each.partition("] ")[2] or each for each in visit.shown()]
    assert told == [
        day_of(NOON.format(1)),
        "<bob> message 1",
        "--- you are up to date ---",
        "<bob> message 2",
        "-- carol joined general.",
        "<carol -> You> psst",
        "<bob> message 3",
        "<bob> message 4",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        ":s FAIL CHATHISTORY INVALID_TARGET LATEST #general :No\n",
        ":alice!a@h PART #general\n",
        ":s BATCH +r chathistory #general\n",
    ],
)
def test_nothing_is_lost_when_no_page_comes(answer: str) -> None:
    """The PING behind the request tells when to wait no longer."""
    visit = Visit()
    visit.hear(line(1) + answer)
    visit.sent()
    assert visit.out.getvalue().count("<bob> message 1") == 1
    assert visit.chat.listening


def test_a_welcome_and_its_end_in_one_piece() -> None:
    """The PONG behind the JOIN does not stand for the one behind the request that follows."""
    visit = Visit(joined=False)
    ping = visit.chat.context.session.take_output().decode().split()[-1]
    visit.hear(ENTERING.format("#general") + f":s PONG s {ping}\n" + line(1))
    assert "message 1" not in visit.out.getvalue()
    visit.hear(batch([line(1)]))
    assert visit.out.getvalue().count("message 1") == 1


def test_several_rooms_at_once() -> None:
    """Each page to its room, marked where it is not the current one."""
    visit = Visit()
    visit.hear(ENTERING.format("#games") + line(9, room="#general"))
    visit.shown()
    visit.hear(batch([line(1)]) + batch([line(2, room="#games")], "chathistory #games"))
    told = [each.partition("] ")[2] for each in visit.shown() if each.startswith("[")]
    assert told == ["<bob> message 1", "games <bob> message 2", "<bob> message 9"]


def test_a_server_that_replays_by_itself() -> None:
    """The batch is recognised as history; without batches, the lines are shown as they come."""
    visit = Visit("batch server-time")
    assert not [each for each in visit.sent() if each.startswith("CHATHISTORY")]
    visit.shown()
    visit.hear(batch([line(1)]))
    assert visit.shown()[-1] == "--- you are up to date ---"
    plain = Visit("server-time")
    plain.hear(line(1))
    assert plain.shown()[-1].endswith("<bob> message 1")


def test_in_a_pipe_the_past_is_not_shown() -> None:
    """Nor asked for; the capability keeps the server from replaying it."""
    visit = Visit(person=False)
    visit.hear(batch([line(1)]) + line(2))
    assert not [each for each in visit.sent() if each.startswith("CHATHISTORY")]
    assert [each for each in visit.shown() if "message" in each] == [
        f"[{time_of(NOON.format(2))}] <bob> message 2"
    ]


def test_a_day_marker_above_the_first_live_line_of_a_day() -> None:
    """Also after a page of the past; not above every line."""
    visit = entered()
    visit.hear(line(1) + line(2) + line(3, NEXT) + line(4, NEXT))
    assert [each for each in visit.shown() if each.startswith("---")] == [day_of(NEXT.format(3))]
    visit.types("/history")
    visit.hear(batch([line(1)]))
    visit.shown()
    visit.hear(line(5, NEXT))
    assert visit.shown()[0] == day_of(NEXT.format(5))


# /history


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("/history", "CHATHISTORY LATEST #general * 20"),
        ("/history 5", "CHATHISTORY LATEST #general * 5"),
        ("/history 999", "CHATHISTORY LATEST #general * 50"),
        ("/history more", "CHATHISTORY BEFORE #general msgid=m7 20"),
    ],
)
def test_history_asks_for_no_more_than_is_allowed(typed: str, sent: str) -> None:
    """At most as many as ISUPPORT CHATHISTORY allows; `more` from the oldest line shown."""
    assert entered([line(7), line(8)]).types(typed) == sent


@pytest.mark.parametrize("typed", ["/history 0", "/history -3", "/history all", "/history ²"])
def test_history_of_what_is_no_number(typed: str) -> None:
    """The usage is told."""
    visit = entered()
    assert visit.types(typed) == ""
    assert visit.shown()[-1] == "-- Usage: /history [N], /history more"


def test_page_by_page_to_the_beginning() -> None:
    """Each `more` goes on where the last page began, also in pages of another length."""
    visit = entered([line(9)])
    assert visit.types("/history 2") == "CHATHISTORY LATEST #general * 2"
    visit.hear(batch([line(8), line(9)]))
    assert visit.shown()[-1] == "--- you are up to date ---"
    assert visit.types("/history more") == "CHATHISTORY BEFORE #general msgid=m8 2"
    visit.hear(batch([line(6), line(7)]))
    assert visit.shown()[-1] == f"[{time_of(NOON.format(7))}] <bob> message 7"
    assert visit.types("/history more") == "CHATHISTORY BEFORE #general msgid=m6 2"
    visit.hear(batch([]))
    assert visit.shown() == ["--- nothing older is kept ---"]


def test_history_of_a_room_without_any() -> None:
    """On entering nothing is shown; asked for, it is said."""
    visit = Visit()
    visit.shown()
    visit.hear(batch([]))
    assert visit.shown() == []
    assert visit.types("/history more") == "CHATHISTORY LATEST #general * 20"
    visit.hear(batch([]))
    assert visit.shown() == ["-- Nothing has been said here yet."]


@pytest.mark.parametrize(
    ("types", "reference"),
    [("timestamp", f"timestamp={NOON.format(1)}"), ("x,msgid", "msgid=m1"), ("", "msgid=m1")],
)
def test_references_are_of_a_type_that_the_server_knows(types: str, reference: str) -> None:
    """chathistory: MSGREFTYPES in order of preference, unknown ones ignored, both if missing."""
    visit = entered()
    visit.hear(
        f":s 005 alice MSGREFTYPES={types} :are\n" if types else ":s 005 a -MSGREFTYPES :a\n"
    )
    visit.types("/history")
    visit.hear(batch([line(1)]))
    assert visit.types("/history more") == f"CHATHISTORY BEFORE #general {reference} 20"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/history", "-- This server does not show its history."),
        ("/search tea", "-- This server does not search its history."),
    ],
)
def test_a_server_without(typed: str, words: str) -> None:
    """It is said in words, and nothing is sent; also after a CAP DEL."""
    plain, deprived = Visit("server-time"), entered()
    deprived.hear(":s CAP alice DEL :soju.im/search draft/chathistory\n")
    for visit in (plain, deprived):
        assert visit.types(typed) == ""
        assert visit.shown()[-1] == words


# What the server says about it

WORDS = [
    (":bob!b@h REDACT #general m1", "-- bob deleted a message that is not on the screen."),
    (
        ":bob!b@h REDACT #general m1 :wrong room",
        "-- bob deleted a message that is not on the screen (wrong room).",
    ),
    (":alice!a@h REDACT #general m1", "-- You deleted a message that is not on the screen."),
    (":bob!b@h REDACT alice m1", "-- bob deleted a message that is not on the screen."),
    (
        ":s FAIL CHATHISTORY INVALID_TARGET LATEST #general :No",
        "-- You cannot read the history of general.",
    ),
    (
        ":s FAIL CHATHISTORY MESSAGE_ERROR BEFORE #general msgid=x :No",
        "-- The history of general cannot be read right now.",
    ),
    (
        ":s FAIL SEARCH INVALID_PARAMS text :Invalid parameters: type what to search for",
        "-- This cannot be searched: type what to search for.",
    ),
    (":s FAIL SEARCH INTERNAL_ERROR :x", "-- The search could not be run."),
    (":s FAIL REDACT REDACT_FORBIDDEN #general m1 :x", "-- You cannot delete that message."),
    (
        ":s FAIL PRIVMSG HISTORY_UNAVAILABLE #general :Not sent: the disk is full",
        "-- Not sent: the disk is full",
    ),
    (
        ":s WARN REHASH CERTS_EXPIRED :Certificate has expired",
        "-- Warning: Certificate has expired.",
    ),
    (":s NOTE * OPER_MESSAGE :The message", "-- The message."),
]


@pytest.mark.parametrize(("raw", "words"), WORDS)
def test_in_words(raw: str, words: str) -> None:
    """IRCv3 standard-replies and message-redaction."""
    visit = entered()
    visit.hear(raw + "\n")
    assert visit.shown() == [words]


def test_what_is_said_before_the_end_of_the_names_comes_once() -> None:
    """The room is entered with the last of its names; people may talk before that."""
    visit = Visit(joined=False)
    names = ENTERING.format("#general").splitlines(keepends=True)
    visit.hear("".join(names[:2]) + line(2) + names[2] + line(3))
    visit.hear(batch([line(1), line(2)]))
    shown = visit.out.getvalue()
    assert [shown.count(f"message {number}") for number in (1, 2, 3)] == [1, 1, 1]
    assert shown.index("message 1") < shown.index("message 2") < shown.index("message 3")
