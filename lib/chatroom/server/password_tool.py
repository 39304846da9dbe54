"""`chatroom-server password`: makes the hash of a password, for `operators.passwords`.

The password comes from a prompt on the terminal, or from a line of standard input, and never from
the command line, which everybody on the machine can read.
"""

import getpass
import secrets
import sys

from chatroom.net.streams import FAILED, FINE
from chatroom.wire.sasl import SHORTEST_PASSWORD, UnfitPassword, prepared
from chatroom.wire.scram import ROUNDS, SALT_BYTES, derive


def run_password_tool() -> int:
    """Print the hash. Returns the exit status."""
    try:
        keys = derive(prepared(_password()), secrets.token_bytes(SALT_BYTES), ROUNDS)
    except (UnfitPassword, ValueError) as error:
        return _say(str(error))
    except (KeyboardInterrupt, EOFError):
        return _say("no password was given")
    print(keys.text)
    return FINE


def _password() -> str:
    """Raises ValueError."""
    if sys.stdin.isatty():
        word = getpass.getpass("A password for OPER: ")
        if getpass.getpass("Repeat it: ") != word:
            raise ValueError("the two passwords are different")
    else:
        word = sys.stdin.readline().rstrip("\r\n")
    if len(word) < SHORTEST_PASSWORD:
        raise ValueError(f"a password has at least {SHORTEST_PASSWORD} characters")
    return word


def _say(fault: str) -> int:
    print(f"chatroom-server: {fault}", file=sys.stderr)
    return FAILED
