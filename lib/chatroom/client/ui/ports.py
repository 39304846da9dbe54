"""What the chat has others do for it, since it does no input and output of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


class ServiceError(Exception):
    """It could not be done; `str()` says why, in a sentence."""


def _no_file(_settings: Mapping[str, str]) -> str:
    raise ServiceError("There is no place to save the settings.")


def _no_log(_conversation: str, _line: str) -> None:
    raise ServiceError("There is no place to write a log.")


@dataclass
class Services:
    """`save` writes the settings that are not at their defaults, and says where it did. `log` adds
    a visible line to the file of a conversation, whose name a stranger may have chosen. Both raise
    ServiceError. `sign_in` calls the server again, with another password; `reconnect` calls it now,
    or anew. `remember` keeps nickname and room for the next time, or without a nickname that one
    does not want to; None where there is nothing to keep. `paths` are the files whose paths begin
    with a text."""

    save: Callable[[Mapping[str, str]], str] = _no_file
    log: Callable[[str, str], None] = _no_log
    sign_in: Callable[[str], None] = lambda _password: None
    reconnect: Callable[[], None] = lambda: None
    remember: Callable[[str, str], str] | None = None
    paths: Callable[[str], Sequence[str]] = lambda _beginning: ()
