"""How far a visit has got, what a typed line means there, and what was wished for at its start."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple


class Stage(Enum):
    """How far the visit has got. In those marked with a question a prompt stands."""

    NAMING = auto()  # which nickname?
    REGISTERING = auto()
    LISTING = auto()
    CHOOSING = auto()  # which room?
    JOINING = auto()
    CHATTING = auto()
    SIGNING_IN = auto()  # which password?
    AWAY = auto()  # the server is lost
    RETURNING = auto()
    SETTLING = auto()
    LEAVING = auto()


QUESTIONS = frozenset({Stage.NAMING, Stage.SIGNING_IN, Stage.CHOOSING})


class StartOptions(NamedTuple):
    """What was said when the client was started. `nicks`: tried one after the other. `link`: how
    the connection is secured, in words."""

    nicks: Sequence[str] = ()
    rooms: Sequence[str] = ()
    person: bool = True
    link: str = ""
