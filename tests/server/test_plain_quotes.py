"""What the plain door quotes, it quotes to people who may read it now (`chat.reading`)."""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from chatroom.wire.client_tags import ClientTags
from chatroom.wire.message import Message
from harness import Client

from .conftest import House

CAPABILITIES = ("message-tags", "echo-message", "draft/message-redaction")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With a history, and a permanent room."""
    house = House(tmp_path, limits="flood_rate = 0\n[rooms]\npermanent = ['hall']")
    house.server.open_history()
    yield house
    house.server.end()


def irc(house: House, nick: str, *lines: str) -> Client:
    client = house.connect().send(*(f"CAP REQ {name}" for name in CAPABILITIES))
    client.send(f"NICK {nick}", f"USER {nick} 0 * :r")
    return house.settle(client.send("CAP END", *lines))


def plain(house: House, nick: str, room: str) -> Client:
    client = house.connect().send(nick, room)
    hear(house, client)
    return client


def hear(house: House, client: Client, *lines: str) -> str:
    """Everything that the plain door shows up to the answer to a last line."""
    client.send(*lines, "/barrier")
    client.sock.setblocking(False)
    shown = ""
    while "no command /barrier" not in shown:
        house.tick()
        try:
            shown += client.sock.recv(1 << 20).decode()
        except BlockingIOError:
            continue
    client.sock.settimeout(5)
    return shown


def words(house: House, client: Client, target: str, text: str) -> str:
    """Say something; its msgid."""
    client.seen.clear()
    house.settle(client.send(f"PRIVMSG {target} :{text}"))
    (msgid,) = re.findall(r"msgid=([^; ]+)\S* \S+ PRIVMSG", "\n".join(client.seen))
    return str(msgid)


def reply(house: House, client: Client, room: str, msgid: str) -> None:
    house.settle(client.send(f"@+draft/reply={msgid} PRIVMSG {room} :why?"))


def everybody_leaves(house: House, *clients: Client) -> None:
    for client in clients:
        client.send("QUIT" if client.seen else "exit")
    house.until(lambda: not house.server.doors)


@pytest.mark.parametrize("how", ["MODE #den +k sesame", "MODE #den +s", "MODE #den -t"])
def test_a_faded_room_is_not_quoted(house: House, how: str) -> None:
    """The next room of its name is another one. What may be read there is quoted there."""
    bob = irc(house, "bob", "JOIN #den")
    alice = plain(house, "alice", "den")
    bob.send(how)
    msgid = words(house, bob, "#den", "secret of den")
    everybody_leaves(house, alice, bob)
    carol = plain(house, "carol", "den")
    mallory = irc(house, "mallory", "JOIN #den")
    reply(house, mallory, "#den", msgid)
    shown = hear(house, carol)
    assert "<mallory> " in shown
    assert ("secret" in shown) == (how[-2:] == "-t")  # where the room was open, it is its past


def test_what_was_taken_back_is_not_quoted(house: House) -> None:
    """Also where nobody at this door was there to be told."""
    bob = irc(house, "bob", "JOIN #hall")
    alice = plain(house, "alice", "hall")
    msgid, kept = words(house, bob, "#hall", "hunter2"), words(house, bob, "#hall", "tea?")
    hear(house, alice, "/leave")
    house.settle(bob.send(f"REDACT #hall {msgid}"))
    carol = plain(house, "carol", "hall")
    reply(house, bob, "#hall", msgid)
    assert "<bob> why?" in hear(house, carol)
    reply(house, bob, "#hall", kept)
    assert '<bob> (to bob: "tea?") why?' in hear(house, carol)


def test_whoever_is_there_is_told_what_was_taken_back(house: House) -> None:
    bob = irc(house, "bob", "JOIN #hall")
    alice, carol = plain(house, "alice", "hall"), plain(house, "carol", "hall")
    hear(house, carol, "/set bell on")
    msgid = words(house, bob, "#hall", "hunter2")
    house.settle(bob.send(f"REDACT #hall {msgid}"))
    for one in (alice, carol):
        assert 'bob deleted a message: "hunter2"' in hear(house, one)


def test_what_the_history_deleted_is_not_quoted(house: House) -> None:
    bob = irc(house, "bob", "JOIN #hall")
    alice = plain(house, "alice", "hall")
    msgid = words(house, bob, "#hall", "old words")
    assert house.server.history is not None
    house.server.history.on_deletion()
    reply(house, bob, "#hall", msgid)
    assert "<bob> why?" in hear(house, alice)


def test_what_is_said_to_operators_is_not_quoted_later(house: House) -> None:
    """Who becomes one afterwards cannot read it in any way, nor can the others in the room."""
    bob = irc(house, "bob", "JOIN #den")
    alice, carol = plain(house, "alice", "den"), plain(house, "carol", "den")
    house.settle(bob.send("MODE #den +o alice"))
    msgid = words(house, bob, "@#den", "for operators")
    assert "for operators" in hear(house, alice)
    reply(house, bob, "#den", msgid)
    for one in (alice, carol):
        assert "<bob> why?" in hear(house, one)
    house.settle(bob.send("MODE #den +o carol"))
    reply(house, bob, "@#den", msgid)
    assert "<bob> (to operators and above) why?" in hear(house, carol)


def test_without_a_history_a_newcomer_is_quoted_nothing(tmp_path: Path) -> None:
    """There is no other way for them to read what was said before."""
    house = House(tmp_path)
    bob = irc(house, "bob", "JOIN #den")
    alice = plain(house, "alice", "den")
    msgid = words(house, bob, "#den", "said before")
    reply(house, bob, "#den", msgid)
    assert "said before" in hear(house, alice)
    carol = plain(house, "carol", "den")
    reply(house, bob, "#den", msgid)
    assert "<bob> why?" in hear(house, carol)
    house.server.end()


@pytest.mark.parametrize("everything", [False, True])
def test_a_page_that_was_read_before_is_not_remembered(house: House, everything: bool) -> None:
    """While somebody is shown a page, the room may close its door to the next who enter, or the
    history may delete what is on it."""
    bob = irc(house, "bob", "JOIN #den", *(f"PRIVMSG #den :line {n}" for n in range(40)))
    alice = plain(house, "alice", "den")
    memory = house.server.prose.memory
    memory.forget_all()
    turns = count()
    house.server.stopwatch = lambda: float(next(turns))  # one step of an answer in each tick
    alice.send("/history 40")
    session = next(
        door.session for door in house.server.doors.values() if door.session.user.nick == "alice"
    )
    house.until(lambda: session.answer is not None and memory._said)
    if everything:
        memory.forget_all()
    else:
        memory.forget("#den")
    assert "line 39" in hear(house, alice)
    assert not memory._said
    house.settle(bob)


@pytest.mark.parametrize(
    ("denied", "refused"),
    [("draft/react", "/react +1"), ("draft/reply", "/reply yes"), ("draft/reply", "/react +1")],
)
def test_what_others_would_not_get_is_refused(house: House, denied: str, refused: str) -> None:
    """ISUPPORT CLIENTTAGDENY: nobody is told that it was sent."""
    bob, alice = irc(house, "bob", "JOIN #hall"), plain(house, "alice", "hall")
    words(house, bob, "#hall", "tea?")
    house.server.world.client_tags = ClientTags(denied)
    shown = hear(house, alice, refused)
    assert "The operator of this server has turned that off." in shown
    assert "Your re" not in shown


# The history at this door


def test_the_history_shows_reactions_as_they_were_shown(house: House) -> None:
    """On entering, and on a page; a reaction does not count."""
    bob = irc(house, "bob", "JOIN #hall")
    msgid = words(house, bob, "#hall", "tea?")
    house.settle(bob.send(f"@+draft/react=👍;+draft/reply={msgid} TAGMSG #hall"))
    house.settle(bob.send("PRIVMSG #hall :well"))
    lines = [r"<bob> tea\?", r'bob reacted with 👍 to bob: "tea\?"', "<bob> well"]
    page = "".join(rf"\[\d\d:\d\d:\d\d\] {line}\r\n" for line in lines)
    alice = house.connect().send("alice", "hall")
    assert re.search(page, hear(house, alice))
    assert re.search(page, hear(house, alice, "/history 2"))
    alice.send("/ignore bob")
    assert "reacted" not in hear(house, alice, "/history")


LONG = " ".join(f"word{number}" for number in range(8000))


@pytest.mark.parametrize("command", ["/history", "/search word7"])
def test_a_long_message_is_shown_whole_and_in_steps(house: House, command: str) -> None:
    """Imported ones have up to 60,000 characters; others are served in between."""
    alice, bob = plain(house, "alice", "hall"), irc(house, "bob")
    log, world = house.server.world.log, house.server.world
    for text in (LONG, "\x01ACTION waves word7\x01"):
        log.record("#hall", Message("PRIVMSG", ("#hall", text), "carol!c@192.0.2.1"), world.now)
    alice.send(command)
    shown = hear(house, alice)
    lines = [line for line in shown.splitlines() if "carol" in line]
    assert max(map(len, lines)) < 700
    assert "* carol waves word7" in "".join(lines)
    pieces = [line.partition("<carol> ")[2].removeprefix("… ") for line in lines if "<" in line]
    assert " ".join(pieces).split() == LONG.split()
    house.settle(bob)


# What /reply answers


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("bob yes", 'Your reply to bob ("tea?"): yes'),
        ("BOB: yes", 'Your reply to bob ("tea?"): yes'),
        ("2 yes", 'Your reply to bob ("tea?"): yes'),
        ("yes I do", 'Your reply to carol ("cake!"): yes I do'),
        ("nobody yes", 'Your reply to carol ("cake!"): nobody yes'),
        ("dave: yes", 'Your reply to carol ("cake!"): dave: yes'),
        ("carol", 'Your reply to carol ("cake!"): carol'),
        ("@ carol", 'Your reply to carol ("cake!"): @ carol'),
        (f"{'x' * 2000} yes", f'Your reply to carol ("cake!"): {"x" * 39}…'),
        ("alice yes", "alice has no recent line to answer."),  # that is herself
        ("silent yes", "silent has no recent line to answer."),
        ("Silent, yes", "Silent has no recent line to answer."),
        ("@nobody yes", "nobody has no recent line to answer."),
        ("99 yes", "There is no such line to answer."),
    ],
)
def test_which_line_a_reply_answers(house: House, typed: str, answer: str) -> None:
    """The first word is a nickname if somebody has it here; no reply goes to somebody else than
    that. Otherwise it belongs to the text, and the person sees that."""
    bob, carol = irc(house, "bob", "JOIN #hall"), irc(house, "carol", "JOIN #hall")
    silent, dave = irc(house, "silent", "JOIN #hall"), irc(house, "dave", "JOIN #other")
    alice = plain(house, "alice", "hall")
    house.settle(bob.send("PRIVMSG #hall :tea?"))
    house.settle(carol.send("PRIVMSG #hall :cake!"))
    hear(house, alice, "hello")
    for one in (bob, carol, silent, dave):
        house.settle(one)
        one.seen.clear()
    assert hear(house, alice, f"/reply {typed}").splitlines()[0] == answer
    house.settle(bob)
    sent = [line for line in bob.seen if "PRIVMSG" in line]
    assert bool(sent) is answer.startswith("Your reply")


def test_an_ignored_person_cannot_be_answered(house: House) -> None:
    bob, alice = irc(house, "bob", "JOIN #hall"), plain(house, "alice", "hall")
    house.settle(bob.send("PRIVMSG #hall :tea?"))
    alice.send("/ignore bob")
    assert "bob has no recent line to answer." in hear(house, alice, "/reply bob yes")


def test_a_file_is_shown_once_as_text(house: House) -> None:
    """Its tag is for clients that draw a card."""
    zoe, al = plain(house, "zoe", "hall"), irc(house, "al", "JOIN #hall")
    words = f"c.toml (45 B) http://192.0.2.2:8080/files/{'a' * 22}/c.toml"
    al.send(rf"@+chatroom/file=45\stext/plain\sc.toml PRIVMSG #hall :{words}")
    house.settle(al)
    shown = hear(house, zoe)
    assert shown.count("c.toml") == words.count("c.toml")
    assert re.search(rf"<al> {re.escape(words)}\r?\n", shown)
    assert "text/plain" not in shown
