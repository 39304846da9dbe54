"""ChanServ's commands: one row for each. Rooms may be named as people do, without the `#`: so does
what the server tells them to say to ChanServ."""

from chatroom.chat.commands.modes import mode
from chatroom.chat.commands.ownership import accept_room, describe, drop_room, register_room
from chatroom.chat.commands.service import Say, ServiceCommand
from chatroom.chat.named_operators import promote
from chatroom.chat.output.answers import Steps
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_membership
from chatroom.wire.message import Message
from chatroom.wire.names import bare, prefixed


def _register(world: World, session: Session, words: list[str], say: Say) -> None:
    room = register_room(world, session, prefixed(words[0]))
    say(f"{bare(room.name)} belongs to your account now. The ranks that you give there are kept.")


def _accept(world: World, session: Session, words: list[str], say: Say) -> None:
    room = accept_room(world, session, prefixed(words[0]))
    say(f"{bare(room.name)} belongs to your account, too, from now on.")


def _drop(world: World, session: Session, words: list[str], say: Say) -> None:
    room = drop_room(world, session, prefixed(words[0]))
    say(f"{bare(room.name)} belongs to nobody any more.")


def _op(world: World, session: Session, words: list[str], _say: Say) -> Steps | None:
    room = require_membership(world, session, prefixed(words[0]))
    promote(world, room, [session.user], session)
    nick = words[1] if words[1:] else session.user.nick
    return mode(world, session, Message("MODE", (room.name, "+o", nick)))


def _info(world: World, session: Session, words: list[str], say: Say) -> None:
    for sentence in describe(world, session, prefixed(words[0])):
        say(sentence)


COMMANDS = {
    "REGISTER": ServiceCommand("<room>", "make a room yours, as its operator", _register, 1),
    "ACCEPT": ServiceCommand("<room>", "accept a room of which you were made an owner", _accept, 1),
    "DROP": ServiceCommand("<room>", "give up a room of yours", _drop, 1),
    "OP": ServiceCommand("<room> [<nickname>]", "make somebody, or yourself, an operator", _op, 1),
    "INFO": ServiceCommand("<room>", "show who owns a room", _info, 1),
}
ALIASES = {"UNREGISTER": "DROP"}
