"""What keeps the client from doing what the person wanted; `str()` is a sentence for them."""

NOWHERE = "You are not in a room. Type /join ROOM."


class CommandError(Exception):
    """A typed command cannot be carried out; `str()` tells the person why."""


class Unheard(CommandError):
    """Nobody would receive the text; it stays in the input line."""


class Unknown(CommandError):
    """The command does not exist: perhaps it was meant as a text."""


class ServiceError(Exception):
    """It could not be done; `str()` says why, in a sentence."""


class TransferError(Exception):
    """A file could not be sent or saved; `str()` says why, in a sentence or several."""


class TryAgain(TransferError):
    """The server asks to try again in some `seconds`: it may be about to continue in another
    process."""

    def __init__(self, words: str, seconds: int) -> None:
        super().__init__(words)
        self.seconds = seconds
