"""README.md is an entrance of a page and a half, every page of docs/ is reached from it, and the
pages and docstrings name only files, and members of classes, that exist."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from chatroom.chat.state.room_modes import ROOM_MODES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [
    README,
    ROOT / "DEVELOPING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
]

NAMING = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
"""The pages that name files and classes."""

LONGEST_README = 120
"""Lines: what fits on a page and a half."""

_LINK = re.compile(r"(?<!`)\]\((?P<page>[^)#:\s]*)(#(?P<anchor>[^)\s]+))?\)")
_PICTURE = re.compile(r'\b(?:src|srcset)="([^"]+)"')
_SITE = re.compile(r"https://[\w-]+(\.[\w-]+)+(/[\w./%~-]*)?(\?[\w=&.%-]+)?(#[\w.%-]+)?")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_MERGED = re.compile(r"^(<{7}|={7}|>{7})( .*)?$", re.MULTILINE)
_CODE = re.compile(r"^    .*$", re.MULTILINE)


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """The local links of a page: the file each leads to, and the anchor in it."""
    for link in _LINK.finditer(_CODE.sub("", page.read_text(encoding="utf-8"))):
        target = (page.parent / link["page"]).resolve() if link["page"] else page
        yield target, link["anchor"] or ""


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = _HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in links(page):
        assert target.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(target), f"{page.name} links to {target.name}#{anchor}"


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.name)
def test_pictures_exist(page: Path) -> None:
    """Those that are not links of Markdown."""
    named = _PICTURE.findall(page.read_text(encoding="utf-8"))
    assert [name for name in named if not (page.parent / name).exists()] == []


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.name)
def test_links_to_other_sites_are_well_formed(page: Path) -> None:
    """Their form only: the tests need no network."""
    wrong = [
        link
        for link in re.findall(
            r"\]\((\w+:[^)]*)\)", _CODE.sub("", page.read_text(encoding="utf-8"))
        )
        if not _SITE.fullmatch(link)
    ]
    assert wrong == []


_QUOTED = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"(?:[\w.-]+/)*[\w-]+\.(?:py|sh|md|toml|csv|svg|png|cast|jsonl)|(?:[\w-]+/)+")
_MEMBER = re.compile(r"(_?[A-Z]\w+)\.(\w+)")
_CLASS = re.compile(r"^ *class (\w+)", re.MULTILINE)
_UNTRACKED = {"client.toml", "dist/"}
"""What a user has, or what `make` makes: not in a checkout."""


def _quoted(page: Path) -> list[str]:
    return _QUOTED.findall(_CODE.sub("", page.read_text(encoding="utf-8")))


@cache
def _paths() -> set[str]:
    """Every file and directory of the project, by its whole path and by the ends of it."""
    ends = set()
    for top in ("deploy", "docs", "examples", "lib", "man", "completions", "scripts", "tests", "."):
        for path in (ROOT / top).glob("*" if top == "." else "**/*"):
            parts = path.relative_to(ROOT).parts
            slash = "/" if path.is_dir() else ""
            ends |= {"/".join(parts[n:]) + slash for n in range(len(parts))}
    return ends


@cache
def _defining() -> dict[str, set[Path]]:
    """The name of each class -> the files that define a class of that name."""
    found: defaultdict[str, set[Path]] = defaultdict(set)
    for path in [*ROOT.glob("lib/**/*.py"), *ROOT.glob("tests/**/*.py")]:
        for name in _CLASS.findall(path.read_text(encoding="utf-8")):
            found[name].add(path)
    return found


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _members(cls: str) -> set[str]:
    """Every name that occurs in the body of the class, or in that of a base."""
    found = set()
    for path in _defining().get(cls, ()):
        for node in ast.walk(_tree(path)):
            if not isinstance(node, ast.ClassDef) or node.name != cls:
                continue
            for inner in ast.walk(node):
                if isinstance(inner, ast.FunctionDef):
                    found.add(inner.name)
                elif isinstance(inner, ast.Attribute):
                    found.add(inner.attr)
                elif isinstance(inner, ast.Name):
                    found.add(inner.id)
            bases = {base.id for base in node.bases if isinstance(base, ast.Name)} - {cls}
            found |= set().union(*map(_members, bases))
    return found


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page: Path) -> None:
    paths = _paths() | _UNTRACKED
    named = [each for each in _quoted(page) if _PATH.fullmatch(each)]
    assert [each for each in named if each not in paths] == []


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.name)
def test_members_that_a_page_names_exist(page: Path) -> None:
    named = [match.groups() for each in _quoted(page) if (match := _MEMBER.fullmatch(each))]
    missing = [f"{cls}.{name}" for cls, name in named if name not in _members(cls)]
    assert missing == []


def test_modules_that_docstrings_and_comments_name_exist() -> None:
    paths = _paths()
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted(ROOT.glob("lib/**/*.py"))
        for name in re.findall(r"\b[\w/]+\.py\b", path.read_text(encoding="utf-8"))
        if name not in paths
    ]
    assert missing == []


def test_no_page_has_marks_of_a_merge() -> None:
    marked = [page.name for page in NAMING if _MERGED.search(page.read_text(encoding="utf-8"))]
    assert not marked


def test_every_page_is_reached_from_the_readme() -> None:
    assert {*PAGES} - {README} <= {target for target, _ in links(README)}


def test_every_room_mode_is_explained() -> None:
    """The table of docs/moderation.md has all but lists and ranks, which have sections."""
    page = (ROOT / "docs" / "moderation.md").read_text(encoding="utf-8")
    table = page[page.index("## Modes of a room") :]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = {letter for row in rows for letter in re.findall(r"`(\w)\b", row)}
    assert told == set(ROOM_MODES.always + ROOM_MODES.when_set + ROOM_MODES.flags)


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= LONGEST_README
