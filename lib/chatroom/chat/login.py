"""A login by SASL that is under way on one connection."""

from chatroom.wire.sasl import Chunks
from chatroom.wire.scram import ServerExchange


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
