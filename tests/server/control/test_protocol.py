"""A request and its answer as lines of JSON: whatever comes, one of two exceptions or a value."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.server.control.protocol import (
    BadAnswer,
    BadRequest,
    answer_line,
    error_line,
    read_answer,
    read_request,
    request_line,
    text_in,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
LINES = st.binary() | VALUES.map(lambda value: json.dumps(value).encode())


@given(LINES)
def test_any_line(line: bytes) -> None:
    with suppress(BadRequest):
        name, arguments = read_request(line)
        assert isinstance(name, str) and isinstance(arguments, dict)
    with suppress(BadAnswer):
        answer, error = read_answer(line)
        assert isinstance(answer, dict) and isinstance(error, str)


@given(st.text(), st.dictionaries(st.text().filter(lambda name: name != "request"), VALUES))
def test_what_is_written_is_read(name: str, arguments: dict[str, object]) -> None:
    """Each in one line."""
    line = request_line(name, arguments)
    assert line.count(b"\n") == 1
    assert read_request(line) == (name, arguments)
    line = answer_line(arguments)
    assert line.count(b"\n") == 1
    assert read_answer(line) == (arguments, "")
    assert read_answer(error_line(name)) == ({}, name)


@pytest.mark.parametrize("arguments", [{}, {"name": 3}, {"name": None}, {"other": "bob"}])
def test_an_argument_that_is_missing_or_no_text(arguments: dict[str, object]) -> None:
    assert text_in({"name": "bob"}, "name") == "bob"
    with pytest.raises(BadRequest, match='this request needs "name", a text'):
        text_in(arguments, "name")
