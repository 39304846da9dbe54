"""What happens between a REGISTER and the keeper's answer, which takes a fifth of a second."""

from chat.people import arrive, hang_up, heard, say
from chat.test_accounts import PASSWORD, codes, keeper_of, log_in, scene


def test_one_registration_at_a_time() -> None:
    """Otherwise one person would have two accounts, and be logged in to whichever comes last."""
    alice = arrive(scene(), "alice")
    say(alice, f"REGISTER one * :{PASSWORD}", f"REGISTER two * :{PASSWORD}")
    (refused,) = heard(alice)
    assert " FAIL REGISTER TEMPORARILY_UNAVAILABLE * :" in refused
    keeper_of(alice).deliver()
    assert codes(heard(alice)) == ["REGISTER", "900"]
    assert alice.user.account == "one"


def test_a_failed_registration_can_be_tried_again() -> None:
    alice = arrive(scene(), "alice")
    for name in ("one", "one"):
        keeper_of(alice).keys["one"] = None  # type: ignore[assignment]
        say(alice, f"REGISTER {name} * :{PASSWORD}")
        keeper_of(alice).deliver()
        assert "ACCOUNT_EXISTS" in heard(alice)[0]


def test_whoever_takes_the_nickname_meanwhile_loses_it() -> None:
    world = scene()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    say(alice, f"REGISTER other * :{PASSWORD}")
    say(bob, "NICK other")
    keeper_of(alice).deliver()
    assert bob.user.nick.startswith("Guest")
    say(alice, "NICK other")
    assert alice.user.nick == "other"


def test_whoever_leaves_meanwhile_leaves_the_nickname_to_nobody() -> None:
    """The one who registered has gone, and can log in from elsewhere."""
    world = scene()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    say(alice, f"REGISTER * * :{PASSWORD}")
    hang_up(alice)
    say(bob, "NICK alice")
    keeper_of(alice).deliver()
    assert bob.user.nick.startswith("Guest")
    say(bob, "CAP REQ sasl")
    assert codes(log_in(bob, "alice"))[-1] == "903"


def test_whoever_changes_the_nickname_meanwhile_has_the_account() -> None:
    world = scene()
    alice = arrive(world, "alice")
    say(alice, f"REGISTER * * :{PASSWORD}", "NICK al")
    keeper_of(alice).deliver()
    assert alice.user.account == "alice"
    assert alice.user.nick == "al"
