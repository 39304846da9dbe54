#!/usr/bin/env python3
"""Release the version that is checked out: check it, build what people get, and tag it.

scripts/release.py --dry-run     say what is missing, and what would be done
scripts/release.py               do it; nothing is pushed

CONTRIBUTING.md has the steps before and after. The version is that of lib/chatroom/__init__.py, and
CHANGELOG.md begins with a section of it that has a date.
"""

import argparse
import hashlib
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TARGETS = ("check", "test", "docs", "zipapp", "wheelhouse")
"""What `make` does before the tag."""

SUMS = "SHA256SUMS"

_VERSION = re.compile(r'^__version__ = "(\d+\.\d+\.\d+)"$', re.MULTILINE)
_SECTION = re.compile(r"^## (?P<title>.+)\n(?P<text>(?:(?!## ).*\n)*)", re.MULTILINE)


class NotReady(Exception):
    """The release is not possible; `args` are the reasons."""


def main() -> int:
    """Release; 1 if that is not possible."""
    parser = argparse.ArgumentParser(description="Check, build and tag a release.")
    words = "only say what is missing, and what would be done"
    parser.add_argument("--dry-run", action="store_true", help=words)
    dry_run = parser.parse_args().dry_run
    try:
        release(ROOT, dry_run)
    except NotReady as reasons:
        for reason in reasons.args:
            print(f"scripts/release.py: {reason}", file=sys.stderr)
        return 1
    return 0


def release(root: Path, dry_run: bool) -> None:
    """Release the checkout `root`. Raises NotReady, before there is a tag."""
    version, notes = ready(root)
    tag = f"v{version}"
    if dry_run:
        print("\n".join((*(f"make {target}" for target in TARGETS), f"git tag -a {tag}")))
        return
    commit = _git(root, "rev-parse", "HEAD")
    for target in TARGETS:
        if subprocess.run(["make", target], cwd=root, check=False).returncode:
            raise NotReady(f"make {target} failed")
    changed = _changes(root)
    if changed or _git(root, "rev-parse", "HEAD") != commit:
        raise NotReady("the checkout has changed meanwhile", *changed)
    write_sums(root / "dist")
    message = f"Chatroom {version}\n\n{notes}"
    # Not as git cleans messages up: the changelog has lines that begin with #.
    _git(root, "tag", "-a", tag, "--cleanup=whitespace", "-F", "-", text=message)
    print(f"{tag} is tagged. Now: git push origin {tag}, and publish what dist/ contains.")


def ready(root: Path) -> tuple[str, str]:
    """The version, and what is new in it. Raises NotReady with everything that is missing."""
    found = _VERSION.search((root / "lib" / "chatroom" / "__init__.py").read_text(encoding="utf-8"))
    if found is None:
        raise NotReady("lib/chatroom/__init__.py has no version like 1.2.3")
    version = found[1]
    missing = _changes(root)
    if _git(root, "tag", "--list", f"v{version}"):
        missing.append(f"v{version} is tagged already; change lib/chatroom/__init__.py")
    section = _SECTION.search((root / "CHANGELOG.md").read_text(encoding="utf-8"))
    title, notes = (section["title"], section["text"].strip()) if section else ("", "")
    if not re.fullmatch(rf"{re.escape(version)} \(\d{{4}}-\d\d-\d\d\)", title):
        expected = f"'## {version} (YEAR-MONTH-DAY)'"
        missing.append(f"CHANGELOG.md begins with '## {title}', and not with {expected}")
    elif not notes:
        missing.append(f"CHANGELOG.md says nothing of {version}")
    if missing:
        raise NotReady(*missing)
    return version, notes


def _changes(root: Path) -> list[str]:
    lines = _git(root, "status", "--porcelain").splitlines()
    return [f"not committed: {line}" for line in lines]


def write_sums(directory: Path) -> None:
    """Write the checksums of everything in the directory, as `sha256sum --check` reads them."""
    files = sorted(each for each in directory.rglob("*") if each.is_file() and each.name != SUMS)
    lines = [
        f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.relative_to(directory)}\n"
        for each in files
    ]
    (directory / SUMS).write_text("".join(lines))


def _git(root: Path, *words: str, text: str = "") -> str:
    """What git says. Raises NotReady."""
    done = subprocess.run(
        ["git", *words], cwd=root, input=text, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotReady(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
