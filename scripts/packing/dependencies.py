"""The packages that Chatroom needs at run time, as they are installed here."""

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""The versions of Python that Chatroom runs on."""

SYSTEMS = ("linux", "darwin")
"""Values of sys.platform. The archive is the same for all of them."""

_PLATFORM = {"linux": "Linux", "darwin": "Darwin"}

_COMPILED = re.compile(r"\.(so|pyd|dylib|dll|c|h|pyx)$")
"""Extension modules, which belong to one Python on one system, and their sources. All our packages
work without theirs, only slower; tests run the archive without."""

_OF_TYPES = re.compile(r"\.pyi$|/py\.typed$")

_OF_INSTALLATION = frozenset({"RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json"})
"""What pip notes about an installation here, and not about the package."""


class Missing(Exception):
    """A package that some supported Python needs is not installed here."""


def runtime_packages(requirements: Iterable[str]) -> list[Distribution]:
    """The packages behind these requirements, and all that they need, sorted by name.

    A package counts if any of PYTHONS on any of SYSTEMS needs it. Raises Missing.
    """
    found: dict[str, Distribution] = {}
    waiting = list(requirements)
    while waiting:
        requirement = Requirement(waiting.pop())
        name = canonicalize_name(requirement.name)
        if name in found or not _is_needed(requirement):
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            raise Missing(f"{requirement} is not installed; run make, and try again") from None
        found[name] = package
        waiting += package.requires or ()
    return [found[name] for name in sorted(found)]


def _is_needed(requirement: Requirement) -> bool:
    marker = requirement.marker
    return marker is None or any(
        marker.evaluate(
            {
                "python_version": python,
                "python_full_version": f"{python}.0",
                "sys_platform": system,
                "platform_system": _PLATFORM[system],
                "os_name": "posix",
                "extra": "",
            }
        )
        for python in PYTHONS
        for system in SYSTEMS
    )


def files(package: Distribution) -> Iterator[tuple[str, Path]]:
    """The files of a package that the archive takes: the name there, and the file here.

    These are its modules, its data, and its licences, but neither extension modules nor what it
    installs outside of its directory (programs, man pages).
    """
    for file in package.files or ():
        name = file.as_posix()
        outside = name.startswith(("../", "/")) or "__pycache__" in file.parts
        if outside or _COMPILED.search(name) or _OF_TYPES.search(name):
            continue
        if file.parts[0].endswith(".dist-info") and file.name in _OF_INSTALLATION:
            continue
        yield name, Path(str(package.locate_file(file)))
