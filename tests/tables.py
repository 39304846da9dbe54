"""Runs all rows of a table in one test.

What pytest does around a test takes longer than most rows: about four milliseconds, in the worker
and in the process that counts, and the tables have thousands of rows. So where nothing needs a
test for each row, `@pytest.mark.parametrize` gives one test that tries every row, and then fails
with all that failed: its message names each of them.

A row is a test of its own, as usual, if it needs a fixture that is made anew for each test
(`tmp_path`), if the test or a row has other marks, and if somebody asks for certain tests with
`-k`, by an id in brackets, or with `-v`.
"""

import functools
import inspect
import itertools
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

import pytest

FAILURES = (Exception, pytest.fail.Exception)
LONGEST = 200
"""Characters of a row in a message."""

_WITH_MARKS = type(pytest.param())


class Row(NamedTuple):
    """What messages call a row, and the arguments that it gives to the test."""

    name: str
    arguments: dict[str, Any]


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: object) -> Any:
    """One test for the whole table; None leaves it to pytest."""
    if not isinstance(collector, pytest.Module) or not inspect.isfunction(obj):
        return None
    if not collector.istestfunction(obj, name) or _one_by_one(collector.config):
        return None
    rows = _rows(obj)
    if not rows or not _is_all_that_it_needs(rows[0], collector, obj):
        return None
    whole = _whole(obj, rows)
    setattr(collector.obj, name, whole)
    return collector.ihook.pytest_pycollect_makeitem(collector=collector, name=name, obj=whole)


def _one_by_one(config: pytest.Config) -> bool:
    options = config.option
    # pyproject.toml has -q, so verbose is -1 by itself.
    return bool(options.keyword or options.verbose >= 0 or any("[" in word for word in config.args))


def _rows(test: Callable[..., None]) -> list[Row]:
    """Those of its tables, each with each; none if there is anything else about the test."""
    marks: list[pytest.Mark] = getattr(test, "pytestmark", [])
    if getattr(test, "is_hypothesis_test", False) or not all(map(_is_plain, marks)):
        return []
    tables = [list(_rows_of(mark)) for mark in marks]
    return [_joined(rows) for rows in itertools.product(*tables)] if tables else []


def _is_plain(mark: pytest.Mark) -> bool:
    if mark.name != "parametrize" or len(mark.args) != 2 or not mark.kwargs.keys() <= {"ids"}:
        return False
    rows = mark.args[1]
    if not isinstance(rows, Collection):  # what can be read only once is left to pytest
        return False
    return not any(isinstance(row, _WITH_MARKS) and row.marks for row in rows)


def _rows_of(mark: pytest.Mark) -> Iterator[Row]:
    names, rows = mark.args
    listed = names.replace(",", " ").split() if isinstance(names, str) else list(names)
    alone = isinstance(names, str) and len(listed) == 1
    ids = mark.kwargs.get("ids")
    given = itertools.repeat(None) if ids is None or callable(ids) else ids
    for row, id_ in zip(rows, given, strict=False):
        marked = isinstance(row, _WITH_MARKS)
        cells = tuple(row.values) if marked else (row,) if alone else tuple(row)
        name = str((row.id if marked else None) or id_ or ", ".join(map(repr, cells)))
        yield Row(name[:LONGEST], dict(zip(listed, cells, strict=True)))


def _joined(rows: tuple[Row, ...]) -> Row:
    arguments = {name: cell for row in rows for name, cell in row.arguments.items()}
    return Row(", ".join(row.name for row in rows), arguments)


def _is_all_that_it_needs(row: Row, module: pytest.Module, test: Callable[..., None]) -> bool:
    """All fixtures that the test gets besides the row outlive it."""
    manager = module.session._fixturemanager
    info = manager.getfixtureinfo(module, test, None)  # type: ignore[arg-type]  # reads its marks
    used = [info.name2fixturedefs.get(name) for name in info.names_closure]
    makers = [
        each[-1]
        for name, each in zip(info.names_closure, used, strict=True)
        if each and name not in row.arguments
    ]
    return "request" not in info.argnames and all(each.scope != "function" for each in makers)


def _whole(test: Callable[..., None], rows: list[Row]) -> Callable[..., None]:
    """A test of all the rows, which gets the fixtures only."""

    @functools.wraps(test)
    def whole(**fixtures: Any) -> None:
        __tracebackhide__ = True
        failures: dict[str, BaseException] = {}
        skips: list[BaseException] = []
        for row in rows:
            try:
                test(**row.arguments, **fixtures)
            except FAILURES as failure:
                failure.add_note(f"In the row: {row.name}")
                failures[row.name] = failure
            except pytest.skip.Exception as skip:
                skips.append(skip)
        if len(failures) == 1:
            raise next(iter(failures.values()))
        if failures:
            __tracebackhide__ = False
            names = "\n".join(failures)
            count = f"{len(failures)} of {len(rows)} rows failed"
            raise BaseExceptionGroup(f"{count}:\n{names}\n", list(failures.values()))
        if skips:
            pytest.skip(f"{len(skips)} of {len(rows)} rows: {skips[0]}")

    signature = inspect.signature(test)
    others = [one for name, one in signature.parameters.items() if name not in rows[0].arguments]
    whole.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
    whole.pytestmark = []  # type: ignore[attr-defined]
    return whole
