"""A subcommand as a process: its exit status, signals, and the end of its output."""

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

from chatroom.client.failures import ChatError
from chatroom.client.scripts.options import SUBCOMMANDS, parse
from chatroom.client.scripts.shell import OutputGone, complain
from chatroom.net.addresses import AddressError
from chatroom.net.hosts import HostsError

FINE, FAILED, USAGE, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143


def run(argv: Sequence[str]) -> int:
    """Do what a command line says that begins with a subcommand; its exit status."""
    arguments = parse(argv)
    if sys.stdout is None or sys.stderr is None:  # as `>&-` leaves them
        return FAILED
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    module = import_module(f"chatroom.client.scripts.{SUBCOMMANDS[arguments.subcommand].module}")
    from chatroom.client.config import ConfigError
    from chatroom.client.passwords import PasswordError

    try:
        status: int = module.run(arguments)
        sys.stdout.flush()
        return status
    except AddressError as error:
        complain(str(error))
        return USAGE
    except (ChatError, HostsError, ConfigError, PasswordError) as error:
        for line in str(error).splitlines():
            complain(line)
        return FAILED
    except (OutputGone, BrokenPipeError):  # `| head` has seen enough
        _forget_output()
        return FINE
    except OSError as error:  # the net's own are dealt with: this is our output's
        _forget_output()
        complain(f"Cannot write to standard output: {error.strerror}")
        return FAILED
    except KeyboardInterrupt:
        _forget_output()
        return INTERRUPTED


def _forget_output() -> None:
    """Nobody takes our output any more; the interpreter's last flush must not complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
