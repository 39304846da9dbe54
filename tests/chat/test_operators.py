"""Operators of the server: by account, by password, and what others see of it."""

import pytest

from chat.memory_keeper import MemoryKeeper
from chat.people import BareWorld, a_world, arrive, heard, say, world_of
from chatroom.chat.accounts_port import Answer, Answered, Verdict
from chatroom.chat.ports import LOCAL
from chatroom.chat.server_operators import review
from chatroom.chat.session import Session
from chatroom.chat.settings import OperatorSettings
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, AccountRenamed, LoggedIn
from chatroom.wire.sasl import prepared
from chatroom.wire.scram import derive

PASSWORD = "sesame-street"
OPERATOR, REFUSED, UNFIT_PLACE = "381", "464", "491"


class Passwords:
    """A keeper of operators' passwords whose answers wait."""

    def __init__(self) -> None:
        self.answers: list[tuple[Answered, Answer]] = []
        self.next = Answer(Verdict.WRONG, 2.0)

    def verify(self, name: str, password: str, _host: str, answered: Answered) -> None:
        right = (name.lower(), password) == ("root", PASSWORD)
        self.answers.append((answered, Answer(Verdict.DONE) if right else self.next))

    def deliver(self) -> None:
        for answered, answer in self.answers:
            answered(answer)
        self.answers.clear()


def scene(**settings: object) -> BareWorld:
    world = a_world()
    keeper = MemoryKeeper()
    keeper.keys["alice"] = derive(prepared(PASSWORD), b"salt", 1)
    world.keeper = keeper
    apply(world, AccountAdded("alice"))
    world.operator_keeper = Passwords()
    known = {"accounts": ("Alice",), "passwords": {"root": "a hash"}, **settings}
    world.set_operator_settings(OperatorSettings(**known))  # type: ignore[arg-type]
    return world


def safe(world: BareWorld, nick: str) -> Session:
    """Somebody on this machine."""
    session = arrive(world, nick)
    session.transport = LOCAL
    return session


def ask(session: Session, *lines: str) -> list[str]:
    say(session, *lines)
    world = world_of(session)
    for keeper in (world.keeper, world.operator_keeper):
        assert isinstance(keeper, MemoryKeeper | Passwords)
        keeper.deliver()
    return heard(session)


def codes(lines: list[str]) -> list[str]:
    return [line.split()[1] for line in lines]


def identify(world: BareWorld, nick: str = "alice") -> Session:
    session = safe(world, nick if nick != "alice" else "al")
    ask(session, f"PRIVMSG NickServ :IDENTIFY alice {PASSWORD}")
    return session


def test_an_account_makes_an_operator() -> None:
    """As soon as its owner is logged in, whatever its case; and no longer."""
    world = scene()
    alice = safe(world, "al")
    said = ask(alice, f"PRIVMSG NickServ :IDENTIFY alice {PASSWORD}")
    assert [line for line in said if " MODE " in line] == [":al!~al@192.0.2.1 MODE al +o"]
    assert OPERATOR in codes(said)
    assert ask(alice, "MODE al") == [":chatroom.local 221 al +o"]
    said = ask(alice, "PRIVMSG NickServ :LOGOUT")
    assert ":al!~al@192.0.2.1 MODE al -o" in said
    assert alice.user.operator is None
    assert not world.operators


def test_others_see_it() -> None:
    world = scene()
    bob = arrive(world, "bob")
    identify(world)
    assert ":chatroom.local 313 bob al :is an operator of this server" in ask(bob, "WHOIS al")
    assert ask(bob, "WHO al")[0].endswith(" al H* :0 al")
    assert ask(bob, "WHO al %nf")[0].endswith(" 354 bob al :H*")
    assert ask(bob, "USERHOST al") == [":chatroom.local 302 bob :al*=+~al@192.0.2.1"]
    assert ":chatroom.local 252 bob 1 :operator(s) online" in ask(bob, "LUSERS")


def test_a_renamed_account_makes_none() -> None:
    world = scene()
    alice = identify(world)
    apply(world, AccountRenamed("alice", "alicia", world.now))
    assert alice.user.operator is None


def test_nobody_registers_an_account_that_would_be_an_operator() -> None:
    """Otherwise the first to come would run the server."""
    world = scene(accounts=("boss",))
    eve = safe(world, "eve")
    (line,) = ask(eve, f"REGISTER Boss * {PASSWORD}")
    assert "BAD_ACCOUNT_NAME" in line
    assert "account add" in line


def test_a_password() -> None:
    """OPER, with the name in whatever case."""
    bob = safe(scene(), "bob")
    assert codes(ask(bob, f"OPER ROOT {PASSWORD}")) == ["MODE", OPERATOR]
    assert bob.user.operator is not None
    assert (bob.user.operator.name, bob.user.operator.by_account) == ("root", False)


@pytest.mark.parametrize("line", ["OPER root wrong", "OPER nobody wrong", f"OPER alice {PASSWORD}"])
def test_a_wrong_password(line: str) -> None:
    """Whether there is such a name is not said, and the next try has to wait."""
    bob = safe(scene(), "bob")
    text = ":chatroom.local 464 bob :The name or the password is wrong"
    assert ask(bob, line) == [text]
    assert bob.allowance < 0


@pytest.mark.parametrize(
    ("line", "code"), [("OPER", "461"), ("OPER root", "461"), ("OPER alice", "461")]
)
def test_oper_without_a_password(line: str, code: str) -> None:
    assert codes(ask(safe(scene(), "bob"), line)) == [code]


def test_too_many_tries() -> None:
    world = scene()
    bob = safe(world, "bob")
    assert isinstance(world.operator_keeper, Passwords)
    world.operator_keeper.next = Answer(Verdict.TOO_OFTEN, 9.0)
    (line,) = ask(bob, "OPER root guess")
    assert line.endswith("too many wrong passwords; try again in 9 seconds")


def test_no_password_in_the_clear() -> None:
    world = scene()
    bob = arrive(world, "bob")
    (line,) = ask(bob, f"OPER root {PASSWORD}")
    assert line.startswith(":chatroom.local 491 bob :Passwords are accepted here only over TLS")


def test_no_passwords_at_all() -> None:
    bob = safe(scene(passwords={}), "bob")
    assert codes(ask(bob, f"OPER root {PASSWORD}")) == [UNFIT_PLACE]


def test_giving_it_up_and_taking_it_back() -> None:
    """Nobody can give it to themselves."""
    world = scene()
    alice = identify(world)
    assert ask(alice, "MODE al -o") == [":al!~al@192.0.2.1 MODE al -o"]
    assert ask(alice, "MODE al +o") == []
    assert alice.user.operator is None
    assert codes(ask(alice, "OPER")) == ["MODE", OPERATOR]


def test_only_the_privilege_shows_secret_rooms() -> None:
    world = scene(classes={"helper": ()}, class_of={"ROOT": "helper"}, passwords={"root": "a hash"})
    bob, owner = safe(world, "bob"), safe(world, "owner")
    say(owner, "JOIN #den", "MODE #den +s", "MODE owner +i")
    ask(bob, f"OPER root {PASSWORD}")
    assert codes(ask(bob, "LIST")) == ["321", "323"]
    alice = identify(world)
    assert codes(ask(alice, "LIST")) == ["321", "322", "323"]
    assert ":chatroom.local 353 al @ #den :@owner" in ask(alice, "NAMES #den")
    assert any(" owner H@ " in line for line in ask(alice, "WHO #den"))
    assert any(" 319 " in line for line in ask(alice, "WHOIS owner"))


def test_a_new_configuration() -> None:
    """Those whom it does not name are operators no more; those whom it names now are."""
    world = scene()
    alice, root, bob = identify(world), safe(world, "root1"), safe(world, "bob")
    ask(root, f"OPER root {PASSWORD}")
    apply(world, AccountAdded("bob"))
    apply(world, LoggedIn(bob.user.id, "bob", world.now))
    classes = {"helper": ("see",)}
    world.set_operator_settings(
        OperatorSettings(("bob",), {"root": "a hash"}, {"root": "helper"}, classes)
    )
    for one in (alice, root, bob):
        heard(one)
    review(world)
    assert heard(alice) == [":al!~al@192.0.2.1 MODE al -o"]
    assert heard(bob) == [":bob!~bob@192.0.2.1 MODE bob +o"]
    assert heard(root) == []  # still one, of another class
    assert root.user.operator is not None
    assert root.user.operator.kind == "helper"
