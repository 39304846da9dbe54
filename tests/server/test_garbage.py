"""Garbage collection: a full one would stop the loop, the longer the more are here: none comes."""

import gc
import math
import subprocess
import sys
from pathlib import Path

from chatroom.chat.session import Session
from chatroom.net.connection import Connection
from chatroom.server.doors.door import Door
from harness import PATIENCE

from .conftest import House

PROGRAM = """
import gc, sys
from chatroom.server.main import Server, main
Server.run = lambda _: print(*gc.get_threshold(), gc.get_freeze_count())
sys.exit(main(sys.argv[1:]))
"""
"""The server, but in place of its loop it says how garbage would be collected there."""

VISITORS = 500_000
OBJECTS = 14
"""That a visitor brings at least, and a collection looks at."""


def test_the_loop_begins_without_full_collections(tmp_path: Path) -> None:
    """None before half a million have come, and what start-up made is never looked at."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, "--listen", "127.0.0.1:0", "--data", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    *thresholds, frozen = map(int, run.stdout.split())
    assert math.prod(thresholds) >= VISITORS * OBJECTS
    assert frozen > 0


def parts() -> list[Session | Connection | Door]:
    """Of all visitors of this process."""
    return [each for each in gc.get_objects() if isinstance(each, Session | Connection | Door)]


def test_who_has_gone_leaves_no_garbage(house: House) -> None:
    """Reference counts free all of a visitor, so that no collection has to stop the loop."""
    gc.collect()
    others = parts()  # that tests before this one have left, and something still refers to
    early = house.join("early", "#room")
    gc.collect()
    gc.disable()
    try:
        for lines in (
            ("NICK alice", "USER a 0 * :a", "JOIN #room", "QUIT"),
            ("NICK bob", "USER b 0 * :b", "JOIN #room", "PRIVMSG #room :hello", "QUIT"),
            ("carol", "room", "hello", "exit"),
        ):
            client = house.connect()
            client.send(*lines)
            house.until(lambda: any(map(house.server._closing.__contains__, house.server.doors)))
            client.sock.close()
            house.until(lambda: len(house.server.doors) == 1)
        left = [each for each in parts() if all(each is not other for other in others)]
    finally:
        gc.enable()
    assert len(left) == 3  # the three parts of the one who is there
    early.sock.close()
