"""What a row of the table of numerics says of its parameters."""

import sys

from chatroom.wire.numerics import RPL_WHOSPCRPL, Numeric


def counts(row: Numeric) -> tuple[int, int]:
    """The least and the greatest number of parameters, with the nickname and the text."""
    words = row.params.split()
    is_field = row is RPL_WHOSPCRPL  # the text is one of the fields that were asked for
    fixed = 1 + bool(row.text and not is_field)
    least = fixed + sum(not word.startswith("[") for word in words)
    return least, sys.maxsize if "..." in row.params else fixed + len(words)
