"""A request and its answer: one line of JSON each. Sans I/O.

    {"request": "account-changed", "before": "bob", "after": "bob", "ends": ""}
    {"answer": {}}                                   or  {"error": "the reason in one line"}

A connection carries one request. The two processes may be of different versions, so each ignores
what it does not know in an object that it understands.
"""

import json
from collections.abc import Mapping
from typing import Any

LONGEST_REQUEST = 4096
"""Bytes of a request's line, without its end."""

LONGEST_ANSWER = 65_535
"""Bytes of an answer's line. An empty unix socket takes as many at once, so that no answer waits
for its reader."""


class BadRequest(Exception):
    """A line that is not a request. `str()` gives the reason."""


class BadAnswer(Exception):
    """A line that is not an answer."""


def request_line(name: str, arguments: Mapping[str, Any]) -> bytes:
    """The line of a request, with its end."""
    return _line({"request": name, **arguments})


def read_request(line: bytes) -> tuple[str, dict[str, Any]]:
    """The name and the arguments in a line without its end. Raises BadRequest."""
    said = _parse(line)
    if not isinstance(said, dict) or not isinstance(said.get("request"), str):
        raise BadRequest('a request is a line of JSON such as {"request": "status"}')
    return said.pop("request"), said


def answer_line(answer: Mapping[str, Any]) -> bytes:
    """The line of an answer, with its end."""
    return _line({"answer": answer})


def error_line(words: str) -> bytes:
    """The line of a refusal."""
    return _line({"error": words})


def read_answer(line: bytes) -> tuple[dict[str, Any], str]:
    """The answer, and the reason of a refusal or "". Raises BadAnswer."""
    said = _parse(line)
    if isinstance(said, dict):
        if isinstance(error := said.get("error"), str):
            return {}, error
        if isinstance(answer := said.get("answer"), dict):
            return answer, ""
    raise BadAnswer


def text_in(arguments: Mapping[str, Any], name: str) -> str:
    """The argument of that name. Raises BadRequest if it is missing, or no text."""
    value = arguments.get(name)
    if not isinstance(value, str):
        raise BadRequest(f'this request needs "{name}", a text')
    return value


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _parse(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):  # the latter: ten thousand brackets
        return None
