"""The parts of services such as NickServ: rows of commands, and a way to answer."""

from collections.abc import Callable
from typing import NamedTuple

from chatroom.chat.accounts_port import Answer
from chatroom.chat.output.answers import Steps
from chatroom.chat.refusals import Refused
from chatroom.chat.session import Session
from chatroom.chat.state.world import World

Say = Callable[[str], None]


class ServiceCommand(NamedTuple):
    """A command of a service: its arguments, its help, its handler, and how many words it needs.

    `most`: so many words, the last of which is the rest of the line; 0: each is a word.
    `secret`: the words contain a password, and are not taken in the clear; without `most`, more
    than so many are refused, so that no password is cut at its first space. 0: there is none.
    `email`: one more word is ignored, because other networks want an address there. `by_token`:
    also for somebody who has logged in by a limited token.
    """

    usage: str
    help: str
    handler: Callable[[World, Session, list[str], Say], Steps | None]
    minimum: int = 0
    secret: int = 0
    most: int = 0
    email: bool = False
    by_token: bool = False


def in_words(say: Say, action: Callable[[Answer], None]) -> Callable[[Answer], None]:
    """The handler, with refusals turned into the service's sentences."""

    def act(answer: Answer) -> None:
        try:
            action(answer)
        except Refused as refusal:
            say(f"{refusal.sentence}.")

    return act
