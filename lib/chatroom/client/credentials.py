"""An account and its password, as the configuration gives them to the protocol."""

from typing import NamedTuple


class Credentials(NamedTuple):
    """The account and the secret with which a client logs in. Without a password it is the
    certificate that it shows; then `account` may be "", and the server knows whose certificate it
    is."""

    account: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(...)"  # never in a log or a traceback
