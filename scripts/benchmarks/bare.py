"""The floor to divide by: programs that hand bytes on, and do nothing else.

bare.py fan-out MEMBERS SENDERS BURST BYTES
    Waits for MEMBERS connections. Once SENDERS x BURST lines have come in, each member is sent,
    with one `send`, as many lines as all the others said, each of BYTES bytes. A lone QUESTION is
    answered: the kernel acknowledges later to who talks than to who only listens, which costs the
    sender's side some 9 % more, so the floor's visitors have to have talked like everyone's.
bare.py relay
    Waits for two connections, and sends to one what it receives from the other.

Each prints the port that it listens on, and ends when a connection is closed.
"""

import select
import socket
import sys

HOST = "127.0.0.1"
RECEIVE_BYTES = 16384  # what the server reads at once
QUESTION, ANSWER = b"?\n", b"!\n"


def main(arguments: list[str]) -> None:
    """Run one of them until somebody hangs up."""
    with socket.create_server((HOST, 0), backlog=4096) as listener:
        print(listener.getsockname()[1], flush=True)
        if arguments[0] == "relay":
            relay(listener)
        else:
            fan_out(listener, *map(int, arguments[1:]))


def fan_out(
    listener: socket.socket, members: int, senders: int, burst: int, line_bytes: int
) -> None:
    """From some to all the others, one `send` each."""
    socks = [_accept(listener) for _ in range(members)]
    poll = select.epoll()
    for sock in socks:
        poll.register(sock, select.EPOLLIN)
    receives = {sock.fileno(): sock.recv for sock in socks}
    answers = {sock.fileno(): sock.send for sock in socks}
    line = b"x" * (line_bytes - 1) + b"\n"
    heard = [(senders - (index < senders)) * burst for index in range(members)]
    sends = [(sock.send, line * lines) for sock, lines in zip(socks, heard, strict=True) if lines]
    waiting = senders * burst
    while True:
        for descriptor, _ in poll.poll():
            data = receives[descriptor](RECEIVE_BYTES)
            if not data:
                return
            if data == QUESTION:
                answers[descriptor](ANSWER)
                continue
            waiting -= data.count(b"\n")
        if not waiting:
            waiting = senders * burst
            for send, parcel in sends:
                send(parcel)


def relay(listener: socket.socket) -> None:
    """From the first to the second."""
    source, target = _accept(listener), _accept(listener)
    while data := source.recv(RECEIVE_BYTES):
        target.send(data)


def _accept(listener: socket.socket) -> socket.socket:
    sock, _ = listener.accept()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


if __name__ == "__main__":
    main(sys.argv[1:])
