"""HTTP for scripts with a whole server: each line of docs/api.md with curl, and a server that is
killed while scripts say things."""

import base64
import http.client
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import warm
from chatroom.wire.tokens import looks_like_token
from end_to_end.test_files import AUTH, CONFIG, PASSWORD, add_alice
from harness import PATIENCE, ROOT, SERVER, Client, Server

LINES = re.findall(r"^    (curl .*)$", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE)


def sasl(server: Server, nick: str, secret: str = PASSWORD) -> Client:
    """Alice over IRC, in #ops."""
    client = Client(server.connect().sock)
    encoded = base64.b64encode(f"\0alice\0{secret}".encode()).decode()
    client.send("CAP REQ sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {encoded}")
    client.wait("903")
    client.send("CAP END", f"NICK {nick}", f"USER {nick} 0 * :{nick}", "JOIN #ops")
    client.wait("366")
    return client


def made(alice: Client, words: str) -> str:
    alice.send(f"NS TOKEN {words}")
    return alice.read_until(r"chatroom_\S{43}$")[-1].split()[-1].lstrip(":")


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_every_line_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "build.log").write_text("first\nsecond\n")
    add_alice(tmp_path / "server")
    with Server(tmp_path / "server", config=CONFIG) as server:
        alice = sasl(server, "al")
        token, hook = made(alice, "CREATE deploy"), made(alice, "HOOK ci ops")
        streams = 0
        for line in LINES:
            words = [
                word.replace("https://HOST:8080", f"http://127.0.0.1:{server.port}")
                .replace("http://HOST:8080", f"http://127.0.0.1:{server.port}")
                .replace("alice:TOKEN", f"alice:{token}")
                .replace("alice:PASSWORD", f"alice:{PASSWORD}")
                .replace("Bearer TOKEN", f"Bearer {token}")
                .replace("/hooks/HOOK", f"/hooks/{hook}")
                for word in shlex.split(line)
            ]
            if "/stream" in line:
                streams += 1
                words[-1] += "?since=1h"
                follow(alice, words, f"live {streams}")
                continue
            if words[-1].endswith("/tokens/deploy"):
                made(alice, "CREATE other")
                words[-1] = words[-1].replace("deploy", "other")
            done = subprocess.run(
                [*words, "-sSf"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE
            )
            assert done.returncode == 0, (line, done)
        assert streams == 2
        alice.send("PRIVMSG #ops :the end")
        alice.send("PING :there")
        alice.read_until("PONG.*there")
        seen = "\n".join(alice.seen)
        for text in ("second", "from Slack", "plain text", "disk full", "NOTICE #ops :done"):
            assert text in seen, text


def follow(alice: Client, words: list[str], said: str) -> None:
    """A stream shows what is said after it began: it begins with a past message, so that it is
    known to be there."""
    past = f"before {said}"
    alice.send(f"PRIVMSG #ops :{past}", "PING :said")
    alice.wait("PONG")
    with subprocess.Popen([*words, "-sS"], stdout=subprocess.PIPE, text=True) as curl:
        assert curl.stdout is not None
        try:
            assert any(f'"{past}"' in line for line in curl.stdout)
            alice.send(f"PRIVMSG #ops :{said}")
            assert any(f'"{said}"' in line for line in curl.stdout)
        finally:
            curl.kill()


def test_the_operator_makes_and_revokes_tokens(tmp_path: Path) -> None:
    add_alice(tmp_path)

    def tool(*words: str) -> tuple[int, str]:
        places = ("-c", str(tmp_path / "chatroom.toml"), "--data", str(tmp_path / "data"))
        command = [sys.executable, str(SERVER), "account", *words, *places]
        done = warm.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    with Server(tmp_path, config=CONFIG) as server:
        alice = sasl(server, "al")
        status, said = tool("add-token", "--rooms", "ops", "alice", "robot")
        token = said.split()[-1]
        assert (status, looks_like_token(token)) == (0, True), said
        robot = sasl(server, "robot", token)
        status, said = tool("list-tokens", "alice")
        assert said.startswith("robot: read and write, ops, made ")
        for words in (
            ("add-token", "alice", "Robot"),
            ("add-token", "alice", "a b"),
            ("add-token", "--rooms", "a\x07", "alice", "x"),
            ("add-token", "nobody", "x"),
            ("remove-token", "alice", "x"),
        ):
            assert tool(*words)[0] == 1, words
        assert tool("remove-token", "alice", "robot")[0] == 0
        robot.read_until("ERROR.*revoked")
        alice.close()
        robot.close()


def test_a_killed_server_keeps_all_that_was_answered(tmp_path: Path) -> None:
    add_alice(tmp_path)
    answered: set[str] = set()
    enough = threading.Event()

    def go_on(port: int, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            for count in range(100_000):
                words = f"{number}-{count}."
                connection.request("POST", "/rooms/ops", words, {"Authorization": AUTH})
                response = connection.getresponse()
                response.read()
                if response.status == 201:
                    answered.add(words)
                if len(answered) > 100:
                    enough.set()
        except (OSError, http.client.HTTPException):
            return

    with Server(tmp_path, config=CONFIG) as server:
        alice = sasl(server, "al")
        threads = [
            threading.Thread(target=go_on, args=(server.port, number)) for number in range(3)
        ]
        for thread in threads:
            thread.start()
        assert enough.wait(PATIENCE)
        server.process.send_signal(signal.SIGKILL)
        alice.close()  # until here she kept the room open
        server.process.wait(PATIENCE)
        for thread in threads:
            thread.join(PATIENCE)
    with Server(tmp_path, config=CONFIG) as server:
        alice = sasl(server, "al")
        kept: set[str] = set()
        since = "1d"
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
            path = f"/rooms/ops?since={since}&limit=1000&format=jsonl"
            connection.request("GET", path, headers={"Authorization": AUTH})
            page = [json.loads(line) for line in connection.getresponse().read().splitlines()]
            kept |= {one["text"] for one in page}
            if not page:
                break
            since = page[-1]["msgid"]
        assert answered <= kept
        alice.close()
