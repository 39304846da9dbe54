"""client.toml: what it may say, what is wrong with it, and what is written into it."""

import resource
import stat
from pathlib import Path

import pytest

from chatroom.client.config.passwords import PasswordError, from_command, from_file
from chatroom.client.config.profiles import (
    Config,
    ConfigError,
    Profile,
    config_file,
    read_config,
    save_no_offer,
    save_profile,
    save_settings,
)
from chatroom.client.config.startup import Options, completed, credentials
from chatroom.client.credentials import Credentials
from chatroom.client.files.xdg import state_directory
from chatroom.net.addresses import Address

WHOLE = """\
default = "work"  # mine

[profiles.work]
address = "chat.example.org:6667"
nick = "alice"
rooms = ["general", "#ops"]
password_command = "pass show 'the chat'"

[profiles.home]
host = "::1"
password_file = "secret"

[settings]
bell = false
lag = 5
time = "short"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "client.toml"
    path.write_text(text)
    return path


def test_what_it_says(tmp_path: Path) -> None:
    """Profiles and settings; relative paths start where the file is."""
    config = read_config(written(tmp_path, WHOLE))
    assert config.profile() == Profile(
        Address("chat.example.org", 6667),
        "alice",
        ("general", "#ops"),
        password_command=("pass", "show", "the chat"),
    )
    home = config.profile("home")
    assert (home.address, home.password_file) == (Address("::1", 8080), tmp_path / "secret")
    assert config.settings == {"bell": "off", "lag": "5", "time": "short"}
    assert config.offer


def test_no_file_and_no_profile(tmp_path: Path) -> None:
    """Then everything is asked."""
    assert read_config(tmp_path / "none") == Config()
    assert Config().profile() == Profile()
    with pytest.raises(ConfigError, match="There is no profile x; known: none"):
        Config().profile("x")


FAULTS = [
    ("defualt = 1", "defualt: unknown key; did you mean default?"),
    ("default = 1", "default: expected text in quotes, found a number"),
    ('default = "x"', "default: there is no profile x"),
    ("offer = 1", "offer: expected true or false, found a number"),
    ("profiles = 1", "profiles: expected a table, found a number"),
    ("[profiles]\nwork = 1", "profiles.work: expected a table of keys, found a number"),
    ("[profiles.work]\nnick = 1", "profiles.work.nick: expected text in quotes, found a number"),
    ('[profiles.work]\nnick = "a b"', "profiles.work.nick: expected one word"),
    ('[profiles.work]\nnick = "a\\u001b"', "profiles.work.nick: expected one line of text"),
    ('[profiles.work]\nnik = "a"', "profiles.work.nik: unknown key; did you mean nick?"),
    ('[profiles.work]\naddress = "a"', "profiles.work.address: 'a' has no port; expected"),
    ('[profiles.work]\nhost = "a"\nport = 99999', "profiles.work.port: '99999' is not a port"),
    ('[profiles.work]\nhost = "a"\nport = "1"', "profiles.work.port: expected a number, found tex"),
    ("[profiles.work]\nport = 1", "profiles.work.port: this key needs host as well"),
    (
        '[profiles.work]\naddress="a:1"\nhost="b"',
        "profiles.work.address: give either this key, or host",
    ),
    ('[profiles.work]\nrooms = "ops"', 'profiles.work.rooms: expected a list such as ["general"]'),
    (
        '[profiles.work]\npassword_command = "a \'"',
        "profiles.work.password_command: cannot split this",
    ),
    (
        '[profiles.work]\npassword_command = "a"\npassword_file = "b"',
        "profiles.work.password_file: give either this key or password_command",
    ),
    (
        '[profiles.work]\npassword_file = "~nobody-at-all/b"',
        "profiles.work.password_file: there is no home directory of that name",
    ),
    ('[profiles.work]\ntls = "yes"', "profiles.work.tls: expected true or false, found text"),
    (
        '[profiles.work]\nfingerprint = "a4"',
        "profiles.work.fingerprint: a SHA-256 fingerprint has 64 hexadecimal digits",
    ),
    (
        f'[profiles.work]\ntls = false\nfingerprint = "{"a4" * 32}"',
        "profiles.work.fingerprint: this key needs TLS, and tls is false",
    ),
    ("[settings]\nbell = [1]", "settings.bell: expected text in quotes, found a list"),
    ("a b", "Expected '=' after a key"),
]


@pytest.mark.parametrize(("text", "fault"), FAULTS)
def test_a_fault_is_told_with_its_key(tmp_path: Path, text: str, fault: str) -> None:
    """Each with its key and what is expected."""
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    assert str(caught.value).startswith(f"{path}: {fault}")


def test_all_faults_at_once(tmp_path: Path) -> None:
    """One line for each."""
    path = written(tmp_path, "\n".join(text for text, _ in (FAULTS[0], FAULTS[3], FAULTS[6])))
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    assert str(caught.value).count("\n") == 2


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """The system's reason, or ours."""
    (tmp_path / "client.toml").write_bytes(b"\xff")
    for path, words in ((tmp_path, "Is a directory"), (tmp_path / "client.toml", "not UTF-8")):
        with pytest.raises(ConfigError, match=words):
            read_config(path)


def test_writing_leaves_the_rest_alone(tmp_path: Path) -> None:
    """Comments, order and other profiles; the file becomes its owner's alone."""
    path = written(tmp_path, WHOLE)
    path.chmod(0o644)
    save_settings(path, {"lag": "7", "bell": "off"})
    save_profile(path, "main", Profile(Address("::1", 1), "bob", ("x",)))
    save_no_offer(path)
    config = read_config(path)
    assert path.read_text().startswith('default = "work"  # mine\n')
    assert config.settings == {"lag": "7", "bell": "off"}
    assert config.profile("main") == Profile(Address("::1", 1), "bob", ("x",))
    assert config.profile("home").address == Address("::1", 8080)
    assert (config.default, config.offer) == ("work", False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_the_first_writing(tmp_path: Path) -> None:
    """Makes directory and file; a link stays one."""
    path = tmp_path / "a" / "b" / "client.toml"
    save_profile(path, "main", Profile(Address("", 0, "/run/chat"), "bob", ("x",)))
    assert read_config(path).profile() == Profile(Address("", 0, "/run/chat"), "bob", ("x",))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    link = tmp_path / "client.toml"
    link.symlink_to(path)
    save_no_offer(link)
    assert link.is_symlink()
    assert not read_config(path).offer


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """What was there stays."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="Cannot write"):
        save_no_offer(tmp_path / "file" / "client.toml")
    broken = written(tmp_path, "a b")
    with pytest.raises(ConfigError, match="Cannot read"):
        save_no_offer(broken)
    assert broken.read_text() == "a b"


def test_a_disk_without_room_loses_nothing(tmp_path: Path) -> None:
    """The file stays as it was, and no half of another one lies beside it."""
    path = written(tmp_path, WHOLE)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))  # files take no byte more
    try:
        with pytest.raises(ConfigError, match=r"^Cannot write .+: File too large$"):
            save_settings(path, {"bell": "on"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == WHOLE
    assert list(tmp_path.iterdir()) == [path]


WORK = Profile(Address("work", 1), "al", ("ops",), password_command=("pass",))
CONFIG = Config({"work": WORK}, "work")
HERE = Address("here", 2)


@pytest.mark.parametrize(
    ("options", "amount"),
    [
        (Options(), Options(WORK.address, "al", ("ops",), None, ("pass",))),
        (Options(nick="bo", rooms=("x",)), Options(WORK.address, "bo", ("x",), None, ("pass",))),
        (Options(HERE), Options(HERE)),
        (Options(hosts=Path("h")), Options(hosts=Path("h"))),
        (Options(password_file=Path("p")), Options(WORK.address, "al", ("ops",), Path("p"))),
        (
            Options(HERE, profile="work"),
            Options(HERE, "al", ("ops",), None, ("pass",), profile="work"),
        ),
    ],
)
def test_flags_beat_the_profile(options: Options, amount: Options) -> None:
    """No server is told another one's password by chance."""
    assert completed(options, CONFIG) == amount


A, B = "a4" * 32, "b5" * 32


@pytest.mark.parametrize(
    ("options", "profile", "amount"),
    [
        (Options(), Profile(HERE, tls=False), (False, "")),
        (Options(), Profile(HERE, fingerprint=A), (None, A)),
        (Options(tls=True), Profile(HERE, tls=False), (True, "")),
        (Options(tls=True), Profile(HERE, fingerprint=A), (True, A)),
        (Options(tls=False), Profile(HERE, fingerprint=A), (False, "")),
        (Options(fingerprint=B), Profile(HERE, tls=False), (None, B)),
        (Options(fingerprint=B), Profile(HERE, fingerprint=A), (None, B)),
        (Options(WORK.address, profile="work"), Profile(HERE, fingerprint=A), (None, "")),
        (Options(WORK.address), Profile(HERE, tls=False, fingerprint=A), (None, "")),
    ],
)
def test_tls_and_fingerprints(
    options: Options, profile: Profile, amount: tuple[bool | None, str]
) -> None:
    """Flags beat the profile; a fingerprint is that of the profile's own server."""
    found = completed(options, Config({"work": profile}, "work"))
    assert (found.tls, found.fingerprint) == amount


def test_a_profile_remembers_how_it_was_reached(tmp_path: Path) -> None:
    """--no-tls, if it was given; nothing else."""
    path = tmp_path / "client.toml"
    for tls in (None, False, True):
        path.unlink(missing_ok=True)
        save_profile(path, "main", Profile(HERE, "al", ("ops",), tls=tls))
        assert read_config(path).profile() == Profile(HERE, "al", ("ops",), tls=tls)


def test_passwords_from_files(tmp_path: Path) -> None:
    """The first line."""
    (tmp_path / "p").write_text("s3cret word\nmore\n")
    assert from_file(tmp_path / "p") == "s3cret word"
    with pytest.raises(PasswordError, match="No such file"):
        from_file(tmp_path / "none")


def test_passwords_from_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first line of what is written; whatever fails is told, never what was written."""
    assert from_command(["printf", "a b\\nc"]) == "a b"
    with pytest.raises(PasswordError, match="password_command no-such-program: no such file"):
        from_command(["no-such-program"])
    with pytest.raises(PasswordError, match="password_command true: it printed nothing"):
        from_command(["true"])
    with pytest.raises(PasswordError) as caught:
        from_command(["sh", "-c", "echo s3cret; exit 3"])
    assert str(caught.value) == "password_command sh: exit status 3"
    monkeypatch.setattr("chatroom.client.config.passwords.COMMAND_SECONDS", 0.1)
    with pytest.raises(PasswordError, match="it took longer than 0 seconds"):
        from_command(["tail", "-f", "/dev/null"])


def test_the_tests_leave_a_persons_files_alone(nobodys_home: Path) -> None:
    """Here and in every process that is started, for they inherit this environment."""
    for place in (config_file(), state_directory()):
        assert place is not None
        assert nobodys_home in place.parents


def test_a_certificate_instead_of_the_password_of_an_account(tmp_path: Path) -> None:
    """Its file is beside this one; it needs TLS."""
    file = tmp_path / "client.toml"
    file.write_text('[profiles.work]\naddress = "h:1"\naccount = "al"\ncertificate = "al.pem"\n')
    config = read_config(file)
    options = completed(Options(profile="work"), config)
    assert options.certificate == tmp_path / "al.pem"
    assert credentials(options) == Credentials("al", "")
    assert completed(Options(profile="work", tls=False), config).certificate is None
    file.write_text(file.read_text() + "tls = false\n")
    with pytest.raises(ConfigError, match=r"profiles.work.certificate: this key needs TLS"):
        read_config(file)
