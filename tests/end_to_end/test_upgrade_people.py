"""Upgrades while people talk: nobody is disconnected, and everybody gets each message once."""

import signal
import socket
from pathlib import Path

import upgrade
from chatroom.net.tls_context import client_context
from end_to_end import inside
from end_to_end.test_upgrade import is_alive
from harness import FLOOD_OFF, PATIENCE, Client, Server, wait_until
from tls_ends import SERVER as CERTIFICATE

CONFIG = f"{FLOOD_OFF}[tls]\ncertificate = {CERTIFICATE!r}\n"


def over_tls(server: Server, nick: str, room: str) -> Client:
    """An IRC client in a room."""
    sock = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
    client = Client(client_context(verify=False).wrap_socket(sock)).register(nick)
    client.send(f"JOIN {room}").wait("366")
    return client


def test_a_short_proof() -> None:
    """Of all doors, in the clear and in TLS; see the script."""
    words = ["--people", "12", "--upgrades", "3", "--between", "0.1"]
    status, out, errors = inside.run(upgrade.main, *words)
    assert status == 0, out + errors
    assert "0 missing, 0 doubled, 0 disordered, 0 disconnected" in out


def test_tls_connections_of_each_process(tmp_path: Path) -> None:
    """A process that has accepted some lives as long as they do, and passes on what they say
    through all later upgrades; then it ends. In the end everybody is told goodbye."""
    with Server(tmp_path, config=CONFIG) as server:
        people, processes = [over_tls(server, "n0", "#den")], [server.process.pid]
        for number in (1, 2):
            processes.append(server.upgrade())
            people.append(over_tls(server, f"n{number}", "#den"))
        with server.join("clear", "#den") as clear:
            for number, person in enumerate(people):
                person.ask(f"PRIVMSG #den :from {number}")
                assert clear.wait("PRIVMSG").params[-1] == f"from {number}"
            clear.ask("PRIVMSG #den :from clear")
            for number, person in enumerate(people):
                others = [f"from {each}" for each in range(3) if each > number]
                for text in (*others, "from clear"):
                    assert person.wait("PRIVMSG").params[-1] == text
            assert all(map(is_alive, processes))
            people[1].send("QUIT :bye").end()
            people[1].close()
            assert clear.wait("QUIT").source.startswith("n1!")
            wait_until(lambda: not is_alive(processes[1]))
            people[2].close()
            assert clear.wait("QUIT").source.startswith("n2!")
            server.send_signal(signal.SIGINT)
            assert people[0].end()[-1].startswith("ERROR :Closing link")
            people[0].close()
        server.end_well()
        assert not any(map(is_alive, processes))


def test_half_a_line_and_a_burst(tmp_path: Path) -> None:
    """What is half read, and what comes in the pause."""
    with Server(tmp_path) as server:
        ann, bob = server.join("ann", "#den"), server.join("bob", "#den")
        ann.sock.sendall(b"PRIVMSG #den :half a ")
        server.upgrade()
        ann.sock.sendall(b"line\r\n")
        assert bob.wait("PRIVMSG").params[-1] == "half a line"
        lines = len(server.log)
        server.send_signal(signal.SIGUSR2)
        said = 0
        while not any("serves now" in line for line in server.log[lines:]):
            said += 1
            ann.ask(f"PRIVMSG #den :number {said}")
        heard = [bob.wait("PRIVMSG").params[-1] for _ in range(said)]
        assert heard == [f"number {each + 1}" for each in range(said)]
        for client in (ann, bob):
            client.close()
        server.end_well()
