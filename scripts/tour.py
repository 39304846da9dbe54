#!/usr/bin/env python3
"""What docs/tour.md shows of the code: its excerpts, and the pictures that are drawn from it.

`make man` writes them anew. An excerpt stands between two marks, the first of which names a file
and what is taken from it:

    <!-- begin code lib/chatroom/net/loop.py Loop.select -->
    <!-- end code -->

Pictures are SVG files in docs/pictures/. The house is drawn from the imports of the packages, and
the tick from the calls in `Server.tick`. `--way` also draws the way of a message, from a run of a
real server (scripts/maze.py), which takes some seconds.
"""

import ast
import re
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

from maze import shortest_ways

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "tour.md"
PICTURES = ROOT / "docs" / "pictures"
LIB = ROOT / "lib" / "chatroom"

# Excerpts

_EXCERPT = re.compile(
    r"(?P<begin>^<!-- begin code (?P<file>\S+) (?P<name>[\w.]+) -->\n)"
    r".*?(?P<end>^<!-- end code -->\n)",
    re.DOTALL | re.MULTILINE,
)


def excerpt(file: str, name: str) -> str:
    """The source of a function, a class or a method, `Class.method`, of that file. Raises KeyError
    if there is none."""
    source = (ROOT / file).read_text(encoding="utf-8")
    node = _find(ast.parse(source), name)
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    lines = source.splitlines()[first - 1 : node.end_lineno]
    return textwrap.dedent("\n".join(lines))


def _find(tree: ast.Module, name: str) -> ast.FunctionDef | ast.ClassDef:
    found: ast.Module | ast.FunctionDef | ast.ClassDef = tree
    for part in name.split("."):
        inner = [each for each in found.body if isinstance(each, ast.FunctionDef | ast.ClassDef)]
        found = {each.name: each for each in inner}[part]
    assert not isinstance(found, ast.Module)
    return found


def with_excerpts(page: str) -> str:
    """The page with each of its excerpts as the code is today."""

    def fill(mark: re.Match[str]) -> str:
        code = excerpt(mark["file"], mark["name"])
        return f"{mark['begin']}```python\n{code}\n```\n{mark['end']}"

    return _EXCERPT.sub(fill, page)


# Drawing

_STYLE = """\
  text { font: 14px ui-sans-serif, system-ui, sans-serif; fill: #1f2328; }
  .small { font-size: 12px; fill: #59636e; }
  .code { font-family: ui-monospace, monospace; font-size: 12px; fill: #59636e; }
  .box { fill: #f6f8fa; stroke: #818b98; }
  .key { fill: #ddf4ff; stroke: #0969da; }
  .line { fill: none; stroke: #818b98; }
  .head { fill: #818b98; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .small, .code { fill: #9198a1; }
    .box { fill: #151b23; stroke: #656c76; }
    .key { fill: #121d2f; stroke: #4493f8; }
  }"""

_HEAD = (
    '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
    ' orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker>'
)


def _svg(width: int, height: int, title: str, parts: Iterator[str]) -> str:
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            f' width="{width}" height="{height}" role="img" aria-label="{escape(title)}">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{_STYLE}\n</style>",
            f"<defs>{_HEAD}</defs>",
            *parts,
            "</svg>\n",
        )
    )


class Box(NamedTuple):
    """A rectangle with a title and a line below it."""

    x: int
    y: int
    width: int
    height: int
    title: str
    below: str
    kind: str = "box"

    def drawn(self) -> Iterator[str]:
        """Its elements."""
        middle = self.x + self.width // 2
        yield (
            f'<rect class="{self.kind}" x="{self.x}" y="{self.y}" width="{self.width}"'
            f' height="{self.height}" rx="6"/>'
        )
        yield _text(middle, self.y + self.height // 2 - 3, self.title, "")
        yield _text(middle, self.y + self.height // 2 + 15, self.below, "small")


def _text(x: int, y: int, words: str, kind: str, anchor: str = "middle") -> str:
    kind = f' class="{kind}"' if kind else ""
    return f'<text{kind} x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'


def _arrow(*points: tuple[int, int]) -> str:
    way = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline class="line" points="{way}" marker-end="url(#head)"/>'


# The house

FLOORS = (
    (("server", "config, doors, web, the tick"), ("client", "terminal client, library")),
    (("chat", "users, rooms, events, commands"), ("store", "SQLite: history, search, files")),
    (("text", "words for people"),),
    (("wire", "bytes and messages"), ("net", "loop, connections, TLS, workers")),
)
"""The packages from the top of the house to its ground, each with what it is about."""

_PACKAGE = re.compile(r"chatroom\.(\w+)")


def imports_of_packages() -> set[tuple[str, str]]:
    """Pairs of packages: the first one imports the second one."""
    names = {name for floor in FLOORS for name, _ in floor}
    pairs = set()
    for name in names:
        for file in (LIB / name).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module:
                    found = _PACKAGE.match(node.module)
                    if found and found[1] in names - {name}:
                        pairs.add((name, found[1]))
    return pairs


def draw_house() -> str:
    """The packages, and under each of them those that it imports."""
    width, gap = 720, 20
    knows = imports_of_packages()

    def parts() -> Iterator[str]:
        for number, floor in enumerate(FLOORS):
            wide = (width - gap * (len(floor) + 1)) // len(floor)
            for column, (name, about) in enumerate(floor):
                x, y = gap + column * (wide + gap), gap + number * 100
                yield from Box(x, y, wide, 56, name, about).drawn()
                below = [other for each in FLOORS for other, _ in each if (name, other) in knows]
                words = f"imports {', '.join(below)}" if below else "imports the standard library"
                yield _text(x + wide // 2, y + 76, words, "code")

    return _svg(width, 2 * gap + len(FLOORS) * 100 - 20, "The packages of Chatroom", parts())


# The tick

STEPS = {
    "take_input": ("read, dispatch", "sockets to lines, lines to handlers"),
    "_look_again": ("look again", "a burst is one tick"),
    "handshakes.run": ("TLS handshakes", "a bounded number"),
    "timers.run": ("timers", "actions that are due"),
    "workers.collect": ("workers", "finished jobs"),
    "commit": ("commit", "on disk from here on"),
    "following.look": ("streams", "curl and hooks read on"),
    "flush": ("flush", "one send for each connection"),
    "reap": ("reap", "closes connections"),
}
"""A call in `Server.tick` -> what the picture says of it."""

_NOT_STEPS = ("_patience", "update", "clear", "_later.clear", "_full.clear", "busy.update")


def calls_of_tick() -> list[str]:
    """The calls in `Server.tick` that are steps, by the last two words of their names, in order."""
    tree = ast.parse(excerpt("lib/chatroom/server/server.py", "Server.tick"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    calls.sort(key=lambda node: (node.lineno, node.col_offset))
    names = [ast.unparse(node.func).removeprefix("self.") for node in calls]
    short = [".".join(name.split(".")[-2:]) for name in names]
    return [name for name in short if name not in _NOT_STEPS]


def draw_tick() -> str:
    """The steps of the tick from left to right, in rows, and back to the first one."""
    in_row, wide, high, gap = 3, 210, 56, 34
    steps = calls_of_tick()
    rows = -(-len(steps) // in_row)
    width = in_row * wide + (in_row + 1) * gap

    def place(number: int) -> tuple[int, int]:
        row, column = divmod(number, in_row)
        return gap + column * (wide + gap), 20 + row * (high + 44)

    def parts() -> Iterator[str]:
        for number, step in enumerate(steps):
            x, y = place(number)
            title, about = STEPS[step]
            kind = "key" if step in ("commit", "flush") else "box"
            yield from Box(x, y, wide, high, title, about, kind).drawn()
            if number + 1 == len(steps):
                break
            if (number + 1) % in_row:
                yield _arrow((x + wide, y + high // 2), (x + wide + gap, y + high // 2))
            else:
                first, below = place(number + 1)
                turn = y + high + 22
                yield _arrow(
                    (x + wide // 2, y + high),
                    (x + wide // 2, turn),
                    (first + wide // 2, turn),
                    (first + wide // 2, below),
                )

    height = 20 + rows * (high + 44)
    return _svg(width, height - 24, "The steps of one tick of the server", parts())


# The way of a message


def draw_way() -> str:
    """The files that a message passes in the server, in the order in which it reaches them, and
    the function by which it enters each."""
    return _drawn_way(_steps_of_a_message())


def _steps_of_a_message() -> list[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as directory:
        return shortest_ways(Path(directory))["server, recv to send"]


COLUMNS = ("net", "server", "wire", "chat", "store")


def _drawn_way(steps: list[tuple[str, str]]) -> str:
    entered: dict[str, str] = {}
    for file, function in steps:
        entered.setdefault(file, function)
    rows = [*entered.items(), steps[-1]]  # the last step goes back to a file that was entered first
    places = [
        (30 + COLUMNS.index(file.split("/")[0]) * 50, 54 + number * 26)
        for number, (file, _) in enumerate(rows)
    ]

    def parts() -> Iterator[str]:
        for number, name in enumerate(COLUMNS):
            yield _text(30 + number * 50, 24, name, "small")
        yield f'<polyline class="line" points="{" ".join(f"{x},{y}" for x, y in places)}"/>'
        for (x, y), (file, function) in zip(places, rows, strict=True):
            yield f'<circle class="key" cx="{x}" cy="{y}" r="6"/>'
            yield _text(270, y + 5, file, "", "start")
            yield _text(520, y + 5, f"{function}()", "code", "start")

    title = "The way of one message through the server"
    return _svg(720, 60 + len(rows) * 26, title, parts())


DRAWN = {"house.svg": draw_house, "tick.svg": draw_tick}
"""The pictures that follow from the source alone."""


def main() -> int:
    """Write the excerpts and the pictures."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_excerpts(page), encoding="utf-8")
    PICTURES.mkdir(exist_ok=True)
    for name, draw in DRAWN.items():
        (PICTURES / name).write_text(draw(), encoding="utf-8")
    if "--way" in sys.argv[1:]:
        (PICTURES / "way.svg").write_text(draw_way(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
