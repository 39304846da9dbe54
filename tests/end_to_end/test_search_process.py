"""The process that searches, beside a whole server."""

import os
import select
import signal
from pathlib import Path

from harness import PATIENCE, Client, Server

CAPS = "batch message-tags soju.im/search"


def children(pid: int) -> list[int]:
    """The processes that this one has started, and not waited for yet."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def find(client: Client, word: str) -> list[str]:
    """The texts that a search finds."""
    lines = client.send(f"SEARCH text={word}").read_until(" BATCH -| FAIL SEARCH ")
    return [line.split(" :", 2)[2] for line in lines if " PRIVMSG " in line]


def searching(server: Server) -> tuple[Client, int]:
    """A client whose search is under way, and will not end; and the process's number."""
    client = server.join("alice", "#den", caps=CAPS)
    client.ask("PRIVMSG #den :tea")
    assert find(client, "tea") == ["tea"]
    (pid,) = children(server.process.pid)
    os.kill(pid, signal.SIGSTOP)
    client.ask("SEARCH text=tea")
    return client, pid


def test_a_stop_waits_for_no_search(tmp_path: Path) -> None:
    """The process has ended when the server has."""
    with Server(tmp_path) as server:
        client, pid = searching(server)
        handle = os.pidfd_open(pid)
        server.end_well()
        assert select.select([handle], [], [], 0)[0] == [handle]
        os.close(handle)
        client.end()


def test_it_ends_with_a_server_that_is_killed(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        client, pid = searching(server)
        handle = os.pidfd_open(pid)
        os.kill(pid, signal.SIGCONT)
        assert server.stop(signal.SIGKILL) == -signal.SIGKILL
        assert select.select([handle], [], [], PATIENCE)[0] == [handle]
        os.close(handle)
        client.close()


def test_one_that_somebody_kills(tmp_path: Path) -> None:
    """The next search has another one; and there is none before the first."""
    with Server(tmp_path) as server:
        with server.join("alice", "#den", caps=CAPS) as client:
            assert children(server.process.pid) == []
            client.ask("PRIVMSG #den :tea")
            assert find(client, "tea") == ["tea"]
            (pid,) = children(server.process.pid)
            handle = os.pidfd_open(pid)
            os.kill(pid, signal.SIGKILL)
            assert select.select([handle], [], [], PATIENCE)[0] == [handle]
            client.ask()
            assert find(client, "tea") == ["tea"]
            assert children(server.process.pid) != [pid]
        server.end_well()


def test_a_query_that_would_cost_too_much(tmp_path: Path) -> None:
    """At both doors; a sentence that somebody pastes is searched."""
    phrases = '"x y z x y z" ' * 9
    with Server(tmp_path) as server:
        with server.join("alice", "#den", caps=CAPS) as client:
            value = phrases.strip().replace(" ", "\\s")
            (reply,) = client.ask(f"SEARCH text={value}")
            assert reply.params[:-1] == ("SEARCH", "INVALID_PARAMS", "text")
            assert reply.params[-1] == "Invalid parameters: a search has at most 20 words"
            assert children(server.process.pid) == []
        with server.person("bob", "den") as bob:
            why = "This cannot be searched: a search has at most 20 words."
            assert bob.hear(f"/search {phrases}") == [why]
            sentence = "I don't think that we've seen the well-known e-mail address of hers"
            assert bob.hear(f"/search {sentence}") == ["Nothing was found."]
        server.end_well()
