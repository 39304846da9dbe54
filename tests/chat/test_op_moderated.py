"""Mode U: what members may not say is seen by those in charge (as on Solanum and Ergo)."""

import pytest

from chat.memory_history import MemoryHistory
from chat.people import BareWorld, a_world, arrive, heard, read_now, say
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import RanksGiven

NOTE = (
    ":chatroom.local NOTE PRIVMSG SENT_TO_OPERATORS #den"
    " :Only those in charge of the room see what you say (mode U)"
)


class Den:
    """A room with mode U: op, a half-operator, somebody with a voice, and two members."""

    def __init__(self, modes: str) -> None:
        self.world: BareWorld = a_world(log=MemoryHistory())
        self.op = self._come("op")
        self.hal, self.vera = self._come("hal", "h"), self._come("vera", "v")
        self.mona, self.milo = self._come("mona"), self._come("milo")
        say(self.op, f"MODE #den +U{modes}")
        for each in (self.op, self.hal, self.vera, self.mona, self.milo):
            heard(each)

    def _come(self, nick: str, rank: str = "") -> Session:
        session = arrive(self.world, nick)
        say(session, "JOIN #den")
        if rank:
            apply(self.world, RanksGiven("#den", rank, (session.user.id,), self.world.now))
        return session

    def say(self, session: Session, line: str) -> None:
        say(session, line)

    def heard(self) -> dict[str, list[str]]:
        """What each of those who heard anything has heard, without the source."""
        people = {"op": self.op, "hal": self.hal, "vera": self.vera, "milo": self.milo}
        lines = {nick: heard(session) for nick, session in people.items()}
        return {nick: [one.split(" ", 1)[1] for one in got] for nick, got in lines.items() if got}


@pytest.mark.parametrize("modes", ["m", "M", "b mona!*@*", "b m:mona"])
def test_those_in_charge_see_it(modes: str) -> None:
    """As if it were said to %#den; the author is told."""
    den = Den(modes)
    den.say(den.mona, "PRIVMSG #den :may I?")
    assert heard(den.mona) == [NOTE]
    line = "PRIVMSG %#den :may I?"
    assert den.heard() == {"op": [line], "hal": [line]}


def test_people_who_may_speak_are_heard_by_all() -> None:
    den = Den("m")
    den.say(den.vera, "PRIVMSG #den :hello")
    assert heard(den.vera) == []
    assert den.heard().keys() == {"op", "hal", "milo"}


def test_a_notice_is_not_answered() -> None:
    den = Den("m")
    den.say(den.mona, "NOTICE #den :may I?")
    assert heard(den.mona) == []
    assert den.heard().keys() == {"op", "hal"}


def test_a_message_to_some_stays_one_to_some() -> None:
    """@#den goes to operators, +#den to those in charge."""
    den = Den("m")
    den.say(den.mona, "PRIVMSG @#den :psst")
    assert heard(den.mona) == []  # that is what they wanted
    assert den.heard() == {"op": ["PRIVMSG @#den :psst"]}
    den.say(den.mona, "PRIVMSG +#den :psst")
    assert heard(den.mona) == [NOTE]
    assert den.heard().keys() == {"op", "hal"}


def test_what_is_refused_anyway() -> None:
    """From outside, and what nobody may say; tags without a text."""
    den = Den("mC")
    outside = arrive(den.world, "eve", frozenset({"message-tags"}))
    den.say(outside, "PRIVMSG #den :hello")
    assert heard(outside)[0].split()[1] == "404"
    den.say(den.mona, "PRIVMSG #den :\x01VERSION\x01")
    assert [line.split()[1] for line in heard(den.mona)] == ["NOTE", "404"]
    assert den.heard() == {}


def test_a_long_message_is_told_of_once() -> None:
    """All of its pieces go to those in charge."""
    den = Den("m")
    den.say(den.mona, "PRIVMSG #den :" + "tea " * 300)
    assert heard(den.mona) == [NOTE]
    pieces = den.heard()
    assert pieces.keys() == {"op", "hal"}
    assert len(pieces["op"]) == 3
    assert all(piece.startswith("PRIVMSG %#den :tea") for piece in pieces["op"])


def test_without_it_nothing_is_passed_on() -> None:
    den = Den("m")
    den.say(den.op, "MODE #den -U")
    den.heard()
    heard(den.mona)
    den.say(den.mona, "PRIVMSG #den :may I?")
    assert heard(den.mona)[0].split()[1] == "404"
    assert den.heard() == {}


def test_the_history_of_the_room_does_not_have_it() -> None:
    """It is not in the log of the room."""
    den = Den("m")
    den.say(den.mona, "PRIVMSG #den :may I?")
    den.say(den.op, "PRIVMSG #den :no")
    for session in (den.mona, den.op):
        texts = [one.params[1] for one in read_now(session, "#den", 9, ["PRIVMSG"])]
        assert texts == ["no"]
