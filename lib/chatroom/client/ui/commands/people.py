"""Oneself and other people."""

from chatroom.client.ui.commands.base import Tools


def nick(tools: Tools, arguments: list[str]) -> None:
    """Another nickname."""
    tools.context.session.send("NICK", arguments[0])


def away(tools: Tools, arguments: list[str]) -> None:
    """Away, or back."""
    tools.context.session.send("AWAY", *arguments)


def whois(tools: Tools, arguments: list[str]) -> None:
    """About a person."""
    tools.context.session.send("WHOIS", arguments[0])
