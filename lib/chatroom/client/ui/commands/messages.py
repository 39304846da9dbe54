"""Commands that send messages, and /quit."""

from chatroom.client.errors import CommandError
from chatroom.client.ui.commands.base import Tools, current_room
from chatroom.client.ui.composer import UNREACT

ALL_IN_TALK = "/redact all works only in a room; /switch ROOM switches to one."


def msg(tools: Tools, arguments: list[str]) -> None:
    """Send a private message."""
    tools.composer.tell(arguments[0], arguments[1])


def me(tools: Tools, arguments: list[str]) -> None:
    """Send an action."""
    tools.composer.say(arguments[0], action=True)


def reply(tools: Tools, arguments: list[str]) -> None:
    """Reply to a line."""
    tools.composer.reply(arguments[0])


def react(tools: Tools, arguments: list[str]) -> None:
    """React to a line with an emoji."""
    tools.composer.react(arguments[0])


def unreact(tools: Tools, arguments: list[str]) -> None:
    """Remove a reaction."""
    tools.composer.react(arguments[0], UNREACT)


def redact(tools: Tools, arguments: list[str]) -> None:
    """Delete a line."""
    text = arguments[0] if arguments else ""
    words = text.split(None, 3)
    folded = [word.lower() for word in words]
    if folded in (["all"], ["all", "from"]):
        raise CommandError("Usage: /redact all from NICK [REASON]")
    if folded[:2] == ["all", "from"]:
        room = current_room(tools, ALL_IN_TALK)
        tools.context.session.send("REDACTALL", room, *words[2:])
    else:
        tools.composer.redact(text)


def raw(tools: Tools, arguments: list[str]) -> None:
    """Send a line of IRC."""
    tools.context.session.send_raw(arguments[0])


def quit(tools: Tools, arguments: list[str]) -> None:
    """Leave the server and end."""
    tools.leave(arguments[0] if arguments else "")
