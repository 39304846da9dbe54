"""Passes a message to its handler, and turns a refusal into a reply."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from chatroom.chat import client_batches
from chatroom.chat.buckets import take
from chatroom.chat.output.answers import SteppedAnswer, Steps
from chatroom.chat.output.labelled_replies import collect, label_of
from chatroom.chat.refusals import Cut, Refused
from chatroom.chat.scopes import require_scope
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.chat.targets import split
from chatroom.wire.message import MAX_BODY, MAX_CLIENT_TAGS, Message, check
from chatroom.wire.numerics import (
    ERR_INPUTTOOLONG,
    ERR_NEEDMOREPARAMS,
    ERR_NOTREGISTERED,
    ERR_UNKNOWNCOMMAND,
)

Handler = Callable[[World, Session, Message], Steps | None]
"""A handler is a generator if its answer may be large: see `answers`."""


class Command(NamedTuple):
    """One row of the command table; arity, 421, 451, 461 and HELP follow from it.

    `cost` is charged to the flood allowance, for each target if there are several: `targets` is the
    index of the parameter that lists them. `early`: allowed before registration. `silent`: never
    answered, not even with a refusal, except 417. `acts`: it acts on several targets, step by step,
    and completes all of them. `long`: the handler accepts lines of more than 512 bytes; for other
    commands such lines are refused before (417). `lenient`: invalid UTF-8 is replaced, because a
    refusal would keep somebody out, or in. `bucket`: the limit for all lines of an address or an
    account (`buckets`).
    """

    name: str
    handler: Handler
    usage: str
    help: str
    minimum: int = 0
    cost: int = 1
    early: bool = False
    silent: bool = False
    targets: int | None = None
    acts: bool = False
    long: bool = False
    lenient: bool = False
    bucket: str = ""


def cost_of(row: Command | None, message: Message | None) -> int:
    """The cost of a line; blank and unknown lines are not free."""
    if row is None or message is None:
        return 1
    if row.targets is None or row.acts:
        return row.cost
    listed = message.params[row.targets :][:1]
    several = bool(listed) and "," in listed[0]
    return row.cost * max(1, len(split(listed[0]))) if several else row.cost


def with_warning(row: Command, code: str, why: str) -> Command:
    """The row for a line that is carried out in a changed form. Clients that know standard replies
    get a WARN, which is a part of the answer and has its label."""

    def handler(world: World, session: Session, message: Message) -> Steps | None:
        if "standard-replies" in session.capabilities:
            session.tell("WARN", row.name, code, why)
        return row.handler(world, session, message)

    return row._replace(handler=handler)


def dispatch(world: World, row: Command | None, session: Session, message: Message) -> None:
    """Carry out one message, from a client or from a door; a refusal becomes a reply.

    Raises ProtocolError where no line could hold it: what a door does not check hurts nobody else.
    """
    check(message, MAX_CLIENT_TAGS + MAX_BODY)
    carry_out(world, row, session, message)


def carry_out(world: World, row: Command | None, session: Session, message: Message) -> None:
    """Carry out a message that was decoded from a line. Decoding has already checked it.

    If `session.answer` is set afterwards, only the first step of its answer is done.
    """
    # in place, and not a function: this is for each line
    if session.batch is not None or message.command == "BATCH" or "batch" in message.tags:
        now = client_batches.take(world, session, row, message)
        if now is None:
            return
        row, message = now
    label = label_of(session, message) if message.tags else ""
    if label:
        acts = row is not None and row.acts
        answer = SteppedAnswer(
            session, label, partial(answering, world, row, session, message), acts
        )
    else:
        steps = answering(world, row, session, message)
        if steps is None:
            return
        answer = SteppedAnswer(session, "", lambda: steps, row is not None and row.acts)
    if answer.advance():
        session.answer = answer


def refuse(session: Session, message: Message, refusal: Refused) -> None:
    """Refuse a message without calling a handler, with its label if it has one."""
    collect(session, label_of(session, message), partial(refusal.tell, session))


def answering(
    world: World, row: Command | None, session: Session, message: Message
) -> Steps | None:
    """Carry out the first part of one message. Returns the steps of the rest, if any."""
    try:
        if row is None:
            raise Refused(ERR_UNKNOWNCOMMAND, message.command)
        if not (session.user.registered or row.early):
            raise Refused(ERR_NOTREGISTERED)
        if len(message.params) < row.minimum:
            raise Refused(ERR_NEEDMOREPARAMS, row.name)
        if session.key is not None:
            require_scope(session, message)
        if row.bucket:
            take(world, session, row.bucket, message)
        world.usage[row.name] += 1
        steps = row.handler(world, session, message)
    except Refused as refusal:
        _tell(session, refusal, silent=row is not None and row.silent)
        return None
    return None if steps is None else attempt_steps(session, steps, row.silent)


def attempt_steps(session: Session, steps: Steps, silent: bool = False) -> Steps:
    """Run `steps`; a refusal ends them and becomes a reply."""
    try:
        yield from steps
    except Refused as refusal:
        _tell(session, refusal, silent)


def attempt(
    session: Session, action: Callable[..., None], *arguments: object, silent: bool = False
) -> None:
    """Call an action that may raise a refusal. Commands with several targets use it for each of
    them."""
    try:
        action(*arguments)
    except Refused as refusal:
        _tell(session, refusal, silent)


def _tell(session: Session, refusal: Refused, silent: bool) -> None:
    # otherwise text would be lost silently
    is_told = refusal.numeric is ERR_INPUTTOOLONG or isinstance(refusal, Cut)
    if not silent or is_told:
        refusal.tell(session)
