"""Start-up: options and configuration, descriptors, listeners, signals; then the loop."""

import faulthandler
import gc
import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatroom import __version__
from chatroom.net.listener import raise_descriptor_limit
from chatroom.net.notify import Notifier, take_notifier
from chatroom.net.streams import ERRORS, FAILED, FINE, run_program
from chatroom.server.account_tool import run_account_tool
from chatroom.server.audit_tool import run_audit_tool
from chatroom.server.certificate_tool import run_certificate_tool
from chatroom.server.certificates import BadCertificate, load_certificate
from chatroom.server.check_tool import run_check_tool
from chatroom.server.config.load import Config, ConfigError, check, load
from chatroom.server.config.operator_masks import unknown_owners
from chatroom.server.config.options import (
    ChangeAccount,
    CheckData,
    HashPassword,
    Options,
    ShowAudit,
    ShowCertificate,
    ShowStatus,
    UpgradeServer,
    parse_options,
)
from chatroom.server.config.schema import sample
from chatroom.server.doors.greeter import SPOKEN
from chatroom.server.lan.directions import directions, how_to_open, page_url, qr_lines
from chatroom.server.lan.reached import outside_places
from chatroom.server.listening import (
    CannotListen,
    inherited_sockets,
    open_sockets,
    try_out,
)
from chatroom.server.logging_setup import start_logging
from chatroom.server.memory import keep_heap_small
from chatroom.server.password_tool import run_password_tool
from chatroom.server.server import Server
from chatroom.server.status_tool import run_status_tool
from chatroom.server.tools import run
from chatroom.server.upgrade.predecessor import Predecessor
from chatroom.server.upgrade.successor import (
    CannotTakeOver,
    Successor,
    successor_of_environment,
)
from chatroom.server.upgrade_tool import run_upgrade_tool
from chatroom.server.web.own_url import places_for_others
from chatroom.store.database import StoreError
from chatroom.store.inspection import inspect, known_accounts

if TYPE_CHECKING:
    from chatroom.net.ring import Ring

log = logging.getLogger("chatroom")

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2)

GARBAGE = (700, 10, 1000)
"""Thresholds of the garbage collector. The first two are Python's defaults. The third, in Python
10, is the number of middle collections before a full one: that happens after the arrival of half a
million connections."""

BACKLOG = 512
"""Connections that the kernel queues between two ticks."""


def main(argv: Sequence[str] | None = None) -> int:
    """The program. `argv` are the arguments without its name. Returns the exit status."""
    try:
        successor = successor_of_environment()
    except CannotTakeOver as error:
        print(f"chatroom-server: {error}", file=sys.stderr)
        return FAILED
    return run_program("chatroom-server", lambda: _run(parse_options(argv), successor))


def _run(options: Options, successor: Successor | None) -> int:
    if options.print_config:
        print(sample(), end="")
        return FINE
    if options.check:
        return _check(options)
    if isinstance(options.tool, HashPassword):
        return run_password_tool()
    try:
        config = load(options)
    except ConfigError as error:
        return _say_faults(error.faults, error.warnings)
    if isinstance(options.tool, ShowCertificate):
        return run_certificate_tool(options.tool, config)
    if isinstance(options.tool, ChangeAccount):
        return run_account_tool(options.tool, config)
    if isinstance(options.tool, CheckData):
        return run_check_tool(options.tool, config)
    if isinstance(options.tool, ShowAudit):
        return run_audit_tool(options.tool, config)
    if isinstance(options.tool, UpgradeServer):
        return run_upgrade_tool(config)
    if isinstance(options.tool, ShowStatus):
        return run_status_tool(options.tool, config)
    if options.tool:
        return run(options.tool, config)
    writer = start_logging(config.log.verbose, config.log.format)
    for warning in config.warnings:
        log.warning("%s", warning)
    try:
        return _serve(config, options, successor)
    except Exception:  # the interpreter itself would write to stderr, which may block for ever
        log.exception("Unhandled exception; the server is exiting")
        return FAILED
    finally:
        writer.drain()


def _check(options: Options) -> int:
    faults, warnings = check(options)
    if not faults:
        config = load(options)
        faults, foreign = try_out(config.listen)
        warnings += foreign
        try:
            loaded = load_certificate(config.tls, config.data)
        except BadCertificate as error:
            faults.append(str(error))
        else:
            warnings += loaded.warnings if loaded else ()
        if config.history.enabled:
            found = inspect(config.data)
            faults += found.faults
            warnings += found.warnings
            if config.accounts.enabled:
                known = known_accounts(config.data)
                warnings += unknown_owners(config.rooms.owners, known)
            if found.server:
                print(f"A server (process {found.server}) uses the data directory {config.data}.")
    if not faults and not warnings:
        print("The configuration is valid.")
    return _say_faults(faults, warnings)


def _say_faults(faults: Sequence[str], warnings: Sequence[str]) -> int:
    for warning in warnings:
        print(f"chatroom-server: warning: {warning}", file=sys.stderr)
    for fault in faults:
        print(f"chatroom-server: {fault}", file=sys.stderr)
    return FAILED if faults else FINE


def _serve(config: Config, options: Options, successor: Successor | None) -> int:
    keep_heap_small()
    server = Server(config, options, raise_descriptor_limit())
    server.ring = _open_ring() if config.system.io_uring else None
    server.loop.on_signals(SIGNALS, server.signalled)
    server.supervision.notifier = _find_manager()
    if successor is not None:
        try:
            successor.take_over(server, config)
        except (BadCertificate, CannotTakeOver, StoreError) as error:
            log.error("This process does not take over: %s", error)
            return FAILED  # and leave everything to the old process
    predecessor = Predecessor(server, successor.link if successor else None)
    server.on_upgrade = predecessor.begin
    try:
        status = _run_server(server, config, predecessor, successor is None)
    except BaseException:
        status = FAILED
        raise
    finally:
        if successor is not None and predecessor.remainder is None:
            successor.say_ended(status)
    remainder = predecessor.remainder
    if remainder is None:
        return status
    del server, predecessor  # or the remainder could not free them
    return remainder.run(SIGNALS)  # another process serves


def _run_server(server: Server, config: Config, predecessor: Predecessor, is_first: bool) -> int:
    """Serve until the end, or until another process serves. Returns the exit status."""
    try:
        if is_first:
            _begin(server, config)
        server.announce()
        _spare_the_loop()
        server.supervision.begin()
        server.run()
    except (BadCertificate, CannotListen, StoreError) as error:
        log.error("%s", error)
        return FAILED
    finally:
        if predecessor.remainder is None:
            predecessor.end_newcomer()
            server.end()
    if predecessor.remainder is None:
        for number in SIGNALS:  # after this, a second Ctrl-C has no effect
            signal.signal(number, signal.SIG_IGN)
        log.info("Goodbye.")
    return FAILED if predecessor.has_to_end else FINE


def _say_where(server: Server, config: Config) -> None:
    """Log what people type to come here. A terminal gets a QR code of the page, too, or how to let
    others in: a service that listens on loopback is meant to be behind a proxy."""
    listening = server.accepting.places
    places = places_for_others(listening)
    on_terminal = os.isatty(ERRORS)
    if places:
        has_tls = bool(server.handshakes.contexts)
        for line in directions(config, places, has_tls):
            log.info("%s", line)
        if on_terminal and config.lan.qr and config.web.enabled:
            for line in qr_lines(page_url(config, places[0], has_tls)):
                log.info("%s", line)
    elif outside_places(listening):
        log.info("Other machines can connect, but this one has no address yet for people to type.")
    elif on_terminal and listening:
        log.info("%s", how_to_open(listening[0].port))


def _begin(server: Server, config: Config) -> None:
    """Open everything. Raises BadCertificate, CannotListen or StoreError."""
    inherited = inherited_sockets(os.environ, config.listen)
    server.open_history()
    opened = inherited or list(open_sockets(config.listen))
    server.certificates.begin(config, [address for address, _ in opened])
    spoken = f"{SPOKEN}, TLS" if server.handshakes.contexts else SPOKEN
    for address, sock in opened:
        server.accepting.listen(sock, bool(inherited))
        log.info("Chatroom %s is listening on %s (%s)", __version__, address, spoken)
    _say_where(server, config)
    log.info("Waiting for connections...")


def _find_manager() -> Notifier:
    """The service manager that wants to know how the server is doing, if there is one."""
    try:
        manager = take_notifier(os.environ)
    except ValueError as error:
        log.warning("%s; the service manager is not told anything.", error)
        return Notifier()
    if manager.watchdog:
        faulthandler.enable()  # its signal is SIGABRT: the log then shows where the loop is stuck
    return manager


def _open_ring() -> "Ring | None":
    """Open io_uring. It only makes the server faster, so it may be missing: containers often forbid
    it."""
    try:
        from chatroom.net.ring import Ring

        return Ring()
    except (ImportError, OSError) as error:
        log.debug("Running without io_uring: %s", error)
        return None


def _spare_the_loop() -> None:
    """Avoid full garbage collections while people talk: with ten thousand sessions one takes 150
    ms. Neither messages nor departing users leave cyclic garbage, so reference counts free them.
    Objects from the start-up live as long as the process, so the collector need not examine them
    again. An upgrade disables the collector while somebody waits.
    """
    if gc.isenabled():
        gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    gc.enable()
