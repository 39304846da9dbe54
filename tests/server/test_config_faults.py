"""What can be wrong with a configuration is said all at once, each with its place and key."""

from pathlib import Path

import pytest

from chatroom.net.addresses import Address
from chatroom.server.config.load import ConfigError, check, load
from chatroom.server.config.options import Options

HERE = (Address("127.0.0.1", 0),)
"""Listens without a hosts file."""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home and working directory."""
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


A_URL = "expected a URL such as https://chat.example.org/icon.png"


def faults(text: str | bytes = "", listen: tuple[Address, ...] = HERE) -> list[str]:
    """What is wrong with a file of this text, without the file's name."""
    file = Path("c.toml")
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    found, _ = check(Options(config=file, listen=listen))
    assert all(each.startswith("c.toml: ") for each in found), found
    return [each.removeprefix("c.toml: ") for each in found]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nickname = 'ten'", "limits.nickname: expected a whole number, found 'ten'"),
        ("nickname = true", "limits.nickname: expected a whole number, found true"),
        ("nickname = 3.0", "limits.nickname: expected a whole number, found 3.0"),
        ("nickname = [3]", "limits.nickname: expected a whole number, found a list"),
        ("nickname = {a = 3}", "limits.nickname: expected a whole number, found a table"),
        ("nickname = 2020-01-01", "limits.nickname: expected a whole number, found 2020-01-01"),
        ("nickname = 0", "limits.nickname: expected a number from 1 to 64, found 0"),
        ("nickname = 65", "limits.nickname: expected a number from 1 to 64, found 65"),
        ("flood_rate = -1", "limits.flood_rate: expected a number from 0 to 1000000, found -1"),
        (
            "outbox = 65535",
            "limits.outbox: expected a number from 65536 to 1073741824, found 65535",
        ),
        ("nicknam = 3", "limits.nicknam: unknown key; did you mean limits.nickname?"),
        ("password = 3", "limits.password: unknown key; did you mean server.password?"),
        ("zzz = 3", "limits.zzz: unknown key"),
    ],
)
def test_a_limit(line: str, message: str) -> None:
    assert faults(f"[limits]\n{line}\n") == [message]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "icon = 'i.png'",
            "expected a URL such as https://chat.example.org/icon.png, found 'i.png'",
        ),
        ("icon = 'https://a/ b'", "expected a URL such as https://chat.example.org/icon.png"),
        ("icon = 'https://a/?x=y'", "expected a URL such as https://chat.example.org/icon.png"),
        ("client_tag_deny = '+typing'", "expected names of tags without their +, found '+typing'"),
        ("client_tag_deny = 'a,,b'", "expected names of tags without their +, found ''"),
        ("client_tag_deny = 'a,*'", "expected names of tags without their +, found '*'"),
        (
            "client_tag_deny = 'a,-b'",
            'expected names with a - after "*", and without one otherwise',
        ),
        ("client_tag_deny = '*,b'", 'expected names with a - after "*", and without one otherwise'),
        (f"client_tag_deny = '{'a' * 201}'", "expected at most 200 characters, found 201"),
    ],
)
def test_what_isupport_says(line: str, message: str) -> None:
    (fault,) = faults(f"[server]\n{line}\n")
    assert fault.startswith(f"server.{line.partition(' ')[0]}: {message}")


@pytest.mark.parametrize(
    "line", ["icon = ''", "icon = 'http://a/i.svg'", "client_tag_deny = '*, -draft/react,-reply'"]
)
def test_what_isupport_may_say(line: str) -> None:
    assert faults(f"[server]\n{line}\n") == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("accounts = 'alice'", 'accounts: expected a list of accounts, such as ["alice"], found'),
        ("accounts = ['a b']", "accounts: a nickname"),
        ("passwords = { root = 'secret' }", "passwords: root: expected what `chatroom-server pass"),
        ("passwords = { root = 3 }", "passwords: root: expected what `chatroom-server password`"),
        ("classes = { helper = ['fly'] }", "classes: helper: expected privileges out of "),
        ("classes = { helper = 3 }", "classes: helper: expected a list of privileges, found 3"),
        ("class_of = { bob = [] }", "class_of: bob: expected one word"),
        ("accounts = []\nclass = 3", "class: unknown key"),
    ],
)
def test_operators(line: str, message: str) -> None:
    """A password that was put where its hash belongs is not repeated."""
    (fault,) = faults(f"[operators]\n{line}\n")
    assert fault.startswith(f"operators.{message}")
    assert "secret" not in fault


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("token = 'too-short'", "token: expected 16 to 200 letters, digits and -._~+/="),
        ("token = 'two words, and a comma'", "token: expected 16 to 200 letters"),
        ("token = 4711", "token: expected text in quotes"),
        ("allow = ['localhost']", "allow: expected an address, a network or 'unix', found 'loc"),
    ],
)
def test_monitoring(line: str, message: str) -> None:
    """The token is not repeated."""
    (fault,) = faults(f"[monitoring]\n{line}\n")
    assert fault.startswith(f"monitoring.{message}")
    assert not any(word in fault for word in ("too-short", "comma", "4711"))


def test_a_class_that_does_not_exist() -> None:
    text = "[operators]\naccounts = ['bob']\nclass_of = { bob = 'helpr', eve = 'all' }\n"
    Path("c.toml").write_text(text)
    found, warnings = check(Options(config=Path("c.toml"), listen=HERE))
    assert found == ["operators.class_of: bob: there is no class 'helpr' in operators.classes"]
    assert any("operators.class_of: eve is in neither" in warning for warning in warnings)


@pytest.mark.parametrize(
    "line", ["flood_rate = 0", "per_address = 0", "outbox = 65536", "goodbye = 0"]
)
def test_a_limit_at_its_edge_is_fine(line: str) -> None:
    assert faults(f"[limits]\n{line}\n") == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("name = 3", "name: expected text in quotes, found 3"),
        ("network = 'A B'", "network: expected one word of at most 32 characters, found 'A B'"),
        ("network = ''", "network: expected one word of at most 32 characters, found ''"),
        ('description = "a\\nb"', "description: expected one line of text"),
        ('room = "\\u001b"', "room: expected text without control characters"),
        ('motd = "\\u0000"', "motd: expected text without control characters"),
        (
            f"admin_email = '{'x' * 301}'",
            "admin_email: expected at most 300 characters, found 301",
        ),
        ("room = 'a b'", "room: a room's name cannot contain a space, found 'a b'"),
        ("room = ''", "room: a room's name is # followed by at least one character, found ''"),
        ("motto = 'x'", "motto: unknown key; did you mean server.motd?"),
    ],
)
def test_a_setting(line: str, message: str) -> None:
    assert faults(f"[server]\n{line}\n") == [f"server.{message}"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("enabled = 1", "enabled: expected true or false, found 1"),
        ("enabled = 'no'", "enabled: expected true or false, found 'no'"),
        ("durability = 'disk'", "durability: expected 'process' or 'power', found 'disk'"),
        ("durability = true", "durability: expected 'process' or 'power', found true"),
        ("durability = []", "durability: expected 'process' or 'power', found a list"),
        ("replay = -1", "replay: expected a number from 0 to 500, found -1"),
        ("replay = 501", "replay: expected a number from 0 to 500, found 501"),
        ("replay = '20'", "replay: expected a whole number, found '20'"),
        ("keep_days = 36501", "keep_days: expected a number from 0 to 36500, found 36501"),
        ("keep_days = 1.5", "keep_days: expected a whole number, found 1.5"),
        (
            "keep_messages = 1000000001",
            "keep_messages: expected a number from 0 to 1000000000, found 1000000001",
        ),
        ("backlog = 0", "backlog: expected a number from 1 to 10000000, found 0"),
        ("zzz = 3", "zzz: unknown key"),
        ("keep_day = 3", "keep_day: unknown key; did you mean history.keep_days?"),
    ],
)
def test_the_history(line: str, message: str) -> None:
    assert faults(f"[history]\n{line}\n") == [f"history.{message}"]


@pytest.mark.parametrize(
    "line",
    [
        *("replay = 0", "replay = 500", "keep_days = 0", "keep_days = 36500"),
        *("keep_messages = 0", "keep_messages = 1000000000", "backlog = 1", "backlog = 10000000"),
    ],
)
def test_the_history_at_its_edges_is_fine(line: str) -> None:
    assert faults(f"[history]\n{line}\n") == []


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        ("'general'", ["expected a list of rooms, such as [\"general\"], found 'general'"]),
        ("3", ['expected a list of rooms, such as ["general"], found 3']),
        (
            "['a b', 3, 'fine', '', \"\\u001b\"]",
            [
                "a room's name cannot contain a space",
                "expected text in quotes, found 3",
                "a room's name is # followed by at least one character",
                "expected text without control characters",
            ],
        ),
        (f"['{'x' * 64}']", ["a room's name has at most 64 characters"]),
        (f"['{'x' * 63}']", []),
    ],
)
def test_permanent_rooms(value: str, messages: list[str]) -> None:
    text = f"[rooms]\npermanent = {value}\n[limits]\nroom_name = 64\n"
    assert faults(text) == [f"rooms.permanent: {message}" for message in messages]


def test_permanent_rooms_keep_to_the_limit_of_rooms_names(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "[rooms]\npermanent = ['ops', 'longest', 'longer']\n"
    text += "[server]\nroom = 'ops'\n[limits]\nroom_name = 5\n"
    expected = [
        f"a room's name has at most 5 characters, found '{name}'" for name in ("longest", "longer")
    ]
    assert faults(text) == [f"rooms.permanent: {each}" for each in expected]
    monkeypatch.setenv("CHATROOM_ROOMS_PERMANENT", "ops,longest")
    found, _ = check(Options(config=Path("c.toml"), listen=HERE))
    assert found == [f"CHATROOM_ROOMS_PERMANENT: {expected[0]}"]


_A_MASK = "expected a mask nick!user@host, such as alice!*@192.0.2.7"


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        ("{}", []),
        ("{ general = [] }", []),
        ("{ general = ['a!*@h', '*!*@192.0.2.?'], 'Café' = ['*!u@::1'] }", []),
        (
            "7",
            [
                "expected rooms with lists of masks, such as"
                ' { general = ["alice!*@192.0.2.7"] }, found 7'
            ],
        ),
        ("{ general = 'a!*@h' }", ["general: expected a list of masks, found 'a!*@h'"]),
        (
            "{ general = ['alice', 7] }",
            [f"general: {_A_MASK}, found 'alice'", f"general: {_A_MASK}, found 7"],
        ),
        (
            "{ general = ['a b!*@h'], den = ['@h'] }",
            [f"general: {_A_MASK}, found 'a b!*@h'", f"den: {_A_MASK}, found '@h'"],
        ),
        (
            f"{{ general = ['a!*@{'h' * 128}'] }}",
            ["general: expected a mask of at most 128 characters, found 132"],
        ),
        (
            f"{{ general = ['a!*{'?x' * 30}*@h'] }}",
            [
                "general: expected a mask without ? between its first and last *, or with fewer"
                " characters there,"
                " found 'a!*?x?x?x?x?x?x?x?x?x?x?x?x?x?x?x?x?x?x?'"
            ],
        ),
        ("{ 'a b' = ['a!*@h'] }", ["a room's name cannot contain a space"]),
    ],
)
def test_rooms_operators(value: str, messages: list[str]) -> None:
    assert faults(f"[rooms]\noperators = {value}\n") == [
        f"rooms.operators: {message}" for message in messages
    ]


def test_rooms_operators_keep_to_the_limit_of_rooms_names() -> None:
    text = "[rooms]\npermanent = ['ops']\noperators = { longest = ['a!*@h'] }\n"
    why = "a room's name has at most 5 characters, found 'longest'"
    expected = [f"rooms.operators: {why}"]
    assert faults(f"{text}[server]\nroom = 'ops'\n[limits]\nroom_name = 5\n") == expected


@pytest.mark.parametrize(
    "name", ["", "local", "a b.c", "-a.b", "a..b", ".a", "a.b.", "a_b.c", "ä.b", "a." + "b" * 62]
)
def test_a_server_name_that_is_none(name: str) -> None:
    [fault] = faults(f"[server]\nname = '{name}'\n")
    assert fault.startswith("server.name: expected a name with a dot, such as chat.example.org")


@pytest.mark.parametrize("name", ["a.b", "irc-1.example.org", "10.0.0.1", "a." + "b" * 61])
def test_a_server_name_that_is_one(name: str) -> None:
    assert faults(f"[server]\nname = '{name}'\n") == []


def test_the_first_room_keeps_to_the_limit_of_rooms_names() -> None:
    text = "[server]\nroom = 'general'\n[limits]\nroom_name = 7\n"
    assert faults(text) == ["server.room: a room's name has at most 7 characters, found 'general'"]


def test_a_token_that_others_can_read_is_a_warning() -> None:
    Path("c.toml").write_text(f"[monitoring]\ntoken = '{'x' * 16}'\n")
    Path("c.toml").chmod(0o644)
    config = load(Options(config=Path("c.toml"), listen=HERE))
    assert "c.toml: others can read this file, which contains monitoring.token" in str(
        config.warnings
    )


def test_a_password_of_the_wrong_type_is_not_repeated() -> None:
    assert faults("[server]\npassword = 4711\n") == ["server.password: expected text in quotes"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("limits = 3", "limits: expected a table of keys, found 3"),
        ("log = []", "log: expected a table of keys, found a list"),
        ("[[server]]", "server: expected a table of keys, found a list"),
        ("[log]\nverbose = 'yes'", "log.verbose: expected true or false, found 'yes'"),
        ("[limit]\nnickname = 3", "limit: unknown key; did you mean limits?"),
        ("nickname = 3", "nickname: unknown key; did you mean limits.nickname?"),
        ("listn = 3", "listn: unknown key; did you mean listen?"),
        ("verbose = 3", "verbose: unknown key; did you mean log.verbose?"),
        ("log.zzz = 3", "log.zzz: unknown key"),
        ("[server.name]", "server.name: expected text in quotes, found a table"),
        (
            "listen = ':80'",
            "listen: expected a list of addresses, such as [\"127.0.0.1:8080\"], found ':80'",
        ),
        ("data = 3", "data: expected text in quotes, found 3"),
    ],
)
def test_the_shape(text: str, message: str) -> None:
    assert faults(text) == [message]


def test_each_bad_address_in_the_list() -> None:
    assert faults('listen = ["x", 3, ":80", ":99999", "::1"]') == [
        "listen: 'x' has no port; expected HOST:PORT, [v6]:PORT, :PORT or unix:PATH",
        "listen: expected text in quotes, found 3",
        "listen: '99999' is not a port; expected a number from 0 to 65535",
        "listen: '::1': put an IPv6 address in brackets, as in [::1]:8080",
    ]


@pytest.mark.parametrize("text", [b"a = ", b"[a\n", b"a = 1\na = 2", b"x = " + b"9" * 5000])
def test_a_file_that_is_no_toml(text: bytes) -> None:
    assert len(faults(text)) == 1


def test_a_file_that_is_no_text() -> None:
    assert faults(b"\xff\xfe") == ["this file is not UTF-8 text"]


@pytest.mark.parametrize("from_variable", [True, False])
def test_a_named_file_that_is_not_there(
    from_variable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if from_variable:
        monkeypatch.setenv("CHATROOM_CONFIG", "none.toml")
    options = Options(config=None if from_variable else Path("none.toml"), listen=HERE)
    assert check(options) == (["none.toml: No such file or directory"], [])


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATROOM_LIMITS_NICKNAME", "ten")
    monkeypatch.setenv("CHATROOM_LIMITS_TOPIC", "9" * 5000)
    monkeypatch.setenv("CHATROOM_LIMITS_KEY", "-1")
    monkeypatch.setenv("CHATROOM_LOG_VERBOSE", "perhaps")
    monkeypatch.setenv("CHATROOM_SERVER_ROOM", "a,b")
    monkeypatch.setenv("CHATROOM_HISTORY_DURABILITY", "none")
    monkeypatch.setenv("CHATROOM_HISTORY_ENABLED", "maybe")
    monkeypatch.setenv("CHATROOM_ROOMS_PERMANENT", "ops,a b")
    monkeypatch.setenv("CHATROOM_LISTEN", ":80,x")
    found, _ = check(Options())
    assert sorted(found) == [
        "CHATROOM_HISTORY_DURABILITY: expected 'process' or 'power', found 'none'",
        "CHATROOM_HISTORY_ENABLED: expected true or false, found 'maybe'",
        "CHATROOM_LIMITS_KEY: expected a number from 1 to 64, found -1",
        "CHATROOM_LIMITS_NICKNAME: expected a whole number, found 'ten'",
        "CHATROOM_LIMITS_TOPIC: expected a whole number, found '" + "9" * 40 + "'",
        "CHATROOM_LISTEN: 'x' has no port; expected HOST:PORT, [v6]:PORT, :PORT or unix:PATH",
        "CHATROOM_LOG_VERBOSE: expected true or false, found 'perhaps'",
        "CHATROOM_ROOMS_PERMANENT: a room's name cannot contain a space",
        "CHATROOM_SERVER_ROOM: a room's name cannot contain ',', found 'a,b'",
    ]


@pytest.mark.parametrize(
    "name", ["LIMITS", "SERVER", "ROOMS", "HISTORY", "LOG", "LIMIT", "LIMITS_", "HISTORIES"]
)
def test_a_section_is_no_misspelt_setting(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"CHATROOM_{name}", "3")
    found, warnings = check(Options(listen=HERE))
    assert (found, warnings) == ([], [f"CHATROOM_{name} is not a setting; it is ignored"])


def test_variables_that_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may be another program's: the server starts, and says that it does not heed them."""
    for name in (
        *("PORT", "PORT_8080_TCP", "PORT_8080_TCP_ADDR", "PORT_8080_TCP_PORT", "SERVICE_HOST"),
        *("PORT_8080_TCP_PROTO", "SERVICE_PORT", "SERVICE_PORT_IRC", "WEB_SERVICE_HOST"),
    ):
        monkeypatch.setenv(f"CHATROOM_{name}", "tcp://10.0.0.1:8080")
    monkeypatch.setenv("CHATROOM_LIMIT_TARGETS", "3")
    monkeypatch.setenv("CHATROOM_", "")
    found, warnings = check(Options(listen=HERE))
    assert found == []
    assert warnings == [
        "CHATROOM_ is not a setting; it is ignored",
        "CHATROOM_LIMIT_TARGETS is not a setting; it is ignored; "
        "did you mean CHATROOM_LIMITS_TARGETS?",
        "ignored: CHATROOM_PORT, CHATROOM_PORT_8080_TCP, CHATROOM_PORT_8080_TCP_ADDR, "
        "CHATROOM_PORT_8080_TCP_PORT, CHATROOM_PORT_8080_TCP_PROTO, CHATROOM_SERVICE_HOST, "
        "CHATROOM_SERVICE_PORT, CHATROOM_SERVICE_PORT_IRC, CHATROOM_WEB_SERVICE_HOST; "
        "Kubernetes sets such variables",
    ]


def test_a_setting_with_the_address_of_a_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATROOM_LISTEN", "tcp://10.0.0.1:8080")
    assert check(Options())[0] == [
        "CHATROOM_LISTEN: 'tcp://10.0.0.1:8080' is a URL; expected HOST:PORT, such as 10.0.0.1:8080"
    ]


def test_a_fault_in_the_file_is_told_even_when_a_variable_hides_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHATROOM_LIMITS_NICKNAME", "12")
    assert faults("[limits]\nnickname = 0\n") == [
        "limits.nickname: expected a number from 1 to 64, found 0"
    ]


def test_a_named_hosts_file_must_be_readable_and_have_rows() -> None:
    options = Options(hosts=Path("h.csv"))
    assert check(options) == (["h.csv: No such file or directory"], [])
    Path("h.csv").write_text("# nobody\n")
    assert check(options)[0] == ["h.csv: the file contains no server; expected rows of host,port"]


def test_bad_rows_count_in_the_implicit_hosts_file_too() -> None:
    Path("hosts_port.csv").write_text("127.0.0.1,x\n127.0.0.1,70000\n")
    assert check(Options())[0] == [
        f"hosts_port.csv line {line}: '{port}' is not a port; expected a number from 0 to 65535"
        for line, port in ((1, "x"), (2, "70000"))
    ]


def test_load_raises_everything_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATROOM_X", "1")
    Path("c.toml").write_text("x = 1\n[limits]\nkey = 0\ntopic = 0\n[server]\npassword = 'x'\n")
    Path("c.toml").chmod(0o644)
    options = Options(config=Path("c.toml"), hosts=Path("h.csv"))
    with pytest.raises(ConfigError) as caught:
        load(options)
    assert sorted(":".join(each.split(":")[:2]) for each in caught.value.faults) == [
        "c.toml: limits.key",
        "c.toml: limits.topic",
        "c.toml: x",
        "h.csv: No such file or directory",
    ]
    assert str(caught.value) == "\n".join(caught.value.faults)
    assert "CHATROOM_X is not a setting; it is ignored" in caught.value.warnings
    assert check(options) == (caught.value.faults, caught.value.warnings)


@pytest.mark.parametrize(("mode", "told"), [(0o600, 0), (0o640, 1), (0o604, 1), (0o620, 0)])
def test_a_password_that_others_can_read_is_a_warning(mode: int, told: int) -> None:
    Path("c.toml").write_text("[server]\npassword = 'secret'\n")
    Path("c.toml").chmod(mode)
    config = load(Options(config=Path("c.toml"), listen=HERE))
    assert config.server.password == "secret"
    assert len(config.warnings) == told
    for warning in config.warnings:
        assert warning.startswith(
            "c.toml: others can read this file, which contains server.password"
        )
        assert "secret" not in warning


def test_a_readable_file_without_a_password_is_fine() -> None:
    Path("c.toml").write_text("")
    Path("c.toml").chmod(0o644)
    assert load(Options(config=Path("c.toml"), listen=HERE)).warnings == ()


@pytest.mark.parametrize(
    ("mask", "whom"),
    [
        ("*!*@*", "everybody; name a host"),
        ("boss!*@*", "anyone who takes that nickname: a nickname proves nothing; name a host"),
        ("boss!boss@**", "anyone who takes that nickname: a nickname proves nothing; name a host"),
        ("boss!*@127.0.0.1", "anyone who takes that nickname on this machine"),
        ("boss!*@127.*", "anyone who takes that nickname on this machine"),
        ("boss!*@127.8.8.8", "anyone who takes that nickname on this machine"),
        ("boss!*@0::1", "anyone who takes that nickname on this machine"),
        ("b*!*@UNIX", "anyone who takes that nickname on this machine"),
        ("*!*@unix", "everybody on this machine"),
        ("boss!*@192.0.2.7", ""),
        ("*!*@192.0.2.*", ""),
        ("*!*@2001:db8::*", ""),
    ],
)
def test_a_mask_that_strangers_fit_is_warned_of(mask: str, whom: str) -> None:
    """By --check, and at the start and on HUP, which log the configuration's warnings."""
    file = Path("c.toml")
    file.write_text(f"[rooms.operators]\ngeneral = ['{mask}']\n")
    config = load(Options(config=file, listen=HERE))
    warnings = [each for each in config.warnings if "operators" in each]
    assert len(warnings) == bool(whom)
    if whom:
        expected = f"rooms.operators: general: '{mask}' makes operators of {whom}"
        assert warnings[0].startswith(expected)


# Where the data would be


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a service's account is for which nobody made a home."""
    for name in ("STATE_DIRECTORY", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "nowhere")  # not absolute, and so ignored


NO_HOME = "there is no home directory for the data; name a directory with --data DIR"


@pytest.mark.usefixtures("homeless")
def test_no_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault, unless the data directory is named, or nothing is kept."""
    assert check(Options(listen=HERE)) == ([NO_HOME], [])
    assert check(Options(listen=HERE, data=Path("data"))) == ([], [])
    monkeypatch.setenv("CHATROOM_HISTORY_ENABLED", "no")
    assert load(Options(listen=HERE)).data == Path("/dev/null/chatroom")  # which nobody can make


@pytest.mark.usefixtures("homeless")
def test_a_state_directory_is_as_good_as_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd.exec, StateDirectory=: the first of several."""
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/one:/var/lib/two")
    assert load(Options(listen=HERE)).data == Path("/var/lib/one")


def test_a_current_directory_that_was_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is refused; another one is as good as ever."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    found, _ = check(Options(listen=HERE, data=Path("data")))
    assert found == [
        "data is relative to the current directory, which cannot be used: no such file or directory"
    ]
    assert check(Options(listen=HERE, data=tmp_path / "data")) == ([], [])
