"""Start-up: options and configuration, descriptors, listeners, signals; then the loop."""

import errno
import gc
import logging
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatroom import __version__
from chatroom.net.addresses import Address, bind
from chatroom.net.listener import raise_descriptor_limit
from chatroom.server.config import Config, ConfigError, Listening, check, load
from chatroom.server.log import start_logging
from chatroom.server.options import Options, parse_options
from chatroom.server.sample import sample
from chatroom.server.tick import Server
from chatroom.server.tools import run
from chatroom.store.database import StoreError

if TYPE_CHECKING:
    from chatroom.net.ring import Ring

log = logging.getLogger("chatroom")

FINE, FAILED = 0, 1

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

GARBAGE = (700, 10, 1000)
"""The first two are Python's own. The third, in Python 10, is after how many middle collections
there is a full one: after the arrival of half a million visitors."""

BACKLOG = 512
"""Connections that the system keeps for us between two ticks."""

_WHAT_TO_DO = {
    errno.EADDRINUSE: "is another server running? Stop it, or choose another port with --listen",
    errno.EADDRNOTAVAIL: "this machine has no such address; choose another with --listen",
    errno.EACCES: "ports below 1024 are for root; choose another with --listen",
}

_WHAT_TO_DO_WITH_PATHS = {
    errno.EADDRINUSE: "is another server running? Stop it, or choose another path with --listen",
    errno.EEXIST: "only sockets are replaced; choose another path with --listen",
    errno.EACCES: "may this user write to its directory? Choose another path with --listen",
    errno.ENOENT: "make its directory, or choose another path with --listen",
}


class CannotListen(Exception):
    """A port or path that cannot be had: `str()` names it, who asked for it, and what to do."""


def main(argv: Sequence[str] | None = None) -> int:
    """The program. `argv` are the arguments without its name; returns its exit status."""
    options = parse_options(argv)
    if options.print_config:
        print(sample(), end="")
        return FINE
    if options.check:
        return _check(options)
    try:
        config = load(options)
    except ConfigError as error:
        return _say_faults(error.faults, error.warnings)
    if options.tool:
        return run(options.tool, config.data)
    start_logging(config.log.verbose)
    for warning in config.warnings:
        log.warning("%s", warning)
    return _serve(config, options)


def _check(options: Options) -> int:
    faults, warnings = check(options)
    if not faults and not warnings:
        print("The configuration is fine.")
    return _say_faults(faults, warnings)


def _say_faults(faults: Sequence[str], warnings: Sequence[str]) -> int:
    for warning in warnings:
        print(f"chatroom-server: warning: {warning}", file=sys.stderr)
    for fault in faults:
        print(f"chatroom-server: {fault}", file=sys.stderr)
    return FAILED if faults else FINE


def _serve(config: Config, options: Options) -> int:
    server = Server(config, options, raise_descriptor_limit())
    server.ring = _open_ring() if config.system.io_uring else None
    server.loop.on_signals(SIGNALS, server.signalled)
    try:
        server.open_history()
        for listening in config.listen:
            _listen(server, listening)
        log.info("Waiting for connections...")
        _spare_the_loop()
        server.run()
    except (CannotListen, StoreError) as error:
        log.error("%s", error)
        return FAILED
    finally:
        server.end()
    for number in SIGNALS:  # a second Ctrl-C finds nothing to stop any more
        signal.signal(number, signal.SIG_IGN)
    log.info("Goodbye.")
    return FINE


def _open_ring() -> "Ring | None":
    """It is only faster, so that it may be missing: containers often forbid it."""
    try:
        from chatroom.net.ring import Ring

        return Ring()
    except (ImportError, OSError) as error:
        log.debug("Without io_uring: %s", error)
        return None


def _spare_the_loop() -> None:
    """Keep full garbage collections, 150 ms with ten thousand visitors, out of the talk.

    Talk leaves no garbage behind, nor do visitors who go: reference counts deal with them. What was
    made at start-up stays and need not be looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def _listen(server: Server, listening: Listening) -> None:
    """Raises CannotListen."""
    address = listening.address
    try:
        sockets = bind(address, BACKLOG)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CannotListen(
            f"Cannot listen on {address} ({listening.origin}): {reason}; {_advice(address, error)}"
        ) from None
    for sock in sockets:
        server.listen(sock)
        host, port = (address.path, 0) if address.path else sock.getsockname()[:2]
        where = address if address.path else Address(str(host), port)
        log.info("Chatroom %s is listening on %s (IRC, plain text)", __version__, where)


def _advice(address: Address, error: OSError) -> str:
    number = error.errno or 0
    if address.path:
        return _WHAT_TO_DO_WITH_PATHS.get(number, "choose another path with --listen")
    return _WHAT_TO_DO.get(number, "choose another address with --listen")
