"""Commands about oneself and other people."""

from chatroom.client.ui.commands.base import Tools


def nick(tools: Tools, arguments: list[str]) -> None:
    """Change the nickname."""
    tools.context.session.send("NICK", arguments[0])


def setname(tools: Tools, arguments: list[str]) -> None:
    """Change the real name."""
    tools.context.session.send("SETNAME", arguments[0])


def away(tools: Tools, arguments: list[str]) -> None:
    """Be away, or back."""
    tools.context.session.send("AWAY", *arguments)


def whois(tools: Tools, arguments: list[str]) -> None:
    """Show information about a person."""
    tools.context.session.send("WHOIS", arguments[0])
