"""No modules of chatroom import each other in a circle.

An import in a function, or for a type alone, counts as well: whoever reads the one module has to
know the other.
"""

import ast
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
