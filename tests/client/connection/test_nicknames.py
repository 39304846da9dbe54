"""What somebody is called who did not say, or whose nickname is taken."""

from itertools import islice

import pytest

from chatroom.client.connection.nicknames import alternatives, stand_ins, user_name


@pytest.mark.parametrize(
    ("login", "nick"),
    [
        ("alice", "alice"),
        ("0alice", "alice"),
        ("élise", "lise"),
        ("", "guest"),
        ("root", "guest"),
        ("Admin", "guest"),
    ],
)
def test_the_user_name(monkeypatch: pytest.MonkeyPatch, login: str, nick: str) -> None:
    """A nickname that every server takes: ours takes no root."""
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, login)
    if not login:
        monkeypatch.setattr("getpass.getuser", lambda: "")
    assert user_name() == nick


def test_an_account_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in many containers."""

    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", unknown)
    assert user_name() == "guest"


def test_other_nicknames_are_no_longer_than_servers_take() -> None:
    """A server that takes nine characters would cut the number off, and so refuse each again."""
    found = list(alternatives("alexandra"))
    assert found[:3] == ["alexandra", "alexandr1", "alexandr2"]
    assert found[10] == "alexandr"[:7] + "10"
    assert len(set(found)) == len(found)
    assert list(islice(alternatives("al"), 2)) == ["al", "al1"]


def test_nicknames_on_coming_back_look_like_the_old_one() -> None:
    """With a line below; short ones where a server takes no more characters."""
    found = list(stand_ins("alexandra"))
    assert found[:3] == ["alexandra_", "alexandra__", "alexand1"]
    assert all(len(each) <= 9 for each in found[2:])
