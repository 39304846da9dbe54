"""/metrics, /healthz and /readyz: for this machine, and for others with the token."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatroom.chat.settings import MonitoringSettings, WebSettings
from net.line import tcp_pair
from server.conftest import House
from server.test_tls import connect as over_tls
from tls_ends import CONTEXTS
from web_client import Reply, WebClient

TOKEN = "0123456789abcdef"
HERE, ELSEWHERE, PROXY = "127.0.0.1", "192.0.2.9", "10.1.0.1"


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[House]:
    """A server with a token, and with a trusted proxy."""
    lines = (
        "flood_rate = 0",
        f"[web]\nhosts = ['chat.example.org']\ntrusted_proxies = ['{PROXY}']",
        f"[monitoring]\ntoken = '{TOKEN}'",
    )
    house = House(tmp_path, limits="\n".join(lines))
    yield house
    house.server.end()


def enter(house: House, host: str) -> WebClient:
    """Somebody who connects from that address."""
    ours, its = tcp_pair()
    house.server._accepted(ours, host)
    return WebClient(its, house.tick)


def ask(house: House, host: str, path: str = "/metrics", **headers: str) -> Reply:
    return enter(house, host).ask("GET", path, b"", **headers)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_this_machine_sees_it(watched: House) -> None:
    reply = ask(watched, HERE)
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert '\nchatroom_connections{door="http"} 1\n' in reply.text
    head = enter(watched, HERE).ask("HEAD", "/metrics")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"].isdigit()
    for host in ("unix", "0::1", "127.0.0.7"):
        assert ask(watched, host, "/healthz").text == "ok"
    assert enter(watched, HERE).ask("POST", "/metrics").status == 405


FORGED = {"X_Forwarded_For": HERE}
BY_NAME = {"Host": "chat.example.org"}


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        (HERE, {}, 200),
        (HERE, {"Host": "localhost:8080"}, 200),
        (HERE, {"Host": "[::1]:8080"}, 200),
        (ELSEWHERE, {}, 403),
        (ELSEWHERE, {"Host": "localhost"}, 403),
        (ELSEWHERE, FORGED, 403),
        # a proxy on this machine, which is not in web.trusted_proxies
        (HERE, FORGED, 401),
        (HERE, {"X_Forwarded_For": ELSEWHERE}, 401),
        (HERE, {"X_Real_IP": ELSEWHERE}, 401),
        (HERE, {"Forwarded": f"for={ELSEWHERE}"}, 401),
        (HERE, {"Via": "1.1 proxy"}, 401),
        # one that says nothing but passes on the name
        (HERE, BY_NAME, 401),
        (HERE, {"Host": "192.0.2.1:8080"}, 401),
        # one that is trusted: the address counts that it says
        (PROXY, {"X_Forwarded_For": ELSEWHERE}, 403),
        (PROXY, FORGED, 403),  # local to the proxy, which is another machine
        (PROXY, {}, 403),
    ],
)  # fmt: skip
def test_who_needs_the_token(
    watched: House, peer: str, headers: dict[str, str], status: int
) -> None:
    """And is refused without it: 403 where it would not be taken in the clear."""
    for path in ("/metrics", "/healthz", "/readyz"):
        assert ask(watched, peer, path, **headers).status == status


def secure(house: House) -> House:
    house.server.handshakes.contexts = CONTEXTS
    house.server.world.set_tls(house.server.config.tls, True)
    return house


def test_the_token(watched: House) -> None:
    """Over TLS only, as passwords; a wrong one costs time."""
    reply = ask(watched, HERE, **FORGED)
    assert (reply.status, reply.headers["www-authenticate"][:6]) == (401, "Bearer")
    secure(watched)
    refused = ask(watched, ELSEWHERE, **bearer(TOKEN))
    assert (refused.status, "only over TLS" in refused.text) == (403, True)
    web = WebClient(over_tls(watched, host=ELSEWHERE).sock, watched.tick)
    assert web.ask("GET", "/metrics", b"", **bearer(TOKEN)).status == 200
    assert web.ask("GET", "/readyz", b"", **bearer(TOKEN)).text == "ready"
    assert web.ask("GET", "/metrics").status == 401
    assert web.ask("GET", "/metrics", b"", Authorization=f"Basic {TOKEN}").status == 401
    wrong = web.ask("GET", "/metrics", b"", **bearer("x" * 16))
    assert (wrong.status, wrong.text) == (401, "The token is wrong.")
    assert watched.server.arrivals.wrong_passwords == 1
    # a proxy on this machine, over which the token travels in secret
    assert ask(watched, HERE, "/metrics", **FORGED, **bearer(TOKEN)).status == 200


def test_other_settings(watched: House) -> None:
    """No token; another machine that may ask; nobody at all. They hold from SIGHUP on."""

    def use(**settings: object) -> None:
        monitoring = MonitoringSettings(**settings)  # type: ignore[arg-type]
        watched.server.config = replace(watched.server.config, monitoring=monitoring)

    use()
    reply = ask(watched, ELSEWHERE)
    assert (reply.status, "Only the server's own machine" in reply.text) == (403, True)
    use(allow=("192.0.2.0/24",))
    assert ask(watched, ELSEWHERE, **BY_NAME).status == 200
    assert ask(watched, ELSEWHERE, "/metrics", **FORGED).status == 403
    assert ask(watched, PROXY, "/metrics", X_Forwarded_For=ELSEWHERE).status == 200
    assert ask(watched, HERE).status == 403
    use(allow=())
    assert ask(watched, HERE).status == 403
    watched.server.config = replace(watched.server.config, web=WebSettings(enabled=False))
    assert ask(watched, HERE).status == 404


def test_readiness(watched: House) -> None:
    """A balancer sends nobody to a server that accepts nobody, or cannot write; its loop is well
    all the same."""
    web = enter(watched, HERE)
    assert web.ask("GET", "/readyz").text == "ready"
    watched.server.accepting.pause("a test")
    reply = web.ask("GET", "/readyz")
    assert (reply.status, reply.text) == (503, "No connections are accepted for now.")
    assert web.ask("GET", "/healthz").text == "ok"


def test_a_history_that_cannot_be_written(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.server.open_history()
    (tmp_path / "data" / "history.db").rename(tmp_path / "moved")
    house.join("ann", "#den")
    house.until(lambda: house.server.history and house.server.history.is_failing)
    web = enter(house, HERE)
    reply = web.ask("GET", "/readyz")
    assert (reply.status, reply.text) == (503, "The history cannot be written right now.")
    assert "\nchatroom_history_writable 0\n" in web.ask("GET", "/metrics").text
    (tmp_path / "moved").rename(tmp_path / "data" / "history.db")
    house.server.end()
