"""Logging in and registering (IRCv3 sasl-3.1, sasl-3.2, draft/account-registration, account-notify,
account-tag, extended-join, whox), and to whom nicknames belong."""

import base64
from dataclasses import replace

import pytest

from chat.memory_keeper import MemoryKeeper
from chat.people import BareWorld, Peer, a_world, arrive, hang_up, heard, say, world_of
from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.connections import attach
from chatroom.chat.limits import Limits
from chatroom.chat.nicknames import enforce_name, time_is_up
from chatroom.chat.ports import Transport
from chatroom.chat.session import Session
from chatroom.chat.settings import NEVER, AccountSettings, TlsSettings
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import (
    AccountAdded,
    AccountRemoved,
    AccountRenamed,
    AccountSuspended,
)
from chatroom.wire.sasl import prepared
from chatroom.wire.scram import derive
from wire import scram_client

PASSWORD = "correct horse"
NOTIFY = frozenset({"account-notify"})
SUCCESS = "903"


def scene(*accounts: str, **settings: object) -> BareWorld:
    """A world in which these accounts exist, all with the same password."""
    world = a_world()
    keeper = MemoryKeeper()
    world.keeper = keeper
    world.set_tls(TlsSettings(required=NEVER), False)
    for name in accounts:
        keeper.keys[name.lower()] = derive(prepared(PASSWORD), b"salt", 1)
        apply(world, AccountAdded(name))
    world.set_account_settings(replace(AccountSettings(), **settings))  # type: ignore[arg-type]
    return world


def keeper_of(session: Session) -> MemoryKeeper:
    keeper = world_of(session).keeper
    assert isinstance(keeper, MemoryKeeper)
    return keeper


def newcomer(world: BareWorld, *caps: str) -> Session:
    """Somebody who negotiates, and has agreed on these and sasl."""
    session = attach(world, Peer(), "192.0.2.1")
    say(session, "CAP LS 302", f"CAP REQ :{' '.join(('sasl', *caps))}")
    heard(session)
    return session


def ask(session: Session, *lines: str) -> list[str]:
    """What the session is told for these lines, and by the keeper's answers."""
    say(session, *lines)
    keeper_of(session).deliver()
    return heard(session)


def plain(account: str, password: str = PASSWORD, acting_as: str = "") -> str:
    return base64.b64encode(f"{acting_as}\0{account}\0{password}".encode()).decode()


def log_in(session: Session, account: str, password: str = PASSWORD) -> list[str]:
    return ask(session, "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain(account, password)}")


def codes(lines: list[str]) -> list[str]:
    return [line.split()[1] for line in lines]


def come_in(world: BareWorld, account: str, nick: str = "", *caps: str) -> Session:
    """Somebody who logs in and is let in."""
    session = newcomer(world, *caps)
    say(session, f"NICK {nick or account}", "USER user 0 * :user")
    assert SUCCESS in codes(log_in(session, account))
    ask(session, "CAP END")
    assert session.user.account == account
    return session


# AUTHENTICATE


def test_plain() -> None:
    """sasl-3.1: an empty challenge, 900 and 903; the account is known from then on."""
    world = scene("alice")
    session = newcomer(world)
    say(session, "NICK al", "USER al 0 * :Al")
    assert ask(session, "AUTHENTICATE PLAIN") == [":chatroom.local AUTHENTICATE +"]
    assert ask(session, f"AUTHENTICATE {plain('ALICE')}") == [
        ":chatroom.local 900 al al!~al@192.0.2.1 alice :You are now logged in as alice",
        ":chatroom.local 903 al :SASL authentication successful",
    ]
    assert "001" in codes(ask(session, "CAP END"))
    assert session.user.account == "alice"


def scram(session: Session, account: str, password: str) -> list[str]:
    first = scram_client.first(account, "fyko+d2lbbFgONRv9qkxdawL")
    said = ask(
        session, "AUTHENTICATE SCRAM-SHA-256", f"AUTHENTICATE {base64.b64encode(first).decode()}"
    )
    challenge = base64.b64decode(said[1].split()[-1])
    answer = scram_client.answer(first, challenge, prepared(password))
    heard_back = ask(session, f"AUTHENTICATE {base64.b64encode(answer.message).decode()}")
    if heard_back[0].split()[1] == "AUTHENTICATE":
        assert base64.b64decode(heard_back[0].split()[-1]) == answer.verifier
        return ask(session, "AUTHENTICATE +")
    return heard_back


def test_scram() -> None:
    """RFC 7677, with the server's signature and the client's empty last message."""
    world = scene("alice")
    session = newcomer(world)
    assert codes(scram(session, "alice", PASSWORD)) == ["900", "903"]
    assert keeper_of(session).successes == ["alice"]
    other = newcomer(world)
    assert codes(scram(other, "alice", "wrong horse")) == ["904"]
    assert codes(scram(other, "nobody", PASSWORD)) == ["904"]
    assert keeper_of(session).failures == ["alice", "nobody"]
    keeper_of(other).refused_seconds = 7.4
    say(other, "AUTHENTICATE SCRAM-SHA-256")
    first = base64.b64encode(scram_client.first("alice", "abc")).decode()
    assert "try again in 7 seconds" in ask(other, f"AUTHENTICATE {first}")[1]


def test_external() -> None:
    """Only who has shown a certificate is offered it; it names the account."""
    world = scene("alice", "bob")
    session = newcomer(world)
    assert codes(ask(session, "AUTHENTICATE EXTERNAL")) == ["908", "904"]
    keeper_of(session).owners["ab"] = "alice"
    session.transport = Transport(secure=True, fingerprint="ab")
    offered = " ".join(ask(session, "CAP LS 302"))
    assert ":sasl=PLAIN,SCRAM-SHA-256,EXTERNAL" in offered.replace(" ", ":")
    assert codes(ask(session, "AUTHENTICATE EXTERNAL", "AUTHENTICATE +")) == [
        "AUTHENTICATE", "900", "903",
    ]  # fmt: skip
    as_bob = base64.b64encode(b"bob").decode()
    assert codes(ask(session, "AUTHENTICATE EXTERNAL", f"AUTHENTICATE {as_bob}"))[1:] == ["904"]
    assert session.user.account == "alice"


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (["AUTHENTICATE *"], ["906"]),
        (["AUTHENTICATE PLAIN", "AUTHENTICATE *", "AUTHENTICATE PLAIN"], ["+", "906", "+"]),
        (["AUTHENTICATE DIGEST-MD5"], ["908", "904"]),
        (["AUTHENTICATE SCRAM-SHA-256-PLUS"], ["908", "904"]),
        (["AUTHENTICATE PLAIN", "AUTHENTICATE " + "A" * 401], ["+", "905"]),
        (["AUTHENTICATE PLAIN", *["AUTHENTICATE " + "A" * 400] * 6], ["+", "905"]),
        (["AUTHENTICATE PLAIN", "AUTHENTICATE !!!"], ["+", "904"]),
        (["AUTHENTICATE PLAIN", "AUTHENTICATE +"], ["+", "904"]),
        (["AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', 'wrong')}"], ["+", "904"]),
        (["AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('nobody')}"], ["+", "904"]),
        (["AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', PASSWORD, 'bob')}"], ["+", "904"]),
        (["AUTHENTICATE plain", f"AUTHENTICATE {plain('alice', PASSWORD, 'Alice')}"],
         ["+", "900", "903"]),
    ],
)  # fmt: skip
def test_how_it_fails(lines: list[str], answer: list[str]) -> None:
    world = scene("alice", "bob")
    session = newcomer(world)
    told = [code if code != "AUTHENTICATE" else "+" for code in codes(ask(session, *lines))]
    assert told == answer


def test_a_wrong_password_and_a_missing_account_are_answered_alike() -> None:
    world = scene("alice")
    session = newcomer(world)
    assert log_in(session, "alice", "wrong")[1:] == log_in(session, "nobody")[1:]


def test_too_many_tries() -> None:
    world = scene("alice")
    session = newcomer(world)
    keeper_of(session).refusal = Answer(Verdict.TOO_OFTEN, 8.2)
    assert "too many wrong passwords; try again in 8 seconds" in log_in(session, "alice")[1]


def test_whoever_is_logged_in_may_log_in_as_another() -> None:
    """sasl-3.2, "SASL Reauthentication": also after registration."""
    world = scene("alice", "bob")
    session = come_in(world, "alice")
    assert codes(log_in(session, "bob"))[-1] == SUCCESS
    assert session.user.account == "bob"


def test_a_suspended_account() -> None:
    """902, and only for who knows the password; whoever is logged in is logged out."""
    world = scene("alice")
    inside = come_in(world, "alice")
    apply(world, AccountSuspended("alice", True, world.now))
    assert "901" in codes(heard(inside))
    session = newcomer(world)
    assert codes(log_in(session, "alice", "wrong")) == ["AUTHENTICATE", "904"]
    assert codes(log_in(session, "alice")) == ["AUTHENTICATE", "902"]
    apply(world, AccountSuspended("alice", False, world.now))
    assert codes(log_in(session, "alice"))[1:] == ["900", "903"]


def test_a_login_that_is_not_waited_for() -> None:
    """sasl-3.1: CAP END aborts it, and what the worker finds out concerns nobody."""
    world = scene("alice")
    session = newcomer(world)
    say(session, "NICK al", "USER al 0 * :Al", "AUTHENTICATE PLAIN")
    say(session, f"AUTHENTICATE {plain('alice')}", "AUTHENTICATE +", "CAP END")
    told = codes(heard(session))
    assert told[:3] == ["AUTHENTICATE", "904", "906"]
    assert "001" in told
    keeper_of(session).deliver()
    assert heard(session) == []
    assert session.user.account == ""


def test_whoever_has_gone_is_told_nothing() -> None:
    world = scene("alice")
    session = newcomer(world)
    say(session, "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}")
    hang_up(session)
    heard(session)
    keeper_of(session).deliver()
    assert heard(session) == []


def test_the_answer_carries_the_label() -> None:
    """labeled-response: it comes later, in one batch, and there is no ACK before."""
    world = scene("alice")
    session = newcomer(world, "labeled-response", "batch")
    say(session, "AUTHENTICATE PLAIN", f"@label=7 AUTHENTICATE {plain('alice')}")
    heard(session)
    keeper_of(session).deliver()
    told = heard(session)
    assert told[0].startswith("@label=7 :chatroom.local BATCH +")
    assert [line.split()[2] for line in told[1:3]] == ["900", "903"]


def test_without_tls_nothing_secret_is_asked_for() -> None:
    """The capability is not there, and whoever tries is told before the password is sent."""
    world = scene("alice")
    world.set_tls(TlsSettings(), True)
    session = attach(world, Peer(), "192.0.2.1")
    names = ask(session, "CAP LS 302")[0]
    assert "sasl" not in names
    assert "registration" not in names
    assert codes(ask(session, "CAP REQ sasl")) == ["CAP"]
    assert session.capabilities == {"cap-notify"}
    (line,) = ask(session, "AUTHENTICATE PLAIN")
    assert line.split()[1] == "904"
    assert "only over TLS" in line
    say(session, "NICK al", "USER al 0 * :al", "CAP END")
    heard(session)
    (line,) = ask(session, f"REGISTER * * {PASSWORD.replace(' ', '')}")
    assert "FAIL REGISTER SECURE_CONNECTION_REQUIRED" in line
    assert len(world.accounts) == 0 or world.accounts.find("al") is None


def test_the_capability_s_value() -> None:
    """sasl-3.2: the mechanisms, from CAP LS 302 on; without accounts it is not there."""
    world = scene()
    session = attach(world, Peer(), "192.0.2.1")
    assert " sasl " in ask(session, "CAP LS")[0] + " "
    offered = " ".join(ask(session, "CAP LS 302")).replace(":", " ")
    assert " sasl=PLAIN,SCRAM-SHA-256 " in offered
    assert " draft/account-registration=before-connect,custom-account-name " in offered
    assert "sasl" not in heard_of(a_world(), "CAP LS 302")


def heard_of(world: BareWorld, line: str) -> str:
    session = attach(world, Peer(), "192.0.2.1")
    say(session, line)
    return " ".join(heard(session))


# REGISTER


def test_registering_before_being_let_in() -> None:
    """draft/account-registration, "before-connect"; it is a login as well."""
    world = scene()
    session = newcomer(world)
    told = ask(session, f"REGISTER * * :{PASSWORD}")
    assert told == [":chatroom.local FAIL REGISTER NEED_NICK * :Choose a nickname first"]
    say(session, "NICK alice", "USER al 0 * :Al", f"REGISTER * * :{PASSWORD}")
    assert heard(session) == []  # nobody is told before it is on disk
    assert world.accounts.find("alice") is None
    keeper_of(session).deliver()
    told = heard(session)
    assert told[0].startswith(":chatroom.local REGISTER SUCCESS alice :")
    assert codes(told) == ["REGISTER", "900"]
    assert "001" in codes(ask(session, "CAP END"))
    assert session.user.nick == "alice" == session.user.account
    assert world.accounts.find("ALICE") is not None


FAILURES = [
    ("REGISTER bob * longenough", "ACCOUNT_EXISTS bob"),
    ("REGISTER * * short", "WEAK_PASSWORD al"),
    ("REGISTER * * aaaaaaaaaa", "WEAK_PASSWORD al"),
    ("REGISTER alalalalal * ALALALALAL", "WEAK_PASSWORD alalalalal"),
    (f"REGISTER * * {'x1' * 151}", "UNACCEPTABLE_PASSWORD al"),
    ("REGISTER a,b * longenough", "BAD_ACCOUNT_NAME a,b"),
    ("REGISTER NickServ * longenough", "BAD_ACCOUNT_NAME NickServ"),
    ("REGISTER b0b * longenough", "BAD_ACCOUNT_NAME b0b"),
    ("REGISTER carol * longenough", "BAD_ACCOUNT_NAME carol"),
    ("REGISTER car0l * longenough", "BAD_ACCOUNT_NAME car0l"),
    ("REGISTER Teacher * longenough", "BAD_ACCOUNT_NAME Teacher"),
    ("VERIFY bob 123", "INVALID_CODE bob"),
]


@pytest.mark.parametrize(("line", "failure"), FAILURES)
def test_what_cannot_be_registered(line: str, failure: str) -> None:
    """draft/account-registration, "Responses"; carol is here, bob has an account, and teacher is to
    own a room."""
    world = scene("bob")
    world.name_operators({}, {"general": ["teacher"]})
    arrive(world, "carol")
    session = arrive(world, "al")
    (told,) = ask(session, line)
    assert told.startswith(f":chatroom.local FAIL {line.split()[0]} {failure} :")
    assert "longenough" not in told


@pytest.mark.parametrize(
    ("verdict", "failure"),
    [
        (Answer(Verdict.TAKEN), "ACCOUNT_EXISTS"),
        (Answer(Verdict.UNFIT, text="so"), "UNACCEPTABLE_PASSWORD"),
        (Answer(Verdict.TOO_OFTEN), "TEMPORARILY_UNAVAILABLE"),
        (Answer(Verdict.FAILED), "TEMPORARILY_UNAVAILABLE"),
    ],
)
def test_what_the_keeper_refuses(verdict: Answer, failure: str) -> None:
    world = scene()
    session = arrive(world, "al")
    keeper_of(session).refusal = verdict
    (told,) = ask(session, f"REGISTER * * :{PASSWORD}")
    assert told.startswith(f":chatroom.local FAIL REGISTER {failure} al :")
    assert len(world.accounts) == 0


def test_what_the_config_allows() -> None:
    fixed = scene(custom_names=False, before_connect=False)
    session = newcomer(fixed)
    assert "draft/account-registration " in ask(session, "CAP LS 302")[0]
    say(session, "NICK al", "USER al 0 * :Al")
    for line in (f"REGISTER * * :{PASSWORD}", "VERIFY al 1"):
        (told,) = ask(session, line)
        assert "COMPLETE_CONNECTION_REQUIRED :" in told
    ask(session, "CAP END")
    (told,) = ask(session, f"REGISTER other * :{PASSWORD}")
    assert "ACCOUNT_NAME_MUST_BE_NICK other :" in told
    assert codes(ask(session, f"REGISTER AL * :{PASSWORD}")) == ["REGISTER", "900"]
    for line in ("REGISTER * * something", "VERIFY al 1"):
        (told,) = ask(session, line)
        assert "ALREADY_AUTHENTICATED AL :" in told
    closed = scene(registration=False)
    session = arrive(closed, "al")
    assert "registration" not in heard_of(closed, "CAP LS 302")
    (told,) = ask(session, f"REGISTER * * :{PASSWORD}")
    assert "TEMPORARILY_UNAVAILABLE * :" in told


def test_registering_early_is_no_way_around_the_server_s_password() -> None:
    """draft/account-registration, "Server considerations"."""
    world = scene()
    world.set_settings(replace(world.settings, password="sesame"))
    session = newcomer(world)
    offered = " ".join(ask(session, "CAP LS 302"))
    assert "draft/account-registration=custom-account-name " in offered
    say(session, "NICK al", "USER al 0 * :Al")
    (told,) = ask(session, f"REGISTER * * :{PASSWORD}")
    assert "COMPLETE_CONNECTION_REQUIRED :" in told


def test_whoever_leaves_meanwhile_has_an_account() -> None:
    """It is on disk, so the world knows it."""
    world = scene()
    session = arrive(world, "al")
    say(session, f"REGISTER * * :{PASSWORD}")
    hang_up(session)
    keeper_of(session).deliver()
    assert world.accounts.find("al") is not None


def test_accounts_may_be_required() -> None:
    """draft/account-registration: ISUPPORT, and FAIL where the welcome would be."""
    world = scene("alice", required=True)
    session = newcomer(world)
    say(session, "NICK al", "USER al 0 * :Al")
    (told,) = ask(session, "CAP END")
    assert told.startswith(":chatroom.local FAIL * ACCOUNT_REQUIRED :")
    log_in(session, "alice")
    told = " ".join(ask(session, "CAP END"))
    assert " 001 al " in told
    assert " draft/ACCOUNTREQUIRED " in told


# What others see


def test_who_logs_in_and_out_is_told_to_those_who_asked() -> None:
    """account-notify: in common rooms, each once, and to oneself; not to strangers."""
    world = scene("alice")
    alice = arrive(world, "al", NOTIFY | {"sasl"})
    carol, dave, plain_client = (
        arrive(world, nick, caps)
        for nick, caps in (("carol", NOTIFY), ("dave", NOTIFY), ("eve", frozenset()))
    )
    for person in (alice, carol, plain_client):
        say(person, "JOIN #a,#b")
    for person in (alice, carol, dave, plain_client):
        heard(person)
    assert log_in(alice, "alice")[1:] == [
        ":chatroom.local 900 al al!~al@192.0.2.1 alice :You are now logged in as alice",
        ":al!~al@192.0.2.1 ACCOUNT alice",
        ":chatroom.local 903 al :SASL authentication successful",
    ]
    assert heard(carol) == [":al!~al@192.0.2.1 ACCOUNT alice"]
    assert heard(dave) == heard(plain_client) == []
    apply(world, AccountRenamed("alice", "alicia", world.now))
    assert heard(carol) == [":al!~al@192.0.2.1 ACCOUNT alicia"]
    apply(world, AccountRemoved("alicia", world.now))
    assert heard(carol) == [":al!~al@192.0.2.1 ACCOUNT *"]
    assert codes(heard(alice))[-2:] == ["901", "ACCOUNT"]
    assert alice.user.account == ""


def test_the_tag_is_for_those_who_asked() -> None:
    """account-tag: with all that a user does, and not for who merely knows tags."""
    world = scene("alice")
    alice = come_in(world, "alice")
    asked = arrive(world, "carol", frozenset({"account-tag"}))
    tags = arrive(world, "dave", frozenset({"message-tags"}))
    for person in (alice, asked, tags):
        say(person, "JOIN #a")
        heard(person)
    heard(asked), heard(tags)
    say(alice, "PRIVMSG #a :hi", "PRIVMSG carol :hi", "PRIVMSG dave :hi", "PART #a")
    assert [line.split()[0] for line in heard(asked)] == ["@account=alice"] * 3
    assert not [line for line in heard(tags) if "account=" in line]
    say(asked, "PRIVMSG dave :hi")
    assert "account=" not in heard(tags)[0]


def test_extended_join() -> None:
    """extended-join: account, or *, and the real name."""
    world = scene("alice")
    alice = come_in(world, "alice")
    carol = arrive(world, "carol", frozenset({"extended-join"}))
    dave = arrive(world, "dave")
    say(dave, "JOIN #a")
    say(carol, "JOIN #a")
    assert heard(carol)[0] == ":carol!~carol@192.0.2.1 JOIN #a * :carol"
    heard(dave)
    say(alice, "JOIN #a")
    assert heard(carol) == [":alice!~user@192.0.2.1 JOIN #a alice :user"]
    assert heard(dave) == [":alice!~user@192.0.2.1 JOIN :#a"]


def test_whois_and_who_tell_the_account() -> None:
    """330; whox: the fields in the specification's order, 0 for no account."""
    world = scene("alice")
    alice = come_in(world, "alice", "al")
    bob = arrive(world, "bob")
    assert ":chatroom.local 330 bob al alice :is logged in as" in ask(bob, "WHOIS al")
    assert "330" not in codes(ask(alice, "WHOIS bob"))
    say(alice, "JOIN #a")
    say(bob, "JOIN #a")
    heard(bob)
    assert ask(bob, "WHO #a %rtnac,152")[:-1] == [
        ":chatroom.local 354 bob 152 #a al alice :user",
        ":chatroom.local 354 bob 152 #a bob 0 :bob",
    ]
    (line, _) = ask(bob, "WHO al %tcuihsnfdlaor,7")
    where = "192.0.2.1 192.0.2.1 chatroom.local"
    assert line == f":chatroom.local 354 bob 7 #a ~user {where} al H@ 0 0 alice n/a :user"
    assert codes(ask(bob, "WHO al")) == ["352", "315"]
    assert ask(bob, "WHO al %xyz") == [":chatroom.local 354 bob", ask(bob, "WHO al")[-1]]


# Nicknames


def test_a_registered_nickname_is_its_account_s() -> None:
    world = scene("alice")
    stranger = arrive(world, "bob")
    (told,) = ask(stranger, "NICK ALICE")
    assert told.split()[1] == "433"
    assert "belongs to an account" in told
    assert codes(ask(stranger, "NICK a1ice")) == ["432"]
    newcomer_ = attach(world, Peer(), "192.0.2.1")
    assert codes(ask(newcomer_, "NICK alice", "USER a 0 * :a")) == ["433"]
    assert "001" in codes(ask(newcomer_, "NICK alice_"))
    impatient = newcomer(world)
    assert codes(ask(impatient, "NICK alice", "USER a 0 * :a", "CAP END")) == ["433"]
    assert "001" in codes(ask(impatient, "NICK other"))
    owner = come_in(world, "alice")
    assert owner.user.nick == "alice"


def test_nobody_imitates_an_account() -> None:
    """UTS #39 section 4; its owner may."""
    world = scene("Bill")
    stranger = arrive(world, "bob")
    (told,) = ask(stranger, "NICK Bi11")
    assert told.split()[1] == "432"
    assert "looks like Bill, who has an account here" in told
    owner = come_in(world, "Bill", "x")
    assert codes(ask(owner, "NICK Bi11")) == ["NICK"]


def test_a_time_of_grace() -> None:
    """Others may use the nickname for a while; then they are renamed, unless they log in."""
    world = scene("alice", grace=30)
    squatters: list[tuple[int, str]] = []
    world.on_squatting = lambda user, nick: squatters.append((user, nick))
    stranger = arrive(world, "alice")
    assert stranger.user.nick == "alice"
    assert squatters == [(stranger.user.id, "alice")]
    time_is_up(world, *squatters[0])
    told = heard(stranger)
    assert codes(told) == ["NICK", "NOTICE"]
    assert stranger.user.nick == f"Guest{stranger.user.id}"
    ask(stranger, "NICK alice", "CAP REQ sasl")
    log_in(stranger, "alice")
    time_is_up(world, *squatters[-1])
    assert stranger.user.nick == "alice"


def test_the_owner_takes_the_nickname_back() -> None:
    world = scene("alice", grace=30)
    stranger = arrive(world, "alice")
    owner = come_in(world, "alice")
    assert owner.user.nick == "alice"
    assert stranger.user.nick.startswith("Guest")
    other = come_in(world, "alice", "x")
    ask(owner, "NICK y")
    ask(stranger, "NICK alice")
    ask(other, "NICK alice")
    assert other.user.nick == "alice"


def test_two_connections_of_an_account_are_one_user() -> None:
    """The second sees all rooms at once; each hears what the other says."""
    world = scene("alice")
    laptop = come_in(world, "alice")
    bob = arrive(world, "bob")
    for person in (laptop, bob):
        say(person, "JOIN #a")
    say(laptop, "TOPIC #a :tea", "JOIN #b")
    for person in (laptop, bob):
        heard(person)
    phone = newcomer(world, "extended-join")
    say(phone, "NICK alice", "USER phone 0 * :phone")
    log_in(phone, "alice")
    told = ask(phone, "CAP END")
    assert "001" in codes(told)
    inside = [line for line in told if line.split()[1] in ("JOIN", "332", "353")]
    assert inside == [
        ":alice!~user@192.0.2.1 JOIN #a alice :user",
        ":chatroom.local 332 alice #a :tea",
        ":chatroom.local 353 alice = #a :@alice bob",
        ":alice!~user@192.0.2.1 JOIN #b alice :user",
        ":chatroom.local 353 alice = #b :@alice",
    ]
    assert heard(bob) == heard(laptop) == []
    say(phone, "PRIVMSG #a :from the phone")
    assert heard(bob) == heard(laptop) == [":alice!~user@192.0.2.1 PRIVMSG #a :from the phone"]
    hang_up(laptop)
    assert heard(bob) == []
    hang_up(phone)
    assert codes(heard(bob)) == ["QUIT"]
    assert len(world.users) == 1


def test_a_nickname_of_one_s_own_that_is_in_use_is_shared() -> None:
    """Also by who is let in already: they leave what they were."""
    world = scene("alice")
    laptop = come_in(world, "alice")
    say(laptop, "JOIN #a")
    phone = come_in(world, "alice", "other")
    bob = arrive(world, "bob")
    say(phone, "JOIN #b")
    say(bob, "JOIN #b")
    heard(bob), heard(phone)
    told = ask(phone, "NICK alice")
    assert codes(told)[:3] == ["NICK", "PART", "JOIN"]
    assert heard(bob) == [":other!~user@192.0.2.1 QUIT :Is alice now"]
    assert phone.user is laptop.user


def test_a_connection_in_the_clear_does_not_share_a_user_in_a_room_of_mode_z() -> None:
    world = scene("alice")
    laptop = come_in(world, "alice")
    laptop.transport = Transport(secure=True)
    say(laptop, "JOIN #a", "MODE #a +z")
    phone = newcomer(world)
    say(phone, "NICK alice", "USER phone 0 * :phone")
    log_in(phone, "alice")
    assert ask(phone, "CAP END") == [
        ":chatroom.local 433 * alice :You use that nickname in a room that asks for TLS (mode z)"
    ]
    phone.transport = Transport(secure=True)
    assert "001" in codes(ask(phone, "NICK alice"))


def test_whoever_logs_in_as_another_gives_the_nickname_up() -> None:
    world = scene("alice", "bob")
    alice = come_in(world, "alice")
    assert codes(log_in(alice, "bob"))[1:] == ["900", "NICK", "NOTICE", "903"]
    assert alice.user.nick.startswith("Guest")


def test_nobody_keeps_a_name_that_has_become_an_imitation() -> None:
    """Not after a logout either, nor when somebody else gets such an account."""
    world = scene("alice")
    alice = come_in(world, "alice")
    ask(alice, "NICK AIice")
    assert alice.user.nick == "AIice"
    told = ask(alice, "PRIVMSG NickServ :LOGOUT")
    assert any("The nickname AIice looks like alice, who has an account" in one for one in told)
    guest = arrive(world, "b0b")
    apply(world, AccountAdded("bob"))
    enforce_name(world, "bob")
    assert [alice.user.nick[:5], guest.user.nick[:5]] == ["Guest", "Guest"]
    own = arrive(world, "guest")
    say(own, "NICK carol")
    apply(world, AccountAdded("carol"))
    enforce_name(world, "carol", besides=own.user)
    assert own.user.nick == "carol"


def test_an_imitator_has_the_same_grace() -> None:
    world = scene(grace=30)
    squatters: list[tuple[int, str]] = []
    world.on_squatting = lambda user, nick: squatters.append((user, nick))
    guest = arrive(world, "b0b")
    apply(world, AccountAdded("bob"))
    enforce_name(world, "bob")
    assert squatters == [(guest.user.id, "b0b")]
    time_is_up(world, guest.user.id, "b0b")
    assert guest.user.nick.startswith("Guest")


def test_another_account_is_not_that_of_ones_other_connections() -> None:
    """Whoever is there has not shown its password: they may be somebody who guessed the first."""
    world = scene("alice", "bob")
    here, there = come_in(world, "alice"), come_in(world, "alice")
    assert here.user is there.user
    ended: list[object] = []
    world.on_expelled = lambda session, _why: ended.append(session)
    assert SUCCESS in codes(log_in(here, "alice"))
    assert ended == []
    ask(here, f"PRIVMSG NickServ :IDENTIFY bob {WORD}")
    assert ended == []
    keeper_of(here).keys["bob"] = derive(WORD.encode(), b"salt", 1)
    ask(here, f"PRIVMSG NickServ :IDENTIFY bob {WORD}")
    assert ended == [there]


def test_an_account_has_so_many_connections() -> None:
    """Under whatever nicknames; whoever is logged in already can do so again."""
    world = scene("alice", "bob")
    world.set_limits(Limits(connections_per_account=2))
    first = come_in(world, "alice")
    come_in(world, "alice", "al")
    third = newcomer(world)
    assert "2 connections use this account already" in log_in(third, "alice")[-1]
    assert SUCCESS in codes(log_in(first, "alice"))
    assert SUCCESS in codes(log_in(third, "bob"))
    hang_up(first)
    assert SUCCESS in codes(log_in(third, "alice"))


WORD = "correct-horse"
