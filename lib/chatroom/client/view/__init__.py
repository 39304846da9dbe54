"""An event as a line for people: pure functions, one for each event that is shown.

Whatever comes from others passes through `visible`. Rooms stand under their bare names. The tone
and the spans are for colours; the words alone tell everything.
"""

from chatroom.client.view import answers, happenings, people, said
from chatroom.client.view.lines import (
    Line,
    Place,
    Span,
    Tone,
    news,
    refused,
    show,
)
from chatroom.client.view.past import beside, day, found, history
from chatroom.client.view.people import room_table

__all__ = [
    "Line",
    "Place",
    "Span",
    "Tone",
    "answers",
    "beside",
    "day",
    "found",
    "happenings",
    "history",
    "news",
    "people",
    "refused",
    "room_table",
    "said",
    "show",
]
