#!/usr/bin/env python3
"""Start the Chatroom server: `python3 chatroom_server.py --help`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

try:
    from chatroom.server.main import main
except ModuleNotFoundError as missing:
    sys.exit(f"chatroom_server.py: the package {missing.name} is missing; run: make run-server")

if __name__ == "__main__":
    sys.exit(main())
