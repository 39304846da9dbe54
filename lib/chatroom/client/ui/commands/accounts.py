"""Commands for one's account. A password is never a part of them: it is asked for."""

from chatroom.client.errors import CommandError
from chatroom.client.ui.commands.base import Tools
from chatroom.client.view.said import HIDDEN

ALONE = "Type /{} alone{}: you are asked for the password, so that nobody sees it."

_WITH = {
    "register": " or with a name or an e-mail address",
    "login": " or with an account's name",
    "oper": " or with an operator's name",
}
"""The argument that a command may have."""


def register(tools: Tools, arguments: list[str]) -> None:
    """Make an account: with another name than the nickname, or with an e-mail address."""
    words = _words(tools, "register", arguments, 2)
    emails = [word for word in words if "@" in word]
    names = [word for word in words if "@" not in word]
    if len(names) > 1 or len(emails) > 1:
        raise _alone("register")
    tools.accounts.register("".join(names), "".join(emails))


def login(tools: Tools, arguments: list[str]) -> None:
    """Log in."""
    words = _words(tools, "login", arguments, 1)
    tools.accounts.log_in("".join(words))


def logout(tools: Tools, _arguments: list[str]) -> None:
    """Log out."""
    tools.accounts.log_out()


def password(tools: Tools, arguments: list[str]) -> None:
    """Change the password."""
    _words(tools, "password", arguments, 0)
    tools.accounts.change_password()


def certificate(tools: Tools, arguments: list[str]) -> None:
    """List the certificates that log in to the account, or add or remove one."""
    tools.accounts.certificates(" ".join(arguments) or "LIST")


def token(tools: Tools, arguments: list[str]) -> None:
    """Make a token that programs use instead of the account's password, list or revoke them."""
    tools.accounts.tokens(" ".join(arguments) or "LIST")


def oper(tools: Tools, arguments: list[str]) -> None:
    """Become an operator of the server."""
    words = _words(tools, "oper", arguments, 1)
    tools.accounts.become_operator("".join(words))


def _words(tools: Tools, name: str, arguments: list[str], most: int) -> list[str]:
    """The words after a command, which is shown only if none of them can be a password. Raises
    CommandError."""
    words = arguments[0].split() if arguments else []
    fits = len(words) <= most
    tools.display.echo(" ".join((f"/{name}", *(words if fits else [HIDDEN]))))
    if not fits:
        raise _alone(name)
    return words


def _alone(name: str) -> CommandError:
    """The refusal of a command with too many words."""
    return CommandError(ALONE.format(name, _WITH.get(name, "")))
