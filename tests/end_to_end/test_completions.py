"""What the shells complete: every command, and every option of each."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from command_lines import Lines, client_lines, server_lines
from harness import PATIENCE, ROOT

COMPLETIONS = ROOT / "completions"
PROGRAMS: dict[str, Lines] = {
    "chatroom-client": client_lines(),
    "chatroom-server": server_lines(),
}
CASES = [(name, words) for name, lines in PROGRAMS.items() for words in lines]
NAMES = [" ".join((name, *words)) for name, words in CASES]

for_each_line = pytest.mark.parametrize(("name", "words"), CASES, ids=NAMES)


def needs(shell: str) -> str:
    """Its path; the test is skipped where it is not installed."""
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    return path


def output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def bash_offers(name: str, *typed: str) -> list[str]:
    """What bash offers for the last of the words."""
    words = " ".join(f"'{word}'" for word in (name, *typed))
    function = f"_{name.replace('-', '_')}"
    script = (
        f"source '{COMPLETIONS / name}.bash'; COMP_WORDS=({words}); COMP_CWORD={len(typed)};"
        f" {function} {name} '{typed[-1]}' '{(name, *typed)[-2]}'; echo \"${{COMPREPLY[@]}}\""
    )
    return output(needs("bash"), "-c", script).split()


def fish_offers(name: str, *typed: str) -> list[str]:
    """The same of fish."""
    line = " ".join((name, *typed))
    script = f"source '{COMPLETIONS / name}.fish'; complete -C '{line}'"
    return [line.partition("\t")[0] for line in output(needs("fish"), "-c", script).splitlines()]


def options(name: str, words: tuple[str, ...]) -> set[str]:
    return {option for option in PROGRAMS[name][words] if option.startswith("--")}


def following(name: str, words: tuple[str, ...]) -> set[str]:
    """The words that may come next."""
    return {line[-1] for line in PROGRAMS[name] if line and line[:-1] == words}


@for_each_line
def test_bash(name: str, words: tuple[str, ...]) -> None:
    """No option is missing, and none is offered that does not exist."""
    offered = bash_offers(name, *words, "-")
    assert {option for option in offered if option.startswith("--")} == options(name, words)
    if nexts := following(name, words):
        assert nexts <= set(bash_offers(name, *words, ""))


@for_each_line
def test_fish(name: str, words: tuple[str, ...]) -> None:
    """The same."""
    offered = fish_offers(name, *words, "--")
    assert set(offered) == options(name, words)
    if nexts := following(name, words):
        assert nexts <= set(fish_offers(name, *words, ""))


@pytest.fixture(scope="module")
def zsh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pexpect.spawn]:
    """A real one, at its prompt."""
    home = tmp_path_factory.mktemp("home")
    shell = pexpect.spawn(
        needs("zsh"), ["-f", "-i"], timeout=PATIENCE, encoding="utf-8", dimensions=(50, 200),
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "TERM": "dumb"},
    )  # fmt: skip
    shell.delaybeforesend = None  # pexpect would sleep before each word: ten seconds in all
    shell.sendline("PS1='ready''> '; unsetopt zle_bracketed_paste; LISTMAX=1000")
    shell.expect("ready> ")
    shell.sendline(
        f"fpath=('{COMPLETIONS}' $fpath); autoload -U compinit; compinit -u -D; print do''ne"
    )
    shell.expect("done")
    shell.expect("ready> ")
    yield shell
    shell.close()


def completes(zsh: pexpect.spawn, line: str, word: str) -> None:
    """Type a word but for its end, and have zsh find that; it may ring the bell meanwhile."""
    zsh.send(f"\x15{line} {word[:-1]}\t")
    zsh.expect("\x07*".join(map(re.escape, word)))


@for_each_line
def test_zsh(zsh: pexpect.spawn, name: str, words: tuple[str, ...]) -> None:
    """Each completes from its own beginning."""
    for word in sorted(options(name, words) | following(name, words)):
        completes(zsh, " ".join((name, *words)), word)


def test_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of client.toml; none where there is no such file."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for offers in (bash_offers, fish_offers):
        assert offers("chatroom-client", "tail", "--profile", "") == []
    (tmp_path / "chatroom").mkdir()
    (tmp_path / "chatroom" / "client.toml").write_text("[profiles.work]\n[profiles.home]\n")
    for offers in (bash_offers, fish_offers):
        assert set(offers("chatroom-client", "tail", "--profile", "")) == {"work", "home"}


def test_files_are_there() -> None:
    """One for each program and shell."""
    expected = {f"{name}.{shell}" for name in PROGRAMS for shell in ("bash", "fish")}
    expected |= {f"_{name}" for name in PROGRAMS}
    assert {path.name for path in Path(COMPLETIONS).iterdir()} == expected
