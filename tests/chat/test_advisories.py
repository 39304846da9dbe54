"""What other servers and services had to mend: the class of each advisory, tried here."""

import base64
from pathlib import Path

import pytest

from chat.memory_keeper import MemoryKeeper
from chat.people import BareWorld, a_world, arrive, hang_up, heard, say
from chat.test_accounts import (
    PASSWORD,
    ask,
    codes,
    come_in,
    keeper_of,
    log_in,
    newcomer,
    plain,
    scene,
    scram,
)
from chat.worlds import SearchedHistory
from chatroom.chat.ports import Transport
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountSuspended
from chatroom.wire.scram import derive

CERTIFICATE, OTHERS = "ab" * 32, "cd" * 32


def with_certificate(world: BareWorld) -> Session:
    """Somebody whose certificate belongs to the account eve, while alice has another one."""
    session = newcomer(world)
    session.transport = Transport(True, "TLSv1.3", CERTIFICATE)
    keeper_of(session).owners.update({CERTIFICATE: "eve", OTHERS: "alice"})
    return session


def test_a_suspension_holds_for_every_way_in() -> None:
    """CVE-2024-30187 (Anope): a suspended account came back by a new password."""
    world = scene("eve")
    here = come_in(world, "eve")
    apply(world, AccountSuspended("eve", True, world.now))
    say(here, "PRIVMSG NickServ :SET PASSWORD another-word")
    assert heard(here)[-1].endswith("Log in first.")
    session = with_certificate(world)
    assert codes(log_in(session, "eve")) == ["AUTHENTICATE", "902"]
    assert codes(scram(session, "eve", PASSWORD)) == ["902"]
    assert codes(ask(session, "AUTHENTICATE EXTERNAL", "AUTHENTICATE +"))[-1] == "902"
    keeper_of(session).keys["eve"] = derive(b"oneword!", b"salt", 1)
    guest = arrive(world, "guest")
    assert "suspended" in ask(guest, "PRIVMSG NickServ :IDENTIFY eve oneword!")[-1]
    assert not (session.user.account or guest.user.account)


@pytest.mark.parametrize(
    "word",
    [
        base64.b64encode(b"alice").decode(),
        f":{base64.b64encode(b'alice').decode()}",
        f"+ {OTHERS}",
        f":+ {OTHERS}",
        f"{base64.b64encode(b'alice').decode()} {OTHERS}",
    ],
)
def test_external_believes_only_the_handshake(word: str) -> None:
    """CVE-2016-7142, 7143, 7144 (InspIRCd, Charybdis, UnrealIRCd): a parameter of AUTHENTICATE was
    taken for the fingerprint."""
    world = scene("alice", "eve")
    session = with_certificate(world)
    ask(session, "AUTHENTICATE EXTERNAL", f"AUTHENTICATE {word}")
    assert session.user.account != "alice"
    bare = newcomer(world)
    assert codes(ask(bare, f"AUTHENTICATE EXTERNAL {OTHERS}", f"AUTHENTICATE {word}"))[-1] == "904"
    assert not bare.user.account


def test_nobody_acts_as_somebody_else() -> None:
    """RFC 4616, "authzid"."""
    session = newcomer(scene("alice", "eve"))
    told = ask(session, "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('eve', acting_as='alice')}")
    assert codes(told)[-1] == "904"
    assert not session.user.account


@pytest.mark.parametrize(
    "line",
    [
        "CAP REQ",
        "CAP REQ :",
        "CAP REQ : ",
        "CAP REQ :-",
        "CAP REQ :- - -",
        "CAP REQ :=",
        "CAP REQ :sasl=PLAIN",
        f"CAP REQ :{'a ' * 240}",
        f"CAP REQ :{'a' * 480}",
        f"CAP REQ :{'sasl ' * 90}",
        f"CAP REQ :{'-sasl ' * 80}",
        f"CAP {'x' * 480}",
        f"AUTHENTICATE {'A' * 400}",
        f"AUTHENTICATE {'A' * 401}",
        f"AUTHENTICATE {'é' * 240}",
        "AUTHENTICATE ,",
    ],
)
def test_malformed_and_oversized_negotiation(line: str) -> None:
    """CVE-2012-6084 (Charybdis), and others since: each is answered, and the client goes on."""
    session = newcomer(scene("alice"))
    ask(session, "NICK al", "USER al 0 * :Al")
    assert all(len(one.encode()) <= 510 for one in ask(session, line, line))
    told = ask(session, "AUTHENTICATE *", "CAP END")
    assert "001" in codes(told)


def test_a_login_has_a_bounded_length() -> None:
    session = newcomer(scene("alice"))
    chunks = [f"AUTHENTICATE {'A' * 400}"] * 100
    told = codes(ask(session, "AUTHENTICATE PLAIN", *chunks))
    assert told[:2] == ["AUTHENTICATE", "905"]
    assert session.login is None


# Rooms


QUESTIONS = (
    "TOPIC {0}",
    "TOPIC {0} :mine",
    "MODE {0}",
    "MODE {0} b",
    "MODE {0} +e",
    "MODE {0} +b x!*@*",
    "MODE {0} +o eve",
    "NAMES {0}",
    "LIST {0}",
    "LIST",
    "LIST *n*",
    "WHO {0}",
    "WHO {0} %na",
    "INVITE eve {0}",
    "INVITE bob {0}",
    "KICK {0} alice",
    "PART {0}",
    "PRIVMSG {0} :hello",
    "PRIVMSG @{0} :hello",
    "NOTICE {0} :hello",
    "@+typing=active TAGMSG {0}",
    "REDACT {0} {1}",
    "REDACTALL {0} alice",
    "TBAN {0} 1h alice",
    "TBAN {0} - alice",
    "CHATHISTORY LATEST {0} * 50",
    "CHATHISTORY AROUND {0} msgid={1} 50",
    "CHATHISTORY BEFORE {0} msgid={1} 50",
    "CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 50",
    "SEARCH in={0};text=word",
    "SEARCH text=word",
    "KNOCK {0}",
    "INVITE alice {0}",
    "NAMES #nowhere,{0}",
    "MODE {0} I",
    "MODE {0} +k key",
    "LIST >0",
    "LIST !*x*,C<60,T<60",
    "WHO {0} %cnfl",
    "WHO alice %c",
    "PRIVMSG #nowhere,~{0} :hello",
    "@+reply={1};+draft/reply={1} TAGMSG #nowhere,{0}",
    "CHATHISTORY BETWEEN {0} msgid={1} timestamp=2100-01-01T00:00:00.000Z 50",
    "SEARCH from=alice",
    "CS INFO {0}",
    "CS OP {0}",
    "CS REGISTER {0}",
    "CS DROP {0}",
    "NS INFO alice",
    "MONITOR + alice",
    "TOPIC {0} :",
    "PART #nowhere,{0}",
    "KICK #nowhere,{0} alice,alice",
    "STATS u",
    "LUSERS",
    "WHOIS alice",
    "WHOWAS gone",
    "WHO alice",
)
CAPABILITIES = frozenset(
    {
        "batch",
        "draft/chathistory",
        "draft/message-redaction",
        "echo-message",
        "labeled-response",
        "message-tags",
        "soju.im/search",
    }
)


def told_about_den(directory: Path, room: str) -> list[str]:
    """Each question about `#den`, and what an outsider is told, while people are in a secret room.
    The msgid is that of what was said there."""
    directory.mkdir()
    log = SearchedHistory(directory)
    world = a_world(log=log)
    world.keeper = MemoryKeeper()
    alice, eve = (arrive(world, nick, CAPABILITIES) for nick in ("alice", "eve"))
    say(alice, f"JOIN {room}", f"MODE {room} +s", f"TOPIC {room} :word", f"PRIVMSG {room} :word")
    (said,) = (line for line in heard(alice) if " PRIVMSG " in line)
    msgid = said.partition("msgid=")[2].partition(" ")[0].partition(";")[0]
    gone = arrive(world, "gone")
    say(gone, f"JOIN {room}")
    hang_up(gone)
    told: list[str] = []
    for number, question in enumerate(QUESTIONS):
        line = question.format("#den", msgid)
        say(eve, line if number % 2 or line.startswith("@") else f"@label=x {line}")
        told += [line, *heard(eve)]
    log.close()
    return [line.replace(msgid, "MSGID") for line in told]


def test_a_secret_room_is_told_like_none(tmp_path: Path) -> None:
    """Ergo, UnrealIRCd, Solanum, ngIRCd: topics, members, modes and messages of secret rooms were
    found out by TOPIC, MODE, WHO, WHOIS, LIST, INVITE, KNOCK, CHATHISTORY, TARGETS, REDACT."""
    there = told_about_den(tmp_path / "there", "#den")
    elsewhere = told_about_den(tmp_path / "elsewhere", "#far")
    assert there == elsewhere
    assert len(there) > 2 * len(QUESTIONS)
