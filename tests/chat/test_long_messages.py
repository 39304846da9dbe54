"""Messages that outgrow their line: split for clients that cannot know, refused for the others."""

import pytest

from chat.people import a_world, arrive, begin, hang_up, heard, say, world_of
from chatroom.chat.limits import Limits
from chatroom.chat.output.answers import finish
from chatroom.chat.session import Session
from chatroom.wire.formatting import unformatted
from chatroom.wire.message import MAX_BODY, Message, parse

LABELS = frozenset({"labeled-response", "batch"})
WORDS = " ".join(f"word{number}" for number in range(200))


def scene(limits: Limits | None = None) -> tuple[Session, Session]:
    """Alice, an operator, and bob in #den."""
    world = a_world(limits)
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    for one in (alice, bob):
        say(one, "JOIN #den")
    for one in (alice, bob):
        heard(one)
    return alice, bob


def messages(session: Session) -> list[Message]:
    return [message for line in heard(session) if (message := parse(line))]


@pytest.mark.parametrize("target", ["#den", "@#den", "bob"])
@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_split_at_words(command: str, target: str) -> None:
    """To rooms, ranks and people: in order, whole, each piece as long as a line allows."""
    alice, bob = scene()
    say(alice, "MODE #den +o bob")
    heard(alice)
    heard(bob)
    say(alice, f"{command} {target} :{WORDS}")
    found = messages(bob)
    assert {(one.command, one.params[0]) for one in found} == {(command, target)}
    assert "".join(one.params[1] for one in found) == WORDS
    assert all(one.params[1].endswith(" ") for one in found[:-1])
    sizes = [len(f":{one.source} {command} {target} :{one.params[1]}\r\n") for one in found]
    assert all(MAX_BODY - 10 < size <= MAX_BODY for size in sizes[:-1])
    assert heard(alice) == []


def test_a_character_is_not_torn() -> None:
    """Where a word alone is too long: between characters as people see them."""
    alice, bob = scene()
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    say(alice, f"PRIVMSG #den :{family * 60}")
    pieces = [one.params[1] for one in messages(bob)]
    assert "".join(pieces) == family * 60
    assert all(len(piece) % len(family) == 0 for piece in pieces)


@pytest.mark.parametrize("form", ["{}", "\x01ACTION {}\x01"])
def test_what_is_bold_stays_bold(form: str) -> None:
    """Each piece is shown by itself, so it begins with what is on. The text is the same."""
    alice, bob = scene()
    say(alice, f"PRIVMSG #den :{form.format(chr(2) + WORDS)}")
    pieces = [one.params[1] for one in messages(bob)]
    heads, tails = form.split("{}")
    texts = [one.removeprefix(heads).removesuffix(tails) for one in pieces]
    assert len(texts) == 4
    assert all(one.startswith("\x02") for one in texts)
    assert unformatted("".join(texts)) == WORDS


def test_what_is_done_stays_what_is_done() -> None:
    """CTCP ACTION: each piece is one. Other CTCP is for programs, and cannot be split."""
    alice, bob = scene()
    say(alice, f"PRIVMSG #den :\x01ACTION {WORDS}\x01")
    pieces = [one.params[1] for one in messages(bob)]
    assert all(one.startswith("\x01ACTION ") and one.endswith("\x01") for one in pieces)
    assert "".join(one[8:-1] for one in pieces) == WORDS
    say(alice, f"PRIVMSG #den :\x01DCC SEND {WORDS}\x01")
    assert heard(bob) == []
    assert [one.command for one in messages(alice)] == ["417"]


def test_with_labels_it_is_refused() -> None:
    """The refusal says where to, and by how much; a NOTICE too is answered, for it is lost."""
    alice, bob = scene()
    alice.agree_on(LABELS)
    head = f":{alice.user.source} PRIVMSG #den :"
    text = "x" * (MAX_BODY - 2 - len(head))
    say(alice, f"PRIVMSG #den :{text}")
    assert [one.params[1] for one in messages(bob)] == [text]
    sentence = "your message to {} is {} too long and was not sent"
    for line, target, excess in (
        (f"PRIVMSG #den :{text}{'y' * 18}", "#den", "18 bytes"),
        (f"NOTICE #den :{text}yy", "#den", "1 byte"),
        (f"PRIVMSG bob :{text}yyy", "bob", "2 bytes"),
    ):
        say(alice, line)
        (refusal,) = messages(alice)
        assert refusal.command == "417"
        assert refusal.params[1].endswith(sentence.format(target, excess))
    assert heard(bob) == []


def test_each_piece_is_paid_for() -> None:
    """A long line is no way around the flood allowance, whose unit is a message."""
    alice, bob = scene(Limits(flood_burst=100, flood_rate=1))
    before = alice.allowance
    say(alice, f"PRIVMSG #den :{WORDS}")
    pieces = len(heard(bob))
    assert pieces == 4
    assert before - alice.allowance == pieces - 1  # the door takes one for the line


def test_whoever_is_put_out_meanwhile_says_no_more() -> None:
    """Anything may happen between two pieces: the rest is refused once."""
    alice, bob = scene()
    begin(bob, f"PRIVMSG #den :{WORDS}")
    assert bob.answer is not None
    say(alice, "KICK #den bob")
    while bob.answer.advance():
        pass
    first, put_out = messages(alice)
    assert (first.command, put_out.command) == ("PRIVMSG", "KICK")
    kick, refusal, rest = messages(bob)
    assert (kick.command, refusal.command) == ("KICK", "404")
    assert rest.params[:3] == ("PRIVMSG", "REST_NOT_SENT", "#den")
    unsent = rest.params[3].removeprefix('The rest of your message was not sent, from "')[:20]
    assert unsent in WORDS
    assert WORDS.index(unsent) == len(first.params[1])


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_all_of_it_goes_to_whom_it_began_with(command: str) -> None:
    """Who changes their nickname meanwhile gets the rest, and not who takes the old one."""
    alice, bob = scene()
    mallory = arrive(world_of(alice), "mallory")
    begin(alice, f"{command} bob :{WORDS}")
    say(bob, "NICK bobby-with-a-longer-name")
    say(mallory, "NICK bob")
    finish(alice)
    said = [one for one in messages(bob) if one.command == command]
    assert "".join(one.params[1] for one in said) == WORDS
    assert command not in "".join(heard(mallory))


@pytest.mark.parametrize(("command", "refusals"), [("PRIVMSG", ["401"]), ("NOTICE", [])])
def test_when_they_are_gone_the_sender_learns_what_was_not_sent(
    command: str, refusals: list[str]
) -> None:
    alice, bob = scene()
    begin(alice, f"{command} bob :{WORDS}")
    (first,) = messages(bob)
    hang_up(bob)
    mallory = arrive(world_of(alice), "bob")
    finish(alice)
    *others, rest = [one for one in messages(alice) if one.command != "QUIT"]
    assert [one.command for one in others] == refusals
    assert rest.params[:3] == (command, "REST_NOT_SENT", "bob")
    assert f'from "{WORDS[len(first.params[1]) :][:20]}' in rest.params[3]
    assert heard(mallory) == []


def test_a_new_room_of_the_same_name_gets_nothing() -> None:
    alice, bob = scene()
    say(alice, "MODE #den -n", "PART #den")
    begin(alice, f"PRIVMSG #den :{WORDS}")
    say(bob, "PART #den")
    mallory = arrive(world_of(alice), "mallory")
    say(mallory, "JOIN #den", "MODE #den -n")
    heard(mallory)
    finish(alice)
    assert heard(mallory) == []
    assert messages(alice)[-1].params[1] == "REST_NOT_SENT"


def test_several_targets_are_looked_up_at_once() -> None:
    """A nickname that changes hands before its turn comes is no way to read other people's mail."""
    alice, bob = scene()
    mallory = arrive(world_of(alice), "mallory")
    begin(alice, "PRIVMSG #den,bob,nobody :for bob")
    say(bob, "NICK robert")
    say(mallory, "NICK bob")
    arrive(world_of(alice), "nobody")
    finish(alice)
    said = [one.params[0] for one in messages(bob) if one.command == "PRIVMSG"]
    assert said == ["#den", "robert"]
    assert "for bob" not in "".join(heard(mallory))
    assert messages(alice)[-1].command == "401"


def test_tags_and_being_away_are_told_once() -> None:
    """Client-only tags may have 4 KiB: they are on the first piece."""
    world = a_world()
    alice = arrive(world, "alice", frozenset({"message-tags"}))
    bob = arrive(world, "bob", frozenset({"message-tags"}))
    say(bob, "AWAY :out")
    heard(bob)
    say(alice, f"@+draft/reply=5 PRIVMSG bob :{WORDS}")
    assert [one.command for one in messages(alice)] == ["301"]
    assert [one.tags.get("+draft/reply", "") for one in messages(bob)] == ["5", "", "", ""]


def test_several_targets_get_all_of_it() -> None:
    """One after the other."""
    alice, bob = scene()
    say(alice, f"PRIVMSG #den,nobody,bob :{WORDS}")
    found = messages(bob)
    for target in ("#den", "bob"):
        assert "".join(one.params[1] for one in found if one.params[0] == target) == WORDS
    assert [one.command for one in messages(alice)] == ["401"]
