"""Answers that are too large for one tick: produced step by step, as fast as their reader reads.

The plain problem: WHO of 4,500 people or CHATHISTORY of 500 messages takes many milliseconds, and
the loop serves nobody else meanwhile. So a handler with such an answer is a generator: each
`yield` ends a bounded step. `dispatch` does the first step at once, which is all that a small
answer needs; the rest is kept in `Session.answer`, and the session's door continues it before it
processes the next line. So the client gets its answers in order, and a client that does not read
delays nobody else.
"""

from collections.abc import Callable, Iterator

from chatroom.chat.output.labelled_replies import Response
from chatroom.chat.session import Session

Steps = Iterator[None]
"""The result of a handler with a large answer: each item is a finished step."""


class SteppedAnswer:
    """The unfinished answer to one command. `advance` does the next step.

    `start` carries the command out, and returns its steps, if any. With a `label`, all replies go
    out as one labelled response (IRCv3 labeled-response). If others see what the steps do, the
    command `acts`: then all steps are done, even if the sender has gone.
    """

    __slots__ = ("_response", "_start", "_steps", "acts")

    def __init__(
        self,
        session: Session,
        label: str,
        start: Callable[[], Steps | None],
        acts: bool = False,
    ) -> None:
        self.acts = acts
        self._response = Response(session, label) if label else None
        self._start: Callable[[], Steps | None] | None = start
        self._steps: Steps | None = None

    def advance(self) -> bool:
        """Do one step. Returns whether more follow. Raises what the handler raises."""
        return self._response.collect(self._step) if self._response else self._step()

    def _step(self) -> bool:
        if self._start is not None:
            start, self._start = self._start, None
            self._steps = start()
        return self._steps is not None and next(self._steps, _END) is not _END


_END = object()


def finish(session: Session) -> None:
    """Do all remaining steps of the session's answer now: for answers known to be small."""
    answer, session.answer = session.answer, None
    while answer is not None and answer.advance():
        pass
