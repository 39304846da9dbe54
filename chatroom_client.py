#!/usr/bin/env python3
"""Start the Chatroom terminal client: `python3 chatroom_client.py --help`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

try:
    from chatroom.client.main import main
except ModuleNotFoundError as missing:
    sys.exit(f"chatroom_client.py: the package {missing.name} is missing; run: make run-client")

if __name__ == "__main__":
    sys.exit(main())
