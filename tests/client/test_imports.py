"""Who imports what in the client, and what the library offers.

The order of the packages is a contract in pyproject.toml, and `tests/test_import_circles.py` looks
for circles.
"""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from chatroom import client
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


def importers(wanted: str) -> set[str]:
    """The modules of the client that import this one."""
    return {name for name, others in imports().items() if wanted in others}


@cache
def imports() -> dict[str, frozenset[str]]:
    """Each module of the client, and those of the client that it imports."""
    paths = {module(path): path for path in CLIENT.rglob("*.py")}
    return {name: frozenset(imported(path, set(paths))) for name, path in paths.items()}


def test_nobody_holds_the_chat() -> None:
    """The chat gives its parts what they need; only the process above it knows it."""
    holders = importers("chatroom.client.ui.chat")
    assert holders == {"chatroom.client.app.loop", "chatroom.client.app.bindings"}


def test_the_library_is_for_others() -> None:
    """Its names are those of other modules, and so are those for programs' events."""
    assert not importers("chatroom.client") | importers("chatroom.client.events")
    assert import_module("chatroom.client.events").Said is client.Said


def test_the_types_of_the_library() -> None:
    """What it offers is what type checkers are told, and comes from the same places."""
    stub = ast.parse((CLIENT / "__init__.pyi").read_text())
    told = {
        alias.name: getattr(import_module(node.module), alias.name)
        for node in stub.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    assert told == {name: getattr(client, name) for name in client.__all__}
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        client.__getattr__("nonsense")
