"""The operator's tools as they are used: on a real server's history, most of them while it runs."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import warm
from chatroom.store.history import History
from chatroom.wire.message import Message
from end_to_end.terminal import Terminal
from harness import PATIENCE, SERVER, Server

CAPS = "batch server-time message-tags echo-message draft/chathistory soju.im/search"
FOREIGN = (
    '{"room": "#general", "time": "2020-02-02T20:20:20.202Z", "msgid": "from-afar",'
    ' "source": "eve!e@h", "command": "PRIVMSG", "params": ["#general", "palindrome 🎉"]}\n'
)


def tool(
    directory: Path, *arguments: str | Path, status: int = 0, told: str = "", given: str = ""
) -> str:
    """What a tool writes to standard output; `told` is a pattern of its only line elsewhere."""
    done = warm.run(
        [sys.executable, str(SERVER), "--data", str(directory / "data"), *map(str, arguments)],
        input=given,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=directory,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii:replace"},
        encoding="utf-8",
    )
    assert re.fullmatch(f"chatroom-server: {told}\n" if told else "", done.stderr), done.stderr
    assert done.returncode == status
    text: str = done.stdout
    return text


def filled(directory: Path, count: int) -> Path:
    """A data directory with so many long messages and no server."""
    data = directory / "data"
    data.mkdir(parents=True)
    history = History(data, "process")
    for number in range(count):
        text = f"{number} {'x' * 300}"
        history.record("#general", Message("PRIVMSG", ("#general", text), "b!b@h"), 1e9 + number)
    history.commit()
    history.close()
    return directory


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server on whose first room something was said."""
    with Server(tmp_path) as running:
        with running.join("bob", "#general", caps=CAPS) as bob:
            bob.ask("PRIVMSG #general :hello <b>&", "PRIVMSG #general :\x01ACTION waves\x01")
            bob.ask("JOIN #ops", "PRIVMSG #ops :grüße 日本 \x1b[2J")
        yield running
        running.end_well()


def history_of(server: Server, room: str = "#general") -> list[str]:
    """The lines of CHATHISTORY, without their batch."""
    with server.join("reader", caps=CAPS) as reader:
        found = reader.send(f"CHATHISTORY LATEST {room} * 50").read_until(r" BATCH -")
    return [re.sub(r"batch=\d+;?", "", each) for each in found if " PRIVMSG " in each]


# While the server runs


def test_an_export_of_the_running_server(server: Server) -> None:
    lines = [json.loads(each) for each in tool(server.directory, "history", "export").splitlines()]
    said = [each for each in lines if each["command"] == "PRIVMSG"]
    assert [each["params"] for each in said] == [
        ["#general", "hello <b>&"],
        ["#general", "\x01ACTION waves\x01"],
        ["#ops", "grüße 日本 \x1b[2J"],
    ]
    assert {each["source"].partition("!")[0] for each in lines} == {"bob"}
    shown = tool(server.directory, "history", "export", "--room", "OPS", "--format", "text")
    assert re.search(r"\] <bob> grüße 日本 \^\[\[2J\n", shown)
    assert "hello" not in shown


def test_an_export_into_a_file(server: Server) -> None:
    page = server.directory / "page.html"
    page.write_text("old")
    words = ["history", "export", "--force", "--format", "html", "-o"]
    assert tool(server.directory, *words, page) == ""
    text = page.read_text(encoding="utf-8")
    assert "hello &lt;b&gt;&amp;" in text
    assert text.endswith("</html>\n")
    assert page.stat().st_mode & 0o777 == 0o600
    assert tool(server.directory, "history", "export", "-o", "/dev/stdout").count("\n") > 3
    assert tool(server.directory, "history", "export", "--until", "2020-01-01") == ""


def test_a_backup_of_the_running_server_is_restored(server: Server, tmp_path: Path) -> None:
    shown = tool(server.directory, "backup", "copy.db")
    said = r"copy\.db: \d+ messages, 0 files of 0 bytes, [\d,]+ bytes in all, checked; .*\.\n"
    assert re.fullmatch(said, shown)
    assert "without a config file" in shown
    tool(server.directory, "backup", "copy.db", status=1, told="copy.db already exists; .*--force")
    (server.directory / "hosts_port.csv").write_text("127.0.0.1,8080,Local\n")
    tool(server.directory, "backup", "--force", "copy.db")
    tool(
        server.directory, "backup", "--force", "data/history.db",
        status=1, told=".*history.db is the server's own file; choose another",
    )  # fmt: skip
    tool(
        server.directory, "restore", "--force", "copy.db",
        status=1, told=rf"The data directory .* is in use .*{server.process.pid}.*stop it.*",
    )  # fmt: skip
    again = tmp_path / "again"
    again.mkdir()
    shown = tool(again, "restore", server.directory / "copy.db", "--config-to", "chatroom.toml")
    assert re.match(r"\S+/data: restored a backup of [\d: -]+ UTC by Chatroom \S+, \d+ mess", shown)
    assert "The hosts file is hosts_port.csv.\nThe backup has no config file, because" in shown
    assert not (again / "chatroom.toml").exists()
    with Server(again) as restored:
        assert history_of(restored) == history_of(server)
        restored.end_well()


def test_no_import_while_the_server_runs(server: Server) -> None:
    tool(
        server.directory, "history", "import", "-", given=FOREIGN,
        status=1, told=rf"The data directory .* is in use .*{server.process.pid}.*stop it.*",
    )  # fmt: skip


def test_stats(server: Server) -> None:
    facts = json.loads(tool(server.directory, "history", "stats", "--format", "json"))
    rooms = {room["room"]: room for room in facts["rooms"]}
    assert set(rooms) == {"#general", "#ops"}
    assert sum(room["messages"] for room in rooms.values()) == facts["messages"]
    assert rooms["#ops"]["first"] <= rooms["#ops"]["last"]
    assert facts["history_bytes"] > 4096
    shown = tool(server.directory, "history", "stats")
    assert re.search(r"\n +\d+ +[\d: -]{19}  [\d: -]{19}  general\n", shown)
    assert shown.endswith(" bytes per message\n           0  files\n           0  bytes of files\n")


def test_after_a_kill_what_was_said_is_exported(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        with server.join("bob", "#general") as bob:
            bob.ask("PRIVMSG #general :last words")
        server.stop(signal.SIGKILL)
    assert "last words" in tool(tmp_path, "history", "export")
    assert tool(tmp_path, "backup", "copy.db")


# Import


def test_what_is_imported_is_there_and_found(tmp_path: Path) -> None:
    """It keeps its msgid, and twice is once."""
    taken = "1 messages imported, 0 were already in the history.\n"
    assert tool(tmp_path, "history", "import", "-", given=FOREIGN) == taken
    (tmp_path / "again.jsonl").write_text(FOREIGN, encoding="utf-8")
    again = tool(tmp_path, "history", "import", "again.jsonl")
    assert again == taken.replace("1", "2").replace("0", "1").replace("2", "0")
    with Server(tmp_path) as server:
        [line] = history_of(server)
        assert "msgid=from-afar" in line
        assert "time=2020-02-02T20:20:20.202Z" in line
        with server.join("amy", caps=CAPS) as amy:
            found = amy.send("SEARCH text=palindrome").read_until(" BATCH -")
        assert len([each for each in found if "msgid=from-afar" in each]) == 1
        server.end_well()


def test_an_export_of_one_server_is_imported_by_another(server: Server, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    lines = tool(server.directory, "history", "export")
    tool(other, "history", "import", "-", given=lines)
    assert tool(other, "history", "export") == lines
    with Server(other) as running:
        for room in ("#general", "#ops"):
            assert history_of(running, room) == history_of(server, room)
        running.end_well()


def test_every_bad_line_is_named_and_nothing_is_imported(tmp_path: Path) -> None:
    place = "standard input line"
    expected = [
        f"{place} 2: expected a JSON.*",
        f"{place} 3: source: .*",
        f"{place} 3: command: .*",
    ]
    told = "\nchatroom-server: ".join([*expected, "nothing was imported"])
    bad = FOREIGN.replace("eve!e@h", "").replace("PRIVMSG", "SHOUT")
    given = f"{FOREIGN}hello\n{bad}"
    assert tool(tmp_path, "history", "import", "-", given=given, status=1, told=told) == ""
    assert tool(tmp_path, "history", "export") == ""


def test_an_import_that_is_stopped_imports_nothing(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    arguments = ["--data", str(tmp_path / "data"), "history", "import", str(fifo)]
    process = warm.Popen([sys.executable, str(SERVER), *arguments], stderr=subprocess.PIPE)
    with fifo.open("w", encoding="utf-8") as lines:
        for number in range(2000):  # more than a pipe holds: it is reading when this ends
            lines.write(FOREIGN.replace("afar", str(number)))
        lines.flush()
        process.terminate()
        _, told = process.communicate(timeout=PATIENCE)
    assert (process.returncode, told) == (143, b"")
    assert tool(tmp_path, "history", "export") == ""


# What can go wrong


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["history", "export"], "There is no history in .*data"),
        (["history", "stats"], "There is no history in .*data"),
        (["backup", "copy.db"], "There is no history in .*data"),
        (["check-data"], "There is no data directory .*data"),
        (["restore", "none"], "Cannot read none: no such file or directory"),
        (["history", "import", "none"], "Cannot read none: no such file or directory"),
        (["history", "import", "."], r"Cannot read \.: is a directory"),
        (["-c", "none.toml", "history", "stats"], "none.toml: No such file or directory"),
    ],
)
def test_where_there_is_nothing(arguments: list[str], told: str, tmp_path: Path) -> None:
    assert tool(tmp_path, *arguments, status=1, told=told) == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["history", "export", "--room", "nowhere"], "There is no room nowhere in the history"),
        (["history", "export", "-o", "none/x"], "Cannot write none/x: no such file or directory"),
        (["history", "export", "-o", "data"], "Cannot write data: is a directory"),
        (["history", "export", "-o", "/dev/full"], "Cannot write /dev/full: no space left.*"),
        (["history", "export", "-o", "data/lock"], ".*lock is the server's own file.*"),
        (["backup", "--force", "data"], ".*data is not a regular file; choose another"),
        (["backup", "none/x"], "Cannot write none/x: no such file or directory"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    filled(tmp_path, 9)
    tool(tmp_path, *arguments, status=1, told=told)
    names = sorted(each.name for each in tmp_path.iterdir())
    assert names == ["data"]


@pytest.mark.parametrize("arguments", [["export"], ["export", "--format", "html"], ["stats"]])
def test_a_closed_pipe_ends_it_quietly(arguments: list[str], tmp_path: Path) -> None:
    command = [sys.executable, str(SERVER), "--data", str(filled(tmp_path, 500) / "data")]
    ours, its = os.pipe()
    os.close(ours)
    done = warm.run(
        [*command, "history", *arguments], stdout=its, stderr=subprocess.PIPE, timeout=PATIENCE
    )
    os.close(its)
    assert (done.returncode, done.stderr) == (0, b"")


def test_ctrl_c_ends_it_quietly(tmp_path: Path) -> None:
    command = [sys.executable, str(SERVER), "--data", str(filled(tmp_path, 2000) / "data")]
    with warm.Popen(
        [*command, "history", "export"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()  # the rest is more than a pipe holds
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=PATIENCE)
    assert (process.returncode, told) == (130, b"")


# In a terminal


def test_progress_is_shown_on_a_terminal(tmp_path: Path) -> None:
    """One line that is written over; `tool` above sees that without a terminal there is none."""
    data = str(filled(tmp_path, 3000) / "data")

    def watched(*arguments: str) -> str:
        with Terminal("--data", data, *arguments, directory=tmp_path, program=SERVER) as terminal:
            assert terminal.status() == 0
            return terminal.glass.everything()

    rate = r"[\d,]+/s"
    shown = watched("history", "export", "-o", "x.jsonl")
    assert re.fullmatch(rf"Exporting: 100%, 3,000 of 3,000 messages, {rate}", shown)
    shown = watched("backup", "copy.db")
    step = rf"100%, ([\d,]+) of \1 bytes, {rate} *\n"
    shown = re.sub(step, "all\n", shown)
    assert re.match(r"Backing up: all\nChecking: all\ncopy.db: 3,000 ", shown)
    data = str(tmp_path / "other")
    shown = watched("history", "import", "x.jsonl")
    assert re.match(rf"Checking: 3,000 lines, {rate} *\nImporting: 100%, 3,000 of 3,000 ", shown)
    shown = watched("history", "export", "--since", "2001-09-09T02:36", "--format", "text")
    assert "Exporting" not in shown
    assert len(re.findall(r"<b> \d+ x", shown)) == 3000 - 2960  # 1e9 is 01:46:40
