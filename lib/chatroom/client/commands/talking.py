"""Saying things, and leaving."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatroom.client.chat import Chat


def msg(chat: "Chat", arguments: list[str]) -> None:
    """To one person."""
    chat.tell(arguments[0], arguments[1])


def me(chat: "Chat", arguments: list[str]) -> None:
    """What one does."""
    chat.say(arguments[0], action=True)


def raw(chat: "Chat", arguments: list[str]) -> None:
    """A line of IRC."""
    chat.session.send_raw(arguments[0])


def quit(chat: "Chat", arguments: list[str]) -> None:
    """Goodbye."""
    chat.leave(farewell=arguments[0] if arguments else "")
