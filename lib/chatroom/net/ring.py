"""Sends to many sockets with one system call, by Linux's io_uring if available: the same bytes to
each, or to each its own.

Two queues are in memory that is shared with the kernel: the entries of one are requests, those of
the other results, and `io_uring_enter` carries out new requests. The loop still waits with
`selectors`, and nothing waits here: each request is a `send` that must not block (MSG_DONTWAIT), so
that all requests are done, and the bytes are free again, when the call returns.

Sources: io_uring(7), io_uring_setup(2), io_uring_enter(2), and linux/io_uring.h of Linux 5.6.
"""

import ctypes
import errno
import mmap
import os
import socket
import struct
import sys
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from operator import sub

_SETUP, _ENTER = 425, 426  # system calls of Linux without functions in libc
_FEATURES, _SQ_OFF, _CQ_OFF = 5, slice(10, 18), slice(20, 28)  # of struct io_uring_params
_HEAD, _TAIL = 0, 1  # of struct io_sqring_offsets and io_cqring_offsets
_ARRAY, _CQES = 6, 5  # of the former, and of the latter
_SINGLE_MMAP = 1  # IORING_FEAT_SINGLE_MMAP: both queues are in one mapping
_ENTRIES_AT = 0x1000_0000  # IORING_OFF_SQES: the offset at which the entries are mapped
_GETEVENTS = 1  # IORING_ENTER_GETEVENTS: return when the given number of entries is done
_SEND = 26  # IORING_OP_SEND

_ENTRIES = 256
"""`send`s in one call, a power of two. More would only need more memory."""

_RESULTS = 2 * _ENTRIES
"""Slots for results, as io_uring_setup(2) promises."""

_ENTRY = struct.Struct("=BBHiQQIIQ24x")
"""struct io_uring_sqe: opcode, flags, priority, descriptor, offset, address, length, the flags of
`send`, and a number that the result repeats."""

_FD, _LEN = slice(1, None, 16), slice(6, None, 16)  # the descriptors and lengths of all entries
_ADDRESS = slice(2, None, 8)  # and where their bytes are

_RESULT = struct.Struct("=QiI")
"""struct io_uring_cqe: that number, the result, flags."""
_RES = slice(2, None, 4)  # the results only

_CYCLE = 1 << 32
"""The queues count all their entries ever, in 32 bits."""


class Ring:
    """The two queues. Raises OSError if the system has no io_uring, or forbids it."""

    LEAST = 16
    """The minimum number of sockets: for fewer, single `send`s cost less."""

    LARGEST = 256 * 1024
    """The maximum number of bytes: beyond that, copying them first costs more than it saves."""

    def __init__(self) -> None:
        if sys.platform != "linux":  # elsewhere these numbers are other system calls
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        self._system: Callable[..., int] = ctypes.CDLL(None, use_errno=True).syscall
        params = (ctypes.c_uint32 * 30)()  # struct io_uring_params
        self._descriptor = self._system(_SETUP, _ENTRIES, params)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        try:
            if not params[_FEATURES] & _SINGLE_MMAP:
                raise OSError("older than Linux 5.4")
            self._map_queues(params[_SQ_OFF], params[_CQ_OFF])
            self._map_entries()
            self._try_out()
        except OSError:
            self.close()
            raise

    def _map_queues(self, to_do: Sequence[int], done: Sequence[int]) -> None:
        """Map the queues. The arguments are struct io_sqring_offsets and struct
        io_cqring_offsets."""
        order, results = to_do[_ARRAY], done[_CQES]
        size = max(order + 4 * _ENTRIES, results + _RESULT.size * _RESULTS)
        queues = memoryview(mmap.mmap(self._descriptor, size))
        self._shared = queues.cast("I")
        self._to_do_head, self._to_do_tail = to_do[_HEAD] // 4, to_do[_TAIL] // 4
        self._done_head = done[_HEAD] // 4
        self._shared[order // 4 : order // 4 + _ENTRIES] = array("I", range(_ENTRIES))
        self._results = queues[results : results + _RESULT.size * _RESULTS].cast("i")[_RES]

    def _map_entries(self) -> None:
        """Fill the entries, which differ only in the socket and the length."""
        entries = mmap.mmap(self._descriptor, _ENTRY.size * _ENTRIES, offset=_ENTRIES_AT)
        self._data = mmap.mmap(-1, self.LARGEST)
        self._address = address = ctypes.addressof(ctypes.c_char.from_buffer(self._data))
        for at in range(0, len(entries), _ENTRY.size):
            _ENTRY.pack_into(entries, at, _SEND, 0, 0, -1, 0, address, 0, socket.MSG_DONTWAIT, 0)
        self._descriptors = memoryview(entries).cast("i")[_FD]
        self._lengths = memoryview(entries).cast("I")[_LEN]
        self._addresses = memoryview(entries).cast("Q")[_ADDRESS]

    def _try_out(self) -> None:
        """Test the `send`, the only part that Linux 5.4 lacks."""
        pair = socket.socketpair()
        with pair[0], pair[1]:
            if self.send_to_all(b"?", [sock.fileno() for sock in pair]) != [1, 1]:
                raise OSError("older than Linux 5.6")

    def send_to_all(self, data: bytes, descriptors: Sequence[int]) -> list[int]:
        """Do one `send` of `data`, at most LARGEST bytes, to each of these sockets.

        Returns the number of bytes that each has taken, or its error as a negative number. Raises
        nothing.
        """
        self._data[: len(data)] = data
        taken: list[int] = []
        while len(taken) < len(descriptors):
            begin = self._shared[self._to_do_head] % _ENTRIES
            some = array("i", descriptors[len(taken) : len(taken) + _ENTRIES - begin])
            end = begin + len(some)
            self._descriptors[begin:end] = some
            self._lengths[begin:end] = array("I", (len(data),)) * len(some)
            taken += self._carry_out(len(some))
        return taken

    def send_each(self, pieces: Sequence[bytes], descriptors: Sequence[int]) -> list[int]:
        """Do one `send` of its own piece to each of these sockets. Returns the same.

        A piece of more than LARGEST bytes is sent in part.
        """
        taken: list[int] = []
        while len(taken) < len(descriptors):
            at = len(taken)
            begin = self._shared[self._to_do_head] % _ENTRIES
            ends = list(accumulate(map(len, pieces[at : at + _ENTRIES - begin])))
            many = bisect_right(ends, self.LARGEST)
            if not many:
                many, ends = 1, [self.LARGEST]
            some = b"".join(pieces[at : at + many])[: self.LARGEST]
            self._data[: len(some)] = some
            starts = [0, *ends[: many - 1]]
            end = begin + many
            self._descriptors[begin:end] = array("i", descriptors[at : at + many])
            self._lengths[begin:end] = array("I", map(sub, ends[:many], starts))
            self._addresses[begin:end] = array("Q", [self._address + start for start in starts])
            taken += self._carry_out(many)
            self._addresses[begin:end] = array("Q", (self._address,)) * many  # for `send_to_all`
        return taken

    def _carry_out(self, entries: int) -> list[int]:
        """Carry out the entries. The results are in the same order, because no entry waits."""
        shared = self._shared
        first = shared[self._to_do_head]  # each entry has one result, so this holds for both queues
        shared[self._to_do_tail] = (first + entries) % _CYCLE
        done = max(0, self._system(_ENTER, self._descriptor, entries, entries, _GETEVENTS, None, 0))
        # entries that were not carried out are overwritten
        shared[self._done_head] = (first + done) % _CYCLE
        begin = first % _RESULTS
        return self._results[begin : begin + done].tolist() + [-errno.EAGAIN] * (entries - done)

    def close(self) -> None:
        """Close the descriptor; the memory is freed with the object."""
        os.close(self._descriptor)
