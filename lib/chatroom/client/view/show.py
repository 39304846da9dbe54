"""`show`: an event as a line, or None for one that is not shown by itself.

The modules named here register a function for each kind of event. Import `show` from here, and
they all have.
"""

from chatroom.client.view import answers, happenings, people, said
from chatroom.client.view.lines import show

__all__ = ["answers", "happenings", "people", "said", "show"]
