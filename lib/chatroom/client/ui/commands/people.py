"""Oneself and other people."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatroom.client.ui.chat import Chat


def nick(chat: "Chat", arguments: list[str]) -> None:
    """Another nickname."""
    chat.session.send("NICK", arguments[0])


def away(chat: "Chat", arguments: list[str]) -> None:
    """Away, or back."""
    chat.session.send("AWAY", *arguments)


def whois(chat: "Chat", arguments: list[str]) -> None:
    """About a person."""
    chat.session.send("WHOIS", arguments[0])
