"""Two machines in one network: network namespaces, joined by a virtual cable.

Nothing that happens there reaches the network of this machine. A test that uses them is skipped
where the system does not let us make them.
"""

import subprocess
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import pytest

_HOLD = ["sh", "-c", "echo ready; exec sleep 600"]
_SETUP = {
    "here": """ip link set lo up
        ip link add v0 type veth peer name v1 netns {there}
        ip link set v0 addrgenmode none; ip addr add 10.77.0.1/24 dev v0
        ip addr add fe80::1/64 dev v0 nodad; ip link set v0 up""",
    "there": """ip link set lo up
        ip link set v1 addrgenmode none; ip addr add 10.77.0.2/24 dev v1
        ip addr add fe80::2/64 dev v1 nodad; ip link set v1 up""",
}


class Lan:
    """`here` and `there` are what to put in front of a command to run it on one of the machines,
    which have the addresses 10.77.0.1 and 10.77.0.2."""

    def __init__(self) -> None:
        self.here: list[str] = []
        self.there: list[str] = []
        self._held = ExitStack()

    def __enter__(self) -> Self:
        try:
            here = self._hold("unshare", "-rn")
            self.here = _into(here)
            there = self._hold(*self.here, "unshare", "-n")
            self.there = _into(there)
            for prefix, setup in ((self.here, "here"), (self.there, "there")):
                commands = _SETUP[setup].format(there=there)
                self._run(*prefix, "sh", "-ec", commands)
        except (OSError, subprocess.CalledProcessError) as error:
            self._held.close()
            pytest.skip(f"network namespaces cannot be made here: {error}")
        return self

    def _hold(self, *command: str) -> int:
        """Start a process that keeps a namespace. Returns its number."""
        process = subprocess.Popen([*command, *_HOLD], stdout=subprocess.PIPE, text=True)
        self._held.enter_context(process)
        self._held.callback(process.kill)
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise OSError(f"{command[0]} failed")
        return process.pid

    def _run(self, *command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, timeout=10)

    def __exit__(
        self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self._held.close()


def _into(process: int) -> list[str]:
    return ["nsenter", "-t", str(process), "-U", "--preserve-credentials", "-n", "--"]
