"""While the disk takes nothing, accounts and rooms change clearly or not at all: nothing half
done."""

import signal
from pathlib import Path

from end_to_end.test_full_disk import BEGINS, ENDS, limited
from end_to_end.test_irc_accounts import CONFIG, PASSWORD, log_in, negotiating, registered
from harness import Client, Server

NEW = "correct-horse-9"


def told(client: Client, line: str, service: str) -> str:
    """The next that a service says after this line."""
    client.send(line)
    return client.read_until(f"^:{service}!")[-1].partition(" :")[2]


def verdict(server: Server, account: str, password: str) -> str:
    with negotiating(server, f"{account}2") as client:
        return log_in(client, account, password)


def test_accounts_and_rooms_on_a_full_disk(tmp_path: Path) -> None:
    """An account and a password are stored before anybody is told so. A room is registered at once;
    as with all that happens in rooms, people are told that it is not stored yet."""
    with Server(tmp_path, config=CONFIG) as server:
        alice = registered(server, "alice")
        alice.send("JOIN #den").wait("366")
        bob = negotiating(server, "bob")
        with limited(server):
            bob.send(f"REGISTER * * :{PASSWORD}")
            assert bob.wait("FAIL", "REGISTER").params[1:] == (
                "TEMPORARILY_UNAVAILABLE",
                "bob",
                "Accounts cannot be stored right now",
            )
            answer = told(alice, f"PRIVMSG NickServ :SET PASSWORD {NEW}", "NickServ")
            assert answer == "Your password was not changed: accounts cannot be used right now."
            assert verdict(server, "alice", NEW) == "904"
            assert verdict(server, "alice", PASSWORD) == "903"
            assert verdict(server, "bob", PASSWORD) == "904"
            answer = told(alice, "PRIVMSG ChanServ :REGISTER #den", "ChanServ")
            assert answer.startswith("den belongs to your account now.")
            alice.read_until(BEGINS)
        alice.read_until(ENDS)
        bob.send(f"REGISTER * * :{PASSWORD}").wait("REGISTER", "SUCCESS", "bob")
        answer = told(alice, f"PRIVMSG NickServ :SET PASSWORD {NEW}", "NickServ")
        assert "cannot" not in answer
        assert not [line for line in server.log if "Traceback" in line]
        server.stop(signal.SIGKILL)  # what is on disk now is what there is
    with Server(tmp_path, config=CONFIG) as server:
        assert verdict(server, "alice", PASSWORD) == "904"
        assert verdict(server, "alice", NEW) == "903"
        assert verdict(server, "bob", PASSWORD) == "903"
        carol = server.join("carol")
        answer = told(carol, "PRIVMSG ChanServ :INFO #den", "ChanServ")
        assert answer.startswith("den belongs to alice, since ")
        server.end_well()
