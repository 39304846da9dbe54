"""MODE, for oneself and for rooms (Modern IRC, "MODE message", "Channel Modes")."""

import pytest

from chatroom.chat.commands.modes import CHANGES_PER_STEP
from harness import Client, Server, fresh


@pytest.fixture
def alice(server: Server, room: str) -> Client:
    """The room's operator."""
    return server.join(fresh("alice"), room)


@pytest.fixture
def bob(server: Server, room: str, alice: Client) -> Client:
    """A member."""
    client = server.join(fresh("bob"), room)
    alice.ask()
    return client


# Oneself


def test_user_modes(server: Server) -> None:
    """ "User mode": 221; what is known is applied and shown, then 501 for the rest."""
    alice = server.join(fresh("alice"))
    me = alice.nick
    steps = {
        f"MODE {me}": [("221", "+")],
        f"MODE {me.upper()} +i": [("MODE", me, "+i")],
        f"MODE {me} +ii": [],
        f"MODE {me} ": [("221", "+i")],
        f"MODE {me} +o": [],
        f"MODE {me} -i+ayz": [("MODE", me, "-i"), ("501", "Unknown mode")],
        f"MODE {me} +a-i": [("501", "Unknown mode")],
        f"MODE  {me}": [("221", "+")],
    }
    for line, expected in steps.items():
        assert alice.replies(line) == expected, line


# Rooms


def test_asking_for_modes(server: Server, room: str, alice: Client) -> None:
    """RPL_CHANNELMODEIS and RPL_CREATIONTIME; the key is for members."""
    modes, created = alice.replies(f"MODE {room.upper()}")
    assert modes == ("324", room, "+nt")
    assert created[:2] == ("329", room)
    alice.ask(f"MODE {room} +kims secret", f"MODE {room} +l 7")
    assert alice.replies(f"MODE {room}")[0] == ("324", room, "+imnstkl", "secret", "7")
    alice.ask(f"MODE {room} -s")
    outsider = server.join(fresh("carol"))
    assert outsider.replies(f"MODE {room}")[0] == ("324", room, "+imntkl", "*", "7")


def test_when_a_room_was_created(server: Server) -> None:
    """RPL_CREATIONTIME, 329."""
    alice, room = server.join(fresh("alice")), fresh("#room")
    before = alice.clock()
    alice.ask(f"JOIN {room}")
    assert before <= int(alice.replies(f"MODE {room}")[1][2]) <= alice.clock()


CHANGES = [
    # what is said, what the room sees, what is set then
    ("+m", "+m", "+mnt"),
    ("+n", None, "+nt"),
    ("-m", None, "+nt"),
    ("-nt", "-nt", "+"),
    ("+ism-t", "+ism-t", "+imns"),
    ("+m-m+m", "+m", "+mnt"),  # each flag once, as it is in the end
    ("+m-m", None, "+nt"),
    ("+m-mi+t-n" * 50, "-n", "+t"),
    ("m", "+m", "+mnt"),
    ("+k one", "+k one", "+ntk one"),
    ("+kl one 5", "+kl one 5", "+ntkl one 5"),
    ("+lk 5 one", "+lk 5 one", "+ntkl one 5"),
    ("+k-k one two", "+k-k one *", "+nt"),
    ("+l-l 5", "+l-l 5", "+nt"),
    ("+l 007", "+l 7", "+ntl 7"),
    ("+k " + "x" * 32, "+k " + "x" * 32, "+ntk " + "x" * 32),
    ("-k *", None, "+nt"),
    ("-l", None, "+nt"),
    ("+b alice", "+b alice!*@*", "+nt"),
    ("+e a!b", "+e a!b@*", "+nt"),
    ("+I b@c", "+I *!b@c", "+nt"),
    ("-b alice", None, "+nt"),
    ("+bb-b A a b", "+b A!*@*", "+nt"),
    ("+b-b A a", "+b-b A!*@* A!*@*", "+nt"),
    ("+v {bob}", "+v {bob}", "+nt"),
    ("+o-o {bob} {bob}", "+o-o {bob} {bob}", "+nt"),
    ("-v {bob}", None, "+nt"),
    ("+mov {bob} {alice}", "+mov {bob} {alice}", "+mnt"),
]


@pytest.mark.parametrize(("said", "seen", "then"), CHANGES)
def test_changes(
    room: str, alice: Client, bob: Client, said: str, seen: str | None, then: str
) -> None:
    """One MODE for all members with what has changed, with parameters by the modes' types."""
    names = {"alice": alice.nick, "bob": bob.nick}
    expected = [("MODE", room, *seen.format(**names).split())] if seen else []
    assert alice.replies(f"MODE {room} {said.format(**names)}") == expected
    assert bob.replies() == expected
    assert alice.replies(f"MODE {room}")[0] == ("324", room, *then.split())


def test_some_changes_refused(room: str, alice: Client, bob: Client) -> None:
    """ "MODE message": what can be done is done."""
    replies = alice.replies(f"MODE {room} +mZol nobody none", f"MODE {room} +kv {'a,b'} {bob.nick}")
    assert [one[0] for one in replies] == ["472", "401", "696", "MODE", "696", "MODE"]
    assert bob.replies() == [("MODE", room, "+m"), ("MODE", room, "+v", bob.nick)]


def test_more_changes_than_a_line_may_have(room: str, alice: Client) -> None:
    """ISUPPORT MODES: those that are too many cost one refusal, however many they are. The others
    are made in steps, each with a line of its own."""
    masks = [f"{letter}{number}" for number in range(10) for letter in "abc"]
    replies = alice.replies(f"MODE {room} +{'b' * 30} {' '.join(masks)}", f"MODE {room} b")
    assert [one[0] for one in replies] == ["696", "MODE", "MODE", *["367"] * 12, "368"]
    assert replies[0][1:3] == (room, "b")
    assert [one[2] for one in replies[1:3]] == ["+" + "b" * CHANGES_PER_STEP] * 2


def test_a_line_without_rights_does_nothing(room: str, alice: Client, bob: Client) -> None:
    """ "Channel mode": the server must not process the message; queries stay free."""
    replies = bob.replies(f"MODE {room} +mbZ-t a")
    assert [one[0] for one in replies] == ["472", "482"]
    assert alice.replies(f"MODE {room}")[0] == ("324", room, "+nt")
    assert [one[0] for one in bob.replies(f"MODE {room} bm")] == ["368", "482"]


@pytest.mark.parametrize(("letter", "item", "end"), [("b", "367", "368"), ("e", "348", "349")])
def test_lists(room: str, alice: Client, bob: Client, letter: str, item: str, end: str) -> None:
    """Type A without a parameter: the entries with who and when, and an end; once a line."""
    before = alice.clock()
    alice.ask(f"MODE {room} +{letter}{letter} one two!x@y")
    after = alice.clock()
    alice.ask(f"MODE {room} +o {bob.nick}")
    bob.ask()
    for line in (
        f"MODE {room} {letter}",
        f"MODE {room} +{letter}{letter}",
        f"MODE {room} -{letter}",
    ):
        one, two, last = bob.replies(line)
        assert one[:4] == (item, room, "one!*@*", alice.nick)
        assert two[:4] == (item, room, "two!x@y", alice.nick)
        assert before <= int(two[4]) <= after
        assert last[:2] == (end, room)


@pytest.mark.parametrize(("letter", "refusal"), [("b", ""), ("e", "482"), ("I", "482")])
def test_lists_are_not_for_all(
    server: Server, room: str, alice: Client, bob: Client, letter: str, refusal: str
) -> None:
    """Members see the bans, operators all (Modern IRC, "Ban Channel Mode"; 442, 482)."""
    alice.ask(f"MODE {room} +{letter} one")
    bob.ask()
    assert [one[0] for one in bob.replies(f"MODE {room} {letter}")] == (
        [refusal] if refusal else ["367", "368"]
    )
    bob.ask(f"PART {room}")
    (reply,) = bob.replies(f"MODE {room} +{letter}{letter}")
    assert reply[:2] == ("442", room)


def test_the_list_of_invite_exceptions(room: str, alice: Client) -> None:
    """RPL_INVEXLIST and its end, 346 and 347."""
    alice.ask(f"MODE {room} +I friend")
    one, end = alice.replies(f"MODE {room} I")
    assert one[:4] == ("346", room, "friend!*@*", alice.nick)
    assert end[:2] == ("347", room)


def test_a_removed_entry_is_gone(room: str, alice: Client) -> None:
    alice.ask(f"MODE {room} +bb one two")
    assert alice.replies(f"MODE {room} -b ONE") == [("MODE", room, "-b", "one!*@*")]
    assert [one[2] for one in alice.replies(f"MODE {room} b")] == [
        "two!*@*",
        "End of channel ban list",
    ]


def test_masks_that_outgrow_a_line(room: str, alice: Client, bob: Client) -> None:
    """ "Message Format": every change is seen, in lines of at most 512 bytes."""
    masks = [f"{letter * 34}" for letter in "abcdefghijkl"]
    alice.ask(f"MODE {room} +{'b' * 12} {' '.join(masks)}")
    seen = len(bob.seen)
    replies = bob.replies()
    assert len(replies) > 1
    shown = [mask for _, _, letters, *rest in replies for mask in rest if letters.strip("+b") == ""]
    assert shown == [f"{mask}!*@*" for mask in masks]
    assert max(len(line.encode()) + 2 for line in bob.seen[seen:]) <= 512


# What modes do


def speaks(client: Client, room: str) -> bool:
    """Whether a message is passed on, else it is refused with 404."""
    replies = client.replies(f"PRIVMSG {room} :hi")
    assert replies == [] or [one[0] for one in replies] == ["404"]
    return not replies


def test_moderated(room: str, alice: Client, bob: Client) -> None:
    """ "Moderated Channel Mode": those with a rank speak."""
    assert speaks(bob, room)
    alice.ask(f"MODE {room} +m")
    bob.ask()
    assert not speaks(bob, room)
    assert speaks(alice, room)
    alice.ask(f"MODE {room} +v {bob.nick}")
    bob.ask()
    assert speaks(bob, room)


def test_messages_from_outside(server: Server, room: str, alice: Client) -> None:
    """ "No External Messages Mode"; m and bans hold for outsiders too."""
    carol = server.join(fresh("carol"))
    assert not speaks(carol, room)
    alice.ask(f"MODE {room} -n")
    assert speaks(carol, room)
    assert alice.replies() == [("PRIVMSG", room, "hi")]
    alice.ask(f"MODE {room} +b {carol.nick}")
    assert not speaks(carol, room)
    alice.ask(f"MODE {room} -b+m {carol.nick}")
    assert not speaks(carol, room)


@pytest.mark.parametrize(
    "mask",
    ["{bob}", "{BOB}", "*{bob}*", "?{tail}", "~{bob}@*", "*!~{bob}@127.0.0.1", "*@127.*", "*!*@*"],
)
def test_bans(server: Server, room: str, alice: Client, bob: Client, mask: str) -> None:
    """ "Ban Channel Mode": from joining and from speaking; e excepts."""
    words = {"bob": bob.nick, "BOB": bob.nick.upper(), "tail": bob.nick[1:]}
    alice.ask(f"MODE {room} +b {mask.format(**words)}")
    bob.ask()
    assert not speaks(bob, room)
    assert [one[0] for one in bob.replies(f"PART {room}", f"JOIN {room}")] == ["PART", "474"]
    alice.ask(f"MODE {room} +e {bob.nick}!*@*")
    assert bob.replies(f"JOIN {room}")[0] == ("JOIN", room)
    assert speaks(bob, room)
    del server


@pytest.mark.parametrize("mask", ["someone", "*!*@10.*", "{bob}?", "~{bob}", "*!{bob}@*"])
def test_bans_that_do_not_fit(room: str, alice: Client, bob: Client, mask: str) -> None:
    alice.ask(f"MODE {room} +b {mask.format(bob=bob.nick)}")
    bob.ask()
    assert speaks(bob, room)


def test_banned_with_a_voice(room: str, alice: Client, bob: Client) -> None:
    """ "Voice Prefix" outweighs a ban."""
    alice.ask(f"MODE {room} +bv *!*@* {bob.nick}")
    bob.ask()
    assert speaks(bob, room)


def test_invite_exceptions(server: Server, room: str, alice: Client) -> None:
    """ "Invite-Exception Channel Mode": no invitation is needed, a key still is."""
    carol = server.join(fresh("carol"))
    alice.ask(f"MODE {room} +iIk {carol.nick} key")
    assert carol.replies(f"JOIN {room}")[0][0] == "475"
    assert carol.replies(f"JOIN {room} key")[0] == ("JOIN", room)


def test_limit(server: Server, room: str, alice: Client, bob: Client) -> None:
    """ "Client Limit Channel Mode": matches or exceeds; those inside stay."""
    alice.ask(f"MODE {room} +l 1")
    carol = server.join(fresh("carol"))
    assert carol.replies(f"JOIN {room}")[0][:2] == ("471", room)
    alice.ask(f"MODE {room} +l 3")
    assert carol.replies(f"JOIN {room}")[0] == ("JOIN", room)
    bob.ask()
    assert speaks(bob, room)


def test_key(server: Server, room: str, alice: Client) -> None:
    """ "Key Channel Mode": exactly that key, until it is taken away."""
    carol = server.join(fresh("carol"))
    alice.ask(f"MODE {room} +k Key")
    assert carol.replies(f"JOIN {room}", f"JOIN {room} key")[1][0] == "475"
    assert carol.replies(f"JOIN {room} Key", f"PART {room}")[0] == ("JOIN", room)
    alice.ask(f"MODE {room} -k Key")
    assert carol.replies(f"JOIN {room}")[0] == ("JOIN", room)


def test_a_new_operator_may(room: str, alice: Client, bob: Client) -> None:
    """ "Operator Prefix", given and taken."""
    alice.ask(f"MODE {room} +o {bob.nick}")
    bob.ask()
    assert bob.replies(f"MODE {room} -o {alice.nick}") == [("MODE", room, "-o", alice.nick)]
    alice.ask()
    assert alice.replies(f"MODE {room} +m")[0][:2] == ("482", room)
    assert bob.replies(f"NAMES {room}")[0][-1] == f"{alice.nick} @{bob.nick}"
