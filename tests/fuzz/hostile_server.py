"""The client's input, from a server that says anything: a visit of each kind of client.

`scripts/fuzz.py client` watches the memory over thousands of visits.
"""

from random import Random

from fuzzing.client import Visitor

LINES = 150


def once(random: Random) -> None:
    """One visit."""
    visitor = Visitor(str(random.getrandbits(64)), LINES)
    try:
        visitor.run()
    except Exception as error:
        error.add_note("the server's last lines:\n" + "\n".join(map(repr, visitor.last)))
        raise
