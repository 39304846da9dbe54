"""Upgrades while people talk: nobody is disconnected, and everybody gets each message once."""

from pathlib import Path

from harness import Server


def test_people_go_on(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        ann, bob = server.join("ann", "#den"), server.join("bob", "#den", caps="server-time")
        person = server.person("cat", "den")
        ann.sock.sendall(b"PRIVMSG #den :half a ")
        ann.sock.send(b"")
        server.upgrade()
        ann.sock.sendall(b"line\r\n")
        assert bob.wait("PRIVMSG").params[-1] == "half a line"
        for number in range(3):
            ann.send(f"PRIVMSG #den :before {number}")
            server.upgrade()
            ann.send(f"PRIVMSG #den :after {number}")
            assert bob.wait("PRIVMSG").params[-1] == f"before {number}"
            assert bob.wait("PRIVMSG").params[-1] == f"after {number}"
        person.send("hello all")
        assert ann.wait("PRIVMSG").params[-1] == "hello all"
        person.read_until("after 2")
        server.end_well()
