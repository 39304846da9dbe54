"""How far a visit has got, and what a typed line means there."""

from enum import Enum, auto


class Stage(Enum):
    """How far the visit has got. In those marked with a question a prompt stands."""

    NAMING = auto()  # which nickname?
    REGISTERING = auto()
    LISTING = auto()
    CHOOSING = auto()  # which room?
    JOINING = auto()
    CHATTING = auto()
    AWAY = auto()  # the server is lost
    RETURNING = auto()
    OFFERING = auto()  # send what was typed meanwhile?
    SETTLING = auto()
    LEAVING = auto()
