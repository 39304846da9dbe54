"""Real servers one after the other on the same data, each killed: who is always on is there again,
and what they have read, and their metadata, are known."""

import signal
from pathlib import Path

from end_to_end.test_irc_accounts import CONFIG, log_in, negotiating, registered
from harness import Server

TIME = "timestamp=2023-11-14T22:13:20.000Z"
PHONE = "sasl draft/read-marker batch draft/metadata-3"


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    with Server(tmp_path, config=CONFIG) as server:
        alice, bob = registered(server, "alice"), registered(server, "bob")
        alice.send("PRIVMSG NickServ :SET ALWAYS-ON ON").read_until("Always-on is on: you stay")
        alice.ask("JOIN #den", "TOPIC #den :ours", "MODE #den +k key")
        bob.ask("JOIN #den key")
        phone = negotiating(server, "alice", PHONE)
        assert log_in(phone, "alice") == "903"
        phone.send("METADATA * SUB url", "CAP END").wait("MARKREAD", "#den", "*")
        alice.send("METADATA #den SET url :of the room", "METADATA * SET url mine")
        phone.wait("761", "alice", "#den", "url", "*", "of the room")
        phone.wait("761", "alice", "alice", "url", "*", "mine")
        alice.send(f"MARKREAD #den {TIME}", "QUIT").read_until("ERROR")
        phone.wait("MARKREAD", "#den", TIME)  # also from a client that leaves at once
        phone.send("QUIT").read_until("ERROR")
        assert bob.ask("PRIVMSG alice :psst")[0].command == "301"
        assert not [line for line in bob.seen if "QUIT" in line]
        server.stop(signal.SIGKILL)
    with Server(tmp_path, config=CONFIG) as server:
        bob = negotiating(server, "bob")
        assert log_in(bob, "bob") == "903"
        bob.send("CAP END").wait("422")
        assert [m.command for m in bob.ask("JOIN #den")] == ["475"]
        told = [m.params[2] for m in bob.ask("WHOIS alice") if m.command == "301"]
        assert told == ["not connected"]
        alice = negotiating(server, "alice", PHONE)
        assert log_in(alice, "alice") == "903"
        alice.send("METADATA * SUB url", "CAP END")
        alice.wait("761", "alice", "alice", "url", "*", "mine")
        alice.wait("422")
        alice.wait("JOIN", "#den")
        alice.wait("MARKREAD", "#den", TIME)
        alice.wait("332", "alice", "#den", "ours")
        alice.wait("761", "alice", "#den", "url", "*", "of the room")
        alice.read_until("<bob> psst")
        server.end_well()
