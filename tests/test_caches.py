"""Each cache is bounded in bytes: what it takes when strangers have filled it with the longest that
they can.

`CACHES` has a row for each `lru_cache` and `cache` of lib/, `ORDERED` one for each `OrderedDict`,
and `MEMORIES` what is measured of these and of others.
"""

import ast
import gc
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import count, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chatroom.chat import levels
from chatroom.chat.levels import Levels
from chatroom.chat.limits import Limits
from chatroom.chat.state import faded
from chatroom.chat.state.faded import FadedPast, FadedRooms
from chatroom.chat.state.mask_lists import OUTSIDERS, MaskLists, list_entry
from chatroom.chat.state.taken import MOST_CHARACTERS, MOST_ROOMS, Entry, Taken
from chatroom.client.limits import ServerLimits
from chatroom.server import admission, guard
from chatroom.server.admission import Admission
from chatroom.server.config.values import LONGEST_NICKNAME
from chatroom.server.doors.plain.memory import Memory
from chatroom.server.doors.plain.words import Prose
from chatroom.server.guard import Guard
from chatroom.store import writer
from chatroom.wire.capabilities import CAPABILITIES
from chatroom.wire.gaps import Gap
from chatroom.wire.message import MAX_BODY, Message

LIBRARY = Path(__file__).resolve().parent.parent / "lib"
KB, MB = 1_000, 1_000_000
LIMITS = Limits()
LINE = 8191
"""Characters of a text that a client may have the server look at: the longest part of a line."""
HOST = 45
"""Characters of the longest address."""


def wide(number: int, length: int) -> str:
    """The text of that length that takes the most memory, and differs from number to number."""
    digits = f"{number}"
    return digits + "\U00010400" * (length - len(digits))


@dataclass(frozen=True)
class Bound:
    """The most bytes; and calls that fill the cache, where clients can: argument tuples, without
    end. Without any, what it holds comes from the program or from its operator."""

    most: int
    calls: Callable[[], Iterator[tuple[Any, ...]]] | None = None


def texts(length: int) -> Callable[[], Iterator[tuple[Any, ...]]]:
    return lambda: ((wide(number, length),) for number in count())


def names() -> Iterator[tuple[Any, ...]]:
    """Those of a server that a client connects to, of the most bytes."""
    most = ServerLimits().name
    return ((f"{number:0{most - 4}}\U00010400",) for number in count())


def different() -> Iterator[tuple[Any, ...]]:
    """Names of different characters."""
    return (("".join(map(chr, range(begin, begin + 256))),) for begin in count(0x20000, 256))


def numbers(begin: int) -> Callable[[], Iterator[tuple[Any, ...]]]:
    return lambda: ((number,) for number in count(begin))


def characters() -> Iterator[tuple[Any, ...]]:
    return ((chr(number),) for number in count(0x20000))


def neighbours() -> Iterator[tuple[Any, ...]]:
    return ((False, chr(number), chr(number + 1)) for number in count(0x20000))


def times() -> Iterator[tuple[Any, ...]]:
    zone = ("UTC", "UTC")
    digits = "1" * (ServerLimits().tag - 30)
    return ((f"2026-11-20T15:00:15.{number:06}{digits}Z", zone) for number in count())


def readers() -> Iterator[tuple[Any, ...]]:
    for number in count():
        rooms = (wide(room, LIMITS.room_name) for room in range(number, number + 50))
        yield (wide(number, LIMITS.nickname), "h" * HOST), tuple(rooms)


def split_lines() -> Iterator[tuple[Any, ...]]:
    return ((f"{number:06} " + "\U00010400 " * 28,) for number in count())


def capability_sets() -> Iterator[tuple[Any, ...]]:
    names = sorted(CAPABILITIES)
    for number in count():
        left_out = {name for bit, name in enumerate(names[:9]) if number >> bit & 1}
        yield (frozenset(names) - left_out,)


def lines(last: object) -> Callable[[], Iterator[tuple[Any, ...]]]:
    """Messages with as many lines and bytes as there may be, from the longest source."""
    head = b":" + b"x" * 300 + b" PRIVMSG #general :"
    line = "\U00010400" * (LIMITS.multiline_bytes // LIMITS.multiline_lines // 4)
    text = "\n".join([line] * LIMITS.multiline_lines)
    return lambda: ((head, f"{number}{text}", "", last) for number in count())


CACHES = {
    "chat.commands.isupport:isupport_lines": Bound(20 * KB),
    "client.limits:told": Bound(20 * KB),
    "client.limits:ends": Bound(20 * KB),
    "client.ui.markup:emoji_codes": Bound(2 * MB),
    "client.view.names:name": Bound(600 * KB, names),
    "client.view.names:nick_style": Bound(600 * KB, names),
    "server.doors.plain.editing:_is_an_addition": Bound(300 * KB, characters),
    "server.web.names:machine_names": Bound(10 * KB),
    "server.web.page_files:the_page": Bound(300 * KB),
    "store.taken_file:_who_and_where": Bound(8 * MB, readers),
    "text.display:_local_time": Bound(10 * KB, times),
    "wire.capabilities:capability_set": Bound(700 * KB, capability_sets),
    "wire.websocket:_framed": Bound(20 * KB),
    "wire.lookalikes:_letters": Bound(2 * MB),
    "wire.lookalikes:_shapes": Bound(200 * KB),
    "wire.masks:_places": Bound(400 * KB, different),
    "wire.mention:_belongs": Bound(2 * MB, neighbours),
    "wire.message:_split_again": Bound(4 * MB, split_lines),
    "wire.multiline:_apart": Bound(8 * 100 * KB, lines(b"@account=a ")),
    "wire.multiline:_inside": Bound(8 * 100 * KB, lines("lines-abc-1")),
    "wire.names:_just_asked": Bound(600 * KB, texts(LINE)),
    "wire.names:_remembered": Bound(1 * MB, texts(64)),
    "wire.names:fold_mask": Bound(2 * MB, texts(LINE)),
    "wire.precis:_opaque": Bound(20 * KB),
    "wire.precis:_property": Bound(1 * MB, characters),
    "wire.reference:_beginning": Bound(20 * KB, numbers(36**11)),
    "wire.reference:_day": Bound(20 * KB, numbers(20_000)),
    "wire.reference:_second": Bound(20 * KB, numbers(2_000_000_000)),
    "wire.reference:format_time": Bound(20 * KB, numbers(2_000_000_000_000)),
}


def caches(tree: ast.Module) -> Iterator[str]:
    """The names of the caches of `functools` in a module."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name, decorator_list=decorators):
                yield from (name for one in decorators if is_cache(one))
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function)):
                yield from (name for _ in range(is_cache(function)))


def is_cache(node: ast.expr) -> bool:
    return any(
        getattr(part, "id", getattr(part, "attr", "")) in ("cache", "lru_cache", "cached_property")
        for part in ast.walk(node)
        if isinstance(part, (ast.Name, ast.Attribute))
    )


def modules() -> Iterator[tuple[str, str]]:
    for path in sorted((LIBRARY / "chatroom").rglob("*.py")):
        parts = path.relative_to(LIBRARY / "chatroom").with_suffix("").parts
        yield ".".join(parts), path.read_text()


def held(fill: Callable[[], object], clear: Callable[[], object]) -> int:
    """The bytes that are free again when what was filled is cleared."""
    gc.collect()
    tracemalloc.start()
    try:
        fill()
        full, _ = tracemalloc.get_traced_memory()
        clear()
        gc.collect()
        return full - tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", [name for name, bound in CACHES.items() if bound.calls])
def test_a_full_cache_keeps_its_bound(name: str) -> None:
    module, _, function = name.partition(":")
    cache = getattr(import_module(f"chatroom.{module}"), function)
    bound, most = CACHES[name], cache.cache_info().maxsize
    assert bound.calls is not None
    calls = bound.calls()

    def fill() -> None:
        for call in islice(calls, most):
            cache(*call)
        assert cache.cache_info().currsize == most

    cache.cache_clear()
    taken = held(fill, cache.cache_clear)
    assert bound.most / 3 < taken <= bound.most  # far less: it was not filled


# What is remembered elsewhere

TENTH = 10
"""These are filled to a tenth, which is quicker."""

MADE = 1_100


@pytest.fixture(scope="module", autouse=True)
def small_heap() -> None:
    """Have the collector leave alone what other tests have made: it looks at all of it otherwise,
    dozens of times."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def tenth() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            *((levels, "REMEMBERED"), (admission, "REMEMBERED"), (guard, "REMEMBERED")),
            (writer, "CACHED_NAMES"),
        ):
            patch.setattr(module, name, getattr(module, name) // TENTH)
        yield


def bucket_levels() -> Levels:
    kept = Levels()
    for number in range(MADE):
        kept.fill("nick_changes", wide(number, LONGEST_NICKNAME), 1.0, number / 7)
    return kept


def addresses() -> Admission:
    kept = Admission()
    for number in range(MADE):
        network = f"{number:x}".rjust(HOST, "f")
        kept.connect(network, LIMITS, number / 7)
        kept.disconnect(network)
    return kept


def guessing() -> Guard:
    """Names as long as a line."""
    clock = count(0.1)
    kept = Guard(lambda: next(clock), Limits)
    for number in range(MADE):
        kept.fail(wide(number, 400))
    return kept


def known() -> Guard:
    """Accounts with all of their addresses, and addresses that registered accounts."""
    clock = count(0.1)
    kept = Guard(lambda: next(clock), Limits)
    for number in range(MADE):
        name, network = wide(number, LONGEST_NICKNAME), f"{number:x}".rjust(HOST, "f")
        kept.succeed(name, network)
        kept.may_register(network, LIMITS.accounts_per_address)
    return kept


def message(number: int) -> Message:
    text = wide(number, MAX_BODY // 4)
    tags = {"msgid": f"{number}", "+draft/reply": wide(number, 1000)}
    source = f"{wide(number, LIMITS.nickname)}!~user@{'h' * HOST}"
    return Message("PRIVMSG", (wide(number % 9, LIMITS.room_name), text), source, tags)


def quotes() -> Memory:
    kept = Memory()
    for number in range(1200):
        room = "#" + wide(number % 50, LIMITS.room_name - 1)
        kept.note(message(number)._replace(params=(room, wide(number, 400))))
        if number < 200:
            kept.take_back(room, f"{number}")
    return kept


def prose() -> Prose:
    """Each message is put into words in both ways, and somebody looks for a name in it."""
    kept = Prose()
    for number in range(600):
        words = " ".join(chr(0x10400 + each) for each in range(100))
        said = message(number)._replace(params=("#room", f"{number} {words}"))
        kept.line_of(said)
        kept.unquoted_line_of(said)
        kept.heard_in(said).names("nobody")
    return kept


def taken() -> Taken:
    kept = Taken(MOST_ROOMS // TENTH, MOST_CHARACTERS // TENTH)
    for number in range(MADE):
        reader = wide(number, LIMITS.nickname), "h" * HOST
        kept.put(Entry(number, number, reader, (wide(number, LIMITS.room_name),)))
    return kept


def pasts() -> FadedRooms:
    kept = FadedRooms(faded.MOST_CHARACTERS // TENTH)
    for number in range(MADE):
        kept.add(wide(number, LIMITS.room_name), FadedPast((), (Gap(number, number + 1),)))
    return kept


def names_of_the_store() -> dict[str, int]:
    kept: dict[str, int] = {}
    for number in range(writer.CACHED_NAMES):
        source = f"{wide(number, LIMITS.nickname)}!~{'u' * LIMITS.username}@{'h' * HOST}"
        writer.bounded(kept).setdefault(source, number)
    return kept


def fitting() -> MaskLists:
    """People who come and go at a room with one mask on each list."""
    kept = MaskLists(())
    for letter in kept:
        kept[letter]["x"] = list_entry("x!*@*", "x", 0.0)
    for number in range(OUTSIDERS):
        who = SimpleNamespace(
            folded_mask=f"{wide(number, LIMITS.nickname)}!~{'u' * LIMITS.username}@{'h' * HOST}",
            account_mask=f"a:{wide(number, LIMITS.nickname)}",
            matches=lambda _mask: False,
        )
        for letter in (*kept, "m"):
            kept.matches(letter, who)
    return kept


TENTHS: dict[str, tuple[int, Callable[[], object]]] = {
    "buckets of addresses and accounts": (7 * MB, bucket_levels),
    "addresses without a connection": (5 * MB, addresses),
    "names with wrong passwords": (7 * MB, guessing),
    "accounts with right passwords, addresses that registered one": (18 * MB, known),
    "what people have read": (10 * MB, taken),
    "pasts of faded rooms": (7 * MB, pasts),
    "names of the store": (13 * MB, names_of_the_store),
}
WHOLE: dict[str, tuple[int, Callable[[], object]]] = {
    "who is on the lists of a room": (300 * KB, fitting),
    "messages that may be quoted": (2 * MB, quotes),
    "lines of the plain door": (4 * MB, prose),
}
MEMORIES = WHOLE | {name: (most // TENTH, made) for name, (most, made) in TENTHS.items()}

ORDERED = {
    "chat.levels:_used": "buckets of addresses and accounts",
    "chat.state.faded:_pasts": "pasts of faded rooms",
    "chat.state.taken:_readers": "what people have read",
    "chat.state.world:_redacted": "1,000 msgids, which the server made",
    "client.library.paging:_seen": "ServerLimits.remembered numbers",
    "server.account_keeper:_memory": "accounts with right passwords, addresses that registered one",
    "server.admission:_gone": "addresses without a connection",
    "server.doors.plain.memory:_said": "messages that may be quoted",
    "server.doors.plain.memory:_taken_back": "messages that may be quoted",
    "server.guard:_failures": "names with wrong passwords",
    "server.guard:_known": "accounts with right passwords, addresses that registered one",
    "server.guard:_registered": "accounts with right passwords, addresses that registered one",
    "server.web.repeating:_tasks": "10,000 hashes of keys, and answers",
    "server.token_keeper:_noted": "1,000 numbers of tokens, and times",
    "server.token_keeper:_tickets": "1,000 tickets of 32 bytes",
    "server.searches:_addresses": "MOST_SEARCHES lines of each connection",
}
"""Whatever forgets the oldest first, and its row above, or what else bounds it."""


def ordered(tree: ast.Module) -> Iterator[str]:
    """The attributes of a module that are made as an `OrderedDict`."""
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(
                target=ast.Attribute(attr=name), value=ast.Call(func=ast.Name(id="OrderedDict"))
            ):
                yield name


def test_everything_that_remembers_has_its_row() -> None:
    caching: set[str] = set()
    forgetting: set[str] = set()
    for module, source in modules():
        if "cache" in source or "OrderedDict" in source:
            tree = ast.parse(source)
            caching.update(f"{module}:{name}" for name in caches(tree))
            forgetting.update(f"{module}:{name}" for name in ordered(tree))
    assert caching == set(CACHES)
    assert forgetting == set(ORDERED)


@pytest.mark.parametrize("name", MEMORIES)
def test_a_full_memory_keeps_its_bound(name: str) -> None:
    most, made = MEMORIES[name]
    kept: list[object] = []
    taken = held(lambda: kept.append(made()), kept.clear)
    assert most / 3 < taken <= most
