"""Runs a subcommand as a process: its exit status, signals, and the end of its output."""

import signal
import sys
from collections.abc import Sequence
from importlib import import_module

from chatroom.client.library.errors import ChatError
from chatroom.client.scripts.options import SUBCOMMANDS, parse
from chatroom.client.scripts.shell import OutputGone, complain
from chatroom.net.addresses import AddressError
from chatroom.net.hosts import HostsError
from chatroom.net.streams import cannot_write, forget_output

FINE, FAILED, USAGE, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143


def run(argv: Sequence[str]) -> int:
    """Carry out a command line that begins with a subcommand. Returns the exit status."""
    arguments = parse(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    module = import_module(f"chatroom.client.scripts.{SUBCOMMANDS[arguments.subcommand].module}")
    from chatroom.client.config.passwords import PasswordError
    from chatroom.client.config.profiles import ConfigError
    from chatroom.client.files.pins import PinsError

    try:
        status: int = module.run(arguments)
        sys.stdout.flush()
        return status
    except AddressError as error:
        complain(str(error))
        return USAGE
    except (ChatError, HostsError, ConfigError, PasswordError, PinsError) as error:
        for line in str(error).splitlines():
            complain(line)
        return FAILED
    except (OutputGone, BrokenPipeError):  # `| head` has seen enough
        forget_output()
        return FINE
    except OSError as error:  # the net's own are dealt with: this is our output's
        forget_output()
        complain(cannot_write(error))
        return FAILED
    except KeyboardInterrupt:
        forget_output()
        return INTERRUPTED
