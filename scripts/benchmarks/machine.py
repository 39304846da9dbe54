"""Which core does what, and what the kernel says that a process has used. Linux only.

The servers have one core, and whoever measures them has another, where there are two.
"""

import os
import platform
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import interpreter

_CORES = sorted(os.sched_getaffinity(0))
OUR_CORE = {_CORES[0]}
SERVERS_CORE = {_CORES[-1]}

LOOKS = 1_000_000
"""Looks at a process that ought to fall asleep; one that never does is measured awake."""

_NANOSECOND = 1e-9


def take_core() -> None:
    """Stay on the core of whoever measures."""
    os.sched_setaffinity(0, OUR_CORE)


@contextmanager
def on_the_servers_core() -> Iterator[None]:
    """What is started herein stays on the servers' core, with all of its threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, SERVERS_CORE)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def open_many_files() -> int:
    """Raise the limit on descriptors as far as it goes, for servers too; what it is now. A server
    that crashes leaves no core dump here."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def describe() -> str:
    """The machine in a few words, and the Python that measures and serves."""
    words = Path("/proc/cpuinfo").read_text()
    models = [line.partition(":")[2].strip() for line in words.splitlines() if "model name" in line]
    model = models[0] if models else platform.machine()
    return f"{len(_CORES)} x {model}, Linux {platform.release()}, {interpreter.describe()}"


class Account:
    """What a process and its children have used. CPU is in seconds, memory in bytes."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._main_task = Path(f"/proc/{pid}/task/{pid}")

    def cpu(self) -> float:
        """CPU of all threads and children, taken while the main thread sleeps."""
        self.await_sleep()
        return sum(_used(task) for pid in self.family() for task in _tasks(pid))

    def main_cpu(self) -> float:
        """CPU of the main thread alone, which for our server is the loop's."""
        self.await_sleep()
        return _used(self._main_task)

    def others_cpu(self) -> float:
        """CPU of all the other threads, and of the children."""
        tasks = [task for pid in self.family() for task in _tasks(pid)]
        return sum(_used(task) for task in tasks if task != self._main_task)

    def memory(self) -> int:
        """What is resident, and belongs to nobody else."""
        return sum(_resident(pid) for pid in self.family())

    def await_sleep(self) -> None:
        """Until the main thread has nothing to do, or is no more."""
        stat = self._main_task / "stat"
        for _ in range(LOOKS):
            if stat.read_text().rpartition(")")[2].split()[0] in "SZ":
                return

    def family(self) -> list[int]:
        """Its number, and those of all that came from it."""
        family = [self.pid]
        for pid in family:  # grows meanwhile
            for task in _tasks(pid):
                family += map(int, (task / "children").read_text().split())
        return family


def _tasks(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").iterdir())


def _used(task: Path) -> float:
    return int((task / "schedstat").read_text().split()[0]) * _NANOSECOND


def _resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
