"""From one conversation to another."""

from typing import TYPE_CHECKING

from chatroom.client.ui.buffers import Buffer
from chatroom.client.ui.commands.base import CommandError
from chatroom.client.ui.status_line import NOT_IN_IT
from chatroom.client.view import Line, Tone
from chatroom.wire.names import bare
from chatroom.wire.prose import visible

if TYPE_CHECKING:
    from chatroom.client.ui.chat import Chat


def switch(chat: "Chat", arguments: list[str]) -> None:
    """To the conversation of that number or name; without one, tell which there are."""
    if arguments:
        chat.display.go_to(_meant(chat, arguments[0]).name)
        return
    conversations = chat.display.buffers
    lines = [_row(chat, number, each) for number, each in enumerate(conversations.all, 1)]
    chat.screen.show(Line("\n".join(lines or ["No conversation is open."]), Tone.NEWS))


def _row(chat: "Chat", number: int, conversation: Buffer) -> str:
    name = visible(bare(conversation.name))
    if chat.display.absence(conversation) and chat.session.state.is_room(conversation.name):
        name += NOT_IN_IT
    unread = f": {conversation.unread} unread" if conversation.unread else ""
    return f"{number}. {name}{unread}{', mentions you' if conversation.highlighted else ''}"


def _meant(chat: "Chat", name: str) -> Buffer:
    """By number, by a room's bare name, by nickname."""
    conversations = chat.display.buffers
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 5 else 0
    by_name = conversations.find(chat.session.state.room_meant(name)) or conversations.find(name)
    found = by_name or conversations.numbered(number)
    if found is None:
        raise CommandError(f"There is no conversation {name}; /join or /query starts one.")
    return found


def query(chat: "Chat", arguments: list[str]) -> None:
    """What is typed goes to one person from now on."""
    nick = arguments[0]
    if chat.session.state.is_room(nick):
        raise CommandError("That is a room, not a person; /join ROOM enters it.")
    chat.display.go_to(nick)
    if len(arguments) > 1:
        chat.composer.say(arguments[1])


def yes(chat: "Chat", _arguments: list[str]) -> None:
    """Have done what was offered last."""
    chat.offers.answer(accepted=True)


def no(chat: "Chat", _arguments: list[str]) -> None:
    """Do not have it done."""
    chat.offers.answer(accepted=False)


def reconnect(chat: "Chat", _arguments: list[str]) -> None:
    """Do not wait for the end of the pause; while there is a connection, have another one."""
    chat.services.reconnect()


def close(chat: "Chat", _arguments: list[str]) -> None:
    """Leave the current room, or end the current private talk."""
    current = chat.display.buffers.current
    if current is None:
        raise CommandError("No conversation is open.")
    if chat.room and not chat.display.absent:
        chat.session.send("PART", chat.room)
    else:
        chat.display.close(current)
