"""How far a run of the client has got, and the options with which it was started."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple


class Stage(Enum):
    """How far the run has got. In the stages marked with a question, a prompt is open."""

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
    """The options of the command line. `nicks` are tried one after the other. `link` says in words
    how the connection is secured, and `secure` whether nobody on the way can read it."""

    nicks: Sequence[str] = ()
    rooms: Sequence[str] = ()
    person: bool = True
    link: str = ""
    secure: bool = True
