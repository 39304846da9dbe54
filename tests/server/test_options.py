"""The command line: what each flag gives, and what wrong usage says before it exits with 2."""

from dataclasses import replace
from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from chatroom import __version__
from chatroom.net.addresses import Address
from chatroom.server.config.options import (
    Backup,
    CheckData,
    Export,
    Import,
    Options,
    Restore,
    Stats,
    Tool,
    parse_options,
)

NOON = 1_795_176_000
"""20 November 2026, 12:00 UTC."""


def test_nothing_said_is_nothing_chosen() -> None:
    assert parse_options([]) == Options()


@pytest.mark.parametrize(
    ("arguments", "changed"),
    [
        (["-c", "x.toml"], {"config": Path("x.toml")}),
        (["--hosts", "h.csv"], {"hosts": Path("h.csv")}),
        (["--data=d"], {"data": Path("d")}),
        (["--check"], {"check": True}),
        (["--print-config"], {"print_config": True}),
        (["-v"], {"verbose": True}),
        (["--listen", "127.0.0.1:0"], {"listen": (Address("127.0.0.1", 0),)}),
        (
            ["--listen", ":80", "--listen=[::1]:81", "--listen", "unix:/s"],
            {"listen": (Address("", 80), Address("::1", 81), Address("", 0, "/s"))},
        ),
    ],
)
def test_a_flag(arguments: list[str], changed: dict[str, Any]) -> None:
    assert parse_options(arguments) == replace(Options(), **changed)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--listen", "8080"], "--listen: '8080' has no port; expected HOST:PORT"),
        (
            ["--listen", ":99999"],
            "--listen: '99999' is not a port; expected a number from 0 to 65535",
        ),
        (["--listen", "unix:"], "--listen: unix: needs a path"),
        (["--listen"], "--listen: expected one argument"),
        (["-c", ""], "-c: expected a path, found ''"),
        (["--check", "--print-config"], "not allowed with argument"),
        (["8080"], "unrecognized arguments: 8080"),
        (["--lis", ":80"], "unrecognized arguments: --lis"),
        (["history"], "the following arguments are required: ACTION"),
        (["history", "forget"], "invalid choice: 'forget'"),
        (["history", "import"], "the following arguments are required: FILE"),
        (["history", "export", "--format", "xml"], "--format: invalid choice: 'xml'"),
        (["history", "export", "--form", "text"], "unrecognized arguments: --form text"),
        (
            ["history", "export", "--room", "a b"],
            "a room's name cannot contain a space, found 'a b'",
        ),
        (["history", "export", "--since", "noon"], "--since: expected a time such as 2026-11-20"),
        (["history", "export", "--until", "7y"], "--until: expected a time such as 2026-11-20"),
        (["backup"], "the following arguments are required: FILE"),
        (
            ["history", "import", "--timezone", "../x", "f"],
            "expected a time zone that this machine",
        ),
        (["history", "import", "--from", "aim", "f"], "invalid choice: 'aim'"),
        (["--check", "history", "stats"], "--check cannot be used with a tool"),
        (["--listen", ":80", "backup", "f"], "--listen cannot be used with a tool"),
    ],
)
def test_wrong_usage(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse_options(arguments)
    assert left.value.code == 2
    *_, last = capsys.readouterr().err.splitlines()
    assert "error: " in last
    assert reason in last


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse_options(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"Chatroom {__version__}\n"


def test_help_tells_of_everything(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse_options(["--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    for word in (
        *("-c FILE", "--listen ADDRESS", "--hosts FILE", "--data DIR", "--check"),
        *("--print-config", "-v", "--version", "[v6]:PORT", "unix:PATH", "hosts_port.csv"),
        *("CHATROOM_LIMITS_NICKNAME", "HUP", "2 wrong usage", "history", "backup"),
    ):
        assert word in shown


# The operator's tools

NOTHING = Export(None, None, None, "jsonl", None)


@pytest.mark.parametrize(
    ("arguments", "tool"),
    [
        (["history", "export"], NOTHING),
        (["history", "export", "--room", "Ops"], replace(NOTHING, room="#Ops")),
        (["history", "export", "--room=##x"], replace(NOTHING, room="##x")),
        (["history", "export", "--room", "@ops"], replace(NOTHING, room="@#ops")),
        (["history", "export", "--since", "2026-11-20T12:00"], replace(NOTHING, since=NOON * 1000)),
        (["history", "export", "--until", "2026-11-20T12:00"], replace(NOTHING, until=NOON * 1000)),
        (
            ["history", "export", "--format", "html", "-o", "x.html"],
            replace(NOTHING, format="html", output=Path("x.html")),
        ),
        (["history", "import", "-"], Import((Path("-"),))),
        (
            ["history", "import", "--from", "slack", "--timezone", "+02:00", "a.zip", "b"],
            Import((Path("a.zip"), Path("b")), "slack", timezone(timedelta(hours=2))),
        ),
        (
            [
                "history",
                "import",
                "--from",
                "irssi",
                "--room",
                "Ops",
                "--dry-run",
                "--private",
                "x",
            ],
            Import((Path("x"),), "irssi", UTC, "#Ops", private=True, dry_run=True),
        ),
        (["history", "stats"], Stats("text")),
        (["history", "stats", "--format=json"], Stats("json")),
        (["backup", "x.db"], Backup(Path("x.db"), force=False)),
        (["backup", "--force", "x.db"], Backup(Path("x.db"), force=True)),
        (["check-data"], CheckData(quick=False)),
        (["check-data", "--quick"], CheckData(quick=True)),
        (["restore", "x"], Restore(Path("x"), False, None, False)),
        (
            ["restore", "--force", "--check", "--config-to", "c", "x"],
            Restore(Path("x"), True, Path("c"), True),
        ),
    ],
)
def test_a_tool(arguments: list[str], tool: Tool) -> None:
    assert parse_options(arguments) == Options(tool=tool)


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", "c.toml", "--data", "d", "history", "stats"],
        ["history", "stats", "-c", "c.toml", "--data", "d"],
        ["-c", "other", "--data", "d", "history", "stats", "-c", "c.toml"],
    ],
)
def test_where_the_data_is_may_be_said_before_or_after_the_tool(arguments: list[str]) -> None:
    expected = Options(config=Path("c.toml"), data=Path("d"), tool=Stats("text"))
    assert parse_options(arguments) == expected
