"""One user with several connections: a person's laptop and telephone.

Whoever logs in to the same account and takes the same nickname becomes one more connection; here
they are attached by hand.
"""

from chat.people import Peer, a_world, arrive, heard, say
from chatroom.chat.connections import attach_to, depart, drop
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.capabilities import Capabilities

ALICE = ":alice!~alice@192.0.2.1"
BOB = ":bob!~bob@192.0.2.1"


def second(world: World, session: Session, capabilities: Capabilities = frozenset()) -> Session:
    """Another connection of the same user."""
    other = attach_to(world, session.user, Peer(), "198.51.100.7")
    other.agree_on(capabilities)
    return other


def scene(*capabilities: str) -> tuple[World, Session, Session, Session]:
    """alice twice, the second time with these capabilities, and bob, in #den."""
    world = a_world()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    for person in (alice, bob):
        say(person, "JOIN #den")
    phone = second(world, alice, frozenset(capabilities))
    for session in (alice, bob):
        heard(session)
    return world, alice, phone, bob


def test_both_hear_what_is_said_each_in_its_own_variant() -> None:
    _, alice, phone, bob = scene("server-time")
    say(bob, "PRIVMSG #den :hi", "PRIVMSG alice :psst")
    told = [f"{BOB} PRIVMSG #den :hi", f"{BOB} PRIVMSG alice :psst"]
    assert heard(alice) == told
    assert [line.partition(" ")[2] for line in heard(phone)] == told


def test_the_other_one_sees_what_one_of_them_says() -> None:
    """And the one that says it gets a copy only where it asked for echoes."""
    _, alice, phone, bob = scene("echo-message")
    say(alice, "PRIVMSG #den :hi", "PRIVMSG bob :psst")
    told = [f"{ALICE} PRIVMSG #den :hi", f"{ALICE} PRIVMSG bob :psst"]
    assert heard(alice) == []
    assert heard(phone) == heard(bob) == told
    say(phone, "PRIVMSG #den :ho")
    assert heard(alice) == heard(phone) == heard(bob) == [f"{ALICE} PRIVMSG #den :ho"]


def test_membership_is_the_user_s() -> None:
    """Both are in each room; NAMES and the count have the user once."""
    world, alice, phone, bob = scene()
    say(phone, "JOIN #new")
    assert heard(alice)[0] == f"{ALICE} JOIN :#new"
    say(phone, "NAMES #den")
    assert ":@alice bob" in heard(phone)[-2]
    assert len(world.rooms["#den"].members) == 2
    say(alice, "PART #new")
    assert heard(phone) == [f"{ALICE} PART #new"]
    assert "#new" not in world.rooms
    say(bob, "MODE #den")
    heard(bob)
    say(alice, "KICK #den bob")
    assert heard(phone) == heard(bob) == [f"{ALICE} KICK #den bob :alice"]


def test_who_is_in_a_room_is_shown_on_each_connection() -> None:
    """The other client opens a window for the room as well, and cannot know who is there."""
    _, alice, phone, bob = scene()
    say(bob, "JOIN #new", "TOPIC #new :tea")
    say(alice, "JOIN #new")
    told = [" ".join(line.split()[1:3]) for line in heard(phone)]
    assert told == ["JOIN :#new", "332 alice", "333 alice", "353 alice", "366 alice"]


def test_a_nickname_is_the_user_s_also_in_no_room() -> None:
    world, alice, phone, _bob = scene()
    say(phone, "NICK alicia")
    assert heard(alice) == heard(phone) == [f"{ALICE} NICK :alicia"]
    say(alice, "PART #den")
    heard(alice), heard(phone)
    say(alice, "NICK alice", "MODE alice +i")
    mine = [":alicia!~alice@192.0.2.1 NICK :alice", f"{ALICE} MODE alice +i"]
    assert heard(alice) == heard(phone) == mine
    assert world.find("alice") is alice.user is phone.user


def test_replies_go_to_who_asked() -> None:
    _, alice, phone, _bob = scene()
    say(alice, "WHOIS bob", "PING x", "MODE #den")
    assert heard(alice)
    assert heard(phone) == []


def test_quit_is_told_when_the_last_one_leaves() -> None:
    world, alice, phone, bob = scene()
    depart(world, alice, "Connection reset by peer")
    assert heard(bob) == []
    assert world.find("alice") is phone.user
    say(bob, "PRIVMSG #den :still there?")
    assert heard(phone) == [f"{BOB} PRIVMSG #den :still there?"]
    assert heard(alice) == []
    depart(world, phone, "gone")
    assert heard(bob) == [f"{ALICE} QUIT :gone"]
    assert world.find("alice") is None
    assert phone.user.sessions == ()


def test_who_leaves_hears_what_was_said_before() -> None:
    """And nothing of what is said after that."""
    world, alice, phone, bob = scene()
    say(bob, "PRIVMSG #den :before")
    depart(world, alice, "gone")
    say(bob, "PRIVMSG #den :after")
    assert heard(alice) == [f"{BOB} PRIVMSG #den :before"]
    assert heard(phone) == [f"{BOB} PRIVMSG #den :before", f"{BOB} PRIVMSG #den :after"]


def test_a_new_one_hears_nothing_of_what_was_said_before() -> None:
    world, alice, _phone, bob = scene()
    say(bob, "PRIVMSG #den :before")
    tablet = second(world, alice)
    say(bob, "PRIVMSG #den :after")
    assert heard(tablet) == [f"{BOB} PRIVMSG #den :after"]


def test_an_operator_s_words_to_operators_reach_their_own_other_sessions() -> None:
    """STATUSMSG: whoever says it sees it on all screens, whatever their rank."""
    _, alice, phone, bob = scene()
    say(bob, "PRIVMSG @#den :help")
    assert heard(alice) == heard(phone) == [f"{BOB} PRIVMSG @#den :help"]
    say(alice, "PRIVMSG @#den :yes?")
    assert heard(phone) == [f"{ALICE} PRIVMSG @#den :yes?"]
    assert heard(alice) == heard(bob) == []


def test_an_invitation_is_shown_on_each() -> None:
    world, alice, phone, bob = scene()
    say(bob, "JOIN #bobs", "INVITE alice #bobs")
    assert heard(alice) == heard(phone) == [f"{BOB} INVITE alice :#bobs"]
    assert world.rooms["#bobs"] in alice.user.invitations


def test_words_to_a_room_one_is_not_in_are_shown_on_the_others() -> None:
    _, alice, phone, bob = scene()
    say(bob, "JOIN #bobs", "MODE #bobs -n")
    heard(bob)
    say(alice, "PRIVMSG #bobs :hello")
    assert heard(phone) == heard(bob) == [f"{ALICE} PRIVMSG #bobs :hello"]
    assert heard(alice) == []


def test_a_session_departs_once() -> None:
    """However many reasons there are to see it off."""
    world, alice, phone, bob = scene()
    for _ in range(2):
        depart(world, alice, "gone")
        drop(world, alice)
    assert phone.user.sessions == (phone,)
    say(bob, "PRIVMSG #den :hi")
    assert heard(phone) == [f"{BOB} PRIVMSG #den :hi"]
    drop(world, phone)
    depart(world, phone, "gone")
    assert world.find("alice") is None
    assert not [line for line in heard(bob) if "QUIT" in line]


def test_a_user_without_sessions_is_there() -> None:
    """As in a world that was restored, or for somebody who is always on."""
    world, alice, _phone, _bob = scene()
    again = a_world()
    again.restore(world.snapshot())
    asker = arrive(again, "asker")
    say(asker, "WHO *")
    assert [line.split()[7] for line in heard(asker) if " 352 " in line] == [
        "alice",
        "bob",
        "asker",
    ]
    assert alice.user.nick == "alice"
