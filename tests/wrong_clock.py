"""Runs a program with another wall clock: `wrong_clock.py SECONDS PYTHON PROGRAM ARGUMENT...`.

SECONDS are added to what `time.time` tells. The monotonic clock is as it is. PYTHON is not used,
so that it fits in front of any command that begins with it.
"""

import runpy
import sys
import time

real = time.time
ahead = float(sys.argv[1])
time.time = lambda: real() + ahead
sys.argv = sys.argv[3:]
runpy.run_path(sys.argv[0], run_name="__main__")
