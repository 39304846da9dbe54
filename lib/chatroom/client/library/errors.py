"""What can go wrong in a conversation that a program leads: `str()` says it in a sentence."""


class ChatError(Exception):
    """The parent of all of these."""


class ConnectError(ChatError):
    """There is no server there, or it does not let us in, or not into one of the rooms."""


class NotTrusted(ConnectError):
    """The server may be somebody else: nobody vouches for its certificate, or that has changed."""


class PasswordWanted(ConnectError):
    """The server lets nobody in without a password, and none was given."""


class ConnectionLost(ChatError):
    """The server is gone, and nobody asked for it to be called again."""


class Refused(ChatError):
    """The server does not do what it was asked for."""


class NotOffered(ChatError):
    """The server cannot do that at all, as one without a history."""


class NoAnswer(ChatError):
    """The server let the time pass in which it could have answered."""
