"""Replies in batches and under labels (IRCv3 batch, labeled-response), so that no handler knows.

While a labelled command is carried out, `Session.send` puts its replies into a buffer; what is in
it in the end is sent as the specification wants it: an ACK, one message, or one batch.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chatroom.chat.session import Session
from chatroom.wire.message import Message

LONGEST_LABEL = 64
"""Bytes (labeled-response, "Tag value")."""

LABELLING = frozenset({"labeled-response", "batch"})


def label_of(session: Session, message: Message) -> str:
    """The label that the replies to this message must have; "" for none."""
    label = message.tags.get("label", "")
    if not label or not session.capabilities >= LABELLING or len(label.encode()) > LONGEST_LABEL:
        return ""
    return label


def collect(session: Session, label: str, action: Callable[[], None]) -> None:
    """Do something and send what it replies; with a label, as one labelled response."""
    if not label:
        action()
        return
    session.label, session.replies = label, []
    try:
        action()
    finally:
        replies, session.replies = session.replies, None
        deferred, session.label = not session.label, ""
    if not (deferred and not replies):
        for reply in _labelled(session, replies, label):
            session.send(reply)


def later(session: Session) -> Callable[[Callable[[], None]], None]:
    """For a reply that comes from a worker: what is returned carries it out under today's label."""
    label, session.label = session.label, ""

    def reply(action: Callable[[], None]) -> None:
        if not session.closing:
            collect(session, label, action)

    return reply


def _labelled(session: Session, replies: list[Message], label: str) -> list[Message]:
    server = session.world.settings.name
    if not replies:
        return [Message("ACK", (), server, {"label": label})]
    if len(replies) > 1 and not _is_one_batch(replies):
        reference = session.world.new_reference()
        replies = [
            Message("BATCH", (f"+{reference}", "labeled-response"), server),
            *(_in_batch(reply, reference) for reply in replies),
            Message("BATCH", (f"-{reference}",), server),
        ]
    first, *others = replies
    return [first._replace(tags={"label": label, **first.tags}), *others]


def _is_one_batch(replies: list[Message]) -> bool:
    first, last = replies[0], replies[-1]
    begins = first.command == last.command == "BATCH" and first.params[0].startswith("+")
    return begins and last.params[0] == f"-{first.params[0][1:]}"


def _in_batch(reply: Message, reference: str) -> Message:
    """What is in an inner batch stays there; the inner one's start and end are in this one."""
    if "batch" in reply.tags:
        return reply
    return reply._replace(tags={"batch": reference, **reply.tags})


@contextmanager
def batch(session: Session, kind: str, *params: str) -> Iterator[Callable[[Message], None]]:
    """Send messages as one batch, to a client that knows batches; to others just send them."""
    if "batch" not in session.capabilities:
        yield session.send
        return
    reference = session.world.new_reference()
    session.tell("BATCH", f"+{reference}", kind, *params)
    yield lambda message: session.send(_in_batch(message, reference))
    session.tell("BATCH", f"-{reference}")
