"""Nothing needs a /tmp that can be written to: SQLite's temporary files are in the data directory.

Small data hides it, since SQLite keeps some megabytes in memory: so there are some thousands of
messages, in a mount namespace in which there is no other place for files.
"""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import warm
from harness import PATIENCE, ROOT, SERVER, Server, wait_until
from store.talk import ask

MESSAGES = 5000

NO_TMP = """
HERE=$1 && shift &&
mount --bind "$HERE" /mnt &&
for place in /tmp /var/tmp /usr/tmp /dev/shm; do
    [ ! -d "$place" ] || mount -t tmpfs none "$place" || exit
done &&
mkdir -p "$HERE" && mount --bind /mnt "$HERE" && umount /mnt &&
for place in /tmp /var/tmp /usr/tmp /dev/shm; do
    [ ! -d "$place" ] || mount -o remount,ro "$place" || exit
done &&
cd /proc && exec "$@"
"""

CONFIG = "[limits]\nflood_rate = 0\n[history]\nkeep_messages = 2000\n"


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What starts a program where only `tmp_path` can be written to."""
    if any(Path(each).resolve().is_relative_to("/tmp") for each in (ROOT, sys.prefix)):
        pytest.skip("this checkout is in /tmp")
    (tmp_path / "file").touch()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "file" / "below"))
    monkeypatch.delenv("SQLITE_TMPDIR", raising=False)
    prefix = ["unshare", "--user", "--map-root-user", "--mount"]
    prefix += ["sh", "-c", NO_TMP, "sh", str(tmp_path)]
    tried = shutil.which("unshare") and subprocess.run(
        [*prefix, "sh", "-c", "! touch /tmp/x /var/tmp/x x 2>/dev/null"], stderr=subprocess.PIPE
    )
    if not tried or tried.returncode:
        pytest.skip(f"a mount namespace cannot be made: {tried and tried.stderr.decode()}")
    return prefix


def lines() -> str:
    return "".join(
        f'{{"room": "#general", "time": "2026-11-20T12:{number // 1000:02}:00.{number % 1000:03}Z",'
        f' "msgid": "m{number}", "source": "person{number}!p@192.0.2.7", "command": "PRIVMSG",'
        f' "params": ["#general", "word{number} {"tea " * 60}"]}}\n'
        for number in range(MESSAGES)
    )


def count(data: Path) -> int:
    ((number,),) = ask(data, "SELECT count(*) FROM message")
    return int(number)


def swept(data: Path) -> bool:
    return bool(ask(data, "SELECT 1 FROM meta WHERE key = 'swept' AND value = 'done'"))


def test_everything_works_without_tmp(prefix: list[str], tmp_path: Path) -> None:
    data = tmp_path / "data"

    def tool(*words: str, given: str = "") -> str:
        command = [*prefix, sys.executable, str(SERVER), "--data", str(data), *words]
        done = warm.run(
            command, cwd="/proc", input=given, capture_output=True, text=True, timeout=PATIENCE
        )
        assert (done.returncode, done.stderr) == (0, ""), shlex.join(words)
        return str(done.stdout)

    assert tool("history", "import", "-", given=lines()).startswith(f"{MESSAGES:,} messages")
    for format in ("jsonl", "text", "html"):
        tool("history", "export", "--format", format, "-o", str(tmp_path / format))
    assert (tmp_path / "jsonl").read_text().count("\n") == MESSAGES
    assert tool("backup", str(tmp_path / "copy.db")).count(f"{MESSAGES:,} messages")
    assert '"#general"' in tool("history", "stats", "--format", "json")
    # `env`: not a fork, whose current directory would be that of its configuration.
    with Server(tmp_path, config=CONFIG, prefix=["env", *prefix]) as server:
        # The oldest go, then their authors' names, then the free pages: the file is written anew.
        amy = server.join("amy", caps="batch message-tags soju.im/search")
        wait_until(lambda: swept(data) and count(data) == 2000)
        assert ask(data, "SELECT count(*) FROM sender WHERE source <> ''") == [(2000,)]
        assert ask(data, "PRAGMA freelist_count") == [(0,)]
        found = amy.send("SEARCH text=tea;limit=100").read_until(" BATCH -")
        assert len([line for line in found if " PRIVMSG " in line]) == 100
        assert not [line for line in server.log if "again later" in line]
        server.end_well()
