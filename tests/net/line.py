"""A connection in a test's hand: the loop is turned, and the tick's flush called, one by one."""

import socket

from chatroom.net.connection import Connection
from chatroom.net.loop import Loop
from harness import PATIENCE

MUCH = b"x" * 1_000_000


class Line:
    """A connection, the peer's socket, and the tick around them."""

    def __init__(self, here: socket.socket, peer: socket.socket) -> None:
        self.loop = Loop()
        self.peer = peer
        self.peer.settimeout(PATIENCE)
        self.heard: list[bytes] = []
        self.to_flush: list[Connection] = []
        self.connection = Connection(self.loop, here, self.heard.append, self.to_flush)

    def turn(self, timeout: float = 0) -> int:
        """Call whom the loop names; how many."""
        ready = self.loop.select(timeout)
        for call, mask in ready:
            call(mask)
        return len(ready)

    def flush(self) -> int:
        """The tick's flush; what the last connection could not write."""
        connections, self.to_flush[:] = self.to_flush[:], []
        left = 0
        for connection in connections:
            left = connection.flush()
        return left

    def fill(self) -> int:
        """Say more than the system takes; the bytes left over."""
        self.connection.say(MUCH)
        left = self.flush()
        assert 0 < left < len(MUCH)
        return left

    def peer_reads(self, size: int) -> bytes:
        """Exactly so many bytes, with the tick turning as they come."""
        data = b""
        while len(data) < size:
            self.peer.setblocking(False)
            try:
                data += self.peer.recv(size - len(data))
            except BlockingIOError:
                assert self.turn(PATIENCE), "nothing more comes"
                self.flush()
        self.peer.settimeout(PATIENCE)
        return data

    def end(self) -> None:
        """Give everything back."""
        self.connection.release()
        self.peer.close()
        self.loop.close()


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        peer = socket.create_connection(server.getsockname())
        here, _ = server.accept()
    return here, peer
