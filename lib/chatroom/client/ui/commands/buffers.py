"""Commands for switching between conversations, and for offers."""

from chatroom.client.errors import CommandError
from chatroom.client.ui.buffers import Buffer
from chatroom.client.ui.commands.base import Tools
from chatroom.client.ui.status_line import NOT_IN_IT
from chatroom.client.view.lines import Line, Tone
from chatroom.text.display import visible
from chatroom.wire.names import bare


def switch(tools: Tools, arguments: list[str]) -> None:
    """Switch to the conversation of that number or name; without one, list them."""
    if arguments:
        tools.display.go_to(_meant(tools, arguments[0]).name)
        return
    conversations = tools.display.buffers
    lines = [_row(tools, number, each) for number, each in enumerate(conversations.all, 1)]
    shown = "\n".join(lines or ["There is no open conversation."])
    tools.context.screen.show(Line(shown, Tone.NEWS))


def _row(tools: Tools, number: int, conversation: Buffer) -> str:
    name = visible(bare(conversation.name))
    if tools.display.absence(conversation) and tools.context.session.state.is_room(
        conversation.name
    ):
        name += NOT_IN_IT
    unread = f": {conversation.unread} unread" if conversation.unread else ""
    return f"{number}. {name}{unread}{', mentions you' if conversation.highlighted else ''}"


def _meant(tools: Tools, name: str) -> Buffer:
    """The conversation by its number, by a room's bare name, or by nickname."""
    conversations = tools.display.buffers
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 5 else 0
    by_name = conversations.find(
        tools.context.session.state.room_meant(name)
    ) or conversations.find(name)
    found = by_name or conversations.numbered(number)
    if found is None:
        raise CommandError(f"There is no conversation {name}. /join or /query starts one.")
    return found


def query(tools: Tools, arguments: list[str]) -> None:
    """Begin a private conversation."""
    nick = arguments[0]
    if tools.context.session.state.is_room(nick):
        raise CommandError("That is a room, not a person. /join ROOM enters it.")
    tools.display.go_to(nick)
    if len(arguments) > 1:
        tools.composer.say(arguments[1])


def yes(tools: Tools, _arguments: list[str]) -> None:
    """Accept the last offer."""
    tools.offers.answer(accepted=True)


def no(tools: Tools, _arguments: list[str]) -> None:
    """Decline the last offer."""
    tools.offers.answer(accepted=False)


def reconnect(tools: Tools, _arguments: list[str]) -> None:
    """Reconnect now instead of waiting; while there is a connection, replace it."""
    tools.context.services.reconnect()


def close(tools: Tools, _arguments: list[str]) -> None:
    """Leave the current room, or end the current private conversation."""
    current = tools.display.buffers.current
    if current is None:
        raise CommandError("There is no open conversation.")
    if tools.display.room and not tools.display.absent:
        tools.context.session.send("PART", tools.display.room)
    else:
        tools.display.close(current)
