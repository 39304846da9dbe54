"""/metrics: what each figure counts, the table that describes them, and the dashboard."""

import json
import re
from pathlib import Path

import pytest

from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import ServerBanSet
from chatroom.server.files.upload import Fault, Uploader
from chatroom.server.monitoring.metrics import COUNTER, HISTOGRAM, METRICS, Metric, render
from chatroom.store.files.index import StoredFile
from harness import PATIENCE, ROOT, Client
from net.line import tcp_pair
from server.conftest import House, join_with_small_buffers
from server.test_tls import connect as over_tls
from tls_ends import CONTEXTS

_SAMPLE = re.compile(r'([a-z_]+)(?:\{([a-z]+)="([^"]*)"\})? (\S+)')


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house with a history."""
    house = House(tmp_path)
    house.server.open_history()
    return house


def figures(house: House) -> dict[str, float]:
    """Sample -> value: `chatroom_rooms`, or `chatroom_connections irc`."""
    found = {}
    for line in render(house.server.sources).splitlines():
        if not line.startswith("#"):
            match = _SAMPLE.fullmatch(line)
            assert match, line
            found[f"{match[1]} {match[3]}" if match[3] else match[1]] = float(match[4])
    return found


def changes(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """What has become more, and by how much, apart from the process and the times."""
    return {
        name: after[name] - value
        for name, value in before.items()
        if after[name] != value and name.startswith("chatroom") and "_bucket" not in name
    }


def enter(house: House, host: str) -> Client:
    """Somebody who connects from that address."""
    ours, its = tcp_pair()
    house.server._accepted(ours, host)
    its.settimeout(PATIENCE)
    return Client(its)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_names(metric: Metric) -> None:
    """As Prometheus's conventions want them."""
    assert re.fullmatch(r"(chatroom|process)(_[a-z0-9]+)+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == COUNTER)
    if metric.kind == HISTOGRAM or "bytes" in metric.name:
        assert re.search(r"_(bytes|seconds)(_total)?$", metric.name)
    assert metric.help.endswith(".")


def test_each_metric_is_shown_once_with_its_type(house: House) -> None:
    """Apart from the end of a certificate that does not exist."""
    text = render(house.server.sources)
    assert text.endswith("\n")
    for metric in METRICS:
        shown = text.count(f"\n# TYPE {metric.name} {metric.kind}\n")
        assert shown == (0 if "certificate" in metric.name else 1), metric.name
    house.server.end()


def test_no_history(tmp_path: Path) -> None:
    """Its metrics are left out."""
    house = House(tmp_path)
    text = render(house.server.sources)
    assert "chatroom_rooms" in text
    assert not re.search("history|commit|chatroom_file|disk", text)
    house.server.end()


def test_people_and_what_they_say(house: House) -> None:
    before = figures(house)
    ann, bob = house.join("ann", "#den"), house.join("bob", "#den")
    found = changes(before, figures(house))
    assert found["chatroom_connections irc"] == found["chatroom_users"] == 2
    assert found["chatroom_accepted_connections_total"] == 2
    assert found["chatroom_door_connections_total irc"] == found["chatroom_sessions"] == 2
    assert found["chatroom_rooms"] == 1
    assert 50 < found["chatroom_received_bytes_total"] < 200
    assert 2000 < found["chatroom_sent_bytes_total"] < 20_000
    before = figures(house)
    house.settle(ann.send("PRIVMSG #den :hello"))
    house.settle(bob)
    found = changes(before, figures(house))
    assert found["chatroom_messages_total"] == found["chatroom_history_recorded_total"] == 1
    assert found["chatroom_deliveries_total"] == 2
    assert found["chatroom_received_bytes_total"] == len(
        "PRIVMSG #den :hello\r\nPING :settled\r\nPING :settled\r\n"
    )
    line = bob.seen[-2]
    pongs = ":chatroom.local PONG chatroom.local :settled\r\n" * 2
    assert line.endswith("PRIVMSG #den :hello")
    assert found["chatroom_sent_bytes_total"] == len(f"{line}\r\n{pongs}")
    house.server.end()


def test_bytes_inside_tls_are_those_of_the_chat(house: House) -> None:
    """And handshakes, done and failed."""
    house.server.handshakes.contexts = CONTEXTS
    before = figures(house)
    ann = over_tls(house)
    house.settle(ann)
    found = changes(before, figures(house))
    assert found["chatroom_tls_handshakes_total ok"] == 1
    assert found["chatroom_received_bytes_total"] < 1000
    before = figures(house)
    house.settle(ann)
    found = changes(before, figures(house))
    assert found["chatroom_received_bytes_total"] == len("PING :settled\r\n")
    broken = house.connect()
    broken.sock.sendall(b"\x16\x03\x01\x00\x05hello")
    house.until(lambda: figures(house)["chatroom_tls_handshakes_total failed"])
    assert "chatroom_tls_handshakes_total ok" not in changes(before, figures(house))
    house.server.end()


def test_whoever_is_refused_or_slowed_down(tmp_path: Path) -> None:
    house = House(tmp_path, limits="per_address = 1\njoins = 1\nflood_burst = 20")
    house.server.open_history()
    now = house.server.world.now
    apply(house.server.world, ServerBanSet(0, "192.0.2.7", True, "oper", now, 0, "Go away"))
    before = figures(house)
    enter(house, "192.0.2.7")
    house.until(lambda: figures(house)["chatroom_connections_refused_total banned"] == 1)
    first = enter(house, "192.0.2.8")
    first.send("NICK ann", "USER ann 0 * :ann")
    house.settle(first)
    enter(house, "192.0.2.8")
    house.until(lambda: figures(house)["chatroom_connections_refused_total address_limit"])
    house.settle(first.send("JOIN #a,#b,#c,#d"))
    first.send("JOIN #a", "JOIN #b", "JOIN #c")
    house.until(lambda: figures(house)["chatroom_throttled_total pace"])
    house.server.world.on_wrong_password("192.0.2.8")
    found = changes(before, figures(house))
    assert found["chatroom_connections_refused_total banned"] == 1
    assert found["chatroom_connections_refused_total address_limit"] == 1
    assert found["chatroom_wrong_passwords_total"] == 1
    assert found["chatroom_throttled_total joins"] == 1
    assert found["chatroom_throttled_total pace"] == 1
    house.server.end()


def test_a_reader_who_does_not_read_and_a_bug(house: House) -> None:
    ann = house.join("ann", "#den")
    slow = join_with_small_buffers(house, "slow", "#den")
    while not figures(house)["chatroom_unsent_bytes"]:
        house.settle(ann.send(*[f"PRIVMSG #den :{'x' * 400}"] * 50))
    (connection,) = [one for one in house.server.doors if one.backlog]
    house.server._drop_slow_reader(connection)
    assert figures(house)["chatroom_slow_readers_total"] == 1
    house.server.guarded(lambda: 1 / 0)
    assert figures(house)["chatroom_unhandled_exceptions_total"] == 1
    slow.close()
    house.server.end()


def test_files(house: House) -> None:
    """One more, and one less."""
    keeper = house.server.web_files
    assert keeper is not None
    stored: list[StoredFile | Fault] = []
    uploader = Uploader(1, "192.0.2.7")
    upload = keeper.upload(uploader, 5)
    upload.write(b"hello")
    keeper.finish(upload, uploader, "a.txt", "text/plain", house.server.world.now, stored.append)
    assert figures(house)["chatroom_worker_jobs files"] > 0
    house.until(lambda: stored)
    house.until(lambda: not figures(house)["chatroom_worker_jobs files"])
    found = figures(house)
    assert found["chatroom_files"] == 1
    assert found["chatroom_file_bytes"] >= 5
    (file,) = stored
    assert isinstance(file, StoredFile)
    keeper.remove([file.id], lambda _file: True)
    house.until(lambda: not figures(house)["chatroom_files"])
    assert figures(house)["chatroom_file_bytes"] == 0
    house.server.end()


def test_jobs_of_workers(house: House) -> None:
    before = figures(house)["chatroom_worker_jobs general"]
    done: list[object] = []
    house.server.workers.submit(lambda: None, done.append)
    assert figures(house)["chatroom_worker_jobs general"] == before + 1
    house.until(lambda: done)
    assert figures(house)["chatroom_worker_jobs general"] == 0
    house.server.end()


DASHBOARD = json.loads((ROOT / "deploy" / "grafana.json").read_text(encoding="utf-8"))
_SUFFIXES = {HISTOGRAM: ("_bucket", "_sum", "_count")}
NAMES = {
    f"{metric.name}{suffix}" for metric in METRICS for suffix in _SUFFIXES.get(metric.kind, ("",))
}
LABELS = {metric.label for metric in METRICS} | {"le", "instance"}


def test_the_dashboard_asks_for_metrics_that_exist() -> None:
    """And for their labels: Grafana shows an empty panel for a wrong name, and says nothing."""
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    for text in asked:
        found = set(re.findall(r"(?:chatroom|process)_\w+", text))
        assert found and found <= NAMES, text
        labels = re.findall(r" by \((\w+)\)", text) + re.findall(r"\{(\w+)=~", text)
        assert set(labels) <= LABELS, text
    variables = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    assert set(re.findall(r"\$(?:\{)?(\w+)", " ".join(asked))) <= {*variables, "__rate_interval"}


def test_the_panels_of_the_dashboard() -> None:
    """Each says what it shows, and none covers another."""
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        assert panel["title"] and panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken
        assert all(x < 24 for x, _ in cells)
        taken |= cells
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)


def row_of(metric: Metric) -> str:
    label = f" `{metric.label}`" if metric.label else ""
    return f"| `{metric.name}`{label} | {metric.kind} | {metric.help} |"


def test_the_documentation_has_this_table() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    form = r"\| `\w+`( `\w+`)? \| (counter|gauge|histogram) \|"
    rows = [line for line in page.splitlines() if re.match(form, line)]
    assert rows == [row_of(metric) for metric in METRICS]
    code = " ".join(re.findall("`[^`]+`", page))
    assert set(re.findall(r"\b(?:chatroom|process)_[a-z0-9_]+\b(?!\.py)", code)) <= {
        *NAMES, *(metric.name for metric in METRICS)
    }  # fmt: skip
