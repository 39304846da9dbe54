"""No modules of chatroom import each other in a circle.

An import in a function, or for a type alone, counts as well: whoever reads the one module has to
know the other. So does the `__init__` of each package on the way to a module, since Python runs it.
"""

import ast
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent.parent / "lib"


def _modules() -> dict[str, Path]:
    found = {}
    for path in (LIBRARY / "chatroom").rglob("*.py"):
        parts = path.relative_to(LIBRARY).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imports(source: str, modules: set[str]) -> set[str]:
    """Which of `modules` this source imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(*(_way_to(each.name) for each in node.names))
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(*(_way_to(f"{node.module}.{each.name}") for each in node.names))
    return found & modules


def _way_to(name: str) -> Iterator[str]:
    """`a.b.c` -> `a`, `a.b`, `a.b.c`."""
    return accumulate(name.split("."), "{}.{}".format)


def circles(graph: dict[str, set[str]]) -> set[frozenset[str]]:
    """The groups of modules each of which reaches all others of its group."""
    reached = {}
    for start in graph:
        seen: set[str] = set()
        waiting = list(graph[start])
        while waiting:
            if (each := waiting.pop()) not in seen:
                seen.add(each)
                waiting += graph[each]
        reached[start] = seen
    return {
        frozenset({one} | {other for other in reached[one] if one in reached[other]})
        for one in graph
        if one in reached[one]
    }


def test_there_is_no_circle() -> None:
    modules = _modules()
    names = set(modules)
    graph = {name: imports(path.read_text(), names) for name, path in modules.items()}
    assert len(graph) > 100
    assert circles(graph) == set()


def test_a_circle_is_found() -> None:
    """However long it is, and wherever the import stands."""
    names = {"a", "b", "c", "d", "e"}
    sources = {"a": "import b", "b": "try:\n    from c import x\nfinally:\n    pass"}
    sources |= {"c": "if TYPE_CHECKING:\n    import d", "d": "def f():\n    import a"}
    sources |= {"e": "import a"}
    graph = {name: imports(source, names) for name, source in sources.items()}
    assert circles(graph) == {frozenset("abcd")}


def test_a_package_is_imported_on_the_way() -> None:
    """A module below it, and what the package itself imports for types, make a circle."""
    names = {"p", "p.a", "p.q", "p.q.b"}
    sources = {"p": "if TYPE_CHECKING:\n    from p.a import x", "p.a": "from p.q import b"}
    sources |= {"p.q": "", "p.q.b": "import sys"}
    graph = {name: imports(source, names) - {name} for name, source in sources.items()}
    assert graph["p.a"] == {"p", "p.q", "p.q.b"}
    assert circles(graph) == {frozenset({"p", "p.a"})}
