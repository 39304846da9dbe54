"""Files with a whole server: each line of docs/files.md with curl, a full disk, and a server that
is killed while files come in."""

import base64
import http.client
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

import warm
from end_to_end.test_full_disk import filled, small_disk
from harness import PATIENCE, ROOT, SERVER, Server, wait_until

__all__ = ["small_disk"]

PASSWORD = "correct horse"
AUTH = "Basic " + base64.b64encode(f"alice:{PASSWORD}".encode()).decode()
CONFIG = "[limits]\nflood_rate = 0\n[files]\nkeep_free = 0\n[accounts]\nrounds = 10\n"


def add_alice(directory: Path, prefix: Sequence[str] = ()) -> None:
    """Before the server starts, so that it finds the account."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "chatroom.toml").write_text(CONFIG)
    command = [*prefix, sys.executable, str(SERVER), "account", "add", "alice"]
    command += ["-c", str(directory / "chatroom.toml"), "--data", str(directory / "data")]
    run = subprocess.run if prefix else warm.run
    run(command, input=f"{PASSWORD}\n", stdout=subprocess.PIPE, text=True, check=True)


def upload(port: int, data: bytes, *, chunked: bool = False) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    pieces = iter([data[:100_000], data[100_000:]]) if chunked else data
    connection.request(
        "POST", "/files", pieces, {"Authorization": AUTH}, encode_chunked=chunked
    )  # fmt: skip
    return connection.getresponse()


def download(port: int, url: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", url[url.index("/files") :])
    response = connection.getresponse()
    return response.status, response.read()


def names(directory: Path) -> list[str]:
    return sorted(each.name for each in directory.rglob("*"))


def curl_lines() -> list[str]:
    page = (ROOT / "docs" / "files.md").read_text()
    return re.findall(r"^    (curl .*)$", page, re.MULTILINE)


def test_every_line_of_the_page(tmp_path: Path) -> None:
    """In its order: four uploads, three downloads, a removal."""
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    data = b"%PDF-1.7\n" + bytes(range(256)) * 1000
    here = tmp_path / "here"
    here.mkdir()
    (here / "report.pdf").write_bytes(data)
    add_alice(tmp_path / "server")
    url = ""
    with Server(tmp_path / "server", config=CONFIG) as server:
        for line in curl_lines():
            words = shlex.split(line.replace("-u alice", f"-u 'alice:{PASSWORD}'"))
            place = url or f"http://127.0.0.1:{server.port}/files/ID/report.pdf"
            words = [
                place if word.endswith("/ID/report.pdf")
                else word.replace("https://HOST:8080", f"http://127.0.0.1:{server.port}")
                for word in words
            ]  # fmt: skip
            done = subprocess.run(
                [*words, "-sSf"], cwd=here, stdout=subprocess.PIPE, text=True, timeout=PATIENCE
            )
            assert done.returncode == 0, line
            if "/files/ID" not in line and "json" not in line:
                url = done.stdout.strip()
                assert re.fullmatch(r"http://127\.0\.0\.1:\d+/files/[\w-]{22}/report\.pdf", url)
            elif "json" in line:
                assert '"type":"application/pdf"' in done.stdout
            elif "-C -" in line:
                assert (here / "report.pdf").read_bytes() == data
            elif " -O " in line:
                assert (here / "report.pdf").read_bytes() == data
                (here / "report.pdf").write_bytes(data[:1000])  # interrupted there
            elif " -I " in line:
                assert "\nAccept-Ranges: bytes" in done.stdout.replace("\r", "")
        assert len(curl_lines()) == 8
        assert download(server.port, url)[0] == 404  # the last line removed it


def test_a_full_disk_refuses_the_file_and_harms_nobody(
    tmp_path: Path, small_disk: Sequence[str]
) -> None:
    with Server(tmp_path, config=CONFIG, prefix=small_disk) as server:
        add_alice(tmp_path, small_disk)
        bob = server.join("bob", "#general")
        response = upload(server.port, b"small")
        assert response.status == 201
        url = response.headers["Location"]
        data = Path(f"/proc/{server.process.pid}/root{server.directory}/data")
        before = names(data / "files")
        response = upload(server.port, bytes(3_000_000))
        assert (response.status, response.read()) == (507, b"The server's disk is full.\n")
        # The answer comes before its beginning is removed, and that makes room on the disk.
        wait_until(lambda: names(data / "files") == before)
        with filled(data):
            response = upload(server.port, b"x")
            assert response.status == 507
            assert download(server.port, url) == (200, b"small")
            bob.send("PRIVMSG #general :still here", "PING :there")
            bob.wait("PONG")
            bob.close()
        assert upload(server.port, b"there is room again").status == 201
        assert set(before) < set(names(data / "files"))
        assert len([each for each in (data / "files").rglob("*") if each.is_file()]) == 2
        server.end_well()


def test_a_killed_server_keeps_every_file_whose_address_it_gave(tmp_path: Path) -> None:
    """And nothing of the others."""
    add_alice(tmp_path)
    given: dict[str, bytes] = {}
    enough = threading.Event()

    def go_on(port: int, number: int) -> None:
        try:
            for count in range(1000):
                data = b"%d %d " % (number, count) * (1 + 7919 * count % 20_000)
                response = upload(port, data, chunked=bool(count % 2))
                if response.status == 201:
                    given[response.headers["Location"]] = data
                if len(given) > 20:
                    enough.set()
        except (OSError, http.client.HTTPException):
            return  # it was killed

    with Server(tmp_path, config=CONFIG) as server:
        half = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        head = f"POST /files HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {AUTH}\r\n"
        half.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + bytes(500_000))
        threads = [
            threading.Thread(target=go_on, args=(server.port, number)) for number in range(3)
        ]
        for each in threads:
            each.start()
        assert enough.wait(PATIENCE)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(PATIENCE)
        for each in threads:
            each.join(PATIENCE)
        half.close()
    with Server(tmp_path, config=CONFIG) as server:
        for url, data in given.items():
            assert download(server.port, url) == (200, data)
        assert not list((tmp_path / "data" / "files" / "new").iterdir())
        server.end_well()
