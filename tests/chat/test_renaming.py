"""RENAME (IRCv3 draft/channel-rename): another name for a room, which keeps everything else."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chat.people import BareWorld, Peer, begin, hang_up, heard, read_now, say
from chat.test_conversations import CAPABILITIES, answer, codes, lines, world_with
from chat.worlds import SearchedHistory
from chatroom.chat.commands.ownership import register_room
from chatroom.chat.commands.renaming import PAUSE
from chatroom.chat.connections import attach
from chatroom.chat.output.answers import finish
from chatroom.chat.output.segments import OwnLines
from chatroom.chat.permanent_rooms import open_rooms
from chatroom.chat.reading import readable
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import LoggedIn, MarkedRead
from chatroom.chat.state.world import FORMER_SECONDS, World
from chatroom.wire.message import MAX_SERVER_TAGS, Message, decode

KNOWS = CAPABILITIES | {"draft/channel-rename"}


def come(world: BareWorld, nick: str, *rooms: str, knows: bool = True) -> Session:
    """Somebody with an account of that name, if there is one; whose client `knows` RENAME."""
    session = attach(world, Peer(), "192.0.2.1")
    session.agree_on(KNOWS if knows else CAPABILITIES)
    if world.accounts.find(nick):
        apply(world, LoggedIn(session.user.id, nick, world.now))
    say(session, f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    for room in rooms:
        say(session, f"JOIN {room}")
    answer(session, "PING x")
    return session


@pytest.fixture
def alice(world: BareWorld) -> Session:
    """She owns den; bob is in it, and so is carol, whose client does not know RENAME."""
    alice = come(world, "alice", "#den")
    register_room(world, alice, "#den")
    come(world, "bob", "#den")
    come(world, "carol", "#den", knows=False)
    answer(alice, "PING x")
    return alice


def person(world: World, nick: str) -> Session:
    user = world.find(nick)
    assert user is not None
    (session,) = user.sessions
    assert isinstance(session, Session)
    return session


def seen(session: Session) -> list[Message]:
    """What has come since."""
    return [m for one in heard(session) if (m := decode(one.encode(), MAX_SERVER_TAGS))]


def commands(found: list[Message]) -> list[tuple[str, ...]]:
    return [(one.command, *one.params) for one in found]


def test_who_knows_rename_sees_it_and_others_leave_and_enter(
    world: BareWorld, alice: Session
) -> None:
    """channel-rename, "Messages" and "Fallback"."""
    bob, carol = person(world, "bob"), person(world, "carol")
    say(alice, "TOPIC #den :tea")
    for one in (bob, carol):
        answer(one, "PING x")
    (line,) = answer(alice, "RENAME #den #Lounge :a better name")
    assert commands([line]) == [("RENAME", "#den", "#Lounge", "a better name")]
    assert seen(bob)[0].params == line.params
    assert line.source == alice.user.source
    shown = commands(seen(carol))
    assert shown[:2] == [("PART", "#den", "a better name"), ("JOIN", "#Lounge")]
    assert [one[0] for one in shown[2:]] == ["332", "333", "353", "366"]
    assert shown[4][-1] == "~alice bob carol"
    say(carol, "PRIVMSG #lounge :hi")
    assert lines(seen(bob)) == [("carol", "#Lounge", "hi")]


def test_a_crowd_leaves_and_enters_in_pieces(world: BareWorld, alice: Session) -> None:
    """Each gets lines of their own, which are made when they are sent; whatever comes meanwhile
    comes after them, and a later name is not in them."""
    crowd = [come(world, f"m{number}", "#den", knows=False) for number in range(30)]
    for one in crowd:
        seen(one)
    begin(alice, "RENAME #den #lounge")
    bob = person(world, "bob")
    assert not any(one.peer.outbox for one in crowd)
    say(bob, "PRIVMSG #lounge :hi")
    say(crowd[7], "NICK seven")
    hang_up(crowd[8])
    served = 0
    while world.fanout.waiting:
        for pieces, peers in world.fanout.parcels(100):
            for peer in peers:
                peer.outbox += pieces
        now = sum(any("JOIN" in str(piece) for piece in one.peer.outbox) for one in crowd)
        assert now - served <= 100 // OwnLines.weight + 2  # the two had to be served at once
        served = now
    finish(alice)
    for number, one in enumerate(crowd):
        shown = [(each.nick, each.command) for each in seen(one)]
        own = [(f"m{number}", "PART"), (f"m{number}", "JOIN")]
        assert shown[:2] == own
        if number != 8:
            assert ("bob", "PRIVMSG") in shown
            assert shown[-1][1] == "366"


def test_without_a_reason_and_without_the_capability(world: BareWorld) -> None:
    """The third parameter is always there; who renames without the capability gets the fallback."""
    dan = come(world, "alice", "#den", knows=False)
    register_room(world, dan, "#den")
    bob = come(world, "bob", "#den")
    found = commands(answer(dan, "RENAME #den #dig"))
    assert [one[0] for one in found] == ["PART", "JOIN", "353", "366"]
    assert commands(seen(bob))[0] == ("RENAME", "#den", "#dig", "")


def test_the_marker_comes_with_the_fallback(world: BareWorld, alice: Session) -> None:
    """read-marker, "Command flows": after each JOIN, before the end of the names."""
    carol = person(world, "carol")
    carol.agree_on(CAPABILITIES | {"draft/read-marker"})
    apply(world, MarkedRead(carol.user.id, "#den", 1_546_612_406_123))
    answer(alice, "RENAME #den #lounge")
    shown = [one for one in commands(seen(carol)) if one[0] in ("JOIN", "MARKREAD", "366")]
    assert [one[0] for one in shown] == ["JOIN", "MARKREAD", "366"]
    assert shown[1] == ("MARKREAD", "#lounge", "timestamp=2019-01-04T14:33:26.123Z")


def test_another_spelling_is_no_other_room(world: BareWorld, alice: Session) -> None:
    """ "Implementations MUST allow" it, and the fallback is not used."""
    carol = person(world, "carol")
    assert commands(answer(alice, "RENAME #den #DEN")) == [("RENAME", "#den", "#DEN", "")]
    assert seen(carol) == []
    say(alice, "PRIVMSG #den :hi")
    assert lines(seen(carol)) == [("alice", "#DEN", "hi")]
    assert codes(answer(alice, "RENAME #den #Den")) == [("RENAME", "CANNOT_RENAME")]  # at once
    world.set_time(world.now + PAUSE, world.clock + PAUSE)
    assert answer(alice, "RENAME #den #Den")[0].command == "RENAME"


def test_everything_goes_with_the_room(world: BareWorld, alice: Session) -> None:
    """Ranks, bans with their times, invitations, the past in pages and in searches."""
    bob = person(world, "bob")
    eve = come(world, "eve")
    say(alice, "PRIVMSG #den :hot tea", "MODE #den +ov bob carol", "TBAN #den 2h m:eve :spam")
    say(alice, "PRIVMSG @#den :for operators", "MODE #den +i", "INVITE eve #den", "MODE #den +b x")
    room, before = world.rooms["#den"], world.rooms["#den"].state()
    answer(alice, "RENAME #den #lounge")
    assert room is world.rooms["#lounge"]
    assert world.registered_rooms == {"#lounge": room}
    former = [["#den", world.now, room.former[0].position]]
    assert {**before, "former": former, "deeds": 0} == {**room.state(), "deeds": 0}
    assert room.members[bob.user] == "o"
    world.set_time(world.now + 7201, world.clock + 7201)
    assert world.due_room == "#lounge"
    found = answer(bob, "CHATHISTORY LATEST #lounge * 9")
    assert lines(found) == [("alice", "#lounge", "hot tea")]
    assert lines(answer(bob, "SEARCH text=tea;in=#lounge")) == [("alice", "#lounge", "hot tea")]
    playing = come(world, "dan", "#else")
    playing.agree_on(KNOWS | {"draft/event-playback"})
    say(alice, "INVITE dan #lounge")
    say(playing, "JOIN #lounge")
    events = answer(playing, "CHATHISTORY LATEST #lounge * 50")
    assert {one.params[0] for one in events if one.command in ("JOIN", "MODE")} == {"#lounge"}
    assert answer(eve, "JOIN #lounge")[0].command == "JOIN"
    assert codes(answer(bob, "CHATHISTORY LATEST #den * 9")) == [("CHATHISTORY", "INVALID_TARGET")]


def test_who_may(world: BareWorld, alice: Session) -> None:
    bob, eve = person(world, "bob"), come(world, "eve")
    say(alice, "MODE #den +o bob")
    (refused,) = answer(bob, "RENAME #den #lounge")
    assert refused.params[1:] == ("#den", "Only admins and owners may rename the room")
    assert answer(eve, "RENAME #den #lounge")[0].command == "442"
    assert answer(eve, "RENAME #den")[0].command == "461"
    say(alice, "MODE #den +a bob")
    answer(bob, "PING x")
    assert answer(bob, "RENAME #den #lounge")[0].command == "RENAME"


def test_a_permanent_room_keeps_its_name(world: BareWorld) -> None:
    open_rooms(world, ["#hall"], {})
    world.name_operators({}, {"hall": ["alice"]})
    alice = come(world, "alice", "#hall")
    (refused,) = answer(alice, "RENAME #hall #lounge")
    assert refused.params[:4] == ("RENAME", "CANNOT_RENAME", "#hall", "#lounge")
    assert "rooms.permanent" in refused.params[-1]


def test_a_reason_that_does_not_fit(world: BareWorld, alice: Session) -> None:
    """channel-rename, "Errors": both names, as with every refusal of that code."""
    world.limits = replace(world.limits, reason=500)
    (refused,) = answer(alice, f"RENAME #den #lounge :{'x' * 470}")
    assert refused.params[:4] == ("RENAME", "CANNOT_RENAME", "#den", "#lounge")


IN_USE, CANNOT = "CHANNEL_NAME_IN_USE", "CANNOT_RENAME"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("#cafe", IN_USE),
        ("#CAFE", IN_USE),
        ("#c\u0430fe", IN_USE),  # a Cyrillic letter
        ("#old", IN_USE),
        ("#barred", IN_USE),
        ("den", CANNOT),
        ("#a,b", CANNOT),
        ("#" + "x" * 200, CANNOT),
        ("#den", CANNOT),
        ("#new", ""),
        ("#sealed", ""),
        ("#cafes", ""),
    ],
)
def test_names_that_are_taken_or_none(
    world: BareWorld, alice: Session, name: str, code: str
) -> None:
    """A registered room's name, or one that looks like it; a name whose past is still read."""
    dan = come(world, "bob2")
    apply(world, LoggedIn(dan.user.id, "bob", world.now))
    say(dan, "JOIN #cafe")
    register_room(world, dan, "#cafe")
    say(dan, "JOIN #old", "PRIVMSG #old :hi", "PART #old")
    say(dan, "JOIN #sealed", "MODE #sealed +i", "PRIVMSG #sealed :psst", "PART #sealed")
    say(dan, "JOIN #barred", "MODE #barred +b alice", "PART #barred")
    found = answer(alice, f"RENAME #den {name}")
    assert found[0].command == ("FAIL" if code else "RENAME")
    if code:
        assert found[0].params[:3] == ("RENAME", code, "#den")
        return
    say(alice, f"PRIVMSG {name} :mine")
    found = answer(alice, f"CHATHISTORY LATEST {name} * 9")
    assert lines(found) == [("alice", name, "mine")]


def test_not_twice_in_a_minute(world: BareWorld, alice: Session) -> None:
    answer(alice, "RENAME #den #lounge")
    (refused,) = answer(alice, "RENAME #lounge #den")
    assert refused.params[1] == CANNOT
    assert refused.params[-1].endswith("try again in 1 minute")
    world.set_time(world.now + PAUSE, world.clock + PAUSE)
    assert answer(alice, "RENAME #lounge #den")[0].command == "RENAME"  # back to its own name
    assert world.formerly("#den") is None


def test_who_comes_under_the_old_name_is_led_on(world: BareWorld, alice: Session) -> None:
    """channel-rename, "Channel redirection": not a new room for those who come back."""
    answer(alice, "RENAME #den #lounge")
    eve, old = come(world, "eve"), come(world, "old", knows=False)
    (fail,) = answer(eve, "JOIN #den")
    assert fail.params[:4] == ("JOIN", "CHANNEL_RENAMED", "#den", "#lounge")
    shown = commands(answer(old, "JOIN #DEN"))
    assert [one[0] for one in shown[:2]] == ["470", "JOIN"]
    assert shown[0][2:4] == ("#DEN", "#lounge")
    assert old.user in world.rooms["#lounge"].members
    mallory = come(world, "bob3")
    apply(world, LoggedIn(mallory.user.id, "bob", world.now))
    say(mallory, "JOIN #mine")
    register_room(world, mallory, "#mine")
    assert codes(answer(mallory, "RENAME #mine #den")) == [("RENAME", IN_USE)]
    world.set_time(world.now + FORMER_SECONDS, world.clock + FORMER_SECONDS)
    assert answer(eve, "JOIN #den")[0].command == "JOIN"


def test_what_was_sent_to_the_old_name_arrives(world: BareWorld, alice: Session) -> None:
    """A client that paces its lines, such as WeeChat, has some in its queue when it sees the new
    name, and shows them as sent. Strangers are told nothing of where the room went."""
    bob, carol, dave = person(world, "bob"), person(world, "carol"), come(world, "dave")
    say(alice, "RENAME #den #lounge")
    for one in (alice, bob, carol):
        answer(one, "PING x")
    say(carol, "PRIVMSG #den :late", "PRIVMSG @#den :for operators")
    assert lines(seen(bob)) == [("carol", "#lounge", "late")]
    for_operators = ("carol", "@#lounge", "for operators")
    assert lines(seen(alice)) == [("carol", "#lounge", "late"), for_operators]
    say(bob, "PART #lounge")
    for stranger in (bob, dave):
        refusals = [answer(stranger, f"PRIVMSG {whom} :x")[0] for whom in ("#den", "@#den")]
        assert [one.command for one in refusals] == ["403", "403"]
    assert lines(seen(alice)) == []


def test_a_secret_room_is_not_given_away(world: BareWorld, alice: Session) -> None:
    say(alice, "MODE #den +si")
    answer(alice, "RENAME #den #lounge")
    for knows in (True, False):
        eve = come(world, f"eve{knows}", knows=knows)
        assert [one.command for one in answer(eve, "JOIN #den")] == ["403"]
        assert "#den" not in world.rooms


def test_a_restart_keeps_the_name_and_the_lead(tmp_path: Path) -> None:
    """Durable before seen: what anybody was told is on disk."""
    with closing(SearchedHistory(tmp_path)) as history:
        world = world_with(history)
        alice = come(world, "alice", "#den")
        register_room(world, alice, "#den")
        say(alice, "PRIVMSG #den :hot tea", "TOPIC #den :tea")
        answer(alice, "RENAME #den #lounge :why not")
        history.make_durable()
    with closing(SearchedHistory(tmp_path)) as history:
        world = world_with(history)
        open_rooms(world, [], history.saved_rooms())
        assert list(world.rooms) == ["#lounge"]
        alice = come(world, "alice")
        assert codes(answer(alice, "JOIN #den")) == [("JOIN", "CHANNEL_RENAMED")]
        say(alice, "JOIN #lounge")
        assert world.rooms["#lounge"].topic == "tea"
        found = lines(answer(alice, "CHATHISTORY LATEST #lounge * 9"))
        assert found == [("alice", "#lounge", "hot tea")]
        assert "q" in world.rooms["#lounge"].members[alice.user]


def test_what_was_read_stays_read(tmp_path: Path) -> None:
    """A client that reconnects under the new name is not shown the old lines again."""
    with closing(SearchedHistory(tmp_path)) as history:
        world = world_with(history)
        world.read_marks.replay = 9
        alice, carol = come(world, "alice", "#den"), attach(world, Peer(), "192.0.2.1")
        say(carol, "NICK reader", "USER u 0 * :u", "JOIN #den")
        register_room(world, alice, "#den")
        say(alice, "PRIVMSG #den :one")
        world.read_marks.took(carol, world.log.position, world.now)
        taken = world.read_marks.taken_by(carol, world.rooms["#den"], world.now)
        answer(alice, "RENAME #den #lounge")
        assert taken > 0
        assert world.read_marks.taken_by(carol, world.rooms["#lounge"], world.now) == taken


def test_who_leaves_meanwhile_is_not_shown_the_room(world: BareWorld, alice: Session) -> None:
    """The names are shown in steps."""
    carol = person(world, "carol")
    begin(alice, "RENAME #den #lounge")
    hang_up(carol)
    finish(alice)
    assert carol.user not in world.rooms["#lounge"].members


def test_what_is_on_its_way_under_the_old_name_is_no_more_readable(
    world: BareWorld, alice: Session
) -> None:
    """A page or a search may be under way while the room gets its name; a missing room's past would
    be for everybody."""
    bob = person(world, "bob")
    for number in range(8):
        say(alice, f"PRIVMSG #den :secret {number}")
    found = read_now(alice, "#den", 8, {"PRIVMSG"})
    dan = come(world, "dan")
    seen(bob)
    begin(bob, "CHATHISTORY LATEST #den * 8")
    say(alice, "MODE #den +s", "RENAME #den #lair", "KICK #lair bob")
    finish(bob)
    assert not readable(world, dan, found)
    assert readable(world, alice, found) == found
    texts = [one.params[-1] for one in seen(bob) if one.command == "PRIVMSG"]
    assert len(texts) < 8
