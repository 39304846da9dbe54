"""The file with the certificates that a person trusts, and fingerprints as people write them."""

import fcntl
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chatroom.client.files import pins as module
from chatroom.client.files.pins import (
    Pins,
    PinsError,
    server_key,
    with_colons,
)
from chatroom.net.addresses import Address, parse_address
from chatroom.text.fingerprints import BadFingerprint, parse_fingerprint

ONE, OTHER = "a4" * 32, "0b" * 32
HERE = parse_address("chat.example.org:8080")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "chatroom" / "known_servers"


@pytest.mark.parametrize(
    "text",
    [
        ONE,
        ONE.upper(),
        with_colons(ONE),
        with_colons(ONE).lower(),
        f"sha256:{ONE}",
        f"SHA256:{with_colons(ONE)}",
        f"sha256 Fingerprint={with_colons(ONE)}",
        f"SHA256 Fingerprint={with_colons(ONE)}\n",
        f"sha-256:{ONE}",
        f" {with_colons(ONE).replace(':', ' ')} ",
    ],
)
def test_spellings_of_a_fingerprint(text: str) -> None:
    """With colons or without, in any case, and as openssl prints it."""
    assert parse_fingerprint(text) == ONE


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "expected a SHA-256 fingerprint"),
        ("sha256:", "expected a SHA-256 fingerprint"),
        ("trust me", "expected a SHA-256 fingerprint"),
        ("a4" * 20, "has 64 hexadecimal digits, this one has 40"),
        (ONE + "0", "this one has 65"),
        ("\u0663" * 64, "expected a SHA-256 fingerprint"),
        (f"md5:{ONE}", "expected a SHA-256 fingerprint"),
    ],
)
def test_what_is_no_fingerprint(text: str, why: str) -> None:
    """SHA-1 has 40 digits; other scripts' digits are none."""
    with pytest.raises(BadFingerprint, match=why):
        parse_fingerprint(text)


def test_fingerprints_are_shown_with_colons() -> None:
    """As OpenSSL prints them."""
    assert with_colons(ONE) == ":".join(["A4"] * 32)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Chat.Example.ORG.:8080", "chat.example.org:8080"),
        ("[2001:DB8:0:0::7]:8080", "[2001:db8::7]:8080"),
        ("unix:/run/Chat", "unix:/run/Chat"),
    ],
)
def test_one_server_has_one_name(one: str, other: str) -> None:
    """However it is spelt."""
    assert server_key(parse_address(one)) == other


def test_pins_are_kept_for_each_host_and_port(file: Path) -> None:
    """One line each, for the owner alone; nothing else is trusted."""
    pins = Pins(file)
    assert pins.find(HERE) == ""
    pins.keep(HERE, ONE)
    pins.keep(HERE._replace(port=6697), OTHER)
    again = Pins(file)
    assert again.find(HERE) == again.find(parse_address("CHAT.example.org:8080")) == ONE
    assert again.find(HERE._replace(port=6697)) == OTHER
    assert again.find(HERE._replace(port=1)) == again.find(Address("example.org", 8080)) == ""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    rows = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    assert rows == [
        f"chat.example.org:6697 {with_colons(OTHER)}",
        f"chat.example.org:8080 {with_colons(ONE)}",
    ]


def test_a_pin_is_replaced_only_on_purpose(file: Path) -> None:
    """Another client may have been faster: what it was told stays."""
    pins = Pins(file)
    pins.keep(HERE, ONE)
    pins.keep(HERE, OTHER)
    assert pins.find(HERE) == ONE
    pins.keep(HERE, OTHER, replacing=True)
    assert pins.find(HERE) == OTHER


def test_forgetting(file: Path) -> None:
    """One port, or every port of that host, and no other host."""
    pins = Pins(file)
    assert pins.forget(HERE) == []
    for text in (
        "chat.example.org:1",
        "chat.example.org:2",
        "[::7]:1",
        "example.org:1",
        "unix:/a b",
    ):
        pins.keep(parse_address(text), ONE)
    assert pins.forget(parse_address("chat.example.org:3")) == []
    assert pins.forget(parse_address("Chat.example.org:1")) == ["chat.example.org:1"]
    pins.keep(parse_address("chat.example.org:1"), ONE)
    gone = pins.forget(parse_address("chat.example.org:8080"), every_port=True)
    assert gone == ["chat.example.org:1", "chat.example.org:2"]
    assert pins.forget(parse_address("[0::7]:1")) == ["[::7]:1"]
    assert pins.forget(parse_address("unix:/a b"), every_port=True) == ["unix:/a b"]
    assert pins.find(parse_address("example.org:1")) == ONE


def test_what_a_person_wrote_there_stays(file: Path) -> None:
    """Comments, and fingerprints in other spellings; so does a link to the real file."""
    real = file.parent.parent / "elsewhere"
    file.parent.mkdir(parents=True)
    real.write_text(f"# mine\n\n chat.example.org:8080   sha256:{ONE.upper()} \n")
    file.symlink_to(real)
    pins = Pins(file)
    assert pins.find(HERE) == ONE
    pins.keep(parse_address("192.0.2.7:8080"), OTHER)
    assert file.is_symlink()
    assert real.read_text().splitlines()[:2] == ["# mine", ""]
    assert pins.find(HERE) == ONE


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"chat.example.org:8080 {ONE[1:]}", "line 1: .* this one has 63"),
        ("# one\nchat.example.org:8080", "line 2: "),
        ("chat.example.org:8080 ", "line 1: "),
        (f"chat.example.org {ONE}", "line 1: .*has no port"),
        (f" {ONE}", "line 1: "),
        (f"x:1 {ONE}\nX:1 {OTHER}", "line 2: x:1 is there already"),
        (f"x:1 {ONE}\n\x1b]0;gone\x07", "line 2: expected HOST:PORT and"),
        (f"x:1 {ONE}\n\x1b]0;gone\x07:1 {ONE}", "line 2: a host cannot contain control"),
        (f"\x1b]0;gone {ONE}", "line 1: .*has no port"),
        (f"x:1 \x1b]{ONE}", "line 1: .*expected a SHA-256 fingerprint"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_damaged_file_is_an_error(file: Path, text: str | bytes, why: str) -> None:
    """Nothing is trusted, and nothing is written over it."""
    file.parent.mkdir(parents=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = file.read_bytes()
    for use in (
        lambda: Pins(file).find(HERE),
        lambda: Pins(file).keep(HERE, ONE, replacing=True),
        lambda: Pins(file).forget(HERE),
    ):
        with pytest.raises(PinsError, match=why) as error:
            use()
        assert "\x1b" not in str(error.value)
    assert file.read_bytes() == before


def test_an_unreadable_file_is_an_error(file: Path) -> None:
    """A directory stands for what even root cannot read."""
    file.mkdir(parents=True)
    with pytest.raises(PinsError, match=r"Cannot read .*known_servers: is a directory\."):
        Pins(file).find(HERE)
    with pytest.raises(PinsError, match="is a directory"):
        Pins(file).keep(HERE, ONE)


def test_without_a_place_nothing_is_known(file: Path) -> None:
    """As in a container without a home; and where a file is in the way of the directory."""
    assert Pins(None).find(HERE) == ""
    with pytest.raises(PinsError, match="there is no home directory"):
        Pins(None).keep(HERE, ONE)
    file.parent.parent.write_text("")
    with pytest.raises(PinsError, match="not a directory"):
        Pins(file).keep(HERE, ONE)


def test_what_could_not_be_read_again_is_not_written(file: Path) -> None:
    """A path whose visible form is too long for a socket."""
    path = Address("", 0, "/" + "\x01" * 100)
    with pytest.raises(PinsError, match="cannot be remembered"):
        Pins(file).keep(path, ONE)
    assert not file.exists()


def test_two_clients_at_once_lose_nothing(file: Path) -> None:
    """Each opens the lock for itself, as processes do."""
    servers = [Address("chat.example.org", port) for port in range(1, 25)]
    with ThreadPoolExecutor(4) as several:
        list(several.map(lambda each: Pins(file).keep(each, ONE), servers))
    assert all(Pins(file).find(each) == ONE for each in servers)
    assert sorted(each.name for each in file.parent.iterdir()) == [
        "known_servers",
        "known_servers.lock",
    ]


def test_a_client_that_was_stopped_in_the_middle(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it for ever."""
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.0)
    Pins(file).keep(HERE, ONE)
    with file.with_name("known_servers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(PinsError, match="another client is writing it"):
            Pins(file).keep(HERE, OTHER, replacing=True)
    assert Pins(file).find(HERE) == ONE
