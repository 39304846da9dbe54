# What `__getattr__` in __init__.py offers, for type checkers.
from chatroom.client.history.follower import Start as Start
from chatroom.client.library.connect import connect as connect
from chatroom.client.library.conversation import Conversation as Conversation
from chatroom.client.library.driver import Disconnected as Disconnected
from chatroom.client.library.driver import Reconnected as Reconnected
from chatroom.client.library.errors import ChatError as ChatError
from chatroom.client.library.errors import ConnectError as ConnectError
from chatroom.client.library.errors import ConnectionLost as ConnectionLost
from chatroom.client.library.errors import NoAnswer as NoAnswer
from chatroom.client.library.errors import NotOffered as NotOffered
from chatroom.client.library.errors import NotTrusted as NotTrusted
from chatroom.client.library.errors import PasswordWanted as PasswordWanted
from chatroom.client.library.errors import Refused as Refused
from chatroom.client.protocol.events import Event as Event
from chatroom.client.protocol.events import Exceeded as Exceeded
from chatroom.client.protocol.events import Joined as Joined
from chatroom.client.protocol.events import Kicked as Kicked
from chatroom.client.protocol.events import Left as Left
from chatroom.client.protocol.events import Member as Member
from chatroom.client.protocol.events import Reacted as Reacted
from chatroom.client.protocol.events import Refusal as Refusal
from chatroom.client.protocol.events import Renamed as Renamed
from chatroom.client.protocol.events import RoomRenamed as RoomRenamed
from chatroom.client.protocol.events import RoomRow as RoomRow
from chatroom.client.protocol.events import Said as Said
from chatroom.client.protocol.events import TakenBack as TakenBack
from chatroom.client.protocol.events import TopicChanged as TopicChanged

__all__ = [
    "ChatError",
    "ConnectError",
    "ConnectionLost",
    "Conversation",
    "Disconnected",
    "Event",
    "Exceeded",
    "Joined",
    "Kicked",
    "Left",
    "Member",
    "NoAnswer",
    "NotOffered",
    "NotTrusted",
    "PasswordWanted",
    "Reacted",
    "Reconnected",
    "Refusal",
    "Refused",
    "Renamed",
    "RoomRenamed",
    "RoomRow",
    "Said",
    "Start",
    "TakenBack",
    "TopicChanged",
    "connect",
]
