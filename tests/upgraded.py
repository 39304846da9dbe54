"""`chatroom_server.py`, whose next version a test writes: `successor.py` in the working directory.

An upgrade starts this script again. The new process then runs `successor.py`, if there is one: a
version that does not start, that hangs, or that fails where the test wants it to.
"""

import os
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib")]

if "_CHATROOM_UPGRADE" in os.environ and Path("successor.py").exists():
    runpy.run_path("successor.py")
runpy.run_path(str(ROOT / "chatroom_server.py"), run_name="__main__")
