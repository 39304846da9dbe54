#!/usr/bin/env python3
"""The tables of docs/api.md and docs/library.md: the addresses of HTTP, as `ROUTES` has them, and
the names of the library, as their docstrings describe them.

`make man` writes them anew, each between its two marks.
"""

import inspect
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "lib"))

import chatroom.client as library  # noqa: E402
from chatroom.server.web.routes import ROUTES, Route  # noqa: E402
from chatroom.server.web.uploads import most  # noqa: E402
from page_tables import Rows, cell, code, with_tables  # noqa: E402

SHOWN = (str, int, float, bool, type(None))
"""Defaults of these types are shown; others are `...`."""


def _addresses() -> Rows:
    yield "request", "what it does", "largest body", "cost"
    for row in ROUTES:
        yield code(f"{row.method} {row.path}"), row.purpose, _largest(row), f"{row.cost:g}"


def _largest(row: Route) -> str:
    if row.largest is most:
        return "`files.size`"
    return f"{row.small:,} bytes" if row.small else ""


def _names() -> Rows:
    yield "name", "what it is"
    for name in library.__all__:
        value = getattr(library, name)
        if name == "connect":
            words = "Connects to a server: [above](#connect)."
        elif name == "Event":
            words = "Any event, for type hints."
        else:
            words = _words(value)
        fields = getattr(value, "_fields", None)
        yield code(f"{name}({', '.join(fields)})" if fields else name), words


def _members() -> Rows:
    yield "member", "what it does"
    for name, member in vars(library.Conversation).items():
        if not name.startswith("_"):
            yield code(f"{name}{_parameters(member)}"), _words(member)


def _parameters(member: object) -> str:
    """In parentheses, without types; "" for a property."""
    if not inspect.isfunction(member):
        return ""
    _self, *parameters = inspect.signature(member).parameters.values()
    return f"({', '.join(map(_parameter, parameters))})"


def _parameter(parameter: inspect.Parameter) -> str:
    name = f"*{parameter.name}" if parameter.kind is parameter.VAR_POSITIONAL else parameter.name
    if parameter.default is parameter.empty:
        return name
    shown = isinstance(parameter.default, SHOWN)
    return f"{name}={parameter.default!r}" if shown else f"{name}=..."


def _words(value: object) -> str:
    return cell(" ".join((inspect.getdoc(value) or "").split()))


PAGES: dict[Path, dict[str, Callable[[], Rows]]] = {
    ROOT / "docs" / "api.md": {"addresses": _addresses},
    ROOT / "docs" / "library.md": {"names": _names, "members": _members},
}


if __name__ == "__main__":
    for path, tables in PAGES.items():
        path.write_text(with_tables(path.read_text(), tables))
