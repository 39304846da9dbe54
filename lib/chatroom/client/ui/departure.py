"""The way out: waits until the server has processed everything, sends QUIT, and ends the run."""

from collections.abc import Callable

from chatroom.client.ui.context import Context
from chatroom.client.ui.outbox import Outbox
from chatroom.client.ui.read_markers import ReadMarkers
from chatroom.client.ui.stage import Stage
from chatroom.client.view.lines import error_line


class Departure:
    """Ends the run. `exit_status` is None until then.

    `searching`: whether the server still has to answer a search.
    """

    def __init__(
        self,
        context: Context,
        read_markers: ReadMarkers,
        outbox: Outbox,
        searching: Callable[[], bool],
    ) -> None:
        self.exit_status: int | None = None
        self._context = context
        self._read_markers = read_markers
        self._outbox = outbox
        self._is_searching = searching
        self._leave_with = 0
        self._farewell = ""
        self._waited = False

    def leave(self, status: int = 0, farewell: str = "") -> None:
        """End the run when the server has processed everything that was said."""
        self._read_markers.seen()
        self._read_markers.send()
        self._leave_with = status
        self._farewell = farewell or self._farewell
        if self._context.away:
            self._say_goodbye()
            return
        settled = self._context.session.idle or not self._context.session.state.ready
        if settled and not self._searching:
            self._say_goodbye()
            return
        self._context.stage = Stage.SETTLING
        if not settled and not self._context.session.window_full:
            self._context.session.barrier()

    def interrupted(self, status: int) -> None:
        """Ctrl-C: send QUIT at once; the second time, do not even wait until it is sent."""
        self._leave_with = status
        if self._context.stage is Stage.LEAVING:
            self.exit_status = status
        else:
            self._say_goodbye()

    def settled(self) -> None:
        """The server has processed everything that was said before `leave`."""
        if self._searching and not self._waited:
            self._waited = True  # when it settles once more, after a long silence, that will do
        else:
            self._say_goodbye()

    def searched(self) -> None:
        """A search was answered: if the run only waited for that, end it."""
        settling = self._context.stage is Stage.SETTLING
        if settling and self._context.session.idle and not self._searching:
            self._say_goodbye()

    def has_ended(self) -> bool:
        """The connection is lost. Returns whether the run ends with it, or had ended before."""
        if self.exit_status is None and self._context.stage is Stage.LEAVING:
            self.exit_status = self._leave_with
        return self.exit_status is not None

    def waited_enough(self) -> None:
        """End the run: the server has not closed the connection after QUIT, or we need not wait for
        that."""
        self.exit_status = self._leave_with

    def give_up(self, why: str) -> None:
        """End, because there is nobody to talk to any more."""
        self._context.screen.give_up()
        self._context.screen.show(error_line(why))
        self._outbox.give_up()
        self.exit_status = 1

    @property
    def _searching(self) -> bool:
        """Whether to wait for the answer to a search; a person who leaves does not want it."""
        return self._is_searching() and not self._context.person

    def _say_goodbye(self) -> None:
        self._read_markers.seen()
        self._read_markers.send()
        self._context.screen.give_up()
        self._context.stage = Stage.LEAVING
        self._context.session.goodbye(self._farewell)
        self._outbox.give_up()
        if self._context.away:
            self.exit_status = self._leave_with
        if not self._context.person and self._context.failed:
            self._leave_with = self._leave_with or 1
