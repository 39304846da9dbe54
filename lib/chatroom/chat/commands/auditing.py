"""AUDIT: what operators of the server did; of a room, what those in charge of it did."""

from datetime import UTC, datetime

from chatroom.chat.commands.operators import reserved
from chatroom.chat.commands.serving import ENTRIES, MOST_ENTRIES, audit
from chatroom.chat.output.answers import Steps
from chatroom.chat.privileges import AUDIT
from chatroom.chat.rights import READ_AUDIT, may, require_inside
from chatroom.chat.session import Session
from chatroom.chat.state.room_audit import Deed
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_room
from chatroom.wire.message import Message
from chatroom.wire.names import ROOM_PREFIX

_LONGEST = 320
"""Characters of an entry in one line."""

_of_the_server = reserved(AUDIT, audit)


def audit_(world: World, session: Session, message: Message) -> Steps | None:
    """AUDIT [<room>] [<number>]"""
    if not message.param(0).startswith(ROOM_PREFIX):
        return _of_the_server(world, session, message)
    room = require_room(world, session, message.param(0))
    if not may(room, session.user, READ_AUDIT):
        require_inside(room, session.user, READ_AUDIT)
    word = message.param(1)
    count = int(word[:4]) if word.isascii() and word.isdigit() else ENTRIES
    deeds = room.deeds[-max(1, min(count, MOST_ENTRIES)) :]
    for deed in deeds:
        session.tell("NOTE", AUDIT.upper(), "ENTRY", room.name, _in_words(deed)[:_LONGEST])
    if not deeds:
        session.tell("NOTE", AUDIT.upper(), "EMPTY", room.name, "Nothing was done here yet")
    return None


def _in_words(deed: Deed) -> str:
    moment = f"{datetime.fromtimestamp(deed.at, UTC):%Y-%m-%d %H:%M:%S}"
    account = f" ({deed.account})" if deed.account else ""
    return f"{moment} {deed.who}{account} {deed.what}"
