"""What the server announces, and what it tells people to type."""

import ipaddress
import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import harness
from chatroom.net.addresses import Address
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers
from chatroom.server.config.load import Config, ConfigError, load
from chatroom.server.config.options import Options
from chatroom.server.lan.announcer import (
    BREATHER,
    MOST_PACKETS,
    Announcement,
    Announcer,
    announcement,
)
from chatroom.server.lan.directions import directions, how_to_open, page_url, qr_lines
from chatroom.server.lan.reached import outside_places, reached

EVERY_4, EVERY_6 = Address("0.0.0.0", 8080), Address("::", 8080)
HERE = Address("127.0.0.1", 8080)
LAN = Address("192.0.2.7", 8080)
FINGERPRINT = "ab" * 32


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setattr("socket.gethostname", lambda: "alpha.example.org")
    return of(tmp_path, "")


def of(directory: Path, text: str) -> Config:
    file = directory / "chatroom.toml"
    file.write_text(text)
    return load(Options(config=file, data=directory, listen=(HERE,)))


def services(found: Announcement | None) -> dict[str, dict[str, str]]:
    assert found is not None
    return {offer.type: dict(offer.txt) for offer in found.offers}


def test_all_doors_of_a_server(config: Config) -> None:
    """Clear IRC, TLS and the page are on the same port."""
    found = announcement(config, [HERE, EVERY_4, EVERY_6], FINGERPRINT)
    assert services(found) == {
        "_irc._tcp": {"txtvers": "1", "network": "Chatroom", "tls": "yes"},
        "_ircs._tcp": {"txtvers": "1", "network": "Chatroom", "fp": FINGERPRINT},
        "_http._tcp": {"txtvers": "1", "path": "/"},
    }
    assert found is not None
    assert found.name == "Chatroom on alpha"
    assert {offer.port for offer in found.offers} == {8080}
    assert found.places == (EVERY_4, EVERY_6)


@pytest.mark.parametrize(
    ("text", "fingerprint", "types"),
    [
        ("", "", {"_irc._tcp", "_http._tcp"}),
        ("[web]\nenabled = false", FINGERPRINT, {"_irc._tcp", "_ircs._tcp"}),
        ("[tls]\nrequired = 'always'", FINGERPRINT, {"_ircs._tcp", "_http._tcp"}),
    ],
)
def test_it_follows_the_configuration(
    text: str, fingerprint: str, types: set[str], tmp_path: Path
) -> None:
    assert set(services(announcement(of(tmp_path, text), [LAN], fingerprint))) == types


@pytest.mark.parametrize(
    ("text", "places", "announced"),
    [
        ("", [HERE], False),
        ("", [HERE, Address("::1", 8080)], False),
        ("", [], False),
        ("", [LAN], True),
        ("[lan]\nannounce = 'no'", [LAN], False),
        ("[lan]\nannounce = false", [LAN], False),
        ("[lan]\nannounce = true", [HERE], False),
        ("[lan]\nannounce = 'yes'", [EVERY_6], True),
    ],
)
def test_only_what_others_can_reach(
    text: str, places: list[Address], announced: bool, tmp_path: Path
) -> None:
    found = announcement(of(tmp_path, text), places, "")
    assert bool(found) == announced
    assert not found or found.insist == ("yes" in text)


def test_the_name_is_the_operator_s(tmp_path: Path) -> None:
    found = announcement(of(tmp_path, "[lan]\nname = 'Room 7'"), [LAN], "")
    assert found is not None
    assert found.name == "Room 7"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("announce = 'perhaps'", "lan.announce: expected 'auto', 'yes' or 'no', found 'perhaps'"),
        ("announce = 1", "found 1"),
        ("name = 7", "lan.name: expected text in quotes"),
        (f"name = '{'é' * 30}'", "lan.name: expected at most 58 bytes, found 60"),
        ("qr = 'yes'", "lan.qr: expected true or false"),
    ],
)
def test_faults_of_the_configuration(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=fault):
        of(tmp_path, f"[lan]\n{text}")


def test_each_interface_has_the_addresses_on_which_we_listen() -> None:
    networks = [
        ipaddress.ip_interface("192.0.2.7/24"),
        ipaddress.ip_interface("198.51.100.7/24"),
        ipaddress.ip_interface("fe80::7/64"),
    ]
    four, other, six = (each.ip for each in networks)
    assert reached(networks, [EVERY_4]) == (four, other)
    assert reached(networks, [EVERY_6]) == (six,)
    assert reached(networks, [LAN]) == (four,)
    assert reached(networks, [Address("fe80::7%eth0", 8080)]) == (six,)
    assert outside_places([HERE, LAN, EVERY_4, Address("", 0, "/run/x")]) == [LAN, EVERY_4]


@pytest.fixture
def announcer() -> Iterator[tuple[Announcer, Timers]]:
    """One whose machine has no network, so that nothing is sent."""
    loop, timers = Loop(), Timers()
    announcer = Announcer(loop, timers, lambda: 5.0)
    yield announcer, timers
    announcer.end()
    loop.close()


def test_a_flood_of_packets_is_not_read(announcer: tuple[Announcer, Timers]) -> None:
    """The system drops them at less cost; a moment later others are heard again."""
    announcing, timers = announcer
    nowhere = Address("198.51.100.77", 8080)
    announcing.begin(Announcement("Room 7", (), (nowhere,)))
    for _ in range(MOST_PACKETS - 1):
        announcing._received(2, "192.0.2.9", 5353, b"anything")
    assert not announcing._multicast._paused
    announcing._received(2, "192.0.2.9", 5353, b"anything")
    assert announcing._multicast._paused
    timers.run(5.0 + BREATHER)
    assert not announcing._multicast._paused


def test_an_operator_who_insists_is_warned(
    announcer: tuple[Announcer, Timers], caplog: pytest.LogCaptureFixture
) -> None:
    """`announce = "yes"` where there is no network; otherwise it is only a remark. Once."""
    announcing, timers = announcer
    nowhere = Announcement("Room 7", (), (Address("198.51.100.77", 8080),))
    with caplog.at_level(logging.INFO, logger="chatroom"):
        for insist, level in ((True, "WARNING"), (False, "INFO")):
            announcing.begin(nowhere._replace(insist=insist))
            timers.run(1e9)
            timers.run(1e9)
            (record,) = caplog.records
            assert record.levelname == level
            assert "Not announced on the local network" in record.message
            caplog.clear()
    assert announcing.host
    announcing.begin(None)
    assert announcing.host == ""


# What people type


def test_directions(config: Config) -> None:
    places = [LAN, *(Address(f"192.0.2.{number}", 8080) for number in range(10, 18))]
    lines = "\n".join(directions(config, places, has_tls=True))
    assert lines.startswith(
        "People on other machines come here with\n"
        "  the client:     chatroom-client 192.0.2.7 8080\n"
        "  an IRC client:  192.0.2.7, port 8080, with TLS\n"
        "  a browser:      http://192.0.2.7:8080/\n"
        "Other addresses of this server: 192.0.2.10:8080, 192.0.2.11:8080, "
    )
    assert lines.endswith("192.0.2.15:8080 and 2 more")
    assert "--listen :8080" in how_to_open(8080)


def test_directions_without_tls_and_page(config: Config) -> None:
    """The client uses TLS with other machines, unless it is told not to."""
    config = replace(config, web=replace(config.web, enabled=False))
    assert list(directions(config, [Address("2001:db8::7", 80)], has_tls=False))[1:] == [
        "  the client:     chatroom-client 2001:db8::7 80 --no-tls",
        "  an IRC client:  2001:db8::7, port 80",
    ]


def test_the_page_s_address(config: Config) -> None:
    assert page_url(config, Address("2001:db8::7", 80), True) == "http://[2001:db8::7]:80/"
    always = replace(config, tls=replace(config.tls, required="always"))
    assert page_url(always, LAN, True) == "https://192.0.2.7:8080/"
    behind = replace(config, web=replace(config.web, url="https://chat.example.org"))
    assert page_url(behind, LAN, True) == "https://chat.example.org/"


def test_the_qr_code() -> None:
    """Read back module by module, and drawn light on dark whatever the terminal's colours are."""
    segno = pytest.importorskip("segno")
    url = "http://192.0.2.7:8080/"
    code = segno.make(url, micro=False, error="l")
    lines = qr_lines(url)
    modules: list[list[int]] = []
    for line in lines:
        assert line.startswith("\x1b[97;40m")
        assert line.endswith("\x1b[m")
        row = line[8:-3]
        modules.append([one not in "█▀" for one in row])
        modules.append([one not in "█▄" for one in row])
    expected = [list(row) for row in code.matrix_iter(border=4)]
    assert modules[: len(expected)] == [[bool(one) for one in row] for row in expected]
    assert len(lines[0]) <= 60
    assert len(lines) <= 24


def test_tests_are_not_announced() -> None:
    """Nobody's network hears of the servers of these tests."""
    assert "CHATROOM_LAN_ANNOUNCE" in Path(harness.__file__).read_text()
    assert "CHATROOM_LAN_ANNOUNCE" not in os.environ
