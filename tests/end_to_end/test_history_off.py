"""history.enabled = false: nothing is kept, and nothing is offered that would need it."""

from pathlib import Path

from harness import Server

CONFIG = "[limits]\nflood_rate = 0\n[history]\nenabled = false\n"
NEED_HISTORY = ("draft/chathistory", "draft/message-redaction", "soju.im/search")


def test_nothing_is_offered(tmp_path: Path) -> None:
    """A capability in CAP LS, or a token in 005, is a promise."""
    with Server(tmp_path, config=CONFIG) as server:
        client = server.join("alice", "#room", caps="message-tags batch")
        offered = " ".join(line for line in client.seen if " CAP * LS " in line)
        assert "batch" in offered
        assert not any(capability in offered for capability in NEED_HISTORY)
        assert not any("CHATHISTORY" in line or "MSGREFTYPES" in line for line in client.seen)
        (nak,) = client.ask("CAP REQ :draft/chathistory")
        assert nak.params[1] == "NAK"
        server.end_well()


ROOMS = "[rooms]\npermanent = ['general', 'den']\noperators = { general = ['alice!*@*'] }\n"


def test_being_first_makes_nobody_operator_of_a_permanent_room(tmp_path: Path) -> None:
    """Though nothing remembers that it had visitors."""
    for _ in range(2):
        with Server(tmp_path, config=CONFIG + ROOMS) as server:
            bob = server.join("bob", "#general", "#den")
            assert bob.replies("NAMES #general")[0][3] == "bob"
            assert bob.replies("NAMES #den")[0][3] == "bob"
            server.end_well()


def test_nothing_is_kept(tmp_path: Path) -> None:
    """Talk goes on as ever, the next to come sees nothing of it, and no file is made."""
    with Server(tmp_path, config=CONFIG) as server:
        person = server.person("nell").send("/help")
        listed = "\n".join(person.read_until("^exit +leave the chat"))
        assert "/nick NICK" in listed
        assert "/login" not in listed  # accounts need the history
        alice, bob = server.join("alice", "#room"), server.join("bob", "#room", caps="message-tags")
        alice.ask("PRIVMSG #room :hello", "PRIVMSG bob :psst")
        msgids = {bob.wait("PRIVMSG").tags["msgid"] for _ in range(2)}
        assert len(msgids) == 2  # people can reply and react all the same
        carol = server.join("carol", "#room")
        assert "PRIVMSG" not in [message.command for message in carol.ask()]
        with server.person("dan", "room") as dan:  # no advice to log in, where nobody can
            lines = ("/register", "/login", "/password", "/logout")
            assert dan.hear(*lines) == ["There are no accounts on this server."] * 4
        assert not list(tmp_path.glob("data/*.db"))
