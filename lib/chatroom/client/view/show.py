"""`show`: an event as a line, or None for an event without a line of its own.

Each of these modules registers functions for some kinds of events. Importing `show` from here makes
sure that all are registered.
"""

from chatroom.client.view import answers, happenings, people, said
from chatroom.client.view.lines import show

__all__ = ["answers", "happenings", "people", "said", "show"]
