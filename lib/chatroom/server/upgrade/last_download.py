"""A file that is being sent over HTTP while another process takes over: this one sends the rest.

That only needs the open file and the connection, and so the upgrade waits for no download, however
long it is, and interrupts none. The connection ends after the file, although its client may expect
to go on: it has a complete answer, and sends its next request over another connection (RFC 9112
section 9.5). Requests that it has sent already are dropped, as if they had not arrived.
"""

from collections.abc import Callable

from chatroom.net.connection import Connection
from chatroom.server.doors.door import BRAKE
from chatroom.server.doors.http_connection import PIECE
from chatroom.server.files.download import Download
from chatroom.server.upgrade.leftovers import LINGER, Leftover, ignore
from chatroom.server.web.turns import Turns


class LastDownload:
    """One connection with its download. `turns` are shared by all, so that a thousand of them do
    not delay the relays. `patience`: seconds for a reader who does not read."""

    def __init__(
        self, connection: Connection, download: Download, turns: Turns, patience: float
    ) -> None:
        self.deadline: float | None = None
        self._connection = connection
        self._download: Download | None = download
        self._turns = turns
        self._patience = patience
        self._touched: Callable[[Leftover], None] = ignore
        self._last = 0.0  # when it had a turn
        self._progress = -1  # at the last look that saw any
        self._moved_at = 0.0  # the time of that look

    @property
    def connections(self) -> tuple[Connection, ...]:
        """The client's."""
        return (self._connection,)

    @property
    def backlog(self) -> int:
        """Unsent bytes."""
        return self._connection.backlog

    def begin(self, touched: Callable[[Leftover], None]) -> None:
        """Go on with it: `touched` is called when something has happened."""
        self._touched = touched
        self._connection.received = self._heard
        self._connection.drained = self._touch
        if self._download is not None:
            self._download.start(self._touch)
        self._touch()

    def _touch(self) -> None:
        self._touched(self)

    def _heard(self, data: bytes) -> None:
        if data:
            self._connection.pause()  # the next request, and perhaps without end
        self._touch()

    def advance(self, now: float) -> bool:
        """Send the next piece, if there is room for it. Returns False when it is over."""
        connection = self._connection
        if connection.paused and not connection.finished:
            connection.notice_reset()
        is_over = connection.lost or (connection.finished and connection.has_ended)
        if is_over or (self.deadline is not None and now >= self.deadline):
            self.release()
            return False
        if connection.backlog > BRAKE or (self._download is None and connection.backlog):
            connection.drained = self._touch
        elif self._download is not None:
            self._send_piece(self._download, now)
        elif not connection.finished:
            self._finish(now)
        return True

    def _send_piece(self, download: Download, now: float) -> None:
        if not self._turns.take(self._last, now):
            self._touch()
            return
        self._last = now
        piece = download.read(PIECE)
        if piece:
            self._connection.say(piece)
            self._touch()
            return
        self._turns.give_back()
        if piece is not None:
            self._download = None
            download.close()
            self._touch()

    def _finish(self, now: float) -> None:
        if not self._connection.flushed:
            self._touch()
            return
        self.deadline = now + LINGER
        self._connection.drained = self._touch
        self._connection.finish()
        self._touch()

    @property
    def is_stuck(self) -> bool:
        """Whether its reader has to read first."""
        return self.deadline is None and self._connection.backlog > 0

    def look(self, now: float) -> None:
        """Find out whether the reader has read anything lately."""
        if self._connection.progress != self._progress:
            self._progress, self._moved_at = self._connection.progress, now
        elif now - self._moved_at >= self._patience:
            self.deadline = now

    def stop(self) -> None:
        """End it in the next turn, however much is left."""
        self.deadline = 0.0
        self._touch()

    def release(self) -> None:
        """Close the file and the connection."""
        download, self._download = self._download, None
        if download is not None:
            download.close()
        self._connection.release()
