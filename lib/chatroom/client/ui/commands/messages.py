"""Saying things, and leaving."""

from typing import TYPE_CHECKING

from chatroom.client.ui.composer import UNREACT

if TYPE_CHECKING:
    from chatroom.client.ui.chat import Chat


def msg(chat: "Chat", arguments: list[str]) -> None:
    """To one person."""
    chat.composer.tell(arguments[0], arguments[1])


def me(chat: "Chat", arguments: list[str]) -> None:
    """What one does."""
    chat.composer.say(arguments[0], action=True)


def reply(chat: "Chat", arguments: list[str]) -> None:
    """Answer a line."""
    chat.composer.reply(arguments[0])


def react(chat: "Chat", arguments: list[str]) -> None:
    """Put an emoji to a line."""
    chat.composer.react(arguments[0])


def unreact(chat: "Chat", arguments: list[str]) -> None:
    """Take it away."""
    chat.composer.react(arguments[0], UNREACT)


def redact(chat: "Chat", arguments: list[str]) -> None:
    """Take back a line."""
    chat.composer.redact(arguments[0] if arguments else "")


def raw(chat: "Chat", arguments: list[str]) -> None:
    """A line of IRC."""
    chat.session.send_raw(arguments[0])


def quit(chat: "Chat", arguments: list[str]) -> None:
    """Goodbye."""
    chat.leave(farewell=arguments[0] if arguments else "")
