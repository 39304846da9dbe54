"""The errors of the library. `str()` of each is a sentence."""


class ChatError(Exception):
    """The parent of all errors."""


class ConnectError(ChatError):
    """No server answers, or it refuses the connection or one of the rooms."""


class NotTrusted(ConnectError):
    """The server may be somebody else: nobody vouches for its certificate, or that has changed."""


class PasswordWanted(ConnectError):
    """The server wants a password, and none was given."""


class ConnectionLost(ChatError):
    """The connection is lost, and `reconnect` is off."""


class Refused(ChatError):
    """The server refused a request."""


class NotOffered(ChatError):
    """The server does not support such a request, as for example without a history."""


class NoAnswer(ChatError):
    """The server did not answer in time."""
