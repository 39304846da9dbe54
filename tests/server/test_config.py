"""Where the configuration comes from: flag, then environment, then TOML file, then default."""

import tomllib
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from chatroom.chat.limits import Limits
from chatroom.chat.settings import HistorySettings, OperatorSettings, RoomSettings, Settings
from chatroom.net.addresses import Address
from chatroom.server.config.load import Config, check, load
from chatroom.server.config.options import Options, parse_options
from chatroom.server.config.schema import ALL_KEYS, ConfigKeys, sample, structure

PUBLISHED = Path(__file__).resolve().parents[2] / "hosts_port.csv"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty home, an empty working directory, and nothing said."""
    for name in ("STATE_DIRECTORY", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    yield


def written(text: str, name: str = "chatroom.toml") -> Options:
    """Options that name a config file with this text, which nobody else can read."""
    Path(name).write_text(text)
    Path(name).chmod(0o600)
    return Options(config=Path(name))


def listening(config: Config) -> list[tuple[str, str]]:
    return [(str(address), origin) for address, origin, _ in config.listen]


# The sample that --print-config prints


def test_the_sample_has_every_key_at_its_default() -> None:
    said = tomllib.loads(sample())
    assert structure(said) == (ConfigKeys(), [])
    assert {key for key in said if not isinstance(said[key], dict)} == {"listen", "hosts", "data"}
    assert set(said["limits"]) == set(asdict(Limits()))
    assert set(said["server"]) == set(asdict(Settings()))
    assert set(said["history"]) == set(asdict(HistorySettings()))
    assert said["rooms"] == {"permanent": ["general"], "operators": {}, "owners": {}}


def test_the_sample_read_as_a_file_changes_nothing() -> None:
    plain = load(Options())
    config = load(written(sample()))
    assert (config.server, config.limits, config.log) == (Settings(), Limits(), plain.log)
    assert (config.history, config.rooms) == (HistorySettings(), RoomSettings())
    assert (config.listen, config.data, config.warnings) == (plain.listen, plain.data, ())


def test_the_sample_says_above_each_key_what_it_is_for() -> None:
    lines = sample().splitlines()
    rows = [number for number, line in enumerate(lines) if " = " in line and line[0] != "#"]
    assert len(rows) == len(ALL_KEYS)
    assert all(lines[number - 1].startswith("# ") for number in rows)


def test_the_sample_keeps_within_a_terminal() -> None:
    assert max(map(len, sample().splitlines())) <= 100


# Precedence


def test_the_file_beats_the_default() -> None:
    config = load(written('[limits]\nnickname = 12\n[server]\nmotd = """a\nb"""\n'))
    assert config.limits == Limits(nickname=12)
    assert config.server == Settings(motd="a\nb")


def test_the_environment_beats_the_file_key_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATROOM_LIMITS_NICKNAME", "13")
    monkeypatch.setenv("CHATROOM_SERVER_PASSWORD", "open sesame")
    config = load(written("[limits]\nnickname = 12\ntopic = 100\n"))
    assert config.limits == Limits(nickname=13, topic=100)
    assert config.server.password == "open sesame"


def test_the_history_from_file_and_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATROOM_HISTORY_ENABLED", "no")
    monkeypatch.setenv("CHATROOM_HISTORY_KEEP_DAYS", "365")
    config = load(written('[history]\ndurability = "power"\nreplay = 0\nkeep_days = 7\n'))
    assert config.history == HistorySettings(
        enabled=False, durability="power", replay=0, keep_days=365
    )


@pytest.mark.parametrize(
    ("text", "rooms"),
    [
        ("ops", ("ops",)),
        (" general , #Ops, ##x ,日本,", ("general", "Ops", "##x", "日本")),
        (",", ()),
    ],
)
def test_a_list_of_rooms_from_the_environment(
    text: str, rooms: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATROOM_ROOMS_PERMANENT", text)
    assert load(written('[rooms]\npermanent = ["other"]\n')).rooms.permanent == rooms


HASH = "SCRAM-SHA-256$1:AAAAAAAAAAAAAAAAAAAAAA==${0}:{0}".format("A" * 43 + "=")


def test_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    """The accounts alone, or the whole table; variables override its keys one by one."""
    assert load(written("operators = ['alice']\n")).operators == OperatorSettings(("alice",))
    text = (
        f"[operators]\naccounts = ['alice', 'Bob']\npasswords = {{ root = '{HASH}' }}\n"
        "class_of = { bob = 'helper' }\nclasses = { helper = ['see'] }\n"
    )
    operators = load(written(text)).operators
    assert operators.accounts == ("alice", "Bob")
    assert (operators.class_of, operators.classes) == ({"bob": "helper"}, {"helper": ("see",)})
    monkeypatch.setenv("CHATROOM_OPERATORS_PASSWORDS", f"boss={HASH}")
    assert load(written(text)).operators == replace(operators, passwords={"boss": HASH})


def test_rooms_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table in the file, pairs in the environment; a room may be written with its `#`."""
    text = "[rooms.operators]\n'#general' = ['a!*@h', 'b!*@h']\nGeneral = ['c!*@h']\n"
    operators = load(written(text)).rooms.operators
    assert operators == {"general": ("a!*@h", "b!*@h"), "General": ("c!*@h",)}
    monkeypatch.setenv("CHATROOM_ROOMS_OPERATORS", "ops = a!*@h, den=b!~x=y@h,ops=c!*@h")
    operators = load(written(text)).rooms.operators
    assert operators == {"ops": ("a!*@h", "c!*@h"), "den": ("b!~x=y@h",)}
    monkeypatch.setenv("CHATROOM_ROOMS_OPERATORS", "ops")
    why = "expected rooms with lists of masks, such as"
    assert why in check(Options())[0][0]


def test_rooms_owners(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with accounts; another room than a permanent one is warned of."""
    text = "[rooms.owners]\n'#general' = ['teacher', 'head']\n"
    assert load(written(text)).rooms.owners == {"general": ("teacher", "head")}
    monkeypatch.setenv("CHATROOM_ROOMS_OWNERS", "den=bob")
    config = load(written(text))
    assert config.rooms.owners == {"den": ("bob",)}
    assert "rooms.owners: den is not in rooms.permanent; is the name right?" in config.warnings
    monkeypatch.delenv("CHATROOM_ROOMS_OWNERS")
    wrong = "[rooms.owners]\ngeneral = ['a b', 'You']\n'x y' = []\nden = 'bob'\n"
    assert [fault.partition("rooms.owners: ")[2] for fault in check(written(wrong))[0]] == [
        "general: a nickname cannot contain a space",
        "general: this nickname is reserved",
        "a room's name cannot contain a space",
        "den: expected a list of accounts, found 'bob'",
    ]


def test_no_room_need_be_permanent() -> None:
    assert load(written("[rooms]\npermanent = []\n")).rooms.permanent == ()


def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATROOM_LIMITS_NICKNAME", "")
    monkeypatch.setenv("CHATROOM_LISTEN", "")
    assert load(written('listen = [":1"]\n[limits]\nnickname = 12\n')).limits.nickname == 12


@pytest.mark.parametrize(("text", "verbose"), [("1", True), ("TRUE", True), ("no", False)])
def test_a_truth_value_from_the_environment(
    text: str, verbose: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATROOM_LOG_VERBOSE", text)
    assert load(Options()).log.verbose is verbose


def test_the_verbose_flag_beats_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATROOM_LOG_VERBOSE", "0")
    assert load(Options(verbose=True)).log.verbose


@pytest.mark.parametrize("key", ALL_KEYS)
def test_every_key_is_a_variable(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATROOM_" + key.upper().replace(".", "_"), "\x1b[31m")
    if key in ("hosts", "data"):
        monkeypatch.setenv("CHATROOM_" + key.upper(), "\x1b")
    faults, _ = check(Options())
    assert len(faults) == 1
    assert faults[0].startswith("CHATROOM_" + key.upper().replace(".", "_") + ": ")


# Which file is read


def test_without_a_config_file_there_are_defaults() -> None:
    config = load(Options())
    assert config.file is None
    assert (config.server, config.limits) == (Settings(), Limits())


@pytest.mark.parametrize("variable", ["HOME", "XDG_CONFIG_HOME"])
def test_the_file_in_the_config_directory_is_found(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / ("home/.config/chatroom" if variable == "HOME" else "xdg/chatroom")
    directory.mkdir(parents=True)
    written("[limits]\nnickname = 12\n", str(directory / "chatroom.toml"))
    if variable != "HOME":
        monkeypatch.setenv(variable, str(tmp_path / "xdg"))
    config = load(Options())
    assert config.file == directory / "chatroom.toml"
    assert config.limits.nickname == 12


def test_the_file_that_a_variable_names_and_the_flag_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written("[limits]\nnickname = 11\n", "variable.toml")
    monkeypatch.setenv("CHATROOM_CONFIG", "variable.toml")
    assert load(Options()).limits.nickname == 11
    assert load(written("[limits]\nnickname = 12\n")).limits.nickname == 12


def test_a_byte_order_mark_and_cr_lf_are_fine() -> None:
    Path("dos.toml").write_bytes(b"\xef\xbb\xbf[limits]\r\nnickname = 12\r\n")
    assert load(Options(config=Path("dos.toml"))).limits.nickname == 12


# What to listen on


def test_flags_say_what_to_listen_on_before_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATROOM_LISTEN", ":1")
    Path("hosts_port.csv").write_text("127.0.0.1,2\n")
    written('listen = [":3"]\n')
    config = load(
        parse_options(["-c", "chatroom.toml", "--listen", ":8080", "--listen", "[::1]:0"])
    )
    assert listening(config) == [(":8080", "--listen :8080"), ("[::1]:0", "--listen [::1]:0")]


def test_then_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATROOM_LISTEN", ":1, unix:/run/c.sock ,")
    config = load(written('listen = [":3"]\n'))
    assert listening(config) == [
        (":1", "CHATROOM_LISTEN"),
        ("unix:/run/c.sock", "CHATROOM_LISTEN"),
    ]


def test_then_the_config_file() -> None:
    Path("hosts_port.csv").write_text("127.0.0.1,2\n")
    config = load(written('listen = [":3"]\n'))
    assert listening(config) == [(":3", "chatroom.toml: listen")]


def test_then_every_row_of_the_hosts_file_here() -> None:
    Path("hosts_port.csv").write_text("host,port\n127.0.0.1,2\n\n::1,3,six\n")
    assert listening(load(Options())) == [
        ("127.0.0.1:2", "hosts_port.csv line 2"),
        ("[::1]:3", "hosts_port.csv line 4"),
    ]


def test_then_the_hosts_file_of_the_checkout() -> None:
    assert listening(load(Options())) == [("127.0.0.1:8080", f"{PUBLISHED} line 3")]


def test_and_at_last_the_default() -> None:
    Path("hosts_port.csv").write_text("# nobody yet\n")
    assert listening(load(Options())) == [("127.0.0.1:8080", "the default")]


def test_the_hosts_file_is_named_by_flag_then_variable_then_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number, name in enumerate(("flag", "variable", "file"), 1):
        Path(f"{name}.csv").write_text(f"127.0.0.1,{number}\n")
    options = written('hosts = "file.csv"\n')
    assert listening(load(options)) == [("127.0.0.1:3", "file.csv line 1")]
    monkeypatch.setenv("CHATROOM_HOSTS", "variable.csv")
    assert listening(load(options)) == [("127.0.0.1:2", "variable.csv line 1")]
    flagged = Options(config=options.config, hosts=Path("flag.csv"))
    assert listening(load(flagged)) == [("127.0.0.1:1", "flag.csv line 1")]


def test_a_hosts_flag_that_goes_unused_is_a_warning() -> None:
    options = parse_options(["--listen", ":1", "--hosts", "x.csv"])
    assert load(options).warnings == ("--hosts x.csv is not used: --listen :1 overrides it",)


def test_an_address_that_is_asked_for_twice_is_listened_on_once() -> None:
    Path("hosts_port.csv").write_text("127.0.0.1,2\n127.0.0.1,2,again\n")
    config = load(Options())
    assert listening(config) == [("127.0.0.1:2", "hosts_port.csv line 1")]
    assert config.warnings == (
        "hosts_port.csv line 2: 127.0.0.1:2 is already listed (hosts_port.csv line 1)",
    )


def test_addresses_that_overlap_are_a_fault_with_both_who_asked() -> None:
    """Or the second would fail, and look as if another server were running."""
    faults, _ = check(parse_options(["--listen", "127.0.0.1:2", "--listen", ":2"]))
    assert faults == [
        "--listen :2: :2 overlaps with 127.0.0.1:2 (--listen 127.0.0.1:2); leave one of them out"
    ]


def test_port_0_twice_is_two_free_ports_and_a_unix_socket_has_none() -> None:
    twice = Options(listen=(Address("::1", 0), Address("::1", 0), Address("", 0, "/run/c")))
    assert load(twice).listen[1:] == (
        (Address("::1", 0), "--listen [::1]:0", False),
        (Address("", 0, "/run/c"), "--listen unix:/run/c", False),
    )


# The data directory


def test_the_data_directory_from_the_last_resort_to_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(Options()).data == tmp_path / "home/.local/state/chatroom"
    monkeypatch.setenv("XDG_STATE_HOME", "/xdg")
    assert load(Options()).data == Path("/xdg/chatroom")
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/chatroom:/var/lib/other")
    assert load(Options()).data == Path("/var/lib/chatroom")
    options = written('data = "/file"\n')
    assert load(options).data == Path("/file")
    monkeypatch.setenv("CHATROOM_DATA", "/variable")
    assert load(options).data == Path("/variable")
    assert load(Options(config=options.config, data=Path("/flag"))).data == Path("/flag")


def test_a_relative_xdg_directory_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XDG Base Directory Specification: "must be absolute", else "should … ignore it"."""
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    assert load(Options()).data == tmp_path / "home/.local/state/chatroom"


def test_relative_paths_start_at_the_file_that_says_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("etc").mkdir()
    Path("etc/all.csv").write_text("127.0.0.1,5\n")
    config = load(written('data = "d"\nhosts = "all.csv"\n', "etc/chatroom.toml"))
    assert config.data == tmp_path / "here/etc/d"
    assert listening(config) == [("127.0.0.1:5", "etc/all.csv line 1")]
    monkeypatch.setenv("CHATROOM_DATA", "d")
    assert load(Options()).data == tmp_path / "here/d"


def test_a_tilde_is_the_home_directory(tmp_path: Path) -> None:
    assert load(written('data = "~/d"\n')).data == tmp_path / "home/d"


def test_nothing_is_created() -> None:
    options = Options(data=Path("d/e"))
    assert not load(options).data.exists()
    assert check(options) == ([], [])
    assert not Path("d").exists()


def test_a_data_directory_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    """At the start and by --check; not where no history is kept."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o777)
    options = Options(data=tmp_path / "data")
    (warning,) = check(options)[1]
    assert warning.startswith(f"others can read or write {tmp_path}/data; run: chmod ")
    assert load(options).warnings == (warning,)
    Path("chatroom.toml").write_text("[history]\nenabled = false\n[rooms]\npermanent = []\n")
    assert load(Options(config=Path("chatroom.toml"), data=tmp_path / "data")).warnings == ()


def test_operators_of_a_room_that_is_not_permanent() -> None:
    """A mistyped name would make nobody operator, silently. It may be written in another case."""
    text = "[rooms]\npermanent = ['ops']\noperators = { nosuch = ['a!*@h'], Ops = ['a!*@h'] }\n"
    warning = "rooms.operators: nosuch is not in rooms.permanent; is the name right?"
    assert load(written(text)).warnings == (warning,)
