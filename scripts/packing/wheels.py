"""A directory of wheels, from which pip installs Chatroom without a network.

It has the wheel of this checkout, and those of the packages that it needs in the versions that are
installed here, which are those that the tests were run with. All of them are pure Python, so that
any Python on any system takes them.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib.metadata import Distribution
from pathlib import Path

from packing.dependencies import PYTHONS

README = """\
Chatroom {version}, with all packages that it needs. To install it without a network, in this
directory, with Python {oldest} or newer:

    python3 -m venv /opt/chatroom
    /opt/chatroom/bin/pip install --no-index --find-links . chatroom

Then /opt/chatroom/bin/ contains chatroom-server and chatroom-client.
"""

_SOURCES = ("pyproject.toml", "README.md", "LICENSE", "lib", "man", "completions")
"""What the wheel of this checkout is made from."""

_LONG_AGO = "315532800"
"""1980, the first time that a wheel can express: so the same input makes the same bytes."""


class PipFailed(Exception):
    """pip could not do what it was asked for, and has said why."""


def write_wheels(root: Path, target: Path, version: str, packages: Sequence[Distribution]) -> None:
    """Replace the directory `target` by one with the wheels of the checkout `root` and of the
    packages, and a README.txt.

    Raises PipFailed or OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        sources, new = Path(directory) / "sources", Path(directory) / target.name
        copy_sources(root, sources)
        _pip(own_wheel(sources, new))
        _pip(other_wheels(packages, new))
        (new / "README.txt").write_text(README.format(version=version, oldest=PYTHONS[0]))
        shutil.rmtree(target, ignore_errors=True)
        new.replace(target)


def copy_sources(root: Path, target: Path) -> None:
    """Copy what the wheel is made from: setuptools leaves files in the directory where it works,
    and would pack those of the last time again."""
    target.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in _SOURCES:
        if (root / name).is_dir():
            shutil.copytree(root / name, target / name, ignore=ignored)
        else:
            shutil.copy(root / name, target / name)


def own_wheel(sources: Path, target: Path) -> list[str]:
    """What pip is told to make the wheel of the sources."""
    return ["wheel", "--no-deps", "--wheel-dir", str(target), str(sources)]


def other_wheels(packages: Iterable[Distribution], target: Path) -> list[str]:
    """What pip is told to fetch the wheels of the packages."""
    pure = ["--only-binary=:all:", "--platform", "any", "--implementation", "py", "--abi", "none"]
    wanted = [f"{each.metadata['Name']}=={each.version}" for each in packages]
    oldest = ["--python-version", PYTHONS[0]]
    return ["download", "--no-deps", *pure, *oldest, "--dest", str(target), *wanted]


def _pip(words: Sequence[str]) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *words]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": _LONG_AGO}
    if subprocess.run(command, env=environment, check=False).returncode:
        raise PipFailed(f"pip {words[0]} failed; is this machine online?")
