"""What the specifications say about the edges, each in one case: what a line is answered, and what
others see of it (Modern IRC, unless said otherwise)."""

from typing import NamedTuple

import pytest

from chat.people import BareWorld, Peer, a_world, arrive, begin, hang_up, heard, say
from chatroom.chat.connections import attach
from chatroom.chat.limits import Limits
from chatroom.chat.output.answers import finish
from chatroom.chat.session import Session
from chatroom.wire.message import MAX_BODY, decode

ALICE, BOB = ":alice!~alice@192.0.2.1", ":bob!~bob@192.0.2.1"
SERVER = ":chatroom.local"


class Case(NamedTuple):
    """A line of this person, what they get (without the server's name), and what bob sees."""

    who: str
    line: str
    answer: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


def told(line: str, *answer: str) -> Case:
    """alice says it, and gets this; bob sees nothing."""
    return Case("alice", line, answer)


def heard_by_bob(line: str, *seen: str) -> Case:
    """alice says it, and bob sees this, from her."""
    return Case("alice", line, (), tuple(f"{ALICE} {event}" for event in seen))


def happens(line: str, event: str, *refused: str) -> Case:
    """alice says it, and both see this, from her; perhaps she is also told what was refused."""
    return Case("alice", line, (*refused, f"{ALICE} {event}"), (f"{ALICE} {event}",))


CASES = {
    "nick by case only": happens("NICK ALICE", "NICK :ALICE"),
    "nick as it is": told("NICK alice"),
    "nick of a neighbour, by case": told("NICK BOB", "433 alice BOB"),
    "join where one is": told("JOIN #DEN"),
    "join where one is, with a key": told("JOIN #den wrong"),
    "mode with too many parameters": happens("MODE #den +m a b c", "MODE #den +m"),
    "mode with an unknown letter": happens(
        "MODE #den +m!Z", "MODE #den +m", "472 alice !", "472 alice Z"
    ),
    "mode without changes": told("MODE #den +"),
    "bans, by an outsider": Case("eve", "MODE #den b", ("442 eve #den",)),
    "bans, by a member": Case("bob", "MODE #den +b", ("368 bob #den",)),
    "exceptions, by a member": Case("bob", "MODE #den e", ("482 bob #den",)),
    "invitations, by a member": Case("bob", "MODE #den I", ("482 bob #den",)),
    "key without a parameter": told("MODE #den +k"),
    "limit without a parameter": told("MODE #den +l"),
    "both, among others": happens("MODE #den +klm", "MODE #den +m"),
    "limit, and no parameter left for the key": happens("MODE #den +lk 9", "MODE #den +l 9"),
    "an invalid key": told("MODE #den +k :two words", "696 alice #den k two_words"),
    "an empty key": told("MODE #den +k :", "696 alice #den k *"),
    "an invalid limit": told("MODE #den +l many", "696 alice #den l many"),
    "mode by an outsider": Case("eve", "MODE #den +m", ("482 eve #den",)),
    "mode by a member": Case("bob", "MODE #den +m", ("482 bob #den",)),
    "mode of a room that is not there": Case("eve", "MODE #nowhere +m", ("403 eve #nowhere",)),
    "an empty topic": happens("TOPIC #den :", "TOPIC #den :"),
    "trailing spaces": told("PING  token   ", "PONG chatroom.local :token"),
    "trailing spaces in a text": heard_by_bob("PRIVMSG #den :hi  ", "PRIVMSG #den :hi  "),
    "a text that begins with a colon": heard_by_bob("PRIVMSG #den ::)", "PRIVMSG #den ::)"),
    "a topic that begins with a colon": happens("TOPIC #den ::x:", "TOPIC #den ::x:"),
    "a nickname like the server's": told("NICK chatroom", "432 alice chatroom"),
    "one that looks like the server's": told("NICK ChatRoom", "432 alice ChatRoom"),
    "the server's name": told("NICK chatroom.local", "432 alice chatroom.local"),
    "names by another case": heard_by_bob(
        "PRIVMSG BOB,#DEN :hi", "PRIVMSG bob :hi", "PRIVMSG #den :hi"
    ),
    "several targets, one of them missing": Case(
        "alice", "PRIVMSG nobody,bob :hi", ("401 alice nobody",), (f"{ALICE} PRIVMSG bob :hi",)
    ),
    "too many targets": told("PRIVMSG a,b,c,d :hi", "407 alice"),
    "whois of more than TARGMAX": told("WHOIS a,b,c,d", "407 alice", "318 alice a,b,c,d"),
    "capabilities after registration": told("CAP REQ :batch no", "CAP alice NAK :batch no"),
    "the end of a negotiation long over": told("CAP END"),
    "pass after registration": told("PASS x", "462 alice"),
    "user after registration": told("USER a 0 * :b", "462 alice"),
    "an escaped star in a ban": happens(r"MODE #den +b bob\*!*@*", r"MODE #den +b bob\*!*@*"),
}


@pytest.fixture
def world() -> BareWorld:
    """alice, an operator, and bob in #den; eve is not there. Three targets are the most."""
    return a_world(Limits(targets=3))


def people(world: BareWorld) -> dict[str, Session]:
    sessions = {nick: arrive(world, nick) for nick in ("alice", "bob", "eve")}
    for nick in ("alice", "bob"):
        say(sessions[nick], "JOIN #den")
    for session in sessions.values():
        heard(session)
    return sessions


@pytest.mark.parametrize("name", CASES)
def test_each(world: BareWorld, name: str) -> None:
    sessions = people(world)
    case = CASES[name]
    say(sessions[case.who], case.line)
    answers = [line.removeprefix(f"{SERVER} ") for line in heard(sessions[case.who])]
    for answer, expected in zip(answers, case.answer, strict=True):
        is_numeric = expected[:3].isdigit()
        assert answer.startswith(expected) if is_numeric else answer == expected
    if case.who != "bob":
        assert tuple(heard(sessions["bob"])) == case.seen


@pytest.mark.parametrize("modes", ["+i", "+k key", "+l 1", "+b *!*@*"])
def test_an_invitation_overrides(world: BareWorld, modes: str) -> None:
    """ "INVITE message": once; and not a ban that comes after it."""
    alice, _, eve = people(world).values()
    say(alice, f"MODE #den {modes}")
    say(eve, "JOIN #den")
    (refused,) = heard(eve)
    assert refused.split()[1] in ("471", "473", "474", "475")
    say(alice, "INVITE eve #den")
    heard(eve)
    say(eve, "JOIN #den")
    assert heard(eve)[0] == ":eve!~eve@192.0.2.1 JOIN :#den"
    say(eve, "PART #den", "JOIN #den")
    assert heard(eve)[1] == refused


def test_a_ban_overrides_an_earlier_invitation(world: BareWorld) -> None:
    alice, _, eve = people(world).values()
    say(alice, "INVITE eve #den", "MODE #den +b eve!*@*")
    heard(eve)
    say(eve, "JOIN #den")
    assert " 474 " in heard(eve)[0]


def test_masks_with_escapes(world: BareWorld) -> None:
    r""" "Wildcard Expressions": \* and \? are the characters themselves."""
    sessions = people(world)
    say(sessions["alice"], r"MODE #den +b *\*!*@*", r"MODE #den +b b\?b!*@*")
    say(sessions["bob"], "PRIVMSG #den :not banned")
    assert heard(sessions["alice"])[-1] == f"{BOB} PRIVMSG #den :not banned"
    say(sessions["alice"], "MODE #den +b b?b!*@*")
    heard(sessions["bob"])
    say(sessions["bob"], "PRIVMSG #den :banned")
    assert " 404 " in heard(sessions["bob"])[0]


def test_words_of_leaving(world: BareWorld) -> None:
    """ "QUIT message": others see `Quit: `, also without a reason, but not of a lost connection."""
    for line, seen in (("QUIT", "Quit: "), ("QUIT :bye", "Quit: bye")):
        sessions = people(world)
        say(sessions["alice"], line)
        assert sessions["alice"].closing == seen
        hang_up(sessions["alice"], sessions["alice"].closing)
        assert heard(sessions["bob"]) == [f"{ALICE} QUIT :{seen}"]
        hang_up(sessions["bob"], "Connection reset by peer")
        hang_up(sessions["eve"])


def test_two_who_register_race_for_one_name(world: BareWorld) -> None:
    """ "NICK message": the first has it, also before USER; the other may choose again."""
    one, two = (attach(world, Peer(), "192.0.2.1") for _ in range(2))
    say(one, "CAP LS", "NICK same")
    say(two, "NICK Same", "USER two 0 * :two")
    assert heard(two) == [f"{SERVER} 433 * Same :Nickname is already in use"]
    say(two, "NICK other")
    assert " 001 other " in heard(two)[0]
    heard(one)
    say(one, "USER one 0 * :one", "CAP END")
    assert " 001 same " in heard(one)[0]


def test_a_name_is_free_when_the_one_who_was_first_leaves(world: BareWorld) -> None:
    one, two = (attach(world, Peer(), "192.0.2.1") for _ in range(2))
    say(one, "NICK same")
    hang_up(one)
    say(two, "NICK same", "USER two 0 * :two")
    assert " 001 same " in heard(two)[0]


@pytest.mark.parametrize("line", ["USER a 0 * :", "USER a 0 *", "USER a", "USER : 0 * :x"])
def test_an_empty_real_name(world: BareWorld, line: str) -> None:
    """ "USER message": 461, and nobody is let in."""
    session = attach(world, Peer(), "192.0.2.1")
    say(session, "NICK a", line)
    assert heard(session) == [f"{SERVER} 461 a USER :Not enough parameters"]
    assert not session.registered


def test_user_comes_once_also_before_registration(world: BareWorld) -> None:
    """ "USER message": 462, and the first one counts."""
    session = attach(world, Peer(), "192.0.2.1")
    say(session, "USER one 0 * :First", "USER two 0 * :Second", "NICK alice")
    lines = heard(session)
    assert lines[0].split()[1] == "462"
    assert (session.user.username, session.user.realname) == ("~one", "First")
    assert session.registered


def test_nothing_is_cut_inside_a_character(world: BareWorld) -> None:
    """ "Message Format": lines have 512 bytes, and end with a whole character."""
    sessions = people(world)
    for text in ("é" * 300, "茶" * 200, "🍵" * 150):
        for line in (f"TOPIC #den :{text}", f"AWAY :{text}", f"SETNAME :{text[:150]}",
                     f"KICK #den bob :{text}"):  # fmt: skip
            say(sessions["alice"], line)
        say(sessions["eve"], "WHOIS alice")
        say(sessions["bob"], "JOIN #den")
        for session in sessions.values():
            lines = heard(session)
            assert all(len(each.encode()) <= MAX_BODY - 2 for each in lines)
            assert all(decode(each.encode()) for each in lines)
            assert "\ufffd" not in "".join(lines)


def test_join_while_one_is_entering(world: BareWorld) -> None:
    """The rest of what a JOIN shows comes once."""
    alice = arrive(world, "alice")
    begin(alice, "JOIN #den")
    finish(alice)
    before = heard(alice)
    say(alice, "JOIN #den,#den,#DEN")
    assert before
    assert heard(alice) == []
