"""Puts replies into batches and adds labels (IRCv3 batch, labeled-response); handlers need not
know.

During a labelled command, `Session.send` collects its replies in a buffer. At the end they are sent
as the specification requires: as an ACK, one message, or one batch.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from chatroom.chat.session import Session
from chatroom.wire.message import NO_TAGS, Message

LONGEST_LABEL = 64
"""Bytes (labeled-response, "Tag value")."""

LABELLING = frozenset({"labeled-response", "batch"})


def label_of(session: Session, message: Message) -> str:
    """The label for the replies to this message; "" for none."""
    label = message.tags.get("label", "")
    if not label or not session.capabilities >= LABELLING or len(label.encode()) > LONGEST_LABEL:
        return ""
    return label


class Response:
    """The replies to one labelled command, in as many parts as the command takes.

    `collect` carries out a part. While more follow, the replies of a part are sent at once, inside
    a batch that carries the label. A response of one part is sent as one message, one batch, or an
    ACK.
    """

    __slots__ = ("_batch", "_label", "_session", "_started")

    def __init__(self, session: Session, label: str) -> None:
        self._session = session
        self._label = label
        self._started = False
        self._batch = ""  # the reference of the open labelled batch

    def collect(self, part: Callable[[], bool]) -> bool:
        """Carry out `part`, which returns whether more parts follow, and send its replies."""
        session = self._session
        session.label, session.replies = self._label, []
        try:
            more = part()
        finally:
            replies, session.replies = session.replies, None
            deferred, session.label = not session.label, ""
        if more or self._started:
            self._stream(replies, more)
        elif not (deferred and not replies):
            for reply in _labelled(session, replies, self._label):
                session.send(reply)
        return more

    def _stream(self, replies: list[Message], more: bool) -> None:
        session = self._session
        if replies and not self._started:
            self._started = True
            if _opens_batch(replies[0]):  # a batch with the whole answer, such as a page
                replies[0] = _with_label(replies[0], self._label)
            else:
                self._batch = session.fanout.new_reference()
                session.send(_with_label(_opening(session, self._batch), self._label))
        for reply in replies:
            session.send(_in_batch(reply, self._batch) if self._batch else reply)
        if self._batch and not more:
            session.send(_closing(session, self._batch))


def collect(session: Session, label: str, action: Callable[[], None]) -> None:
    """Call `action` and send its replies; with a label, as one labelled response."""
    if label:
        Response(session, label).collect(partial(_whole, action))
    else:
        action()


def _whole(action: Callable[[], None]) -> bool:
    action()
    return False


def later(session: Session) -> Callable[[Iterator[None]], Iterator[None]]:
    """For a reply after a worker's job. The returned function wraps the steps of the reply, so that
    they carry the label of the command."""
    label, session.label = session.label, ""

    def reply(steps: Iterator[None]) -> Iterator[None]:
        response = Response(session, label) if label else None
        step = partial(_advance, steps)
        while not session.closing and (response.collect(step) if response else step()):
            yield

    return reply


def _advance(steps: Iterator[None]) -> bool:
    return next(steps, _END) is not _END


_END = object()


def _labelled(session: Session, replies: list[Message], label: str) -> list[Message]:
    if not replies:
        return [Message("ACK", (), session.fanout.server_name, {"label": label})]
    if len(replies) > 1 and not _is_one_batch(replies):
        reference = session.fanout.new_reference()
        replies = [
            _opening(session, reference),
            *(_in_batch(reply, reference) for reply in replies),
            _closing(session, reference),
        ]
    first, *others = replies
    return [_with_label(first, label), *others]


def _opening(session: Session, reference: str) -> Message:
    params = (f"+{reference}", "labeled-response")
    return Message("BATCH", params, session.fanout.server_name)


def _closing(session: Session, reference: str) -> Message:
    return Message("BATCH", (f"-{reference}",), session.fanout.server_name)


def _with_label(message: Message, label: str) -> Message:
    return message._replace(tags={"label": label, **message.tags})


def _opens_batch(message: Message) -> bool:
    return message.command == "BATCH" and message.params[0].startswith("+")


def _is_one_batch(replies: list[Message]) -> bool:
    first, last = replies[0], replies[-1]
    ends = last.command == "BATCH" and last.params[0] == f"-{first.params[0][1:]}"
    return ends and _opens_batch(first)


def _in_batch(reply: Message, reference: str) -> Message:
    """Messages in an inner batch stay in it; its start and end are put into this batch."""
    if "batch" in reply.tags:
        return reply
    return reply._replace(tags={"batch": reference, **reply.tags})


@contextmanager
def batch(
    session: Session, kind: str, *params: str, tags: Mapping[str, str] = NO_TAGS
) -> Iterator[Callable[[Message], None]]:
    """Send messages as one batch, whose opening has these tags, or one by one to a client that does
    not know batches."""
    if "batch" not in session.capabilities:
        yield session.send
        return
    reference = session.fanout.new_reference()
    opening = Message("BATCH", (f"+{reference}", kind, *params), session.fanout.server_name, tags)
    session.send(opening)
    yield lambda message: session.send(_in_batch(message, reference))
    session.tell("BATCH", f"-{reference}")
