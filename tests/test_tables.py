"""Rows of a table run as one test, which fails with each row that failed."""

from collections.abc import Callable

import pytest

import tables

TRIED: list[tuple[int, str]] = []


@pytest.fixture(scope="module")
def lasting() -> str:
    return "lasting"


@pytest.mark.parametrize("letter", ["a", pytest.param("b", id="second")])
@pytest.mark.parametrize(("number", "_square"), [(1, 1), (2, 4)])
def test_each_with_each(number: int, _square: int, letter: str, lasting: str) -> None:
    TRIED.append((number, letter))


@pytest.mark.parametrize("number", [1, 2])
def test_a_row_in_its_own_directory(number: int, tmp_path: object) -> None:
    """The next test counts this one."""


def test_who_is_one_test(request: pytest.FixtureRequest) -> None:
    here = [one.name.partition("[")[0] for one in request.session.items if one.path == request.path]
    together = not tables._one_by_one(request.config)
    assert here.count("test_each_with_each") == (1 if together else 4)
    assert here.count("test_a_row_in_its_own_directory") == 2
    assert TRIED == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]


def whole(test: Callable[..., None]) -> Callable[[], None]:
    return tables._whole(test, tables._rows(test))


@pytest.mark.parametrize("number", range(4))
def below(number: int) -> None:
    assert number != 1


@pytest.mark.parametrize("number", range(4))
def even(number: int) -> None:
    if number % 2:
        pytest.fail("odd")


@pytest.mark.parametrize("number", range(3))
def small(number: int) -> None:
    if number:
        pytest.skip("too much")


def test_what_is_more_than_a_table_is_left_to_pytest() -> None:
    several = ([1, pytest.param(2, marks=pytest.mark.slow)], iter([1]))
    for rows in several:
        assert not tables._rows(pytest.mark.parametrize("number", rows)(lambda number: None))
    assert not tables._rows(pytest.mark.slow(pytest.mark.parametrize("n", [1])(lambda n: None)))


def test_one_row_that_fails_is_named() -> None:
    with pytest.raises(AssertionError) as caught:
        whole(below)()
    assert caught.value.__notes__ == ["In the row: 1"]


def test_all_rows_that_fail_are_named() -> None:
    with pytest.raises(BaseExceptionGroup, match="2 of 4 rows failed:\n1\n3\n") as caught:
        whole(even)()
    assert [one.__notes__ for one in caught.value.exceptions] == [
        ["In the row: 1"],
        ["In the row: 3"],
    ]


def test_rows_that_are_skipped_are_counted() -> None:
    with pytest.raises(pytest.skip.Exception, match="2 of 3 rows: too much"):
        whole(small)()
