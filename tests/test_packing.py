"""Making chatroom.pyz: which packages are in it, and that the same input makes the same bytes."""

import ast
import importlib.metadata
import zipfile
from email.message import Message
from itertools import pairwise
from pathlib import Path

import pytest

from packing import dependencies
from packing.archive import MAIN, write_archive
from packing.dependencies import Missing, files, runtime_packages
from packing.wheels import PipFailed, copy_sources, other_wheels, write_wheels

ROOT = Path(__file__).resolve().parent.parent
CONTENTS = {"b/__init__.py": "X = {'one', 'two', 'three'}\n", "b/data.json": "{}", "a.py": "a = 1"}


def inputs(directory: Path) -> list[tuple[str, Path]]:
    """Files with CONTENTS in a directory, as `write_archive` takes them."""
    directory.mkdir()
    for number, text in enumerate(CONTENTS.values()):
        (directory / str(number)).write_text(text)
    return [(name, directory / str(number)) for number, name in enumerate(CONTENTS)]


def test_the_same_input_makes_the_same_bytes(tmp_path: Path) -> None:
    """In any order, from any place, at any time; and not with another name, which modules have."""
    one, other = tmp_path / "one" / "chat.pyz", tmp_path / "other" / "chat.pyz"
    write_archive(one, inputs(tmp_path / "here"))
    write_archive(other, reversed(inputs(tmp_path / "there")))
    assert one.read_bytes() == other.read_bytes()
    assert sorted(path.name for path in one.parent.iterdir()) == ["chat.pyz"]
    with zipfile.ZipFile(one) as archive:
        assert archive.read("b/data.json") == b"{}"
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert b"chat.pyz/a.py" in archive.read("a.pyc")


def test_an_old_python_understands_the_first_module() -> None:
    """So that it can say that it is too old."""
    ast.parse(MAIN, feature_version=(3, 3))


class Package(importlib.metadata.Distribution):
    """A package that needs others."""

    def __init__(self, name: str, *requires: str) -> None:
        self._name, self._requires = name, requires

    @property
    def metadata(self) -> Message:  # type: ignore[override]
        """Its name."""
        words = Message()
        words["Name"] = self._name
        return words

    @property
    def requires(self) -> list[str]:
        """What it needs."""
        return list(self._requires)

    def read_text(self, filename: str) -> None:
        """It has no files."""

    def locate_file(self, path: object) -> Path:
        """Nowhere."""
        return Path(str(path))


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few packages that need each other, one of them on Windows only."""
    packages = {
        "chat-core": Package("chat-core", "Lib.A>=1", "windows-thing; sys_platform == 'win32'"),
        "lib-a": Package("lib-a", "lib-b; python_version >= '3.14'", "pytest; extra == 'test'"),
        "lib-b": Package("lib-b", "chat-core"),
    }

    def find(name: str) -> Package:
        try:
            return packages[name]
        except KeyError:
            raise importlib.metadata.PackageNotFoundError(name) from None

    monkeypatch.setattr(dependencies, "distribution", find)


def test_all_that_any_supported_python_needs(installed: None) -> None:
    """Not what other systems need, and not what only a package's own tests need."""
    found = runtime_packages(["chat_core"])
    assert [each.metadata["Name"] for each in found] == ["chat-core", "lib-a", "lib-b"]


def test_what_is_missing_is_named(installed: None) -> None:
    with pytest.raises(Missing, match=r"^missing-one>=2 is not installed; run make"):
        runtime_packages(["missing-one>=2"])


def test_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Extension modules, types, what pip notes, and what is installed elsewhere."""
    names = [
        *("p/__init__.py", "p/speedups.cpython-311.so", "p/speedups.c", "p/speedups.pyi"),
        *("p/py.typed", "p/__pycache__/x.pyc", "p/data.json", "../../../bin/p"),
        *("p-1.dist-info/RECORD", "p-1.dist-info/METADATA", "p-1.dist-info/licenses/LICENSE"),
    ]
    paths = [importlib.metadata.PackagePath(name) for name in names]
    package = Package("p")
    monkeypatch.setattr(Package, "files", paths)
    assert [name for name, _ in files(package)] == [
        *("p/__init__.py", "p/data.json"),
        *("p-1.dist-info/METADATA", "p-1.dist-info/licenses/LICENSE"),
    ]


# Wheels


def test_the_wheels_are_those_that_were_tested(tmp_path: Path) -> None:
    """In the versions that are installed here; and any Python on any system takes them."""
    words = other_wheels(runtime_packages(["h11"]), tmp_path)
    assert words[-1] == f"h11=={importlib.metadata.version('h11')}"
    options = dict(pairwise(words))
    assert (options["--platform"], options["--abi"], options["--implementation"]) == (
        *("any", "none", "py"),
    )
    assert {"--no-deps", "--only-binary=:all:"} <= set(words)


def test_the_checkout_stays_as_it_is(tmp_path: Path) -> None:
    """setuptools works in a copy, without what other runs have left behind."""
    root = tmp_path / "checkout"
    for name in ("lib/chatroom/__pycache__", "lib/chatroom.egg-info", "man", "completions"):
        (root / name).mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE", "lib/chatroom/__init__.py", "man/c.1"):
        (root / name).touch()
    copy_sources(root, tmp_path / "copy")
    assert (tmp_path / "copy" / "man" / "c.1").exists()
    assert sorted(each.name for each in (tmp_path / "copy" / "lib").glob("**/*")) == [
        *("__init__.py", "chatroom"),
    ]


def test_a_pip_that_fails_leaves_the_old_wheels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "wheelhouse" / "old.whl"
    old.parent.mkdir()
    old.touch()
    monkeypatch.setattr("packing.wheels.sys.executable", "false")
    with pytest.raises(PipFailed, match="pip wheel failed; is this machine online"):
        write_wheels(ROOT, old.parent, "1", [])
    assert [each.name for each in tmp_path.iterdir()] == ["wheelhouse"]
    assert old.exists()
