"""Downloads while the server is upgraded: each process sends the files that it has begun."""

import http.client
import socket
from pathlib import Path

from chatroom.net.tls_context import client_context
from end_to_end.test_files import AUTH, CONFIG, add_alice, upload
from end_to_end.test_upgrade import is_alive
from harness import PATIENCE, Server, wait_until
from tls_ends import SERVER as CERTIFICATE

DATA = bytes(range(251)) * 120_000  # 30 MB


def ask(server: Server, path: str, tls: bool, part: str = "") -> http.client.HTTPResponse:
    """Begin a download, of which the system takes little unread."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    sock.settimeout(PATIENCE)
    sock.connect(("127.0.0.1", server.port))
    connection.sock = client_context(verify=False).wrap_socket(sock) if tls else sock
    connection.request("GET", path, headers={"Range": part} if part else {})
    response = connection.getresponse()
    assert len(response.read(1000)) == 1000
    return response


def test_downloads_across_upgrades(tmp_path: Path) -> None:
    """In the clear and over TLS, whole and in part, although the file is removed meanwhile. An old
    process ends after its last one, and the server's end ends those that nobody reads."""
    add_alice(tmp_path)
    config = f"{CONFIG}[tls]\ncertificate = {CERTIFICATE!r}\n"
    with Server(tmp_path, config=config) as server:
        answer = upload(server.port, DATA)
        path = "/files" + answer.headers["Location"].partition("/files")[2]
        part = f"bytes=2000000-{len(DATA) - 1}"
        downloads = [ask(server, path, tls=False), ask(server, path, True, part)]
        first, second = server.process.pid, server.upgrade()
        server.wait_for(rf"Downloads that this process \({first}\) finishes: 2")
        downloads.append(ask(server, path, tls=False))
        third = server.upgrade()
        server.wait_for(rf"Downloads that this process \({second}\) finishes: 1")
        unread = ask(server, path, tls=True)
        gone = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        gone.request("DELETE", path, headers={"Authorization": AUTH})
        assert gone.getresponse().status == 204
        gone.close()
        fourth = server.upgrade()
        assert downloads[0].read() == DATA[1000:]
        assert downloads[1].read() == DATA[2_001_000:]
        assert is_alive(second)
        assert downloads[2].read() == DATA[1000:]
        for one in downloads:
            one.close()
        wait_until(lambda: not is_alive(second))
        assert is_alive(third)
        server.end_well()
        assert not any(map(is_alive, (third, fourth)))
        unread.close()
