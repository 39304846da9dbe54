"""chatroom.pyz: the program with all its packages, in one file that Python runs (PEP 441).

Python imports from a zip file without unpacking it, and so cannot keep what it compiles. With the
sources alone, each start would compile them anew, which takes seconds. So each module is in the
archive twice: compiled for the Python that makes the archive, and as a source, for all others and
for tracebacks. A compiled module that belongs to another Python is ignored.

The same input makes the same bytes: names are sorted, all times are the same, and a compiled module
has no time of its source in it (PEP 552).
"""

import py_compile
import stat
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

MAIN = """\
import sys

if sys.version_info < (3, 11):
    version = "%d.%d" % sys.version_info[:2]
    sys.exit("chatroom.pyz needs Python 3.11 or newer, and this is " + version)

from chatroom.__main__ import main

sys.exit(main())
"""
"""The first module that Python runs. It has to be understood by old ones, too."""

_SHEBANG = b"#!/usr/bin/env python3\n"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip file can express."""

_UNIX = 3
_MODES = {False: stat.S_IFREG | 0o644, True: stat.S_IFREG | 0o755}


def write_archive(target: Path, files: Iterable[tuple[str, Path]]) -> None:
    """Write the archive with these files: a name in it, and the file that has its contents.

    `target` appears when it is complete. Raises OSError, or py_compile.PyCompileError.
    """
    contents = {name: file.read_bytes() for name, file in files}
    contents["__main__.py"] = MAIN.encode()
    contents |= _compiled(contents, target.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        new = Path(directory) / target.name
        with new.open("wb") as file:
            file.write(_SHEBANG)
            with zipfile.ZipFile(file, "w") as archive:
                for name in sorted(contents):
                    archive.writestr(_entry(name), contents[name])
        new.chmod(0o755)
        new.replace(target)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.create_system = _UNIX
    entry.external_attr = _MODES[False] << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _compiled(contents: Mapping[str, bytes], archive: str) -> dict[str, bytes]:
    """All modules, compiled. Tracebacks name them by their place in the archive."""
    found = {}
    with tempfile.TemporaryDirectory() as directory:
        source, compiled = Path(directory) / "source.py", Path(directory) / "compiled.pyc"
        for name in sorted(contents):
            if not name.endswith(".py") or name == "__main__.py":
                continue
            source.write_bytes(contents[name])
            py_compile.compile(
                str(source),
                str(compiled),
                dfile=f"{archive}/{name}",
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
            found[f"{name}c"] = compiled.read_bytes()
    return found
