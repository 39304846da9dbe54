"""The server's log: lines on stderr that begin with [SERVER].

Nothing in it comes from a stranger unescaped: names go through `prose.visible` where they are
logged, and what people say is never logged.
"""

import logging
import sys


def start_logging(verbose: bool) -> None:
    """Log to stderr; `verbose` adds detail."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("[SERVER] %(message)s"))
    logger = logging.getLogger("chatroom")
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    logging.raiseExceptions = False  # a log that nobody reads any more is no reason to stop
    # Nobody asks a line for these, and finding them out costs more than writing it (Python's
    # Logging HOWTO, "Optimization").
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
