"""README.md is an entrance of a page and a half; every page of docs/ is reached from it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [README, ROOT / "DEVELOPING.md", *sorted((ROOT / "docs").glob("*.md"))]

LONGEST_README = 110
"""Lines: what fits on a page and a half."""

_LINK = re.compile(r"(?<!`)\]\((?P<page>[^)#:\s]*)(#(?P<anchor>[^)\s]+))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in links(page):
        assert target.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(target), f"{page.name} links to {target.name}#{anchor}"


def test_every_page_is_reached_from_the_readme() -> None:
    assert {*PAGES} - {README} <= {target for target, _ in links(README)}


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= LONGEST_README
