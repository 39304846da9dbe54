"""What somebody is called who did not say."""

import pytest

from chatroom.client.connection.nicknames import user_name


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
