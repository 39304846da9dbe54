"""No modules of chatroom import each other in a circle when they run.

An import in a function, or under TYPE_CHECKING, is none here: it runs later, or never.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent.parent / "lib"
KNOWN: set[frozenset[str]] = set()
"""Circles that are there today. None is to be added."""


def _modules() -> dict[str, Path]:
    found = {}
    for path in (LIBRARY / "chatroom").rglob("*.py"):
        parts = path.relative_to(LIBRARY).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All that run when the module is imported."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _statements(node.orelse)
            continue
        yield node
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(node, field, []))
        for handler in getattr(node, "handlers", []):
            yield from _statements(handler.body)


def imports(source: str, modules: set[str]) -> set[str]:
    """Which of `modules` this source imports when it runs."""
    found: set[str] = set()
    for node in _statements(ast.parse(source).body):
        if isinstance(node, ast.Import):
            found.update(each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{each.name}" for each in node.names}
            found |= inner & modules
            if not inner <= modules:
                found.add(node.module)
    return found & modules


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


def test_no_circle_is_new() -> None:
    modules = _modules()
    names = set(modules)
    graph = {name: imports(path.read_text(), names) for name, path in modules.items()}
    assert len(graph) > 100
    assert circles(graph) == KNOWN


def test_a_circle_is_found() -> None:
    """However long it is; what only types need makes none."""
    names = {"a", "b", "c", "d"}
    later = "if TYPE_CHECKING:\n    import a\ndef f():\n    import a\n"
    sources = {"a": "import b", "b": "try:\n    from c import x\nfinally:\n    pass"}
    sources |= {"c": "class C:\n    import a", "d": later}
    graph = {name: imports(source, names) for name, source in sources.items()}
    assert circles(graph) == {frozenset("abc")}
