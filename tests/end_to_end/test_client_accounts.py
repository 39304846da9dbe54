"""An account in the terminal client, at a real terminal: nobody sees a password, and the server
knows its owner again."""

from pathlib import Path

from end_to_end.terminal import Terminal
from harness import Server

PASSWORD, OTHER = "tr0ub4dor ünd 3", "even longer"
CONFIG = "[limits]\nflood_rate = 0\n[accounts]\nrounds = 1000\n[log]\nverbose = true\n"
AGAIN = "Repeat it: "


def started(directory: Path) -> Server:
    """The server, at the same place each time."""
    path = directory / "socket"
    return Server(directory / "server", "--listen", f"unix:{path}", config=CONFIG, listen=False)


def test_a_nickname_that_is_ours(tmp_path: Path) -> None:
    """Registered, then asked for at the next start; another password; after a restart of the server
    the client logs in by itself, and owns its room."""
    home = tmp_path / "home"
    here = [f"unix:{tmp_path / 'socket'}", "--room", "general", "--nick", "anna"]
    server = started(tmp_path)
    with Terminal(*here, state=home) as anna:
        anna.see("Welcome to room general!").say("/register")
        anna.see("A new password, 8 characters or more: ")
        anna.say(PASSWORD).see(AGAIN).say(PASSWORD)
        anna.see("The account anna is yours", "You are logged in as anna")
        anna.say("/password").see("A new password").say(OTHER).see(AGAIN).say(OTHER)
        anna.see("Your password was changed").say("/quit").status()
        seen = anna.glass.everything()
        assert PASSWORD not in seen
        assert OTHER not in seen
    with Terminal(*here, state=home) as anna:
        anna.see("The nickname anna belongs to an account", "The password of anna")
        anna.say(PASSWORD).see("the account or the password is wrong", "The password of anna")
        anna.say(OTHER)
        anna.see("Welcome to room general!").say("/whois anna").see("is logged in as anna")
        anna.say("/join den").see("Welcome to room den!").say("/register-room")
        anna.see("den belongs to your account now").say("/mode +m").see("set .m in den")
        server.end_well()
        anna.see("Reconnecting")
        server = started(tmp_path)
        anna.say("/reconnect").see("The connection is back", "made anna an owner of den")
        anna.say("/mode").see("Modes of den: .mnt").say("/drop-room")
        anna.see("den belongs to nobody any more").say("/whois anna")
        anna.see("is logged in as anna").say("/logout")
        anna.see("You are logged out", "You are now called Guest")
        anna.say("/login anna").see("The password of anna: ").say(OTHER)
        anna.see("You are logged in as anna").say("/quit").status()
    server.end_well()
    assert not [line for line in server.log if PASSWORD in line or OTHER in line]
    for kept in (home / "chatroom").iterdir():
        assert PASSWORD not in kept.read_text()
        assert OTHER not in kept.read_text()
