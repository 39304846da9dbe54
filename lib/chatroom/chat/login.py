"""A login by SASL that is under way on one connection."""

from collections.abc import Mapping
from typing import Any

from chatroom.wire.sasl import Chunks
from chatroom.wire.scram import ServerExchange, restored_exchange


class Login:
    """`mechanism` was asked for. `exchange` is SCRAM's, for `account`, once it has begun; then
    `proven` says that only the client's last, empty message is missing. While `waiting`, a worker
    checks a password."""

    __slots__ = ("account", "chunks", "exchange", "mechanism", "proven", "waiting")

    def __init__(self, mechanism: str) -> None:
        self.mechanism = mechanism
        self.chunks = Chunks()
        self.account = ""
        self.exchange: ServerExchange | None = None
        self.proven = False  # SCRAM: the client has yet to acknowledge the server's signature
        self.waiting = False

    def snapshot(self) -> dict[str, Any]:
        """The login as plain values, unless it is `waiting`."""
        exchange = self.exchange and self.exchange.snapshot()
        plain = {"account": self.account, "exchange": exchange, "proven": self.proven}
        return {"mechanism": self.mechanism, "chunks": self.chunks.snapshot(), **plain}


def restored_login(values: Mapping[str, Any]) -> Login:
    """The login of which `snapshot` has returned these values."""
    login = Login(values["mechanism"])
    login.chunks.restore(values["chunks"])
    login.account, login.proven = values["account"], values["proven"]
    if values["exchange"] is not None:
        login.exchange = restored_exchange(values["exchange"])
    return login
