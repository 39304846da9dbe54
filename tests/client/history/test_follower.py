"""What is said, once and in order, over any number of connections: sans I/O."""

from chatroom.client.history.follower import Follower, Start
from chatroom.client.protocol.events import Event, Said
from chatroom.client.protocol.session import Session
from chatroom.wire.reference import parse_time
from client.visitor import ALL, ENTERING, ISUPPORT, batch, line


class Visitor:
    """A follower with one session after the other."""

    def __init__(self, start: Start = Start()) -> None:  # noqa: B008  an immutable value
        self.follower = Follower(start)
        self.heard: list[Event] = []
        self.connect()

    def connect(self) -> None:
        """Another connection, as far as into the room."""
        self.heard += self.follower.lost()
        self.session = Session("al", "Al")
        self.follower.attach(self.session)
        self.session.open()
        self.session.register("alice")
        self.hear(f":s CAP * LS :{ALL}\n:s CAP * ACK :{ALL}\n")
        self.hear(f":s 001 alice :Hi\n:s 005 alice {ISUPPORT} :are\n:s 422 alice :none\n")
        self.session.take_output()
        self.hear(ENTERING.format("#general"))

    def hear(self, text: str) -> None:
        for event in self.session.receive(text.encode()):
            self.heard += self.follower.take(event)

    def asked(self) -> str:
        """The last line that was sent, without the PING behind it."""
        lines = self.session.take_output().decode().splitlines()
        return [each for each in lines if not each.startswith("PING")][-1]

    def texts(self) -> list[str]:
        """What was said since the last call."""
        texts = [event.text for event in self.heard if isinstance(event, Said)]
        self.heard.clear()
        return texts


def texts(*numbers: int) -> list[str]:
    return [f"message {number}" for number in numbers]


def test_the_past_is_only_a_place_to_go_on_from() -> None:
    """What was said before we came stays untold."""
    visitor = Visitor()
    assert visitor.asked() == "CHATHISTORY LATEST #general * 1"
    visitor.hear(batch([line(1)]) + line(2))
    assert visitor.texts() == texts(2)


def test_what_is_said_while_the_page_is_under_way() -> None:
    """It waits, and is told though the page has it too."""
    visitor = Visitor()
    visitor.hear(line(2) + batch([line(2)]) + line(3))
    assert visitor.texts() == texts(2, 3)


def test_the_last_lines() -> None:
    """Told, and those once that are on the page and came by themselves."""
    visitor = Visitor(Start(lines=2))
    assert visitor.asked() == "CHATHISTORY LATEST #general * 2"
    visitor.hear(line(2) + batch([line(1), line(2)]) + line(3))
    assert visitor.texts() == texts(1, 2, 3)


def test_more_last_lines_than_a_page_has() -> None:
    """Page before page, and then told in order."""
    visitor = Visitor(Start(lines=60))
    assert visitor.asked() == "CHATHISTORY LATEST #general * 50"
    visitor.hear(batch([line(number) for number in range(10, 60)]))
    assert visitor.texts() == []
    assert visitor.asked() == "CHATHISTORY BEFORE #general msgid=m10 10"
    visitor.hear(batch([line(8), line(9)]))
    assert visitor.asked() == "CHATHISTORY BEFORE #general msgid=m8 8"
    visitor.hear(batch([]))
    assert visitor.texts() == texts(*range(8, 60))


def test_page_after_page_since_a_time() -> None:
    """Until one has what has come by itself."""
    visitor = Visitor(Start(since=1000))
    assert visitor.asked() == "CHATHISTORY AFTER #general timestamp=1970-01-01T00:00:00.999Z 50"
    visitor.hear(line(4) + batch([line(1), line(2)]))
    assert visitor.asked() == "CHATHISTORY AFTER #general msgid=m2 50"
    visitor.hear(batch([line(3), line(4)]))
    assert visitor.session.take_output() == b""
    assert visitor.texts() == texts(1, 2, 3, 4)


def test_times_that_fall_behind_the_start() -> None:
    """The server's clock was set back: what shows an earlier time than was asked for stays untold,
    but not what is said later."""
    early = "2023-11-14T22:00:{:02}.000Z"
    since = parse_time("2023-11-14T22:00:30.000Z")
    visitor = Visitor(Start(since=since))
    visitor.hear(batch([line(31, early), line(5, early), line(32, early)]) + line(6, early))
    assert visitor.asked() == "CHATHISTORY AFTER #general msgid=m32 50"
    visitor.hear(batch([line(7, early)]))
    assert visitor.asked() == "CHATHISTORY AFTER #general msgid=m7 50"
    visitor.hear(batch([]) + line(8, early))
    assert visitor.texts() == texts(31, 32, 6, 8)
    visitor.connect()
    assert visitor.asked() == "CHATHISTORY AFTER #general msgid=m8 50"
    visitor.hear(batch([line(9, early)]))
    assert visitor.texts() == texts(9)


def test_after_a_loss() -> None:
    """From the last message that was told; those that were under way are asked for again."""
    visitor = Visitor()
    visitor.hear(batch([]) + line(1))
    visitor.connect()
    assert visitor.asked() == "CHATHISTORY AFTER #general msgid=m1 50"
    visitor.hear(line(3))
    visitor.connect()
    assert visitor.asked() == "CHATHISTORY AFTER #general msgid=m1 50"
    visitor.hear(batch([line(2), line(3)]) + batch([]))
    assert visitor.texts() == texts(1, 2, 3)


def test_after_a_loss_in_a_room_in_which_nothing_was_said() -> None:
    """Everything is new."""
    visitor = Visitor()
    visitor.hear(batch([]))
    visitor.connect()
    assert visitor.asked() == "CHATHISTORY AFTER #general timestamp=1970-01-01T00:00:00.000Z 50"


def test_a_message_that_the_server_has_forgotten() -> None:
    """Its time is a reference too; what is told again by that is known again."""
    visitor = Visitor()
    visitor.hear(batch([]) + line(1))
    visitor.connect()
    visitor.hear(":s FAIL CHATHISTORY MESSAGE_ERROR AFTER #general msgid=m1 :No\n")
    assert visitor.asked() == (
        "CHATHISTORY AFTER #general timestamp=2026-11-20T12:00:00.999Z 50"
    )  # fmt: skip
    visitor.hear(batch([line(1), line(2)]) + batch([]))
    assert visitor.texts() == texts(1, 2)


def test_a_history_that_cannot_be_read() -> None:
    """What is said now is told all the same."""
    visitor = Visitor()
    visitor.hear(line(1) + ":s FAIL CHATHISTORY INVALID_TARGET LATEST #general :No\n" + line(2))
    assert visitor.texts() == texts(1, 2)


def test_kicked_while_a_page_is_under_way() -> None:
    """No page of that room comes any more: what waited is told, and the other room waits for its
    own."""
    visitor = Visitor()
    visitor.session.take_output()
    visitor.hear(ENTERING.format("#games") + line(1) + line(2, room="#games"))
    assert visitor.asked() == "CHATHISTORY LATEST #games * 1"
    assert visitor.texts() == []
    visitor.hear(":bob!b@h KICK #general alice :out\n")
    assert visitor.texts() == texts(1)
    visitor.hear(batch([], "chathistory #games") + line(3, room="#games"))
    assert visitor.texts() == texts(2, 3)


def test_who_has_left_waits_for_no_page() -> None:
    """Whoever has no place there is not told what comes too late."""
    visitor = Visitor()
    visitor.session.take_output()
    visitor.hear(ENTERING.format("#games") + ":alice!a@h PART #games\n")
    visitor.hear(batch([]))
    assert not visitor.follower.catching_up


def test_own_lines_of_the_past_are_own() -> None:
    """Also those that were said under the nickname of before."""
    visitor = Visitor()
    visitor.hear(batch([]) + line(1))
    visitor.connect()
    visitor.hear(batch([line(2).replace(":bob!b@h", ":alice!a@h"), line(3)]) + batch([]))
    assert [event.own for event in visitor.heard if isinstance(event, Said)] == [False, True, False]


def test_a_server_that_gives_the_same_page_for_ever() -> None:
    """It is asked no more."""
    visitor = Visitor(Start(since=0))
    page = batch([line(1)])
    visitor.hear(page + page + page)
    visitor.hear(line(2))
    assert visitor.texts() == texts(1, 2)
