#!/usr/bin/env python3
"""Make what people get who have no checkout, or no network.

scripts/pack.py zipapp                   dist/chatroom.pyz: everything in one file that Python runs
scripts/pack.py wheelhouse               dist/wheelhouse: the wheels of everything, for pip
"""

import argparse
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "lib"))

from chatroom import __version__  # noqa: E402
from packing.archive import write_archive  # noqa: E402  the path comes first
from packing.dependencies import Missing, files, runtime_packages  # noqa: E402
from packing.wheels import PipFailed, write_wheels  # noqa: E402

DIST = ROOT / "dist"


def main() -> int:
    """Make what was asked for; 1 if that failed."""
    options = _parser().parse_args()
    try:
        options.make(options.output)
    except (Missing, PipFailed, OSError) as error:
        print(f"scripts/pack.py: {error}", file=sys.stderr)
        return 1
    return 0


def zipapp(target: Path) -> None:
    """Write the archive. Raises Missing or OSError."""
    write_archive(target, _everything())
    print(f"{target}: {target.stat().st_size:,} bytes; python3 {target.name} --help")


def wheelhouse(target: Path) -> None:
    """Write the directory of wheels. Raises Missing, PipFailed or OSError."""
    write_wheels(ROOT, target, __version__, _packages())
    wheels = list(target.glob("*.whl"))
    print(f"{target}: {len(wheels)} wheels, {sum(each.stat().st_size for each in wheels):,} bytes")
    print(f"pip install --no-index --find-links {target} chatroom")


def _everything() -> Iterator[tuple[str, Path]]:
    """The files of the archive: ours, our licence, and those of all packages that we need."""
    library = ROOT / "lib"
    for file in sorted(library.glob("chatroom/**/*")):
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyi":
            yield file.relative_to(library).as_posix(), file
    yield "chatroom/LICENSE", ROOT / "LICENSE"
    for package in _packages():
        yield from files(package)


def _packages() -> list[Distribution]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return runtime_packages(project["dependencies"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make what people get who have no checkout.")
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    for make, name, words in (
        (zipapp, "chatroom.pyz", "one file that Python runs"),
        (wheelhouse, "wheelhouse", "a directory of wheels, for pip"),
    ):
        kind = kinds.add_parser(make.__name__, help=words)
        kind.add_argument("-o", dest="output", type=Path, default=DIST / name, metavar="PATH")
        kind.set_defaults(make=make)
    return parser


if __name__ == "__main__":
    sys.exit(main())
