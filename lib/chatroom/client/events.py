"""The events by the name that programs use: `from chatroom.client.events import Said`.

Nothing inside the client imports this module; there it is `protocol.events`.
"""

from chatroom.client.protocol.events import *  # noqa: F403
