"""Each row of chat/limits.py has an effect.

`per_address`, from which this machine is exempt, is tested in tests/server/test_server.py.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path

import pytest

from chatroom.chat.limits import Limits
from chatroom.net import local_socket
from chatroom.server.control import ask as control
from chatroom.server.control.control_socket import MOST
from harness import PATIENCE, Client, Server

MEGABYTE = 1 << 20


def serving(directory: Path, *arguments: str, **limits: int) -> Server:
    """A server with these limits, and without flood control where they do not name it."""
    rows = {"flood_rate": 0, "goodbye": 0, **limits}
    config = "[limits]\n" + "".join(f"{name} = {value}\n" for name, value in rows.items())
    return Server(directory, *arguments, config=config)


# What one may say, and how many there may be

SMALL = {
    "nickname": 5,
    "username": 6,
    "realname": 7,
    "room_name": 8,
    "topic": 9,
    "key": 4,
    "reason": 10,
    "away": 11,
    "rooms_per_user": 2,
    "list_entries": 2,
    "mode_changes": 3,
    "targets": 2,
    "rooms_at_once": 2,
    "whowas": 1,
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("small"), **SMALL) as server:
        yield server
        server.end_well()


@pytest.fixture
def ann(small: Server) -> Iterator[Client]:
    with small.join("ann", "#a") as client:
        yield client
        client.send("QUIT").end()


Answers = list[tuple[str, ...]]


def ask(client: Client, *lines: str) -> Answers:
    return [(m.command, *m.params) for m in client.ask(*lines)]


def has(answers: Answers, *words: str) -> bool:
    return any(answer[: len(words)] == words for answer in answers)


def nickname(small: Server, ann: Client) -> None:
    assert has(ask(ann, "NICK sixsix"), "432")
    assert has(ask(ann, "NICK fives", "NICK ann"), "NICK", "fives")


def username(small: Server, ann: Client) -> None:
    with small.connect() as client:
        client.send("NICK u", "USER longername 0 * :r").wait("422")
        assert client.ask("JOIN #u")[0].source == "u!~longe@127.0.0.1"


def realname(small: Server, ann: Client) -> None:
    whois = ask(ann, "WHOIS ann")
    assert has(whois, "311", "ann", "ann", "~ann", "127.0.0.1", "*", "ann's r")


def room_name(small: Server, ann: Client) -> None:
    assert has(ask(ann, "JOIN #seven77"), "JOIN", "#seven77")
    assert has(ask(ann, "PART #seven77", "JOIN #seven777"), "476", "ann", "#seven777")


def topic(small: Server, ann: Client) -> None:
    assert ask(ann, "TOPIC #a :nine nine nine") == [("TOPIC", "#a", "nine nine")]


def key(small: Server, ann: Client) -> None:
    assert has(ask(ann, "MODE #a +k four"), "MODE", "#a", "+k", "four")
    assert not has(ask(ann, "MODE #a -k four", "MODE #a +k fives"), "MODE", "#a", "+k", "fives")


def reason(small: Server, ann: Client) -> None:
    assert ask(ann, "PART #a :ten letters and more") == [("PART", "#a", "ten letter")]
    assert has(
        ask(ann, "JOIN #a", "KICK #a ann :kicked for long"), "KICK", "#a", "ann", "kicked for"
    )
    with small.join("quits", "#q") as other:
        ask(ann, "JOIN #q")
        other.ask()
        other.send("QUIT :quits at length").end()
        assert ann.wait("QUIT").params == ("Quit: quits at l",)


def away(small: Server, ann: Client) -> None:
    ask(ann, "AWAY :eleven letters")
    assert has(ask(ann, "PRIVMSG ann :hi"), "301", "ann", "ann", "eleven lett")


def rooms_per_user(small: Server, ann: Client) -> None:
    assert has(ask(ann, "JOIN #b,#c"), "405", "ann", "#c")


def list_entries(small: Server, ann: Client) -> None:
    assert has(ask(ann, "MODE #a +bb x y", "MODE #a +b z"), "478")


def mode_changes(small: Server, ann: Client) -> None:
    answers = ask(ann, "MODE #a +elIk a 5 b c", "MODE #a")
    assert not has(answers, "MODE", "#a", "+elIk")
    assert has(answers, "MODE", "#a", "+elI", "a!*@*", "5")
    assert has(answers, "696", "ann", "#a", "k")


def targets(small: Server, ann: Client) -> None:
    assert has(ask(ann, "PRIVMSG ann,#a,zoe :hi"), "407", "ann", "zoe")
    assert not has(ask(ann, "PRIVMSG ann,#a :hi"), "407")


def rooms_at_once(small: Server, ann: Client) -> None:
    answers = ask(ann, "JOIN #a,#b,#c", "PART #a,#b,#c")
    refused = ("407", "ann", "#c", "Too many targets; at most 2 at once")
    assert [one for one in answers if one[0] != "NOTICE"] == [refused] * 2  # none of the past
    assert has(ask(ann, "JOIN ,#a,,#b,#a", "PART #a,#b"), "PART", "#b")


def whowas(small: Server, ann: Client) -> None:
    for nick in ("old", "new"):
        with small.join(nick) as client:
            client.send("QUIT").end()
    assert has(ask(ann, "WHOWAS old"), "406")
    assert has(ask(ann, "WHOWAS new"), "314", "ann", "new")


SAYINGS: list[Callable[[Server, Client], None]] = [
    *(nickname, username, realname, room_name, topic, key, reason, away),
    *(rooms_per_user, list_entries, mode_changes, targets, rooms_at_once, whowas),
]


@pytest.mark.parametrize("effect", SAYINGS, ids=lambda effect: effect.__name__)
def test_what_one_may_say(
    small: Server, ann: Client, effect: Callable[[Server, Client], None]
) -> None:
    effect(small, ann)


def test_every_row_is_tested() -> None:
    here = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    elsewhere = {"per_address", "lines_per_tick"}  # tests/server/test_server.py
    elsewhere |= {"chathistory"}  # test_history_chathistory.py
    elsewhere |= {"flood_time"}  # tests/server/test_budget.py
    elsewhere |= {"accounts_per_address"}  # tests/server/test_account_keeper.py
    elsewhere |= {"tries_per_account"}  # tests/server/test_account_keeper.py
    elsewhere |= {"tries_per_address"}  # tests/server/test_admission.py
    elsewhere |= {"connections_per_account"}  # tests/chat/test_accounts.py
    elsewhere |= {"server_bans"}  # tests/chat/test_server_bans.py
    elsewhere |= {"joins", "nick_changes", "searches"}  # tests/chat/test_buckets.py
    elsewhere |= {"lines", "bytes"}  # the same
    elsewhere |= {"certificates"}  # tests/store/test_accounts.py
    elsewhere |= {"multiline_bytes", "multiline_lines"}  # tests/chat/test_multiline.py
    elsewhere |= {"waiting"}  # tests/chat/test_waiting.py
    elsewhere |= {"always_on"}  # tests/chat/test_always_on.py
    elsewhere |= {"knocks", "knocks_per_room"}  # tests/chat/test_knocking.py
    elsewhere |= {"monitor"}  # tests/chat/test_monitor.py
    elsewhere |= {"markers"}  # tests/chat/test_markers.py
    elsewhere |= {f"metadata_{one}" for one in ("key", "keys", "subscriptions", "value")}
    # tests/chat/test_metadata.py, test_metadata_news.py
    elsewhere |= {"rooms_per_account"}  # tests/chat/test_ownership.py
    elsewhere |= {"request", "requests", "keep_alive"}  # tests/server/web/test_http_door.py
    rows = {row.name for row in fields(Limits)}
    assert rows == {effect.__name__ for effect in SAYINGS} | elsewhere | (here & rows)


# How fast one may speak


def test_flood_burst(tmp_path: Path) -> None:
    """What is sent too fast waits: nothing is lost, and nobody else is slowed down."""
    with serving(tmp_path, "-v", flood_burst=10, flood_rate=20) as server:
        bob, alice = server.join("bob", "#room"), server.join("alice", "#room")
        bob.wait("JOIN", "#room")
        alice.send(*[f"PRIVMSG #room :{number}" for number in range(40)])
        server.wait_for("alice sends too fast and is slowed down")
        server.join("carol", "#room").close()  # while alice waits, others come in
        seen = bob.read_until("PRIVMSG #room :39$")
        assert [line for line in seen if line.startswith(":carol!~carol@127.0.0.1 JOIN")]
        said = [line.rpartition(" :")[2] for line in bob.seen if "PRIVMSG #room" in line]
        assert said == [str(number) for number in range(40)]
        server.end_well()


def test_flood_rate(tmp_path: Path) -> None:
    """Also at the plain door, and also when the input ends or asks to leave meanwhile."""
    with serving(tmp_path, "-v", flood_burst=2, flood_rate=100) as server:
        bob = server.join("bob", "#room")
        for nick, last in (("ends", []), ("exits", ["exit"]), ("quits", ["QUIT :bye"])):
            with server.connect() as client:
                start = [nick, "room"]
                lines = [str(number) for number in range(20)]
                if nick == "quits":
                    start = [f"NICK {nick}", f"USER {nick} 0 * :r", "JOIN #room"]
                    lines = [f"PRIVMSG #room :{number}" for number in range(20)]
                client.send(*start, *lines, *last)
                client.sock.shutdown(socket.SHUT_WR)
                server.wait_for("sends too fast")
                bob.wait("JOIN", "#room")
                said = [bob.wait("PRIVMSG", "#room").params[1] for _ in range(20)]
                assert said == [str(number) for number in range(20)]
                assert bob.wait("QUIT").nick == nick
                client.end()
        server.end_well()


# How long one may be silent


def test_registration(tmp_path: Path) -> None:
    """Whoever does not say who they are is seen off, whatever they said instead."""
    with serving(tmp_path, registration=2) as server:
        silent, irc, person = (server.connect() for _ in range(3))
        irc.send("NICK half", "CAP LS 302")
        person.send("a b")
        halves = [server.connect() for _ in range(2)]
        halves[0].sock.sendall(b"NI")
        halves[1].sock.sendall(b"NICK other\r\nUSER other 0 * :re")
        registered, chooser = server.join("known"), server.connect()
        chooser.send("chooser").read_until("^Choose a room")
        bye = "ERROR :Closing link: 127.0.0.1 (Registration timed out)"
        assert silent.end()[-1] == person.end()[-1] == "Goodbye! (Registration timed out)"
        assert irc.end()[-1] == halves[1].end()[-1] == bye
        assert halves[0].end() == ["ERROR :You have not given a nickname (Registration timed out)"]
        assert registered.ask("ISON half other")[0].params[-1].strip() == ""
        assert chooser.hear() == []
        for client in (silent, irc, person, *halves):
            client.close()
        server.end_well()


def test_idle_ping(tmp_path: Path) -> None:
    """Who is silent is asked for a sign of life, again and again; people with netcat are not."""
    with serving(tmp_path, idle_ping=1, ping_timeout=2) as server:
        person, silent = server.person("person", "room"), server.join("silent", "#room")
        for _ in range(2):
            assert silent.read_until("^PING")[-1] == "PING :chatroom.local"
            silent.send("PONG chatroom.local")
        person.read_until("silent has joined")
        assert person.hear() == []
        server.end_well()


def test_ping_timeout(tmp_path: Path) -> None:
    """Who gives no sign of life has to go; who gives one stays."""
    with serving(tmp_path, idle_ping=1, ping_timeout=2) as server:
        person, dead = server.person("person", "room"), server.join("dead", "#room")
        alive = server.join("alive", "#room")
        while (line := alive.read_until(r"^PING | QUIT ")[-1]) == "PING :chatroom.local":
            alive.send("PONG chatroom.local")
        assert line.startswith(":dead!~dead@127.0.0.1 QUIT :Ping timeout: ")
        assert "PING :chatroom.local" in dead.end()
        assert "ERROR :Closing link: 127.0.0.1 (Ping timeout: " in dead.seen[-1]
        person.read_until(r"dead has left the chat \(Ping timeout: ")
        alive.send("PRIVMSG #room :here")
        person.read_until("<alive> here$")
        dead.close()
        server.end_well()


# How much may wait


@pytest.mark.parametrize("door", ["irc", "plain"])
def test_outbox(tmp_path: Path, door: str) -> None:
    """A reader that does not read is dropped with a reason, and hinders nobody."""
    with serving(tmp_path, "--listen", f"unix:{tmp_path}/s", outbox=65_536) as server:
        speaker, watcher = server.join("speaker", "#room"), server.join("watcher", "#room")
        lazy = server.knock(tmp_path / "s")  # a unix socket's buffer does not grow
        if door == "irc":
            lazy.register("lazy").send("JOIN #room").wait("366")
        else:
            lazy.send("lazy", "room").read_until("^Welcome")
        watcher.wait("JOIN", "#room")
        before = server.memory()
        heard = 0
        while not (gone := [m for m in watcher.ask() if m.command == "QUIT"]):
            speaker.ask(*["PRIVMSG #room :" + "x" * 400] * 50)
            assert (heard := heard + 1) < 200, "nobody was dropped"
        assert (gone[0].nick, gone[0].params[0]) == (
            "lazy",
            "Reads too slowly: more than 65536 bytes are queued",
        )
        server.wait_for(r"lazy has left the server \(Reads too slowly")
        assert server.memory() - before < 4 * MEGABYTE
        speaker.ask("PRIVMSG #room :still here")
        watcher.wait("PRIVMSG", "#room", "still here")
        server.end_well()


def test_slow_reader(tmp_path: Path) -> None:
    """A reader who is behind by more than `outbox`, but not by far, is dropped after some time."""
    with serving(
        tmp_path, "--listen", f"unix:{tmp_path}/s", outbox=65_536, slow_reader=1
    ) as server:
        speaker, lazy = server.join("speaker", "#room"), server.knock(tmp_path / "s")
        lazy.register("lazy").send("JOIN #room").wait("366")
        server.wait_for("lazy joined")
        for _ in range(20):  # 400 KB; a unix socket's buffer takes 200 KB of them
            speaker.ask(*["PRIVMSG #room :" + "x" * 400] * 50)
        server.wait_for(r"lazy has left the server \(Reads too slowly")
        server.end_well()


def test_a_late_reader_gets_everything(tmp_path: Path) -> None:
    """Who lags behind within the limit has lost nothing."""
    with serving(tmp_path, "--listen", f"unix:{tmp_path}/s", outbox=64 * MEGABYTE) as server:
        speaker, late = server.join("speaker", "#room"), server.knock(tmp_path / "s")
        late.register("late").send("JOIN #room").wait("366")
        speaker.wait("JOIN", "#room")
        for start in range(0, 4000, 500):  # 2 MB; a unix socket's buffer takes 200 KB of them
            speaker.ask(*[f"PRIVMSG #room :{start + n} {'x' * 440}" for n in range(500)])
        for number in range(4000):
            line = late.line()
            while line is not None and "PRIVMSG" not in line:
                line = late.line()
            assert line is not None
            assert f" :{number} x" in line
        assert late.ask() == []
        server.end_well()


def test_descriptors_reserved(tmp_path: Path) -> None:
    """When none are left, accepting pauses; who is in is served, who waits comes in later. Those
    that are reserved are enough for the server itself, and for as many tools as it lets in."""
    server = Server(
        tmp_path, config="[limits]\ngoodbye = 0\n", prefix=("prlimit", "--nofile=84:84")
    )
    with server:
        inside = [server.join(f"in{number}", "#room") for number in range(4)]
        paused = server.wait_for(
            "Not accepting new connections for now: there are no descriptors for more connections"
        )
        assert paused.string.endswith("The 4 existing ones stay open.")
        late = server.connect()  # into the system's queue
        late.send("NICK late", "USER late 0 * :l", "JOIN #room")
        inside[0].ask("PRIVMSG #room :still served")
        inside[1].wait("PRIVMSG")
        assert [m.command for m in inside[1].ask("ISON late")] == ["303"]
        assert not [line for line in server.log if "late" in line]
        with ExitStack() as tools:
            for _ in range(MOST - 1):
                tools.enter_context(local_socket.connect(tmp_path / "data" / "control", PATIENCE))
            assert control.ask(tmp_path / "data", "status", {})["people"]["here"] == 4
        inside[0].send("QUIT").end()
        inside[0].close()
        late.wait("366")
        server.wait_for("Accepting connections again")
        inside[1].wait("JOIN", "#room")
        server.end_well()


def test_the_system_has_no_descriptor_left(tmp_path: Path) -> None:
    """`accept` itself fails; those who are in are served, those who wait come in later."""
    held = "".join(f"exec {number}</dev/null; " for number in range(10, 30))
    script = f'{held} ulimit -n 72; exec "$0" "$@"'
    server = Server(
        tmp_path,
        config="[limits]\ndescriptors_reserved = 8\ngoodbye = 0\n",
        prefix=("bash", "-c", script),
    )
    with server:
        clients = [server.connect() for _ in range(60)]
        server.wait_for("for now: Too many open files. The \\d+ existing ones stay open.")
        clients[0].register("first")
        assert clients[0].ask("VERSION")[0].command == "351"
        for client in clients[1:50]:  # the files of the history need some, too
            client.close()
        clients[-1].register("last")
        server.end_well()


def test_goodbye(tmp_path: Path) -> None:
    """A visitor with a backlog that nobody reads does not hold up the exit for longer than that."""
    path = tmp_path / "s"  # the system takes 200 KB for a reader at a unix socket
    with serving(tmp_path, "--listen", f"unix:{path}", goodbye=1, outbox=MEGABYTE) as server:
        speaker, lazy = server.join("speaker", "#room"), server.knock(path).register("lazy")
        lazy.send("JOIN #room").wait("366")
        for _ in range(2):
            speaker.ask(*["PRIVMSG #room :" + "x" * 400] * 1000)
        assert server.stop() == 0
        assert speaker.end()[-1].startswith("ERROR :Closing link")
        lazy.close()
