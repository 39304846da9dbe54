"""Between people at the plain door: replies, reactions, what is taken back, whom one ignores, and
the bell. IRC clients see the tags that they know."""

import re
from collections.abc import Iterator

import pytest

from harness import Client, Server, fresh

CAPS = "message-tags echo-message labeled-response batch draft/message-redaction server-time"
BELL = "\x07"


@pytest.fixture
def room() -> str:
    """One without a past."""
    return fresh("room")


@pytest.fixture
def bob(server: Server, room: str) -> Iterator[Client]:
    """An IRC client in the room, and its operator."""
    with server.join("bob", f"#{room}", caps=CAPS) as client:
        yield client
        client.send("QUIT").end()


@pytest.fixture
def alice(server: Server, bob: Client, room: str) -> Iterator[Client]:
    """A person in the room."""
    with server.person("alice", room) as client:
        bob.ask()
        yield client
        client.send("exit").end()


@pytest.fixture
def carol(server: Server, alice: Client, room: str) -> Iterator[Client]:
    """Another one."""
    with server.person("carol", room) as client:
        alice.hear()
        yield client
        client.send("exit").end()


def say(client: Client, room: str, text: str, tags: str = "") -> str:
    """Say it; the msgid."""
    return client.ask(f"{tags and f'@{tags} '}PRIVMSG #{room} :{text}")[-1].tags["msgid"]


def words(lines: list[str]) -> list[str]:
    """Without the times."""
    return [line.partition("] ")[2] or line for line in lines]


def test_a_reply_and_a_reaction_from_irc(bob: Client, alice: Client, room: str) -> None:
    alice.hear("who brings the \x02tea\x02?")
    question = bob.wait("PRIVMSG").tags["msgid"]
    say(bob, room, "me", f"+draft/reply={question}")
    say(bob, room, "me, too", f"+reply={question}")
    bob.ask(f"@+draft/reply={question};+draft/react=👍 TAGMSG #{room}")
    bob.ask(f"@+typing=active TAGMSG #{room}", f"@+draft/reply=none PRIVMSG #{room} :what?")
    assert words(alice.hear()) == [
        '<bob> (to alice: "who brings the *tea*?") me',
        '<bob> (to alice: "who brings the *tea*?") me, too',
        'bob reacted with 👍 to alice: "who brings the *tea*?"',
        "<bob> what?",
    ]
    assert words(alice.hear("/history"))[1:3] == [
        "<alice> who brings the *tea*?",
        '<bob> (to alice: "who brings the *tea*?") me',
    ]


def test_replying(bob: Client, alice: Client, carol: Client, room: str) -> None:
    ids = [say(bob, room, f"line {number}") for number in range(3)]
    carol.hear("from carol")
    bob.ask()
    alice.hear("from myself")
    for typed, what, msgid in (
        ("/reply bob yes", 'Your reply to bob ("line 2"): yes', ids[2]),
        ("/reply BOB: yes", 'Your reply to bob ("line 2"): yes', ids[2]),
        ("/reply 3 yes", 'Your reply to bob ("line 1"): yes', ids[1]),
        ("/r @bob yes", 'Your reply to bob ("line 2"): yes', ids[2]),
    ):
        assert alice.hear(typed) == [what]
        heard = bob.wait("PRIVMSG", f"#{room}", "yes")
        assert heard.tags["+draft/reply"] == msgid
    told = 'Your reply to carol ("from carol"): yes, all of it'
    assert alice.hear("/reply yes, all of it") == [told]
    assert bob.wait("PRIVMSG", f"#{room}", "yes, all of it").tags["+draft/reply"]
    assert words(carol.hear())[-1] == '<alice> (to carol: "from carol") yes, all of it'
    assert alice.hear("/reply 99 yes") == ["There is no such line to answer."]
    assert alice.hear("/react 99 +1") == ["There is no such line to react to."]


def test_a_long_reply_is_split_and_one_of_it_is_the_reply(
    bob: Client, alice: Client, room: str
) -> None:
    msgid = say(bob, room, "well?")
    alice.hear(f"/reply {'word ' * 300}")
    first, *more = [one for one in bob.ask() if one.command == "PRIVMSG"]
    assert first.tags["+draft/reply"] == msgid
    assert more
    assert not any("+draft/reply" in one.tags for one in more)


@pytest.mark.parametrize(
    ("typed", "emoji"), [("👍", "👍"), ("+1", "👍"), ("bob <3", "❤️"), ("2 :tada:", "🎉")]
)
def test_reacting(bob: Client, alice: Client, room: str, typed: str, emoji: str) -> None:
    ids = [say(bob, room, text) for text in ("first", "second")]
    meant = 0 if typed.startswith("2") else 1
    assert words(alice.hear(f"/react {typed}"))[-1] == (
        f'Your reaction to bob ("{("first", "second")[meant]}"): {emoji}'
    )
    tags = bob.wait("TAGMSG").tags
    assert (tags["+draft/react"], tags["+draft/reply"]) == (emoji, ids[meant])


@pytest.mark.parametrize("typed", ["hello", "bob hello", "日本", "1", "\x1b[2J"])
def test_a_word_is_no_reaction(bob: Client, alice: Client, room: str, typed: str) -> None:
    say(bob, room, "hi")
    alice.hear()
    (shown,) = alice.hear(f"/react {typed}")
    assert shown.startswith("A reaction is an emoji, or one of +1 ")
    assert bob.ask() == []


def test_who_took_what_back(bob: Client, alice: Client, room: str) -> None:
    alice.hear("my words")
    hers = bob.wait("PRIVMSG").tags["msgid"]
    his = say(bob, room, "I take \x1dthat\x1d back")
    bob.ask(f"REDACT #{room} {his}", f"REDACT #{room} {hers} :too loud")
    say(bob, room, "yes?", f"+draft/reply={his}")
    assert words(alice.hear())[1:] == [
        'bob deleted a message: "I take _that_ back"',
        'bob deleted a message from alice: "my words" (too loud)',
        "<bob> yes?",
    ]


def test_what_a_newcomer_may_not_read_is_not_quoted(
    server: Server, bob: Client, alice: Client, room: str
) -> None:
    """A line is for those who were let in when it was said (chat/reading.py)."""
    bob.ask(f"MODE #{room} +i")
    secret = say(bob, room, "behind the door")
    bob.ask(f"MODE #{room} -i")
    alice.hear()
    carol = server.person("carol", room)
    bob.ask()
    say(bob, room, "as I said", f"+draft/reply={secret}")
    bob.ask(f"REDACT #{room} {secret}")
    assert words(carol.hear())[-2:] == ["<bob> as I said", "bob deleted a message"]
    assert "behind the door" in "\n".join(alice.seen)
    assert "behind the door" not in "\n".join(carol.seen)
    carol.send("exit").end()


def test_ignoring(bob: Client, alice: Client, carol: Client, room: str) -> None:
    """By nickname, in whatever case: what they say, also in private and before."""
    old = say(bob, room, "old")
    alice.hear()
    assert alice.hear("/ignore") == ["You are not ignoring anyone."]
    assert alice.hear("/ignore BoB") == [
        "You are ignoring BoB until you leave. /unignore BoB stops that."
    ]
    assert alice.hear("/ignore") == ["Ignoring: BoB"]
    say(bob, room, "unheard")
    bob.ask(f"NOTICE #{room} :unheard", "PRIVMSG alice :unheard", "NOTICE alice :unheard")
    bob.ask("JOIN #elsewhere", "INVITE alice #elsewhere")
    bob.ask(f"@+draft/reply={old};+draft/react=👍 TAGMSG #{room}", f"TOPIC #{room} :Tea")
    carol.hear("heard", "/reply bob heard, too")
    assert words(alice.hear()) == [
        "bob has changed the topic to: Tea",
        "<carol> heard",
        "<carol> heard, too",
    ]
    assert [line for line in words(alice.hear("/history")) if "<" in line] == [
        "<carol> heard",
        "<carol> heard, too",
    ]
    assert "<bob> unheard" in words(carol.seen)
    alice.hear("/join elsewhere", f"/join {room}")
    assert "unheard" not in "\n".join(alice.seen)
    assert alice.hear("/unignore bob") == ["You are no longer ignoring BoB."]
    assert alice.hear("/unignore bob") == ["You are not ignoring bob."]
    say(bob, room, "heard again")
    assert words(alice.hear())[-1] == "<bob> heard again"


def test_the_ignored_are_followed(bob: Client, alice: Client, room: str) -> None:
    """To the next nickname, and the next; the one that was typed stays ignored, too."""
    alice.hear("/ignore Bob")
    for nick in ("bob2", "Bob3"):
        bob.ask(f"NICK {nick}")
        say(bob, room, "unheard")
    assert alice.hear("/ignore")[-1] == "Ignoring: Bob (now Bob3)"
    assert alice.hear("/unignore bob2") == ["You are not ignoring bob2."]
    bob.ask("NICK bob")
    say(bob, room, "unheard")
    assert alice.hear("/ignore")[-1] == "Ignoring: Bob"
    bob.ask("NICK bob4")
    assert alice.hear("/unignore bob4")[-1] == "You are no longer ignoring bob4."
    say(bob, room, "heard")
    bob.ask("NICK bob")
    say(bob, room, "heard, too")
    assert [line for line in words(alice.hear()) if "<" in line] == [
        "<bob4> heard",
        "<bob> heard, too",
    ]
    assert "unheard" not in "\n".join(alice.seen)
    assert alice.hear("/ignore") == ["You are not ignoring anyone."]


@pytest.mark.parametrize("mask", ["*!*@*", "irc*", "b?b", "bob@127.0.0.1"])
def test_masks_are_refused(alice: Client, mask: str) -> None:
    """They would ignore nobody."""
    why = "/ignore needs a nickname. Masks such as bob* or *!*@host do not work here."
    assert alice.hear(f"/ignore {mask}", "/ignore") == [why, "You are not ignoring anyone."]


def test_the_ignored_are_bounded(alice: Client) -> None:
    alice.hear(*(f"/ignore n{number}" for number in range(50)))
    assert alice.hear("/ignore one-more") == [
        "You can ignore 50 people at most. /unignore somebody first."
    ]
    assert alice.hear(f"/ignore {'x' * 4000}") == ["No nickname is that long."]
    assert alice.hear("/ignore ALICE") == ["You cannot ignore yourself."]
    assert alice.hear("/unignore n7", "/ignore one-more")[-1].startswith(
        "You are ignoring one-more "
    )


def test_the_bell(bob: Client, alice: Client, carol: Client, room: str) -> None:
    """Off until it is asked for; then for what is meant for this person, in the room or private."""
    say(bob, room, "alice: hi")
    alice.hear()
    assert BELL not in "\n".join(alice.seen)
    assert alice.hear("/set bell on") == ["The bell is on."]
    for text in ("Alice!", "malice", "\x02alice\x02?", "alices", "\x01ACTION nudges alice\x01"):
        say(bob, room, text)
    bob.ask(f"NOTICE #{room} :alice", "PRIVMSG alice :psst", "NOTICE alice :note")
    lines = [line for line in alice.hear() if "joined" not in line]
    assert [line.startswith(BELL) for line in lines] == [
        *(True, False, True, False, True),
        *(False, True, False),
    ]
    assert BELL not in "\n".join(carol.hear())
    alice.hear("/nick al", "/set bell")
    say(bob, room, "al?")
    assert alice.hear()[-1].startswith(BELL)
    assert alice.hear("/set bell off") == ["The bell is off."]
    say(bob, room, "al?")
    assert BELL not in alice.hear()[-1]


def test_the_invisible_are_not_counted_by_outsiders(server: Server, bob: Client, room: str) -> None:
    """Neither in the greeting nor in /rooms; a full room of them goes to the end."""
    bob.ask("MODE bob +i")
    with server.connect() as carol:
        greeting = carol.send("carol").read_until("^Rooms: ")[-1]
        assert f"{room} (0)" in greeting
        assert any(f"{room} (0)" in line for line in carol.hear("/rooms"))
        carol.send("exit").end()
    bob.ask("MODE bob -i")


def test_those_in_charge(server: Server, room: str) -> None:
    """Ranks, mutes, bans with a time and a reason, and what others are told; at the plain door
    alone."""
    with server.person("ann", room) as ann, server.person("ben", room) as ben:
        ann.hear()
        assert ben.hear("/kick ann") == ["Only half-operators and above may kick people."]
        assert ben.hear("/invites") == ["Only operators and above may see the exceptions."]
        assert ann.hear("/bans", "/invites", "/mode +e") == [
            "Nobody is banned or muted here.",
            "Nobody may enter without an invitation here.",
            "Nobody is exempt from the bans here.",
        ]
        assert re.search(r"Modes of .* has existed since 2", " ".join(ann.hear("/mode")))
        assert ann.hear("/mode +m") == [
            "You made the room moderated: only people with a voice or a higher rank may speak."
        ]
        assert ben.hear("hi")[-1] == (
            f"You cannot speak in {room}: only people with a voice may speak here (mode m)."
        )
        ann.hear("/voice ben", "/mode -m", "/devoice ben")
        assert [line.partition("] ")[2] for line in ben.hear()] == [
            "ann gave ben a voice",
            "ann made the room unmoderated: every member may speak",
            "ann took ben's voice away",
        ]
        assert ann.hear("/mute ben 2h")[-2:] == [
            "The mute on ben!*@* ends in 2 hours.",
            "Others may have the address of ben, so only the nickname is muted.",
        ]
        assert ben.hear("hi")[-1] == f"You cannot speak in {room}: you are muted here."
        (line,) = ann.hear("/bans")
        assert re.fullmatch(rf"Muted in {room}: ben!\*@\*, by ann, for another 2 hours", line)
        ann.hear("/unmute ben", "/op ben")
        ben.hear("/halfop ann", "/deop ann")
        ann.hear()
        ben.hear("one", "two")
        assert "ben deleted" not in "".join(ann.hear("/redact all from ben"))
        assert ann.hear("/redact all from ben")[-1].endswith("that you can delete.")
        assert ann.hear("/redact bob") == ["Usage: /redact all from NICK [REASON]"]
        assert ann.hear("/deop ben") == ["Only operators and above may remove an operator."]
        assert ann.hear("/ban ben") == ["Only operators and above may ban or mute an operator."]
        ben.hear("/dehalfop ann")
        assert f"You kicked ann from {room} (so much spam)" in ben.hear(
            "/ban ann 1d12h so much spam"
        )
        assert any("You were kicked" in line and "(so much spam)" in line for line in ann.hear())
        assert ann.hear(f"/join {room}")[-1] == (
            f"You cannot join {room}: you are banned for another 1 day 12 hours (so much spam)."
        )
        assert ben.hear("/unban nobody") == ["There is no such ban in this room."]
        ben.hear("/unban ann")
        assert any("Welcome" in line for line in ann.hear(f"/join {room}"))
        for one in (ann, ben):
            one.send("exit").end()
