"""No module of the client needs one that needs it, not even for a type: so each can be read alone.

The order of the packages is a contract in pyproject.toml; this is about the modules.
"""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from harness import ROOT

LIB = ROOT / "lib"
CLIENT = LIB / "chatroom" / "client"


def module(path: Path) -> str:
    """The dotted name of a file."""
    return ".".join(path.relative_to(LIB).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path, known: set[str]) -> Iterator[str]:
    """The modules that a file imports, anywhere in it; a package stands for its `__init__`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found = inner if inner in known else node.module
                if found in known:
                    yield found


def test_no_circle() -> None:
    paths = {module(path): path for path in CLIENT.rglob("*.py")}
    # The root's names are loaded when somebody asks for them: nothing inside imports it.
    paths.pop("chatroom.client")
    graph = {name: set(imported(path, set(paths))) - {name} for name, path in paths.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" imports ".join(reversed(error.args[1]))) from None


def test_nobody_holds_the_chat() -> None:
    """The chat gives its parts what they need; only the process above it knows it."""
    chat = "chatroom.client.ui.chat"
    paths = {module(path): path for path in CLIENT.rglob("*.py")}
    holders = {name for name, path in paths.items() if chat in imported(path, set(paths))}
    assert holders == {"chatroom.client.app.loop", "chatroom.client.app.bindings"}
