"""People, rooms and the world change in one place: `state/changes/` (DEVELOPING.md, "State changes
are events").

The source of chat and server is read, not run. An attribute is known by its name, and an object by
the name of its variable, which says what it is everywhere in this code.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatroom.chat.state import mask_lists, model, world
from chatroom.chat.state.model import Room, User
from harness import ROOT

LIBRARY = ROOT / "lib" / "chatroom"
SOURCES = sorted([*(LIBRARY / "chat").rglob("*.py"), *(LIBRARY / "server").rglob("*.py")])

MAY_CHANGE = {
    "chat/state/accounts.py", "chat/state/model.py", "chat/state/world.py", "chat/state/faded.py",
    "chat/state/waiting.py", "chat/state/mask_lists.py",
    "chat/state/named_ranks.py", "chat/state/markers.py", "chat/state/people_metadata.py",
}  # fmt: skip
APPLY = "chat/state/changes/"
"""What `apply` calls: the package may change all state."""
MAY_ATTACH = {"chat/connections.py"}
"""Sessions are no state; a user only lists them."""

SESSIONS = {"add_session", "remove_session"}

MAY_RESTORE = {"chat/continuing.py"}
"""A new process takes over the whole world from another one."""

CHANGERS = {
    "add", "append", "appendleft", "clear", "difference_update", "discard", "extend", "extendleft",
    "insert", "intersection_update", "move_to_end", "pop", "popitem", "popleft", "remove",
    "restore", "reverse", "rotate", "setdefault", "sort", "symmetric_difference_update", "take",
    "update",
}  # fmt: skip
"""Methods of dicts, lists and sets, and of `FadedRooms`."""

OBJECTS = {
    "_new_addressee", "_world", "besides", "by", "guest", "holder", "inviter", "member",
    "newcomer", "one", "operator", "other", "person", "room", "sender", "setter", "target", "to",
    "user", "visitor", "whom", "world",
}  # fmt: skip
"""Variables that are one of these."""


def attributes_of(source: str, name: str) -> set[str]:
    """What `__init__` of this class sets."""
    (made,) = (
        part
        for each in ast.parse(source).body
        if isinstance(each, ast.ClassDef) and each.name == name
        for part in each.body
        if isinstance(part, ast.FunctionDef) and part.name == "__init__"
    )
    return {node.attr for node in ast.walk(made) if isinstance(node, ast.Attribute)}


def methods_that_change(module: object) -> set[str]:
    """Those below the comment "# Changes" of a class."""
    lines = Path(str(module.__file__)).read_text().splitlines()  # type: ignore[attr-defined]
    found: set[str] = set()
    changes = False
    for line in lines:
        if line.startswith(("class ", "def ")):
            changes = False
        changes = changes or line.strip() == "# Changes"
        if changes and line.startswith("    def ") and not line.startswith("    def _"):
            found.add(line.split("(")[0].removeprefix("    def "))
    return found


WORLD = attributes_of(Path(str(world.__file__)).read_text(), "World")
STATE = {*User.__slots__, *Room.__slots__, *WORLD, "settings", "limits"}
METHODS = methods_that_change(model) | methods_that_change(world)
LIST_METHODS = methods_that_change(mask_lists)


def last_name(node: ast.expr) -> str:
    """`session.user` -> user, `world` -> world."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def is_state(node: ast.expr) -> bool:
    """Whether this is an attribute of a user, a room or the world, or a part of it."""
    if isinstance(node, ast.Subscript):
        return is_state(node.value)
    return (
        isinstance(node, ast.Attribute) and node.attr in STATE and last_name(node.value) in OBJECTS
    )


def parts_of(target: ast.expr) -> Iterator[ast.expr]:
    """`a.b[c], d` -> a.b, d."""
    if isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from parts_of(part)
    elif isinstance(target, ast.Subscript | ast.Starred):
        yield from parts_of(target.value)
    else:
        yield target


def targets_of(node: ast.AST) -> list[ast.expr]:
    """What a statement assigns to, or deletes."""
    if isinstance(node, ast.Assign | ast.Delete):
        return node.targets
    if isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For):
        return [node.target]
    return []


def changes(tree: ast.Module, allowed: set[str]) -> Iterator[str]:
    """The lines in which a user, a room or the world is changed."""
    for node in ast.walk(tree):
        for target in targets_of(node):
            for part in parts_of(target):
                if is_state(part):
                    yield f"{target.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called, receiver = node.func.attr, node.func.value
            if (
                (called in CHANGERS and is_state(receiver))
                or (called in METHODS - allowed and last_name(receiver) in OBJECTS)
                or (called in LIST_METHODS and is_state(receiver))
            ):
                yield f"{node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.Call) and last_name(node.func) in ("setattr", "delattr"):
            yield f"{node.lineno}: {ast.unparse(node)}"


def test_objects_are_known_by_their_names() -> None:
    """Whatever is declared to be one of these has one of the names above."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.arg) and node.annotation is not None:
                name, kind = node.arg, node.annotation
            elif isinstance(node, ast.AnnAssign):
                name, kind = last_name(node.target), node.annotation
            else:
                continue
            if {"User", "Room", "World"} & set(ast.unparse(kind).split(" | ")):
                assert name in OBJECTS, f"{path}:{node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(LIBRARY)))
def test_nobody_else_changes_the_state(path: Path) -> None:
    name = str(path.relative_to(LIBRARY))
    if name in MAY_CHANGE or name.startswith(APPLY):
        return
    allowed = SESSIONS if name in MAY_ATTACH else set()
    allowed |= {"restore", "set_limits"} if name in MAY_RESTORE else set()
    assert list(changes(ast.parse(path.read_text()), allowed)) == []


@pytest.mark.parametrize(
    "line",
    ["user.nick = 'x'", "del room.members[user]", "world.rooms['#a'] = room", "room.topic += 'x'",
     "session.user.away = ''", "room.flags.add('s')", "self.host.world.users.pop(1)",
     "world.take_nick(user, 'x', 0.0)", "room.rank(member, 'o', True)", "user.rooms.clear()",
     "setattr(room, 'key', '')", "room.lists['b'], x = {}, 1", "world.settings = settings",
     "for room.key in 'ab': pass", "world.departed.appendleft(one)", "room.lists['b'].clear()",
     "world.faded.take('#a')", "operator.away = ''", "whom.nick = 'x'", "room.flags |= {'s'}",
     "setter.sessions = ()", "room.lists.expire(1.0)", "room.lists.load({})"],
)  # fmt: skip
def test_a_change_is_found(line: str) -> None:
    assert list(changes(ast.parse(line), set()))


@pytest.mark.parametrize(
    "line",
    ["session.closing = 'x'", "self.rooms = {}", "rooms = list(user.rooms)", "door.leave('bye')",
     "world.log = archive", "found = world.find('a')", "names = room.names([], True, True, True)"],
)  # fmt: skip
def test_and_nothing_else_is(line: str) -> None:
    assert not list(changes(ast.parse(line), set()))


def test_only_two_places_write_into_an_outbox() -> None:
    """`Session.put` and the fan-out keep the order; whoever went past them would break it."""
    found = []
    for path in SOURCES:
        source = path.read_text()
        if "outbox" not in source and "connection.say" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            grown = isinstance(node, ast.AugAssign) and last_name(node.target) == "outbox"
            called = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and ((node.func.attr in CHANGERS and last_name(node.func.value) == "outbox")
                     or ast.unparse(node.func).endswith("connection.say"))
            )  # fmt: skip
            if grown or called:
                found.append(str(path.relative_to(LIBRARY)))
    without_session = {"server/control/control_socket.py", "server/upgrade/last_download.py"}
    assert sorted({*found} - without_session) == ["chat/output/fanout.py", "chat/session.py"]


def test_nobody_is_caught_up_by_hand() -> None:
    """Only the session and the fan-out themselves do that."""
    callers = {
        str(path.relative_to(LIBRARY))
        for path in SOURCES
        if re.search("catch_up|flush_to_outboxes", source := path.read_text())
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr in ("catch_up", "flush_to_outboxes")
    }
    assert callers == {"chat/output/fanout.py", "chat/session.py"}
