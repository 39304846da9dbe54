#!/usr/bin/env python3
"""Start the Chatroom server: `python3 chatroom_server.py --help`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

from chatroom.checkout import start

if __name__ == "__main__":
    sys.exit(start(__file__, "server"))
