"""Every command line that there is, from the parsers themselves: for what is written by hand."""

import argparse
from collections.abc import Iterator, Sequence

from chatroom.client import main
from chatroom.client.scripts import options as scripts
from chatroom.server.config import options as server

Lines = dict[tuple[str, ...], list[str]]
"""A command's words -> its options."""


def client_lines() -> Lines:
    """Those of chatroom-client; () is the terminal client."""
    return {(): _options(main._parser()), **dict(_walk(scripts.parser(), ()))}


def server_lines() -> Lines:
    """Those of chatroom-server; () is the server."""
    parser = server._parser(server._flags())
    return {(): _options(parser), **dict(_walk(parser, ()))}


def _walk(
    parser: argparse.ArgumentParser, words: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield (*words, name), _options(inner)
                yield from _walk(inner, (*words, name))


def _options(parser: argparse.ArgumentParser) -> list[str]:
    return [flag for action in parser._actions for flag in _flags(action.option_strings)]


def _flags(flags: Sequence[str]) -> Sequence[str]:
    """The long ones, where there are any: shells offer these."""
    return [flag for flag in flags if flag.startswith("--")] or flags
