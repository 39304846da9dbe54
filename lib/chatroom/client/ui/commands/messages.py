"""Saying things, and leaving."""

from chatroom.client.ui.commands.base import Tools
from chatroom.client.ui.composer import UNREACT


def msg(tools: Tools, arguments: list[str]) -> None:
    """To one person."""
    tools.composer.tell(arguments[0], arguments[1])


def me(tools: Tools, arguments: list[str]) -> None:
    """What one does."""
    tools.composer.say(arguments[0], action=True)


def reply(tools: Tools, arguments: list[str]) -> None:
    """Answer a line."""
    tools.composer.reply(arguments[0])


def react(tools: Tools, arguments: list[str]) -> None:
    """Put an emoji to a line."""
    tools.composer.react(arguments[0])


def unreact(tools: Tools, arguments: list[str]) -> None:
    """Take it away."""
    tools.composer.react(arguments[0], UNREACT)


def redact(tools: Tools, arguments: list[str]) -> None:
    """Take back a line."""
    tools.composer.redact(arguments[0] if arguments else "")


def raw(tools: Tools, arguments: list[str]) -> None:
    """A line of IRC."""
    tools.context.session.send_raw(arguments[0])


def quit(tools: Tools, arguments: list[str]) -> None:
    """Goodbye."""
    tools.leave(arguments[0] if arguments else "")
