"""The examples of deploy/ for nginx and Caddy, run in front of a server: the page, a WebSocket, and
IRC through the PROXY protocol. The server sees the addresses of people, and not the proxy's."""

import http.client
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from harness import PATIENCE, ROOT, Client, Server, wait_until
from tls_ends import OTHER, SERVER

pytestmark = pytest.mark.foreign

DEPLOY = ROOT / "deploy"
STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
"""Where Debian has the part of nginx that passes on other protocols than HTTP."""

NAME = "chat.example.org"
BROWSER, IRC_CLIENT = "127.0.0.5", "127.0.0.6"
"""The addresses of people."""

CONFIG = f"""
[limits]
flood_rate = 0
[tls]
certificate = "{SERVER}"
[web]
url = "https://{NAME}"
trusted_proxies = ["127.0.0.1", "::1"]
[proxies]
proxy_protocol = ["127.0.0.2"]
"""

NGINX = """
daemon off;
master_process off;
pid {directory}/pid;
error_log stderr warn;
{module}
events {{ }}
http {{
    access_log off;
    client_body_temp_path {directory}/bodies;
    proxy_temp_path {directory}/answers;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/chatroom-http.conf;
}}
{stream}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that believes the proxies."""
    with Server(tmp_path_factory.mktemp("server"), config=CONFIG) as running:
        yield running
        running.end_well()


def program(name: str) -> str:
    """The path of a program; skips the test where it is not installed."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def adapted(name: str, *changes: tuple[str, str]) -> str:
    """An example of deploy/ with other ports and certificates; what is changed has to be there."""
    text = (DEPLOY / name).read_text()
    for old, new in changes:
        assert old in text, f"{name}: {old}"
        text = text.replace(old, new)
    return text


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(command: Sequence[str], ports: Sequence[int], directory: Path) -> Iterator[None]:
    """A proxy, until the end of the block."""
    environment = {**os.environ, "XDG_DATA_HOME": str(directory), "HOME": str(directory)}
    log = directory / "log"
    with log.open("wb") as file, subprocess.Popen(command, stderr=file, env=environment) as process:
        try:
            wait_until(lambda: process.poll() is not None or all(map(answers, ports)))
            assert process.poll() is None, log.read_text()
            yield
        finally:
            process.terminate()


def come_from(host: str, port: int) -> socket.socket:
    """A connection to the proxy from somewhere else on this machine."""
    return socket.create_connection(("127.0.0.1", port), PATIENCE, (host, 0))


def trusting(file: str) -> ssl.SSLContext:
    """Trusts that certificate, whatever its name."""
    context = ssl.create_default_context(cafile=file)
    context.check_hostname = False
    return context


def page(port: int) -> bytes:
    """The page, as a browser gets it from the proxy."""
    browser = http.client.HTTPSConnection(NAME, timeout=PATIENCE)
    browser.sock = trusting(OTHER).wrap_socket(come_from(BROWSER, port), server_hostname=NAME)
    browser.request("GET", "/")
    answer = browser.getresponse()
    assert answer.status == 200
    found = answer.read()
    browser.close()
    return found


def websocket(port: int) -> ClientConnection:
    """A WebSocket through the proxy."""
    return connect(
        f"wss://{NAME}/irc",
        sock=come_from(BROWSER, port),
        ssl=trusting(OTHER),
        server_hostname=NAME,
        origin=Origin(f"https://{NAME}"),
        subprotocols=[Subprotocol("text.ircv3.net")],
    )


def talk(server: Server, port: int, nick: str) -> None:
    """Somebody on the page and somebody with IRC in one room. The page's user is where they are."""
    with server.join(f"irc{nick}", "#proxied") as other, websocket(port) as client:
        for line in (f"NICK {nick}", f"USER {nick} 0 * :x", "JOIN #proxied"):
            client.send(line)
        other.wait("JOIN")
        other.send("PRIVMSG #proxied :hello")
        while not str(client.recv(PATIENCE)).endswith(" PRIVMSG #proxied :hello"):
            pass
        client.send("PRIVMSG #proxied :hi")
        assert f":{nick}!~{nick}@{BROWSER} PRIVMSG" in other.read_until(" :hi$")[-1]


def test_nginx(server: Server, tmp_path: Path) -> None:
    """The page, and IRC in the clear and over TLS, which is the server's own."""
    nginx = program("nginx")
    if not STREAM_MODULE.exists():
        pytest.skip(f"nginx has no {STREAM_MODULE}")
    web, irc = free_port(), free_port()
    here = ("127.0.0.1:8080", f"127.0.0.1:{server.port}")
    (tmp_path / "chatroom-http.conf").write_text(
        adapted(
            "nginx/chatroom-http.conf",
            here,
            ("listen 443 ssl;", f"listen 127.0.0.1:{web} ssl;"),
            ("listen [::]:443 ssl;", ""),
            (f"/etc/letsencrypt/live/{NAME}/fullchain.pem", OTHER),
            (f"/etc/letsencrypt/live/{NAME}/privkey.pem", OTHER),
        )
    )
    (tmp_path / "chatroom-irc.conf").write_text(
        adapted(
            "nginx/chatroom-irc.conf",
            here,
            ("listen 6697;", f"listen 127.0.0.1:{irc};"),
            ("listen [::]:6697;", ""),
        )
    )
    stream = f"stream {{ include {tmp_path}/chatroom-irc.conf; }}"
    main = NGINX.format(directory=tmp_path, module=f"load_module {STREAM_MODULE};", stream=stream)
    (tmp_path / "nginx.conf").write_text(main)
    command = [nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    with running(command, [web, irc], tmp_path):
        assert b"<!doctype html>" in page(web)
        talk(server, web, "nina")
        with Client(come_from(IRC_CLIENT, irc)) as clear:
            clear.register("clear").send("WHOIS clear")
            assert clear.wait("311").params[3] == IRC_CLIENT
        with Client(trusting(SERVER).wrap_socket(come_from(IRC_CLIENT, irc))) as safe:
            safe.register("safe").send("WHOIS safe")
            assert safe.wait("311").params[3] == IRC_CLIENT
            assert safe.wait("671").params[1] == "safe"  # uses a secure connection
    assert "warn" not in (tmp_path / "log").read_text()


def test_caddy(server: Server, tmp_path: Path) -> None:
    caddy = program("caddy")
    port = free_port()
    text = adapted(
        "Caddyfile",
        ("127.0.0.1:8080", f"127.0.0.1:{server.port}"),
        (f"\n{NAME} {{\n", f"\n{NAME}:{port} {{\n\tbind 127.0.0.1\n\ttls {OTHER} {OTHER}\n"),
    )
    options = "{\n\tadmin off\n\tauto_https off\n}\n"
    (tmp_path / "Caddyfile").write_text(options + text)
    command = [caddy, "run", "--adapter", "caddyfile", "--config", str(tmp_path / "Caddyfile")]
    with running(command, [port], tmp_path):
        assert b"<!doctype html>" in page(port)
        talk(server, port, "cora")
