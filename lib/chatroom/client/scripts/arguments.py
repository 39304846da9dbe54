"""Checks arguments of the command line, so that they can be sent."""

import argparse
import os

from chatroom.client.files.encoding import ESCAPING, trouble
from chatroom.text.display import visible


class BadArgument(ValueError):
    """An argument that cannot be sent. `str()` says why."""


def decoded(text: str) -> str:
    """The text with invalid UTF-8 replaced."""
    return os.fsencode(text).decode("utf-8", "replace")


def words(text: str) -> str:
    """For argparse: a text to send. Invalid UTF-8 is refused, not changed."""
    said = os.fsencode(text).decode("utf-8", ESCAPING)
    if wrong := trouble(said):
        raise argparse.ArgumentTypeError(f"this is {wrong}")
    return said


def clean(text: str) -> str:
    """A name, without the spaces around it. Raises BadArgument."""
    name = decoded(text).strip()
    if visible(name) != name:
        raise BadArgument(f"'{visible(name)}' contains control characters")
    return name


def name(text: str) -> str:
    """For argparse: a name that is not empty."""
    try:
        cleaned = clean(text)
    except BadArgument as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not cleaned:
        raise argparse.ArgumentTypeError("expected a name, found nothing")
    return cleaned
