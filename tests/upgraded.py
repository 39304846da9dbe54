"""`chatroom_server.py`, whose next version a test writes: `successor.py` in the working directory.

An upgrade starts this script again. The new process then runs `successor.py`, if there is one: a
version that does not start, that hangs, or that fails where the test wants it to. The first process
runs `first.py`, if there is one.
"""

import os
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib")]

own = Path("successor.py" if "_CHATROOM_UPGRADE" in os.environ else "first.py")
if own.exists():
    runpy.run_path(str(own))
runpy.run_path(str(ROOT / "chatroom_server.py"), run_name="__main__")
