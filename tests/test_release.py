"""`make release`: only a version that is committed, described and tested gets a tag."""

import subprocess
from pathlib import Path

import pytest

import release
from release import NotReady

VERSION = '"""A chat."""\n\n__version__ = "1.2.3"\n'
CHANGELOG = """# Changelog

## 1.2.3 (2026-11-29)

### Added

- Something.
# a line that is no heading

## 1.2.2 (2026-11-01)

- Older.
"""
MAKEFILE = """
check test docs:
\t@echo $@ >>build/made
zipapp wheelhouse:
\t@mkdir -p dist/$@ && echo $@ >dist/$@/file && echo $@ >>build/made
"""


def git(root: Path, *words: str) -> str:
    """What git says in this repository."""
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    done = subprocess.run(["git", *who, *words], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def commit(root: Path) -> None:
    """Commit everything."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose `make` notes what it was asked for."""
    for variable in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "MAKEFLAGS", "MAKELEVEL"):
        monkeypatch.delenv(variable, raising=False)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "x")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "x@example.org")
    package = tmp_path / "lib" / "chatroom"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(VERSION)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "Makefile").write_text(MAKEFILE)
    (tmp_path / ".gitignore").write_text("build/\ndist/\n")
    (tmp_path / "build").mkdir()
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return tmp_path


def made(checkout: Path) -> list[str]:
    """What `make` was asked for."""
    file = checkout / "build" / "made"
    return file.read_text().split() if file.exists() else []


def refusals(checkout: Path, dry_run: bool = True) -> tuple[str, ...]:
    """Why there is no release; and there is no tag."""
    before = git(checkout, "tag")
    with pytest.raises(NotReady) as caught:
        release.release(checkout, dry_run)
    assert git(checkout, "tag") == before
    return caught.value.args


def test_a_release(checkout: Path) -> None:
    """Checked, built, and tagged with what is new."""
    release.release(checkout, dry_run=False)
    assert made(checkout) == ["check", "test", "docs", "zipapp", "wheelhouse"]
    message = git(checkout, "tag", "-l", "--format=%(contents)", "v1.2.3")
    assert message.startswith("Chatroom 1.2.3\n\n### Added\n\n- Something.\n# a line")
    assert "Older" not in message
    sums = (checkout / "dist" / "SHA256SUMS").read_text().splitlines()
    assert [line.split()[1] for line in sums] == ["wheelhouse/file", "zipapp/file"]
    assert refusals(checkout) == ("v1.2.3 is tagged already; change lib/chatroom/__init__.py",)


def test_a_dry_run_does_nothing(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    release.release(checkout, dry_run=True)
    assert capsys.readouterr().out.splitlines()[-2:] == ["make wheelhouse", "git tag -a v1.2.3"]
    assert not git(checkout, "tag")
    assert made(checkout) == []


def test_everything_that_is_missing_is_said(checkout: Path) -> None:
    (checkout / "CHANGELOG.md").write_text(CHANGELOG.replace("1.2.3 (2026-11-29)", "Unreleased"))
    (checkout / "new").touch()
    assert refusals(checkout) == (
        "not committed:  M CHANGELOG.md",
        "not committed: ?? new",
        "CHANGELOG.md begins with '## Unreleased', and not with '## 1.2.3 (YEAR-MONTH-DAY)'",
    )


def test_a_section_without_words(checkout: Path) -> None:
    (checkout / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.3 (2026-11-29)\n\n## 1.2.2\n")
    commit(checkout)
    assert refusals(checkout) == ("CHANGELOG.md says nothing of 1.2.3",)


def test_a_version_that_is_none(checkout: Path) -> None:
    (checkout / "lib/chatroom/__init__.py").write_text('__version__ = "1.2.3.dev0"\n')
    commit(checkout)
    assert refusals(checkout) == ("lib/chatroom/__init__.py has no version like 1.2.3",)


def test_what_fails_is_not_tagged(checkout: Path) -> None:
    (checkout / "Makefile").write_text(
        MAKEFILE.replace("check test docs:", "check docs:", 1) + "test:\n\t@false"
    )
    commit(checkout)
    assert refusals(checkout, dry_run=False) == ("make test failed",)
    assert made(checkout) == ["check"]


def test_what_changes_while_it_is_tested_is_not_tagged(checkout: Path) -> None:
    (checkout / "Makefile").write_text(f"{MAKEFILE}\t@touch made-by-make\n")
    commit(checkout)
    assert refusals(checkout, dry_run=False) == (
        "the checkout has changed meanwhile",
        "not committed: ?? made-by-make",
    )
