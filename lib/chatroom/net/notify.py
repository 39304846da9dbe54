"""Tells the service manager, such as systemd, how this process is doing (sd_notify(3)).

The manager gives the path of a unix socket in NOTIFY_SOCKET, and gets datagrams with lines of
NAME=VALUE. If it also gives WATCHDOG_USEC, it restarts a process that sends no WATCHDOG=1 for so
many microseconds.

    READY=1      serving, or serving again after RELOADING=1
    STOPPING=1   on the way to the end
    STATUS=...   a line for people, which `systemctl status` shows
    MAINPID=...  another process takes over: the manager watches that one from now on
"""

import os
import socket
import time
from collections.abc import Mapping, MutableMapping

_LONGEST_PATH = 107
"""Bytes of a unix socket's path, or of an abstract name with its NUL (unix(7))."""


class Notifier:
    """The way to the manager. Without one, all of this does nothing.

    `address` is the value of NOTIFY_SOCKET; `watchdog` is the time within which the manager wants
    to hear of the process, in seconds, or 0.0 if it does not.
    """

    def __init__(self, address: str = "", watchdog: float = 0.0) -> None:
        """Raises ValueError if this is not an address that it can send to."""
        if address and (address[0] not in "/@" or len(os.fsencode(address)) > _LONGEST_PATH):
            raise ValueError(f"NOTIFY_SOCKET={address} is neither a path nor an abstract name")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self.watchdog = watchdog if address else 0.0

    def ready(self, status: str) -> None:
        """The process serves, or does so again after `reloading`."""
        self._send("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """The process reads its configuration again. `ready` has to follow.

        The time lets the manager tell this reload from one that it asks for meanwhile.
        """
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The process will end by itself."""
        self._send("STOPPING=1", "STATUS=Saying goodbye")

    def alive(self, status: str) -> None:
        """The process still works: at least once in each `watchdog` seconds, if that is not 0."""
        self._send("WATCHDOG=1", f"STATUS={status}")

    def main_process(self, pid: int) -> None:
        """Another process takes over, and tells of itself from now on.

        It inherits NOTIFY_SOCKET and WATCHDOG_USEC in its environment.
        """
        self._send(f"MAINPID={pid}")

    def _send(self, *lines: str) -> None:
        """Never waits: a manager that does not read is no reason to stop serving."""
        if not self._address:
            return
        text = "\n".join(line.replace("\n", " ") for line in lines)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            try:
                sock.setblocking(False)
                sock.sendto(text.encode(), self._address)
            except OSError:  # the manager is restarting, or does not read
                pass


def take_notifier(environment: MutableMapping[str, str]) -> Notifier:
    """The manager of this process, as it has introduced itself in the environment.

    Takes WATCHDOG_PID out of the environment, so that the watchdog is also for a process that takes
    over from this one. Raises ValueError if a value makes no sense.
    """
    pid = environment.pop("WATCHDOG_PID", "")
    is_for_us = not pid or pid == str(os.getpid())
    watchdog = _seconds(environment) if is_for_us else 0.0
    return Notifier(environment.get("NOTIFY_SOCKET", ""), watchdog)


def _seconds(environment: Mapping[str, str]) -> float:
    text = environment.get("WATCHDOG_USEC", "0")
    if not (text.isascii() and text.isdigit()) or len(text) > 20:
        raise ValueError(f"WATCHDOG_USEC={text} is not a number of microseconds")
    return int(text) / 1e6
