"""An account and its password, as the configuration gives them to the protocol."""

from typing import NamedTuple


class Credentials(NamedTuple):
    """What a client logs in with."""

    account: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(...)"  # never in a log or a traceback
