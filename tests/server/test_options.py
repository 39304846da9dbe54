"""The command line: what each flag gives, and what wrong usage says before it exits with 2."""

from dataclasses import replace
from pathlib import Path

import pytest

from chatroom import __version__
from chatroom.net.addresses import Address
from chatroom.server.options import Options, parse_options


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
def test_a_flag(arguments: list[str], changed: dict[str, object]) -> None:
    assert parse_options(arguments) == replace(Options(), **changed)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--listen", "8080"], "--listen: '8080' has no port; expected HOST:PORT"),
        (["--listen", ":99999"], "--listen: '99999' is no port; expected a number from 0 to 65535"),
        (["--listen", "unix:"], "--listen: unix: needs a path"),
        (["--listen"], "--listen: expected one argument"),
        (["-c", ""], "-c: expected a path, found ''"),
        (["--check", "--print-config"], "not allowed with argument"),
        (["8080"], "unrecognized arguments: 8080"),
        (["--lis", ":80"], "unrecognized arguments: --lis"),
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
        *("CHATROOM_LIMITS_NICKNAME", "HUP", "2 wrong usage"),
    ):
        assert word in shown
