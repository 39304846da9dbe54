"""What was missed and what has arrived, for a person and for a program: the same scenario through
both adapters of the engine (`ui/scrollback.py` and `history/follower.py`), with the same result."""

from collections.abc import Callable

import pytest

from chatroom.client.history.follower import Start
from chatroom.client.protocol.session import Session
from client.history.ends import (
    ENTERED,
    End,
    Program,
    Screen,
    asked,
    come_back,
    enter,
    sent,
    settle,
    texts,
)
from client.visitor import ALL, ENTERING, ISUPPORT, NOON, batch, line

PLAIN = "server-time"
HISTORY = "batch server-time message-tags draft/chathistory"


@pytest.fixture(params=[Screen, Program])
def end(request: pytest.FixtureRequest) -> End:
    made: Callable[[], End] = request.param
    return made()


# Losses


def test_page_by_page(end: End) -> None:
    """From the last line that was told, until a page has what came by itself; that waits."""
    enter(end)
    end.hear(line(1))
    end.lose()
    come_back(end)
    assert asked(end) == "CHATHISTORY AFTER #general msgid=m1 50"
    end.hear(line(6))
    end.hear(batch([line(2), line(3)]))
    assert asked(end) == "CHATHISTORY AFTER #general msgid=m3 50"
    end.hear(batch([line(4), line(5), line(6)]))
    end.hear(line(7))
    assert end.texts() == texts(1, 2, 3, 4, 5, 6, 7)
    assert sent(end) == []


def test_loss_between_two_pages(end: End) -> None:
    """What waited on the lost connection is asked for again: the rest of the pages stands before
    it, and what was said in the second gap behind it."""
    enter(end)
    end.hear(line(1))
    end.lose()
    come_back(end)
    end.hear(batch([line(2), line(3)]))
    end.hear(line(6))
    end.lose()
    come_back(end)
    assert asked(end) == "CHATHISTORY AFTER #general msgid=m3 50"
    end.hear(line(9))
    end.hear(batch([line(4), line(5), line(6), line(7)]))
    assert asked(end) == "CHATHISTORY AFTER #general msgid=m7 50"
    end.hear(batch([line(8), line(9)]))
    assert end.texts() == texts(1, 2, 3, 4, 5, 6, 7, 8, 9)


def test_own_lines_from_elsewhere_keep_their_place(end: End) -> None:
    """Said by our other client while the page was under way, which was lost: nothing before them is
    skipped."""
    enter(end)
    end.hear(line(1))
    end.lose()
    come_back(end)
    end.hear(own(5, "from elsewhere"))
    end.lose()
    come_back(end)
    assert asked(end) == "CHATHISTORY AFTER #general msgid=m1 50"
    end.hear(batch([line(2), own(5, "from elsewhere")]) + batch([]))
    assert end.texts() == [*texts(1, 2), "from elsewhere"]


def test_loss_in_the_middle_of_a_page(end: End) -> None:
    """Half a page is none: it comes again."""
    enter(end)
    end.hear(line(1))
    end.lose()
    come_back(end)
    end.hear(batch([line(2), line(3)]).partition(":s BATCH -")[0])
    end.lose()
    come_back(end)
    assert asked(end) == "CHATHISTORY AFTER #general msgid=m1 50"
    end.hear(batch([line(2), line(3)]) + batch([]))
    assert end.texts() == texts(1, 2, 3)


@pytest.mark.parametrize("cut", [1, 20, 60, -1])
def test_loss_in_the_middle_of_a_message(end: End, cut: int) -> None:
    """A line without its end was not heard."""
    enter(end)
    end.hear(line(1) + line(2)[:cut])
    end.lose()
    come_back(end)
    assert asked(end) == "CHATHISTORY AFTER #general msgid=m1 50"
    end.hear(batch([line(2)]) + batch([]))
    assert end.texts() == texts(1, 2)


def test_loss_before_the_first_page(end: End) -> None:
    """It never told where to begin, as when the server is killed at once. Everything since we came
    in is new all the same, and is asked for by the time of our JOIN."""
    end.connect(ALL)
    end.hear(ENTERED.format("#general"))
    end.hear(line(2))
    end.lose()
    come_back(end)
    question = asked(end)
    if question.startswith("CHATHISTORY BEFORE"):  # a person is shown the lines before, too
        assert question == "CHATHISTORY BEFORE #general timestamp=2026-11-20T12:00:00.001Z 20"
        end.hear(batch([]))
        question = asked(end)
    assert question.startswith("CHATHISTORY AFTER #general timestamp=")
    end.hear(batch([line(2), line(3)]) + batch([]))
    assert end.texts() == texts(2, 3)


def test_nothing_was_said_before_the_loss(end: End) -> None:
    """Then everything is new."""
    enter(end)
    end.lose()
    come_back(end)
    assert asked(end) == "CHATHISTORY AFTER #general timestamp=1970-01-01T00:00:00.000Z 50"
    end.hear(batch([line(2)]) + batch([]))
    assert end.texts() == texts(2)


def test_a_private_message_waits_for_nobody_to_send_it_again(end: End) -> None:
    """No page of a room will bring it."""
    enter(end)
    end.lose()
    come_back(end)
    end.hear(line(5, room="alice"))
    end.lose()
    assert end.texts() == texts(5)


# Servers


def test_without_a_history(end: End) -> None:
    """Nothing waits, and nothing is asked for."""
    enter(end, PLAIN)
    end.hear(line(1))
    end.lose()
    come_back(end, PLAIN)
    end.hear(line(3))
    assert end.texts() == texts(1, 3)
    assert not [each for each in sent(end) if "CHATHISTORY" in each]


def test_a_server_that_answers_everything_but_the_question(end: End) -> None:
    """Its PONG tells that no page will come. One that comes later, as through a bouncer that
    answers PINGs itself, tells what is missing all the same, once."""
    enter(end)
    end.hear(line(1))
    end.lose()
    come_back(end)
    end.hear(line(4))
    assert end.texts() == texts(1)
    settle(end)
    assert end.texts() == texts(4)
    end.hear(batch([line(2), line(3), line(4)]))
    end.hear(line(5))
    assert end.texts() == texts(2, 3, 5)


def test_a_msgid_that_is_forgotten(end: End) -> None:
    """It was taken back meanwhile, or is too old: its time is a reference too. Only a second
    refusal is told."""
    enter(end)
    end.hear(line(1))
    end.lose()
    come_back(end)
    fail = ":s FAIL CHATHISTORY MESSAGE_ERROR AFTER #general {} :No\n"
    end.hear(fail.format("msgid=m1"))
    assert asked(end) == "CHATHISTORY AFTER #general timestamp=2026-11-20T12:00:00.999Z 50"
    end.hear(line(3))
    end.hear(batch([line(1), line(2)]))
    assert asked(end) == "CHATHISTORY AFTER #general msgid=m2 50"
    end.hear(fail.format("msgid=m2") + fail.format("timestamp=x"))
    assert end.texts() == texts(1, 2, 3)


def test_a_server_that_only_knows_times(end: End) -> None:
    """It says so (MSGREFTYPES), and is not asked in vain."""
    enter(end)
    end.hear(line(1))
    end.lose()
    end.connect(ALL)
    end.hear(":s 005 alice MSGREFTYPES=timestamp :are\n" + ENTERED.format("#general"))
    assert asked(end) == "CHATHISTORY AFTER #general timestamp=2026-11-20T12:00:00.999Z 50"


def test_the_same_moment(end: End) -> None:
    """Without msgids, the lines of the last moment come again, and two that look the same were
    said twice: each is told as often as it was said."""
    same = f"@time={NOON.format(5)} :bob!b@h PRIVMSG #general :"
    enter(end, HISTORY)
    end.hear(f"{same}one\n{same}yes\n")
    end.lose()
    come_back(end, HISTORY)
    assert asked(end) == "CHATHISTORY AFTER #general timestamp=2026-11-20T12:00:04.999Z 50"
    again = [f"{same}one\n", f"{same}yes\n", f"{same}yes\n", f"{same}two\n"]
    end.hear(batch(again))
    end.hear(batch(again))
    assert end.texts() == ["one", "yes", "yes", "two"]


def test_a_moment_that_fills_a_page(end: End) -> None:
    """By its time one would never come behind it: then what follows that moment is asked for."""
    same = [f"@time={NOON.format(5)} :bob!b@h PRIVMSG #general :{n}\n" for n in range(50)]
    enter(end, HISTORY)
    end.hear(same[0])
    end.lose()
    come_back(end, HISTORY)
    end.hear(batch(same))
    assert asked(end) == "CHATHISTORY AFTER #general timestamp=2026-11-20T12:00:04.999Z 50"
    end.hear(batch(same))
    assert asked(end) == "CHATHISTORY AFTER #general timestamp=2026-11-20T12:00:05.000Z 50"
    end.hear(batch([line(6)]) + batch([]))
    assert end.texts() == [*map(str, range(50)), "message 6"]


def test_the_same_msgid(end: End) -> None:
    """A message that comes twice is told once, on a page and by itself."""
    enter(end)
    end.hear(line(1) + line(1))
    end.lose()
    come_back(end)
    end.hear(batch([line(1), line(2), line(2)]) + batch([]))
    end.hear(line(2) + line(3))
    assert end.texts() == texts(1, 2, 3)


def test_the_same_page_for_ever(end: End) -> None:
    """It is asked for no more."""
    enter(end)
    end.hear(line(1))
    end.lose()
    come_back(end)
    page = batch([line(2)])
    end.hear(page + page + page)
    settle(end)
    end.hear(line(3))
    assert end.texts() == texts(1, 2, 3)


def test_pages_that_do_not_say_of_which_room_they_are(end: End) -> None:
    """They answer the oldest request."""
    enter(end)
    end.hear(line(1))
    end.lose()
    come_back(end)
    end.hear(batch([line(2)], "chathistory") + batch([], "chathistory") + line(3))
    assert end.texts() == texts(1, 2, 3)


# What else happens meanwhile


def test_taken_back_meanwhile(end: End) -> None:
    """What is gone is not told, and one goes on behind it, by its time."""
    enter(end)
    end.hear(line(1))
    end.lose()
    come_back(end)
    gone = f"@time={NOON.format(2)};msgid=r2 :bob!b@h REDACT #general m2\n"
    end.hear(batch([line(2), gone]))
    assert asked(end) == "CHATHISTORY AFTER #general timestamp=2026-11-20T12:00:01.999Z 50"
    end.hear(batch([]))
    assert end.texts() == texts(1)


def test_taken_back_while_the_page_is_under_way(end: End) -> None:
    """It keeps its place behind the line, also if the connection is lost again."""
    enter(end)
    end.hear(line(1))
    end.lose()
    come_back(end)
    redact = ":bob!b@h REDACT #general m1\n"
    end.hear(redact)
    end.hear(batch([line(2)]) + batch([]))
    assert end.texts() == [*texts(1, 2), "-m1"]
    end.lose()
    come_back(end)
    end.hear(redact.replace("m1", "m2"))
    end.lose()
    assert end.texts() == ["-m2"]


def test_reactions_that_were_missed(end: End) -> None:
    """They are told where they happened, once."""
    react = (
        f"@msgid=r2;time={NOON.format(2)};+draft/react=x;+draft/reply=m1 :eve!e@h TAGMSG #general\n"
    )
    enter(end)
    end.hear(line(1))
    end.lose()
    come_back(end)
    end.hear(batch([react, line(3), react]) + batch([]))
    assert end.texts() == ["message 1", "+x", "message 3"]


def test_somebody_leaves_while_the_page_is_under_way(end: End) -> None:
    """Nobody leaves before having said what was said."""
    enter(end)
    end.lose()
    come_back(end)
    end.hear(line(2) + ":bob!b@h QUIT :bye\n")
    order: list[str] = []
    if isinstance(end, Program):
        end.hear(batch([]))
        order = [type(event).__name__ for event in end.driver.told][-2:]
    elif isinstance(end, Screen):
        end.hear(batch([]))
        shown = [each for each in end.visit.shown() if "message" in each or "bob" in each]
        order = ["Said" if "message" in each else "Left" for each in shown][-2:]
    assert order == ["Said", "Left"]


# Own lines


def own(number: int, text: str) -> str:
    return f"@msgid=m{number};time={NOON.format(number)} :alice!a@h PRIVMSG #general :{text}\n"


@pytest.mark.parametrize("capabilities", [ALL, HISTORY], ids=["labels", "no labels"])
def test_own_lines_that_the_history_shows(end: End, capabilities: str) -> None:
    """They have arrived, and are not told as somebody's; what it does not show has not."""
    enter(end, capabilities)
    end.hear(line(1))
    for text in ("arrived", "lost"):
        end.say(text)
    end.session.take_output()
    end.lose()
    come_back(end, capabilities)
    end.hear(batch([own(2, "arrived"), line(3), own(4, "arrived")]))
    end.hear(batch([]))
    assert end.texts() == ["message 1", "message 3", "arrived"]  # the last one from elsewhere
    assert end.unsure() == 1


def test_own_lines_that_a_label_confirms(end: End) -> None:
    """The msgid of the echo is the place to go on from."""
    enter(end)
    end.say("first")
    label = end.session.take_output().decode().split()[0].removeprefix("@")
    end.hear(f"@{label};{own(2, 'first').removeprefix('@')}")
    end.lose()
    come_back(end)
    assert asked(end) == "CHATHISTORY AFTER #general msgid=m2 50"
    end.hear(batch([]))
    assert end.unsure() == 0


def test_an_echo_while_the_pages_are_under_way(end: End) -> None:
    """Known again, but no place to go on from: what was missed stands before it."""
    enter(end)
    end.hear(line(1))
    end.lose()
    come_back(end)
    end.session.take_output()
    said = end.session.say("#general", "quick")
    label = said.tags["label"]
    end.receipts.said(said)
    end.hear(f"@label={label};{own(5, 'quick').removeprefix('@')}")
    end.lose()
    come_back(end)
    assert asked(end) == "CHATHISTORY AFTER #general msgid=m1 50"
    end.hear(batch([line(2)]))
    assert asked(end) == "CHATHISTORY AFTER #general msgid=m2 50"
    end.hear(batch([own(5, "quick"), line(6)]) + batch([]))
    assert end.texts() == texts(1, 2, 6)


def test_own_lines_that_a_pong_confirms(end: End) -> None:
    """Without labels and history, a PONG tells of what was said before its PING, and of nothing
    else."""
    enter(end, PLAIN)
    end.say("one")
    end.session.barrier()
    settle(end)
    end.say("two")
    end.lose()
    come_back(end, PLAIN)
    assert end.unsure() == 1


def test_own_lines_that_were_said_behind_the_ping(end: End) -> None:
    """Its answer does not confirm them."""
    enter(end, PLAIN)
    end.session.ping()
    ping = end.session.take_output().decode().split()[-1]
    end.say("behind")
    end.hear(f":s PONG s {ping}\n")
    end.lose()
    come_back(end, PLAIN)
    assert end.unsure() == 1


@pytest.mark.parametrize("capabilities", [ALL, PLAIN], ids=["labels", "no labels"])
def test_own_lines_that_were_refused(end: End, capabilities: str) -> None:
    """It is known what became of them: they are not sent again after a loss."""
    enter(end, capabilities)
    end.say("no")
    words = end.session.take_output().decode().split()
    label = f"{words[0]} " if words[0].startswith("@") else ""
    end.hear(f"{label}:s 404 alice #general :Cannot send to channel\n")
    end.lose()
    come_back(end, capabilities)
    if capabilities == ALL:
        end.hear(batch([]))
    assert end.unsure() == 0


# The way back


def test_a_room_with_a_key(end: End) -> None:
    """It is entered with the key that was set while we were there, and what was missed is told."""
    enter(end)
    end.hear(":bob!b@h MODE #general +k sesame\n" + line(1))
    end.lose()
    end.connect(ALL)
    assert "JOIN #general sesame" in sent(end)
    end.hear(ENTERED.format("#general") + batch([line(2)]) + batch([]))
    assert end.texts() == texts(1, 2)


def test_the_nickname_is_taken_back(end: End) -> None:
    """The server still has our old connection; own lines are known under the old name too."""
    enter(end)
    end.hear(line(1))
    end.say("mine")
    end.lose()
    if isinstance(end, Screen):
        end.visit.chat.start_again(Session("al", "Al"))
    elif isinstance(end, Program):
        end.driver.connected()
    end.hear(f":s CAP * LS :{ALL}\n:s CAP * ACK :{ALL}\n:s 433 * alice :in use\n")
    nick = end.session.take_output().decode().splitlines()[-1].split()[1]
    assert nick != "alice"
    end.hear(f":s 001 {nick} :Hi\n:s 005 {nick} {ISUPPORT} :are\n:s 422 {nick} :none\n")
    end.hear(ENTERED.replace("alice", nick).replace("#general", "{0}").format("#general"))
    end.hear(batch([own(2, "mine"), line(3)]) + batch([]))
    assert "NICK alice" in sent(end)
    assert end.texts() == texts(1, 3)
    end.hear(f":{nick}!a@h NICK alice\n")
    end.say("again")
    assert end.session.state.nick == "alice"


# Where the two are meant to differ


def test_reentering_a_room() -> None:
    """A program goes on where it was; a person who left is shown the last lines."""
    for end, question in (
        (Screen(), "LATEST #general * 20"),
        (Program(), "AFTER #general msgid=m1 50"),
    ):
        enter(end)
        end.hear(line(1))
        end.hear(":alice!a@h PART #general\n" + ENTERED.format("#general"))
        assert asked(end) == f"CHATHISTORY {question}"


def test_rooms_wait_alone_for_a_program() -> None:
    """A long past of one room holds nothing back in another; nor is its own order disturbed."""
    end = Program(Start(since=0))
    end.connect(ALL)
    end.hear(ENTERED.format("#general") + ENTERING.format("#games"))
    end.hear(batch([], "chathistory #games"))
    end.hear(line(8) + line(9, room="#games"))
    assert end.texts() == texts(9)
    end.hear(batch([line(1)]))
    assert end.texts() == texts(1)
    end.hear(batch([]))
    assert end.texts() == texts(8)


def test_last_lines_whose_first_page_was_lost() -> None:
    """They are those before we came in, and everything since then follows."""
    end = Program(Start(lines=2))
    end.connect(ALL)
    end.hear(ENTERED.format("#general"))
    end.lose()
    come_back(end)
    assert asked(end) == "CHATHISTORY BEFORE #general timestamp=2026-11-20T12:00:00.001Z 2"
    end.hear(batch([line(1), line(2)]))
    assert asked(end) == "CHATHISTORY AFTER #general msgid=m2 50"
    end.hear(batch([line(3), line(4), line(5)]) + batch([]))
    assert end.texts() == texts(1, 2, 3, 4, 5)


def test_last_lines_of_which_one_was_taken_back_meanwhile() -> None:
    """The next page is asked for by time."""
    end = Program(Start(lines=3))
    end.connect(ALL)
    end.hear(ENTERED.format("#general"))
    end.hear(batch([line(5), line(6)]))
    assert asked(end) == "CHATHISTORY BEFORE #general msgid=m5 1"
    end.hear(":s FAIL CHATHISTORY MESSAGE_ERROR BEFORE #general msgid=m5 :No\n")
    assert asked(end) == "CHATHISTORY BEFORE #general timestamp=2026-11-20T12:00:05.001Z 1"
    end.hear(batch([line(4)]))
    assert end.texts() == texts(4, 5, 6)
